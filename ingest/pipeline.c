#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/os.h"
#include "ingest/pipeline_parts.h"

#define IDLE_MS 1000
#define ROOM_MS 500

/* ---- when to do what ---- */

static bool is_commit_due(const struct pipeline *pipeline)
{
    const struct pipeline_options *options = &pipeline->options;
    bool is_starving = pipeline->to_read_count == 0 && pipeline_wants_intake(pipeline);

    if (is_starving)
        return true; /* the attempts of the next files are written in the same transaction */
    if (pipeline->operation_count == 0)
        return false;
    return pipeline->document_count >= options->commit_documents ||
           pipeline->operation_count >= 64 * (size_t)options->commit_documents ||
           os_monotonic_ms() - pipeline->oldest_ms >= options->commit_ms;
}

/* of two waits; next < 0: there was none yet. What is overdue goes at once. */
static int64_t sooner(int64_t next, int64_t wait_ms)
{
    if (wait_ms < 0)
        wait_ms = 0;
    return next < 0 || wait_ms < next ? wait_ms : next;
}

static void set_next_pump(struct pipeline *pipeline)
{
    int64_t next = -1, deferred = queue_next_ms(pipeline->queue), now = os_monotonic_ms();

    if (pipeline->operation_count > 0)
        next = sooner(next, pipeline->oldest_ms + pipeline->options.commit_ms - now);
    if (deferred >= 0)
        next = sooner(next, deferred - now);
    if (pipeline->parked)
        next = sooner(next, 10); /* the embedder does not call when its handshake is through */
    if (pipeline->full.status)
        next = sooner(next, pipeline_room_due_ms(pipeline) - now);
    if (pipeline->to_read)
        next = sooner(next, ROOM_MS); /* nor the pool, when no process could be made */
    if (next >= 0)
        loop_timer_set(pipeline->pump_timer, next);
}

static void hash_stage(struct pipeline *pipeline, const struct pipeline_chunking *chunking,
                       struct hash *out)
{
    const struct pipeline_options *options = &pipeline->options;
    struct hasher *hasher = hasher_new();
    uint32_t numbers[4] = { chunking->target_tokens, chunking->maximum_tokens,
                            chunking->overlap_tokens, pipeline->options.limit_tokens };

    if (!hasher) {
        struct error problem;

        (void)error_set(&problem, STATUS_NO_MEMORY, "no memory for a fingerprint");
        pipeline_fail(pipeline, &problem);
        return;
    }
    hasher_add(hasher,
               (struct span){ (const char *)pool_fingerprint(pipeline->pool)->bytes, HASH_BYTES });
    hasher_add_field(hasher, (struct span){ chunking->chunker, strlen(chunking->chunker) });
    hasher_add_field(hasher, (struct span){ options->boundary_fingerprint,
                                            strlen(options->boundary_fingerprint) });
    hasher_add(hasher, (struct span){ (const char *)numbers, sizeof(numbers) });
    hasher_finish(hasher, out);
    hasher_free(hasher);
}

static void learn_stages(struct pipeline *pipeline)
{
    if (hash_is_zero(pool_fingerprint(pipeline->pool)))
        return;
    if (hash_is_zero(&pipeline->stage_fingerprint))
        hash_stage(pipeline, &pipeline->options.chunking, &pipeline->stage_fingerprint);
    for (size_t i = 0; i < pipeline->folder_count; i++) {
        struct source_folder *folder = &pipeline->folders[i];

        if (folder->chunking.chunker && hash_is_zero(&folder->stage_fingerprint))
            hash_stage(pipeline, &folder->chunking, &folder->stage_fingerprint);
    }
}

struct source_folder *pipeline_folder(const struct pipeline *pipeline, int64_t source_id)
{
    for (size_t i = 0; i < pipeline->folder_count; i++)
        if (pipeline->folders[i].source_id == source_id)
            return &pipeline->folders[i];
    return NULL;
}

const struct hash *pipeline_stage(const struct pipeline *pipeline, int64_t source_id)
{
    const struct source_folder *folder = pipeline_folder(pipeline, source_id);

    return folder && folder->chunking.chunker ? &folder->stage_fingerprint
                                              : &pipeline->stage_fingerprint;
}

static void pump(void *user)
{
    struct pipeline *pipeline = user;
    struct error problem;

    if (pipeline->failure.status || pipeline->is_pumping)
        return;
    pipeline->is_pumping = true;
    learn_stages(pipeline);
    pipeline_look_for_room(pipeline);
    pipeline_unpark(pipeline);
    /* Each round commits an operation or takes a path off the queue. */
    while (!pipeline->failure.status && is_commit_due(pipeline)) {
        if (pipeline_commit(pipeline, &problem))
            pipeline_fail(pipeline, &problem);
        pipeline_dispatch(pipeline);
    }
    if (!pipeline->failure.status)
        pipeline_dispatch(pipeline);
    pipeline_limit_work(pipeline);
    pipeline->is_pumping = false;
    if (!pipeline->failure.status)
        set_next_pump(pipeline);
}

void pipeline_pump_soon(struct pipeline *pipeline)
{
    loop_timer_set(pipeline->pump_timer, 0);
}

static void idle(void *user)
{
    struct pipeline *pipeline = user;

    if (pipeline->full.status)
        pipeline_pump_soon(pipeline); /* looks for room, when that is due */
    else if (!pipeline->failure.status)
        pipeline_refill(pipeline);
    loop_timer_set(pipeline->idle_timer,
                   pipeline->serving.is_refill_wanted || pipeline->building.is_refill_wanted
                       ? IDLE_MS / 50
                       : IDLE_MS);
}

void pipeline_fail(struct pipeline *pipeline, const struct error *err)
{
    if (!pipeline->failure.status)
        pipeline->failure = *err;
}

static void worker_free(void *user)
{
    pipeline_pump_soon(user);
}

/* ---- from watch/ ---- */

static void add_event(struct pipeline *pipeline, int64_t source_id, struct span path,
                      enum event event, enum outcome refusal, const char *reason)
{
    struct error problem;

    if (!queue_add(pipeline->queue, source_id, path, event, refusal, reason)) {
        (void)error_set(&problem, STATUS_NO_MEMORY, "no memory to queue a path");
        pipeline_fail(pipeline, &problem);
    }
    pipeline_pump_soon(pipeline);
}

void pipeline_changed(struct pipeline *pipeline, int64_t source_id, struct span path)
{
    add_event(pipeline, source_id, path, EVENT_LOOK, OUTCOME_PENDING, NULL);
}

void pipeline_removed(struct pipeline *pipeline, int64_t source_id, struct span path)
{
    add_event(pipeline, source_id, path, EVENT_REMOVE, OUTCOME_PENDING, NULL);
}

void pipeline_held(struct pipeline *pipeline, int64_t source_id, struct span path)
{
    add_event(pipeline, source_id, path, EVENT_HOLD, OUTCOME_PENDING, NULL);
}

void pipeline_refused(struct pipeline *pipeline, int64_t source_id, struct span path,
                      enum outcome outcome, const char *reason)
{
    add_event(pipeline, source_id, path, EVENT_REFUSE, outcome, reason);
}

void pipeline_moved(struct pipeline *pipeline, int64_t source_id, struct span from, struct span to)
{
    /* A path that is being worked on can't be renamed under the work: then the new one is read as a
     * new file, which costs no embedding, and the old one goes. */
    bool is_busy = queue_lookup(pipeline->queue, source_id, from) ||
                   queue_lookup(pipeline->queue, source_id, to);
    struct operation *operation;

    if (is_busy) {
        pipeline_changed(pipeline, source_id, to);
        pipeline_removed(pipeline, source_id, from);
        return;
    }
    operation =
        pipeline_add_operation(pipeline, OPERATION_MOVE, source_id, from, (struct span){ "", 0 });
    if (!operation)
        return;
    operation->target = strndup(to.data, to.len);
    operation->target_length = to.len;
    if (!operation->target) {
        struct error problem;

        (void)error_set(&problem, STATUS_NO_MEMORY, "no memory for a rename");
        pipeline_fail(pipeline, &problem);
        return;
    }
    pipeline_changed(pipeline, source_id, to);
}

/* ---- the rest ---- */

enum status pipeline_new(struct loop *loop, struct store *store, struct pool *pool,
                         struct embedder *embedder, const struct pipeline_options *options,
                         struct pipeline **out, struct error *err)
{
    struct pipeline *pipeline = calloc(1, sizeof(*pipeline));
    enum status status;

    if (!pipeline)
        return error_set(err, STATUS_NO_MEMORY, "no memory for the pipeline");
    pipeline->loop = loop;
    pipeline->store = store;
    pipeline->pool = pool;
    pipeline->serving = (struct model_side){ .embedder = embedder,
                                             .plugin = options->plugin,
                                             .role = MODEL_CURRENT,
                                             .is_refill_wanted = true };
    pipeline->options = *options;
    pipeline->queue = queue_new();
    status = pipeline->queue ? STATUS_OK
                             : error_set(err, STATUS_NO_MEMORY, "no memory for the pipeline");
    if (!status)
        status = loop_timer_new(loop, pump, pipeline, &pipeline->pump_timer, err);
    if (!status)
        status = loop_timer_new(loop, idle, pipeline, &pipeline->idle_timer, err);
    if (status) {
        pipeline_free(pipeline);
        return status;
    }
    if (!store->ops->keep_room(store)) {
        (void)error_set(&pipeline->full, STATUS_IO,
                        "there is no room on the disk of the knowledge base");
        pipeline->room_looked_ms = os_monotonic_ms();
    }
    loop_timer_set(pipeline->idle_timer, 0);
    pool_on_room(pool, worker_free, pipeline);
    *out = pipeline;
    return STATUS_OK;
}

static void operations_free(struct operation *operation)
{
    while (operation) {
        struct operation *next = operation->next;

        operation_free(operation);
        operation = next;
    }
}

void pipeline_free(struct pipeline *pipeline)
{
    if (!pipeline)
        return;
    while (pipeline->parked) {
        struct work *work = pipeline->parked;

        pipeline->parked = work->next;
        work_free(work);
    }
    operations_free(pipeline->operations);
    operations_free(pipeline->no_room);
    while (pipeline->jobs)
        job_free(pipeline->jobs);
    loop_timer_free(pipeline->pump_timer);
    loop_timer_free(pipeline->idle_timer);
    queue_free(pipeline->queue);
    free(pipeline->folders);
    free(pipeline);
}

/* NULL: there is no memory for it. */
static struct source_folder *need_folder(struct pipeline *pipeline, int64_t source_id)
{
    struct source_folder *folder = pipeline_folder(pipeline, source_id);

    if (folder)
        return folder;
    if (!array_reserve(&pipeline->folders, &pipeline->folder_capacity, pipeline->folder_count))
        return NULL;
    folder = &pipeline->folders[pipeline->folder_count++];
    *folder = (struct source_folder){ .source_id = source_id, .fd = -1 };
    return folder;
}

enum status pipeline_add_source(struct pipeline *pipeline, int64_t source_id, int folder_fd,
                                struct error *err)
{
    struct source_folder *folder = need_folder(pipeline, source_id);

    if (!folder)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a source");
    folder->fd = folder_fd;
    return STATUS_OK;
}

enum status pipeline_set_chunking(struct pipeline *pipeline, int64_t source_id,
                                  const struct pipeline_chunking *chunking, struct error *err)
{
    struct source_folder *folder = need_folder(pipeline, source_id);

    if (!folder)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a source");
    folder->chunking = *chunking;
    folder->stage_fingerprint = (struct hash){ 0 };
    learn_stages(pipeline);
    return STATUS_OK;
}

bool pipeline_set_limit(struct pipeline *pipeline, unsigned limit_tokens)
{
    if (limit_tokens == pipeline->options.limit_tokens)
        return false;
    pipeline->options.limit_tokens = limit_tokens;
    pipeline->stage_fingerprint = (struct hash){ 0 };
    for (size_t i = 0; i < pipeline->folder_count; i++)
        pipeline->folders[i].stage_fingerprint = (struct hash){ 0 };
    learn_stages(pipeline);
    return true;
}

uint64_t pipeline_ticket(const struct pipeline *pipeline)
{
    return queue_sequence(pipeline->queue);
}

bool pipeline_is_done(const struct pipeline *pipeline, uint64_t ticket)
{
    /* A rename is committed with the attempt at its new path, members before their file: an entry
     * that is done covers its operations. Later ones don't count, or steady load would hold it up.
     */
    return queue_is_done(pipeline->queue, ticket);
}

bool pipeline_is_idle(const struct pipeline *pipeline)
{
    return pipeline->operation_count == 0 && !pipeline->no_room &&
           queue_waiting(pipeline->queue) == 0 && queue_active(pipeline->queue) == 0 &&
           !pipeline->serving.refill;
}

enum status pipeline_status(const struct pipeline *pipeline, struct error *err)
{
    if (pipeline->failure.status && err)
        *err = pipeline->failure;
    return pipeline->failure.status;
}

void pipeline_read_progress(const struct pipeline *pipeline, struct pipeline_progress *out)
{
    *out = pipeline->progress;
    out->queued = queue_waiting(pipeline->queue);
    out->active = queue_active(pipeline->queue);
}

bool pipeline_is_current(const struct pipeline *pipeline, const struct document_record *record)
{
    return record->attempt_count == 0 && record->outcome != OUTCOME_PENDING &&
           record->outcome != OUTCOME_UNSTABLE &&
           (record->outcome == OUTCOME_UNREADABLE ||
            hash_equal(&record->stage_fingerprint,
                       pipeline_stage(pipeline, record->key.source_id)));
}

bool pipeline_is_embedded(const struct pipeline *pipeline)
{
    return !pipeline->serving.is_refill_wanted && !pipeline->serving.refill;
}
