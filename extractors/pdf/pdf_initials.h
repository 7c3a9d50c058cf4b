/*
 * pdf_initials.h - a large letter that begins a paragraph, with the first lines of the text beside
 * it (a drop capital), or with its first line beside its foot: it is the first letter of a word.
 */
#ifndef EXTRACTORS_PDF_INITIALS_H
#define EXTRACTORS_PDF_INITIALS_H

#include "extractors/pdf/pdf_layout.h"

/* Puts the initials of the newest page into the line of the word that they begin, in its style; the
 * lines beside one then begin where it does. Before its segments are made. */
void pdf_initials_set(struct pdf_doc *doc);

#endif
