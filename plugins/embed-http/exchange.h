/*
 * exchange.h - several HTTP requests at a time, tried again as the server wishes. The one door to
 * libcurl.
 *
 * A connection that fails or is cut, an answer that takes too long, and the statuses 408, 425, 429
 * and 5xx are tried again: after what Retry-After says, else after 0.5 s, 1 s, 2 s … 30 s. A
 * Retry-After holds back all requests. No redirect is followed, and only http and https are spoken.
 */
#ifndef PLUGINS_EMBED_HTTP_EXCHANGE_H
#define PLUGINS_EMBED_HTTP_EXCHANGE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"

struct exchange;

enum exchange_result {
    EXCHANGE_ANSWERED,    /* 2xx */
    EXCHANGE_REFUSED,     /* 400, 413, 422 …: this request as it is; another one may be fine */
    EXCHANGE_DENIED,      /* 401, 403, 404 …: any request, until someone changes the settings */
    EXCHANGE_UNAVAILABLE, /* tried for give_up_ms */
};

/* job as it was submitted; body: what the server said; why: "" when answered. Both lent for the
 * call. */
typedef void exchange_done_fn(void *user, void *job, enum exchange_result result, struct span body,
                              const char *why);

struct exchange_options {
    const char *address;
    const char *key;            /* sent as "Authorization: Bearer"; NULL: none */
    const char *const *headers; /* further ones, "Name: value", NULL-terminated; NULL: none */
    int64_t timeout_ms;         /* for each try */
    exchange_done_fn *done;
    void *user;
};

struct exchange_counts {
    uint64_t requests, retries;
};

/* options and what they point to are borrowed. */
NODISCARD enum status exchange_new(const struct exchange_options *options, struct exchange **out,
                                   struct error *err);
void exchange_free(struct exchange *self); /* NULL is fine; done() is not called */

/* body is taken over. done() is called by exchange_turn(). */
NODISCARD enum status exchange_submit(struct exchange *self, struct buf *body, int64_t give_up_ms,
                                      void *job, struct error *err);
/* Waits until something happens, fd can be read (fd >= 0: *is_readable says), or timeout_ms are
 * over. */
NODISCARD enum status exchange_turn(struct exchange *self, int fd, int64_t timeout_ms,
                                    bool *is_readable, struct error *err);
size_t exchange_pending(const struct exchange *self);
void exchange_read_counts(const struct exchange *self, struct exchange_counts *out);

#endif
