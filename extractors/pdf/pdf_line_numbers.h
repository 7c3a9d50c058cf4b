/*
 * pdf_line_numbers.h - numbers in the margin that count a page's lines: a transcript's, a draft's.
 */
#ifndef EXTRACTORS_PDF_LINE_NUMBERS_H
#define EXTRACTORS_PDF_LINE_NUMBERS_H

#include "extractors/pdf/pdf_layout.h"

/* Marks their segments as boilerplate, as page numbers are. What counts the rows of a table or the
 * things in a list is left: beside numbers of lines there are sentences that go on from each full
 * line to the next. Where each fifth line alone is counted, its number is in the margin, and there
 * are lines between it and the next one. */
void pdf_line_numbers_mark(struct pdf_doc *doc);

#endif
