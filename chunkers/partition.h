/*
 * partition.h - the best way to cut a document: the dynamic program behind most strategies.
 *
 * Of all ways to join consecutive units into chunks below the maximum, it takes the one with the
 * least sum of
 *
 *     how far each chunk is from the target size
 *   + how alike the text is on both sides of each cut, times the weight of meaning
 *   - the strength of each cut
 *
 * computed from the end backwards. The best rest from a cut on depends only on the text behind that
 * cut, so two texts that share a cut and what follows share all later cuts. All in integers.
 */
#ifndef CHUNKERS_PARTITION_H
#define CHUNKERS_PARTITION_H

#include "chunkers/units.h"

struct partition_weights {
    int cut[CUT_COUNT];  /* strength of each kind of cut; thousandths, as all here */
    int under, over;     /* for a chunk of half, or one and a half times, a target of up to
                            128 tokens; in proportion for larger ones */
    int meaning;         /* for the same text on both sides */
    int meaning_neutral; /* similarity that neither asks for a cut nor against it */
};

/* A strategy: how units are made, and what cuts are worth. */
struct partition_strategy {
    const struct partition_weights *weights;
    unsigned unit_flags;
};

/* A chunker's split, with such a strategy as its settings. Emits chunks in text order. */
NODISCARD enum status partition_split(const struct chunker *chunker,
                                      const struct extraction *extraction,
                                      const struct chunk_options *options, chunk_fn *emit,
                                      void *user, struct error *err);

#endif
