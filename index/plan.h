/*
 * plan.h - a store that changes nothing: it counts what a run would do to the index.
 *
 * Give it to a pipeline whose embedder is embedder_none(): files are scanned, read and cut as ever;
 * what would be committed is compared with what is there.
 */
#ifndef INDEX_PLAN_H
#define INDEX_PLAN_H

#include "index/index.h"
#include "ingest/store.h"

struct plan_counts {
    uint64_t new_documents, changed_documents, gone_documents, moved_documents, held_documents;
    uint64_t failed_documents;
    uint64_t chunks;                           /* of the new and changed documents */
    uint64_t embedded_chunks, embedded_tokens; /* their vectors are missing */
    /* The same for texts of documents that stay as they are. */
    uint64_t waiting_chunks, waiting_tokens;
};

/* index is open for reading, and borrowed. plugin: the command line of the model whose vectors are
 * counted as there. */
NODISCARD enum status plan_store_new(struct index *index, struct span plugin, struct store **out,
                                     struct error *err);
/* After the run: adds what is waiting in documents that were not touched. */
NODISCARD enum status plan_read(struct store *store, struct plan_counts *out, struct error *err);

#endif
