#include "index/tidy.h"

#include "index/forget.h"
#include "index/texts.h"

/* Of one step: about 15 ms of CPU, so that a change that comes meanwhile does not wait long. */
#define STEP_BLOCKS 4
#define STEP_MERGED 256u  /* pages of the full text */
#define STEP_PAGES  4096u /* given back */

static enum status tidy_texts(struct index *index, struct tidy_work *work, struct error *err)
{
    bool is_done = false;
    enum status status = STATUS_OK;

    for (unsigned i = 0; i < STEP_BLOCKS && !status && !is_done; i++) {
        status = texts_pack(index, &work->after, &is_done, err);
        work->steps += !status && !is_done;
    }
    work->damaged += texts_take_damaged(index);
    if (is_done)
        work->phase = TIDY_WORDS;
    return status;
}

static enum status tidy_words(struct index *index, struct tidy_work *work, struct error *err)
{
    bool is_first = !work->is_merging, is_done = false;
    enum status status = STATUS_OK;

    if (is_first)
        status = fulltext_is_scattered(&index->sql, &work->is_merging, err);
    if (!status && work->is_merging)
        status = fulltext_merge(index, is_first, STEP_MERGED, &is_done, err);
    if (!work->is_merging || is_done)
        work->phase = TIDY_PAGES;
    else
        work->steps++;
    return status;
}

static enum status tidy_pages(struct index *index, struct tidy_work *work, struct error *err)
{
    uint64_t freed = 0;
    enum status status = work->steps ? forget_give_back(index, STEP_PAGES, &freed, err) : STATUS_OK;

    work->freed_bytes += freed;
    if (freed == 0)
        work->phase = TIDY_DONE;
    return status;
}

/* What a step says of itself counts only once it is committed. */
static enum status commit_step(struct index *index, struct store *store, struct tidy_work *work,
                               struct error *err)
{
    struct tidy_work after = *work;
    int64_t generation = 0;
    enum status status = store->ops->begin(store, err);

    if (status)
        return status;
    status =
        work->phase == TIDY_TEXTS ? tidy_texts(index, &after, err) : tidy_words(index, &after, err);
    if (status) {
        store->ops->rollback(store);
        return status;
    }
    status = store->ops->commit(store, &generation, err);
    if (!status)
        *work = after;
    return status;
}

enum status tidy_step(struct index *index, struct tidy_work *work, struct error *err)
{
    struct forget_store borrowed = { 0 };
    enum status status = forget_store_take(index, &borrowed, err);

    if (status)
        return status;
    if (work->phase == TIDY_PAGES)
        status = tidy_pages(index, work, err);
    else if (work->phase != TIDY_DONE)
        status = commit_step(index, &borrowed.store->base, work, err);
    forget_store_give(&borrowed);
    return status;
}
