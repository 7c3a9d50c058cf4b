#include "embed/work.h"

#include <assert.h>
#include <stdlib.h>

struct submission {
    struct submission *previous, *next;
    enum embed_kind kind;
    struct embed_item *items;
    size_t count, open_count;
    embed_done_fn *done;
    void *user;
    struct pending pending[];
};

static void queue_append(struct pending_queue *queue, struct pending *pending)
{
    pending->next = NULL;
    if (queue->last)
        queue->last->next = pending;
    else
        queue->first = pending;
    queue->last = pending;
    queue->count++;
}

static void queue_prepend(struct pending_queue *queue, struct pending *pending)
{
    pending->next = queue->first;
    queue->first = pending;
    if (!queue->last)
        queue->last = pending;
    queue->count++;
}

static struct pending *queue_shift(struct pending_queue *queue)
{
    struct pending *pending = queue->first;

    queue->first = pending->next;
    if (!queue->first)
        queue->last = NULL;
    queue->count--;
    pending->next = NULL;
    return pending;
}

static void move_to_settled(struct work *work, struct submission *submission)
{
    if (submission->previous)
        submission->previous->next = submission->next;
    else
        work->open = submission->next;
    if (submission->next)
        submission->next->previous = submission->previous;
    submission->next = NULL;
    submission->previous = work->settled_last;
    if (work->settled_last)
        work->settled_last->next = submission;
    else
        work->settled = submission;
    work->settled_last = submission;
}

enum status work_add(struct work *work, enum embed_kind kind, struct embed_item *items,
                     size_t count, embed_done_fn *done, void *user, struct error *err)
{
    struct submission *submission = NULL;

    if (count < SIZE_MAX / 2 / sizeof(struct pending))
        submission = calloc(1, sizeof(*submission) + count * sizeof(struct pending));
    if (!submission)
        return error_set(err, STATUS_NO_MEMORY, "no memory to embed %zu texts", count);
    *submission = (struct submission){ .kind = kind,
                                       .items = items,
                                       .count = count,
                                       .open_count = count,
                                       .done = done,
                                       .user = user,
                                       .next = work->open };
    if (work->open)
        work->open->previous = submission;
    work->open = submission;
    for (size_t i = 0; i < count; i++) {
        submission->pending[i].item = &items[i];
        submission->pending[i].submission = submission;
        queue_append(&work->queued[kind], &submission->pending[i]);
    }
    if (count == 0)
        move_to_settled(work, submission);
    return STATUS_OK;
}

bool work_has_queued(const struct work *work)
{
    return work->queued[EMBED_QUERY].first || work->queued[EMBED_PASSAGE].first;
}

struct group *work_take(struct work *work, enum embed_kind kind, size_t count_max, size_t bytes_max)
{
    struct pending_queue *queue = &work->queued[kind];
    struct group *group = queue->first ? calloc(1, sizeof(*group)) : NULL;
    struct pending **end;
    size_t bytes = 0;

    if (!group)
        return NULL;
    group->kind = kind;
    end = &group->first;
    while (queue->first && group->count < count_max) {
        bytes += queue->first->item->text.len;
        if (group->count > 0 && bytes > bytes_max)
            break;
        *end = queue_shift(queue);
        end = &(*end)->next;
        group->count++;
    }
    return group;
}

/* Order is kept: the list is turned round while it is put in front. */
void work_give_back(struct work *work, struct group *group)
{
    struct pending *reversed = NULL;

    while (group->first) {
        struct pending *pending = group->first;

        group->first = pending->next;
        pending->next = reversed;
        reversed = pending;
    }
    while (reversed) {
        struct pending *pending = reversed;

        reversed = pending->next;
        queue_prepend(&work->queued[group->kind], pending);
    }
    free(group);
}

void group_free(struct group *group)
{
    free(group);
}

void group_queue_append(struct group_queue *queue, struct group *group)
{
    group->next = NULL;
    if (queue->last)
        queue->last->next = group;
    else
        queue->first = group;
    queue->last = group;
}

void group_queue_prepend(struct group_queue *queue, struct group *group)
{
    group->next = queue->first;
    queue->first = group;
    if (!queue->last)
        queue->last = group;
}

struct group *group_queue_shift(struct group_queue *queue)
{
    struct group *group = queue->first;

    if (!group)
        return NULL;
    queue->first = group->next;
    if (!queue->first)
        queue->last = NULL;
    group->next = NULL;
    return group;
}

struct group *group_queue_remove(struct group_queue *queue, int64_t id)
{
    struct group *before = NULL, *group = queue->first;

    while (group && group->id != id) {
        before = group;
        group = group->next;
    }
    if (!group)
        return NULL;
    if (before)
        before->next = group->next;
    else
        queue->first = group->next;
    if (queue->last == group)
        queue->last = before;
    group->next = NULL;
    return group;
}

struct group *group_of_one(struct pending *pending, enum embed_kind kind)
{
    struct group *group = calloc(1, sizeof(*group));

    if (!group)
        return NULL;
    *group = (struct group){ .kind = kind, .first = pending, .count = 1 };
    pending->next = NULL;
    return group;
}

struct group *group_split(struct group *group)
{
    struct group *second = calloc(1, sizeof(*second));
    struct pending *last = group->first;

    assert(group->count > 1);
    if (!second)
        return NULL;
    *second = (struct group){ .kind = group->kind, .count = group->count / 2 };
    group->count -= second->count;
    for (size_t i = 1; i < group->count; i++)
        last = last->next;
    second->first = last->next;
    last->next = NULL;
    return second;
}

void work_settle(struct work *work, struct pending *pending, enum status status,
                 const struct error *error)
{
    struct submission *submission = pending->submission;

    if (pending->is_settled)
        return;
    pending->is_settled = true;
    pending->item->status = status;
    pending->item->error = error ? *error : (struct error){ .status = status };
    if (--submission->open_count == 0)
        move_to_settled(work, submission);
}

void work_requeue(struct work *work, struct pending *pending, enum embed_kind kind)
{
    queue_prepend(&work->queued[kind], pending);
}

static void free_groups(struct group_queue *queue)
{
    struct group *group;

    while ((group = group_queue_shift(queue)))
        free(group);
}

void work_settle_all(struct work *work, bool with_answered, const struct error *error)
{
    free_groups(&work->suspects);
    free_groups(&work->flying);
    work->queued[EMBED_PASSAGE] = work->queued[EMBED_QUERY] = (struct pending_queue){ .count = 0 };
    while (work->open) {
        struct submission *submission = work->open;

        for (size_t i = 0; i < submission->count; i++) {
            struct pending *pending = &submission->pending[i];

            if (pending->is_settled && !with_answered)
                continue;
            pending->is_settled = true;
            pending->item->status = error->status;
            pending->item->error = *error;
        }
        submission->open_count = 0;
        move_to_settled(work, submission);
    }
}

bool work_has_settled(const struct work *work)
{
    return work->settled != NULL;
}

bool work_is_empty(const struct work *work)
{
    return !work->queued[EMBED_PASSAGE].first && !work->queued[EMBED_QUERY].first &&
           !work->suspects.first && !work->flying.first;
}

void work_deliver(struct work *work)
{
    while (work->settled) {
        struct submission *submission = work->settled;

        work->settled = submission->next;
        if (work->settled)
            work->settled->previous = NULL;
        else
            work->settled_last = NULL;
        submission->done(submission->user, submission->items, submission->count);
        free(submission);
    }
}
