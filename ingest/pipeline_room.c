/* A disk without room stops intake, not answers and not what takes room away: the first commit that
 * finds none gives up what the store has set aside, and is made again with what needs little of it
 * (removals, renames, outcomes). Documents and vectors that were ready wait in memory, as much as
 * may be under way anyway; new and changed files wait in the queue. */
#include <errno.h>
#include <string.h>

#include "base/os.h"
#include "ingest/pipeline_parts.h"

#define LOOK_MS 5000 /* between two looks whether there is room */

bool pipeline_becomes_full(struct pipeline *pipeline, const struct error *err)
{
    struct job *job = pipeline->to_read;

    if (!error_is_full(err) || pipeline->full.status)
        return false;
    pipeline->full = *err;
    pipeline->room_looked_ms = os_monotonic_ms();
    pipeline->store->ops->release_room(pipeline->store);
    log_line(pipeline->options.log, LOG_WARNING,
             "%s: new and changed files wait until there is room again", err->text);
    /* Their attempts may be among what could not be committed. */
    pipeline->to_read = pipeline->to_read_last = NULL;
    pipeline->to_read_count = 0;
    while (job) {
        struct job *next = job->next;

        queue_defer(pipeline->queue, job->entry, os_monotonic_ms() + ROOM_WAIT_MS);
        job_free(job);
        job = next;
    }
    return true;
}

static bool needs_room(const struct operation *operation)
{
    return operation->kind == OPERATION_PUT || operation->kind == OPERATION_VECTORS;
}

/* The last one of a path says that it is done: never before those of its members that wait, also
 * where it needs no room itself (a worker that ended inside an archive). */
static bool comes_behind(const struct operation *waiting, const struct operation *operation)
{
    for (; waiting && operation->done_entry; waiting = waiting->next)
        if (waiting->source_id == operation->source_id &&
            waiting->path_length == operation->path_length &&
            memcmp(waiting->path, operation->path, operation->path_length) == 0)
            return true;
    return false;
}

struct operation *pipeline_set_aside(struct pipeline *pipeline, struct operation *operations)
{
    struct operation *small = NULL, **last_small = &small, **last = &pipeline->no_room;

    while (*last)
        last = &(*last)->next;
    while (operations) {
        bool waits = needs_room(operations) || comes_behind(pipeline->no_room, operations);
        struct operation ***end = waits ? &last : &last_small;

        **end = operations;
        *end = &operations->next;
        operations = operations->next;
        **end = NULL;
    }
    return small;
}

static enum status excuse(struct pipeline *pipeline, const struct entry *entry, struct error *err)
{
    struct document_key key = { .source_id = entry->source_id,
                                .path = entry->path,
                                .member = { "", 0 } };

    return pipeline->store->ops->excuse(pipeline->store, &key, err);
}

enum status pipeline_excuse(struct pipeline *pipeline, struct error *err)
{
    enum status status = STATUS_OK;

    for (const struct job *job = pipeline->jobs; job && !status; job = job->below)
        status = excuse(pipeline, job->entry, err);
    for (const struct operation *operation = pipeline->no_room; operation && !status;
         operation = operation->next)
        if (operation->done_entry)
            status = excuse(pipeline, operation->done_entry, err);
    return status;
}

/* What waited goes first: what came behind it may be about the same archive. */
static void take_back(struct pipeline *pipeline)
{
    struct operation *first = pipeline->no_room, *last = NULL;

    for (struct operation *operation = first; operation; operation = operation->next) {
        last = operation;
        pipeline->operation_count++;
        pipeline->document_count += operation->kind == OPERATION_PUT;
    }
    if (!last)
        return;
    last->next = pipeline->operations;
    pipeline->operations = first;
    if (!pipeline->operations_last)
        pipeline->operations_last = last;
    pipeline->oldest_ms = os_monotonic_ms();
    pipeline->no_room = NULL;
}

void pipeline_look_for_room(struct pipeline *pipeline)
{
    int64_t now = os_monotonic_ms();

    if (!pipeline->full.status || now - pipeline->room_looked_ms < LOOK_MS)
        return;
    pipeline->room_looked_ms = now;
    if (!pipeline->store->ops->keep_room(pipeline->store))
        return;
    pipeline->full = (struct error){ .status = STATUS_OK };
    log_line(pipeline->options.log, LOG_INFO, "there is room on the disk again");
    take_back(pipeline);
    queue_wake(pipeline->queue);
}

int64_t pipeline_room_due_ms(const struct pipeline *pipeline)
{
    return pipeline->room_looked_ms + LOOK_MS;
}

enum status pipeline_no_room(const struct pipeline *pipeline, struct error *err)
{
    bool is_stuck = pipeline->full.status && pipeline->operation_count == 0 &&
                    !queue_is_ready(pipeline->queue, os_monotonic_ms()) &&
                    (!pipeline->jobs || pipeline->is_paused);

    if (!is_stuck)
        return STATUS_OK;
    errno = ENOSPC;
    return error_set_errno(err, STATUS_IO,
                           "there is no room on the disk of the knowledge base, so what is new or "
                           "changed waits");
}
