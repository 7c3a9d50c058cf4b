#include "cli/query_vectors.h"

#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/os.h"
#include "cli/model_plugins.h"
#include "cli/own_model.h"

#define STARTED_MS  20000
#define EMBEDDED_MS 600000 /* of all of them: thousands may be asked by `varve eval` */

struct asking {
    struct embed_item *items;
    bool is_done;
};

static void embedded(void *user, struct embed_item *items, size_t count)
{
    struct asking *asking = user;

    (void)items;
    (void)count;
    asking->is_done = true;
}

/* Why there are no vectors is no error: text search goes on, and the answer says so. The embedder
 * may use asking until it is freed. */
static const char *ask(struct query_vectors *out, const struct span *texts, struct loop *loop,
                       struct embedder *embedder, struct asking *asking)
{
    int64_t due_ms = os_monotonic_ms() + STARTED_MS;
    const struct model_info *model;
    const char *note = "";

    while (embedder->ops->state(embedder) == EMBEDDER_STARTING && os_monotonic_ms() < due_ms)
        if (loop_step(loop, 100, NULL))
            return "the embedding plugin can't be waited for";
    model = embedder->ops->model(embedder);
    if (!model || embedder->ops->state(embedder) != EMBEDDER_READY)
        return "the embedding plugin does not answer: text search only";
    if (!hash_equal(&model->fingerprint, &out->model.fingerprint))
        return "the plugin is another model than the index has: text search only";
    asking->items = calloc(out->count, sizeof(*asking->items));
    if (!asking->items)
        return "no memory to embed the query: text search only";
    for (size_t i = 0; i < out->count; i++)
        asking->items[i] = (struct embed_item){ .text = texts[i],
                                                .vector = out->values + i * out->dimensions,
                                                .status = STATUS_BUSY };
    if (embedder->ops->submit(embedder, EMBED_QUERY, asking->items, out->count, embedded, asking,
                              NULL))
        asking->is_done = true; /* all stay BUSY */
    due_ms = os_monotonic_ms() + EMBEDDED_MS;
    while (!asking->is_done && os_monotonic_ms() < due_ms)
        if (loop_step(loop, 100, NULL))
            break;
    for (size_t i = 0; i < out->count; i++) {
        out->is_made[i] = asking->is_done && asking->items[i].status == STATUS_OK;
        if (!out->is_made[i])
            note = "the query could not be embedded: text search only";
    }
    return asking->is_done ? note : "the embedding plugin takes too long: text search only";
}

static enum status start_and_ask(const struct kb *kb, const char *command, const struct span *texts,
                                 struct query_vectors *out, struct error *err)
{
    struct embedder *embedder = NULL;
    struct asking asking = { .items = NULL };
    struct loop *loop = NULL;
    enum status status;

    out->values = calloc(out->count ? out->count : 1, out->dimensions * sizeof(*out->values));
    out->is_made = calloc(out->count ? out->count : 1, sizeof(*out->is_made));
    if (!out->values || !out->is_made)
        return error_set(err, STATUS_NO_MEMORY, "no memory for the query");
    if (own_model_embed(kb, command, texts, out))
        return STATUS_OK;
    status = loop_new(&loop, err);
    if (status)
        return status;
    if (model_plugin_start(loop, kb->folder.data, kb->config, command, NULL, &embedder, NULL))
        out->note = "the embedding plugin can't be started: text search only";
    else
        out->note = ask(out, texts, loop, embedder, &asking);
    if (embedder)
        embedder->ops->free(embedder);
    free(asking.items);
    loop_free(loop);
    return STATUS_OK;
}

enum status query_vectors_make(const struct kb *kb, int64_t model_id, const struct span *texts,
                               size_t count, struct query_vectors *out, struct error *err)
{
    CLEANUP(buf_release) struct buf command = BUF_INIT(PLUGIN_COMMAND_BYTES_MAX);
    enum status status;

    *out = (struct query_vectors){ .count = count, .note = "" };
    status = index_find_model(kb->index, model_id, &out->model, &out->model_id, &command, err);
    out->dimensions = out->model.dimensions;
    if (!status && model_id && !out->model_id)
        status = error_set(err, STATUS_UNREADABLE, "there is no model %lld", (long long)model_id);
    if (!status && command.len > 0)
        buf_append_char(&command, '\0');
    if (!status)
        status = buf_status(&command, err);
    if (!status && out->model_id)
        status =
            start_and_ask(kb, command.len > 1 ? command.data : kb->config->plugin, texts, out, err);
    if (status)
        query_vectors_release(out);
    return status;
}

const float *query_vectors_at(const struct query_vectors *vectors, size_t at)
{
    return vectors->model_id && vectors->is_made[at] ? vectors->values + at * vectors->dimensions
                                                     : NULL;
}

void query_vectors_release(struct query_vectors *vectors)
{
    free(vectors->values);
    free(vectors->is_made);
    *vectors = (struct query_vectors){ .note = "" };
}
