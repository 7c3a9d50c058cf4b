/*
 * pdf_layout.h - a PDF's words, and the lines they make in reading order: geometry, without
 * poppler.
 *
 *   words     as the library found them; boxes are upright (see rotation) and from the top left
 *   segments  words of one line that no wide gap separates: pdf_lines.h
 *   lines     segments in reading order, columns and tables found: pdf_layout_page()
 *   blocks    lines with a kind, document-wide: pdf_structure.h
 *
 * All are flat arrays in one struct pdf_doc, so bounds are visible and tests need no PDF.
 * Boxes are finite; whoever fills in words sees to that (pdf_doc_add_word() does).
 */
#ifndef EXTRACTORS_PDF_LAYOUT_H
#define EXTRACTORS_PDF_LAYOUT_H

#include <stdint.h>

#include "base/buf.h"

#define PDF_WORDS_MAX    ((size_t)8 << 20)
#define PDF_WORD_LEN_MAX 65535u

enum pdf_style_flags {
    PDF_BOLD = 1 << 0,
    PDF_ITALIC = 1 << 1,
    PDF_MONO = 1 << 2,
    PDF_SYMBOL = 1 << 3, /* Wingdings, a font of icons: letters are pictures */
};

enum pdf_tag_kind {
    PDF_TAG_TEXT,
    PDF_TAG_HEADING,
    PDF_TAG_ITEM,
    PDF_TAG_CAPTION,
    PDF_TAG_QUOTE,
    PDF_TAG_OTHER, /* a note's, a figure's: nothing is taken from them */
    PDF_TAG_CELL,  /* of a table: pdf_tagged_table.h */
};

/* An element that is a block: words with the same tag are one paragraph, heading, item. */
struct pdf_tag {
    uint8_t kind; /* enum pdf_tag_kind */
    /* Of a heading, 0: not told; how deep an item or quote is; 1 of a header's cell. */
    uint8_t level;
    uint16_t column, column_span, row_span; /* of a cell */
    uint32_t table, row;                    /* of a cell: 1-based in the document, 0-based in it */
};

/* A font at a size. */
struct pdf_style {
    float size;     /* points */
    uint16_t font;  /* whoever made the words knows it */
    uint16_t flags; /* enum pdf_style_flags */
};

enum pdf_word_flags {
    PDF_WORD_BREAK = 1 << 0,  /* the library began a new line before it */
    PDF_WORD_RTL = 1 << 1,    /* right-to-left letters */
    PDF_WORD_LTR = 1 << 2,    /* left-to-right letters */
    PDF_WORD_HYPHEN = 1 << 3, /* ended in a soft hyphen, which is not in its text */
    PDF_WORD_GLUED = 1 << 4,  /* no space before it */
    PDF_WORD_WHITE = 1 << 5,  /* or nearly: see pdf_hidden.h */
    PDF_WORD_INVISIBLE = 1 << 6,
    PDF_WORD_ARTIFACT = 1 << 7, /* its program says that it is not of the text */
};

struct pdf_word {
    float x0, y0, x1, y1;
    uint32_t text_start; /* in pdf_doc.text */
    uint16_t text_len;
    uint16_t style;
    uint32_t tag;     /* 1-based into the tags of pdf_tags.h; 0: none */
    uint16_t link;    /* 1-based into whoever's list of links; 0: none */
    uint8_t rotation; /* quarter turns clockwise; the box is as if the page were turned back */
    uint8_t flags;    /* enum pdf_word_flags */
};

struct pdf_segment {
    float x0, y0, x1, y1;
    uint32_t word_start, word_count;
    float size; /* of most of its characters */
    uint16_t style;
    uint8_t rotation;
    bool is_boilerplate; /* a running head or foot, a page number */
    bool is_first_foot;  /* the foot of the first page, which is kept */
};

/* A straight line drawn on the page: see pdf_rules.h. */
struct pdf_rule {
    float at;       /* y of a horizontal one, x of a vertical one */
    float from, to; /* along it */
    bool is_vertical;
};

/* A box around text that is read together: see pdf_frames.h. */
struct pdf_frame {
    float x0, y0, x1, y1;
};

struct pdf_frames {
    struct pdf_frame *items;
    size_t count, capacity;
};

/* Text outside tables has table 0. */
struct pdf_line {
    float x0, y0, x1, y1;
    float left, right;   /* of the column that it stands in */
    uint32_t word_start; /* in pdf_doc.ordered: words in logical order */
    uint32_t word_count;
    uint32_t char_count;
    uint32_t page;   /* 1-based */
    uint32_t region; /* lines of one column share it; ascending */
    uint32_t frame;  /* 1-based; 0: in none */
    uint32_t tag;    /* of its first word that has one */
    uint32_t table;  /* 1-based; lines of a table are consecutive, row by row, cell by cell */
    uint16_t row, column, span;
    uint16_t style; /* of most of its characters */
    float size;
    uint8_t flags; /* enum pdf_style_flags that all (bold, italic) or most (mono) of it has */
    uint8_t rotation;
    bool is_rtl;
    bool has_leader;     /* dots lead to a page number: a table of contents */
    bool is_boilerplate; /* kept on request */
    bool is_first_foot;  /* no heading, and the text goes on behind it */
};

struct pdf_page {
    float width, height; /* points */
    uint32_t word_start, word_count;
    uint32_t aside_count; /* of them, the last ones: pdf_watermark.h */
    uint32_t segment_start, segment_count;
    uint32_t line_start, line_count;
    uint32_t rule_start, rule_count;
    uint32_t edge_start, edge_count; /* of its rules, too: where two grounds meet */
    uint32_t frame_start, frame_count;
    bool has_images;
    uint8_t turn; /* quarter turns clockwise of a page that lies on its side: pdf_turned.h */
};

struct pdf_doc {
    struct buf text;
    struct pdf_style *styles;
    size_t style_count, style_capacity;
    struct pdf_word *words;
    size_t word_count, word_capacity;
    struct pdf_segment *segments;
    size_t segment_count, segment_capacity;
    struct pdf_word *ordered;
    size_t ordered_count, ordered_capacity;
    struct pdf_line *lines;
    size_t line_count, line_capacity;
    struct pdf_page *pages;
    size_t page_count, page_capacity;
    struct pdf_rule *rules;
    size_t rule_count, rule_capacity;
    struct pdf_frames frames;
    const struct pdf_tag *tags; /* lent */
    size_t tag_count;
    bool tags_hold; /* the lines are as the tags say: pdf_tagged.h */
    uint32_t region_count, table_count, frame_count;
    bool failed; /* out of memory or over PDF_WORDS_MAX: later additions do nothing */
};

#define PDF_DOC_INIT                                                                               \
    {                                                                                              \
        .text = BUF_INIT((size_t)64 << 20)                                                         \
    }

void pdf_doc_release(struct pdf_doc *doc);

/* Begins a page; words added next belong to it. */
void pdf_doc_add_page(struct pdf_doc *doc, float width, float height);
/* Returns its index; the same style gives the same index. The last 64 are looked at first. */
uint16_t pdf_doc_add_style(struct pdf_doc *doc, float size, uint16_t font, uint16_t flags);
/* word->text_start and text_len are set here. A box that is not finite or is inside out, and an
 * empty text, are dropped. */
void pdf_doc_add_word(struct pdf_doc *doc, const struct pdf_word *word, struct span text);

struct span pdf_word_text(const struct pdf_doc *doc, const struct pdf_word *word);

/* A new line after the last one, which takes the words that pdf_doc_add_ordered() adds; it counts
 * once pdf_doc_end_line() measured it, if it has words. NULL, false: out of memory. */
struct pdf_line *pdf_doc_begin_line(struct pdf_doc *doc, uint32_t page);
bool pdf_doc_add_ordered(struct pdf_doc *doc, const struct pdf_word *word);
void pdf_doc_end_line(struct pdf_doc *doc, struct pdf_line *line);

/* Do dots lead to something: the page number of a table of contents? */
bool pdf_words_have_leader(const struct pdf_doc *doc, const struct pdf_word *words, size_t count);

uint32_t pdf_text_chars(struct span text); /* code points */

/* Orders the segments of a page (0-based) into lines, and finds its columns and tables. */
void pdf_layout_page(struct pdf_doc *doc, size_t page_index, bool keep_boilerplate);

/* Where nearly all is monospaced and reads like prose (a typewriter's letter, a court's file),
 * being monospaced says nothing: takes PDF_MONO from its styles. Once, before any page is laid out.
 */
void pdf_doc_settle_styles(struct pdf_doc *doc);

/* The size that most characters have; 0 when there is no text. */
float pdf_doc_body_size(const struct pdf_doc *doc);
/* The font of most characters of that size. */
uint16_t pdf_doc_body_font(const struct pdf_doc *doc);

#endif
