/*
 * converter_rule.h - which program reads which documents, as [converter NAME] in varve.conf says.
 */
#ifndef EXTRACTORS_CONVERTER_RULE_H
#define EXTRACTORS_CONVERTER_RULE_H

#include <stdint.h>

#include "base/hash.h"
#include "base/os.h"
#include "extractors/detect/detect.h"

#define CONVERTER_WORDS_MAX 64u
#define CONVERTER_NAME_MAX  16u /* bytes: it stands in extraction.extractor with its version */

struct converter_rule {
    const char *name;
    const char
        *types; /* patterns split at blanks and commas: "application/vnd.wordperfect *.wpd" */
    const char *words[CONVERTER_WORDS_MAX + 1]; /* the program and its arguments; NULL-terminated */
    size_t word_count;
    const char *output;   /* media type of what it writes; "": as its content says */
    const char *readable; /* more folders that it may read, split at blanks; "": none */
    const char *writable; /* and change what is in them; "": none */
    unsigned seconds;
    uint64_t memory_bytes_max, output_bytes_max;
    char program[OS_PATH_MAX]; /* words[0] as it is installed now; "": it is not */
    struct hash identity;      /* of all above, and of the program's file */
};

/* Finds the program, and fills program and identity. */
NODISCARD enum status converter_rule_resolve(struct converter_rule *rule, struct error *err);

/* A pattern with a slash is compared with the media type, any other with the name; * ? [..] stand
 * for what they stand for in a shell; case does not matter. */
bool converter_rule_matches(const struct converter_rule *rule, const struct detection *found);

/* True where a word of the command holds that placeholder: "{in}". */
bool converter_rule_names(const struct converter_rule *rule, const char *placeholder);

#endif
