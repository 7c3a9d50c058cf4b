/*
 * pdf_table.h - finds rows of a column that are a table: cells stand below each other.
 */
#ifndef EXTRACTORS_PDF_TABLE_H
#define EXTRACTORS_PDF_TABLE_H

#include "extractors/pdf/pdf_layout.h"

#define PDF_TABLE_COLUMNS_MAX 64u

/* Segments on one base line, from left to right: order[start .. start + count). */
struct pdf_row {
    float x0, y0, x1, y1;
    uint32_t start, count;
    bool has_leader;
};

#define PDF_TABLE_RULES_MAX 64u

/* Rules of one width below each other: a table's, from its top to its bottom. */
struct pdf_stack {
    float x0, x1;
    float ys[PDF_TABLE_RULES_MAX];
    size_t count; /* 0: none; else at least 3 */
};

struct pdf_grid {
    size_t row_end;         /* the first row after the table */
    struct pdf_stack stack; /* the rules that divide its rows */
    float x0, x1;
    size_t column_count;                  /* at least 2 */
    float borders[PDF_TABLE_COLUMNS_MAX]; /* x between columns: column_count - 1 of them */
};

/* Does a table begin at rows[first]? */
bool pdf_table_find(const struct pdf_doc *doc, const struct pdf_page *page,
                    const struct pdf_segment *segments, const uint32_t *order,
                    const struct pdf_row *rows, size_t row_count, size_t first,
                    struct pdf_grid *out);

/* The column (0-based) in which x0 .. x1 begins, and how many it covers. */
size_t pdf_grid_column(const struct pdf_grid *grid, float x0, float x1, size_t *span);

/* Does a cell begin with word b, which follows word a in its row? Behind white of min_gap points in
 * another column; figures in two columns need none. */
bool pdf_grid_divides(const struct pdf_doc *doc, const struct pdf_grid *grid,
                      const struct pdf_word *a, const struct pdf_word *b, float min_gap);

/* How many lines from first on are a header, whose cells were wrapped by hand and end in the same
 * line; 0: it has one line, or cells that go over others. */
size_t pdf_table_header_lines(const struct pdf_doc *doc, const struct pdf_segment *segments,
                              const uint32_t *order, const struct pdf_row *rows, size_t first,
                              const struct pdf_grid *grid);

/* For each row of the table, its number in the table: rows that go on with the cells of the row
 * above have the number of that one. numbers[] has room for row_end - first. */
void pdf_table_number_rows(const struct pdf_doc *doc, const struct pdf_segment *segments,
                           const uint32_t *order, const struct pdf_row *rows, size_t first,
                           const struct pdf_grid *grid, uint16_t *numbers);

#endif
