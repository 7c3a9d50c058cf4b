/*
 * pdf_structure.h - what the lines of a document are: headings, paragraphs, items, notes.
 *
 * Document-wide, because only there it shows which size is a heading's, and what repeats.
 */
#ifndef EXTRACTORS_PDF_STRUCTURE_H
#define EXTRACTORS_PDF_STRUCTURE_H

#include "extractors/pdf/pdf_layout.h"
#include "ingest/extraction.h"

/* Consecutive lines, which are one block or a part of one. */
struct pdf_block {
    uint8_t kind; /* enum block_kind; BLOCK_TABLE for all lines of a table */
    uint8_t level;
    uint16_t flags; /* enum block_flags */
    uint32_t line_start, line_count;
    uint32_t continued; /* index of the block that goes on with this one; 0: none */
    bool is_continuation;
    uint16_t marker_words; /* words of the first line that are a list's or note's mark */
    float x0;              /* of the text, for nesting */
};

struct pdf_blocks {
    struct pdf_block *items;
    size_t count, capacity;
};

/* An entry of the document's outline. */
struct pdf_outline {
    char *title;    /* UTF-8 */
    uint32_t page;  /* 1-based; 0: unknown */
    uint32_t level; /* from 1 */
};

/* Marks segments that repeat at the top or bottom of pages. */
void pdf_boilerplate_mark(struct pdf_doc *doc);

/* false: out of memory. */
bool pdf_structure_find(const struct pdf_doc *doc, const struct pdf_outline *outline,
                        size_t outline_count, struct pdf_blocks *out);
void pdf_blocks_release(struct pdf_blocks *blocks);

#endif
