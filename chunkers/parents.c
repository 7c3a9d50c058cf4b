/*
 * Small chunks for matching, each with its section for reading: `semantic` with a quarter of the
 * target. A search gives the section with --expand section, `varve context` by itself.
 */
#include "chunkers/chunkers.h"

#define SHARE 4u

static enum status parents_split(const struct chunker *chunker, const struct extraction *extraction,
                                 const struct chunk_options *options, chunk_fn *emit, void *user,
                                 struct error *err)
{
    struct chunk_options small = *options;

    (void)chunker;
    small.target_tokens = options->target_tokens / SHARE > CHUNK_TARGET_LEAST
                              ? options->target_tokens / SHARE
                              : CHUNK_TARGET_LEAST;
    return semantic_chunker.split(&semantic_chunker, extraction, &small, emit, user, err);
}

const struct chunker parents_chunker = {
    .name = "parents",
    .version = 2,
    .needs_meaning = true,
    .split = parents_split,
};
