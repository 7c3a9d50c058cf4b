/*
 * doc.h - inside of doc.c: what a Word 97 to 2003 file says about its text. [MS-DOC]
 *
 *   doc_properties.c  paragraphs, runs of characters, styles, fonts
 *   doc_rows.c        rows of tables, and the columns that their cells stand in
 *   doc_lists.c       lists, counted as those of docx are: they are the same
 *   doc_old.c         documents before 1997: what they say otherwise, and in which charset
 *   doc_forms.c       boxes to tick and choices of forms
 *   doc_boxes.c       text boxes, and where they hang
 *   doc_read.h        the text itself, and who reads it
 */
#ifndef EXTRACTORS_DOC_H
#define EXTRACTORS_DOC_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "extractors/common/looks.h"
#include "extractors/office/docx.h"

#define DOC_NOWHERE        UINT32_MAX
#define DOC_STYLES_MAX     4096u
#define DOC_FONTS_MAX      256u
#define DOC_FONT_NAME_MAX  16u
#define DOC_LIST_UNSAID    0xFFFFu
#define DOC_FRAMES_MAX     8u
#define DOC_MERGES_MAX     32u /* columns that may have merged cells */
#define DOC_PARAGRAPHS_MAX ((size_t)1 << 20)
#define DOC_EDGES_MAX      64u
#define DOC_BOXES_MAX      4096u

enum doc_role { DOC_ROLE_NONE, DOC_ROLE_TITLE, DOC_ROLE_SUBTITLE, DOC_ROLE_CAPTION, DOC_ROLE_CODE };

struct doc_paragraph {
    uint32_t start, end; /* bytes of the main stream */
    uint16_t style;
    uint8_t outline; /* 0..8; 9: body text; 255: as its style says */
    uint8_t level;   /* of its list */
    uint16_t list;   /* 1-based; 0: none; DOC_LIST_UNSAID: as its style says */
    int16_t indent;  /* twips, where has_indent */
    bool has_indent;
    uint8_t depth;     /* of tables around it */
    uint8_t columns;   /* of the row, where is_row_end; 0: unknown */
    bool is_inner_end; /* of a cell of a table in a table */
    bool is_row_end;
    bool is_header_row; /* where is_row_end */
    uint32_t merged;    /* there as well: bits of the cells that go on with those above */
    uint32_t beside;    /* there as well: bits of those that may go on with the one to the left */
    struct span edges;  /* there as well: of its cells, in the file */
    uint32_t elsewhere; /* where the stream "Data" says all that; DOC_NOWHERE: nowhere */
};

struct doc_run {         /* of characters that look like something */
    uint32_t start, end; /* as above */
    uint16_t style;      /* past the last one: none */
    uint16_t symbol;     /* the character that stands for "(", in its font; 0: none */
    uint16_t font;
    uint32_t form; /* where the stream "Data" has what its form field is; DOC_NOWHERE: nowhere */
    struct looks looks;
    bool is_hidden; /* or deleted */
};

struct doc_style {
    uint8_t outline; /* 255: none */
    enum doc_role role;
    uint16_t base, list;
    uint8_t level;
    int16_t indent; /* as of a paragraph */
    bool has_indent;
    bool is_known;
    struct looks looks; /* of a style of characters */
};

/* What is known of a table. */
struct doc_frame {
    const struct doc_paragraph *from, *until; /* for these, of its first row, it is the same */
    bool is_frame;
};

struct doc_properties {
    struct doc_paragraph *paragraphs; /* by start */
    size_t paragraph_count, paragraph_capacity;
    struct doc_run *runs; /* by start */
    size_t run_count, run_capacity;
    struct doc_style styles[DOC_STYLES_MAX];
    size_t style_count;
    char fonts[DOC_FONTS_MAX][DOC_FONT_NAME_MAX]; /* names, cut off */
    struct doc_frame frames[DOC_FRAMES_MAX];      /* at that depth, less one: looked at last */
    struct span data;                             /* the stream "Data" */
    size_t elsewhere_left; /* bytes that may still be read there: lists may be the same one */
    struct span endnotes;  /* positions of their marks; in the table stream */
    struct docx_numbering numbering;
    struct arena arena; /* of its texts */
};

/* stream: WordDocument; table: 0Table or 1Table; data: Data. What is broken is left out. False: out
 * of memory. */
bool doc_properties_read(struct span stream, struct span table, struct span data,
                         struct doc_properties *out);
void doc_properties_release(struct doc_properties *properties);

/* The paragraph whose end mark is at that byte; NULL: unknown. */
const struct doc_paragraph *doc_paragraph_at(const struct doc_properties *properties,
                                             uint32_t offset);
/* NULL: plain words. */
const struct doc_run *doc_run_at(const struct doc_properties *properties, uint32_t offset);
/* The name of the font that the run says; empty: none. */
struct span doc_font(const struct doc_properties *properties, const struct doc_run *run);
/* Bits of enum emphasis_kind. */
uint8_t doc_looks(const struct doc_properties *properties, const struct doc_run *run);
/* The end of the row that the paragraph stands in; NULL: unknown. */
const struct doc_paragraph *doc_row_of(const struct doc_properties *properties,
                                       const struct doc_paragraph *paragraph);
/* Is the table at that depth that the paragraph, unless it is NULL, stands in the first row of one
 * cell alone? It is a frame about what stands in it. */
bool doc_is_frame(struct doc_properties *properties, const struct doc_paragraph *paragraph,
                  unsigned depth);
/* position: of a character, from the document's first one. */
bool doc_is_endnote(const struct doc_properties *properties, uint32_t position);

/* doc_rows.c. definition: of a row, from the number of its cells on, each with some bytes. */
void doc_row_read(struct span definition, size_t cell_bytes, struct doc_paragraph *out);
/* May the cell of that row go on with the one to its left? It does where it is empty. */
bool doc_goes_on_beside(const struct doc_paragraph *row, unsigned cell);
/* False: out of memory. Past the limit it is left out. */
bool doc_paragraph_add(struct doc_properties *out, const struct doc_paragraph *paragraph);
void doc_paragraphs_sort(struct doc_properties *out);

/* Edges of all cells of a table whose cells stand in columns, in twips. */
struct doc_grid {
    int16_t edges[DOC_EDGES_MAX];
    unsigned count;                           /* 0: they do not */
    const struct doc_paragraph *from, *until; /* of these, at that depth, this is known */
    unsigned depth;
};

/* Of the table at that depth in whose first row the paragraph, unless it is NULL, stands. */
void doc_grid_read(const struct doc_properties *properties, const struct doc_paragraph *paragraph,
                   unsigned depth, struct doc_grid *out);
/* The column that the cell of the row with that index begins in. */
unsigned doc_grid_column(const struct doc_grid *grid, const struct doc_paragraph *row,
                         unsigned index);

/* What a list of properties says of its paragraph; others stay. */
void doc_read_paragraph_sprms(struct span list, struct doc_paragraph *out);

/* Fills in numbering: its numbers are the paragraphs' lists, 1-based. False: out of memory. */
bool doc_lists_read(struct span stream, struct span table, struct doc_properties *out);

/* Paragraphs and headings of a document before 1997. False: out of memory. */
bool doc_old_properties_read(struct span stream, struct doc_properties *out);
uint32_t doc_windows_1252(unsigned char c);
/* What the upper half of the bytes stands for in a document before 1997. */
void doc_old_charset(struct span stream, uint16_t characters[128]);
/* The text of such a document is in pieces, in order. */
struct doc_old_pieces {
    struct span stream, table; /* the table's data are NULL: it is in one */
    size_t count;
    bool is_wide; /* each character has two bytes */
};
struct doc_old_pieces doc_old_pieces(struct span stream);
struct span doc_old_piece(const struct doc_old_pieces *pieces, size_t index);

/* A text box. Positions are of characters: anchor in the text, first and last in that of all boxes,
 * which follows it. */
struct doc_box {
    uint32_t anchor; /* DOC_NOWHERE: unknown */
    uint32_t first, last;
};

struct doc_boxes {
    struct doc_box *items; /* by anchor */
    size_t count;          /* 0: nothing is known of them */
};

/* text_length: of all boxes, in characters. Texts of boxes do not overlap; where they would,
 * nothing is known. False: out of memory. */
bool doc_boxes_read(struct span stream, struct span table, uint32_t text_length,
                    struct doc_boxes *out);
void doc_boxes_release(struct doc_boxes *boxes);

/* Appends what the field at that place of the stream "Data" shows, unless it has text for it. */
void doc_form_append(struct span data, uint32_t place, struct buf *out);

#endif
