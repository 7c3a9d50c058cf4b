#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static void append_quoted(struct buf *out, struct span value)
{
    buf_append_char(out, '"');
    while (value.len > 0) {
        size_t plain = 0, taken;
        uint32_t c;

        while (plain < value.len && (unsigned char)value.data[plain] >= 0x20 &&
               (unsigned char)value.data[plain] < 0x7F && value.data[plain] != '"' &&
               value.data[plain] != '\\')
            plain++;
        buf_append(out, value.data, plain);
        value = (struct span){ value.data + plain, value.len - plain };
        taken = utf8_decode(value, &c);
        if (taken == 0)
            break;
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", (int)c);
        else if (c == '\n')
            buf_append(out, "\\n", 2);
        else if (c == '\t')
            buf_append(out, "\\t", 2);
        else if (c < 0x20 || c == 0x7F)
            buf_printf(out, "\\u%04x", c);
        else
            utf8_append(out, c);
        value = (struct span){ value.data + taken, value.len - taken };
    }
    buf_append_char(out, '"');
}

static void begin_value(struct json_writer *json, const char *name)
{
    if (json->depth > 0 && json->needs_comma[json->depth - 1])
        buf_append_char(json->out, ',');
    if (json->depth > 0)
        json->needs_comma[json->depth - 1] = true;
    if (name) {
        append_quoted(json->out, (struct span){ name, strlen(name) });
        buf_append_char(json->out, ':');
    }
}

static void begin_nested(struct json_writer *json, const char *name, char bracket)
{
    begin_value(json, name);
    buf_append_char(json->out, bracket);
    assert(json->depth < JSON_DEPTH_MAX);
    json->needs_comma[json->depth++] = false;
}

static void end_nested(struct json_writer *json, char bracket)
{
    assert(json->depth > 0);
    json->depth--;
    buf_append_char(json->out, bracket);
}

void json_put_object_begin(struct json_writer *json, const char *name)
{
    begin_nested(json, name, '{');
}

void json_put_object_end(struct json_writer *json)
{
    end_nested(json, '}');
}

void json_put_array_begin(struct json_writer *json, const char *name)
{
    begin_nested(json, name, '[');
}

void json_put_array_end(struct json_writer *json)
{
    end_nested(json, ']');
}

void json_put_string(struct json_writer *json, const char *name, struct span value)
{
    begin_value(json, name);
    append_quoted(json->out, value);
}

void json_put_text(struct json_writer *json, const char *name, const char *value)
{
    if (value)
        json_put_string(json, name, (struct span){ value, strlen(value) });
    else
        json_put_null(json, name);
}

void json_put_integer(struct json_writer *json, const char *name, int64_t value)
{
    begin_value(json, name);
    buf_printf(json->out, "%" PRId64, value);
}

void json_put_number(struct json_writer *json, const char *name, double value)
{
    begin_value(json, name);
    if (isfinite(value))
        buf_printf(json->out, "%.9g", value);
    else
        buf_append(json->out, "null", 4);
}

void json_put_bool(struct json_writer *json, const char *name, bool value)
{
    begin_value(json, name);
    buf_printf(json->out, "%s", value ? "true" : "false");
}

void json_put_null(struct json_writer *json, const char *name)
{
    begin_value(json, name);
    buf_append(json->out, "null", 4);
}

void json_put_path(struct json_writer *json, const char *name, struct span path)
{
    char name_b64[64];

    json_put_string(json, name, path);
    if (utf8_is_valid(path))
        return;
    (void)snprintf(name_b64, sizeof(name_b64), "%s_b64", name);
    begin_value(json, name_b64);
    buf_append_char(json->out, '"');
    base64_append(json->out, path);
    buf_append_char(json->out, '"');
}

/* struct json is jansson's json_t under our name: no wrapper object is allocated. */
static const json_t *value_of(const struct json *value)
{
    return (const json_t *)value;
}

enum status json_parse(struct span text, struct json **out, struct error *err)
{
    json_error_t problem;
    json_t *root =
        json_loadb(text.data, text.len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &problem);

    if (!root && json_error_code(&problem) == json_error_out_of_memory)
        return error_set(err, STATUS_NO_MEMORY, "out of memory while reading JSON");
    if (!root)
        return error_set(err, STATUS_MALFORMED, "not JSON at line %d, column %d: %s", problem.line,
                         problem.column, problem.text);
    *out = (struct json *)root;
    return STATUS_OK;
}

void json_free(struct json *root)
{
    json_decref((json_t *)root);
}

static int append_bytes(const char *bytes, size_t len, void *user)
{
    buf_append(user, bytes, len);
    return 0;
}

void json_append(struct buf *out, const struct json *value)
{
    (void)json_dump_callback(value_of(value), append_bytes, out,
                             JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY);
}

const struct json *json_lookup(const struct json *object, const char *name)
{
    return (const struct json *)json_object_get(value_of(object), name);
}

size_t json_count(const struct json *array)
{
    return json_array_size(value_of(array));
}

const struct json *json_at(const struct json *array, size_t index)
{
    return (const struct json *)json_array_get(value_of(array), index);
}

enum json_kind json_kind(const struct json *value)
{
    if (!value)
        return JSON_KIND_NONE;
    switch (json_typeof(value_of(value))) {
    case JSON_OBJECT:
        return JSON_KIND_OBJECT;
    case JSON_ARRAY:
        return JSON_KIND_ARRAY;
    case JSON_STRING:
        return JSON_KIND_STRING;
    case JSON_INTEGER:
    case JSON_REAL:
        return JSON_KIND_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        return JSON_KIND_BOOL;
    case JSON_NULL:
        return JSON_KIND_NULL;
    }
    return JSON_KIND_NONE;
}

struct span json_read_string(const struct json *value)
{
    return (struct span){ json_string_value(value_of(value)), json_string_length(value_of(value)) };
}

int64_t json_read_integer(const struct json *value, int64_t otherwise)
{
    return json_is_integer(value_of(value)) ? json_integer_value(value_of(value)) : otherwise;
}

double json_read_number(const struct json *value, double otherwise)
{
    return json_is_number(value_of(value)) ? json_number_value(value_of(value)) : otherwise;
}

bool json_read_bool(const struct json *value, bool otherwise)
{
    return json_is_boolean(value_of(value)) ? json_is_true(value_of(value)) : otherwise;
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode_group(uint32_t group, char out[4])
{
    out[0] = base64_digits[group >> 18];
    out[1] = base64_digits[group >> 12 & 63];
    out[2] = base64_digits[group >> 6 & 63];
    out[3] = base64_digits[group & 63];
}

/* In blocks, so that the buffer is asked once for many groups. */
void base64_append(struct buf *buf, struct span bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.data;
    size_t left = bytes.len, used = 0;
    char block[4096];

    for (; left >= 3; left -= 3, p += 3) {
        encode_group((uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2], block + used);
        used += 4;
        if (used == sizeof(block)) {
            buf_append(buf, block, used);
            used = 0;
        }
    }
    if (left > 0) {
        encode_group((uint32_t)p[0] << 16 | (left > 1 ? (uint32_t)p[1] << 8 : 0), block + used);
        block[used + 3] = '=';
        if (left == 1)
            block[used + 2] = '=';
        used += 4;
    }
    buf_append(buf, block, used);
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_decode(struct buf *buf, struct span text)
{
    if (text.len % 4)
        return false;
    for (size_t i = 0; i < text.len; i += 4) {
        const char *q = text.data + i;
        bool is_last = i + 4 == text.len;
        int padding = !is_last ? 0 : q[3] != '=' ? 0 : q[2] != '=' ? 1 : 2;
        uint32_t group = 0;
        char bytes[3];

        for (int k = 0; k < 4 - padding; k++) {
            int value = base64_value(q[k]);

            if (value < 0)
                return false;
            group |= (uint32_t)value << (18 - 6 * k);
        }
        bytes[0] = (char)(group >> 16);
        bytes[1] = (char)(group >> 8);
        bytes[2] = (char)group;
        buf_append(buf, bytes, (size_t)(3 - padding));
    }
    return true;
}

bool json_read_path(const struct json *object, const char *name, struct buf *out)
{
    char name_b64[64];
    struct span plain = json_read_string(json_lookup(object, name)), encoded;

    (void)snprintf(name_b64, sizeof(name_b64), "%s_b64", name);
    encoded = json_read_string(json_lookup(object, name_b64));
    if (encoded.data)
        return base64_decode(out, encoded);
    if (plain.data)
        buf_append(out, plain.data, plain.len);
    return plain.data != NULL;
}
