/*
 * chunker.h - the interface every chunking strategy implements. Pure: same input, same chunks.
 */
#ifndef INGEST_CHUNKER_H
#define INGEST_CHUNKER_H

#include "ingest/extraction.h"

#define CHUNK_TARGET_TOKENS  256u
#define CHUNK_MAXIMUM_TOKENS 512u
#define CHUNK_TARGET_LEAST   16u /* smaller targets are refused */

/* Counts the tokens of text in the embedding model's own tokens. */
struct token_counter {
    size_t (*count)(const struct token_counter *counter, struct span text);
    const char *fingerprint; /* names vocabulary and rules: counts move cuts */
};

/* The similarity of the text on both sides of a cut comes from the shipped table, always, so that
 * an adapted or exchanged embedding model moves no cut. NULL where there is no model. */
struct meaning {
    unsigned dimensions;
    /* Writes the sum of the text's token vectors (integers, not normalised: sums of parts add up).
     * Returns how many tokens: a counter with the same fingerprint would count the same. */
    size_t (*sum)(const struct meaning *meaning, struct span text, int32_t *out);
    const char *fingerprint;
};

struct chunk_options {
    unsigned target_tokens;  /* aimed at */
    unsigned maximum_tokens; /* never passed, heading path and repeated header included */
    unsigned overlap_tokens; /* 0: none */
    const struct token_counter *counter; /* never NULL */
    const struct meaning *meaning;       /* NULL: structure only */
    /* What the embedding model takes: no chunk's input has more of limit_counter's tokens, which
     * may be a cautious estimate. 0: whatever is below the maximum. */
    unsigned limit_tokens;
    const struct token_counter *limit_counter; /* never NULL with limit_tokens */
};

/* Called in text order. */
typedef enum status chunk_fn(void *user, const struct chunk *chunk, struct error *err);

struct chunker {
    const char *name;
    unsigned version; /* raise it when the same blocks give other chunks */
    bool needs_meaning;
    const void *settings; /* the strategy's own, if it has any: for split */
    enum status (*split)(const struct chunker *chunker, const struct extraction *extraction,
                         const struct chunk_options *options, chunk_fn *emit, void *user,
                         struct error *err);
};

/* Runs a chunker, checks each chunk (inside the text, at character boundaries, under the maximum),
 * leaves out and counts those that say nothing and those that the document has said already
 * (ingest/repeats.h), and puts the others into the extraction; memory comes from arena. Where the
 * limit's counter is the chunks' own, they get the exact count of their whole input. */
NODISCARD enum status chunker_run(const struct chunker *chunker,
                                  const struct chunk_options *options, struct arena *arena,
                                  struct extraction *extraction, struct error *err);

/* The fingerprint of chunker and options: what a cut depends on. */
NODISCARD enum status chunker_fingerprint(const struct chunker *chunker,
                                          const struct chunk_options *options, struct hash *out,
                                          struct error *err);

#endif
