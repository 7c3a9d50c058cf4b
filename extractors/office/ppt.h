/*
 * ppt.h - inside of ppt.c: PowerPoint 97 to 2003 presentations. [MS-PPT], drawings by [MS-ODRAW]
 *
 *   ppt.c          streams, edits, the order of slides and of their notes
 *   ppt_text.c     texts as titles, list items and paragraphs
 *   ppt_numbers.c  what says that paragraphs are numbered
 *   ppt_order.c    a slide's texts in reading order
 *   ppt_table.c    groups of shapes that are tables
 */
#ifndef EXTRACTORS_PPT_H
#define EXTRACTORS_PPT_H

#include <stdint.h>

#include "base/buf.h"
#include "extractors/office/slide_number.h"

#define PPT_PERSIST_MAX  65536u
#define PPT_NOTES_MAX    4096u
#define PPT_NUMBERS_MAX  4096u
#define PPT_OUTLINES_MAX 64u
#define PPT_HEADER_BYTES 8u

enum ppt_record_type {
    PPT_DOCUMENT = 1000,
    PPT_SLIDE = 1006,
    PPT_NOTES = 1008,
    PPT_NOTES_ATOM = 1009,
    PPT_SLIDE_PERSIST = 1011,
    PPT_MAIN_MASTER = 1016,
    PPT_DOCUMENT_INFO = 2000,
    PPT_OUTLINE_REF = 3998,
    PPT_TEXT_HEADER = 3999,
    PPT_TEXT_CHARS = 4000,
    PPT_TEXT_STYLE = 4001,
    PPT_MASTER_STYLE = 4003,
    PPT_TEXT_BYTES = 4008,
    PPT_TEXT_STYLE_9 = 4012,
    PPT_OUTLINES_9 = 4014,
    PPT_OUTLINE_HEADER_9 = 4015,
    PPT_STRING = 4026,
    PPT_SLIDE_LIST = 4080,
    PPT_USER_EDIT = 4085,
    PPT_TAGS = 5000,
    PPT_BINARY_TAG = 5002,
    PPT_TAG_DATA = 5003,
    PPT_PERSIST = 6002,
    PPT_SHAPE_GROUP = 0xF003,
    PPT_SHAPE = 0xF004,
    PPT_CLIENT_TEXT = 0xF00D,
    PPT_CHILD_ANCHOR = 0xF00F,
    PPT_CLIENT_ANCHOR = 0xF010,
    PPT_CLIENT_DATA = 0xF011,
    PPT_TERTIARY_OPTIONS = 0xF122,
};

enum ppt_text_type {
    PPT_TEXT_TITLE = 0,
    PPT_TEXT_BODY = 1,
    PPT_TEXT_NOTES = 2,
    PPT_TEXT_OTHER = 4,
    PPT_TEXT_CENTER_BODY = 5,
    PPT_TEXT_CENTER_TITLE = 6,
    PPT_TEXT_HALF_BODY = 7,
    PPT_TEXT_QUARTER_BODY = 8,
};

struct ppt_notes {
    uint32_t slide_id, persist;
};

/* Which paragraphs are numbered in the text of a placeholder. */
struct ppt_numbers {
    uint32_t slide_id, type; /* of the text */
    struct span styles;
};

struct ppt {
    struct writer *writer;
    struct buf stream, user, text;
    uint32_t offsets[PPT_PERSIST_MAX];     /* of persistent objects; 0: unknown */
    struct ppt_notes notes[PPT_NOTES_MAX]; /* by slide */
    size_t note_count;
    struct ppt_numbers numbers[PPT_NUMBERS_MAX]; /* by slide and type */
    size_t number_count;
    uint32_t slide_id;
    struct span number_styles; /* of the text that comes next: see ppt_number_at() */
    uint32_t page;
    bool has_title, is_notes;
    bool has_body_bullets; /* the master's: what body paragraphs that do not say are */
    unsigned type;         /* of the text that comes next */
    /* The text that was read last; its styles come behind it. */
    bool is_waiting, is_waiting_wide;
    struct span waiting;
    /* Records of the texts of the slide's placeholders, each from its header on; bits of those that
     * were not sent yet. */
    struct span outlines[PPT_OUTLINES_MAX];
    unsigned outline_count;
    uint64_t outlines_left;
};

struct ppt_record {
    unsigned type, instance;
    bool is_container;
    struct span data;
};

/* false: there is none at offset. One that is cut off is as long as what there is of it. */
bool ppt_record_read(struct span bytes, size_t offset, struct ppt_record *out);
/* The first record of that type directly in there. */
bool ppt_record_find(struct span bytes, unsigned type, struct ppt_record *out);

/* ppt_text.c: takes an atom that may be part of a text. */
void ppt_text_atom(struct ppt *ppt, const struct ppt_record *record);
/* Sends the text that waits for its styles, if there is one. */
void ppt_text_end(struct ppt *ppt);
/* Appends the characters of a text atom; line and paragraph ends become ' '. */
void ppt_text_append(const struct ppt_record *record, struct buf *out);
/* Takes what the slide master says of bullets. */
void ppt_text_master(struct ppt *ppt, struct span master);

/* ppt_numbers.c: takes what the document says of the texts of placeholders. */
void ppt_numbers_read(struct ppt *ppt, struct span document);
/* What a shape, or the document for a placeholder of the slide with a text of that type, says of
 * numbers; empty: nothing. */
struct span ppt_numbers_of_shape(struct span shape);
struct span ppt_numbers_of_outline(const struct ppt *ppt, uint32_t type);
/* False: paragraphs with that index have no number there. */
bool ppt_number_at(struct span styles, unsigned index, struct slide_number *out);

/* ppt_order.c: sends all texts in there, those of shapes in reading order. */
void ppt_texts(struct ppt *ppt, struct span bytes);
/* The same of a slide, with the texts of its placeholders, the title first. */
void ppt_slide_texts(struct ppt *ppt, struct span slide);

/* ppt_table.c: false: the group is no table, and nothing was sent. */
bool ppt_table(struct ppt *ppt, struct span group);

#endif
