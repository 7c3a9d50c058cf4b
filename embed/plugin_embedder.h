/*
 * plugin_embedder.h - the embedder of the pipeline, made of one supervised plugin process.
 *
 * Texts go to the plugin in batches, several in flight, as the plugin's hello allows. A plugin that
 * crashes, hangs or breaks the protocol is killed and started again. What it has answered stays;
 * what was in flight is suspected, asked again request by request, and halved until the text at
 * fault is found: only one that failed alone twice, the second time in a fresh plugin that had just
 * passed its canary texts, is given up as STATUS_MALFORMED.
 *
 * When the plugin is missing, does not get through its greeting twice, or was started ten times
 * without one good vector, the state is DOWN: whatever waits is answered with STATUS_BUSY, and
 * submit refuses with STATUS_BUSY until a later try succeeds. It never gives up for good.
 *
 * The protocol is described in docs/plugin-protocol.md.
 */
#ifndef EMBED_PLUGIN_EMBEDDER_H
#define EMBED_PLUGIN_EMBEDDER_H

#include "embed/plugin.h"
#include "ingest/embedder.h"

struct plugin_embedder_options {
    struct plugin_options plugin; /* role is set here */
    const char *canary_folder;    /* see canary.h; NULL: nothing is remembered; borrowed */
    int64_t batch_ms;   /* [120000] for one request, from when the plugin has no older one */
    int64_t silence_ms; /* [30000] without any line while a request is in flight */
};

/* The loop must outlive it. The plugin is started from the loop. free() may not be called from
 * done(); submit() may. When submit() does not return STATUS_OK, done() is not called. */
NODISCARD enum status plugin_embedder_new(struct loop *loop,
                                          const struct plugin_embedder_options *options,
                                          struct embedder **out, struct error *err);

/* For status and tests: its process (0: none runs), and how often it was started. */
pid_t plugin_embedder_process_id(const struct embedder *embedder);
unsigned plugin_embedder_starts(const struct embedder *embedder);

#endif
