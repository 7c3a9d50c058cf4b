/*
 * texinfo.h - what the two parts of the Texinfo reader share: texinfo.c goes through lines,
 * texinfo_words.c resolves what stands in them.
 */
#ifndef EXTRACTORS_TEXINFO_H
#define EXTRACTORS_TEXINFO_H

#include "extractors/text/markup.h"

#define TEXINFO_VALUES_MAX 128u
#define TEXINFO_LISTS_MAX  16u

enum texinfo_list { TEXINFO_BULLETS, TEXINFO_NUMBERS, TEXINFO_TERMS, TEXINFO_QUOTE };

struct texinfo {
    struct markup *markup;
    struct {
        struct span name, words; /* of @set; lent by the text */
    } values[TEXINFO_VALUES_MAX];
    size_t value_count;
    enum texinfo_list lists[TEXINFO_LISTS_MAX]; /* environments that paragraphs stand in */
    bool has_code_terms[TEXINFO_LISTS_MAX];     /* "@table @option" */
    unsigned list_depth;
    bool item_begins;    /* its words come */
    bool has_title;      /* a block of it */
    bool has_settitle;   /* as metadata */
    unsigned code_depth; /* in words: quotes and dashes stay as they are */
    unsigned value_depth;
    struct buf notes; /* footnotes of the block, each with a NUL behind it */
    size_t note_count;
};

/* Resolves @-commands, dashes and quotes. markup->user is a struct texinfo. */
extern const struct markup_syntax texinfo_syntax;

/* The words of @set, or NULL. */
const struct span *texinfo_value(const struct texinfo *texinfo, struct span name);
/* The offset of the brace that closes the one at offset, or text.len. */
size_t texinfo_brace_end(struct span text, size_t offset);
bool texinfo_is(struct span name, const char *other);
/* A command whose words are code: dashes and quotes in them stay as they are. */
bool texinfo_is_code(struct span name);

#endif
