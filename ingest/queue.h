/*
 * queue.h - the paths that wait, each once, in the order in which they were first named.
 *
 * An entry lives from the first event about its path until what that event led to is committed. An
 * event about a path that is being worked on is kept beside it, and makes it wait again afterwards:
 * so two pieces of work about one path never overlap, and the newest event is never lost.
 */
#ifndef INGEST_QUEUE_H
#define INGEST_QUEUE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "ingest/outcome.h"

enum event {
    EVENT_NONE,
    EVENT_LOOK,   /* may have changed */
    EVENT_REMOVE, /* is gone */
    EVENT_HOLD,   /* is gone, to be approved */
    EVENT_REFUSE, /* can't be read */
};

struct entry {
    int64_t source_id;
    struct span path;      /* owned, NUL-terminated */
    uint64_t sequence;     /* of the oldest event that is not done */
    enum event event;      /* to do, or being done */
    enum event next_event; /* came while it was active; EVENT_NONE: nothing */
    uint64_t next_sequence;
    /* What a look that finds nothing comes to: EVENT_REMOVE or EVENT_HOLD, when that was told
     * before the look and is not done yet; else EVENT_NONE. */
    enum event when_gone, next_when_gone;
    enum outcome refusal, next_refusal; /* of EVENT_REFUSE */
    char *refusal_reason, *next_refusal_reason;
    bool is_active;
    unsigned tries;        /* reads that found the file changing */
    int64_t not_before_ms; /* monotonic; 0: now */

    struct entry *previous, *next; /* all entries, by arrival */
    struct entry *next_in_bucket;
    struct entry *next_waiting;
};

struct queue;

NODISCARD struct queue *queue_new(void); /* NULL: no memory */
void queue_free(struct queue *queue);    /* NULL is fine */

/* Adds an event; reason is copied and may be NULL. False: no memory. */
bool queue_add(struct queue *queue, int64_t source_id, struct span path, enum event event,
               enum outcome refusal, const char *reason);
/* NULL: no event about that path is open. */
struct entry *queue_lookup(const struct queue *queue, int64_t source_id, struct span path);

/* The next entry that waits and may go now; it is active from then on. NULL: none. */
struct entry *queue_take(struct queue *queue, int64_t now_ms);
/* Back to the end of those that wait, not before that time. */
void queue_defer(struct queue *queue, struct entry *entry, int64_t not_before_ms);
/* All that were put back may go now. */
void queue_wake(struct queue *queue);
/* Its event is done: it leaves, or waits again when another came meanwhile. */
void queue_done(struct queue *queue, struct entry *entry);

uint64_t queue_sequence(const struct queue *queue); /* of the newest event */
bool queue_is_done(const struct queue *queue, uint64_t sequence);
bool queue_is_ready(const struct queue *queue, int64_t now_ms); /* queue_take() has one */
size_t queue_waiting(const struct queue *queue);
size_t queue_active(const struct queue *queue);
/* When the first deferred entry may go; -1: none is deferred. */
int64_t queue_next_ms(const struct queue *queue);

#endif
