/*
 * rst.h - what the files of reStructuredText share. For extractors/text/rst*.c only.
 *
 *   rst.c            the body: titles, paragraphs, lists, quotes
 *   rst_words.c      marks among words: roles, links, references to notes
 *   rst_links.c      what names stand for
 *   rst_directive.c  ".. name:: argument" and what belongs to it
 *   rst_table.c      tables that are drawn with characters
 *   rst_grid.c       of these, those with frames around their cells
 */
#ifndef EXTRACTORS_RST_H
#define EXTRACTORS_RST_H

#include "extractors/text/rst_links.h"

#define RST_STYLES_MAX 6u

/* How titles were underlined so far: the order in which the styles came is their level. */
struct rst_styles {
    char marks[RST_STYLES_MAX];
    bool is_over[RST_STYLES_MAX];
    unsigned count;
};

/* markup->user */
struct rst {
    struct rst_styles styles;
    struct rst_links links;
    size_t anonymous_used;         /* of those addresses */
    unsigned notes, note_mentions; /* without a number of their own, so far */
    unsigned nest;                 /* texts inside of texts */
    bool has_body;                 /* more than the title and the fields below it came */
};

extern const struct markup_syntax rst_syntax;

/* Reads content as a text of its own, behind the words that are pending: these it goes on with. */
void rst_nested(struct markup *markup, struct span content);
/* name: without its colons; content: the indented lines below, with their options. */
void rst_directive(struct markup *markup, struct span name, struct span argument,
                   struct span content);
/* "[1]", "[#]", "[#name]", "[CIT]": the label of a note, in buffer; *count: of those that have
 * none of their own. */
struct span rst_note_label(struct span label, unsigned *count, char buffer[24]);

#endif
