/*
 * probe.h - a plugin run step by step, waiting for each answer: for conformance.h and for tests.
 *
 * A search uses it for its reranker. The daemon never does: it waits.
 */
#ifndef EMBED_PROBE_H
#define EMBED_PROBE_H

#include "base/json.h"
#include "embed/lines.h"

struct probe;

struct probe_options {
    const char *const *arguments; /* as in process.h */
    const char *const *environment;
    const char *const *passed_names; /* NULL: none */
    const struct log *log;
    size_t line_bytes_max;
};

NODISCARD enum status probe_start(const struct probe_options *options, struct probe **out,
                                  struct error *err);
void probe_free(struct probe *probe); /* ends the plugin; NULL is fine */
/* For one that does not behave: ends it at once, without the time to end by itself. */
void probe_kill(struct probe *probe);

/* Does not wait until it is written. */
NODISCARD enum status probe_send(struct probe *probe, struct span line, struct error *err);
/* Waits for the next line, which is lent until the next call. STATUS_UNREADABLE: it ended (how and
 * its last words are in err); STATUS_LIMIT: nothing came in time. */
NODISCARD enum status probe_wait_line(struct probe *probe, int64_t timeout_ms, struct span *line,
                                      struct error *err);
/* Says hello with that role and a member that no plugin knows, and checks what every hello must
 * have. The caller frees *root with json_free(); hello is lent by it. */
NODISCARD enum status probe_greet(struct probe *probe, const char *role, int64_t timeout_ms,
                                  struct json **root, const struct json **hello, struct error *err);
/* Closes its input and waits for its end. *how is lent until probe_free(). STATUS_LIMIT: it did not
 * end in time, and was killed. */
NODISCARD enum status probe_end(struct probe *probe, int64_t timeout_ms, const char **how,
                                struct error *err);

#endif
