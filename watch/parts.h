/*
 * parts.h - the watch's inside, shared by its files: events.c, jobs.c, tell.c, sources.c,
 * barrier.c.
 *
 *   events.c   an inotify event ──▶ settle, or a job for a folder
 *   jobs.c     a folder ──▶ scan in slices ──▶ reconcile ──▶ tell
 *   tell.c     a path that settled, or is gone ──▶ look ──▶ guards ──▶ the handler
 *   sources.c  is the source's folder there, is it the same, can its events be trusted?
 *   barrier.c  everything before now, told
 */
#ifndef WATCH_PARTS_H
#define WATCH_PARTS_H

#include "watch/guard.h"
#include "watch/reconcile.h"
#include "watch/settle.h"
#include "watch/tree.h"
#include "watch/watch.h"

#define SLICE_MS        20
#define OFFLINE_WAIT_MS 2000
#define WHY_BYTES       240

/* A folder, and all below it, to be compared with the store. First come, first served. */
struct job {
    struct job *next;
    uint64_t sequence; /* grows */
    int64_t source_id;
    struct span folder;     /* owned; "": the whole source */
    struct span moved_from; /* owned; {NULL, 0}: it was not renamed */
    bool is_approved;
};

/* A job under way. */
struct run {
    struct job *job;
    struct look_root root;
    struct scan scan;
    bool is_root_same;
    bool is_new;        /* the folder to begin with was not watched before */
    bool has_unwatched; /* its topmost unwatched folders are in unwatched */
    int64_t begun_ms;
    struct buf unwatched; /* paths, each with its NUL */
    struct span last_unwatched;
};

struct source {
    struct source *next;
    int64_t source_id;
    char *path;             /* owned; absolute, resolved when it was added */
    uint64_t device, inode; /* of its folder; 0: never seen */
    struct ignore *ignore;
    struct look_root root; /* opened for one callback: see source_root(); fd -1: closed */
    struct guard_window window;
    bool is_offline, is_remote, has_lost_events;
    uint64_t mounts; /* hash of the mounts that matter to it */
    uint64_t files, held;
    struct buf unwatched; /* paths of polled folders, each with its NUL */
    uint64_t unwatched_count;
    char why[WHY_BYTES];                /* of the whole source, as told; "": trusted */
    int64_t next_scan_ms, next_poll_ms; /* monotonic; -1: not planned */
    int64_t scanned_ms, scan_took_ms;
};

/* The first half of a rename that waits for the other. */
struct half {
    struct half *next;
    uint32_t cookie;
    int64_t source_id;
    struct span path; /* owned */
    bool is_folder, is_ignored;
    int64_t due_ms;
};

struct barrier {
    struct barrier *next;
    watch_barrier_fn *fn;
    void *user;
    char name[40];     /* of its file; "": it has none */
    bool is_seen;      /* its event came */
    uint64_t sequence; /* of the newest job when it did */
};

struct watch {
    struct loop *loop;
    struct store *store;
    struct watch_options options; /* with the defaults filled in */
    struct watch_handler handler;
    struct source *sources;
    struct tree *tree; /* NULL: scan only */
    struct loop_watch *tree_watch, *mount_watch;
    int mount_fd;
    struct settle settle;
    struct half *halves;
    struct job *jobs, *last_job; /* waiting */
    struct run *run;             /* NULL: none */
    uint64_t job_sequence, done_sequence;
    unsigned moved_jobs; /* waiting or under way: their renames come before later changes */
    struct barrier *barriers;
    char *cookie_folder; /* owned; NULL: none */
    uint64_t cookie_count;
    struct loop_timer *settle_timer, *job_timer, *clock_timer;
    uint64_t overflows;
    struct error failure; /* status OK: none */
};

/* watch.c */
void watch_fail(struct watch *watch, const struct error *err);
struct source *watch_source(const struct watch *watch, int64_t source_id); /* NULL: none */
struct span path_copy(struct span path); /* owned; data NULL: out of memory */
void path_free(struct span *owned);

/* sources.c */
enum root_state { ROOT_SAME, ROOT_OTHER, ROOT_MISSING };
enum root_state source_open(const struct source *source, struct look_root *out);
/* Its folder, opened for this callback; NULL: it is missing or another. */
const struct look_root *source_root(struct watch *watch, struct source *source);
void source_close_roots(struct watch *watch);
void source_lost(struct watch *watch, struct source *source, const char *why); /* goes offline */
/* Writes the folder's identity down. */
NODISCARD enum status source_accept(struct watch *watch, struct source *source,
                                    const struct look_root *root, struct error *err);
void source_tell_trust(struct watch *watch, struct source *source);
void source_set_unwatched(struct watch *watch, struct source *source, const struct run *run);
NODISCARD enum status sources_watch_mounts(struct watch *watch, struct error *err);
void sources_set_clock(struct watch *watch);
void sources_clock(void *user); /* timer */
uint64_t source_mounts(const struct source *source);

/* events.c */
void events_ready(void *user, unsigned ready); /* loop */
void events_expire_halves(struct watch *watch, int64_t now_ms);
int64_t events_next_half_ms(const struct watch *watch); /* -1: none */

/* jobs.c */
void jobs_add(struct watch *watch, const struct source *source, struct span folder,
              struct span moved_from, bool is_approved);
void jobs_step(void *user); /* timer */
void jobs_drop(struct watch *watch);

/* tell.c */
void tell_settled(struct watch *watch, int64_t now_ms); /* INT64_MAX: settled or not */
void tell_settle_timer(void *user);                     /* timer */
void tell_set_timer(struct watch *watch);
void tell_scan(struct watch *watch, struct source *source, struct run *run,
               struct reconcile *found);
/* All documents that the store has below a folder that is gone. */
void tell_folder_gone(struct watch *watch, const struct source *source, struct span folder);

/* barrier.c */
void barrier_seen(struct watch *watch, struct span name);
void barrier_lost(struct watch *watch); /* their events may never come: the scans just added do */
void barrier_end_ready(struct watch *watch);
void barrier_drop_all(struct watch *watch);
NODISCARD enum status barrier_prepare(struct watch *watch, struct error *err);

#endif
