/*
 * extraction.h - what an extractor yields: blocks in reading order over one UTF-8 text.
 *
 * All parts are flat arrays with byte offsets into the text, so an extraction is bounded, compared,
 * sent and stored easily. Nothing here points into another part.
 *
 *   text      "Refunds\n\nWithin 14 days ...\n\nName\tPrice\nA4\t3.20\n"
 *   blocks     [heading 1] [paragraph        ] [table [row [cell][cell]] [row ...]]
 *   regions    p. 1 box    p. 1 box | p. 2 box   sheet, cells
 *   chunks    [                              ] [                             ]
 *
 * Rules, checked by extraction_check() for what comes from a worker:
 *   1. text is valid UTF-8, has no NUL, and all offsets are at character boundaries.
 *   2. blocks are sorted by text_start; two blocks are disjoint or one holds the other (a table its
 *      rows, a row its cells); only tables and rows hold others.
 *   3. leaf blocks are separated in the text by at least one character that is in no leaf.
 *   4. regions, links and runs are sorted by text_start; those of one sort do not overlap.
 *   5. emphases are sorted by text_start, have text_start < text_end, and those of one kind do not
 *      overlap.
 *   6. chunks have text_start < text_end and ascending text_start.
 *
 * Tables: cells of a row are separated by a tab, rows by a newline; a tab or newline inside a cell
 * becomes a space. A row lies on one line, so that a cut between rows is a cut between lines.
 * (Where the text is the file itself, as in Markdown and CSV, the file's own separators stay.)
 */
#ifndef INGEST_EXTRACTION_H
#define INGEST_EXTRACTION_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/status.h"
#include "ingest/outcome.h"

/* Past any of these a document is partial: never cut off in silence. */
#define EXTRACTION_TEXT_BYTES_MAX  ((size_t)128 << 20) /* where the text is the file itself */
#define EXTRACTION_MADE_BYTES_MAX  ((size_t)32 << 20)  /* where an extractor makes it */
#define EXTRACTION_BLOCKS_MAX      ((size_t)4 << 20)   /* where the text is the file itself */
#define EXTRACTION_LABEL_BYTES_MAX 256u
/* Past it emphasis is left out: no word is lost. */
#define EXTRACTION_EMPHASES_MAX ((size_t)1 << 20)
#define BLOCK_NONE              UINT32_MAX

enum block_kind {
    BLOCK_TITLE,   /* of the whole document; level 0 */
    BLOCK_HEADING, /* level 1..6 */
    BLOCK_PARAGRAPH,
    BLOCK_LIST_ITEM, /* level: depth from 1; BLOCK_ORDERED when numbered */
    BLOCK_TABLE,     /* level: number of header rows; holds rows */
    BLOCK_ROW,       /* BLOCK_HEADER in a header row; holds cells */
    BLOCK_CELL,      /* level: columns spanned, 0 and 1 are one */
    BLOCK_CODE,      /* label: the language, when known */
    BLOCK_QUOTE,     /* level: depth from 1 */
    BLOCK_CAPTION,
    BLOCK_FOOTNOTE, /* label: its mark */
    BLOCK_TERM,     /* of a definition list. level 0: its definitions are paragraphs; from 1: its
                       depth, and they are list items, one deeper */
    BLOCK_FIELD,    /* one "name: value" of a form, a mail header, front matter */
    BLOCK_RULE,     /* a thematic break; its text is the mark in the file, or one U+2042 */
    BLOCK_KIND_COUNT
};

enum block_flags {
    BLOCK_ORDERED = 1 << 0,
    BLOCK_HEADER = 1 << 1,
    BLOCK_COMMENT = 1 << 2,   /* an annotation, a reviewer's or reader's comment */
    BLOCK_CONTINUES = 1 << 3, /* a further paragraph of the list item or quote before it */
    BLOCK_ASIDE = 1 << 4,     /* beside the running text: a title that the metadata have too, what a
                                 picture shows. The plain text form leaves it out. */
};

struct block {
    uint8_t kind;  /* enum block_kind */
    uint8_t level; /* see the kind */
    uint16_t flags;
    uint32_t text_start, text_end; /* bytes */
    uint32_t
        heading;    /* index of the innermost heading above it, or BLOCK_NONE; set by the writer */
    uint32_t label; /* offset in extraction.labels of a NUL-terminated string; 0: none */
};

/* Where a piece of text stands on a page, slide or sheet. */
struct region {
    uint32_t text_start, text_end; /* bytes */
    uint32_t page;                 /* 1-based: page, slide or sheet; 0: none */
    uint32_t label;                /* as block.label: "Prices!A2:D2", "part 1.2"; 0: none */
    float x0, y0, x1, y1;          /* points from the page's top left; all 0: none */
};

struct link {
    uint32_t text_start, text_end; /* bytes */
    uint32_t target;               /* as block.label: the URL, or #name */
    uint32_t reserved;
};

/* How words look among others. It only stands beside the text, for those who show it: it is in no
 * chunk and is not stored. Where the text is the file itself, its marks are in the text. */
enum emphasis_kind {
    EMPHASIS_BOLD,
    EMPHASIS_ITALIC,
    EMPHASIS_CODE, /* what a program reads or says, in a line */
    EMPHASIS_STRUCK,
    EMPHASIS_RAISED,
    EMPHASIS_LOWERED,
    EMPHASIS_FORMULA, /* in LaTeX, with its dollar signs or without */
    EMPHASIS_BREAK,   /* the blank that stands for the end of a line or paragraph of a cell */
    EMPHASIS_KIND_COUNT
};

struct emphasis {
    uint32_t text_start, text_end; /* bytes; within one block */
    uint32_t kind;                 /* enum emphasis_kind */
};

/* text[text_start ..] for length bytes is file[source_start ..], byte for byte when source_length
 * equals length; otherwise (another charset, a repaired byte) as a unit. */
struct source_run {
    uint32_t text_start, length; /* bytes of text */
    uint64_t source_start;       /* byte of the file */
    uint32_t source_length, reserved;
};

struct page {
    float width, height; /* points */
    uint32_t text_bytes; /* extracted from it */
    uint32_t has_images; /* 1: it shows at least one picture, so no text may mean a scan */
};

struct metadata {
    uint32_t name, value; /* as block.label; names are lower case: title, author, date, language,
                             url, subject, keywords, created, modified, producer, page_count ... */
};

/* A piece to embed and retrieve: exactly text[text_start, text_end). */
struct chunk {
    uint32_t text_start, text_end;     /* bytes */
    uint32_t repeat_start, repeat_end; /* a table's header, put in front; equal: none */
    uint32_t heading;                  /* innermost heading block above its start, or BLOCK_NONE */
    uint32_t token_count;              /* of its embedded input, in the counter's tokens */
};

enum extraction_flags {
    EXTRACTION_TEXT_IS_SOURCE = 1 << 0, /* runs map text to the file: cite bytes of the file */
    EXTRACTION_HAS_HIDDEN = 1 << 1,   /* hidden holds text that an ordinary reader would not see */
    EXTRACTION_IS_CONTAINER = 1 << 2, /* its members are documents of their own */
    EXTRACTION_TEXT_HAS_MARKS = 1 << 3, /* text is what was written, marks of items and all */
};

struct extraction {
    enum outcome outcome;
    unsigned flags;
    char reason[240];    /* why not complete; "" when it is */
    char extractor[32];  /* name and version: "pdf 3" */
    char media_type[96]; /* "application/pdf" */
    char charset[32];    /* "" when the format fixes it */

    struct span text;
    struct span hidden; /* UTF-8; kept apart, never embedded, never returned */
    struct span labels; /* NUL-terminated strings; offset 0 is "" */

    const struct block *blocks;
    size_t block_count;
    const struct region *regions;
    size_t region_count;
    const struct link *links;
    size_t link_count;
    const struct emphasis *emphases;
    size_t emphasis_count;
    const struct source_run *runs;
    size_t run_count;
    const struct page *pages;
    size_t page_count;
    const struct metadata *metadata;
    size_t metadata_count;
    const struct chunk *chunks;
    size_t chunk_count;
    uint32_t chunks_dropped; /* white space only, or repeated boilerplate */
};

/* The NUL-terminated string at a label offset; "" for 0 and for an offset out of range. */
const char *extraction_label(const struct extraction *extraction, uint32_t label);
/* The first value of that name, or NULL. */
const char *extraction_metadata(const struct extraction *extraction, const char *name);
struct span extraction_block_text(const struct extraction *extraction, const struct block *block);

/* Appends "Guide > Refunds > Fees" for the heading at that block index; nothing for BLOCK_NONE. */
void extraction_heading_path(const struct extraction *extraction, uint32_t heading,
                             struct buf *out);

/* The text that is embedded for a chunk: heading path, repeated table header, chunk; each on its
 * own line. The file's path is not in it: a rename costs nothing. */
void extraction_chunk_input(const struct extraction *extraction, const struct chunk *chunk,
                            struct buf *out);

/* The byte of the file at a text offset; the offset itself when there are no runs. */
uint64_t extraction_source_offset(const struct extraction *extraction, uint32_t text_offset);

/* The same for an end: the byte behind the last one before it. */
uint64_t extraction_source_end(const struct extraction *extraction, uint32_t text_offset);

/* The region that a stretch of text, which may be empty, begins in, or the first one that begins in
 * it: a row whose first cell is empty; NULL: none. Borrowed from the extraction. */
const struct region *extraction_region_in(const struct extraction *extraction, uint32_t text_start,
                                          uint32_t text_end);

/* First and last page that regions give for a stretch of text; false: none do. */
bool extraction_pages(const struct extraction *extraction, uint32_t text_start, uint32_t text_end,
                      uint32_t *first_page, uint32_t *last_page);

/* Checks the rules above. STATUS_MALFORMED names the first one broken. */
NODISCARD enum status extraction_check(const struct extraction *extraction, struct error *err);

#endif
