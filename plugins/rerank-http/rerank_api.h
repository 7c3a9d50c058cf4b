/*
 * rerank_api.h - what reranking services want to hear, and what they answer.
 *
 *   cohere  POST …/v1/rerank {"model","query","documents":[…],"top_n":N}
 *           → {"results":[{"index","relevance_score"}]}; Jina, vLLM and llama.cpp speak it, too
 *   tei     POST …/rerank {"query","texts":[…],"truncate":true} → [{"index","score"}]
 *
 * The results come best first; every text has one.
 */
#ifndef PLUGINS_RERANK_HTTP_RERANK_API_H
#define PLUGINS_RERANK_HTTP_RERANK_API_H

#include "base/buf.h"
#include "base/status.h"

enum rerank_api { RERANK_COHERE, RERANK_TEI };

/* False: no API has that name. */
bool rerank_api_from_name(const char *name, enum rerank_api *out);
/* The address to post to: base, unless it has the path already. */
void rerank_api_address(enum rerank_api api, const char *base, struct buf *out);
void rerank_api_write(enum rerank_api api, const char *model, struct span query,
                      const struct span *texts, size_t count, struct buf *out);
/* STATUS_MALFORMED: no answer to such a request, or a text without a score. */
NODISCARD enum status rerank_api_read(enum rerank_api api, struct span body, size_t count,
                                      double *scores, struct error *err);

#endif
