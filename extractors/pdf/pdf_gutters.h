/*
 * pdf_gutters.h - cuts segments where a gutter runs down the page that is hardly wider than the
 * space between two words: of a leaflet, of a poster.
 *
 * One line does not tell it from a wide space. Lines below each other do, in which a word begins at
 * the same place behind such a space, and no line between them runs over it.
 */
#ifndef EXTRACTORS_PDF_GUTTERS_H
#define EXTRACTORS_PDF_GUTTERS_H

#include "extractors/pdf/pdf_layout.h"

/* Appends the parts that were cut off to the segments of the newest page, the last ones of the
 * document: they are no longer sorted then. Returns how many it appended. */
size_t pdf_gutters_cut(struct pdf_doc *doc, size_t page_index);

#endif
