/*
 * pdf_rules.h - straight lines drawn on a page, found in a picture of its boxes: what divides the
 * cells of ruled tables.
 *
 * A picture, because a rule may be a stroke, a thin filled box, the edge of a pattern, a row of
 * dashes or the gap between two coloured boxes: only drawn do they all look the same. Text is not
 * in it, and of its rows and columns only those are looked at where something begins or ends.
 */
#ifndef EXTRACTORS_PDF_RULES_H
#define EXTRACTORS_PDF_RULES_H

#include "extractors/pdf/pdf_content.h"
#include "extractors/pdf/pdf_layout.h"

/* Appends the rules among the paints to doc, as those of the page (0-based), and where it has
 * some, the edges at which a ground ends at another one: they divide cells of a grid, but make
 * none. */
void pdf_rules_find(struct pdf_doc *doc, size_t page_index, const struct pdf_paints *paints);

/* Turns the page's rules and edges: pdf_turned.h. The page has its size yet. */
void pdf_rules_turn(struct pdf_doc *doc, size_t page_index, unsigned turn);

/* Does the text of the page look as if rules could tell something: short pieces beside others? Its
 * segments have been built. */
bool pdf_rules_are_likely(const struct pdf_doc *doc, size_t page_index);

#endif
