#include "embed/embed_hello.h"

#include <stdio.h>

#define BATCH_COUNT_MAX  4096
#define BATCH_BYTES_MAX  ((int64_t)16 << 20)
#define WINDOW_MAX       64
#define ANSWER_BYTES_MAX ((size_t)256 << 20)
#define NUMBER_BYTES_MAX 28 /* of one value written as a number, with its comma */

/* absent: when there is no such member. STATUS_MALFORMED: no whole number, or out of bounds. */
static enum status read_count(const struct json *hello, const char *name, int64_t least,
                              int64_t most, int64_t absent, int64_t *out, struct error *err)
{
    const struct json *value = json_lookup(hello, name);

    *out = absent;
    if (json_kind(value) == JSON_KIND_NONE)
        return STATUS_OK;
    *out = json_read_integer(value, -1);
    if (*out < least)
        return error_set(err, STATUS_MALFORMED, "says a '%s' that is no whole number from %lld",
                         name, (long long)least);
    if (*out > most)
        *out = most;
    return STATUS_OK;
}

static enum status read_text(const struct json *hello, const char *name, char *out, size_t room,
                             struct error *err)
{
    struct span text = json_read_string(json_lookup(hello, name));

    if (!text.data || text.len == 0 || text.len >= room)
        return error_set(err, STATUS_MALFORMED, "says no '%s' of 1 to %zu bytes", name, room - 1);
    (void)snprintf(out, room, "%s", text.data);
    return STATUS_OK;
}

static enum status read_limits(const struct json *json, struct embed_hello *hello,
                               struct error *err)
{
    int64_t dimensions, tokens, count, bytes, window;
    enum status status = read_count(json, "dimensions", 1, INT64_MAX, 0, &dimensions, err);

    if (!status && (dimensions < 1 || dimensions > EMBED_DIMENSIONS_MAX))
        status = error_set(err, STATUS_MALFORMED, "says no 'dimensions' from 1 to %u",
                           EMBED_DIMENSIONS_MAX);
    if (!status)
        status = read_count(json, "token_limit", 0, INT32_MAX, 0, &tokens, err);
    if (!status)
        status = read_count(json, "max_batch", 1, BATCH_COUNT_MAX, 32, &count, err);
    if (!status)
        status = read_count(json, "max_batch_bytes", 1, BATCH_BYTES_MAX, 256 << 10, &bytes, err);
    if (!status)
        status = read_count(json, "window", 1, WINDOW_MAX, 1, &window, err);
    if (status)
        return status;
    hello->dimensions = (unsigned)dimensions;
    hello->token_limit = (unsigned)tokens;
    hello->batch_count = (unsigned)count;
    hello->batch_bytes = (size_t)bytes;
    hello->window = (unsigned)window;
    return STATUS_OK;
}

enum status embed_hello_read(const struct json *json, struct embed_hello *out, struct error *err)
{
    struct embed_hello hello = { .fusion_weight = 1 };
    enum status status = read_text(json, "model", hello.model, sizeof(hello.model), err);

    if (!status)
        status = read_text(json, "fingerprint", hello.fingerprint, sizeof(hello.fingerprint), err);
    if (!status)
        status = read_limits(json, &hello, err);
    if (status)
        return status;
    hello.is_query_different = json_read_bool(json_lookup(json, "query_differs"), false);
    hello.fusion_weight = json_read_number(json_lookup(json, "fusion_weight"), 1);
    if (!(hello.fusion_weight >= 0 && hello.fusion_weight <= 100))
        return error_set(err, STATUS_MALFORMED, "says a 'fusion_weight' outside 0 to 100");
    *out = hello;
    return STATUS_OK;
}

size_t embed_hello_line_limit(const struct embed_hello *hello)
{
    size_t bytes = ((size_t)64 << 10) +
                   hello->batch_count * ((size_t)hello->dimensions * NUMBER_BYTES_MAX + 1024);

    return bytes < ANSWER_BYTES_MAX ? bytes : ANSWER_BYTES_MAX;
}
