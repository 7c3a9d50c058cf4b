/*
 * postings.h - where a word stands, read straight from the pages of the full-text table.
 *
 * FTS5 walks such a list row by row through its virtual machine, some hundred nanoseconds each;
 * here it is a few. The format is that of FTS5's tables of version 4, described at the head of
 * fts5_index.c in SQLite's sources; a table of any other kind is STATUS_UNSUPPORTED, and FTS5
 * itself must be asked. All reads are part of the caller's transaction.
 *
 *   data(id, block)   id 1: row count and words by column; id 10: the segments, newest last;
 *                     segment << 37 | page: a leaf
 *   idx(segid, term, pgno)   the first term of each leaf that has one, pgno << 1
 *   leaf   offset of the first row that continues a list u16 · end of the data u16 · data ·
 *          offsets of the terms in it
 *   list   row id, then differences, each with its positions: size << 1 | deleted, then bytes
 */
#ifndef INDEX_POSTINGS_H
#define INDEX_POSTINGS_H

#include "index/sql.h"

#define POSTINGS_SEGMENTS_MAX 2000u
#define POSTINGS_COLUMNS      3u

/* What all words share: read once for a search. */
struct postings_table {
    int64_t row_count;
    int64_t word_count; /* in all columns */
    int64_t row_last;   /* no later one is there: a list that names one is damaged */
    struct postings_segment {
        uint32_t id, first_page, last_page;
    } * segments; /* oldest first: what a later one says of a row replaces what an earlier one does
                   */
    size_t segment_count;
};

NODISCARD enum status postings_open(struct sql *sql, struct postings_table *out, struct error *err);
void postings_close(struct postings_table *table);

/* A word's rows in one segment, in rising order. */
struct postings_list {
    struct buf bytes;  /* the list without the leaves' heads, then zeros */
    struct buf starts; /* of size_t, in bytes: where a leaf's first row stands, whose id is whole */
    size_t len;        /* of bytes, without the zeros */
};

struct postings {
    struct postings_list *lists; /* oldest first */
    size_t list_count;
    int64_t row_last; /* the table's */
};

/* word as the tokenizer gives it; where there is none, list_count is 0. */
NODISCARD enum status postings_load(struct sql *sql, const struct postings_table *table,
                                    struct span word, struct postings *out, struct error *err);
void postings_release(struct postings *postings);

/* Rows that have one of the words in a column of a weight above 0, what is deleted left out. */
NODISCARD enum status postings_count(const struct postings *const *words, size_t count,
                                     const uint8_t weights[POSTINGS_COLUMNS], int64_t *out,
                                     struct error *err);

struct posting {
    uint32_t row;    /* above the base that was asked for */
    uint16_t weight; /* how often it stands there, each place by its column's weight; 0: what an
                        earlier list says of this row does not count any more, or nothing does */
    uint16_t words_least; /* the row has at least so many words */
};

struct postings_cursor {
    const struct postings_list *list;
    int64_t row; /* the one that comes next, unless is_end */
    size_t at, next_start;
    bool is_end;
};

void postings_begin(const struct postings_list *list, struct postings_cursor *out);
/* The rows from base on, below base + room, in rising order; those before base are passed. Lists
 * that are damaged end early, never past their bytes. */
size_t postings_read(struct postings_cursor *cursor, const uint8_t weights[POSTINGS_COLUMNS],
                     int64_t base, uint32_t room, struct posting *out);

/* For checks: the rows of a list, at how many places the word stands in each; 0: it is deleted. */
typedef void postings_row_fn(void *user, int64_t row, uint64_t place_count);
void postings_each(const struct postings_list *list, postings_row_fn *fn, void *user);
/* STATUS_CORRUPT: a leaf's terms can't be gone through as postings_load() does, or don't rise. */
NODISCARD enum status postings_check(struct sql *sql, const struct postings_table *table,
                                     struct error *err);

/* Of SQLite's variable-length numbers, as the table's docsize has one for each column. */
uint64_t postings_sum(struct span numbers);

#endif
