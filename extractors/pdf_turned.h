/*
 * pdf_turned.h - the head of a page that is set along its side, in large letters.
 */
#ifndef EXTRACTORS_PDF_TURNED_H
#define EXTRACTORS_PDF_TURNED_H

#include "extractors/pdf_layout.h"

/* Is all text in that direction (1 to 3 quarter turns) such a head? What has figures is a mark of
 * the file, or a date, and small words are a note in the margin. */
bool pdf_turned_is_head(const struct pdf_doc *doc, const struct pdf_segment *segments, size_t count,
                        unsigned rotation);

#endif
