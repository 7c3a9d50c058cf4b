/*
 * pdf_turned.h - pages that lie on their side, and heads that are set along it, in large letters.
 */
#ifndef EXTRACTORS_PDF_TURNED_H
#define EXTRACTORS_PDF_TURNED_H

#include "extractors/pdf/pdf_layout.h"

/* Is all text in that direction (1 to 3 quarter turns) such a head? What has figures is a mark of
 * the file, or a date, and small words are a note in the margin. */
bool pdf_turned_is_head(const struct pdf_doc *doc, const struct pdf_segment *segments, size_t count,
                        unsigned rotation);

/* A box (x0, y0, x1, y1) on a page of that width and height, as it is when the page is turned so
 * that text of that rotation is upright. in may be out. */
void pdf_turned_box(const float size[2], unsigned turn, const float in[4], float out[4]);

/* Turns a page (0-based) upright if nearly all of its text lies on one side: its size, the rotation
 * of its words and segments, its rules and frames. What was above a text that lies stands at its
 * left, turned. Once per page, when its boilerplate is known. */
void pdf_turned_set_upright(struct pdf_doc *doc, size_t page_index);

#endif
