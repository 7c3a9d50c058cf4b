/*
 * document_option.h - for the commands that are about one document: `why`, `show`, `log`, `diff`.
 */
#ifndef CLI_DOCUMENT_OPTION_H
#define CLI_DOCUMENT_OPTION_H

#include "cli/kb.h"
#include "ingest/store.h"

struct document_option {
    struct kb kb;
    struct buf path, source_path; /* absolute */
    struct document_key key;      /* spans into path */
    bool is_json;
    int rest_max; /* set by the caller: so many words may follow FILE */
    char **rest;  /* lent from argv */
    int rest_count;
};

#define DOCUMENT_OPTION_INIT                                                                       \
    {                                                                                              \
        .kb = KB_INIT, .path = BUF_INIT(16384), .source_path = BUF_INIT(16384)                     \
    }

/* Reads --kb, --json, --help and one FILE; opens the index; finds which document that is.
 * Returns -1 to go on, else the exit status. revision may be NULL: then FILE@REV is not looked for;
 * it is lent from argv. A file of that whole name, @ included, comes first. */
int document_option_read(struct document_option *option, int argc, char **argv, const char *help,
                         const char **revision);
/* A revision as people name it (a generation, the start of a hash, a moment), as status_show()
 * wants it: appended to out. */
NODISCARD enum status document_option_revision(const struct document_option *option,
                                               const char *text, struct buf *out,
                                               struct error *err);
void document_option_release(struct document_option *option);

#endif
