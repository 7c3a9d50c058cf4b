/*
 * opener.h - which program shows a file at a page or line: by [open] in varve.conf, by the media
 * type, by what is installed and by the environment. No shell is involved.
 */
#ifndef CLI_OPENER_H
#define CLI_OPENER_H

#include <stdint.h>

#include "cli/config.h"
#include "cli/plugin_words.h"

struct open_target {
    const char *path;       /* absolute */
    const char *media_type; /* "" when not known */
    uint32_t page;          /* 1-based; 0: none */
    uint64_t line;          /* 1-based; 0: none */
    bool is_text;           /* an editor shows it */
};

enum open_way {
    OPEN_WAIT,   /* it uses the terminal, or ends at once */
    OPEN_DETACH, /* it has a window, and stays */
};

struct open_command {
    char *words[PLUGIN_WORDS_MAX + 4]; /* NULL-terminated; owned */
    size_t count;
    enum open_way way;
    bool shows_place;    /* false: it can't be told the page or line */
    bool is_done_at_end; /* when it has ended, nobody needs the file any more */
};

/* STATUS_UNSUPPORTED: there is no program for it here; err says what to set. */
NODISCARD enum status opener_choose(const struct config *config, const struct open_target *target,
                                    struct open_command *out, struct error *err);
void opener_release(struct open_command *command);

#endif
