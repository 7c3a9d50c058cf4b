/*
 * worker.h - the worker's side of ingest/wire.h.
 *
 * Opens what it needs (libmagic's database, the model), closes the cage, says READY, and then
 * answers requests until the daemon closes the socket. It opens nothing by itself after that.
 */
#ifndef EXTRACTORS_WORKER_H
#define EXTRACTORS_WORKER_H

#include <stdint.h>

#include "base/status.h"
#include "extractors/cage/converter.h"

#define WORKER_SOCKET_FD 3

struct worker_options {
    const char *model_path;     /* "" or NULL: no model; cuts follow structure alone */
    const char *tokenizer_path; /* of the embedding model, to count with; "" or NULL: none */
    const char *sandbox;        /* "require", "reduced" or "off" */
    uint64_t memory_bytes_max;
    struct converters *converters; /* started and stopped by the worker; NULL: none */
    bool is_small; /* a program without the large libraries: what needs them is declined */
};

/* Returns when the daemon hangs up. */
NODISCARD enum status worker_run(const struct worker_options *options, struct error *err);

#endif
