/*
 * schema.h - the tables, and the counters in them. Only for index/.
 */
#ifndef INDEX_SCHEMA_H
#define INDEX_SCHEMA_H

#include <string.h>

#include "index/sql.h"

/* vector_id = model_id << VECTOR_MODEL_SHIFT | input_id: one model's vectors lie together, and
 * those of two models can't meet. */
#define VECTOR_MODEL_SHIFT 40

static inline int64_t vector_id(int64_t model_id, int64_t input_id)
{
    return (model_id << VECTOR_MODEL_SHIFT) | input_id;
}

/* SQL, of a row of segment: whether its input is ?1, or that of the row w of waiting; found by
 * rowid or by index. */
#define SEGMENT_HAS_INPUT "(copied_id = ?1 OR (segment_id = ?1 AND copied_id IS NULL))"
#define SEGMENT_WAITS     "(copied_id = w.input_id OR (segment_id = w.input_id AND copied_id IS NULL))"

/* SQL: the largest input id; max(input_id) would read the whole table. */
#define LARGEST_INPUT                                                                              \
    "SELECT max(ifnull((SELECT max(segment_id) FROM segment), 0), ifnull("                         \
    "(SELECT max(copied_id) FROM segment WHERE copied_id IS NOT NULL), 0))"

/* SQL: what a row of document says of its content. */
#define DOCUMENT_CONTENT_HASH                                                                      \
    "CASE WHEN document.content_hash <> x'' THEN document.content_hash ELSE"                       \
    " (SELECT content_hash FROM revision WHERE document.content_hash = x''"                        \
    " AND revision_id = document.revision_id) END"

/* Makes all tables, in an open transaction. */
NODISCARD enum status schema_create(struct sql *sql, const char *uuid, struct error *err);

/* STATUS_UNSUPPORTED: newer than this program; STATUS_CORRUPT: not ours. */
NODISCARD enum status schema_check(struct sql *sql, struct error *err);

/* name: a column of a table or an index, as this schema has it and the database has not. */
typedef void schema_missing_fn(void *user, const char *name);
/* Compares the database with a new one; *count: columns compared. */
NODISCARD enum status schema_compare(struct sql *sql, schema_missing_fn *missing, void *user,
                                     uint64_t *count, struct error *err);

#endif
