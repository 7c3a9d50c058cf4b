/*
 * os.h - files and time, with our errors.
 *
 * All durable changes outside SQLite pass through here. Nothing here retries an fsync: after a
 * failed one the kernel has dropped the pages, so the caller must treat the store as lost until
 * recovery.
 */
#ifndef BASE_OS_H
#define BASE_OS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/status.h"

#define OS_PATH_MAX 4096

/* What says that a file is still the one we saw. ctime is in it because a writer can put mtime
 * back, btime because ext4 gives the same inode number to the next file. */
struct file_stamp {
    uint64_t device, inode, size;
    int64_t mtime_ns, ctime_ns, btime_ns; /* btime_ns 0: the file system has none */
    uint32_t mode, uid, gid;
};

/* Follows no symbolic link. STATUS_UNREADABLE when there is nothing, with errno kept. */
NODISCARD enum status os_stamp_at(int folder_fd, const char *path, struct file_stamp *out,
                                  struct error *err);
NODISCARD enum status os_stamp_fd(int fd, struct file_stamp *out, struct error *err);
/* Replaces acl's content with the extended POSIX access control list of a file, as the kernel gives
 * it (linux/posix_acl_xattr.h); empty: it has none, or its file system knows none. */
NODISCARD enum status os_read_acl(int fd, struct buf *acl, struct error *err);
/* The same by path, of a file or folder. */
NODISCARD enum status os_read_acl_at(const char *path, struct buf *acl, struct error *err);

/* The same bytes, as far as a stamp can tell (mode and owner are not content; they do move ctime,
 * so after a chmod this is false and the content hash decides). */
bool os_stamp_equal(const struct file_stamp *a, const struct file_stamp *b);

/* Opens path below folder_fd for reading: no symbolic link is followed in any part of it, nothing
 * outside folder_fd is reached (openat2, RESOLVE_BENEATH), a FIFO does not block. */
NODISCARD enum status os_open_beneath(int folder_fd, const char *path, int *out_fd,
                                      struct error *err);

/* Reads to the end. STATUS_LIMIT when there is more than buf's limit. */
NODISCARD enum status os_read_fd(int fd, struct buf *out, const char *name, struct error *err);
NODISCARD enum status os_read_file(const char *path, struct buf *out, struct error *err);
NODISCARD enum status os_write_all(int fd, struct span bytes, const char *name, struct error *err);
/* The same of one behind the other, so that who reads is woken once. */
NODISCARD enum status os_write_two(int fd, struct span first, struct span second, const char *name,
                                   struct error *err);

/* Brings a folder's entries to the disk: files that were made, renamed or removed in it. */
NODISCARD enum status os_sync_folder(const char *path, struct error *err);
/* Replaces path as a whole: temporary, fsync, rename, fsync of the folder. */
NODISCARD enum status os_replace_file(const char *path, struct span bytes, mode_t mode,
                                      struct error *err);
/* Removes a folder with all in it, as far as that can be done; follows no link. */
void os_remove_tree(const char *path);
/* Creates path and its parents; existing ones are fine. */
NODISCARD enum status os_make_folders(const char *path, mode_t mode, struct error *err);

/* A memfd with bytes in it that nobody can change any more (all seals set). */
NODISCARD enum status os_seal_memfd(int fd, struct error *err);

/* Maps a whole file read-only; out->data is unmapped by os_unmap(). An empty file gives {NULL, 0}.
 */
NODISCARD enum status os_map_fd(int fd, const char *name, struct span *out, struct error *err);
void os_unmap(struct span *mapped);

/* Joins with one slash; the result is in out. STATUS_LIMIT when longer than OS_PATH_MAX. */
NODISCARD enum status os_path_join(struct buf *out, struct span folder, struct span name,
                                   struct error *err);

int64_t os_monotonic_ms(void); /* for time-outs */
int64_t os_wall_ms(void);      /* since 1970; for display only */
/* CPU time of one other process, without its children; -1: it is gone, or not to be seen. */
int64_t os_process_cpu_ms(int process_id);
/* "2026-03-01T12:00:00Z" */
void os_format_time(int64_t wall_ms, char out[32]);

/* Opens the folder of the running executable, for what is installed beside it. */
NODISCARD enum status os_executable_folder(struct buf *out, struct error *err);

#endif
