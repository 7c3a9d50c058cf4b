/*
 * fulltext_check.h - what the full text should say, from layouts and texts. Only for index/.
 *
 * The table keeps no text of its own. Its rows are made again in a table in memory, and compared:
 * the number of words of each column, and, where asked, every word with its place.
 */
#ifndef INDEX_FULLTEXT_CHECK_H
#define INDEX_FULLTEXT_CHECK_H

#include "index/fulltext.h"

typedef enum status fulltext_row_fn(void *user, const struct fulltext_row *row, struct error *err);
/* The rows that should be there, of one in so many live segments (those up to SAMPLE_WHOLE always;
 * 1: all). What can't be read is left out: other checks tell of it. Lent for the call. */
NODISCARD enum status fulltext_each_row(struct index *index, unsigned step, fulltext_row_fn *fn,
                                        void *user, struct error *err);

typedef void fulltext_wrong_fn(void *user, int64_t segment_id);
/* Tells of segments whose row is there and says something else. every_word: not only the numbers.
 * Outside a write transaction. *count: rows looked at. */
NODISCARD enum status fulltext_check(struct index *index, unsigned step, bool every_word,
                                     fulltext_wrong_fn *wrong, void *user, uint64_t *count,
                                     struct error *err);

/* Makes the table anew and puts every row again; inside a transaction. */
NODISCARD enum status fulltext_rebuild(struct index *index, uint64_t *count, struct error *err);

/* A row is deleted by its exact words, so rows of another tokenizer could never be: a writer makes
 * all of them again, in one transaction, before it does anything else. *count: 0 when this version
 * made them. */
NODISCARD enum status fulltext_renew(struct index *index, uint64_t *count, struct error *err);

#endif
