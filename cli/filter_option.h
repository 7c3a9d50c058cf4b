/*
 * filter_option.h - the options that choose which documents may answer: of `search` and `context`.
 */
#ifndef CLI_FILTER_OPTION_H
#define CLI_FILTER_OPTION_H

#include "cli/asked.h"
#include "cli/kb.h"

struct filter_option {
    const char *path_glob, *media_type, *language; /* lent from argv; NULL: any */
    const char *source;                            /* its name in varve.conf, or its folder */
    const char *since, *until;                     /* as they were given */
    int64_t since_ms, until_ms;                    /* what that means */
    struct buf source_path;
    bool is_wrong; /* set by filter_option_apply(): a value is none, which is EXIT_USAGE */
};

#define FILTER_OPTION_INIT                                                                         \
    {                                                                                              \
        .source_path = BUF_INIT(16384)                                                             \
    }

#define FILTER_OPTIONS                                                                             \
    { "path", required_argument, NULL, FILTER_PATH },                                              \
        { "type", required_argument, NULL, FILTER_TYPE },                                          \
        { "language", required_argument, NULL, FILTER_LANGUAGE },                                  \
        { "source", required_argument, NULL, FILTER_SOURCE },                                      \
        { "since", required_argument, NULL, FILTER_SINCE },                                        \
    {                                                                                              \
        "until", required_argument, NULL, FILTER_UNTIL                                             \
    }

/* Values of getopt_long() beyond all letters. */
enum filter_letter {
    FILTER_PATH = 0x200,
    FILTER_TYPE,
    FILTER_LANGUAGE,
    FILTER_SOURCE,
    FILTER_SINCE,
    FILTER_UNTIL,
};

#define FILTER_HELP                                                                                \
    "  --path GLOB         only documents whose path matches\n"                                    \
    "  --source NAME       only those of that source: its name in varve.conf, or its folder\n"     \
    "  --type TYPE,...     only of these types: pdf, text/html, text/*\n"                          \
    "  --language LANG,... only in these languages: de\n"                                          \
    "  --since WHEN, --until WHEN  only files last written then: 2026-03-01, yesterday,\n"         \
    "                      '2 days ago'; a day counts whole\n"

/* False: the letter is none of ours, or its value is wrong, which is said. */
bool filter_option_take(struct filter_option *option, const char *command, int letter,
                        const char *value);
/* Sets what was given; the spans live as long as option. STATUS_MALFORMED: no such source;
 * is_wrong tells it from other failures. */
NODISCARD enum status filter_option_apply(struct filter_option *option, const struct kb *kb,
                                          struct search_filter *out, struct error *err);
/* Told with the question, where questions are kept. */
void filter_option_keep(const struct filter_option *option, struct asked *asked);
void filter_option_release(struct filter_option *option);

#endif
