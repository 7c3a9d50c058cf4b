/*
 * doc_read.h - inside of doc.c: the document that is being read, and what its files call of each
 * other. What the file says about its text is in doc.h.
 *
 *   doc.c         streams, pieces of text and their order
 *   doc_text.c    characters, fields, marks of notes
 *   doc_blocks.c  paragraphs, tables and notes, sent to the writer
 */
#ifndef EXTRACTORS_DOC_READ_H
#define EXTRACTORS_DOC_READ_H

#include "extractors/common/spanning_cell.h"
#include "extractors/office/doc.h"
#include "ingest/extractor.h"

#define DOC_FIELD_DEPTH_MAX 32u

/* 2.9.15 ff: the parts of the text, in this order. */
enum doc_story {
    DOC_STORY_MAIN,
    DOC_STORY_FOOTNOTES,
    DOC_STORY_HEADERS,
    DOC_STORY_MACROS,
    DOC_STORY_COMMENTS,
    DOC_STORY_ENDNOTES,
    DOC_STORY_BOXES,
    DOC_STORY_HEADER_BOXES,
    DOC_STORY_COUNT
};

/* From that byte of the paragraph's text on. */
struct doc_look {
    size_t start;
    uint8_t bits; /* of emphasis */
};

struct doc {
    const struct source *source;
    struct writer *writer;
    struct buf stream, table, data;
    struct doc_properties properties;
    struct buf text; /* of the paragraph at hand, or of the cell */
    size_t paragraph_start;
    struct doc_look *looks;
    size_t look_count, look_capacity;
    bool is_out_of_memory;
    struct buf hidden;
    struct buf link; /* a field's code, then its target */
    size_t link_start, link_end;
    unsigned link_depth; /* of its field */
    bool has_link;
    bool is_in_code[DOC_FIELD_DEPTH_MAX]; /* of a field: its text is not shown */
    uint32_t forms[DOC_FIELD_DEPTH_MAX];  /* what a field of a form is; DOC_NOWHERE: it is none */
    unsigned field_depth;
    enum doc_story story;
    uint32_t position;  /* of the character at hand */
    struct span pieces; /* 2.8.35 PlcPcd; none: the text is not in pieces */
    size_t piece_count;
    struct doc_boxes boxes;
    size_t boxes_told;
    bool is_in_box;
    struct docx_nesting nesting; /* of the list at hand */
    bool is_table_open, is_row_open, is_code_open;
    bool is_in_header;               /* of the table */
    unsigned cell;                   /* of the row */
    const struct doc_paragraph *row; /* its end; NULL: unknown */
    struct doc_grid grid;            /* of the table */
    struct {
        char text[SPANNING_ROWS_BYTES_MAX];
        size_t len;
    } above[DOC_MERGES_MAX], left; /* of the table's columns; of the row */
    unsigned frame_depth;          /* of tables, all around what is read, that are no tables */
    bool begins_note;              /* its mark was read */
    uint32_t footnotes, endnotes, footnotes_put, endnotes_put; /* marks, and the notes */
};

/* doc_blocks.c: at the mark of that byte. ends_cell: it only ends cells and rows of outer tables.
 */
void doc_end_paragraph(struct doc *doc, uint32_t offset, bool ends_cell);
/* Sends what is not sent yet, and ends what is open. */
void doc_end_story(struct doc *doc);

/* doc_text.c: a character of the text, which stands at that byte. position: from the first one of
 * the document. */
void doc_read_character(struct doc *doc, uint32_t c, uint32_t offset, uint32_t position);

/* doc.c: reads the boxes that hang on the text up to that position: behind the paragraph that they
 * stand beside, or behind the one that follows their table. */
void doc_tell_boxes(struct doc *doc, uint32_t position);

#endif
