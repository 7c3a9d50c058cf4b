/*
 * housekeeping.h - what the daemon does for the past: lets go of it as [retain] of varve.conf says,
 * when nothing else is to do, and collects or erases when it is asked to; and tidies up (tidy.h)
 * a minute after something was committed.
 *
 * Collecting goes step by step, each a commit of its own between two rounds of the loop, so that
 * searches and changes go on.
 */
#ifndef CLI_HOUSEKEEPING_H
#define CLI_HOUSEKEEPING_H

#include "base/log.h"
#include "cli/config.h"
#include "index/retain.h"
#include "serve/control.h"

struct housekeeping;

/* All but log are borrowed; *out is the caller's. */
NODISCARD enum status housekeeping_new(const char *kb, const struct config *config,
                                       struct index *index, const struct log *log,
                                       struct housekeeping **out, struct error *err);
void housekeeping_free(struct housekeeping *housekeeping); /* NULL is fine */

/* Requests of the control socket; each is answered, now or later. */
void housekeeping_collect(struct housekeeping *housekeeping, const struct json *request,
                          struct control_call *call);
void housekeeping_erase(struct housekeeping *housekeeping, const struct json *request,
                        struct control_call *call);

/* At most one step; is_idle: there is nothing else to do. True while there is more. */
bool housekeeping_step(struct housekeeping *housekeeping, bool is_idle);

/* The policy of a request, or of the command's options: {"older_than_days": 30, "revisions": 5,
 * "megabytes": 100, "feed_days": 90, "all": false}, each only where given. The sinks of config,
 * whose names are lent, keep what they have not read of the feed. */
struct retain_policy housekeeping_policy(const struct json *request, const struct config *config);
/* {"revisions": ...}: what was removed; cache_bytes are freed, too. */
void housekeeping_put_report(struct json_writer *json, const struct retain_report *report,
                             uint64_t cache_bytes);
/* Cuts the cache of what converters made to what varve.conf bounds it to. Returns what was freed,
 * in bytes. */
uint64_t housekeeping_trim_cache(const char *kb, const struct config *config);

#endif
