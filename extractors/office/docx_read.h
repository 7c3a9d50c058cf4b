/*
 * docx_read.h - inside of docx.c: the document that is being read, and what its files call of each
 * other.
 *
 *   docx.c            parts and order: body, notes, comments, headers
 *   docx_body.c       blocks: paragraphs, tables, and what kind each is
 *   docx_run.c        what stands in a paragraph: runs, fields, links, notes, drawings
 *   docx_styles.c     styles
 *   docx_numbering.c  lists and their numbers
 */
#ifndef EXTRACTORS_DOCX_READ_H
#define EXTRACTORS_DOCX_READ_H

#include "extractors/office/docx.h"
#include "extractors/office/ooxml.h"
#include "ingest/extractor.h"

#define DOCX_FIELD_DEPTH_MAX 32u
#define DOCX_BOXES_MAX       32u /* text boxes of one paragraph that wait for its end */
#define DOCX_NOTES_MAX       65536u

enum docx_tag {
    W_P = 1,
    W_R,
    W_T,
    W_PPR,
    W_RPR,
    W_TBL,
    W_TR,
    W_TC,
    W_TBL_PR,
    W_TBL_GRID,
    W_TR_PR,
    W_TC_PR,
    W_TBL_HEADER,
    W_TBL_LOOK,
    W_GRID_SPAN,
    W_GRID_BEFORE,
    W_V_MERGE,
    W_SECT_PR,
    W_SDT_PR,
    W_SDT_END_PR,
    W_PSTYLE,
    W_RSTYLE,
    W_NUM_PR,
    W_NUM_ID,
    W_ILVL,
    W_INDENT,
    W_OUTLINE,
    W_VANISH,
    W_COLOR,
    W_SIZE,
    W_SHADE,
    W_HIGHLIGHT,
    W_FONTS,
    W_LOOK, /* bold, italic, struck, raised, lowered */
    W_TAB,
    W_BR,
    W_CR,
    W_NO_BREAK_HYPHEN,
    W_SYM,
    W_DEL,
    W_MOVE_FROM,
    W_HYPERLINK,
    W_FIELD_CHAR,
    W_FIELD_SIMPLE,
    W_CHECK_BOX,
    W_CHOICES,
    W_INSTRUCTION,
    W_FOOTNOTE_REF,
    W_ENDNOTE_REF,
    W_RUBY_TEXT,
    W_BOX_CONTENT,
    W_PICT,
    W_CHOICE,
    W_FALLBACK,
    W_FOOTNOTE,
    W_ENDNOTE,
    W_COMMENT,
    W_BACKGROUND,
    W_ALT_CHUNK,
    W_TRACKED_PROPERTIES, /* what the properties were before */
    M_MATH,
    M_MATH_PARA,
    WP_PROPERTIES,
    WP_ANCHOR, /* a drawing that stands beside the words, not among them */
    C_CHART,
    DGM_IDS,
    V_SHAPE,
};

extern const struct xml_name docx_names[];

struct docx_field {
    bool is_in_result; /* past its separator: what follows is shown */
    bool has_link;
    struct span shown; /* what a form's field shows without any text: a box, a choice */
};

struct docx {
    const struct source *source;
    struct writer *writer;
    struct zip *zip;
    struct arena arena;
    struct docx_styles styles;
    struct docx_numbering numbering;
    struct ooxml_relations relations; /* of the part that is being read */
    struct span part;
    enum status failed; /* sticks: NO_MEMORY */

    struct docx_field fields[DOCX_FIELD_DEPTH_MAX];
    unsigned field_depth;
    unsigned instruction_depth; /* fields whose codes we are in: their text is not shown */
    struct buf instruction;     /* of the innermost field */
    size_t paragraph_start;     /* bytes of text before the words of the paragraph */
    struct buf beside;          /* what pictures beside the paragraph show, each ends in a NUL */

    int32_t footnotes[2]; /* how many references so far: footnotes, endnotes */
    int32_t *note_ids[2]; /* in order of their first reference */
    size_t note_count[2], note_capacity[2];

    unsigned table_depth, box_depth;
    bool is_beside;      /* in a drawing that stands beside the words */
    bool is_in_code;     /* a code block is open, to be gone on with */
    bool is_joined;      /* the last paragraph's mark was deleted: the next one goes on in it */
    bool is_in_note;     /* paragraphs there belong to the block that is open */
    bool has_background; /* white text may be seen */
    bool has_plain;      /* the paragraph began with words that are in no font of fixed width */
    uint8_t looks;       /* bits of emphasis that the writer was told */
    struct docx_nesting nesting;
};

enum docx_note { DOCX_FOOTNOTES, DOCX_ENDNOTES };

/* A paragraph's own properties, those of its style put in. */
struct docx_paragraph {
    const struct docx_style *style; /* may be NULL */
    unsigned outline;               /* DOCX_OUTLINE_NONE: no heading */
    int32_t number;
    unsigned number_level;
    int32_t indent; /* twips; DOCX_INDENT_NONE: as its list says */
    bool is_hidden, is_shaded, is_mark_deleted;
};

struct docx_run {
    struct looks looks;
    bool is_hidden, is_mono;
    bool has_mono_style;
};

/* Text boxes of the paragraph at hand, to be read when it has ended. */
struct docx_boxes {
    struct xml *items[DOCX_BOXES_MAX];
    size_t count;
};

/* Reads blocks until the element at depth ends. */
void docx_read_blocks(struct docx *docx, struct xml *xml, unsigned depth);
/* The document of another format that stands here. */
void docx_read_alt_chunk(struct docx *docx, struct xml *xml);
/* Ends a code block that is still open. */
void docx_end_open(struct docx *docx);

/* xml stands at the start of pPr, rPr. */
void docx_read_paragraph_properties(struct docx *docx, struct xml *xml, struct docx_paragraph *out);
void docx_read_run_properties(struct docx *docx, struct xml *xml,
                              const struct docx_paragraph *paragraph, struct docx_run *out);
/* What the writer is sent from here on looks like nothing special. */
void docx_end_looks(struct docx *docx);
/* One event inside a paragraph that is not about blocks. */
void docx_read_inline(struct docx *docx, struct xml *xml, const struct docx_paragraph *paragraph,
                      struct docx_run *run, struct docx_boxes *boxes);

#endif
