/*
 * html_insert.h - what a site puts among an article's text that is not part of it.
 *
 * Pointers to other articles between two paragraphs, and the lines that close every article of a
 * site: the model sees paragraphs among paragraphs.
 */
#ifndef EXTRACTORS_HTML_INSERT_H
#define EXTRACTORS_HTML_INSERT_H

#include "extractors/html/html_join.h"

/* Leaves them out of the chosen text. Takes time in proportion to the page. */
void html_insert_drop(const struct html_choice *choice);

#endif
