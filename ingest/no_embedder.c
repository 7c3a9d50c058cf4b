#include "ingest/no_embedder.h"

static enum embedder_state none_state(const struct embedder *embedder)
{
    (void)embedder;
    return EMBEDDER_DOWN;
}

static const struct model_info *none_model(const struct embedder *embedder)
{
    (void)embedder;
    return NULL;
}

static const char *none_trouble(const struct embedder *embedder)
{
    (void)embedder;
    return "";
}

static enum status none_submit(struct embedder *embedder, enum embed_kind kind,
                               struct embed_item *items, size_t count, embed_done_fn *done,
                               void *user, struct error *err)
{
    (void)embedder;
    (void)kind;
    (void)items;
    (void)count;
    (void)done;
    (void)user;
    return error_set(err, STATUS_BUSY, "nothing is embedded in this run");
}

static void none_free(struct embedder *embedder)
{
    (void)embedder;
}

struct embedder *embedder_none(void)
{
    static const struct embedder_ops ops = { .state = none_state,
                                             .model = none_model,
                                             .trouble = none_trouble,
                                             .submit = none_submit,
                                             .free = none_free };
    static struct embedder none = { .ops = &ops };

    return &none;
}
