/*
 * pdf_table_run.h - rows below each other that may be one table.
 *
 * A run ends at wide white, at text, and at what begins something else: a heading, another header.
 */
#ifndef EXTRACTORS_PDF_TABLE_RUN_H
#define EXTRACTORS_PDF_TABLE_RUN_H

#include "extractors/pdf/pdf_table.h"

/* Several pieces that no dots lead to one another. */
bool pdf_row_is_multi(const struct pdf_row *row);

float pdf_row_height(const struct pdf_row *row); /* points, 1 at least */

/* The first row behind the run that begins at rows[first]. */
size_t pdf_table_run_end(const struct pdf_doc *doc, const struct pdf_segment *segments,
                         const uint32_t *order, const struct pdf_row *rows, size_t row_count,
                         size_t first);

/* Is it a heading's line: one piece in larger letters than those of the row of cells? */
bool pdf_row_is_heading(const struct pdf_segment *segments, const uint32_t *order,
                        const struct pdf_row *row, const struct pdf_row *cells);

#endif
