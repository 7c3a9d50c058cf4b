/*
 * embed_host.h - varve's side of the embedding and reranking protocol, as a plugin sees it.
 *
 * Reads the host's lines and writes answers: docs/plugin-protocol.md. Standard output is kept for
 * answers: embed_host_take_stdout() gives it another number, and what libraries print goes to
 * standard error.
 */
#ifndef PLUGINS_COMMON_EMBED_HOST_H
#define PLUGINS_COMMON_EMBED_HOST_H

#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"

struct embed_host {
    int out_fd;
    struct buf input; /* what was read and is not a whole line yet */
    size_t taken;     /* bytes at its start that were lines */
    struct buf line;  /* the answer being written */
    bool is_at_end;   /* of standard input */
};

struct embed_hello_fields {
    const char *name, *model, *fingerprint;
    unsigned dimensions, token_limit, max_batch, window;
    size_t max_batch_bytes;
    bool query_differs;
    double fusion_weight;
};

struct rerank_hello_fields {
    const char *name, *model;
    unsigned max_batch;
    size_t max_batch_bytes;
};

/* A request for vectors or scores. Texts are lent by storage. */
struct embed_request {
    int64_t id;
    bool is_query;
    struct span *texts;
    size_t count;
    struct buf storage;
    struct buf query; /* of a rerank request */
};

NODISCARD enum status embed_host_init(struct embed_host *host, struct error *err);
void embed_host_release(struct embed_host *host);

/* One read() of standard input; sets is_at_end. */
NODISCARD enum status embed_host_read(struct embed_host *host, struct error *err);
/* The next whole line that was read, lent until the next embed_host_read(). False: there is none.
 */
bool embed_host_take_line(struct embed_host *host, struct span *line);

/* True: the line is the host's hello; out gets the cookie. STATUS_UNSUPPORTED: another protocol. */
NODISCARD enum status embed_host_read_hello(struct span line, struct buf *cookie,
                                            struct error *err);
/* request->texts and its storage are given back with embed_request_release(). */
NODISCARD enum status embed_host_read_request(struct span line, struct embed_request *request,
                                              struct error *err);
void embed_request_release(struct embed_request *request);

NODISCARD enum status embed_host_say_hello(struct embed_host *host, struct span cookie,
                                           const struct embed_hello_fields *fields,
                                           struct error *err);
NODISCARD enum status embed_host_say_rerank_hello(struct embed_host *host, struct span cookie,
                                                  const struct rerank_hello_fields *fields,
                                                  struct error *err);
/* That it can't work, instead of a hello. */
void embed_host_say_failure(struct embed_host *host, const char *why);
/* vectors: count times dimensions. failures[i] not NULL: that text has none, and why. */
NODISCARD enum status embed_host_answer(struct embed_host *host, int64_t id, const float *vectors,
                                        unsigned dimensions, const char *const *failures,
                                        size_t count, struct error *err);
NODISCARD enum status embed_host_answer_scores(struct embed_host *host, int64_t id,
                                               const double *scores, size_t count,
                                               struct error *err);
NODISCARD enum status embed_host_refuse(struct embed_host *host, int64_t id, const char *why,
                                        bool may_retry, struct error *err);
/* A line that only shows that it is alive. */
NODISCARD enum status embed_host_say_progress(struct embed_host *host, const char *what,
                                              struct error *err);

#endif
