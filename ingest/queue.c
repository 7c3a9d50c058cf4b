#include "ingest/queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define FIRST_BUCKETS ((size_t)1024)

struct queue {
    struct entry **buckets;
    size_t bucket_count, entry_count, active_count;
    struct entry *first, *last;                 /* by arrival */
    struct entry *waiting_first, *waiting_last; /* ready to go */
    struct entry *deferred;                     /* unordered */
    size_t waiting_count;
    uint64_t sequence;
};

struct queue *queue_new(void)
{
    struct queue *queue = calloc(1, sizeof(*queue));

    if (!queue)
        return NULL;
    queue->bucket_count = FIRST_BUCKETS;
    queue->buckets = calloc(queue->bucket_count,
                            sizeof(struct entry *)); /* NOLINT(bugprone-sizeof-expression) */
    if (!queue->buckets) {
        free(queue);
        return NULL;
    }
    return queue;
}

static void entry_free(struct entry *entry)
{
    union {
        const char *borrowed;
        char *owned;
    } path = { entry->path.data };

    free(path.owned);
    free(entry->refusal_reason);
    free(entry->next_refusal_reason);
    free(entry);
}

void queue_free(struct queue *queue)
{
    struct entry *entry, *next;

    if (!queue)
        return;
    for (entry = queue->first; entry; entry = next) {
        next = entry->next;
        entry_free(entry);
    }
    free(queue->buckets);
    free(queue);
}

static size_t bucket_of(const struct queue *queue, int64_t source_id, struct span path)
{
    return (size_t)(hash_table_key(path) + (uint64_t)source_id * 0x9E3779B97F4A7C15u) &
           (queue->bucket_count - 1);
}

struct entry *queue_lookup(const struct queue *queue, int64_t source_id, struct span path)
{
    struct entry *entry = queue->buckets[bucket_of(queue, source_id, path)];

    for (; entry; entry = entry->next_in_bucket)
        if (entry->source_id == source_id && entry->path.len == path.len &&
            memcmp(entry->path.data, path.data, path.len) == 0)
            return entry;
    return NULL;
}

/* A table that can't grow only gets slower. */
static void grow(struct queue *queue)
{
    size_t wanted = queue->bucket_count * 4;
    struct entry **buckets;

    if (queue->entry_count < queue->bucket_count * 2)
        return;
    buckets = calloc(wanted, sizeof(struct entry *)); /* NOLINT(bugprone-sizeof-expression) */
    if (!buckets)
        return;
    free(queue->buckets);
    queue->buckets = buckets;
    queue->bucket_count = wanted;
    for (struct entry *entry = queue->first; entry; entry = entry->next) {
        size_t bucket = bucket_of(queue, entry->source_id, entry->path);

        entry->next_in_bucket = buckets[bucket];
        buckets[bucket] = entry;
    }
}

static void wait_again(struct queue *queue, struct entry *entry)
{
    entry->next_waiting = NULL;
    if (queue->waiting_last)
        queue->waiting_last->next_waiting = entry;
    else
        queue->waiting_first = entry;
    queue->waiting_last = entry;
    queue->waiting_count++;
}

static struct entry *entry_new(struct queue *queue, int64_t source_id, struct span path)
{
    struct entry *entry = calloc(1, sizeof(*entry));
    char *copy = malloc(path.len + 1);
    size_t bucket;

    if (!entry || !copy) {
        free(entry);
        free(copy);
        return NULL;
    }
    memcpy(copy, path.data, path.len);
    copy[path.len] = '\0';
    entry->source_id = source_id;
    entry->path = (struct span){ copy, path.len };
    entry->previous = queue->last;
    if (queue->last)
        queue->last->next = entry;
    else
        queue->first = entry;
    queue->last = entry;
    queue->entry_count++;
    bucket = bucket_of(queue, source_id, path);
    entry->next_in_bucket = queue->buckets[bucket];
    queue->buckets[bucket] = entry;
    grow(queue);
    return entry;
}

/* A look does not take back that the file is gone: it may find that nothing came in its place. */
static enum event gone_after(enum event event, enum event before, enum event when_gone_before)
{
    if (event != EVENT_LOOK)
        return EVENT_NONE;
    return before == EVENT_REMOVE || before == EVENT_HOLD ? before : when_gone_before;
}

bool queue_add(struct queue *queue, int64_t source_id, struct span path, enum event event,
               enum outcome refusal, const char *reason)
{
    struct entry *entry = queue_lookup(queue, source_id, path);
    char *kept = NULL;

    if (reason && !(kept = strdup(reason)))
        return false;
    if (!entry) {
        entry = entry_new(queue, source_id, path);
        if (!entry) {
            free(kept);
            return false;
        }
        entry->sequence = ++queue->sequence;
        entry->event = event;
        entry->refusal = refusal;
        entry->refusal_reason = kept;
        wait_again(queue, entry);
        return true;
    }
    queue->sequence++;
    if (entry->is_active) {
        if (entry->next_event == EVENT_NONE)
            entry->next_sequence = queue->sequence;
        entry->next_when_gone = gone_after(event, entry->next_event, entry->next_when_gone);
        entry->next_event = event;
        entry->next_refusal = refusal;
        free(entry->next_refusal_reason);
        entry->next_refusal_reason = kept;
    } else {
        if (event != EVENT_LOOK)
            entry->not_before_ms = 0; /* what is gone need not be waited for */
        entry->when_gone = gone_after(event, entry->event, entry->when_gone);
        entry->event = event;
        entry->refusal = refusal;
        free(entry->refusal_reason);
        entry->refusal_reason = kept;
    }
    return true;
}

static void wake_deferred(struct queue *queue, int64_t now_ms)
{
    struct entry **at = &queue->deferred;

    while (*at) {
        struct entry *entry = *at;

        if (entry->not_before_ms > now_ms) {
            at = &entry->next_waiting;
            continue;
        }
        *at = entry->next_waiting;
        queue->waiting_count--; /* wait_again() counts it */
        wait_again(queue, entry);
    }
}

struct entry *queue_take(struct queue *queue, int64_t now_ms)
{
    struct entry *entry;

    wake_deferred(queue, now_ms);
    entry = queue->waiting_first;
    if (!entry)
        return NULL;
    queue->waiting_first = entry->next_waiting;
    if (!queue->waiting_first)
        queue->waiting_last = NULL;
    queue->waiting_count--;
    entry->next_waiting = NULL;
    entry->is_active = true;
    queue->active_count++;
    return entry;
}

void queue_defer(struct queue *queue, struct entry *entry, int64_t not_before_ms)
{
    entry->is_active = false;
    queue->active_count--;
    entry->not_before_ms = not_before_ms;
    entry->next_waiting = queue->deferred;
    queue->deferred = entry;
    queue->waiting_count++;
    if (entry->next_event != EVENT_NONE) {
        if (entry->next_event != EVENT_LOOK || entry->next_when_gone != EVENT_NONE)
            entry->when_gone = entry->next_when_gone;
        entry->next_when_gone = EVENT_NONE;
        entry->event = entry->next_event;
        entry->refusal = entry->next_refusal;
        free(entry->refusal_reason);
        entry->refusal_reason = entry->next_refusal_reason;
        entry->next_refusal_reason = NULL;
        entry->next_event = EVENT_NONE;
    }
}

void queue_wake(struct queue *queue)
{
    for (struct entry *entry = queue->deferred; entry; entry = entry->next_waiting)
        entry->not_before_ms = 0;
}

static void drop(struct queue *queue, struct entry *entry)
{
    struct entry **at = &queue->buckets[bucket_of(queue, entry->source_id, entry->path)];

    while (*at != entry)
        at = &(*at)->next_in_bucket;
    *at = entry->next_in_bucket;
    if (entry->previous)
        entry->previous->next = entry->next;
    else
        queue->first = entry->next;
    if (entry->next)
        entry->next->previous = entry->previous;
    else
        queue->last = entry->previous;
    queue->entry_count--;
    entry_free(entry);
}

void queue_done(struct queue *queue, struct entry *entry)
{
    queue->active_count--;
    entry->is_active = false;
    if (entry->next_event == EVENT_NONE) {
        drop(queue, entry);
        return;
    }
    entry->event = entry->next_event;
    entry->when_gone = entry->next_when_gone;
    entry->next_when_gone = EVENT_NONE;
    entry->sequence = entry->next_sequence;
    entry->refusal = entry->next_refusal;
    free(entry->refusal_reason);
    entry->refusal_reason = entry->next_refusal_reason;
    entry->next_refusal_reason = NULL;
    entry->next_event = EVENT_NONE;
    entry->tries = 0;
    entry->not_before_ms = 0;
    wait_again(queue, entry);
}

uint64_t queue_sequence(const struct queue *queue)
{
    return queue->sequence;
}

bool queue_is_done(const struct queue *queue, uint64_t sequence)
{
    for (const struct entry *entry = queue->first; entry; entry = entry->next)
        if (entry->sequence <= sequence)
            return false;
    return true;
}

bool queue_is_ready(const struct queue *queue, int64_t now_ms)
{
    int64_t next_ms;

    if (queue->waiting_first)
        return true;
    next_ms = queue_next_ms(queue);
    return next_ms >= 0 && next_ms <= now_ms;
}

size_t queue_waiting(const struct queue *queue)
{
    return queue->waiting_count;
}

size_t queue_active(const struct queue *queue)
{
    return queue->active_count;
}

int64_t queue_next_ms(const struct queue *queue)
{
    int64_t next = -1;

    for (const struct entry *entry = queue->deferred; entry; entry = entry->next_waiting)
        if (next < 0 || entry->not_before_ms < next)
            next = entry->not_before_ms;
    return next;
}
