/*
 * session.h - a model in ONNX Runtime, whose C library is opened at run time. The one door to it.
 *
 * No header of ONNX Runtime is needed: its table of functions only grows, so the places of the few
 * used here hold for every version since 1.0. The library must be for this machine; nothing else of
 * it is assumed.
 */
#ifndef PLUGINS_EMBED_ONNX_SESSION_H
#define PLUGINS_EMBED_ONNX_SESSION_H

#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/status.h"

struct session;

/* What the model gave for a batch. */
struct session_output {
    const float *values; /* borrowed until the next run */
    size_t rank;         /* 2: [texts, dimensions]; 3: [texts, tokens, dimensions] */
    int64_t shape[3];
};

/* runtime: the library's path; NULL: libonnxruntime.so.1 where the system finds it. */
NODISCARD enum status session_open(const char *runtime, const char *model, int threads,
                                   struct session **out, struct error *err);
void session_free(struct session *self); /* NULL is fine */
DEFINE_POINTER_CLEANUP(struct session, session_free);

/* ids and mask: texts times tokens, padded. */
NODISCARD enum status session_run(struct session *self, int64_t *ids, int64_t *mask, size_t texts,
                                  size_t tokens, struct session_output *out, struct error *err);
const char *session_runtime_version(const struct session *self);

#endif
