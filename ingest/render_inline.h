/*
 * render_inline.h - the text of one block as Markdown: links, emphasis, escapes. For
 * ingest/render_markdown.c only.
 *
 *   text      Pay the fee now(!), see terms.
 *   emphases      [bold       ]    [code]
 *   links                          [    ]
 *   Markdown  Pay **the fee now**(!), see [`terms`](...).
 *
 * What is written nests, whatever the emphases do: one that reaches out of another, out of a link
 * or over a line's end in code ends there and begins again. It also is what CommonMark reads back
 * as emphasis: marks touch no blank, and no punctuation where a letter is on their other side
 * (CommonMark 0.31, 6.2: a mark there would neither open nor close). So the first "**" above does
 * not stand behind "(!)". Emphasis that can't be marked so is left out; its words are not.
 */
#ifndef INGEST_RENDER_INLINE_H
#define INGEST_RENDER_INLINE_H

#include "ingest/extraction.h"

struct inline_renderer { /* one per extraction, whose blocks it is given in order */
    const struct extraction *extraction;
    struct buf *out;
    size_t next_link, next_emphasis; /* the first that was not looked at yet */
    bool is_csv;                     /* quotes in cells are doubled */
    bool has_sign_notes;             /* labels of notes have signs that words would have escaped */
};

/* How a stretch of text is written. */
struct inline_style {
    const char *line_break; /* what a line break in the text becomes */
    unsigned indent;        /* columns in front of further lines */
    unsigned quote_depth;   /* '>' marks in front of further lines */
    bool is_cell;           /* escape pipes */
    bool is_heading;        /* its line begins with what says so: "1." there begins no list */
    bool is_marked;         /* stands in marks of emphasis that the caller writes */
    bool is_strong;         /* shown so anyhow: bold or italic of all of it is no emphasis */
    unsigned unmarked;      /* bits of enum emphasis_kind that are not marked at all */
};

/* Writes text[start, end). */
void inline_put(struct inline_renderer *renderer, size_t start, size_t end,
                const struct inline_style *style);
/* Writes what stands before the text of a line. */
void inline_put_line_start(struct inline_renderer *renderer, const struct inline_style *style);

#endif
