/*
 * pipeline_parts.h - what the files of the pipeline share. For ingest/pipeline*.c only.
 *
 *   pipeline.c           events in, when to do what, progress
 *   pipeline_read.c      queued ─▶ attempt written down ─▶ read ─▶ worker
 *   pipeline_document.c  a worker's document ─▶ chunks hashed ─▶ embedded ─▶ an operation
 *   pipeline_commit.c    operations ─▶ one transaction of the store
 */
#ifndef INGEST_PIPELINE_PARTS_H
#define INGEST_PIPELINE_PARTS_H

#include "ingest/pipeline.h"
#include "ingest/queue.h"

struct source_folder {
    int64_t source_id;
    int fd; /* borrowed */
};

/* A file between its attempt and its last commit. */
struct job {
    struct pipeline *pipeline;
    struct entry *entry;
    struct document_record known; /* key is not kept */
    bool is_known;
    struct file_stamp stamp;
    struct hash content_hash;
    int document_fd; /* -1: closed */
    bool is_submitted, has_ended;
    enum outcome end_outcome;
    char end_reason[240];
    unsigned open_documents; /* of this file, not yet operations */
    struct work *own;        /* the file's own document: goes last, after its members */
    char **members;          /* that the worker gave, to find those that are gone */
    size_t member_count, member_capacity;
    struct job *next;          /* in to_read */
    struct job *above, *below; /* all jobs */
};

/* A document on its way from the worker to its commit. */
struct work {
    struct pipeline *pipeline;
    struct job *job; /* until the work is ready: the operation outlives it */
    struct arena arena;
    struct wire_document document;
    struct hash content_hash;
    int64_t model_id;           /* whose vectors these are; 0: there was no model */
    struct hash *input_hashes;  /* per chunk */
    float *vectors;             /* of the embedded ones, one behind the other */
    const float **chunk_vector; /* per chunk; NULL: the store has it, or it waits */
    bool *is_failed;            /* per chunk: the plugin refuses it */
    struct embed_item *items;
    struct buf *inputs; /* per item: the embedded text */
    size_t *item_chunk; /* per item */
    size_t item_count, failed_count;
    size_t bytes; /* charged to the pipeline while it lives */
    struct work *next;
};

enum operation_kind {
    OPERATION_PUT,   /* work */
    OPERATION_FAIL,  /* stamp, content_hash, outcome, reason */
    OPERATION_TOUCH, /* stamp */
    OPERATION_REMOVE,
    OPERATION_HOLD,
    OPERATION_MOVE,    /* to target */
    OPERATION_VECTORS, /* refill */
    OPERATION_NONE,    /* only ends the entry */
};

/* Something to do in the next commit, in order. */
struct operation {
    enum operation_kind kind;
    int64_t source_id;
    char *path, *member, *target; /* owned; member and target may be NULL */
    size_t path_length, member_length, target_length;
    struct file_stamp stamp;
    struct hash content_hash;
    enum outcome outcome;
    char reason[240];
    struct work *work;        /* owned */
    struct refill *refill;    /* owned */
    struct entry *done_entry; /* this is the last operation of it */
    uint64_t file_bytes;      /* for progress, with done_entry */
    struct operation *next;
};

/* Vectors for segments that waited while the embedder was down. */
struct refill {
    struct pipeline *pipeline;
    struct hash *inputs;
    struct buf *texts;
    struct embed_item *items;
    float *vectors;
    size_t count, capacity;
    int64_t model_id;
    bool is_done, is_ok;
};

struct pipeline {
    struct loop *loop;
    struct store *store;
    struct pool *pool;
    struct embedder *embedder;
    struct pipeline_options options;
    struct source_folder *folders;
    size_t folder_count, folder_capacity;
    struct queue *queue;
    struct hash stage_fingerprint; /* zero until a worker has announced itself */
    int64_t model_id;              /* 0: no model yet */
    struct hash model_fingerprint;

    struct job *jobs;                   /* all of them */
    struct job *to_read, *to_read_last; /* attempt committed, waiting for a worker */
    size_t to_read_count;
    struct work *parked; /* waiting for the embedder's handshake */
    struct operation *operations, *operations_last;
    size_t operation_count, document_count; /* in it */
    int64_t oldest_ms;                      /* when the first of them came */
    size_t work_bytes;                      /* held by documents on their way */
    size_t own_bytes; /* of these: in jobs whose worker has not ended, which reading alone frees */
    struct refill *refill; /* under way */
    bool is_refill_wanted;

    struct loop_timer *pump_timer, *idle_timer;
    bool is_pumping;
    struct error failure; /* status STATUS_OK: none */
    struct pipeline_progress progress;
};

/* pipeline.c */
void pipeline_pump_soon(struct pipeline *pipeline);
void pipeline_fail(struct pipeline *pipeline, const struct error *err);

/* pipeline_read.c: both inside and outside of a transaction as said. */
/* Takes entries off the queue, up to the room there is; writes their attempts down (inside one). */
NODISCARD enum status pipeline_intake(struct pipeline *pipeline, struct error *err);
bool pipeline_wants_intake(const struct pipeline *pipeline);
/* Stops the workers' answers, or lets them go on. */
void pipeline_limit_work(struct pipeline *pipeline);
/* Reads files and hands them to workers (outside). */
void pipeline_dispatch(struct pipeline *pipeline);
void job_free(struct job *job);
void job_end_if_done(struct job *job);

/* pipeline_document.c */
void pipeline_take_document(struct job *job, struct wire_document *document, struct arena *arena);
void pipeline_unpark(struct pipeline *pipeline);
void pipeline_refill(struct pipeline *pipeline);
void work_free(struct work *work);
void refill_free(struct refill *refill);

/* pipeline_commit.c */
/* NULL, and the pipeline has failed: no memory. */
struct operation *pipeline_add_operation(struct pipeline *pipeline, enum operation_kind kind,
                                         int64_t source_id, struct span path, struct span member);
NODISCARD enum status pipeline_commit(struct pipeline *pipeline, struct error *err);
void operation_free(struct operation *operation);

#endif
