/*
 * pdf_shown.h - which operators showed which words: how they are tagged, and whether they are seen.
 */
#ifndef EXTRACTORS_PDF_SHOWN_H
#define EXTRACTORS_PDF_SHOWN_H

#include "extractors/pdf/pdf_layout.h"
#include "extractors/pdf/pdf_show.h"
#include "extractors/pdf/pdf_tags.h"

/* Sets tags and flags of the newest page's upright words. Sorts the shows. */
void pdf_shown_assign(struct pdf_doc *doc, struct pdf_shows *shows, const struct pdf_tags *tags);

#endif
