/*
 * units.h - blocks become units: the smallest pieces a chunk is made of, with what a cut before
 * each of them would mean.
 *
 * A unit is a sentence, heading, row, or line of code; a part of one when it alone is over the
 * maximum. What a unit and its cut are depends on text near it and behind it only, never on what
 * stands far before: cuts stay where they are when text before them changes. (The heading path is
 * the one exception, as it is part of what is embedded.)
 *
 * Units come in windows, so that memory is bounded. A window ends where a paragraph's own text says
 * so, on average after some thousand units, so windows stay put under edits as well.
 */
#ifndef CHUNKERS_UNITS_H
#define CHUNKERS_UNITS_H

#include "ingest/chunker.h"

#define UNITS_LEFT  6u /* units looked at on either side of a cut, for the meaning lost */
#define UNITS_RIGHT 6u

enum cut {
    CUT_NEVER,  /* behind a heading, or a table's header */
    CUT_INSIDE, /* in a word or a script without spaces */
    CUT_WORD,
    CUT_CLAUSE,
    CUT_SENTENCE,
    CUT_CODE_LINE,
    CUT_CODE_BLANK, /* behind a blank line */
    CUT_CODE_TOP,   /* behind a blank line, before a line that is not indented */
    CUT_ROW,
    CUT_LEAD, /* behind "as follows:", before a caption, inside an item */
    CUT_ITEM,
    CUT_PARAGRAPH,
    CUT_BLOCK, /* another kind of block */
    CUT_RULE,
    CUT_HEADING_6,
    CUT_HEADING_5,
    CUT_HEADING_4,
    CUT_HEADING_3,
    CUT_HEADING_2,
    CUT_HEADING_1,
    CUT_TITLE,
    CUT_COUNT
};

struct unit {
    uint32_t text_start, text_end; /* bytes, without white space around */
    uint32_t heading;              /* as chunk.heading, for a chunk that begins here */
    uint32_t tokens;               /* of its text */
    uint32_t size;                 /* tokens, or more when it has many bytes for its tokens */
    uint32_t table;                /* index into units.tables + 1 when a header is to be repeated */
    uint16_t gap_tokens;  /* between the unit before and this one: list marks and the like */
    uint16_t path_tokens; /* of the heading path */
    uint8_t cut;          /* enum cut: before it */
    uint8_t reserved;
    /* Of the text before (1, 2, ... units of it) and behind its start, in thousandths. The first
     * entry is for a chunk with one unit before the cut, and so on: no text before the chunk
     * counts. */
    int16_t similarity[UNITS_LEFT];
};

struct unit_table {
    uint32_t text_start, text_end; /* its header rows */
    uint32_t tokens;
};

struct units {
    struct unit *items;
    size_t count, capacity;
    struct unit_table *tables;
    size_t table_count, table_capacity;
};

enum unit_flags {
    UNITS_CODE = 1 << 0,    /* every block is cut into lines, as code is */
    UNITS_MEANING = 1 << 1, /* fill similarity; options.meaning is not NULL */
};

struct unit_reader;

NODISCARD enum status unit_reader_new(const struct extraction *extraction,
                                      const struct chunk_options *options, unsigned flags,
                                      struct unit_reader **out, struct error *err);
void unit_reader_free(struct unit_reader *reader); /* NULL is fine */
/* Replaces what is in units by the next window; none are left when count is 0. */
NODISCARD enum status unit_reader_next(struct unit_reader *reader, struct units *units,
                                       struct error *err);
void units_release(struct units *units);

#endif
