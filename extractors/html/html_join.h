/*
 * html_join.h - what goes with text that was chosen: its heading, the rest of its list, its code,
 * who said what it quotes, its table of facts, what is said of its pictures, its notes.
 *
 * The model judges block by block, and the cut between what is kept and what is not goes through
 * lists, and between a picture and what is said of it. These rules mend that; none of them keeps
 * anything where nothing beside it is kept.
 */
#ifndef EXTRACTORS_HTML_JOIN_H
#define EXTRACTORS_HTML_JOIN_H

#include "extractors/html/html_features.h"
#include "extractors/html/html_page.h"

struct html_choice {
    const struct html_page *page;
    const struct html_rows *rows;
    const float *scores; /* per block, 0..1 */
    uint8_t *roles;      /* per block: enum html_role */
};

/* Headings, lists, code, signed quotes and tables of facts in doubt become text. */
void html_join_text(const struct html_choice *choice);

/* Short code, terms and summaries become text where they stand in an <article> between
 * texts of it that are kept: nothing else of the page would be put there. */
void html_join_between(const struct html_choice *choice);

/* Captions and notes in doubt, and categories, become asides: blocks beside the text. */
void html_join_asides(const struct html_choice *choice);

#endif
