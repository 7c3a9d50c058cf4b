/*
 * pdf_rules.h - straight lines drawn on a page, found in a picture of it: what divides the cells of
 * ruled tables.
 *
 * A picture, because a rule may be a stroke, a thin filled box, the edge of a pattern or a row of
 * dashes: only drawn do they all look the same.
 */
#ifndef EXTRACTORS_PDF_RULES_H
#define EXTRACTORS_PDF_RULES_H

#include "extractors/pdf_layout.h"

#define PDF_PICTURE_SIDE_MAX 2000u /* pixels, which are points */

/* A page at one pixel a point, 0 black to 255 white, from the top left. */
struct pdf_picture {
    unsigned char *gray;
    size_t width, height;
};

/* Appends the rules of the picture to doc, as those of the page (0-based). */
void pdf_rules_find(struct pdf_doc *doc, size_t page_index, const struct pdf_picture *picture);

/* Does the text of the page look as if rules could tell something: short pieces beside others? Its
 * segments have been built. */
bool pdf_rules_are_likely(const struct pdf_doc *doc, size_t page_index);

#endif
