/*
 * pdf_columns.h - splits a page where a strip of white runs between two columns of text.
 *
 * A strip is as high as it can be: a title, a wide figure or a footnote across the columns ends it,
 * and so does a rule across them.
 * White between the columns of a table is no such strip: a table is read row by row.
 */
#ifndef EXTRACTORS_PDF_COLUMNS_H
#define EXTRACTORS_PDF_COLUMNS_H

#include "extractors/pdf/pdf_layout.h"

struct pdf_strip {
    float x0, x1, y0, y1;
};

/* The best strip among the segments that order[] names, which are sorted by y0. rules are those of
 * the page. False: none. */
bool pdf_columns_find(const struct pdf_segment *segments, const uint32_t *order, size_t count,
                      const struct pdf_style *styles, const struct pdf_rule *rules,
                      size_t rule_count, struct pdf_strip *out);

#endif
