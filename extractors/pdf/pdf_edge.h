/*
 * pdf_edge.h - what stands at the edges of pages, where heads and feet do: pdf_boilerplate.c finds
 * which of it is one.
 */
#ifndef EXTRACTORS_PDF_EDGE_H
#define EXTRACTORS_PDF_EDGE_H

#include "extractors/pdf/pdf_layout.h"

#define PDF_EDGE_SAME_Y     3.5F /* points */
#define PDF_EDGE_NEAR_PAGES 4    /* left and right pages differ, chapters begin without a head */

/* A segment that may be a head or foot. */
struct pdf_edge_piece {
    uint64_t key; /* of its text, with N for every number */
    uint64_t exact;
    uint32_t page, segment;
    float y;
    int32_t first_number, last_number; /* -1: none */
    uint32_t number_count;
    bool is_outermost; /* in the first row or the last one */
    bool is_inner;     /* behind ROWS_OUTER */
    bool is_number_only, is_number, is_repeated;
    bool is_place; /* for where it stands, not for what it says */
    bool is_first; /* no page shortly before has it */
    bool is_alone; /* no other page says the same there */
    bool is_once;  /* only one other page has it */
};

struct pdf_edge {
    struct pdf_edge_piece *pieces;
    size_t count, capacity;
    unsigned char *alike; /* of each page with the next ones: what pdf_edge_pages_alike() found */
};

/* The first or last row of a table that goes on from page to page is no head, though some of its
 * cells say the same as those of other pages there, or count like page numbers do: they repeat no
 * more. Pieces are sorted by page. */
void pdf_edge_spare_rows(struct pdf_edge *edge, const struct pdf_doc *doc);

/* Are two near pages the same page again: steps of a slide, copies of a form? Then what they both
 * have at their edges says nothing. */
bool pdf_edge_pages_alike(struct pdf_edge *edge, const struct pdf_doc *doc, uint32_t left,
                          uint32_t right);

#endif
