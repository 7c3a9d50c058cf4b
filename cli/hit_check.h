/*
 * hit_check.h - verify on read: is a hit's file still the one that was indexed?
 */
#ifndef CLI_HIT_CHECK_H
#define CLI_HIT_CHECK_H

#include "index/search.h"

struct hit_checker;

NODISCARD struct hit_checker *hit_checker_new(void); /* NULL: no memory */
void hit_checker_free(struct hit_checker *checker);  /* NULL is fine */

/* NULL: the place's file is as it was indexed and nothing newer is known of it. Otherwise why not:
 * "changed since it was indexed"; lent until the next call. */
const char *hit_checker_stale(struct hit_checker *checker, const struct hit_place *place);

#endif
