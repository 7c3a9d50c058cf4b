/*
 * watch.h - folders on one side, "look at this path" on the other.
 *
 *   inotify ──▶ tree ──▶ settle ──▶ changed, moved          an event is a hint: the disk decides
 *   scan ─────▶ reconcile ──▶ guard ──▶ removed or held     nothing depends on having seen an event
 *
 * A scan at start, every hour, and after anything that cost events (a full queue, no watches left,
 * a mount) compares the folders with the store. Where events can't be relied upon, a subtree's
 * trust is lowered: it is scanned every minute, and trust() says why.
 *
 * Deletions, and only they, pass guards (watch/guard.h); what they stop is held until it is
 * approved or the file is back. A subtree that can't be read keeps its documents.
 *
 * Everything runs on the loop's thread, in slices of some 20 ms; the handler's functions are called
 * from there, and may call back into the watch. Paths are bytes, relative to their source, lent for
 * the call. Nothing is ever written into a source.
 */
#ifndef WATCH_WATCH_H
#define WATCH_WATCH_H

#include "base/log.h"
#include "base/loop.h"
#include "ingest/store.h"

struct watch;

struct watch_handler {
    void *user;
    /* May be new or changed: look at it. It may also be gone again; removed() tells that. */
    void (*changed)(void *user, int64_t source_id, struct span path);
    /* A file; of a folder, one call for each of its files. May also have changed: look at it. from
     * may be unknown to the store, when its first look is still under way. */
    void (*moved)(void *user, int64_t source_id, struct span from, struct span to);
    /* Gone, and past all guards. May be unknown to the store, as above. */
    void (*removed)(void *user, int64_t source_id, struct span path);
    /* Gone, and waits for approval. */
    void (*held)(void *user, int64_t source_id, struct span path);
    /* Can't be read, and won't be: a FIFO, a socket, a device, a link that leads nowhere, a folder
     * without permission. One line in status. */
    void (*refused)(void *user, int64_t source_id, struct span path, enum outcome outcome,
                    const char *reason);
    /* Events below folder ("": the whole source) can't be relied upon, and why; why is NULL when
     * they can again. Lowered again with another reason when that changes. May be NULL. */
    void (*trust)(void *user, int64_t source_id, struct span folder, const char *why);
    /* False: the file is as the record says, and must be looked at all the same (its extractor or
     * its settings are newer). Asked for each unchanged document of a scan. May be NULL. */
    bool (*is_current)(void *user, const struct document_record *record);
};

/* Zero or NULL anywhere means the default. */
struct watch_options {
    bool is_scan_only;          /* no events at all: `varve sync` without a daemon */
    const char *state_folder;   /* absolute, ours, outside all sources: barriers make files in it */
    const char *const *ignore;  /* further patterns, as in .varveignore; NULL-terminated */
    bool crosses_mounts;        /* go down into other file systems mounted below a source */
    uint64_t share_documents;   /* 100: more than this many ... */
    unsigned share_percent;     /* 50: ... and more than this part gone at once are held */
    int64_t settle_ms;          /* 250, after a close or a rename */
    int64_t open_settle_ms;     /* 2000 of silence, when the writer does not close ... */
    int64_t open_settle_max_ms; /* 30000 ... at the latest */
    int64_t gone_ms;            /* 500, after a deletion, or for the other half of a rename */
    int64_t poll_ms;            /* 60000, where trust is lowered */
    int64_t rescan_ms;          /* 3600000 */
    const struct log *log;      /* may be NULL */
};

/* All of options is copied but state_folder's and log's targets; store and handler are borrowed. */
NODISCARD enum status watch_new(struct loop *loop, struct store *store,
                                const struct watch_options *options,
                                const struct watch_handler *handler, struct watch **out,
                                struct error *err);
void watch_free(struct watch *watch); /* NULL is fine */

/* Starts with a source, at the absolute path given; its first scan begins with the next loop step.
 * The identity of its folder is read from and written to the store (outside of transactions).
 * STATUS_UNREADABLE: there is no such folder and there never was one. A known source whose folder
 * is missing is added, is offline, and comes back by itself. STATUS_UNSUPPORTED: state_folder lies
 * inside it, it inside another source, or it is no folder. */
NODISCARD enum status watch_add_source(struct watch *watch, int64_t source_id, struct span path,
                                       struct error *err);

/* Compares with the store now. source_id 0: all sources. */
void watch_scan(struct watch *watch, int64_t source_id);
/* Lets held removals of a source go through (0: of all), after one more look at the disk. */
void watch_approve(struct watch *watch, int64_t source_id);
/* No scan under way or wanted, nothing settling, no barrier. Polling and the hourly scan don't
 * count. */
bool watch_is_settled(const struct watch *watch);

/* Calls fn once everything that was saved before this call has been told to the handler, settled or
 * not: a file made in state_folder comes out of the same queue of events after them. Sources
 * without events are scanned first. It is called from the loop, and exactly once, by watch_free()
 * at the latest, then with is_complete false. */
typedef void watch_barrier_fn(void *user, bool is_complete);
NODISCARD enum status watch_barrier(struct watch *watch, watch_barrier_fn *fn, void *user,
                                    struct error *err);

struct watch_source_state {
    bool is_offline; /* its folder is missing, or not the one it was */
    bool is_scanning;
    char trouble[240];  /* why its trust is lowered or it is offline; "" when all is well */
    uint64_t files;     /* seen by the newest complete scan */
    uint64_t folders;   /* watched now */
    uint64_t unwatched; /* folders polled for want of a watch */
    uint64_t held;      /* by the newest scan or burst */
    uint64_t overflows; /* of the queue, since the start (of all sources) */
    int64_t scanned_ms; /* wall time of the newest complete scan; 0: none yet */
    int64_t scan_took_ms;
};
/* False: no such source. */
bool watch_read_source(const struct watch *watch, int64_t source_id,
                       struct watch_source_state *out);

/* STATUS_OK, or what ended the watching (no memory, a store that can't be read): stop then. */
NODISCARD enum status watch_status(const struct watch *watch, struct error *err);

#endif
