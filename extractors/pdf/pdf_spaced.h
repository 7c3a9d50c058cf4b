/*
 * pdf_spaced.h - words set with room between their letters.
 */
#ifndef EXTRACTORS_PDF_SPACED_H
#define EXTRACTORS_PDF_SPACED_H

#include "extractors/pdf/pdf_layout.h"

/* The words of one line, from left to right: "P R O P E R T Y" is one word of eight parts, which
 * get PDF_WORD_GLUED. */
void pdf_spaced_join(const struct pdf_doc *doc, struct pdf_word *words, size_t count);

#endif
