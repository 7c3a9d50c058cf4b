#include <stdlib.h>
#include <string.h>

#include "ingest/pipeline_parts.h"

#define REFILL_INPUTS 512u

/* ---- models ---- */

bool side_is_model(const struct model_side *side, int64_t model_id)
{
    const struct model_info *model =
        side->embedder ? side->embedder->ops->model(side->embedder) : NULL;

    return model && model_id == side->model_id &&
           hash_equal(&model->fingerprint, &side->fingerprint);
}

enum status side_learn_model(struct pipeline *pipeline, struct model_side *side, struct error *err)
{
    const struct model_info *model = side->embedder->ops->model(side->embedder);
    struct span plugin = { side->plugin, strlen(side->plugin) };
    struct store *store = pipeline->store;
    int64_t generation;
    enum status status;

    if (side->model_id && hash_equal(&side->fingerprint, &model->fingerprint))
        return STATUS_OK;
    status = store->ops->begin(store, err);
    if (!status)
        status = store->ops->put_model(store, model, side->role, plugin, &side->model_id, err);
    if (!status)
        status = store->ops->commit(store, &generation, err);
    if (status) {
        store->ops->rollback(store);
        return status;
    }
    side->fingerprint = model->fingerprint;
    side->is_refill_wanted = true;
    return STATUS_OK;
}

/* Nothing of the model that was built is missing: from this commit on it is the one searched. */
static enum status take_over(struct pipeline *pipeline, struct error *err)
{
    struct model_side *side = &pipeline->building;

    side->role = MODEL_CURRENT;
    side->model_id = 0; /* so that the store is told of its new role */
    pipeline->serving = *side;
    *side = (struct model_side){ .role = MODEL_NEXT };
    return side_learn_model(pipeline, &pipeline->serving, err);
}

void pipeline_build(struct pipeline *pipeline, struct embedder *embedder, const char *plugin,
                    bool takes_over)
{
    if (embedder != pipeline->building.embedder)
        pipeline->building = (struct model_side){
            .embedder = embedder, .plugin = plugin, .role = MODEL_NEXT, .is_refill_wanted = true
        };
    pipeline->takes_over = takes_over;
}

enum status pipeline_stop_building(struct pipeline *pipeline, struct error *err)
{
    struct store *store = pipeline->store;
    int64_t generation;
    enum status status;

    pipeline->building = (struct model_side){ .role = MODEL_NEXT };
    status = store->ops->begin(store, err);
    if (!status)
        status = store->ops->drop_next_model(store, err);
    if (!status)
        status = store->ops->commit(store, &generation, err);
    if (status)
        store->ops->rollback(store);
    return status;
}

void pipeline_read_models(const struct pipeline *pipeline, struct pipeline_models *out)
{
    const struct model_side *building = &pipeline->building;

    *out = (struct pipeline_models){ .serving = pipeline->serving.embedder,
                                     .building = building->embedder,
                                     .takes_over = pipeline->takes_over,
                                     .is_built = building->model_id && !building->refill &&
                                                 !building->is_refill_wanted };
}

/* ---- texts that have no vector yet ---- */

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

/* The side that the refill was begun for; NULL: it is no more. */
static struct model_side *side_of(struct pipeline *pipeline, const struct refill *refill)
{
    if (refill->embedder == pipeline->serving.embedder)
        return &pipeline->serving;
    return refill->embedder == pipeline->building.embedder ? &pipeline->building : NULL;
}

static void embedded(void *user, struct embed_item *items, size_t count)
{
    struct refill *refill = user;
    struct pipeline *pipeline = refill->pipeline;
    struct model_side *side = side_of(pipeline, refill);
    struct operation *operation;

    refill->is_done = true;
    for (size_t i = 0; side && i < count && side_is_model(side, refill->model_id); i++) {
        refill->is_ok |= items[i].status == STATUS_OK || items[i].status == STATUS_MALFORMED;
        pipeline->progress.embedded += items[i].status == STATUS_OK;
    }
    if (side)
        side->refill = NULL;
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
    side->is_refill_wanted = true;
    pipeline_pump_soon(pipeline);
}

static struct refill *refill_new(struct pipeline *pipeline, const struct model_side *side,
                                 unsigned dimensions)
{
    struct refill *refill = calloc(1, sizeof(*refill));

    if (!refill)
        return NULL;
    refill->pipeline = pipeline;
    refill->embedder = side->embedder;
    refill->capacity = REFILL_INPUTS;
    refill->model_id = side->model_id;
    refill->inputs = calloc(refill->capacity, sizeof(*refill->inputs));
    refill->texts = calloc(refill->capacity, sizeof(*refill->texts));
    refill->items = calloc(refill->capacity, sizeof(*refill->items));
    refill->vectors = malloc(refill->capacity * dimensions * sizeof(*refill->vectors));
    if (refill->inputs && refill->texts && refill->items && refill->vectors)
        return refill;
    refill_free(refill);
    return NULL;
}

/* Gives the next texts that wait to the side's embedder. *is_complete: none waits. */
static enum status begin_refill(struct pipeline *pipeline, struct model_side *side,
                                bool *is_complete, struct error *err)
{
    struct embedder *embedder = side->embedder;
    unsigned dimensions = embedder->ops->model(embedder)->dimensions;
    struct refill *refill = refill_new(pipeline, side, dimensions);
    enum status status;

    if (!refill)
        return error_set(err, STATUS_NO_MEMORY, "no memory for vectors");
    status = pipeline->store->ops->each_waiting(pipeline->store, side->model_id, refill->capacity,
                                                add_to_refill, refill, err);
    *is_complete = !status && refill->count == 0;
    if (status || *is_complete) {
        refill_free(refill);
        return status;
    }
    for (size_t i = 0; i < refill->count; i++)
        refill->items[i] = (struct embed_item){ .text = buf_span(&refill->texts[i]),
                                                .vector = refill->vectors + i * dimensions };
    side->refill = refill;
    status = embedder->ops->submit(embedder, EMBED_PASSAGE, refill->items, refill->count, embedded,
                                   refill, err);
    if (status) {
        side->refill = NULL;
        refill_free(refill);
    }
    return status == STATUS_BUSY ? STATUS_OK : status;
}

static enum status refill_side(struct pipeline *pipeline, struct model_side *side,
                               struct error *err)
{
    struct embedder *embedder = side->embedder;
    bool is_complete = false;
    enum status status;

    if (!embedder || !side->is_refill_wanted || side->refill || pipeline->operation_count > 0 ||
        !embedder->ops->model(embedder) || embedder->ops->state(embedder) != EMBEDDER_READY)
        return STATUS_OK;
    status = side_learn_model(pipeline, side, err);
    if (!status)
        status = begin_refill(pipeline, side, &is_complete, err);
    if (is_complete)
        side->is_refill_wanted = false;
    return status;
}

void pipeline_refill(struct pipeline *pipeline)
{
    struct model_side *building = &pipeline->building;
    struct error problem;
    enum status status;

    if (pipeline->full.status)
        return;
    status = refill_side(pipeline, &pipeline->serving, &problem);
    /* What is searched goes first. */
    if (!status && !pipeline->serving.refill)
        status = refill_side(pipeline, building, &problem);
    if (!status && pipeline->takes_over && building->model_id && !building->refill &&
        !building->is_refill_wanted && pipeline->operation_count == 0)
        status = take_over(pipeline, &problem);
    if (status && !pipeline_becomes_full(pipeline, &problem))
        pipeline_fail(pipeline, &problem);
}
