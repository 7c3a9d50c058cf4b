/*
 * hwp.h - inside of hwp.c and hwpx.c: documents of Hancom's word processor, HWP 5 and HWPX.
 *
 *   hwp.c           the compound file of HWP 5
 *   hwp_info.c      its shapes of paragraphs and numberings
 *   hwp_body.c      its sections: records of paragraphs, tables, notes
 *   hwpx.c          the package of HWPX, which says the same in XML
 *   hwp_emit.c      paragraphs, lists and notes of both, sent to the writer
 *   hwp_table.c     tables of both
 *   hwp_numbering.c numbers of paragraphs in the scripts there are
 *
 * Made after the public documentation of the HWP file format by Hancom: 본 제품은 한글과컴퓨터의
 * 한글 문서 파일(.hwp) 공개 문서를 참고하여 개발하였습니다.
 */
#ifndef EXTRACTORS_HWP_H
#define EXTRACTORS_HWP_H

#include <stdint.h>

#include "base/buf.h"
#include "ingest/extractor.h"

#define HWP_LEVELS          7u
#define HWP_FORMAT_BYTES    64u
#define HWP_SHAPES_MAX      65536u
#define HWP_NUMBERINGS_MAX  4096u
#define HWP_SECTIONS_MAX    4096u
#define HWP_DEPTH_MAX       16u /* of tables, notes and boxes in each other */
#define HWP_PART_BYTES_MAX  ((size_t)64 << 20)
#define HWP_TABLE_BYTES_MAX ((size_t)16 << 20)
#define HWP_GRID_MAX        ((size_t)1 << 18)

enum hwp_head { HWP_HEAD_NONE, HWP_HEAD_OUTLINE, HWP_HEAD_NUMBER, HWP_HEAD_BULLET };

struct hwp_shape {
    uint8_t head;       /* enum hwp_head */
    uint8_t level;      /* 0-based */
    uint16_t numbering; /* 1-based; 0: none */
};

struct hwp_level {
    char format[HWP_FORMAT_BYTES]; /* "^1." */
    uint8_t kind;                  /* of its numbers, as in table 41 */
    uint32_t start;
};

struct hwp_numbering {
    struct hwp_level levels[HWP_LEVELS];
    uint32_t counts[HWP_LEVELS];
};

struct hwp_mark {
    char text[128];
    char number[16];
    bool is_plain; /* "3.": it only counts */
};

/* Counts one paragraph. */
void hwp_numbering_count(struct hwp_numbering *numbering, unsigned level, struct hwp_mark *out);

struct hwp_table;

struct hwp {
    const struct source *source;
    struct writer *writer;
    struct hwp_shape *shapes;
    size_t shape_count, shape_capacity;
    struct hwp_numbering *numberings;
    size_t numbering_count, numbering_capacity;
    unsigned outline;   /* the numbering of headings; 0: none */
    struct buf *target; /* where text goes; NULL: to the writer */
    size_t target_start;
    struct hwp_shape shape; /* of the paragraph at hand */
    bool is_open;           /* it has text */
    bool is_link_open;
    struct buf notes; /* that wait: a letter for the kind, the text, NUL */
    uint32_t footnotes, endnotes;
    unsigned depth;
    bool is_out_of_memory;
};

#define HWP_INIT(from, to)                                                                         \
    {                                                                                              \
        .source = (from), .writer = (to), .notes = BUF_INIT(HWP_TABLE_BYTES_MAX)                   \
    }
void hwp_release(struct hwp *hwp);

/* ---- hwp_emit.c ---- */

void hwp_begin_paragraph(struct hwp *hwp, struct hwp_shape shape);
void hwp_text(struct hwp *hwp, struct span utf8);
void hwp_break(struct hwp *hwp);
void hwp_end_paragraph(struct hwp *hwp);
/* What follows is another block: a table, or the rest of the paragraph. */
void hwp_interrupt(struct hwp *hwp);
void hwp_begin_link(struct hwp *hwp, struct span target);
void hwp_end_link(struct hwp *hwp);

/* Text goes elsewhere until the end; what was before is kept in *state. */
struct hwp_aside {
    struct buf text;
    struct buf *target;
    size_t target_start;
    struct hwp_shape shape;
    bool is_open;
    char mark[16]; /* of a note */
};
enum hwp_note { HWP_FOOTNOTE = 'f', HWP_ENDNOTE = 'e', HWP_COMMENT = 'c' };

void hwp_begin_aside(struct hwp *hwp, struct hwp_aside *state);
/* The text stays in state->text, which the caller releases. */
void hwp_end_aside(struct hwp *hwp, struct hwp_aside *state);
void hwp_begin_caption(struct hwp *hwp, struct hwp_aside *state);
void hwp_end_caption(struct hwp *hwp, struct hwp_aside *state);
void hwp_begin_note(struct hwp *hwp, enum hwp_note kind, struct hwp_aside *state);
void hwp_end_note(struct hwp *hwp, enum hwp_note kind, struct hwp_aside *state);
/* Text with '\n' between its lines, to the writer. */
void hwp_put_lines(struct hwp *hwp, struct span text);

/* ---- hwp_table.c ---- */

struct hwp_place {
    unsigned row, column, row_span, column_span; /* 0-based */
};

/* NULL: out of memory. One of a single cell is a frame about what stands in it. */
struct hwp_table *hwp_begin_table(struct hwp *hwp, unsigned rows, unsigned columns,
                                  bool has_header);
void hwp_begin_cell(struct hwp *hwp, struct hwp_table *table);
void hwp_end_cell(struct hwp *hwp, struct hwp_table *table, struct hwp_place place);
void hwp_end_table(struct hwp *hwp, struct hwp_table *table); /* frees it */

/* ---- HWP 5 ---- */

struct hwp_record {
    unsigned tag, level;
    struct span data;
};

struct hwp_records {
    struct span bytes;
    size_t at;
};

/* Where the next record stands. False: there is none. */
bool hwp_peek(const struct hwp_records *records, struct hwp_record *out, size_t *next);

void hwp_read_info(struct hwp *hwp, struct span info);
void hwp_read_section(struct hwp *hwp, struct span section);

#endif
