/*
 * verify.h - proves that the index agrees with itself.
 *
 * Nothing found means: SQLite's own check passes, and layouts, segments, texts, vectors, full text,
 * feed and counters say the same. What it can't see from here (the files) the caller checks through
 * `document`.
 */
#ifndef INDEX_VERIFY_H
#define INDEX_VERIFY_H

#include "index/status.h"

/* Without deep: the texts, vectors and rows of the full text with ids up to the first, and one in
 * so many of the others. */
#define VERIFY_SAMPLE_WHOLE 4096
#define VERIFY_SAMPLE_STEP  16

struct verify_vector {
    int64_t model_id, input_id;
    struct span input;
    const float *data;
    unsigned dimensions;
};

/* One kind of check is done: "12,345 segments, text against hash". */
typedef void verify_checked_fn(void *user, const char *what, uint64_t checked, uint64_t found);
/* Something is wrong. check is a short stable name ("layout-segment"), text says what and where. */
typedef void verify_found_fn(void *user, const char *check, const char *text);

/* False: the vector is not what the model gives for that input. */
typedef bool verify_vector_fn(void *user, const struct verify_vector *vector);

struct verify_options {
    bool is_deep;       /* every text is read and hashed, every vector looked at; else a sample */
    uint64_t found_max; /* stop telling after so many of one kind; 0: 20 */
    verify_checked_fn *checked;
    verify_found_fn *found;
    /* Called for every document whose text is live, so that the caller compares it with its file;
     * may be NULL. Returns false when they differ (the caller has told why through its own means).
     */
    bool (*document)(void *user, const struct status_document *document);
    /* deep: an input and its stored vector, to embed it again and compare; may be NULL. */
    verify_vector_fn *vector;
    void *user;
};

/* *found counts what is wrong. A status other than OK means that checking itself failed. */
NODISCARD enum status verify_run(struct snapshot *snapshot, const struct verify_options *options,
                                 uint64_t *found, struct error *err);

#endif
