/*
 * embedder.h - texts to vectors, asynchronously, on the event loop.
 *
 * The pipeline and the searches use this interface; embed/ implements it with a plugin process.
 * The tests have one in memory.
 */
#ifndef INGEST_EMBEDDER_H
#define INGEST_EMBEDDER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/status.h"

#define EMBED_DIMENSIONS_MAX 4096u

/* An embedding model as its plugin announced it. Vectors of two models never meet. */
struct model_info {
    char name[64];
    unsigned dimensions;
    struct hash fingerprint; /* of weights and settings, canary vectors included */
    unsigned token_limit;    /* per text; 0: none */
    double fusion_weight;    /* of this model beside BM25 (1.0), for normalised scores */
    bool is_query_different; /* queries and passages are embedded in different ways */
};

enum embed_kind { EMBED_PASSAGE, EMBED_QUERY };

struct embed_item {
    struct span text;   /* borrowed until done() */
    float *vector;      /* model.dimensions floats, filled on STATUS_OK; borrowed until done() */
    enum status status; /* OK; MALFORMED: this text fails, alone and twice; BUSY: the plugin is
                           not there now: try again later */
    struct error error;
};

/* Called once per submit, from the loop; items are the ones submitted. */
typedef void embed_done_fn(void *user, struct embed_item *items, size_t count);

enum embedder_state {
    EMBEDDER_STARTING, /* the handshake is not finished */
    EMBEDDER_READY,
    EMBEDDER_DOWN, /* missing, broken, or in back-off after failures: submit answers BUSY */
};

struct embedder;

struct embedder_ops {
    enum embedder_state (*state)(const struct embedder *embedder);
    /* NULL until the first handshake has finished. */
    const struct model_info *(*model)(const struct embedder *embedder);
    /* What is wrong, for status: "'embed-x' ended with status 127, next try in 3 s"; "" when fine.
     */
    const char *(*trouble)(const struct embedder *embedder);
    /* Takes any number of items, batches them as the plugin allows, and calls done once, from the
     * loop. Not STATUS_OK (BUSY: there is no model yet, or it is DOWN): done is not called. The
     * vectors of one submit are of one model: the one that model() names while done runs. */
    enum status (*submit)(struct embedder *embedder, enum embed_kind kind, struct embed_item *items,
                          size_t count, embed_done_fn *done, void *user, struct error *err);
    void (*free)(
        struct embedder *embedder); /* ends the plugin; done is called with BUSY for the rest */
};

struct embedder {
    const struct embedder_ops *ops;
};

#endif
