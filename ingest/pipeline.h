/*
 * pipeline.h - joins the parts: a path that may have changed becomes a committed generation.
 *
 *   queued ─▶ attempt committed ─▶ read into a sealed memory file, hashed ─▶ worker ─▶ embedder
 *          ─▶ ready ─▶ group commit (64 documents or 20 ms, whichever is first)
 *
 * It owns no knowledge of folders: watch/ tells it what may have changed and, past its guards, what
 * is gone. It looks at the file itself. Everything runs on the loop's thread; nothing here blocks
 * but reading files and the store's commits.
 */
#ifndef INGEST_PIPELINE_H
#define INGEST_PIPELINE_H

#include "base/log.h"
#include "base/loop.h"
#include "ingest/chunker.h"
#include "ingest/pool.h"
#include "ingest/store.h"

struct pipeline;

/* How documents are cut; chunker is a borrowed name. */
struct pipeline_chunking {
    const char *chunker;
    unsigned target_tokens, maximum_tokens, overlap_tokens;
};

struct pipeline_options {
    uint64_t file_bytes_max;
    const char *plugin;                /* the command line that starts the embedder; borrowed */
    struct pipeline_chunking chunking; /* of sources without their own */
    unsigned limit_tokens;             /* that the model takes, over all chunking; 0: no limit */
    const char *boundary_fingerprint;  /* of the shipped table, in hex: cuts depend on it */
    unsigned commit_documents;         /* 64 */
    int64_t commit_ms;                 /* 20 */
    unsigned attempts_max; /* a file that ended the daemon this often is put aside as crashed */
    uint64_t expanded_bytes_max, member_bytes_max;
    unsigned member_count_max, depth_max;
    const struct log *log;
};

struct pipeline_progress {
    uint64_t queued, active;             /* files now */
    uint64_t seen, unchanged, committed; /* files, since the start; committed: no failures */
    uint64_t failed, removed, moved;
    uint64_t documents, pages, chunks; /* committed, members included */
    uint64_t bytes;                    /* read, of those committed */
    uint64_t embedded, reused;         /* chunks */
    uint64_t embedded_tokens;
    int64_t generation; /* newest commit */
};

NODISCARD enum status pipeline_new(struct loop *loop, struct store *store, struct pool *pool,
                                   struct embedder *embedder,
                                   const struct pipeline_options *options, struct pipeline **out,
                                   struct error *err);
/* Drops what is not committed. The pool and the embedder, which call back into it, are freed before
 * it, and not touched. NULL is fine. */
void pipeline_free(struct pipeline *pipeline);

/* Builds a second model beside the one that is searched: all live texts, and those that come
 * meanwhile, get its vectors, too, while nothing else waits. takes_over: when none is missing, it
 * becomes the one that is searched, in one commit, and embedder serves from then on; otherwise it
 * is kept complete until it is asked to. embedder and plugin are borrowed until another one is
 * given or pipeline_stop_building(). Without a current model it is one at once. */
void pipeline_build(struct pipeline *pipeline, struct embedder *embedder, const char *plugin,
                    bool takes_over);
NODISCARD enum status pipeline_stop_building(struct pipeline *pipeline, struct error *err);

struct pipeline_models {
    const struct embedder *serving, *building; /* building: NULL when there is none */
    bool is_built;                             /* nothing of it is missing */
    bool takes_over;                           /* it will be searched then */
};
void pipeline_read_models(const struct pipeline *pipeline, struct pipeline_models *out);

/* folder_fd is borrowed until the source is given another one; -1: it can't be read now. */
NODISCARD enum status pipeline_add_source(struct pipeline *pipeline, int64_t source_id,
                                          int folder_fd, struct error *err);

/* A source is cut in its own way. */
NODISCARD enum status pipeline_set_chunking(struct pipeline *pipeline, int64_t source_id,
                                            const struct pipeline_chunking *chunking,
                                            struct error *err);

/* The model that is searched takes other texts now: what is current changes with it, also for what
 * is being read. The caller has the sources scanned. False: it is the limit there is. */
bool pipeline_set_limit(struct pipeline *pipeline, unsigned limit_tokens);

/* What watch/ says. Paths are relative to the source, and copied. Out of memory sticks and ends the
 * pass: pipeline_status(). */

/* The file may be new or changed. When it is gone, nothing happens: see pipeline_removed(). */
void pipeline_changed(struct pipeline *pipeline, int64_t source_id, struct span path);
/* The file has another name, with all that is in it; its content is looked at as well. */
void pipeline_moved(struct pipeline *pipeline, int64_t source_id, struct span from, struct span to);
/* The file is gone, and every guard was passed. */
void pipeline_removed(struct pipeline *pipeline, int64_t source_id, struct span path);
/* The file is gone, and its removal waits for approval. */
void pipeline_held(struct pipeline *pipeline, int64_t source_id, struct span path);
/* It can't be read, and will not be: a FIFO, a folder without permission ... */
void pipeline_refused(struct pipeline *pipeline, int64_t source_id, struct span path,
                      enum outcome outcome, const char *reason);

/* False: the record was made by other stages than today's (an extractor or a chunker changed,
 * another target size), or its attempt never ended: its file must be read again. */
bool pipeline_is_current(const struct pipeline *pipeline, const struct document_record *record);

/* A number for all that was queued up to now, and whether all of it is committed or failed. */
uint64_t pipeline_ticket(const struct pipeline *pipeline);
bool pipeline_is_done(const struct pipeline *pipeline, uint64_t ticket);
/* Nothing queued, active or uncommitted; chunks that wait for a broken embedder do not count. */
bool pipeline_is_idle(const struct pipeline *pipeline);
/* No segment is known to wait for its vector of the model that is searched. */
bool pipeline_is_embedded(const struct pipeline *pipeline);

/* STATUS_OK, or why nothing that is left to do can go on before the disk has room. The pipeline
 * looks by itself, and goes on then; one that is only to finish has to give up. */
NODISCARD enum status pipeline_no_room(const struct pipeline *pipeline, struct error *err);

/* STATUS_OK, or what ended the pass (a failed commit, no memory): the caller must stop. */
NODISCARD enum status pipeline_status(const struct pipeline *pipeline, struct error *err);
void pipeline_read_progress(const struct pipeline *pipeline, struct pipeline_progress *out);

#endif
