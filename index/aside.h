/*
 * aside.h - files that are wrong, or in the way, go to a folder of their own and stay there:
 * DIR/aside-TIME. Only for index/.
 */
#ifndef INDEX_ASIDE_H
#define INDEX_ASIDE_H

#include "base/buf.h"
#include "base/status.h"

/* Moves every file of folder whose name begins with one of the prefixes (NULL at their end). aside
 * gets the new folder's path; empty: there was nothing to move. is_kept: they also stay, under
 * both names, where the file system has such; the caller is to replace or remove them. */
NODISCARD enum status aside_move(const char *folder, const char *const prefixes[], bool is_kept,
                                 struct buf *aside, struct error *err);
/* Removes those files. */
NODISCARD enum status aside_remove(const char *folder, const char *const prefixes[],
                                   struct error *err);

#endif
