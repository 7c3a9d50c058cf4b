/*
 * api.h - what embedding services want to hear, and what they answer.
 *
 *   openai   POST …/v1/embeddings {"model","input":[…],"encoding_format":"float"} →
 * {"data":[{"index","embedding"}],"usage"} ollama   POST …/api/embed
 * {"model","input":[…],"truncate":false}          → {"embeddings":[[…]],"prompt_eval_count"} tei
 * POST …/embed         {"inputs":[…],"truncate":false}                 → [[…]]
 *
 * Nothing is ever truncated by the service: a vector must be of exactly the text that is shown.
 */
#ifndef PLUGINS_EMBED_HTTP_API_H
#define PLUGINS_EMBED_HTTP_API_H

#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"

enum api_kind { API_OPENAI, API_OLLAMA, API_TEI };

struct api {
    enum api_kind kind;
    const char *model;
    unsigned dimensions; /* asked of the service; 0: its own */
};

/* False: no API has that name. */
bool api_from_name(const char *name, enum api_kind *out);
/* The address to post to: base, unless it has the path already. */
void api_address(enum api_kind kind, const char *base, struct buf *out);

void api_write_request(const struct api *api, struct span prefix, const struct span *texts,
                       size_t count, struct buf *out);

/* Reads count vectors. *dimensions 0: any number, which is written there, and out, which must be
 * able to hold dimensions_max for each text, is filled densely. *tokens: as the service counted; 0:
 * not told. STATUS_MALFORMED: not an answer to such a request. */
NODISCARD enum status api_read_answer(enum api_kind kind, struct span body, size_t count,
                                      float *out, unsigned *dimensions, int64_t *tokens,
                                      struct error *err);
/* The message in a body that tells of an error; at most room bytes with the NUL. */
void api_read_error(struct span body, char *out, size_t room);

#endif
