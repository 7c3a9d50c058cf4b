/*
 * html_noise.h - text that is on a page and that nobody is to read there: cookie notices, what a
 * site hides among letters of no sense, and the line that each card of a list says alike.
 */
#ifndef EXTRACTORS_HTML_NOISE_H
#define EXTRACTORS_HTML_NOISE_H

#include "extractors/html/html_features.h"
#include "extractors/html/html_page.h"

/* Sets the scores of such blocks to 0. False: out of memory. */
NODISCARD bool html_noise_drop(const struct html_page *page, const struct html_rows *rows,
                               float *scores);

#endif
