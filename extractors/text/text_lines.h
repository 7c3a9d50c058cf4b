/*
 * text_lines.h - what a line of plain text looks like. Shared by the formats that are lines.
 */
#ifndef EXTRACTORS_TEXT_LINES_H
#define EXTRACTORS_TEXT_LINES_H

#include "base/buf.h"

struct text_line {
    size_t start, end; /* of its words: without indent, white space behind, and line end */
    size_t next;       /* where the next line begins */
    unsigned indent;   /* columns; a tab goes to the next multiple of 8 */
    bool is_blank;
};

/* The line that begins at offset; offset < text.len. */
struct text_line text_line_at(struct span text, size_t offset);
/* The same where it is known that it ends at that newline, or at text.len. */
struct text_line text_line_up_to(struct span text, size_t offset, size_t newline);

static inline struct span text_line_words(struct span text, const struct text_line *line)
{
    return (struct span){ text.data + line->start, line->end - line->start };
}

/* The bytes of a list mark with the space behind it ("- ", "12. ", "(a) "), or 0. */
size_t text_list_mark(struct span words, bool *is_ordered);
/* The depth of "2.3.1 Title" and "Chapter 2": 3 and 1; 0: no number of a heading. */
unsigned text_heading_number(struct span words);
/* The level of "= Title =", "== Plot ==", "= = Plot = =", from 1 to 6, and the words between (may
 * be NULL); 0: no heading of a wiki. */
unsigned text_wiki_heading(struct span words, struct span *title);
/* One character from set, at least three times, and nothing else; else 0. */
char text_rule_of(struct span words, const char *set);
/* Capitals only, and at least four of them. */
bool text_is_capitals(struct span words);
/* Columns of figures, boxes, trees: not to be joined into sentences. */
bool text_is_drawn(struct span words);

#endif
