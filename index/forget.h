/*
 * forget.h - takes rows out of the past: what collecting and erasing share. Only for index/.
 */
#ifndef INDEX_FORGET_H
#define INDEX_FORGET_H

#include "index/writer.h"

struct forget_counts {
    uint64_t revisions, segments, texts, texts_kept, vectors, documents;
};

/* The index's open store, or one for the while. */
struct forget_store {
    struct index_store *store;
    struct store *owned;
};
NODISCARD enum status forget_store_take(struct index *index, struct forget_store *out,
                                        struct error *err);
void forget_store_give(struct forget_store *store);

/* Inside a transaction: a past revision, with the segments that no other revision of its document
 * has, and the texts and vectors that no other segment has. */
NODISCARD enum status forget_revision(struct index_store *store, int64_t revision_id,
                                      struct forget_counts *counts, struct error *err);

/* Outside of one. Writes the scan file anew, without what is gone. */
NODISCARD enum status forget_compact_scan(struct index_store *store, struct error *err);
/* Gives free pages back to the file system, at most so many; 0: all. */
NODISCARD enum status forget_give_back(struct index *index, unsigned pages_max,
                                       uint64_t *freed_bytes, struct error *err);

#endif
