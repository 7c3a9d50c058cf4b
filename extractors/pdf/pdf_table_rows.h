/*
 * pdf_table_rows.h - rows of a table that is laid out: its header, and where it goes on over a
 * page.
 */
#ifndef EXTRACTORS_PDF_TABLE_ROWS_H
#define EXTRACTORS_PDF_TABLE_ROWS_H

#include "extractors/pdf/pdf_layout.h"

/* Lines of one table, row by row. */
struct pdf_table_lines {
    const struct pdf_line *items;
    size_t count; /* at least 1 */
};

unsigned pdf_table_column_count(const struct pdf_table_lines *table);

/* The first line behind the row that begins at line start. */
size_t pdf_table_row_end(const struct pdf_table_lines *table, size_t start);

/* How many rows at its top are its header. */
unsigned pdf_table_header_rows(const struct pdf_doc *doc, const struct pdf_table_lines *table);

/* Does next, at the top of the page after, go on with the table? table is what it has on the page
 * where it begins, last what it has on the page before: the same, on its second page. *skip is how
 * many of the lines of next repeat the header. */
bool pdf_table_goes_on(const struct pdf_doc *doc, const struct pdf_table_lines *table,
                       const struct pdf_table_lines *last, const struct pdf_table_lines *next,
                       size_t *skip);

/* A header's cell that stands above the middle of several columns, which have cells of their own in
 * the row below it and none beside it, goes over them: sets column and span of lines. */
void pdf_table_spread_header(struct pdf_line *lines, size_t count);

#endif
