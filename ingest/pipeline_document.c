#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/os.h"
#include "ingest/pipeline_parts.h"

static void no_memory(struct pipeline *pipeline)
{
    struct error problem;

    (void)error_set(&problem, STATUS_NO_MEMORY, "no memory for a document");
    pipeline_fail(pipeline, &problem);
}

void work_free(struct work *work)
{
    if (!work)
        return;
    work->pipeline->work_bytes -= work->bytes;
    for (size_t i = 0; i < work->item_count; i++)
        buf_release(&work->inputs[i]);
    free(work->inputs);
    free(work->items);
    free(work->item_chunk);
    free(work->input_hashes);
    free(work->vectors);
    free(work->chunk_vector);
    free(work->is_failed);
    arena_release(&work->arena);
    free(work);
}

/* The document goes as it is into the next commit; the file's own one waits for its members. */
static void work_ready(struct work *work)
{
    struct job *job = work->job;
    struct pipeline *pipeline = job->pipeline;
    struct operation *operation;

    job->open_documents--;
    if (work->document.member.len == 0 && !job->own) {
        job->own = work;
        pipeline->own_bytes += work->bytes;
    } else {
        operation = pipeline_add_operation(pipeline, OPERATION_PUT, job->entry->source_id,
                                           job->entry->path, work->document.member);
        if (operation) {
            operation->work = work;
            operation_set_file(operation, job);
            operation->content_hash = work->content_hash;
        } else {
            work_free(work);
        }
    }
    job_end_if_done(job);
    pipeline_pump_soon(pipeline);
}

/* ---- embedding ---- */

static void embedded(void *user, struct embed_item *items, size_t count)
{
    struct work *work = user;

    if (!side_is_model(&work->pipeline->serving, work->model_id)) {
        work_ready(work); /* text now, its vectors later */
        return;
    }
    for (size_t i = 0; i < count; i++) {
        size_t chunk = work->item_chunk[i];

        if (items[i].status == STATUS_OK) {
            work->chunk_vector[chunk] = items[i].vector;
            work->pipeline->progress.embedded++;
            work->pipeline->progress.embedded_tokens +=
                work->document.extraction.chunks[chunk].token_count;
        } else if (items[i].status == STATUS_MALFORMED) {
            struct extraction *extraction = &work->document.extraction;

            work->is_failed[chunk] = true;
            work->failed_count++;
            extraction->outcome = OUTCOME_EMBED_FAILED;
            (void)snprintf(extraction->reason, sizeof(extraction->reason),
                           "%zu of %zu chunks could not be embedded: %.150s", work->failed_count,
                           extraction->chunk_count, items[i].error.text);
        } /* else: text now, its vector later */
    }
    work_ready(work);
}

/* Which chunks have no vector yet in the store; a text that stands twice is embedded once. */
static enum status choose_items(struct work *work, const struct model_info *model,
                                struct error *err)
{
    struct pipeline *pipeline = work->pipeline;
    const struct extraction *extraction = &work->document.extraction;
    size_t count = extraction->chunk_count;
    bool *has = calloc(count, sizeof(*has));
    enum status status;

    if (!has)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a document");
    status = pipeline->store->ops->has_vectors(pipeline->store, work->model_id, work->input_hashes,
                                               count, has, err);
    for (size_t i = 0; !status && i < count; i++) {
        if (has[i]) {
            pipeline->progress.reused++;
            continue;
        }
        for (size_t k = i > 32 ? i - 32 : 0; k < i && !has[i]; k++)
            has[i] = hash_equal(&work->input_hashes[k], &work->input_hashes[i]);
        if (has[i])
            continue;
        work->item_chunk[work->item_count] = i;
        work->inputs[work->item_count] = (struct buf)BUF_INIT(INPUT_BYTES_MAX);
        extraction_chunk_input(extraction, &extraction->chunks[i], &work->inputs[work->item_count]);
        status = buf_status(&work->inputs[work->item_count++], err);
    }
    free(has);
    if (status || work->item_count == 0)
        return status;
    work->vectors = malloc(work->item_count * model->dimensions * sizeof(*work->vectors));
    if (!work->vectors)
        return error_set(err, STATUS_NO_MEMORY, "no memory for vectors");
    for (size_t i = 0; i < work->item_count; i++)
        work->items[i] = (struct embed_item){ .text = buf_span(&work->inputs[i]),
                                              .vector = work->vectors + i * model->dimensions };
    return STATUS_OK;
}

static void embed(struct work *work)
{
    struct pipeline *pipeline = work->pipeline;
    struct model_side *side = &pipeline->serving;
    struct embedder *embedder = side->embedder;
    const struct model_info *model = embedder->ops->model(embedder);
    enum embedder_state state = embedder->ops->state(embedder);
    struct error problem;
    enum status status;
    bool is_busy = false;

    if (!model && state == EMBEDDER_STARTING) {
        work->next = pipeline->parked;
        pipeline->parked = work;
        return;
    }
    if (!model) { /* no plugin: text search goes on, the vectors come when it is there */
        work_ready(work);
        return;
    }
    status = side_learn_model(pipeline, side, &problem);
    work->model_id = side->model_id;
    if (!status)
        status = choose_items(work, model, &problem);
    if (!status && work->item_count > 0) {
        status = embedder->ops->submit(embedder, EMBED_PASSAGE, work->items, work->item_count,
                                       embedded, work, &problem);
        is_busy = status == STATUS_BUSY; /* the store's is another one: it ends the pass */
    } else if (!status) {
        work_ready(work);
    }
    if (is_busy || (status && (pipeline_becomes_full(pipeline, &problem) ||
                               (pipeline->full.status && error_is_full(&problem))))) {
        work_ready(work);
    } else if (status) {
        pipeline_fail(pipeline, &problem);
        work_free(work);
    }
}

void pipeline_unpark(struct pipeline *pipeline)
{
    struct work *work = pipeline->parked;
    const struct embedder *embedder = pipeline->serving.embedder;

    if (!work ||
        (!embedder->ops->model(embedder) && embedder->ops->state(embedder) == EMBEDDER_STARTING))
        return;
    pipeline->parked = NULL;
    while (work) {
        struct work *next = work->next;

        work->next = NULL;
        embed(work);
        work = next;
    }
}

/* ---- a worker's document ---- */

static enum status hash_inputs(struct work *work, struct error *err)
{
    const struct extraction *extraction = &work->document.extraction;
    CLEANUP(buf_release) struct buf input = BUF_INIT(INPUT_BYTES_MAX);
    enum status status = STATUS_OK;

    for (size_t i = 0; i < extraction->chunk_count && !status; i++) {
        buf_clear(&input);
        extraction_chunk_input(extraction, &extraction->chunks[i], &input);
        status = buf_status(&input, err);
        if (!status)
            hash_of(buf_span(&input), &work->input_hashes[i]);
    }
    return status;
}

static struct work *work_new(struct job *job, struct wire_document *document, struct arena *arena)
{
    struct work *work = calloc(1, sizeof(*work));
    size_t count = document->extraction.chunk_count ? document->extraction.chunk_count : 1;

    if (!work)
        return NULL;
    work->pipeline = job->pipeline;
    work->job = job;
    work->document = *document;
    work->arena = *arena;
    *arena = (struct arena)ARENA_INIT(arena->limit);
    work->bytes = work->arena.used;
    job->pipeline->work_bytes += work->bytes;
    work->content_hash = document->member.len > 0 ? document->content_hash : job->content_hash;
    work->input_hashes = calloc(count, sizeof(*work->input_hashes));
    work->chunk_vector = calloc(count, sizeof(*work->chunk_vector));
    work->is_failed = calloc(count, sizeof(*work->is_failed));
    work->items = calloc(count, sizeof(*work->items));
    work->inputs = calloc(count, sizeof(*work->inputs));
    work->item_chunk = calloc(count, sizeof(*work->item_chunk));
    if (!work->input_hashes || !work->chunk_vector || !work->is_failed || !work->items ||
        !work->inputs || !work->item_chunk) {
        work_free(work);
        return NULL;
    }
    return work;
}

static bool remember_member(struct job *job, struct span member)
{
    if (!array_reserve(&job->members, &job->member_capacity, job->member_count))
        return false;
    job->members[job->member_count] = strndup(member.data, member.len);
    return job->members[job->member_count++] != NULL;
}

/* A member whose bytes and stages are as they were only gets its container's new stamp. */
static bool is_known_member(struct job *job, const struct wire_document *document)
{
    struct pipeline *pipeline = job->pipeline;
    struct document_key key = { .source_id = job->entry->source_id,
                                .path = job->entry->path,
                                .member = document->member };
    struct document_record record = { 0 };
    struct error problem;
    bool is_known = false;

    if (!job->is_known || document->member.len == 0)
        return false;
    if (pipeline->store->ops->lookup(pipeline->store, &key, &record, &is_known, &problem)) {
        pipeline_fail(pipeline, &problem);
        return false;
    }
    return is_known && record.outcome != OUTCOME_PENDING && record.attempt_count == 0 &&
           record.outcome == document->extraction.outcome &&
           hash_equal(&record.content_hash, &document->content_hash) &&
           hash_equal(&record.stage_fingerprint, pipeline_stage(pipeline, job->entry->source_id));
}

void pipeline_take_document(struct job *job, struct wire_document *document, struct arena *arena)
{
    struct pipeline *pipeline = job->pipeline;
    struct error problem;
    struct work *work;

    if (document->member.len > 0 && !remember_member(job, document->member)) {
        no_memory(pipeline);
        return;
    }
    if (is_known_member(job, document)) {
        struct operation *operation = pipeline_add_operation(
            pipeline, OPERATION_TOUCH, job->entry->source_id, job->entry->path, document->member);

        if (operation)
            operation_set_file(operation, job);
        return;
    }
    work = work_new(job, document, arena);
    if (!work) {
        no_memory(pipeline);
        return;
    }
    job->open_documents++;
    if (hash_inputs(work, &problem)) {
        pipeline_fail(pipeline, &problem);
        work_free(work);
    } else if (work->document.extraction.chunk_count == 0) {
        work_ready(work);
    } else {
        embed(work);
    }
    /* work is parked, with the embedder, or an operation.
     * NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
    pipeline_limit_work(pipeline);
}
