/*
 * bm25.h - the rows of the full text that answer a query best.
 *
 * The score is that of FTS5's bm25() (k1 1.2, b 0.75, columns weighted) over the words of the
 * query; the best are found without asking how long each row is that has one of them.
 */
#ifndef INDEX_BM25_H
#define INDEX_BM25_H

#include "index/id_set.h"
#include "index/query.h"
#include "index/sql.h"

struct bm25_row {
    int64_t row;
    double score;
};

/* Whether a row may be an answer. Asked for rows that would be among the best. */
typedef enum status bm25_accept_fn(void *user, int64_t row, bool *is_accepted, struct error *err);

struct bm25_filter {
    bm25_accept_fn *accept; /* NULL: all may */
    void *user;
    const struct id_set *only; /* no other row may; NULL: any */
};

/* The best first, at most wanted. rarities, of each of the query's terms: the more, the fewer rows
 * have it; 0: it does not count. NULL: not asked for. STATUS_UNSUPPORTED: this query is not for us,
 * ask FTS5. */
NODISCARD enum status bm25_rank(struct sql *sql, const struct query *query,
                                const struct bm25_filter *filter, size_t wanted,
                                struct bm25_row *out, size_t *count, double *rarities,
                                struct error *err);

/* Adds to out the rows that have all that the query requires and nothing that it excludes; where it
 * requires nothing, those that have anything that it excludes. STATUS_UNSUPPORTED as above, with
 * some rows in out perhaps. */
NODISCARD enum status bm25_mark(struct sql *sql, const struct query *query, struct id_set *out,
                                int64_t *count, struct error *err);

#endif
