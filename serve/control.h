/*
 * control.h - how other varve processes talk to the daemon: JSON lines over DIR/control.
 *
 * A Unix socket in the knowledge base's folder (0600 in a 0700 folder: the owner only). One request
 * a connection, one line each way. The daemon may answer later: a sync waits for its commits.
 */
#ifndef SERVE_CONTROL_H
#define SERVE_CONTROL_H

#include "base/buf.h"
#include "base/json.h"
#include "base/loop.h"

#define CONTROL_LINE_BYTES_MAX ((size_t)1 << 20)

struct control;
struct control_call; /* a request that waits for its answer */

/* Must lead to one control_reply(), now or later. request lives for the call. */
typedef void control_fn(void *user, const struct json *request, struct control_call *call);

NODISCARD enum status control_new(struct loop *loop, const char *folder, control_fn *fn, void *user,
                                  struct control **out, struct error *err);
void control_free(struct control *control); /* drops open calls; NULL is fine */
/* Sends line (without its newline) and ends the call. The asker may have gone: that is fine. */
void control_reply(struct control_call *call, struct span line);

/* Asks the daemon of that knowledge base and waits. STATUS_UNREADABLE: no daemon listens there.
 * STATUS_BUSY: no answer in time. */
NODISCARD enum status control_ask(const char *folder, struct span request, int64_t timeout_ms,
                                  struct json **reply, struct error *err);

#endif
