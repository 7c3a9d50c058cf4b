/*
 * feed.h - the change feed: every change of the index, in order, numbered without gaps.
 *
 * Rows are written in the transaction of the change they tell of. A consumer (a sink) keeps its
 * position here; delivery is at least once, and (document, segment) are keys that never change
 * meaning: ids are not used twice.
 */
#ifndef INDEX_FEED_H
#define INDEX_FEED_H

#include "index/search.h"
#include "ingest/store.h"

enum feed_operation {
    FEED_PUT = 1,      /* a revision is live: segments came, others went */
    FEED_MOVE = 2,     /* the same segments under another path */
    FEED_DELETE = 3,   /* all its segments went */
    FEED_METADATA = 4, /* mode, owner or title changed; no segment did */
    FEED_VECTORS = 5,  /* segments that had waited have vectors now: they are in added */
    FEED_ERASE = 6,    /* as delete, and no copy may be kept */
};
const char *feed_operation_name(enum feed_operation operation); /* "put" ...; static */

struct feed_change {
    int64_t sequence;   /* from 1, without gaps */
    int64_t generation; /* the commit it was part of */
    int64_t committed_ms;
    enum feed_operation operation;
    int64_t document_id;
    struct span source_path;
    struct document_key key;          /* after the change */
    struct span old_path, old_member; /* of a move */
    /* Zero where there is none to tell: vectors, what repair took out, and a put whose revision was
     * collected or erased since. Of a document that was put twice in one commit it is the last. */
    struct hash content_hash;
    const int64_t *added; /* segment ids */
    size_t added_count;
    const int64_t *removed;
    size_t removed_count;
};
typedef enum status feed_fn(void *user, const struct feed_change *change, struct error *err);

/* Changes from sequence from on, at most limit (0: all). *next: the sequence to go on with.
 * STATUS_UNSUPPORTED: from is older than what is kept: start again from feed_list(); or there is no
 * such change yet, by more than one. */
NODISCARD enum status feed_read(struct snapshot *snapshot, int64_t from, size_t limit, feed_fn *fn,
                                void *user, int64_t *next, struct error *err);
/* Every document that has a revision as a put of all its live segments, all with the sequence of
 * the newest change: where a consumer begins whose past is not kept, and what it compares with what
 * it holds. What comes behind that sequence comes behind the listing. */
NODISCARD enum status feed_list(struct snapshot *snapshot, feed_fn *fn, void *user,
                                struct error *err);
NODISCARD enum status feed_bounds(struct snapshot *snapshot, int64_t *oldest, int64_t *newest,
                                  struct error *err);

/* A segment as a sink needs it. Lent until the callback returns. */
struct feed_segment {
    int64_t segment_id, document_id;
    int64_t born, died; /* died 0: live */
    struct span text, heading_path;
    struct hash input_hash;
    int64_t model_id;
    const float *vector; /* of the current model; NULL: it waits, or failed */
    unsigned dimensions;
    uint32_t position, first_page, last_page, token_count;
    uint64_t start, end;
    bool is_file_range;
};
typedef enum status feed_segment_fn(void *user, const struct feed_segment *segment,
                                    struct error *err);
/* Those of ids that still exist; one that was collected since is left out (a later change says that
 * it went). */
NODISCARD enum status feed_each_segment(struct snapshot *snapshot, const int64_t *ids, size_t count,
                                        feed_segment_fn *fn, void *user, struct error *err);
/* Every live segment, in document order. */
NODISCARD enum status feed_each_live(struct snapshot *snapshot, feed_segment_fn *fn, void *user,
                                     struct error *err);

/* A consumer's position: the last sequence it has acknowledged; 0: none. */
NODISCARD enum status feed_read_position(struct snapshot *snapshot, const char *consumer,
                                         int64_t *sequence, struct error *err);
typedef enum status feed_consumer_fn(void *user, const char *name, int64_t sequence,
                                     struct error *err);
NODISCARD enum status feed_each_consumer(struct snapshot *snapshot, feed_consumer_fn *fn,
                                         void *user, struct error *err);
/* Writer only; a transaction of its own, or part of the open one. */
NODISCARD enum status feed_write_position(struct index *index, const char *consumer,
                                          int64_t sequence, struct error *err);

#endif
