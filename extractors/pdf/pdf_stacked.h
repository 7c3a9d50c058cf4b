/*
 * pdf_stacked.h - cells of a ruled table that hold a column of figures, one below the other: rows
 * that no rule divides.
 */
#ifndef EXTRACTORS_PDF_STACKED_H
#define EXTRACTORS_PDF_STACKED_H

#include "extractors/pdf/pdf_layout.h"

/* Where rows begin between y0 and y1, which are one row of a grid with these borders of columns:
 * above each line of figures, where these stand in a column. Writes at most limit borders to out,
 * in order; returns how many. */
size_t pdf_stacked_find(const struct pdf_doc *doc, const struct pdf_page *page, const float *xs,
                        size_t column_count, float y0, float y1, float *out, size_t limit);

#endif
