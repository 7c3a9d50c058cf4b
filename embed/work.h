/*
 * work.h - what an embedder was asked for and has not answered yet.
 *
 *   submission   what one submit asked for; told once, when each of its texts is settled
 *   pending      one text of it: queued, or in a group, or settled
 *   group        texts that go to the plugin in one request, or that did, and are suspects now
 *
 * Pure bookkeeping: no plugin, no clock, no callbacks but work_deliver().
 */
#ifndef EMBED_WORK_H
#define EMBED_WORK_H

#include "ingest/embedder.h"

struct submission;

struct pending {
    struct embed_item *item;
    struct submission *submission;
    struct pending *next;
    unsigned refusals;       /* the plugin said "later" */
    unsigned failures_alone; /* it was the only text the plugin had, and the plugin failed */
    bool is_settled;
};

struct group {
    struct group *next;
    enum embed_kind kind;
    struct pending *first;
    size_t count;
    int64_t id;    /* of the request; 0: not sent */
    bool is_alone; /* no other request was in flight: a failure is about this one */
    bool is_fresh; /* the plugin had nothing else to do since its start */
};

struct pending_queue {
    struct pending *first, *last;
    size_t count;
};

struct group_queue {
    struct group *first, *last;
};

struct work {
    struct submission *open, *settled; /* doubly linked; settled in order of settling */
    struct submission *settled_last;
    struct pending_queue queued[2]; /* by enum embed_kind */
    struct group_queue suspects;
    struct group_queue flying; /* oldest request first */
};

NODISCARD enum status work_add(struct work *work, enum embed_kind kind, struct embed_item *items,
                               size_t count, embed_done_fn *done, void *user, struct error *err);

bool work_has_queued(const struct work *work);

/* The next texts of a kind, at least one, NULL when there are none or memory is out. */
NODISCARD struct group *work_take(struct work *work, enum embed_kind kind, size_t count_max,
                                  size_t bytes_max);
/* Puts its texts back in front of the queue, and frees it. */
void work_give_back(struct work *work, struct group *group);
/* Frees a group whose texts are all settled or elsewhere. */
void group_free(struct group *group);

void group_queue_append(struct group_queue *queue, struct group *group);
void group_queue_prepend(struct group_queue *queue, struct group *group);
struct group *group_queue_shift(struct group_queue *queue); /* NULL: empty */
/* Takes out the group with that id; NULL: there is none. */
struct group *group_queue_remove(struct group_queue *queue, int64_t id);

/* Makes a group of one text that is in no other; NULL: out of memory. */
NODISCARD struct group *group_of_one(struct pending *pending, enum embed_kind kind);
/* Moves the second half of its texts to a new group; NULL: out of memory, nothing is changed. */
NODISCARD struct group *group_split(struct group *group);

/* error may be NULL for STATUS_OK. */
void work_settle(struct work *work, struct pending *pending, enum status status,
                 const struct error *error);
/* Puts one text back in front of the queue. */
void work_requeue(struct work *work, struct pending *pending, enum embed_kind kind);
/* Everything that is open gets that status; with_answered: what was answered already as well. */
void work_settle_all(struct work *work, bool with_answered, const struct error *error);

bool work_has_settled(const struct work *work);
bool work_is_empty(const struct work *work); /* nothing queued, in flight or under suspicion */
/* Calls done for what is settled; done may add more work. */
void work_deliver(struct work *work);

#endif
