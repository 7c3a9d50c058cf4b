/*
 * asciidoc.h - what the files of AsciiDoc share. For extractors/text/asciidoc*.c only.
 *
 *   asciidoc.c        lines and blocks
 *   asciidoc_words.c  marks and macros among words, attributes, footnotes
 *   asciidoc_table.c  tables
 */
#ifndef EXTRACTORS_ASCIIDOC_H
#define EXTRACTORS_ASCIIDOC_H

#include "extractors/text/markup.h"

#define ASCIIDOC_ATTRIBUTES_MAX 256u
#define ASCIIDOC_NOTES_MAX      64u
#define ASCIIDOC_LISTS_MAX      12u
#define ASCIIDOC_BREAK          '\v' /* in pending words: the end of a line that stays */

struct asciidoc_attribute {
    struct span name, value;
};

/* markup->user */
struct asciidoc {
    struct asciidoc_attribute attributes[ASCIIDOC_ATTRIBUTES_MAX];
    size_t attribute_count;

    /* What "[...]" says of the block that follows. */
    struct span style; /* between the brackets */
    struct span language;
    bool is_source, is_quote, is_verse;
    struct span quoted; /* the style of the paragraph at hand, when it is a quote */

    struct span notes[ASCIIDOC_NOTES_MAX]; /* footnotes of the block at hand */
    unsigned note_count, notes_put;

    char list_marks[ASCIIDOC_LISTS_MAX]; /* of the lists that are open, outermost first */
    uint8_t list_lengths[ASCIIDOC_LISTS_MAX];
    unsigned list_count;
    bool is_attached; /* a "+" says that the next block is of the item before */
    bool is_defined;  /* a term waits for what it means */
    bool has_author;
    bool is_header; /* lines behind the title: authors, a revision */
};

extern const struct markup_syntax asciidoc_syntax;

/* Writes the pending words, with their macros, and the footnotes that they had. */
void asciidoc_flush(struct markup *markup);
/* Writes words into the block that is open in the writer. */
void asciidoc_inline(struct markup *markup, struct span words);
/* The value of the attribute; data NULL: there is none. */
struct span asciidoc_attribute(const struct asciidoc *state, struct span name);

/* The lines up to "|===", taken and written. */
void asciidoc_table(struct markup *markup);
/* What style says under that name: cols="1,2", options="header"; data NULL: nothing. */
struct span asciidoc_option(struct span style, const char *name);

#endif
