/*
 * pdf_boxed.h - programs in a proportional font whose letters stand in boxes of one width.
 *
 * That is how LaTeX's package listings sets them unless it is told otherwise: "i n t  m a i n ( )".
 * The letters of a word have room between them that the library takes for spaces.
 */
#ifndef EXTRACTORS_PDF_BOXED_H
#define EXTRACTORS_PDF_BOXED_H

#include "extractors/pdf/pdf_layout.h"

/* Puts the letters of such lines of the last page together, in boxes that are as wide as all their
 * letters, and gives them a style with PDF_MONO. Before the page's segments are built. */
void pdf_boxed_join(struct pdf_doc *doc);

#endif
