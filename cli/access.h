/*
 * access.h - what a user of this machine may read, by owner, group, mode and POSIX access lists.
 */
#ifndef CLI_ACCESS_H
#define CLI_ACCESS_H

#include <sys/types.h>

#include "base/os.h"

struct principal; /* a user with all of their groups */

/* name: a user's name, or a number. STATUS_UNREADABLE: there is none. */
NODISCARD enum status principal_new(const char *name, struct principal **out, struct error *err);
/* For tests: with just these groups, copied; the first is the primary one. */
NODISCARD enum status principal_make(uid_t uid, const gid_t *groups, size_t group_count,
                                     struct principal **out, struct error *err);
uid_t principal_uid(const struct principal *principal);
void principal_free(struct principal *principal); /* NULL is fine */

/* wanted: bits of read 4, write 2, execute or search 1. acl: as os_read_acl() gives it, may be
 * empty. A list that is not understood grants nothing. The algorithm is that of POSIX 1003.1e
 * draft 17, 23.1.5, as acl(5) has it. */
bool access_is_granted(const struct principal *principal, const struct file_stamp *stamp,
                       struct span acl, unsigned wanted);

/* Whether every folder above a file, from the root on, may be passed through, now. Answers are
 * remembered for the life of the principal: for many files at once. */
bool access_reaches(struct principal *principal, struct span source, struct span path);
/* Whether a file may be read, now: it and its folders are looked at again. */
bool access_reads_now(const struct principal *principal, const char *path);

/* Fits search_filter.may_read; user is the principal. */
bool access_may_read(void *user, struct span source, struct span path,
                     const struct file_stamp *stamp, struct span acl);

#endif
