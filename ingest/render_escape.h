/*
 * render_escape.h - which characters of a text Markdown would read as something else. For
 * ingest/render_inline.c only.
 *
 * Words stay as a person wrote them where that is safe: a lone star, or a bracket that is closed,
 * has no backslash before it.
 */
#ifndef INGEST_RENDER_ESCAPE_H
#define INGEST_RENDER_ESCAPE_H

#include <stdint.h>

#include "base/buf.h"

/* What is known of the block whose text is written. */
struct escape_rules {
    bool has_marks; /* there is emphasis in it */
    bool has_stars; /* some of them are of stars: the text's own must neither begin nor end any */
    bool has_star_pair;    /* the text's own could be a pair: none of them may begin */
    bool has_ticks_around; /* what stands between two of its own is a link, or a part of one */
    bool is_inside;        /* emphasis or a link was begun */
    bool is_in_link;       /* a link was */
    bool is_before_mark;   /* emphasis or a link may begin or end behind the character */
    bool has_brackets;     /* brackets of that link's text would end it */
};

static inline bool render_is_space(uint32_t c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

/* Whether the first character of rest, the text from there to the block's end, is to be escaped;
 * the one before it is a blank at the block's start, and a star behind a mark. */
bool escape_char(struct span rest, char before, const struct escape_rules *rules);

/* How many backslashes rest begins with, as far as they are looked at. */
size_t escape_backslashes(struct span rest);

/* The same at the start of a line: a heading, list item, quote, rule, table or definition. */
bool escape_line_start(struct span rest);
/* Number signs at a heading's end, behind a blank, would be taken for no text. */
bool escape_heading_end(struct span rest);
/* "12. " at the start of a line: the length of the number, behind which its mark is to be escaped.
 * 0: none stands there. */
size_t escape_ordered_mark(struct span rest);

/* Could two stars of the text be a pair? */
bool escape_has_star_pair(struct span text);
/* Would brackets in the text of a link end it? */
bool escape_brackets(struct span text);

#endif
