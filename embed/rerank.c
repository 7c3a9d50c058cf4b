#include "embed/rerank.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/os.h"
#include "embed/probe.h"

#define BATCH_COUNT       32
#define BATCH_BYTES       ((int64_t)256 << 10)
#define BATCH_BYTES_MAX   ((int64_t)16 << 20)
#define ANSWER_BYTES_MAX  ((size_t)1 << 20)
#define REQUEST_BYTES_MAX ((size_t)256 << 20)

struct rerank_session {
    struct probe *probe;
    struct rerank_hello hello;
    int64_t id; /* of the last request */
};

enum status rerank_read_hello(const struct json *hello, struct rerank_hello *out, struct error *err)
{
    struct span model = json_read_string(json_lookup(hello, "model"));
    int64_t count = json_read_integer(json_lookup(hello, "max_batch"), BATCH_COUNT);
    int64_t bytes = json_read_integer(json_lookup(hello, "max_batch_bytes"), BATCH_BYTES);

    if (!model.data || model.len == 0 || model.len >= sizeof(out->model))
        return error_set(err, STATUS_MALFORMED, "'model' is no name of 1 to 63 bytes");
    if (count < 1 || count > (int64_t)RERANK_BATCH_MAX)
        return error_set(err, STATUS_MALFORMED, "'max_batch' is not from 1 to %u",
                         RERANK_BATCH_MAX);
    if (bytes < 1 || bytes > BATCH_BYTES_MAX)
        return error_set(err, STATUS_MALFORMED, "'max_batch_bytes' is not from 1 to 16 MiB");
    *out = (struct rerank_hello){ .batch_count = (unsigned)count, .batch_bytes = (size_t)bytes };
    (void)snprintf(out->model, sizeof(out->model), "%s", model.data);
    return STATUS_OK;
}

void rerank_write_request(int64_t id, struct span query, const struct span *texts, size_t count,
                          struct buf *out)
{
    struct json_writer json = JSON_WRITER(out);

    json_put_object_begin(&json, NULL);
    json_put_integer(&json, "id", id);
    json_put_text(&json, "kind", "rerank");
    json_put_string(&json, "query", query);
    json_put_array_begin(&json, "texts");
    for (size_t i = 0; i < count; i++)
        json_put_string(&json, NULL, texts[i]);
    json_put_array_end(&json);
    json_put_object_end(&json);
}

static enum status read_scores(const struct json *scores, size_t count, double *out,
                               struct error *err)
{
    if (json_kind(scores) != JSON_KIND_ARRAY)
        return error_set(err, STATUS_MALFORMED, "neither 'scores' nor 'error' in its answer");
    if (json_count(scores) != count)
        return error_set(err, STATUS_MALFORMED, "%zu scores for %zu texts", json_count(scores),
                         count);
    for (size_t i = 0; i < count; i++) {
        const struct json *score = json_at(scores, i);
        bool is_refused = json_read_string(json_lookup(score, "error")).data != NULL;

        out[i] = is_refused ? (double)NAN : json_read_number(score, (double)NAN);
        if (!is_refused && !isfinite(out[i]))
            return error_set(err, STATUS_MALFORMED, "score %zu is no finite number", i);
    }
    return STATUS_OK;
}

enum status rerank_read_answer(struct span line, int64_t id, size_t count, double *scores,
                               bool *is_answer, struct error *err)
{
    struct json *root = NULL;
    struct span problem;
    enum status status = json_parse(line, &root, err);

    if (status)
        return status;
    *is_answer = json_lookup(root, "id") != NULL;
    problem = json_read_string(json_lookup(root, "error"));
    if (!*is_answer)
        status = problem.data ? error_set(err, STATUS_MALFORMED, "%s", problem.data) : STATUS_OK;
    else if (json_read_integer(json_lookup(root, "id"), -1) != id)
        status = error_set(err, STATUS_MALFORMED, "it answers another request");
    else if (problem.data)
        status = error_set(err, STATUS_MALFORMED, "it refuses: %s", problem.data);
    else
        status = read_scores(json_lookup(root, "scores"), count, scores, err);
    json_free(root);
    return status;
}

static int64_t left_ms(int64_t due_ms)
{
    int64_t left = due_ms - os_monotonic_ms();

    return left > 0 ? left : 0;
}

static enum status greet(struct probe *probe, int64_t due_ms, struct rerank_hello *hello,
                         struct error *err)
{
    const struct json *members;
    struct json *root = NULL;
    enum status status = probe_greet(probe, "rerank", left_ms(due_ms), &root, &members, err);

    if (!status)
        status = rerank_read_hello(members, hello, err);
    json_free(root);
    return status;
}

static enum status ask(struct probe *probe, int64_t due_ms, int64_t id, struct span query,
                       const struct span *texts, size_t count, double *scores, struct error *err)
{
    CLEANUP(buf_release) struct buf request = BUF_INIT(REQUEST_BYTES_MAX);
    bool is_answer = false;
    enum status status;

    rerank_write_request(id, query, texts, count, &request);
    status = buf_status(&request, err);
    if (!status)
        status = probe_send(probe, buf_span(&request), err);
    while (!status && !is_answer) {
        struct span line = { NULL, 0 };

        status = probe_wait_line(probe, left_ms(due_ms), &line, err);
        if (!status)
            status = rerank_read_answer(line, id, count, scores, &is_answer, err);
    }
    return status;
}

/* How many of the texts go into one request. */
static size_t batch_of(const struct rerank_hello *hello, const struct span *texts, size_t count)
{
    size_t bytes = texts[0].len, batch = 1;

    while (batch < count && batch < hello->batch_count &&
           bytes + texts[batch].len <= hello->batch_bytes)
        bytes += texts[batch++].len;
    return batch;
}

static enum status session_new(const struct rerank_options *options, int64_t due_ms,
                               struct rerank_session **out, struct error *err)
{
    struct probe_options probe_options = { .arguments = options->arguments,
                                           .environment = options->environment,
                                           .passed_names = options->passed_names,
                                           .log = options->log,
                                           .line_bytes_max = ANSWER_BYTES_MAX };
    struct rerank_session *session = calloc(1, sizeof(*session));
    enum status status;

    if (!session) {
        (void)error_set(err, STATUS_NO_MEMORY, "no memory for a reranker");
        return STATUS_NO_MEMORY;
    }
    status = probe_start(&probe_options, &session->probe, err);
    if (!status)
        status = greet(session->probe, due_ms, &session->hello, err);
    if (!status) {
        *out = session;
        return STATUS_OK;
    }
    if (session->probe)
        probe_kill(session->probe);
    rerank_session_free(session);
    return status;
}

void rerank_session_free(struct rerank_session *session)
{
    if (!session)
        return;
    probe_free(session->probe);
    free(session);
}

enum status rerank_run(const struct rerank_options *options, struct span query,
                       const struct span *texts, size_t count, double *scores,
                       struct rerank_session **kept, struct rerank_hello *hello, struct error *err)
{
    struct rerank_session *session = kept ? TAKE(*kept) : NULL;
    int64_t due_ms = os_monotonic_ms() + options->timeout_ms;
    enum status status = session ? STATUS_OK : session_new(options, due_ms, &session, err);

    if (!status)
        *hello = session->hello;
    for (size_t at = 0, batch; at < count && !status; at += batch) {
        batch = batch_of(hello, texts + at, count - at);
        status =
            ask(session->probe, due_ms, ++session->id, query, texts + at, batch, scores + at, err);
    }
    if (status && session)
        probe_kill(session->probe);
    if (!status && kept)
        *kept = TAKE(session);
    rerank_session_free(session);
    if (status == STATUS_LIMIT)
        return error_set(err, status, "no answer within %lld s",
                         (long long)(options->timeout_ms / 1000));
    return status;
}
