/*
 * query.h - what a person typed, as an expression for FTS5. No input is an error.
 */
#ifndef INDEX_QUERY_H
#define INDEX_QUERY_H

#include <stdint.h>

#include "base/buf.h"

#define QUERY_TERMS_MAX      48u
#define QUERY_BYTES_MAX      ((size_t)4096) /* of the text that is looked at; the rest is dropped */
#define QUERY_EXPRESSION_MAX ((size_t)64 << 10)

enum query_field { QUERY_ANY, QUERY_TEXT, QUERY_HEADINGS, QUERY_TITLE };

struct query_term {
    struct span text; /* without quotes and marks; points into query.plain */
    enum query_field field;
    uint64_t key; /* of its folded words: two with the same are one */
    bool is_phrase, is_prefix, is_required, is_excluded;
};

struct query {
    struct buf plain; /* the text, valid UTF-8, control characters as spaces */
    struct query_term terms[QUERY_TERMS_MAX];
    size_t term_count;                           /* no term twice */
    bool has_required, has_excluded, has_wanted; /* wanted: any that is not excluded */
};

NODISCARD enum status query_parse(struct span text, struct query *out, struct error *err);
void query_release(struct query *query);

/* One term alone. */
void query_term_expression(const struct query_term *term, struct buf *out);
/* FTS5 expressions, appended. Each is empty when it has nothing to say. */
void query_match_expression(const struct query *query, struct buf *out); /* what is searched for */
void query_required_expression(const struct query *query, struct buf *out);
void query_excluded_expression(const struct query *query, struct buf *out);
/* What it requires, without what it excludes; it requires something. */
void query_demands_expression(const struct query *query, struct buf *out);

#endif
