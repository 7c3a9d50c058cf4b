/*
 * tree.h - one inotify instance, one watch per folder, and the way from a watch to a path.
 *
 * Folders are nodes under their parents, so the rename of one is one pointer, however much lies
 * below. All watches have one mask: two paths to one inode share a watch, and the later mask would
 * win.
 *
 * Invariants:
 *   1. A node has a watch or wd is -1 (no watch was left, or it is only a parent of watched ones).
 *   2. A watch belongs to at most one node; events of any other are told as a loss or dropped.
 *   3. A folder that was renamed away hangs beside the sources, under its cookie, so that its path
 * is free for the next one: names are given again faster than events are read.
 */
#ifndef WATCH_TREE_H
#define WATCH_TREE_H

#include <sys/inotify.h>

#include "base/os.h"

struct tree;

struct tree_event {
    uint32_t mask;     /* IN_* of inotify(7) */
    uint32_t cookie;   /* joins the two halves of a rename */
    int64_t source_id; /* 0: a queue that overflowed, or the plain folder */
    struct span path;  /* below the source; of the plain folder: the name */
    bool is_self;      /* about the watched folder itself, not a name in it */
    bool is_plain;     /* from tree_watch_plain()'s folder */
};
typedef void tree_event_fn(void *user, const struct tree_event *event);

enum tree_entered {
    TREE_NEW,       /* watched now, and was not */
    TREE_KNOWN,     /* was watched already */
    TREE_ELSEWHERE, /* the same folder is watched under another path, which still leads to it */
    TREE_LIMIT,     /* the user's watches are used up */
    TREE_FAILED,
};

NODISCARD enum status tree_new(struct tree **out, struct error *err);
void tree_free(struct tree *tree);    /* NULL is fine */
int tree_fd(const struct tree *tree); /* readable: call tree_read() */

/* Watches the folder opened as fd. root_path: of the source, absolute. */
NODISCARD enum status tree_enter(struct tree *tree, int64_t source_id, const char *root_path,
                                 struct span folder, int fd, const struct file_stamp *stamp,
                                 enum tree_entered *out, struct error *err);
/* True where exactly that folder is watched at that path. */
bool tree_has(const struct tree *tree, int64_t source_id, struct span folder,
              const struct file_stamp *stamp);
/* True where some folder is watched at that path. */
bool tree_has_path(const struct tree *tree, int64_t source_id, struct span folder);
/* A folder left its path, under a rename's cookie: until tree_attach() or tree_drop_detached()
 * nothing is told of it and what lies below, and another folder may take its path. */
NODISCARD enum status tree_detach(struct tree *tree, int64_t source_id, struct span folder,
                                  uint32_t cookie, struct error *err);
/* It lies at folder now, with all below it. It may be there already, when a scan was faster. */
NODISCARD enum status tree_attach(struct tree *tree, uint32_t cookie, int64_t source_id,
                                  struct span folder, struct error *err);
void tree_drop_detached(struct tree *tree, uint32_t cookie);
/* Ends the watches of folder and of all below it. */
void tree_drop(struct tree *tree, int64_t source_id, struct span folder);
/* Watches one more folder, outside of all sources, for files made in it. */
NODISCARD enum status tree_watch_plain(struct tree *tree, const char *path, struct error *err);

/* Reads what is there, at most about 1 MiB, and tells it in the kernel's order. An event of a watch
 * that never was ours is told as IN_Q_OVERFLOW: something was missed. */
NODISCARD enum status tree_read(struct tree *tree, tree_event_fn *fn, void *user,
                                struct error *err);

uint64_t tree_watch_count(const struct tree *tree, int64_t source_id);

#endif
