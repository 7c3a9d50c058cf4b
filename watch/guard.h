/*
 * guard.h - the four guards that stand before a deletion. Pure decisions; the facts come from
 * outside.
 *
 *   1. The source's folder is the one it was (device and inode), or shows the documents we know.
 *   2. The look that missed the file was complete there: no unreadable folder above it, no other
 * file system in its place (scan_is_blocked(), look_is_gone()).
 *   3. Not more than a share of the source goes at once; what goes within a minute counts together,
 *      so that a slow `rm -rf` is no way around.
 *   4. The source is not empty afterwards. One document that is deleted before our eyes may be the
 *      last one; a scan that finds nothing at all, or a burst that leaves nothing, is held.
 */
#ifndef WATCH_GUARD_H
#define WATCH_GUARD_H

#include <stdbool.h>
#include <stdint.h>

struct guard_limits {
    uint64_t share_documents;
    unsigned share_percent;
};

/* What would go, of one source. */
struct guard_batch {
    uint64_t known;  /* documents before, these included */
    uint64_t gone;   /* now */
    uint64_t recent; /* already removed within the window */
    bool is_emptied; /* no file is left on disk */
    bool has_events; /* each deletion was seen to happen; false: found missing */
};

enum guard_verdict { GUARD_REMOVE, GUARD_HOLD };

enum guard_verdict guard_judge(const struct guard_limits *limits, const struct guard_batch *batch);

/* How many were removed lately: a window that begins with the first and lasts a minute. */
#define GUARD_WINDOW_MS 60000
struct guard_window {
    int64_t begun_ms;
    uint64_t removed;
};
uint64_t guard_window_count(const struct guard_window *window, int64_t now_ms);
void guard_window_add(struct guard_window *window, int64_t now_ms, uint64_t removed);

/* A folder with another identity than before is accepted when it shows what was known: device
 * numbers change over a reboot, folders are restored from backups; an empty mount point shows
 * nothing. */
bool guard_accepts_root(uint64_t known, uint64_t recognised);

#endif
