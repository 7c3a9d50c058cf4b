/*
 * fresh_hits.h - the hits of a search whose files are looked at before they are given.
 */
#ifndef CLI_FRESH_HITS_H
#define CLI_FRESH_HITS_H

#include "base/json.h"
#include "cli/access.h"
#include "cli/hit_check.h"

#define LEFT_OUT_MAX 64u

struct left_out {
    char *path; /* absolute, with !/member */
    char *file; /* absolute: what is looked at again */
    char why[200];
};

struct fresh_hits {
    /* Taken from the search ahead of time, with the places that were left then: each is looked at
     * again when given. */
    struct hit *queue;
    struct hit_place **queue_places; /* owned; in the order in which they were taken */
    size_t queue_count, queue_next;
    struct search *search;       /* borrowed */
    struct hit_checker *checker; /* NULL: the past is asked for, whose files are not there */
    bool is_strict;              /* stale places are left out, else told */
    /* For whom: places whose files they may not read now are dropped without a word. NULL: all. */
    const struct principal *principal;
    struct hit_place *places; /* of the hit given last */
    char stale[200];          /* what was said of it */
    struct left_out left_out[LEFT_OUT_MAX];
    size_t left_out_count;
    uint64_t more_left_out; /* behind LEFT_OUT_MAX; a place that was found twice counts twice */
};

NODISCARD enum status fresh_hits_open(struct search *search, bool is_strict, bool is_past,
                                      const struct principal *principal, struct fresh_hits *out,
                                      struct error *err);
/* Takes the next count hits from the search into the queue, those that may be given now; whoever
 * calls it may put them in another order. Once, before fresh_hits_next(). */
NODISCARD enum status fresh_hits_gather(struct fresh_hits *hits, size_t count, struct error *err);
/* The next best hit, lent until the next call. *stale: why the file of its first place is not what
 * was indexed; NULL: it is. */
NODISCARD enum status fresh_hits_next(struct fresh_hits *hits, struct hit *out, const char **stale,
                                      bool *has_hit, struct error *err);
/* Tells the daemon, if there is one, what should be looked at again. */
void fresh_hits_report(const struct fresh_hits *hits, const char *kb);
/* As an array "left_out" of path and why, and "more_left_out" when there are more of them. */
void fresh_hits_put_left_out(const struct fresh_hits *hits, struct json_writer *json);
/* As lines on stderr. */
void fresh_hits_print_left_out(const struct fresh_hits *hits);
void fresh_hits_release(struct fresh_hits *hits);

#endif
