#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "ingest/pipeline_parts.h"

void operation_free(struct operation *operation)
{
    if (!operation)
        return;
    work_free(operation->work);
    refill_free(operation->refill);
    free(operation->path);
    free(operation->member);
    free(operation->target);
    free(operation->acl);
    free(operation);
}

struct operation *pipeline_add_operation(struct pipeline *pipeline, enum operation_kind kind,
                                         int64_t source_id, struct span path, struct span member)
{
    struct operation *operation = calloc(1, sizeof(*operation));
    struct error problem;

    if (operation) {
        operation->path = strndup(path.data, path.len);
        operation->member = member.len > 0 ? strndup(member.data, member.len) : NULL;
    }
    if (!operation || !operation->path || (member.len > 0 && !operation->member)) {
        operation_free(operation);
        (void)error_set(&problem, STATUS_NO_MEMORY, "no memory for a commit");
        pipeline_fail(pipeline, &problem);
        return NULL;
    }
    operation->kind = kind;
    operation->stage = *pipeline_stage(pipeline, source_id);
    operation->source_id = source_id;
    operation->path_length = path.len;
    operation->member_length = member.len;
    if (pipeline->operations_last)
        pipeline->operations_last->next = operation;
    else {
        pipeline->operations = operation;
        pipeline->oldest_ms = os_monotonic_ms();
    }
    pipeline->operations_last = operation;
    pipeline->operation_count++;
    pipeline->document_count += kind == OPERATION_PUT || kind == OPERATION_FAIL;
    return operation;
}

void operation_set_file(struct operation *operation, const struct job *job)
{
    struct error problem;

    operation->stamp = job->stamp;
    operation->stage = job->stage;
    if (job->acl.len == 0)
        return;
    operation->acl = malloc(job->acl.len);
    if (!operation->acl) {
        (void)error_set(&problem, STATUS_NO_MEMORY, "no memory for a commit");
        pipeline_fail(job->pipeline, &problem);
        return;
    }
    memcpy(operation->acl, job->acl.data, job->acl.len);
    operation->acl_length = job->acl.len;
}

static struct document_key key_of(const struct operation *operation)
{
    return (struct document_key){
        .source_id = operation->source_id,
        .path = { operation->path, operation->path_length },
        .member = { operation->member ? operation->member : "", operation->member_length },
    };
}

static enum status mark_failed_inputs(struct pipeline *pipeline, const struct work *work,
                                      struct error *err)
{
    struct store *store = pipeline->store;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < work->document.extraction.chunk_count && !status; i++) {
        const float *none = NULL;

        if (work->is_failed[i])
            status = store->ops->put_vectors(store, work->model_id, &work->input_hashes[i], &none,
                                             &work->is_failed[i], 1, err);
    }
    return status;
}

/* Text makes a revision; so does finding none. Anything else leaves the last good one as it is. */
static enum status put_document(struct pipeline *pipeline, const struct operation *operation,
                                struct error *err)
{
    struct store *store = pipeline->store;
    const struct work *work = operation->work;
    const struct extraction *extraction = &work->document.extraction;
    struct document_key key = key_of(operation);
    struct revision_record revision = {
        .key = key,
        .stamp = operation->stamp,
        .acl = { operation->acl, operation->acl_length },
        .content_hash = operation->content_hash,
        .stage_fingerprint = operation->stage,
        .extraction = extraction,
        .input_hashes = work->input_hashes,
        .model_id = work->model_id,
        .vectors = work->chunk_vector,
        .is_container = extraction->flags & EXTRACTION_IS_CONTAINER,
    };
    enum status status;
    bool waits = false;

    if (!outcome_has_text(extraction->outcome) && extraction->outcome != OUTCOME_NO_TEXT &&
        extraction->chunk_count == 0)
        return store->ops->put_failure(store, &key, &operation->stamp, &operation->content_hash,
                                       &operation->stage, extraction->outcome, extraction->reason,
                                       err);
    status = store->ops->put_revision(store, &revision, &waits, err);
    pipeline->building.is_refill_wanted = pipeline->building.embedder != NULL;
    /* Also of what has_vectors() took for another text, or what has gone since. */
    pipeline->serving.is_refill_wanted |= waits;
    if (!status && work->failed_count > 0)
        status = mark_failed_inputs(pipeline, work, err);
    return status;
}

static enum status move_document(struct pipeline *pipeline, const struct operation *operation,
                                 struct error *err)
{
    struct store *store = pipeline->store;
    struct document_key from = key_of(operation), to = from;
    struct document_record record = { 0 };
    bool is_known = false;
    enum status status;

    to.path = (struct span){ operation->target, operation->target_length };
    status = store->ops->lookup(store, &from, &record, &is_known, err);
    if (status || !is_known)
        return status; /* never seen under the old name: looking at the new one does it all */
    {
        struct file_stamp stamp = record.stamp;

        status = store->ops->remove(store, &to, err); /* it was renamed over */
        if (!status)
            status = store->ops->move(store, &from, &to, &stamp, err);
    }
    if (!status)
        pipeline->progress.moved++;
    return status;
}

static enum status put_refill(struct pipeline *pipeline, const struct refill *refill,
                              struct error *err)
{
    struct store *store = pipeline->store;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < refill->count && !status; i++) {
        const float *vector = refill->items[i].vector;
        bool is_failed = refill->items[i].status == STATUS_MALFORMED;

        if (is_failed || refill->items[i].status == STATUS_OK)
            status = store->ops->put_vectors(store, refill->model_id, &refill->inputs[i], &vector,
                                             &is_failed, 1, err);
    }
    return status;
}

static enum status apply(struct pipeline *pipeline, const struct operation *operation,
                         struct error *err)
{
    struct store *store = pipeline->store;
    struct document_key key = key_of(operation);

    switch (operation->kind) {
    case OPERATION_PUT:
        return put_document(pipeline, operation, err);
    case OPERATION_FAIL:
        return store->ops->put_failure(store, &key, &operation->stamp, &operation->content_hash,
                                       &operation->stage, operation->outcome, operation->reason,
                                       err);
    case OPERATION_TOUCH:
        return store->ops->touch(store, &key, &operation->stamp,
                                 (struct span){ operation->acl, operation->acl_length }, err);
    case OPERATION_REMOVE:
        return store->ops->remove(store, &key, err);
    case OPERATION_HOLD:
        return store->ops->hold(store, &key, err);
    case OPERATION_MOVE:
        return move_document(pipeline, operation, err);
    case OPERATION_VECTORS:
        return put_refill(pipeline, operation->refill, err);
    case OPERATION_NONE:
        return STATUS_OK;
    }
    return STATUS_OK;
}

static void count(struct pipeline *pipeline, const struct operation *operation)
{
    struct pipeline_progress *progress = &pipeline->progress;

    switch (operation->kind) {
    case OPERATION_PUT: {
        const struct extraction *extraction = &operation->work->document.extraction;

        progress->documents++;
        progress->pages += extraction->page_count;
        progress->chunks += extraction->chunk_count;
        progress->failed += outcome_is_failure(extraction->outcome);
        if (operation->done_entry) {
            progress->committed +=
                !outcome_is_failure(extraction->outcome) || outcome_has_text(extraction->outcome);
            progress->bytes += operation->file_bytes;
        }
        break;
    }
    case OPERATION_FAIL:
        progress->failed++;
        break;
    case OPERATION_REMOVE:
        progress->removed++;
        break;
    case OPERATION_TOUCH:
        progress->unchanged++;
        break;
    case OPERATION_HOLD:
    case OPERATION_MOVE:
    case OPERATION_VECTORS:
    case OPERATION_NONE:
        break;
    }
}

typedef enum status commit_more_fn(struct pipeline *pipeline, struct error *err);

/* more: what else belongs in the transaction; may be NULL. */
static enum status commit_operations(struct pipeline *pipeline, const struct operation *ready,
                                     commit_more_fn *more, struct error *err)
{
    struct store *store = pipeline->store;
    enum status status = store->ops->begin(store, err);

    for (; ready && !status; ready = ready->next)
        status = apply(pipeline, ready, err);
    if (!status && more)
        status = more(pipeline, err);
    if (!status)
        status = store->ops->commit(store, &pipeline->progress.generation, err);
    if (status)
        store->ops->rollback(store);
    return status;
}

static struct operation *take_operations(struct pipeline *pipeline)
{
    struct operation *operations = pipeline->operations;

    pipeline->operations = pipeline->operations_last = NULL;
    pipeline->operation_count = pipeline->document_count = 0;
    return operations;
}

/*
 * One transaction: what is ready, in order, and then the attempts of the next files, so that a bulk
 * run pays for one sync per group. Nothing is told as done before the commit has returned.
 */
enum status pipeline_commit(struct pipeline *pipeline, struct error *err)
{
    struct operation *ready = take_operations(pipeline);
    enum status status;

    /* An archive's own row may be here, and members of it wait already: it comes behind them. */
    if (pipeline->full.status)
        ready = pipeline_set_aside(pipeline, ready);
    status = commit_operations(pipeline, ready,
                               pipeline_wants_intake(pipeline) ? pipeline_intake : NULL, err);
    if (status && pipeline_becomes_full(pipeline, err)) {
        ready = pipeline_set_aside(pipeline, ready);
        status = commit_operations(pipeline, ready, pipeline_excuse, err);
    }
    while (ready) {
        struct operation *next = ready->next;

        if (!status) {
            count(pipeline, ready);
            if (ready->done_entry)
                queue_done(pipeline->queue, ready->done_entry);
        }
        operation_free(ready);
        ready = next;
    }
    return status;
}
