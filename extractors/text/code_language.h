/*
 * code_language.h - programming and data languages, as far as cutting them into units needs.
 */
#ifndef EXTRACTORS_CODE_LANGUAGE_H
#define EXTRACTORS_CODE_LANGUAGE_H

#include "ingest/extractor.h"

enum code_family {
    CODE_BRACES, /* units end where their braces close: C, Java, Go, Rust, JavaScript ... */
    CODE_INDENT, /* units are a line at the margin and what is indented below it */
    CODE_LINES,  /* each line is a unit: logs, JSON lines */
    CODE_DATA,   /* one value in brackets, whose members are units: JSON */
};

enum code_comments {
    COMMENT_SLASH = 1 << 0, /* // and slash-star */
    COMMENT_HASH = 1 << 1,
    COMMENT_DASH = 1 << 2, /* -- */
    COMMENT_SEMICOLON = 1 << 3,
    COMMENT_PERCENT = 1 << 4,
};

struct code_language {
    const char *name; /* as behind a code fence */
    enum code_family family;
    unsigned comments;
};

/* By extension, by whole name ("Makefile"), or by media type; NULL: none of ours. */
const struct code_language *code_language_of(const char *name, const char *extension,
                                             const char *media_type);

#endif
