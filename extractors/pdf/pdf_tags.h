/*
 * pdf_tags.h - what a tagged PDF says about itself: its tree of structure elements (ISO 32000-1,
 * 14.7 and 14.8), by the marked content that they are made of.
 *
 * Tags are what a program wrote: whoever uses them looks whether the page agrees.
 */
#ifndef EXTRACTORS_PDF_TAGS_H
#define EXTRACTORS_PDF_TAGS_H

#include "extractors/pdf/pdf_layout.h"
#include "extractors/pdf/pdf_objects.h"

struct pdf_tag_mark {
    uint32_t page; /* 0-based */
    int32_t mark;  /* the number of the marked content */
    uint32_t tag;  /* index */
};

/* What a figure shows, for those who do not see it (14.9.3), or what its text is (14.9.4). */
struct pdf_tag_figure {
    uint32_t page;    /* 0-based; ascending */
    uint32_t number;  /* in the order of the tree */
    struct span text; /* a string object, lent by the file */
};

struct pdf_tags {
    struct pdf_tag *items;
    size_t count, capacity;
    struct pdf_tag_mark *marks; /* sorted by page and mark */
    size_t mark_count, mark_capacity;
    struct pdf_tag_figure *figures;
    size_t figure_count, figure_capacity;
};

#define PDF_TAGS_MAX 200000u /* elements; a document with more has no tags */

/* No tags: the file has none, or they are odd or too many. false: out of memory. */
bool pdf_tags_read(struct pdf_objects *objects, struct pdf_tags *out);
void pdf_tags_release(struct pdf_tags *tags);

/* The tag of marked content, 1-based; 0: none. */
uint32_t pdf_tags_find(const struct pdf_tags *tags, uint32_t page, int32_t mark);

#endif
