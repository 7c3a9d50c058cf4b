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
/* Texts that are embedded again: a plugin may be slow, or cost money. */
#define VERIFY_VECTORS_MAX 256

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
    /* deep: as verify_each_vector(), for at most VERIFY_VECTORS_MAX; may be NULL. */
    verify_vector_fn *vector;
    void *user;
};

/* *found counts what is wrong. A status other than OK means that checking itself failed. */
NODISCARD enum status verify_run(struct snapshot *snapshot, const struct verify_options *options,
                                 uint64_t *found, struct error *err);

/* Gives fn the inputs and stored vectors of the model that is searched, to embed them again and
 * compare: at most sample of them, spread over all; 0: each. What is damaged is left out. */
NODISCARD enum status verify_each_vector(struct snapshot *snapshot, uint64_t sample,
                                         verify_vector_fn *fn, void *user, struct error *err);

#endif
