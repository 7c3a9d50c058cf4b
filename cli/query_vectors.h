/*
 * query_vectors.h - questions to vectors, by the plugin of the model whose vectors they are
 * compared with; where that is the built-in one, in this process (own_model.h).
 */
#ifndef CLI_QUERY_VECTORS_H
#define CLI_QUERY_VECTORS_H

#include "cli/kb.h"

struct query_vectors {
    int64_t model_id; /* 0: there are none */
    unsigned dimensions;
    struct model_info model;
    float *values; /* dimensions for each text */
    bool *is_made; /* for each text */
    size_t count;
    const char *note; /* why some or all are missing, in static storage; "" when none is */
};

/* model_id 0: the model that is searched. A plugin that does not answer is no error: note says so.
 */
NODISCARD enum status query_vectors_make(const struct kb *kb, int64_t model_id,
                                         const struct span *texts, size_t count,
                                         struct query_vectors *out, struct error *err);
/* NULL: this one is missing. */
const float *query_vectors_at(const struct query_vectors *vectors, size_t at);
void query_vectors_release(struct query_vectors *vectors);

#endif
