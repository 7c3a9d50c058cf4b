/*
 * scan.h - a complete listing of a folder and all below it, and where it is not complete.
 *
 * It is made in slices, and finds by path. Ignored names are not in it. A folder that can't be
 * listed is in it as blocked: nothing may be concluded about what lies below. No symbolic link is
 * followed.
 */
#ifndef WATCH_SCAN_H
#define WATCH_SCAN_H

#include "base/arena.h"
#include "watch/ignore.h"
#include "watch/look.h"
#include "watch/table.h"

enum scan_kind {
    SCAN_FILE,
    SCAN_FOLDER,  /* listed */
    SCAN_REFUSED, /* not read, and a line in status: a FIFO, a link out of the source */
    SCAN_BLOCKED, /* a folder that could not be listed, or a name that could not be looked at */
};

struct scan_entry {
    struct scan_entry *next; /* in the order of finding: a folder before what is in it */
    struct file_stamp stamp; /* zero for SCAN_BLOCKED */
    struct refusal refusal;  /* of SCAN_REFUSED and SCAN_BLOCKED */
    enum scan_kind kind;
    bool is_seen; /* for reconcile.h */
    size_t path_len;
    char path[]; /* relative to the source, NUL-terminated */
};

/* Before a folder is listed, with it opened, so that a watch can come first. False: it is listed
 * under another path already, leave it out. */
typedef bool scan_enter_fn(void *user, struct span folder, int fd, const struct file_stamp *stamp);

struct scan_options {
    struct ignore *ignore; /* .varveignore files are read into it on the way */
    bool crosses_mounts;
    scan_enter_fn *enter; /* may be NULL */
    void *user;
};

struct scan {
    const struct look_root *root; /* borrowed */
    struct scan_options options;
    struct arena memory;
    struct table by_path;
    struct scan_entry *first, *last;
    uint64_t file_count, folder_count;
    bool is_start_gone; /* the folder to begin with is not there */
    bool is_complete;   /* nothing was blocked */
    bool has_new_rules; /* a .varveignore differs from what was known */
    /* under way */
    struct scan_entry *folder; /* next one to list, among the entries */
    void *stream;              /* DIR of the folder being listed */
    struct buf path;           /* of the entry at hand */
};

/* Begins at folder ("" for all). root, ignore and options' targets outlive it. */
NODISCARD enum status scan_begin(struct scan *scan, const struct look_root *root,
                                 struct span folder, const struct scan_options *options,
                                 struct error *err);
/* Goes on for about that long. */
NODISCARD enum status scan_step(struct scan *scan, int64_t budget_ms, bool *is_done,
                                struct error *err);
void scan_release(struct scan *scan);

/* NULL: not in it. */
struct scan_entry *scan_lookup(const struct scan *scan, struct span path);
/* True where the path lies in a folder that could not be listed. */
bool scan_is_blocked(const struct scan *scan, struct span path);

#endif
