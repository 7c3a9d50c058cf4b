/*
 * embed_hello.h - what an embedding plugin says about itself and its model.
 */
#ifndef EMBED_EMBED_HELLO_H
#define EMBED_EMBED_HELLO_H

#include "base/json.h"
#include "ingest/embedder.h"

/* docs/plugin-protocol.md has the defaults and limits. */
struct embed_hello {
    char model[64];
    char fingerprint[256];
    unsigned dimensions, token_limit, batch_count, window;
    size_t batch_bytes;
    bool is_query_different;
    double fusion_weight;
};

NODISCARD enum status embed_hello_read(const struct json *hello, struct embed_hello *out,
                                       struct error *err);
/* The longest line that an answer to a full batch can be. */
size_t embed_hello_line_limit(const struct embed_hello *hello);

#endif
