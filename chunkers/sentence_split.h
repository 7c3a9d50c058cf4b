/*
 * sentence_split.h - where sentences, clauses and words end.
 *
 * The rules are those of Unicode's sentence boundaries (UAX #29), and what these leave open:
 * abbreviations, initials, list markers and ordinals, quotes followed by "he said", line breaks of
 * wrapped text, and scripts without spaces or without full stops. All rules look only at text near
 * the place, so an edit moves no boundary far from it.
 */
#ifndef CHUNKERS_SENTENCE_SPLIT_H
#define CHUNKERS_SENTENCE_SPLIT_H

#include "base/buf.h"

/* All take valid UTF-8 and an offset where a unit begins, and return where the next one begins,
 * behind white space; text.len at the end. The result is above start while start < text.len. */

size_t sentence_next(struct span text, size_t start);
/* A sentence's parts: up to a comma, semicolon, colon, dash or bracket and the space behind it. */
size_t clause_next(struct span text, size_t start);
/* Up to the next white space. */
size_t word_next(struct span text, size_t start);
size_t line_next(struct span text, size_t start);

/* What a break between two units means, by the lines around it. */
enum line_break {
    LINE_NONE,      /* there is none */
    LINE_WRAP,      /* the sentence, or at least the paragraph, goes on */
    LINE_ITEM,      /* a list mark follows; or the break is an escaped one */
    LINE_PARAGRAPH, /* a blank line; or text with a whole paragraph on each line; or the next
                       object of a list */
    LINE_HEADING,   /* in such text: a short line without a full stop follows */
};

/* Of the break in the white space at text[gap, ...), behind a unit that begins at start. */
enum line_break line_break_kind(struct span text, size_t start, size_t gap);

/* Behind white space from offset on; an escaped line break (a backslash and an n) counts as such.
 */
size_t space_skip(struct span text, size_t offset);
/* Where text[start, end) ends without its trailing white space; at least start. */
size_t space_trim(struct span text, size_t start, size_t end);
/* The same, escaped line breaks counting as such: for text, not for code. */
size_t sentence_trim(struct span text, size_t start, size_t end);

#endif
