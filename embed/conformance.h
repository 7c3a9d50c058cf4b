/*
 * conformance.h - does a plugin keep docs/plugin-protocol.md? For `varve plugin test` and its
 * authors.
 *
 * Starts the plugin several times and waits for it; every check is told as soon as it is done.
 */
#ifndef EMBED_CONFORMANCE_H
#define EMBED_CONFORMANCE_H

#include <stdint.h>

#include "base/log.h"
#include "base/status.h"

enum check_verdict {
    CHECK_PASSED,
    CHECK_FAILED,  /* varve could not rely on this plugin */
    CHECK_ADVISED, /* it works, and could be better: detail says how */
    CHECK_NOTED,   /* a figure */
};

/* name: "answers a full batch"; detail: what came instead, "" when there is nothing to say. */
typedef void conformance_fn(void *user, const char *name, enum check_verdict verdict,
                            const char *detail);

struct conformance_options {
    const char *const *arguments; /* as in process.h */
    const char *const *environment;
    const struct log *log; /* gets what the plugin says on standard error */
    int64_t timeout_ms;    /* for each answer; 0: 30000. The hello has twice as long. */
};

/* An embedding plugin. Not STATUS_OK: the checks themselves could not go on (no memory). A plugin
 * that fails them is told by fn alone. */
NODISCARD enum status conformance_embedder(const struct conformance_options *options,
                                           conformance_fn *fn, void *user, struct error *err);

/* The same for a reranking plugin. */
NODISCARD enum status conformance_reranker(const struct conformance_options *options,
                                           conformance_fn *fn, void *user, struct error *err);

#endif
