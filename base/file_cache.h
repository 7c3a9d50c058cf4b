/*
 * file_cache.h - a folder of results that can be made again, each a file named by a hash.
 *
 * Several processes may use one folder: a file appears whole (written beside, synced, renamed) or
 * not at all, and may be gone at any time. What is wrong with the folder costs a result made twice,
 * never an error; only emptying it must be certain.
 */
#ifndef BASE_FILE_CACHE_H
#define BASE_FILE_CACHE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"

/* Appends the file to out, and marks it as used now. False: it is not there, or not readable. */
bool file_cache_load(const char *folder, const struct hash *key, struct buf *out);
/* Makes the folder where it is missing. False: it is not kept. */
bool file_cache_store(const char *folder, const struct hash *key, struct span bytes);
/* Removes what was not used for longest, until the rest is at most bytes_max. Returns what is left,
 * in bytes. */
uint64_t file_cache_trim(const char *folder, uint64_t bytes_max);
/* Bytes of all files in it; 0 when there is no folder. */
uint64_t file_cache_bytes(const char *folder);
/* Removes every file, and syncs the folder. STATUS_IO: some could not be removed. No folder is
 * fine. */
NODISCARD enum status file_cache_empty(const char *folder, uint64_t *bytes_removed,
                                       struct error *err);

#endif
