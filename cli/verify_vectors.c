#include "cli/verify_vectors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/os.h"
#include "cli/model_plugins.h"

#define STARTED_MS  20000
#define EMBEDDED_MS 60000
/* A model on other hardware, or in other batches, differs in the last digits. */
#define COSINE_MIN 0.99

static void give_up(struct verify_vectors *vectors, const char *why)
{
    (void)snprintf(vectors->note, sizeof(vectors->note), "no vector was embedded again: %s", why);
    if (vectors->embedder)
        vectors->embedder->ops->free(vectors->embedder);
    vectors->embedder = NULL;
}

static void await(struct verify_vectors *vectors)
{
    const struct embedder_ops *ops = vectors->embedder->ops;
    int64_t due_ms = os_monotonic_ms() + STARTED_MS;
    const struct model_info *model;

    while (ops->state(vectors->embedder) == EMBEDDER_STARTING && os_monotonic_ms() < due_ms)
        if (loop_step(vectors->loop, 100, NULL))
            break;
    model = ops->model(vectors->embedder);
    if (!model || ops->state(vectors->embedder) != EMBEDDER_READY)
        give_up(vectors, "the embedding plugin does not answer");
    else if (!hash_equal(&model->fingerprint, &vectors->model.fingerprint))
        give_up(vectors, "the plugin is another model than the index has");
}

enum status verify_vectors_open(struct verify_vectors *vectors, const struct kb *kb,
                                struct error *err)
{
    CLEANUP(buf_release) struct buf command = BUF_INIT(PLUGIN_COMMAND_BYTES_MAX);
    struct error problem;
    enum status status =
        index_find_model(kb->index, 0, &vectors->model, &vectors->model_id, NULL, err);

    if (!status && vectors->model_id)
        status = model_plugin_command(kb->index, kb->config, &command, err);
    if (status || !vectors->model_id)
        return status;
    status = loop_new(&vectors->loop, err);
    if (status)
        return status;
    if (model_plugin_start(vectors->loop, kb->folder.data, kb->config, command.data, NULL,
                           &vectors->embedder, &problem))
        give_up(vectors, problem.text);
    else
        await(vectors);
    return STATUS_OK;
}

const char *verify_vectors_model_fault(const struct verify_vectors *vectors)
{
    const struct model_info *has = &vectors->model, *is;

    if (!vectors->embedder)
        return NULL;
    is = vectors->embedder->ops->model(vectors->embedder);
    if (strcmp(has->name, is->name) != 0)
        return "name";
    if (has->dimensions != is->dimensions)
        return "number of dimensions";
    if (has->token_limit != is->token_limit)
        return "token limit";
    if (has->fusion_weight != is->fusion_weight)
        return "weight beside words";
    return has->is_query_different != is->is_query_different ? "way to embed questions" : NULL;
}

static void embedded(void *user, struct embed_item *items, size_t count)
{
    bool *is_done = user;

    (void)items;
    (void)count;
    *is_done = true;
}

static double cosine(const float *a, const float *b, unsigned dimensions)
{
    double product = 0, a_square = 0, b_square = 0;

    for (unsigned i = 0; i < dimensions; i++) {
        product += (double)a[i] * (double)b[i];
        a_square += (double)a[i] * (double)a[i];
        b_square += (double)b[i] * (double)b[i];
    }
    return product / sqrt(a_square * b_square);
}

bool verify_vectors_one(struct verify_vectors *vectors, const struct verify_vector *vector)
{
    float now[EMBED_DIMENSIONS_MAX];
    struct embed_item item = { .text = vector->input, .vector = now, .status = STATUS_BUSY };
    bool is_done = false;
    int64_t due_ms = os_monotonic_ms() + EMBEDDED_MS;

    if (!vectors->embedder || vector->model_id != vectors->model_id ||
        vector->dimensions != vectors->embedder->ops->model(vectors->embedder)->dimensions)
        return true;
    if (!vectors->embedder->ops->submit(vectors->embedder, EMBED_PASSAGE, &item, 1, embedded,
                                        &is_done, NULL))
        while (!is_done && os_monotonic_ms() < due_ms)
            if (loop_step(vectors->loop, 100, NULL))
                break;
    if (!is_done || item.status == STATUS_BUSY) {
        /* Ends the plugin while item and now are there: it may have them still. */
        give_up(vectors, "the embedding plugin does not answer");
        return true;
    }
    return item.status || cosine(vector->data, now, vector->dimensions) >= COSINE_MIN;
}

void verify_vectors_release(struct verify_vectors *vectors)
{
    if (vectors->embedder)
        vectors->embedder->ops->free(vectors->embedder);
    loop_free(vectors->loop);
    *vectors = (struct verify_vectors){ 0 };
}
