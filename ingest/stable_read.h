/*
 * stable_read.h - a file's bytes as they were at one moment.
 *
 * The worker gets a sealed copy in memory, never the file: a descriptor opened for reading can be
 * opened again for writing through /proc, and the bytes must be exactly those that were hashed.
 */
#ifndef INGEST_STABLE_READ_H
#define INGEST_STABLE_READ_H

#include "base/hash.h"
#include "base/os.h"

/* Opens path below folder_fd, copies it into a memory file, hashes it, and looks at it again.
 * STATUS_CHANGED: it changed meanwhile, or so short ago that a change could not be told.
 * STATUS_UNSUPPORTED: not a regular file. STATUS_LIMIT: larger than bytes_max. STATUS_UNREADABLE;
 * errno ENOENT when there is no such file. stamp is filled in as far as the file could be looked
 * at; the caller closes *out_fd. acl (may be NULL) gets the access list: os_read_acl(). */
NODISCARD enum status stable_read(int folder_fd, const char *path, uint64_t bytes_max,
                                  struct file_stamp *stamp, struct buf *acl, struct hash *hash,
                                  int *out_fd, struct error *err);

#endif
