/*
 * pdf_quotes.h - text that the lines of two columns, or of one, run around: a sentence of the
 * article that a magazine sets once more, in large letters.
 *
 * It is no part of either column, and ends none of them.
 */
#ifndef EXTRACTORS_PDF_QUOTES_H
#define EXTRACTORS_PDF_QUOTES_H

#include "extractors/pdf/pdf_layout.h"

/* Sets is_quote[] of the segments, which are sorted by place, that are such text. The others are
 * left as they are. Is there any? */
bool pdf_quotes_find(const struct pdf_segment *segments, size_t count, bool *is_quote);

#endif
