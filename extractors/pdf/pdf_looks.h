/*
 * pdf_looks.h - the looks that headings have, and which of them stands above which.
 */
#ifndef EXTRACTORS_PDF_LOOKS_H
#define EXTRACTORS_PDF_LOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a heading looks; headings that look alike have one level. */
struct pdf_look {
    int size; /* half points */
    bool bold, capitals, italic;
    bool is_title;
    bool is_faint; /* nothing but another font tells it from the text */
    size_t count, with_text;
    size_t longest;         /* letters of one of them */
    size_t listed[7];       /* how many of them the outline has at each level */
    size_t depths[4];       /* numbered headings of depth 1, 2, 3, 4 */
    size_t kept, first;     /* of them that are headings after all, and the first such block */
    uint64_t above;         /* bit n: one of them is right above one that looks as n */
    size_t digits, letters; /* of their numbers: begin with a digit, with a letter but I, V, X */
    unsigned level;
};

/* items is the caller's to free. */
struct pdf_looks {
    struct pdf_look *items;
    size_t count, capacity;
};

/* Are headings that look so of one level? Sizes may differ by half a point. */
bool pdf_looks_equal(const struct pdf_look *a, const struct pdf_look *b);

/* Lends the look that equals wanted, or a copy of it that is new; valid until the next call. NULL:
 * out of memory. */
struct pdf_look *pdf_looks_find(struct pdf_looks *looks, const struct pdf_look *wanted);

/* The level that the outline gives to most of them; 0: it has none of them. */
unsigned pdf_look_listed(const struct pdf_look *look);

/* The depth of the numbers at the level of the look; 0: few of them are numbered. */
unsigned pdf_look_depth(const struct pdf_look *look);

/* Sets the level, 1 to 6, of all looks that are kept. body_size: half points. false: out of
 * memory. */
bool pdf_looks_rank(struct pdf_looks *looks, int body_size);

/* The level of a heading that looks so, and whose number has that depth; 0: it has none. */
unsigned pdf_look_level(const struct pdf_look *look, unsigned depth);

#endif
