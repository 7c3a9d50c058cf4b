/*
 * fulltext.h - rows of the full-text table. It keeps no text of its own, so a row is deleted with
 * exactly the values it was put with.
 */
#ifndef INDEX_FULLTEXT_H
#define INDEX_FULLTEXT_H

#include "index/internal.h"

/* Makes the tokenizer known to a connection: before anything touches the table. */
NODISCARD enum status fulltext_register(struct sql *sql, struct error *err);

struct fulltext_row {
    int64_t segment_id;
    struct span text, headings, title;
};

NODISCARD enum status fulltext_put(struct index *index, const struct fulltext_row *row,
                                   struct error *err);
NODISCARD enum status fulltext_delete(struct index *index, const struct fulltext_row *row,
                                      struct error *err);

#endif
