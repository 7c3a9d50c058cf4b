/*
 * pipeline_parts.h - what the files of the pipeline share. For ingest/pipeline*.c only.
 *
 *   pipeline.c           events in, when to do what, progress
 *   pipeline_read.c      queued ─▶ attempt written down ─▶ read ─▶ worker
 *   pipeline_document.c  a worker's document ─▶ chunks hashed ─▶ embedded ─▶ an operation
 *   pipeline_refill.c    stored texts without vectors ─▶ embedded ─▶ an operation; another model
 *   pipeline_commit.c    operations ─▶ one transaction of the store
 *   pipeline_room.c      the disk is full: what needs room waits, the rest goes on
 */
#ifndef INGEST_PIPELINE_PARTS_H
#define INGEST_PIPELINE_PARTS_H

#include "ingest/pipeline.h"
#include "ingest/queue.h"

#define ACL_BYTES_MAX   ((size_t)64 << 10)
#define INPUT_BYTES_MAX ((size_t)4 << 20) /* of one embedded text */
#define ROOM_WAIT_MS                                                                               \
    30000 /* until a file that waits for room is looked at again: it may be gone                   \
           */

struct source_folder {
    int64_t source_id;
    int fd;                            /* borrowed; -1: none */
    struct pipeline_chunking chunking; /* chunker NULL: as the pipeline's options say */
    struct hash stage_fingerprint;     /* of its own chunking */
};

/* A file between its attempt and its last commit. */
struct job {
    struct pipeline *pipeline;
    struct entry *entry;
    struct document_record known; /* key is not kept */
    bool is_known;
    struct file_stamp stamp;
    struct buf acl; /* of the file: os_read_acl() */
    struct hash content_hash;
    struct hash stage; /* that its documents are made by */
    int document_fd;   /* -1: closed */
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
    char *acl; /* owned; may be NULL */
    size_t acl_length;
    struct hash content_hash;
    struct hash stage; /* that it is the result of */
    enum outcome outcome;
    char reason[240];
    struct work *work;        /* owned */
    struct refill *refill;    /* owned */
    struct entry *done_entry; /* this is the last operation of it */
    uint64_t file_bytes;      /* for progress, with done_entry */
    struct operation *next;
};

/* Vectors for segments that have none yet of a model. */
struct refill {
    struct pipeline *pipeline;
    struct embedder *embedder; /* that it was given to */
    struct hash *inputs;
    struct buf *texts;
    struct embed_item *items;
    float *vectors;
    size_t count, capacity;
    int64_t model_id;
    bool is_done, is_ok;
};

/* An embedding model at work. */
struct model_side {
    struct embedder *embedder; /* borrowed; NULL: none */
    const char *plugin;        /* borrowed: the command line that starts it */
    enum model_role role;
    int64_t model_id; /* 0: not known to the store yet */
    struct hash fingerprint;
    struct refill *refill; /* under way */
    bool is_refill_wanted;
};

struct pipeline {
    struct loop *loop;
    struct store *store;
    struct pool *pool;
    struct model_side serving; /* searched; what is new is embedded by it at once */
    struct model_side building;
    bool takes_over; /* building becomes serving when it is complete */
    struct pipeline_options options;
    struct source_folder *folders;
    size_t folder_count, folder_capacity;
    struct queue *queue;
    struct hash stage_fingerprint; /* zero until a worker has announced itself */

    struct job *jobs;                   /* all of them */
    struct job *to_read, *to_read_last; /* attempt committed, waiting for a worker */
    size_t to_read_count;
    struct work *parked; /* waiting for the embedder's handshake */
    struct operation *operations, *operations_last;
    size_t operation_count, document_count; /* in it */
    int64_t oldest_ms;                      /* when the first of them came */
    size_t work_bytes;                      /* held by documents on their way */
    size_t own_bytes; /* of these: in jobs whose worker has not ended, which reading alone frees */

    struct error full;         /* status STATUS_OK: the disk has room */
    struct operation *no_room; /* operations that wait for it */
    int64_t room_looked_ms;    /* when it was last looked for */

    struct loop_timer *pump_timer, *idle_timer;
    bool is_pumping, is_paused;
    struct error failure; /* status STATUS_OK: none */
    struct pipeline_progress progress;
};

/* pipeline.c */
/* NULL: not known yet. */
struct source_folder *pipeline_folder(const struct pipeline *pipeline, int64_t source_id);
/* What a document of that source is made by; zero until a worker has announced itself. */
const struct hash *pipeline_stage(const struct pipeline *pipeline, int64_t source_id);
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
void work_free(struct work *work);

/* pipeline_refill.c */
void pipeline_refill(struct pipeline *pipeline);
void refill_free(struct refill *refill);
/* The store needs to know a side's model before it can say which vectors it has. */
NODISCARD enum status side_learn_model(struct pipeline *pipeline, struct model_side *side,
                                       struct error *err);
/* A plugin that was started again may have become another model since model_id was asked: what it
 * answers then is dropped, also when other work has made the new model known meanwhile. Vectors of
 * two models never meet. */
bool side_is_model(const struct model_side *side, int64_t model_id);

/* pipeline_commit.c */
/* NULL, and the pipeline has failed: no memory. */
struct operation *pipeline_add_operation(struct pipeline *pipeline, enum operation_kind kind,
                                         int64_t source_id, struct span path, struct span member);
NODISCARD enum status pipeline_commit(struct pipeline *pipeline, struct error *err);
/* The operation is about the file that the job has read. */
void operation_set_file(struct operation *operation, const struct job *job);
void operation_free(struct operation *operation);

/* pipeline_room.c */
/* True when err came from a disk that is full as of now: what can't be done without room waits.
 * The jobs that have not been read are given up until then. */
bool pipeline_becomes_full(struct pipeline *pipeline, const struct error *err);
/* Puts those that need room aside, and gives the others back. */
struct operation *pipeline_set_aside(struct pipeline *pipeline, struct operation *operations);
/* Inside a transaction: of what was begun and waits, no attempt is held against its file. */
NODISCARD enum status pipeline_excuse(struct pipeline *pipeline, struct error *err);
/* While the disk is full, and time has come to look: goes on when there is room. */
void pipeline_look_for_room(struct pipeline *pipeline);
/* When that is due. */
int64_t pipeline_room_due_ms(const struct pipeline *pipeline);

#endif
