/*
 * look.h - what lies at a path, now.
 *
 * Events and scans only say where to look; every decision is made on the answer given here. No
 * symbolic link below the source's folder is followed.
 */
#ifndef WATCH_LOOK_H
#define WATCH_LOOK_H

#include "base/os.h"
#include "ingest/outcome.h"

enum look {
    LOOK_FILE, /* a regular file */
    LOOK_FOLDER,
    LOOK_REFUSED, /* something else that is not read: see the refusal */
    LOOK_SKIPPED, /* a link to what the source holds anyway */
    LOOK_GONE,
    LOOK_UNKNOWN, /* could not be looked at: see the refusal */
};

/* Why something is not read; reason is static. */
struct refusal {
    enum outcome outcome;
    const char *reason;
};

/* The folder a source begins at: what the guards compare. */
struct look_root {
    int fd;
    uint64_t device, inode, mount_id; /* mount_id 0: the kernel does not tell */
    const char *path;                 /* absolute and resolved; borrowed */
};

/* STATUS_UNREADABLE: it is not there, or is no folder; errno is kept. The caller closes out->fd. */
NODISCARD enum status look_open_root(const char *path, struct look_root *out, struct error *err);

/* stamp is filled for all but LOOK_GONE and LOOK_UNKNOWN. path is NUL-terminated. */
enum look look_at(const struct look_root *root, const char *path, struct file_stamp *stamp,
                  struct refusal *refusal);

/* The same for a name in an opened folder, whose path below the root is given for links. */
enum look look_in(const struct look_root *root, int folder_fd, struct span folder, const char *name,
                  struct file_stamp *stamp, struct refusal *refusal);

/* Why a folder is not entered: it can't be listed, or another file system begins there; the reason
 * is NULL when it is no longer there. On false, *out_fd is the folder, opened for listing; the
 * caller closes it. */
bool look_is_blocked(const struct look_root *root, const char *folder, bool crosses_mounts,
                     int *out_fd, struct file_stamp *stamp, struct refusal *refusal);

/* True where no file is at path and this can be trusted: the folders above it are there and can be
 * read up to where it ends, and lie on the file system they should. device: where the file was. */
bool look_is_gone(const struct look_root *root, const char *path, bool crosses_mounts,
                  uint64_t device);

/* True where the file system does not tell of others' changes: network and FUSE. *name: its kind.
 */
bool look_is_remote(int fd, const char **name);

#endif
