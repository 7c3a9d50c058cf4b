/*
 * retain.h - what the past costs, letting go of it, and removing without a trace.
 *
 * All but retain_measure() need INDEX_WRITE and no open transaction. They work in steps of bounded
 * size, each its own commit, so that searches and the daemon's commits go on between them.
 */
#ifndef INDEX_RETAIN_H
#define INDEX_RETAIN_H

#include "index/search.h"
#include "ingest/store.h"

#define RETAIN_CONSUMERS_MAX 32u

/* A revision that is past goes when one of these says so; 0: does not say. */
struct retain_policy {
    int64_t older_than_ms;      /* wall time: superseded or removed before */
    uint32_t revisions_max;     /* of one document, the live one included */
    uint64_t text_bytes_max;    /* of all past revisions together; those that went first go first */
    bool everything;            /* all that is past */
    int64_t feed_older_than_ms; /* wall time: of the feed, changes committed before */
    /* Consumers of the feed whose unread changes stay, borrowed; up to the first NULL. Of another
     * one they go, and it is told when it comes back (feed_read()). */
    const char *feed_consumers[RETAIN_CONSUMERS_MAX + 1];
};

struct retain_report {
    uint64_t revisions, segments, texts, vectors, documents, changes; /* removed */
    int64_t oldest_generation; /* that can still be asked for */
    uint64_t freed_bytes;      /* given back to the file system */
    /* Blocks of texts that can't be read: what was to be removed of them is there still. */
    uint64_t damaged;
};

/* Collecting, to be gone on with: zero but for the policy. */
struct retain_work {
    struct retain_policy policy;
    struct retain_report report; /* so far */
    enum { RETAIN_REVISIONS, RETAIN_FEED, RETAIN_SCAN, RETAIN_PAGES, RETAIN_DONE } phase;
};
/* One step, a commit of bounded size; until phase is RETAIN_DONE. */
NODISCARD enum status retain_step(struct index *index, struct retain_work *work, struct error *err);
/* All steps. */
NODISCARD enum status retain_collect(struct index *index, const struct retain_policy *policy,
                                     struct retain_report *out, struct error *err);

struct retain_size {
    struct span name;                  /* a source's path or a media type; lent for the call */
    uint64_t live_text, retained_text; /* bytes, uncompressed: of live and of past revisions */
    uint64_t live_documents, past_revisions;
};
typedef enum status retain_size_fn(void *user, const struct retain_size *size, struct error *err);

enum retain_grouping { RETAIN_BY_SOURCE, RETAIN_BY_TYPE };
NODISCARD enum status retain_each_size(struct snapshot *snapshot, enum retain_grouping grouping,
                                       retain_size_fn *fn, void *user, struct error *err);

struct retain_total {
    uint64_t database_bytes, free_bytes, scan_bytes;
    uint64_t texts_bytes, vectors_bytes, fulltext_bytes, layouts_bytes; /* as stored */
    uint64_t reclaimable_texts, reclaimable_vectors; /* bytes, of what only the past has */
};
NODISCARD enum status retain_measure(struct snapshot *snapshot, struct retain_total *total,
                                     struct error *err);

/* Removes a document and its members with their whole past: rows, texts and vectors that nobody
 * else has, its rows in the full text; freed pages are overwritten (secure_delete), the write-ahead
 * log and the free pages are given back, the scan file is written anew. Consumers are told
 * (FEED_ERASE). The path stays in the feed's rows of the past unless forget_path says otherwise.
 * Where rows are damaged, the other documents are removed all the same, and the report says it. */
typedef enum status retain_key_fn(void *user, const struct document_key *key, struct error *err);
/* Documents, those that are gone included, whose path ("a.zip!/in/it" for a member) matches a glob
 * as search_filter has it. Lent for the call. */
NODISCARD enum status retain_each_match(struct snapshot *snapshot, const char *glob,
                                        retain_key_fn *fn, void *user, struct error *err);

struct erase_report {
    uint64_t documents, revisions, segments, texts, texts_kept, vectors, fulltext_rows, changes;
    bool is_log_empty; /* false: a reader held the write-ahead log open; run it again */
    /* Blocks of texts that could not be read: they went whole, with texts of other documents. */
    uint64_t damaged;
    /* Of the keys, those whose rows are damaged: nothing of them was removed, and why. */
    uint64_t left;
    char left_why[240];
};
NODISCARD enum status retain_erase(struct index *index, const struct document_key *keys,
                                   size_t count, bool forget_path, struct erase_report *out,
                                   struct error *err);

struct backup_report {
    bool is_unchanged; /* nothing was written since the last one */
    uint64_t pages, changed_pages;
};

/* A consistent copy of the database in folder (made when missing), while the writer goes on; the
 * scan file is left out: it is built again. Over a copy that is there, only pages that differ are
 * written, once the new one is verified by SQLite's own check, and all of them or none
 * (overlay.h); one of which nothing was written since is verified and left: folder/backup.stamp
 * says what it is of. STATUS_BUSY: another process writes to the copy. */
NODISCARD enum status index_backup(struct index *index, const char *folder,
                                   struct backup_report *out, struct error *err);

/* Puts a backup in place, verified. is_forced: what is in folder moves to a folder beside, whose
 * path aside gets (empty: there was nothing). The restored one has another uuid and no consumers:
 * sequences and ids that were given out since the backup are given out again, so whoever follows
 * the feed starts again from a listing. STATUS_UNSUPPORTED: there is a knowledge base in folder,
 * and it is not forced. STATUS_BUSY: it is being written to. */
NODISCARD enum status index_restore(const char *backup, const char *folder, bool is_forced,
                                    struct buf *aside, struct error *err);

#endif
