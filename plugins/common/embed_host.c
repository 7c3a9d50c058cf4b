#include "plugins/common/embed_host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "base/os.h"

#define LINE_BYTES_MAX ((size_t)256 << 20)
#define READ_BYTES     ((size_t)256 << 10)
#define TEXTS_MAX      4096u
#define REQUEST_INIT                                                                               \
    (struct embed_request)                                                                         \
    {                                                                                              \
        .id = -1, .storage = BUF_INIT(LINE_BYTES_MAX), .query = BUF_INIT(LINE_BYTES_MAX)           \
    }

static bool is_named(struct span name, const char *wanted)
{
    return name.len == strlen(wanted) && memcmp(name.data, wanted, name.len) == 0;
}

enum status embed_host_init(struct embed_host *host, struct error *err)
{
    *host = (struct embed_host){ .out_fd = -1,
                                 .input = BUF_INIT(LINE_BYTES_MAX),
                                 .line = BUF_INIT(LINE_BYTES_MAX) };
    host->out_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (host->out_fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return error_set_errno(err, STATUS_IO, "cannot keep standard output for answers");
    return STATUS_OK;
}

void embed_host_release(struct embed_host *host)
{
    close_fd(&host->out_fd);
    buf_release(&host->input);
    buf_release(&host->line);
}

enum status embed_host_read(struct embed_host *host, struct error *err)
{
    char *bytes = malloc(READ_BYTES);
    ssize_t got;

    if (!bytes)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    memmove(host->input.data, host->input.data + host->taken, host->input.len - host->taken);
    host->input.len -= host->taken;
    host->taken = 0;
    do
        got = read(STDIN_FILENO, bytes, READ_BYTES);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        buf_append(&host->input, bytes, (size_t)got);
    free(bytes);
    host->is_at_end = got == 0;
    if (got < 0)
        return error_set_errno(err, STATUS_IO, "cannot read standard input");
    return buf_status(&host->input, err);
}

bool embed_host_take_line(struct embed_host *host, struct span *line)
{
    const char *start = host->input.data + host->taken;
    const char *end = memchr(start, '\n', host->input.len - host->taken);

    if (!end)
        return false;
    *line = (struct span){ start, (size_t)(end - start) };
    host->taken += line->len + 1;
    return true;
}

enum status embed_host_read_hello(struct span line, struct buf *cookie, struct error *err)
{
    struct json *root = NULL;
    enum status status = json_parse(line, &root, err);
    const struct json *hello = json_lookup(root, "hello");
    struct span text = json_read_string(json_lookup(hello, "cookie"));

    if (!status && json_read_integer(json_lookup(hello, "protocol"), 0) != 1)
        status = error_set(err, STATUS_UNSUPPORTED, "the host does not speak protocol 1");
    if (!status)
        buf_append(cookie, text.data ? text.data : "", text.len);
    json_free(root);
    return status ? status : buf_status(cookie, err);
}

/* The texts one behind the other in storage; their places are known when it has stopped growing. */
static enum status read_texts(struct json_scan *scan, struct embed_request *request,
                              struct error *err)
{
    size_t start = 0;

    if (request->texts)
        return error_set(err, STATUS_MALFORMED, "'texts' comes twice");
    request->texts = calloc(TEXTS_MAX, sizeof(*request->texts));
    if (!request->texts)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    for (json_scan_array(scan); json_scan_item(scan);) {
        if (request->count == TEXTS_MAX)
            return error_set(err, STATUS_LIMIT, "more than %u texts", TEXTS_MAX);
        json_scan_string(scan, &request->storage);
        request->texts[request->count++].len = request->storage.len - start;
        start = request->storage.len;
    }
    start = 0;
    for (size_t i = 0; i < request->count; i++) {
        request->texts[i].data = request->storage.data + start;
        start += request->texts[i].len;
    }
    return buf_status(&request->storage, err);
}

enum status embed_host_read_request(struct span line, struct embed_request *request,
                                    struct error *err)
{
    CLEANUP(buf_release) struct buf kind = BUF_INIT(64);
    struct json_scan scan = JSON_SCAN(line);
    enum status status = STATUS_OK;
    struct span name;

    *request = REQUEST_INIT;
    json_scan_object(&scan);
    while (!status && json_scan_member(&scan, &name)) {
        if (is_named(name, "id"))
            request->id = json_scan_integer(&scan);
        else if (is_named(name, "kind"))
            json_scan_string(&scan, &kind);
        else if (is_named(name, "query"))
            json_scan_string(&scan, &request->query);
        else if (is_named(name, "texts"))
            status = read_texts(&scan, request, err);
        else
            json_scan_skip(&scan);
    }
    request->is_query = strcmp(kind.data, "query") == 0;
    if (!status && (!json_scan_is_done(&scan) || request->id < 0 || !request->texts))
        status = error_set(err, STATUS_MALFORMED, "a line that is no request");
    if (status)
        embed_request_release(request);
    return status;
}

void embed_request_release(struct embed_request *request)
{
    free(request->texts);
    buf_release(&request->storage);
    buf_release(&request->query);
    *request = REQUEST_INIT;
}

static enum status send_line(struct embed_host *host, struct error *err)
{
    enum status status;

    buf_append_char(&host->line, '\n');
    status = buf_status(&host->line, err);
    if (!status)
        status = os_write_all(host->out_fd, buf_span(&host->line), "standard output", err);
    buf_release(&host->line);
    return status;
}

enum status embed_host_say_hello(struct embed_host *host, struct span cookie,
                                 const struct embed_hello_fields *fields, struct error *err)
{
    struct json_writer json = JSON_WRITER(&host->line);

    json_put_object_begin(&json, NULL);
    json_put_object_begin(&json, "hello");
    json_put_integer(&json, "protocol", 1);
    json_put_text(&json, "name", fields->name);
    json_put_string(&json, "cookie", cookie);
    json_put_text(&json, "model", fields->model);
    json_put_integer(&json, "dimensions", fields->dimensions);
    json_put_text(&json, "fingerprint", fields->fingerprint);
    json_put_integer(&json, "token_limit", fields->token_limit);
    json_put_integer(&json, "max_batch", fields->max_batch);
    json_put_integer(&json, "max_batch_bytes", (int64_t)fields->max_batch_bytes);
    json_put_integer(&json, "window", fields->window);
    json_put_bool(&json, "query_differs", fields->query_differs);
    json_put_number(&json, "fusion_weight", fields->fusion_weight);
    json_put_object_end(&json);
    json_put_object_end(&json);
    return send_line(host, err);
}

enum status embed_host_say_rerank_hello(struct embed_host *host, struct span cookie,
                                        const struct rerank_hello_fields *fields, struct error *err)
{
    struct json_writer json = JSON_WRITER(&host->line);

    json_put_object_begin(&json, NULL);
    json_put_object_begin(&json, "hello");
    json_put_integer(&json, "protocol", 1);
    json_put_text(&json, "name", fields->name);
    json_put_string(&json, "cookie", cookie);
    json_put_text(&json, "model", fields->model);
    json_put_integer(&json, "max_batch", fields->max_batch);
    json_put_integer(&json, "max_batch_bytes", (int64_t)fields->max_batch_bytes);
    json_put_object_end(&json);
    json_put_object_end(&json);
    return send_line(host, err);
}

void embed_host_say_failure(struct embed_host *host, const char *why)
{
    struct json_writer json = JSON_WRITER(&host->line);
    struct error ignored;

    json_put_object_begin(&json, NULL);
    json_put_text(&json, "error", why);
    json_put_object_end(&json);
    if (send_line(host, &ignored))
        return; /* nobody listens any more */
}

enum status embed_host_answer(struct embed_host *host, int64_t id, const float *vectors,
                              unsigned dimensions, const char *const *failures, size_t count,
                              struct error *err)
{
    struct json_writer json = JSON_WRITER(&host->line);

    json_put_object_begin(&json, NULL);
    json_put_integer(&json, "id", id);
    json_put_array_begin(&json, "vectors");
    for (size_t i = 0; i < count; i++) {
        struct span bytes = { (const char *)(vectors + i * dimensions),
                              dimensions * sizeof(*vectors) };

        if (failures && failures[i]) {
            json_put_object_begin(&json, NULL);
            json_put_text(&json, "error", failures[i]);
            json_put_object_end(&json);
            continue;
        }
        json_put_string(&json, NULL, (struct span){ "", 0 });
        host->line.len--; /* into the quotes: base64 needs no escapes */
        base64_append(&host->line, bytes);
        buf_append_char(&host->line, '"');
    }
    json_put_array_end(&json);
    json_put_object_end(&json);
    return send_line(host, err);
}

enum status embed_host_answer_scores(struct embed_host *host, int64_t id, const double *scores,
                                     size_t count, struct error *err)
{
    struct json_writer json = JSON_WRITER(&host->line);

    json_put_object_begin(&json, NULL);
    json_put_integer(&json, "id", id);
    json_put_array_begin(&json, "scores");
    for (size_t i = 0; i < count; i++)
        json_put_number(&json, NULL, scores[i]);
    json_put_array_end(&json);
    json_put_object_end(&json);
    return send_line(host, err);
}

enum status embed_host_refuse(struct embed_host *host, int64_t id, const char *why, bool may_retry,
                              struct error *err)
{
    struct json_writer json = JSON_WRITER(&host->line);

    json_put_object_begin(&json, NULL);
    json_put_integer(&json, "id", id);
    json_put_text(&json, "error", why);
    json_put_bool(&json, "retry", may_retry);
    json_put_object_end(&json);
    return send_line(host, err);
}

enum status embed_host_say_progress(struct embed_host *host, const char *what, struct error *err)
{
    struct json_writer json = JSON_WRITER(&host->line);

    json_put_object_begin(&json, NULL);
    json_put_text(&json, "progress", what);
    json_put_object_end(&json);
    return send_line(host, err);
}
