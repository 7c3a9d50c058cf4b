/*
 * answer.h - reads the line in which a plugin answers a request for vectors.
 *
 *   {"id":7,"vectors":["<base64 of little-endian float32>",[0.1,0.2],{"error":"…","retry":false}]}
 *   {"id":7,"error":"…","retry":true}
 *
 * Such a line may have megabytes, so its vectors are decoded where they stand; everything else in
 * it goes through base/json.h. Bytes from outside: tests/fuzz/fuzz_answer.c.
 */
#ifndef EMBED_ANSWER_H
#define EMBED_ANSWER_H

#include "base/json_scan.h"

#define ANSWER_ERROR_BYTES 160

struct answer {
    bool has_id;
    int64_t id;
    bool has_error, may_retry;
    char error[ANSWER_ERROR_BYTES]; /* cut when longer */
    bool has_vectors;
    struct json_scan vectors; /* inside their array; lent by the line */
};

enum vector_kind {
    VECTOR_END,     /* there are no more */
    VECTOR_VALUES,  /* as many finite or other values as there are dimensions: see vector_check() */
    VECTOR_REFUSED, /* the plugin says that this text has no vector */
};

struct vector_refusal {
    bool may_retry;
    char text[ANSWER_ERROR_BYTES];
};

/* STATUS_MALFORMED: not such a line. */
NODISCARD enum status answer_read(struct span line, struct answer *out, struct error *err);

/* Takes the next vector into out. STATUS_MALFORMED: not one of the three forms, or not of that many
 * dimensions. */
NODISCARD enum status answer_next_vector(struct answer *answer, float *out, unsigned dimensions,
                                         enum vector_kind *kind, struct vector_refusal *refusal,
                                         struct error *err);

/* NULL when a vector is fit for use; otherwise what is wrong: "is not finite". */
const char *vector_check(const float *vector, unsigned dimensions);

#endif
