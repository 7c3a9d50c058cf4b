#include "plugins/rerank-http/rerank_api.h"

#include <math.h>
#include <string.h>

#include "base/json.h"

bool rerank_api_from_name(const char *name, enum rerank_api *out)
{
    *out = strcmp(name, "tei") == 0 ? RERANK_TEI : RERANK_COHERE;
    return *out == RERANK_TEI || strcmp(name, "cohere") == 0;
}

void rerank_api_address(enum rerank_api api, const char *base, struct buf *out)
{
    size_t len = strlen(base);

    while (len > 0 && base[len - 1] == '/')
        len--;
    buf_append(out, base, len);
    if (len >= 7 && memcmp(base + len - 7, "/rerank", 7) == 0)
        return;
    if (api == RERANK_COHERE && !(len >= 3 && memcmp(base + len - 3, "/v1", 3) == 0) &&
        !(len >= 3 && memcmp(base + len - 3, "/v2", 3) == 0))
        buf_append(out, "/v1", 3);
    buf_append(out, "/rerank", 7);
}

void rerank_api_write(enum rerank_api api, const char *model, struct span query,
                      const struct span *texts, size_t count, struct buf *out)
{
    struct json_writer json = JSON_WRITER(out);

    json_put_object_begin(&json, NULL);
    if (api == RERANK_COHERE) {
        json_put_text(&json, "model", model);
        json_put_integer(&json, "top_n", (int64_t)count);
        json_put_bool(&json, "return_documents", false);
    } else {
        json_put_bool(&json, "truncate", true);
    }
    json_put_string(&json, "query", query);
    json_put_array_begin(&json, api == RERANK_COHERE ? "documents" : "texts");
    for (size_t i = 0; i < count; i++)
        json_put_string(&json, NULL, texts[i]);
    json_put_array_end(&json);
    json_put_object_end(&json);
}

static enum status read_results(const struct json *results, const char *score_name, size_t count,
                                double *scores, struct error *err)
{
    for (size_t i = 0; i < json_count(results); i++) {
        const struct json *result = json_at(results, i);
        int64_t index = json_read_integer(json_lookup(result, "index"), -1);
        double score = json_read_number(json_lookup(result, score_name), (double)NAN);

        if (index < 0 || index >= (int64_t)count || !isfinite(score))
            return error_set(err, STATUS_MALFORMED, "result %zu of the service is none", i);
        scores[index] = score;
    }
    return STATUS_OK;
}

enum status rerank_api_read(enum rerank_api api, struct span body, size_t count, double *scores,
                            struct error *err)
{
    struct json *root = NULL;
    enum status status = json_parse(body, &root, err);

    for (size_t i = 0; i < count; i++)
        scores[i] = (double)NAN;
    if (!status && api == RERANK_COHERE)
        status = read_results(json_lookup(root, "results"), "relevance_score", count, scores, err);
    else if (!status)
        status = read_results(root, "score", count, scores, err);
    json_free(root);
    for (size_t i = 0; i < count && !status; i++)
        if (isnan(scores[i]))
            status = error_set(err, STATUS_MALFORMED, "the service gave no score for text %zu", i);
    return status;
}
