/*
 * pdf_picture.h - draws a page, to see its rules.
 */
#ifndef EXTRACTORS_PDF_PICTURE_H
#define EXTRACTORS_PDF_PICTURE_H

#include <poppler.h>

#include "extractors/pdf_rules.h"

/* One pixel a point. false: the page is too large, or there is no memory; the picture is empty. */
bool pdf_picture_draw(PopplerPage *page, struct pdf_picture *out);
void pdf_picture_release(struct pdf_picture *picture);

#endif
