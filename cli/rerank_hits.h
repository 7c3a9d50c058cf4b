/*
 * rerank_hits.h - a plugin's second opinion on the first hits of a search: [rerank] in varve.conf.
 *
 * It changes their order, nothing else: what may be given is looked at before their texts go to the
 * plugin, and again when they are given. When the plugin fails or is too slow, the order stays, and
 * why is told.
 */
#ifndef CLI_RERANK_HITS_H
#define CLI_RERANK_HITS_H

#include "cli/fresh_hits.h"
#include "cli/kb.h"
#include "embed/rerank.h"

struct reranking {
    bool is_wanted;
    long count;        /* of the first hits; 0: as varve.conf says */
    size_t done;       /* how many got a score */
    char model[64];    /* the plugin's */
    char problem[300]; /* why the order stayed; "" */
    /* Of many searches, one after the other: the plugin waits here for the next. The caller ends it
     * with rerank_session_free(). */
    bool is_kept;
    struct rerank_session *session;
};

/* Reads what --rerank[=N] gave; false and a message when it is no number. */
bool rerank_option(const char *command, const char *value, struct reranking *out);
/* Of the first hits; 0: it is not wanted. */
size_t rerank_depth(const struct kb *kb, const struct reranking *reranking);
/* Before fresh_hits_next(). Nothing when it is not wanted. STATUS_UNSUPPORTED: varve.conf names no
 * plugin. */
NODISCARD enum status rerank_hits(const struct kb *kb, struct span question,
                                  struct fresh_hits *hits, struct reranking *reranking,
                                  struct error *err);
/* As an object "rerank"; nothing when it is not wanted. */
void rerank_put_json(const struct reranking *reranking, struct json_writer *json);
/* A line on stderr when the order stayed. */
void rerank_print(const struct reranking *reranking);

#endif
