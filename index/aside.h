/*
 * aside.h - files that are wrong, or in the way, go to a folder of their own and stay there:
 * DIR/aside-TIME. Only for index/.
 */
#ifndef INDEX_ASIDE_H
#define INDEX_ASIDE_H

#include "base/buf.h"
#include "base/status.h"

/* Moves every file of folder whose name begins with one of the prefixes (NULL at their end). aside
 * gets the new folder's path; empty: there was nothing to move. */
NODISCARD enum status aside_move(const char *folder, const char *const prefixes[],
                                 struct buf *aside, struct error *err);

#endif
