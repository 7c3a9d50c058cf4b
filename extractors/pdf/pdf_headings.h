/*
 * pdf_headings.h - which blocks are headings, and of which level.
 */
#ifndef EXTRACTORS_PDF_HEADINGS_H
#define EXTRACTORS_PDF_HEADINGS_H

#include "extractors/pdf/pdf_structure.h"

/* Turns paragraphs (and numbered items) into headings and the title. Levels are consistent over the
 * document. false: out of memory. */
bool pdf_headings_find(const struct pdf_doc *doc, float body_size,
                       const struct pdf_outline *outline, size_t outline_count,
                       struct pdf_blocks *blocks);

#endif
