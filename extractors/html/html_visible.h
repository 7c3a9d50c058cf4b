/*
 * html_visible.h - which elements a reader of the page does not see.
 *
 * By what an element says of itself and what it is named, for style sheets are not read.
 */
#ifndef EXTRACTORS_HTML_VISIBLE_H
#define EXTRACTORS_HTML_VISIBLE_H

#include "extractors/html/html_page.h"

/* HTML_IS_HIDDEN, HTML_IS_DROPPED (not even hidden text), HTML_IS_CLOSED or nothing, by the element
 * itself. page has text_before, and the flags and containers of all that stands before node.
 * classes: html_classes_of() its class attribute. */
uint16_t html_visibility(const struct html_page *page, uint32_t node, unsigned classes);

#endif
