/*
 * pdf_lines.h - joins the words of a page to segments: pieces of a line that no wide gap divides.
 */
#ifndef EXTRACTORS_PDF_LINES_H
#define EXTRACTORS_PDF_LINES_H

#include "extractors/pdf/pdf_layout.h"

/* Appends the segments of a page (0-based) and sorts its words so that those of a segment follow
 * each other from left to right. */
void pdf_lines_build(struct pdf_doc *doc, size_t page_index);

/* Puts words that stand from left to right into the order in which they are read. */
void pdf_lines_reorder(const struct pdf_doc *doc, struct pdf_word *words, size_t count,
                       bool *is_rtl);

#endif
