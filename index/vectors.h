/*
 * vectors.h - the nearest stored vectors to one, exactly. Only for index/.
 */
#ifndef INDEX_VECTORS_H
#define INDEX_VECTORS_H

#include "index/id_set.h"
#include "index/internal.h"

struct vector_match {
    int64_t input_id;
    float cosine;
};

/* True when an input may be an answer (it is live, and passes the filters). */
typedef enum status vector_accept_fn(void *user, int64_t input_id, bool *is_accepted,
                                     struct error *err);

struct vector_query {
    int64_t model_id;
    const float *vector;
    unsigned dimensions;
    vector_accept_fn *accept;
    void *user;
    const struct id_set *only; /* no other input may be an answer; NULL: any may */
    double share;              /* of the inputs that accept will say yes to, about */
};

/* The count nearest inputs that accept says yes to, nearest first; fewer when there are no more. */
NODISCARD enum status vectors_nearest(struct index *index, const struct vector_query *query,
                                      size_t count, struct vector_match *out, size_t *out_count,
                                      struct error *err);

/* As stored: so many finite numbers, not all zero. */
bool vector_is_sound(struct span bytes, unsigned dimensions);

#endif
