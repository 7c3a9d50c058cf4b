/*
 * plugin_words.h - a plugin's command line, as varve.conf says it.
 *
 * Words are split at white space; 'single' and "double" quotes keep it. Nothing is expanded: no
 * shell is involved. A first word embed-NAME, rerank-NAME or sink-NAME without a slash is the
 * program that comes with varve.
 */
#ifndef CLI_PLUGIN_WORDS_H
#define CLI_PLUGIN_WORDS_H

#include "base/buf.h"
#include "base/status.h"

#define PLUGIN_WORDS_MAX 64u

struct plugin_words {
    const char *words[PLUGIN_WORDS_MAX + 1]; /* NULL-terminated; the first is a path with a slash */
    char *text;
    struct buf program;
};

/* setting: for messages, "'plugin' in varve.conf". STATUS_MALFORMED: empty, an open quote, or a
 * first word that is neither an absolute path nor a program of varve. */
NODISCARD enum status plugin_words_read(const char *setting, const char *value,
                                        struct plugin_words *out, struct error *err);
/* Only splits: for lists of names. */
NODISCARD enum status plugin_words_split(const char *setting, const char *value,
                                         struct plugin_words *out, struct error *err);
void plugin_words_release(struct plugin_words *words);

#endif
