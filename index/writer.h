/*
 * writer.h - the open transaction: what store.c, revision.c, inputs.c and changes.c share.
 */
#ifndef INDEX_WRITER_H
#define INDEX_WRITER_H

#include "index/feed.h"
#include "index/fulltext.h"
#include "index/internal.h"
#include "index/layout.h"
#include "ingest/store.h"

/* Texts of new and changed documents, and their tokens: embedded, or found embedded already. */
struct cost_counts {
    uint64_t embedded_texts, embedded_tokens, reused_texts, reused_tokens;
};

/* A model that gets vectors, with its scan file. scan_writer.c keeps all but the first three. */
struct model_slot {
    int64_t model_id; /* 0: none */
    unsigned dimensions;
    struct cost_counts cost; /* of this transaction */
    struct scan *scan;       /* NULL: not open yet */
    int64_t epoch;
    int64_t outdated_epoch;    /* its file goes when this transaction is committed; 0: none */
    uint64_t slots, committed; /* used, this transaction's included; counted already */
    uint64_t settled;          /* blocks of the file that scan_settle() was asked for */
};

struct index_store {
    struct store base;
    struct index *index;
    int64_t generation;        /* the one this transaction will make */
    int64_t sequence;          /* of the newest change, this transaction's included */
    int64_t last_segment_id;   /* the newest given out, this transaction's included */
    struct model_slot current; /* its vectors are searched */
    struct model_slot next;    /* built beside it */
    int64_t now_ms;
    bool is_open;
    bool is_changed;          /* the commit makes a generation */
    bool are_slots_changed;   /* a slot changed in this transaction */
    struct buf path, member;  /* of the record lent last */
    struct buf input, packed; /* scratch */
};

static inline struct index_store *store_of(struct store *store)
{
    return (struct index_store *)store; /* base is its first member */
}

/* inputs.c: what is embedded, by hash, and the vectors. */

/* *input_id is 0 when it is not known. */
NODISCARD enum status input_find(struct index_store *store, const struct hash *hash,
                                 int64_t *input_id, struct error *err);
/* Finds it, or makes it for the segment, whose id becomes its own. */
NODISCARD enum status input_put(struct index_store *store, const struct index_key *key,
                                struct span input, int64_t segment_id, int64_t *input_id,
                                struct error *err);
/* A live segment has this input now: its vector of the slot's model is stored, or there already, or
 * waited for. vector may be NULL. is_new_input: nothing can be known of it. */
enum vector_state { VECTOR_STORED, VECTOR_THERE, VECTOR_WAITS };
NODISCARD enum status input_need_vector(struct index_store *store, struct model_slot *slot,
                                        int64_t input_id, bool is_new_input, const float *vector,
                                        uint32_t token_count, enum vector_state *out,
                                        struct error *err);
/* A segment with this input died: stops waiting when it was the last. */
NODISCARD enum status input_release(struct index_store *store, int64_t input_id, struct error *err);
enum status store_has_vectors(struct store *base, int64_t model_id, const struct hash *inputs,
                              size_t count, bool *out, struct error *err);
enum status store_each_waiting(struct store *base, int64_t model_id, size_t limit,
                               store_waiting_fn *fn, void *user, struct error *err);
enum status store_put_vectors(struct store *base, int64_t model_id, const struct hash *inputs,
                              const float *const *vectors, const bool *is_failed, size_t count,
                              struct error *err);

/* cost.c: adds what a slot's vectors cost in this transaction to the day's row. */
NODISCARD enum status cost_write(struct index_store *store, struct model_slot *slot,
                                 struct error *err);

/* models.c: which model is searched, and which is built beside it. */

enum status store_put_model(struct store *base, const struct model_info *model,
                            enum model_role role, struct span plugin, int64_t *model_id,
                            struct error *err);
enum status store_drop_next_model(struct store *base, struct error *err);
/* Reads current and next into their slots, their scan files closed. */
enum status store_read_models(struct index_store *store, struct error *err);
/* The slot of that model, or NULL. */
struct model_slot *store_slot(struct index_store *store, int64_t model_id);

/* scan_writer.c: the scan file of a slot's model. The first four inside a transaction. */

/* Opens the slot's file, or builds it from the vectors that are stored. */
NODISCARD enum status scan_writer_use(struct index_store *store, struct model_slot *slot,
                                      struct error *err);
NODISCARD enum status scan_writer_add(struct model_slot *slot, int64_t input_id,
                                      const float *vector, struct error *err);
/* Syncs and counts what was added: before the commit. */
NODISCARD enum status scan_writer_flush(struct index_store *store, struct model_slot *slot,
                                        struct error *err);
/* A new file without what is gone. */
NODISCARD enum status scan_writer_rebuild(struct index_store *store, struct model_slot *slot,
                                          struct error *err);
/* The transaction is committed: the file that a new one replaced goes. */
void scan_writer_committed(struct index_store *store, struct model_slot *slot);
/* Removes scan files that the index does not name. */
NODISCARD enum status scan_writer_sweep(struct index_store *store, struct error *err);
void scan_writer_close(struct model_slot *slot);

/* documents.c: rows of document. */

struct document_row {
    int64_t document_id, revision_id; /* 0: none */
    bool is_behind;
    struct hash content_hash;
    struct file_stamp stamp;
};
/* document_id is 0 when there is none. */
NODISCARD enum status document_find(struct index_store *store, const struct document_key *key,
                                    struct document_row *out, struct error *err);
/* Finds or makes it, pending. */
NODISCARD enum status document_need(struct index_store *store, const struct document_key *key,
                                    const struct file_stamp *stamp, struct document_row *out,
                                    struct error *err);

/* The number of a stage fingerprint. */
NODISCARD enum status stage_put(struct index_store *store, const struct hash *fingerprint,
                                int64_t *stage_id, struct error *err);

/* revision.c */

/* Ends the live revision of a document and all its segments; their ids are appended to removed (an
 * array of int64_t in a buf). */
NODISCARD enum status revision_end(struct index_store *store, int64_t revision_id,
                                   struct buf *removed, struct error *err);
/* Reads and decodes a revision's layout into arena. */
NODISCARD enum status revision_load(struct index *index, int64_t revision_id, struct arena *arena,
                                    struct layout *layout, struct span *title, struct error *err);
/* Of its rows in the full text. */
NODISCARD enum status revision_stemmer(struct index *index, int64_t revision_id, unsigned *out,
                                       struct error *err);
enum status store_put_revision(struct store *base, const struct revision_record *record,
                               bool *waits, struct error *err);

/* changes.c: the feed's rows. added and removed are arrays of int64_t in bufs; NULL: none. */
struct change_row {
    enum feed_operation operation;
    int64_t document_id;
    const struct document_key *key, *old_key; /* old_key: of a move, else NULL */
    const struct hash *content_hash;          /* NULL: none */
    const struct buf *added, *removed;
};
NODISCARD enum status change_put(struct index_store *store, const struct change_row *change,
                                 struct error *err);
/* Segments of a document that have other vectors now, or got their first; segment_ids is an array
 * of int64_t. */
NODISCARD enum status change_put_vectors(struct index_store *store, int64_t document_id,
                                         const struct buf *segment_ids, struct error *err);

#endif
