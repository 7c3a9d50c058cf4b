/*
 * html_score.h - which text blocks of a page are its content.
 */
#ifndef EXTRACTORS_HTML_SCORE_H
#define EXTRACTORS_HTML_SCORE_H

#include "extractors/html_meta.h"
#include "extractors/html_page.h"

/* Fills keep, one entry per block of page. */
NODISCARD enum status html_score(const struct html_page *page, const struct html_meta *meta,
                                 bool *keep, struct error *err);

#endif
