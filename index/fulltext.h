/*
 * fulltext.h - rows of the full-text table. It keeps no text of its own, so a row is deleted with
 * exactly the values it was put with.
 */
#ifndef INDEX_FULLTEXT_H
#define INDEX_FULLTEXT_H

#include "index/internal.h"

/* What a word counts in the text, in headings and in the title, in halves: there it says more about
 * a text than in it, but is repeated in each. */
#define FULLTEXT_TEXT_WEIGHT     2
#define FULLTEXT_HEADINGS_WEIGHT 1
#define FULLTEXT_TITLE_WEIGHT    1

/* Its table. The text stands first: SQLite writes two bytes less per word for the first column. */
#define FULLTEXT_TABLE                                                                             \
    "CREATE VIRTUAL TABLE fulltext USING fts5(text, headings, title, content='', "                 \
    "tokenize='varve');"

/* Makes the tokenizer known to a connection: before anything touches the table. And the function
 * fulltext_weight(fulltext): how often a row has what it was matched by, in halves. */
NODISCARD enum status fulltext_register(struct sql *sql, struct error *err);

enum fulltext_use { FULLTEXT_OF_DOCUMENT, FULLTEXT_OF_QUERY, FULLTEXT_OF_PREFIX };

/* Questions are asked in the forms of the stemmers that live documents need. Until it is called,
 * of the English one. */
NODISCARD enum status fulltext_choose_stemmers(struct sql *sql, struct error *err);

/* is_beside: at the place of the word before it: its form by another stemmer, or the whole of an
 * identifier. word is folded and stemmed, and lives for the call. start, end: bytes of the text.
 * Other than 0 ends. */
typedef int fulltext_word_fn(void *user, bool is_beside, struct span word, size_t start,
                             size_t end);

/* The words of a text, in the forms of questions. STATUS_NO_MEMORY when fn ended it. */
NODISCARD enum status fulltext_words(struct sql *sql, struct span text, enum fulltext_use use,
                                     fulltext_word_fn *fn, void *user, struct error *err);

/* Whether this version of the tokenizer made its rows: else words may be looked for in vain. */
NODISCARD enum status fulltext_is_current(struct sql *sql, bool *out, struct error *err);

struct fulltext_row {
    int64_t segment_id;
    struct span text, headings, title;
    unsigned stemmer; /* of its document */
};

NODISCARD enum status fulltext_put(struct sql *sql, const struct fulltext_row *row,
                                   struct error *err);
NODISCARD enum status fulltext_delete(struct sql *sql, const struct fulltext_row *row,
                                      struct error *err);
/* The words' lists lie in many parts: merging them is worth it. */
NODISCARD enum status fulltext_is_scattered(struct sql *sql, bool *out, struct error *err);
/* In a transaction: goes on to make one part of all, about so many pages of it; is_first: begins.
 * *is_done when there was nothing left to do. */
NODISCARD enum status fulltext_merge(struct index *index, bool is_first, unsigned pages,
                                     bool *is_done, struct error *err);

#endif
