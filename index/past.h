/*
 * past.h - full text of what lived at an older generation and is gone since. Only for index/.
 *
 * The full-text table holds what lives now. A search as of the past reads it, leaves out what was
 * born later, and adds what has died since, from a table made in memory for the one search. Its
 * scores come from its own word counts, so they are near to what they would have been, not equal.
 */
#ifndef INDEX_PAST_H
#define INDEX_PAST_H

#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"

struct search;

struct past_match {
    int64_t segment_id, input_id;
    double score;
};
typedef enum status past_fn(void *user, const struct past_match *match, struct error *err);

/* Best first, at most wanted, past the search's filters. */
NODISCARD enum status past_search(struct search *search, struct span expression, size_t wanted,
                                  past_fn *fn, void *user, struct error *err);

#endif
