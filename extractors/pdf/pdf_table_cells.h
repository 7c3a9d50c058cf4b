/*
 * pdf_table_cells.h - the words of a row, and the cells that they make in a grid.
 */
#ifndef EXTRACTORS_PDF_TABLE_CELLS_H
#define EXTRACTORS_PDF_TABLE_CELLS_H

#include "extractors/pdf/pdf_table.h"

#define PDF_BORDER_EMS 0.45F /* the least white between two columns */

/* The words of a row, from left to right. */
struct pdf_row_walk {
    const struct pdf_doc *doc;
    const struct pdf_segment *segments;
    const uint32_t *order;
    const struct pdf_row *row;
    uint32_t segment, word;
};

struct pdf_row_walk pdf_row_walk(const struct pdf_doc *doc, const struct pdf_segment *segments,
                                 const uint32_t *order, const struct pdf_row *row);

/* NULL: there is none left. */
const struct pdf_word *pdf_row_walk_next(struct pdf_row_walk *walk);

struct pdf_row_cell {
    size_t column, span;
    float x0, x1;
    float first_width; /* of its first word */
    size_t chars, digits, words;
    bool is_mark;  /* its first word is a bullet or a list's number */
    bool is_lower; /* begins in a lower case letter, or a bracket */
};

/* The next cell of a row: words in one column, or one stretch that covers several. pending is NULL
 * at the start of a row. */
bool pdf_row_cell_next(struct pdf_row_walk *walk, const struct pdf_word **pending,
                       const struct pdf_grid *grid, float min_gap, struct pdf_row_cell *cell);

bool pdf_row_cell_is_numeric(const struct pdf_row_cell *cell);

/* What a row has in each column. */
struct pdf_row_cells {
    size_t filled;
    bool has[PDF_TABLE_COLUMNS_MAX], numeric[PDF_TABLE_COLUMNS_MAX];
    bool lower[PDF_TABLE_COLUMNS_MAX];
    size_t words[PDF_TABLE_COLUMNS_MAX], spans[PDF_TABLE_COLUMNS_MAX];
    float width[PDF_TABLE_COLUMNS_MAX], first_width[PDF_TABLE_COLUMNS_MAX];
    float x0[PDF_TABLE_COLUMNS_MAX], x1[PDF_TABLE_COLUMNS_MAX];
};

void pdf_row_cells_read(struct pdf_row_walk walk, const struct pdf_grid *grid, float min_gap,
                        struct pdf_row_cells *out);

/* A number, a day, a share: digits are half of it at least. */
bool pdf_text_is_figure(struct span text);

/* Words that no cell of a header begins with. */
bool pdf_text_goes_on(struct span text);

/* The mean size of the pieces of rows. */
float pdf_rows_size(const struct pdf_segment *segments, const uint32_t *order,
                    const struct pdf_row *rows, size_t first, size_t end);

/* How many of the rules are above the row. */
size_t pdf_row_band(const struct pdf_stack *stack, const struct pdf_row *row);

#endif
