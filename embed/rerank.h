/*
 * rerank.h - a plugin of the role rerank: scores for how well texts answer a query.
 *
 * For one search: started, asked, ended; it waits. For many, one after the other, it can be kept.
 * docs/plugin-protocol.md has the protocol.
 */
#ifndef EMBED_RERANK_H
#define EMBED_RERANK_H

#include <stdint.h>

#include "base/json.h"
#include "base/log.h"

#define RERANK_BATCH_MAX 4096u

struct rerank_hello {
    char model[64];
    unsigned batch_count; /* texts in one request */
    size_t batch_bytes;   /* of all texts of one request; a single longer one still comes, alone */
};

struct rerank_options {
    const char *const *arguments; /* as in process.h, all three */
    const char *const *environment;
    const char *const *passed_names;
    const struct log *log;
    int64_t timeout_ms; /* for all of it, the start included */
};

/* A plugin that was started, and waits for the next query. */
struct rerank_session;
void rerank_session_free(struct rerank_session *session); /* ends the plugin; NULL is fine */

/* Fills scores, one for each text: larger is better, NAN where the plugin refused that text.
 * *kept, where the caller has one, is the plugin that is asked (NULL: it is started), and
 * afterwards the one for the next query, or NULL when it failed. STATUS_LIMIT: it took too long.
 * STATUS_UNREADABLE: it can't be started, or ended. STATUS_MALFORMED: it broke the protocol, or
 * says that it can't. */
NODISCARD enum status rerank_run(const struct rerank_options *options, struct span query,
                                 const struct span *texts, size_t count, double *scores,
                                 struct rerank_session **kept, struct rerank_hello *hello,
                                 struct error *err);

/* ---- the protocol's lines; for rerank_run() and the conformance test ---- */

NODISCARD enum status rerank_read_hello(const struct json *hello, struct rerank_hello *out,
                                        struct error *err);
void rerank_write_request(int64_t id, struct span query, const struct span *texts, size_t count,
                          struct buf *out);
/* *is_answer false: a line without an id, which only shows that the plugin lives. */
NODISCARD enum status rerank_read_answer(struct span line, int64_t id, size_t count, double *scores,
                                         bool *is_answer, struct error *err);

#endif
