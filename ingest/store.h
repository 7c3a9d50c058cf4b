/*
 * store.h - what the pipeline asks of the index. Synchronous, one writer, one thread.
 *
 * All changes between store_begin and store_commit become visible in one generation, in full text,
 * vectors and the feed together, or not at all. index/ implements it over SQLite; the tests have
 * one in memory.
 */
#ifndef INGEST_STORE_H
#define INGEST_STORE_H

#include "base/os.h"
#include "ingest/embedder.h"
#include "ingest/extraction.h"

/* Names a document: a file below a source, or a member inside it. Paths are bytes. */
struct document_key {
    int64_t source_id;
    struct span path; /* relative to the source's folder, no leading slash */
    struct span
        member; /* "path/in/it", nested containers joined by "!/"; empty for the file itself */
};

struct source_record {
    int64_t source_id;
    struct span path;       /* absolute; lent until the next call */
    uint64_t device, inode; /* of its folder when first seen; 0: never seen */
};

struct document_record {
    int64_t document_id;
    struct document_key key;      /* lent until the next call */
    struct file_stamp stamp;      /* of the file its newest outcome is about */
    struct file_stamp good_stamp; /* of the file whose text is in the index */
    struct hash content_hash;     /* of the newest outcome; zero: none yet */
    struct hash stage_fingerprint;
    enum outcome outcome;   /* newest */
    bool has_text;          /* a revision is live */
    bool is_held;           /* its file is gone, and its removal waits for approval */
    unsigned attempt_count; /* begun and not ended: kill, power cut, crash of the daemon */
};

/* A revision to make live, whole. Borrowed for the call. */
struct revision_record {
    struct document_key key;
    struct file_stamp stamp; /* of the file (for a member: of its container's file) */
    struct span acl;         /* of the same: os_read_acl() */
    struct hash content_hash;
    struct hash stage_fingerprint;
    const struct extraction *extraction; /* with its chunks */
    const struct hash *input_hashes;     /* per chunk: SHA-256 of its embedded input */
    int64_t model_id;                    /* 0: no embedder yet; its chunks wait for vectors */
    const float *const *vectors; /* per chunk; NULL: the store has it already, or it waits */
    bool is_container;
};

enum model_role {
    MODEL_CURRENT, /* its vectors are searched; in one commit it takes over from the last one */
    MODEL_NEXT,    /* built beside the current one: new texts wait for its vectors, too */
};

struct store_counts {
    uint64_t documents, live_documents, segments, waiting_segments;
};

/* A segment that has no vector of the model yet. input is lent until the call returns. */
typedef enum status store_waiting_fn(void *user, const struct hash *input_hash, struct span input,
                                     struct error *err);
typedef enum status store_document_fn(void *user, const struct document_record *record,
                                      struct error *err);

struct store;

struct store_ops {
    /* Reading, inside or outside a transaction; sees the open transaction. */
    enum status (*lookup)(struct store *store, const struct document_key *key,
                          struct document_record *out, bool *is_known, struct error *err);
    /* Every document of a source below a folder ("" for all), files and members, in path order. */
    enum status (*each)(struct store *store, int64_t source_id, struct span folder,
                        store_document_fn *fn, void *user, struct error *err);
    /* is_known false: no source has that id. */
    enum status (*lookup_source)(struct store *store, int64_t source_id, struct source_record *out,
                                 bool *is_known, struct error *err);
    enum status (*has_vectors)(struct store *store, int64_t model_id, const struct hash *inputs,
                               size_t count, bool *out, struct error *err);

    enum status (*begin)(struct store *store, struct error *err);
    /* generation: of this commit; unchanged when nothing was. */
    enum status (*commit)(struct store *store, int64_t *generation, struct error *err);
    void (*rollback)(struct store *store); /* cannot fail; no transaction is fine */

    /* Inside a transaction. */

    /* Finds or makes the source with that absolute path. */
    enum status (*put_source)(struct store *store, struct span path, int64_t *source_id,
                              struct error *err);
    enum status (*set_source_root)(struct store *store, int64_t source_id, uint64_t device,
                                   uint64_t inode, struct error *err);
    /* Writes down that a worker is about to get this file; makes the document when it is new. */
    enum status (*attempt)(struct store *store, const struct document_key *key,
                           const struct file_stamp *stamp, struct error *err);
    /* The open attempt was given up, and not for the file's sake: it counts as its first. */
    enum status (*excuse)(struct store *store, const struct document_key *key, struct error *err);
    /* *waits: a text of it has no vector of the model that is searched. */
    enum status (*put_revision)(struct store *store, const struct revision_record *revision,
                                bool *waits, struct error *err);
    /* The newest content could not be indexed. The last good revision stays, marked as behind. */
    enum status (*put_failure)(struct store *store, const struct document_key *key,
                               const struct file_stamp *stamp, const struct hash *content_hash,
                               const struct hash *stage_fingerprint, enum outcome outcome,
                               const char *reason, struct error *err);
    /* Same content, new stamp (touch, chmod, a container written again): clears the attempt. For a
     * file (member empty) its members get the stamp too. */
    enum status (*touch)(struct store *store, const struct document_key *key,
                         const struct file_stamp *stamp, struct span acl, struct error *err);
    /* The document, and its members, live on under another path. The target must not exist. */
    enum status (*move)(struct store *store, const struct document_key *from,
                        const struct document_key *to, const struct file_stamp *stamp,
                        struct error *err);
    /* The document is gone, with its members. Unknown keys are fine. */
    enum status (*remove)(struct store *store, const struct document_key *key, struct error *err);
    /* Marks what a mass deletion would remove; cleared by touch, put_revision and remove. */
    enum status (*hold)(struct store *store, const struct document_key *key, struct error *err);

    /* Finds or makes the model, which plugin (a command line) starts, and gives it the role. The
     * current model stays what it is when it is named as the next. */
    enum status (*put_model)(struct store *store, const struct model_info *model,
                             enum model_role role, struct span plugin, int64_t *model_id,
                             struct error *err);
    /* No model is built beside the current one any more; the vectors it has are kept. */
    enum status (*drop_next_model)(struct store *store, struct error *err);
    /* Up to limit inputs whose vectors of that model, current or next, are missing. */
    enum status (*each_waiting)(struct store *store, int64_t model_id, size_t limit,
                                store_waiting_fn *fn, void *user, struct error *err);
    /* Adds vectors that waited, of the current or the next model; of any other they are dropped.
     * is_failed[i]: that input never gets one (embed failed). */
    enum status (*put_vectors)(struct store *store, int64_t model_id, const struct hash *inputs,
                               const float *const *vectors, const bool *is_failed, size_t count,
                               struct error *err);
    enum status (*counts)(struct store *store, struct store_counts *out, struct error *err);

    /* Outside of a transaction: some disk space is set aside for small changes. release gives it
     * up; keep is true while it is there, or when it could be set aside again: there is room. */
    void (*release_room)(struct store *store);
    bool (*keep_room)(struct store *store);
    void (*free)(struct store *store);
};

struct store {
    const struct store_ops *ops;
};

#endif
