/*
 * pdf_ruled.h - tables whose cells are divided by rules.
 *
 * Where rules cross they make a grid; a cell goes on over a place where its rule is missing. A grid
 * that holds little text (a drawing) or long text (a frame around articles) is no table.
 */
#ifndef EXTRACTORS_PDF_RULED_H
#define EXTRACTORS_PDF_RULED_H

#include "extractors/pdf/pdf_table.h"

#define PDF_RULED_ROWS_MAX 300u

struct pdf_ruled {
    float x0, y0, x1, y1;
    float size;      /* of its text */
    uint32_t tagged; /* its number among tagged tables, which have no grid; 0: by its rules */
    size_t column_count, row_count;
    float xs[PDF_TABLE_COLUMNS_MAX + 1], ys[PDF_RULED_ROWS_MAX + 1];
    uint16_t *cells; /* row by row: the index of the cell that it belongs to, which is its first */
};

/* The ruled tables of a page (0-based), which the caller frees. Returns how many. Adds the cells of
 * grids that divide text, and are no table, to frames. */
size_t pdf_ruled_find(struct pdf_doc *doc, size_t page_index, struct pdf_ruled **out,
                      struct pdf_frames *frames);
void pdf_ruled_free(struct pdf_ruled *tables, size_t count);

bool pdf_ruled_holds(const struct pdf_ruled *table, const struct pdf_segment *segment);

/* Appends the table's lines to doc. words[] are indices of its words. */
void pdf_ruled_emit(struct pdf_doc *doc, uint32_t page, const struct pdf_ruled *table,
                    const uint32_t *words, size_t count, bool is_rtl);

#endif
