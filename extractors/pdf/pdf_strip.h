/*
 * pdf_strip.h - where the columns beside a strip of white begin and end: a title over the middle of
 * them, the short last line of text across them, and a table below them leave the strip free, too.
 */
#ifndef EXTRACTORS_PDF_STRIP_H
#define EXTRACTORS_PDF_STRIP_H

#include "extractors/pdf/pdf_columns.h"

enum pdf_strip_side {
    PDF_STRIP_ABOVE,
    PDF_STRIP_LEFT,
    PDF_STRIP_RIGHT,
    PDF_STRIP_BELOW,
};

enum pdf_strip_side pdf_strip_side(const struct pdf_strip *strip,
                                   const struct pdf_segment *segment);

/* Makes the strip as short as its columns; order[] as for pdf_columns_find(). Segments without
 * words are tables and frames. */
void pdf_strip_fit(struct pdf_strip *strip, const struct pdf_segment *segments,
                   const uint32_t *order, size_t count);

#endif
