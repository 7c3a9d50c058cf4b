/*
 * pool.h - the worker processes, on the event loop.
 *
 * A worker has one request at a time. It is killed when it shows no progress, passes the total
 * time (both of its own CPU time, and four times the total on the wall's clock), or breaks the
 * protocol, and replaced; the document at fault gets crashed or timed out, and the rest goes on. A
 * worker is replaced after a number of documents and an amount of work, so leaks in parsers stay
 * small, and so does what starting workers costs beside it.
 */
#ifndef INGEST_POOL_H
#define INGEST_POOL_H

#include "base/log.h"
#include "base/loop.h"
#include "ingest/wire.h"

struct pool;

struct pool_options {
    const char *worker_path; /* varve-extract, or varve-extract-small */
    const char *model_path;  /* the built-in model, for cuts */
    const char *sandbox;     /* "require", "reduced" or "off": handed on to the worker */
    bool is_stderr_shown;    /* what the parsing libraries print, for debugging */
    unsigned worker_count;
    const char *const *arguments;  /* more for the worker; NULL-terminated, or NULL */
    int64_t silence_ms, total_ms;  /* of CPU per document: without progress; in all */
    int64_t converters_ms;         /* that it may wait for converters beside, in all */
    uint64_t memory_bytes_max;     /* address space of a worker */
    unsigned documents_per_worker; /* at least, */
    int64_t work_ms_per_worker;    /* and that long, before another takes its place */
    const struct log *log;
};

#define POOL_OPTIONS_DEFAULT                                                                       \
    {                                                                                              \
        .worker_count = 2, .silence_ms = 10000, .total_ms = 60000,                                 \
        .memory_bytes_max = (uint64_t)1 << 30, .documents_per_worker = 200,                        \
        .work_ms_per_worker = 2000                                                                 \
    }

struct pool_job {
    struct wire_request request;
    struct span name; /* borrowed until end() */
    int document_fd;  /* borrowed until end() */
    void *user;
    /* For each document the worker sends. All that document points to is in arena, which the callee
     * may take over by copying the struct and leaving an empty one. */
    void (*document)(void *user, struct wire_document *document, struct arena *arena);
    /* Once, last: how it went as a whole. */
    void (*end)(void *user, enum outcome outcome, const char *reason);
    /* Instead of both: the worker is a small one, and has sent nothing. NULL: it may not be. */
    void (*declined)(void *user);
};

/* Called when a worker became free or was lost: pool_has_room() may say yes now. */
typedef void pool_room_fn(void *user);

/* Copies options and the strings in it, but for log. */
NODISCARD enum status pool_new(struct loop *loop, const struct pool_options *options,
                               struct pool **out, struct error *err);
void pool_on_room(struct pool *pool, pool_room_fn *fn, void *user);
/* Kills the workers; end() is not called for what runs. NULL is fine. */
void pool_free(struct pool *pool);

/* Starts a worker where one is missing, so it may say no now and yes later. */
bool pool_has_room(struct pool *pool);
/* Workers can't be started: several in a row failed before they were ready. */
bool pool_is_broken(const struct pool *pool);
/* Only while pool_has_room(). job is copied. */
NODISCARD enum status pool_submit(struct pool *pool, const struct pool_job *job, struct error *err);
/* Stops reading from the workers (their clock stands still), or goes on. */
void pool_pause(struct pool *pool, bool is_paused);
/* The fingerprint that the workers announced: zero until the first is ready. */
const struct hash *pool_fingerprint(const struct pool *pool);
unsigned pool_restarts(const struct pool *pool);
/* Process ids, for tests and status; returns how many were written. */
size_t pool_process_ids(const struct pool *pool, int *out, size_t room);

#endif
