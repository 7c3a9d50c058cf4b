/*
 * html_score.h - which text blocks of a page are its content.
 */
#ifndef EXTRACTORS_HTML_SCORE_H
#define EXTRACTORS_HTML_SCORE_H

#include "extractors/html/html_meta.h"
#include "extractors/html/html_page.h"

/* Fills roles (enum html_role), one entry per block of page. keep_all: nothing is left out, and
 * readers' comments are told from the rest. */
NODISCARD enum status html_score(const struct html_page *page, const struct html_meta *meta,
                                 bool keep_all, uint8_t *roles, struct error *err);

#endif
