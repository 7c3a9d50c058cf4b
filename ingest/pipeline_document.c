#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/os.h"
#include "ingest/pipeline_parts.h"

#define INPUT_BYTES_MAX ((size_t)4 << 20)
#define REFILL_INPUTS   512u

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
            operation->stamp = job->stamp;
            operation->content_hash = work->content_hash;
        } else {
            work_free(work);
        }
    }
    job_end_if_done(job);
    pipeline_pump_soon(pipeline);
}

/* ---- embedding ---- */

/* A plugin that was started again may have become another model since model_id was asked: what it
 * answers then is dropped, also when other work has made the new model known meanwhile. Vectors of
 * two models never meet. */
static bool is_current_model(const struct pipeline *pipeline, int64_t model_id)
{
    const struct model_info *model = pipeline->embedder->ops->model(pipeline->embedder);

    return model && model_id == pipeline->model_id &&
           hash_equal(&model->fingerprint, &pipeline->model_fingerprint);
}

static void embedded(void *user, struct embed_item *items, size_t count)
{
    struct work *work = user;

    if (!is_current_model(work->pipeline, work->model_id)) {
        work->pipeline->is_refill_wanted = true;
        work_ready(work);
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
        } else {
            work->pipeline->is_refill_wanted = true; /* text now, its vector later */
        }
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
    status = pipeline->store->ops->has_vectors(pipeline->store, pipeline->model_id,
                                               work->input_hashes, count, has, err);
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

/* The store needs to know the model before it can say which vectors it has. */
static enum status learn_model(struct pipeline *pipeline, const struct model_info *model,
                               struct error *err)
{
    struct store *store = pipeline->store;
    int64_t generation;
    enum status status;

    if (pipeline->model_id && hash_equal(&pipeline->model_fingerprint, &model->fingerprint))
        return STATUS_OK;
    status = store->ops->begin(store, err);
    if (!status)
        status = store->ops->put_model(store, model, &pipeline->model_id, err);
    if (!status)
        status = store->ops->commit(store, &generation, err);
    if (status) {
        store->ops->rollback(store);
        return status;
    }
    pipeline->model_fingerprint = model->fingerprint;
    pipeline->is_refill_wanted = true;
    return STATUS_OK;
}

static void embed(struct work *work)
{
    struct pipeline *pipeline = work->pipeline;
    struct embedder *embedder = pipeline->embedder;
    const struct model_info *model = embedder->ops->model(embedder);
    enum embedder_state state = embedder->ops->state(embedder);
    struct error problem;
    enum status status;

    if (!model && state == EMBEDDER_STARTING) {
        work->next = pipeline->parked;
        pipeline->parked = work;
        return;
    }
    if (!model) { /* no plugin: text search goes on, the vectors come when it is there */
        pipeline->is_refill_wanted = true;
        work_ready(work);
        return;
    }
    status = learn_model(pipeline, model, &problem);
    work->model_id = pipeline->model_id;
    if (!status)
        status = choose_items(work, model, &problem);
    if (!status && work->item_count > 0)
        status = embedder->ops->submit(embedder, EMBED_PASSAGE, work->items, work->item_count,
                                       embedded, work, &problem);
    else if (!status)
        work_ready(work);
    if (status == STATUS_BUSY) {
        pipeline->is_refill_wanted = true;
        work_ready(work);
    } else if (status) {
        pipeline_fail(pipeline, &problem);
        work_free(work);
    }
}

void pipeline_unpark(struct pipeline *pipeline)
{
    struct work *work = pipeline->parked;

    if (!work || (!pipeline->embedder->ops->model(pipeline->embedder) &&
                  pipeline->embedder->ops->state(pipeline->embedder) == EMBEDDER_STARTING))
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
            status = hash_of(buf_span(&input), &work->input_hashes[i], err);
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
           hash_equal(&record.stage_fingerprint, &pipeline->stage_fingerprint);
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
            operation->stamp = job->stamp;
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

/* ---- vectors for what was committed without ---- */

void refill_free(struct refill *refill)
{
    if (!refill)
        return;
    for (size_t i = 0; i < refill->count; i++)
        buf_release(&refill->texts[i]);
    free(refill->texts);
    free(refill->inputs);
    free(refill->items);
    free(refill->vectors);
    free(refill);
}

static enum status add_to_refill(void *user, const struct hash *input_hash, struct span input,
                                 struct error *err)
{
    struct refill *refill = user;

    if (refill->count == refill->capacity)
        return STATUS_OK;
    refill->inputs[refill->count] = *input_hash;
    refill->texts[refill->count] = (struct buf)BUF_INIT(INPUT_BYTES_MAX);
    buf_append(&refill->texts[refill->count], input.data, input.len);
    return buf_status(&refill->texts[refill->count++], err);
}

static void refill_embedded(void *user, struct embed_item *items, size_t count)
{
    struct refill *refill = user;
    struct pipeline *pipeline = refill->pipeline;
    struct operation *operation;

    refill->is_done = true;
    for (size_t i = 0; i < count && is_current_model(pipeline, refill->model_id); i++) {
        refill->is_ok |= items[i].status == STATUS_OK || items[i].status == STATUS_MALFORMED;
        pipeline->progress.embedded += items[i].status == STATUS_OK;
    }
    pipeline->refill = NULL;
    if (!refill->is_ok || pipeline->failure.status) {
        refill_free(refill);
        return;
    }
    operation = pipeline_add_operation(pipeline, OPERATION_VECTORS, 0, (struct span){ "", 0 },
                                       (struct span){ "", 0 });
    if (operation)
        operation->refill = refill;
    else
        refill_free(refill);
    pipeline->is_refill_wanted = true;
    pipeline_pump_soon(pipeline);
}

static struct refill *refill_new(struct pipeline *pipeline, unsigned dimensions)
{
    struct refill *refill = calloc(1, sizeof(*refill));

    if (!refill)
        return NULL;
    refill->pipeline = pipeline;
    refill->capacity = REFILL_INPUTS;
    refill->model_id = pipeline->model_id;
    refill->inputs = calloc(refill->capacity, sizeof(*refill->inputs));
    refill->texts = calloc(refill->capacity, sizeof(*refill->texts));
    refill->items = calloc(refill->capacity, sizeof(*refill->items));
    refill->vectors = malloc(refill->capacity * dimensions * sizeof(*refill->vectors));
    if (refill->inputs && refill->texts && refill->items && refill->vectors)
        return refill;
    refill_free(refill);
    return NULL;
}

void pipeline_refill(struct pipeline *pipeline)
{
    struct embedder *embedder = pipeline->embedder;
    const struct model_info *model = embedder->ops->model(embedder);
    struct refill *refill;
    struct error problem;
    enum status status;

    if (!pipeline->is_refill_wanted || pipeline->refill || !model ||
        pipeline->operation_count > 0 || embedder->ops->state(embedder) != EMBEDDER_READY)
        return;
    status = learn_model(pipeline, model, &problem);
    if (status) {
        pipeline_fail(pipeline, &problem);
        return;
    }
    refill = refill_new(pipeline, model->dimensions);
    if (!refill) {
        no_memory(pipeline);
        return;
    }
    status = pipeline->store->ops->each_waiting(pipeline->store, pipeline->model_id,
                                                refill->capacity, add_to_refill, refill, &problem);
    if (!status && refill->count == 0) {
        pipeline->is_refill_wanted = false;
        refill_free(refill);
        return;
    }
    for (size_t i = 0; i < refill->count; i++)
        refill->items[i] = (struct embed_item){ .text = buf_span(&refill->texts[i]),
                                                .vector = refill->vectors + i * model->dimensions };
    pipeline->refill = refill;
    if (!status)
        status = embedder->ops->submit(embedder, EMBED_PASSAGE, refill->items, refill->count,
                                       refill_embedded, refill, &problem);
    if (status) {
        pipeline->refill = NULL;
        refill_free(refill);
        if (status != STATUS_BUSY)
            pipeline_fail(pipeline, &problem);
    }
}
