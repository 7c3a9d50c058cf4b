/*
 * html_smooth.h - blocks that stand alike on a page are judged alike.
 *
 * The model looks at each block by itself, so of forty cards it would keep the prices of thirty and
 * the names of thirty-six. Blocks in elements of the same names (the price of each card, the date
 * of each post) take most of their score from their mean, and all blocks in one element some of
 * it.
 */
#ifndef EXTRACTORS_HTML_SMOOTH_H
#define EXTRACTORS_HTML_SMOOTH_H

#include "extractors/html/html_features.h"

/* Smooths scores, one a block, 0..1. False: out of memory. */
NODISCARD bool html_smooth(const struct html_page *page, const struct html_rows *rows,
                           float *scores);

#endif
