#include "plugins/embed-http/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "base/utf8.h"
#include "ingest/embedder.h"

static const struct {
    const char *name, *path, *last; /* last: how an address ends that has its path already */
} apis[] = {
    [API_OPENAI] = { "openai", "/v1/embeddings", "/embeddings" },
    [API_OLLAMA] = { "ollama", "/api/embed", "/api/embed" },
    [API_TEI] = { "tei", "/embed", "/embed" },
};

bool api_from_name(const char *name, enum api_kind *out)
{
    for (size_t i = 0; i < sizeof(apis) / sizeof(apis[0]); i++)
        if (strcmp(name, apis[i].name) == 0) {
            *out = (enum api_kind)i;
            return true;
        }
    return false;
}

static bool ends_with(struct span text, const char *end)
{
    size_t len = strlen(end);

    return text.len >= len && memcmp(text.data + text.len - len, end, len) == 0;
}

void api_address(enum api_kind kind, const char *base, struct buf *out)
{
    struct span address = { base, strlen(base) };
    const char *path = apis[kind].path;

    while (address.len > 0 && address.data[address.len - 1] == '/')
        address.len--;
    buf_append(out, address.data, address.len);
    if (ends_with(address, apis[kind].last))
        return;
    if (kind == API_OPENAI && ends_with(address, "/v1"))
        path = "/embeddings";
    buf_append(out, path, strlen(path));
}

void api_write_request(const struct api *api, struct span prefix, const struct span *texts,
                       size_t count, struct buf *out)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(out->limit);
    struct json_writer json = JSON_WRITER(out);

    json_put_object_begin(&json, NULL);
    if (api->kind != API_TEI)
        json_put_text(&json, "model", api->model);
    json_put_array_begin(&json, api->kind == API_TEI ? "inputs" : "input");
    for (size_t i = 0; i < count; i++) {
        buf_clear(&text);
        buf_append(&text, prefix.data, prefix.len);
        buf_append(&text, texts[i].data, texts[i].len);
        json_put_string(&json, NULL, buf_span(&text));
    }
    json_put_array_end(&json);
    if (api->kind == API_OPENAI) {
        json_put_text(&json, "encoding_format", "float");
        if (api->dimensions)
            json_put_integer(&json, "dimensions", api->dimensions);
    } else {
        json_put_bool(&json, "truncate", false);
        if (api->dimensions && api->kind == API_OLLAMA)
            json_put_integer(&json, "dimensions", api->dimensions);
    }
    json_put_object_end(&json);
    if (text.failed)
        out->failed = text.failed;
}

struct reading {
    size_t count, seen;
    float *out;
    unsigned dimensions; /* 0: not known yet */
    struct error *err;
};

static enum status read_vector(struct json_scan *scan, struct reading *reading, size_t index)
{
    float *vector = reading->out + index * reading->dimensions;
    unsigned most = reading->dimensions ? reading->dimensions : EMBED_DIMENSIONS_MAX, count = 0;

    if (index >= reading->count)
        return error_set(reading->err, STATUS_MALFORMED, "more vectors than the %zu texts",
                         reading->count);
    for (json_scan_array(scan); json_scan_item(scan); count++) {
        double value = json_scan_number(scan);

        if (count < most)
            vector[count] = (float)value;
    }
    if (scan->has_failed)
        return error_set(reading->err, STATUS_MALFORMED, "a vector that is no array of numbers");
    if (reading->dimensions == 0 && index == 0 && count <= most)
        reading->dimensions = count;
    if (count != reading->dimensions || count == 0)
        return error_set(reading->err, STATUS_MALFORMED, "a vector of %u values instead of %u",
                         count, reading->dimensions);
    reading->seen++;
    return STATUS_OK;
}

static enum status read_rows(struct json_scan *scan, struct reading *reading)
{
    enum status status = STATUS_OK;

    for (json_scan_array(scan); !status && json_scan_item(scan);)
        status = read_vector(scan, reading, reading->seen);
    return status;
}

static bool is_named(struct span name, const char *wanted)
{
    return name.len == strlen(wanted) && memcmp(name.data, wanted, name.len) == 0;
}

/* {"index":3,"embedding":[…]}, where the index may come last, or be missing. */
static enum status read_datum(struct json_scan *scan, struct reading *reading)
{
    struct json_scan vector = { .at = NULL };
    size_t index = reading->seen;
    struct span name;

    json_scan_object(scan);
    while (json_scan_member(scan, &name)) {
        if (is_named(name, "index")) {
            int64_t value = json_scan_integer(scan);

            index = value < 0 ? reading->count : (size_t)value;
        } else {
            if (is_named(name, "embedding"))
                vector = *scan;
            json_scan_skip(scan);
        }
    }
    if (!vector.at || scan->has_failed)
        return error_set(reading->err, STATUS_MALFORMED, "a datum without an embedding");
    return read_vector(&vector, reading, index);
}

static int64_t read_usage(struct json_scan *scan)
{
    int64_t prompt = 0, total = 0;
    struct span name;

    json_scan_object(scan);
    while (json_scan_member(scan, &name)) {
        if (is_named(name, "prompt_tokens"))
            prompt = json_scan_integer(scan);
        else if (is_named(name, "total_tokens"))
            total = json_scan_integer(scan);
        else
            json_scan_skip(scan);
    }
    return total ? total : prompt;
}

static enum status read_object(struct json_scan *scan, struct reading *reading, int64_t *tokens)
{
    enum status status = STATUS_OK;
    struct span name;

    json_scan_object(scan);
    while (!status && json_scan_member(scan, &name)) {
        if (is_named(name, "data"))
            for (json_scan_array(scan); !status && json_scan_item(scan);)
                status = read_datum(scan, reading);
        else if (is_named(name, "embeddings"))
            status = read_rows(scan, reading);
        else if (is_named(name, "usage") && json_scan_kind(scan) == JSON_KIND_OBJECT)
            *tokens = read_usage(scan);
        else if (is_named(name, "prompt_eval_count"))
            *tokens = json_scan_integer(scan);
        else
            json_scan_skip(scan);
    }
    return status;
}

enum status api_read_answer(enum api_kind kind, struct span body, size_t count, float *out,
                            unsigned *dimensions, int64_t *tokens, struct error *err)
{
    struct reading reading = { .count = count, .out = out, .dimensions = *dimensions, .err = err };
    struct json_scan scan = JSON_SCAN(body);
    enum status status;

    *tokens = 0;
    status = kind == API_TEI ? read_rows(&scan, &reading) : read_object(&scan, &reading, tokens);
    if (status)
        return status;
    if (!json_scan_is_done(&scan))
        return error_set(err, STATUS_MALFORMED, "an answer that is not JSON as expected");
    if (reading.seen != count)
        return error_set(err, STATUS_MALFORMED, "%zu vectors for %zu texts", reading.seen, count);
    *dimensions = reading.dimensions;
    return STATUS_OK;
}

void api_read_error(struct span body, char *out, size_t room)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(4096);
    struct json *root = NULL;
    struct span message = { NULL, 0 };

    if (json_parse(body, &root, NULL) == STATUS_OK) {
        const struct json *error = json_lookup(root, "error");

        message = json_read_string(json_lookup(error, "message"));
        if (!message.data)
            message = json_read_string(error);
        if (!message.data)
            message = json_read_string(json_lookup(root, "message"));
    }
    if (!message.data)
        message = body;
    if (message.len > room)
        message.len = room;
    utf8_append_printable(&text, message);
    (void)snprintf(out, room, "%s", text.data);
    json_free(root);
}
