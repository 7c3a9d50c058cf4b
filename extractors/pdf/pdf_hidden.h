/*
 * pdf_hidden.h - text that no reader sees: white letters where the page is white, and letters that
 * are not drawn.
 *
 * White letters alone say nothing, for a table's header may be filled: what tells is that nothing
 * was painted where they stand. Letters that are not drawn are the text where something else is:
 * that is how a scanner's program lays what it read under its picture.
 */
#ifndef EXTRACTORS_PDF_HIDDEN_H
#define EXTRACTORS_PDF_HIDDEN_H

#include "extractors/pdf/pdf_content.h"
#include "extractors/pdf/pdf_layout.h"

/* Is any word of the page (0-based) white, or not drawn? */
bool pdf_hidden_is_likely(const struct pdf_doc *doc, size_t page_index);

/* Takes those words that nothing is painted under from the last page of doc, whose segments
 * are not yet built, and appends them to hidden. */
void pdf_hidden_take(struct pdf_doc *doc, const struct pdf_paints *paints, struct buf *hidden);

#endif
