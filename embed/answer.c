#include "embed/answer.h"

#include <assert.h>
#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#define NESTING_MAX 64

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *skip_spaces(const char *p, const char *end)
{
    while (p < end && is_space(*p))
        p++;
    return p;
}

/* p is behind the opening quote; the result is behind the closing one, or NULL. */
static const char *skip_string(const char *p, const char *end)
{
    const char *start = p;

    while ((p = memchr(p, '"', (size_t)(end - p)))) {
        const char *slashes = p;

        while (slashes > start && slashes[-1] == '\\')
            slashes--;
        p++;
        if ((p - 1 - slashes) % 2 == 0)
            return p;
    }
    return NULL;
}

/* p is at an opening bracket; the result is behind the one that closes it, or NULL. Brackets of
 * both kinds count alike: whoever parses what is between them tells them apart. */
static const char *skip_nested(const char *p, const char *end)
{
    unsigned depth = 0;

    while (p && p < end) {
        char c = *p++;

        if (c == '"')
            p = skip_string(p, end);
        else if ((c == '[' || c == '{') && ++depth > NESTING_MAX)
            return NULL;
        else if ((c == ']' || c == '}') && --depth == 0)
            return p;
    }
    return NULL;
}

/* Where the value of the outermost object's "vectors" is, brackets included. */
static bool find_vectors(struct span line, const char **from, const char **to)
{
    static const char name[] = "\"vectors\"";
    const char *end = line.data + line.len, *p = line.data;
    unsigned depth = 0;

    while (p && p < end) {
        const char *token = p;
        char c = *p++;

        if (c == '"') {
            p = skip_string(p, end);
            if (!p || depth != 1 || (size_t)(p - token) != sizeof(name) - 1 ||
                memcmp(token, name, sizeof(name) - 1) != 0)
                continue;
            p = skip_spaces(p, end);
            if (p == end || *p != ':')
                continue; /* a value, not a name */
            *from = skip_spaces(p + 1, end);
            *to = *from < end && **from == '[' ? skip_nested(*from, end) : NULL;
            return *to != NULL;
        }
        if (c == '[' || c == '{')
            depth++;
        else if ((c == ']' || c == '}') && depth > 0)
            depth--;
    }
    return false;
}

static enum status read_rest(struct answer *answer, struct error *err)
{
    const struct json *id = json_lookup(answer->rest, "id");
    const struct json *error = json_lookup(answer->rest, "error");

    if (json_kind(answer->rest) != JSON_KIND_OBJECT)
        return error_set(err, STATUS_MALFORMED, "the line is not a JSON object");
    answer->id = json_read_integer(id, -1);
    answer->has_id = json_kind(id) != JSON_KIND_NONE;
    if (answer->has_id && answer->id < 0)
        return error_set(err, STATUS_MALFORMED, "'id' is no number of a request");
    answer->error = json_read_string(error);
    if (json_kind(error) != JSON_KIND_NONE && json_kind(error) != JSON_KIND_NULL &&
        !answer->error.data)
        return error_set(err, STATUS_MALFORMED, "'error' is no string");
    answer->may_retry = json_read_bool(json_lookup(answer->rest, "retry"), false);
    if (json_kind(json_lookup(answer->rest, "vectors")) == JSON_KIND_NULL || answer->vectors.data)
        return STATUS_OK;
    return json_lookup(answer->rest, "vectors")
               ? error_set(err, STATUS_MALFORMED, "'vectors' is no array")
               : STATUS_OK;
}

enum status answer_read(struct span line, struct answer *out, struct error *err)
{
    CLEANUP(buf_release) struct buf rest = BUF_INIT(line.len + 8);
    struct answer answer = { .id = -1 };
    const char *from = NULL, *to = NULL;
    enum status status;

    if (find_vectors(line, &from, &to)) {
        answer.vectors = (struct span){ from + 1, (size_t)(to - from) - 2 };
        buf_append(&rest, line.data, (size_t)(from - line.data));
        buf_append(&rest, "null", 4);
        buf_append(&rest, to, (size_t)(line.data + line.len - to));
    } else {
        buf_append(&rest, line.data, line.len);
    }
    status = buf_status(&rest, err);
    if (!status)
        status = json_parse(buf_span(&rest), &answer.rest, err);
    if (!status)
        status = read_rest(&answer, err);
    if (status) {
        answer_release(&answer);
        return status;
    }
    *out = answer;
    return STATUS_OK;
}

void answer_release(struct answer *answer)
{
    json_free(answer->rest);
    *answer = (struct answer){ .id = -1 };
}

/* 255: no digit of base64. */
static const unsigned char digit_values[256] = {
#define NO8 255, 255, 255, 255, 255, 255, 255, 255
    NO8, NO8, NO8, NO8, NO8, 255, 255, 255, 62,  255, 255, 255, 63,  52,  53,  54,  55,  56,  57,
    58,  59,  60,  61,  255, 255, 255, 255, 255, 255, 255, 0,   1,   2,   3,   4,   5,   6,   7,
    8,   9,   10,  11,  12,  13,  14,  15,  16,  17,  18,  19,  20,  21,  22,  23,  24,  25,  255,
    255, 255, 255, 255, 255, 26,  27,  28,  29,  30,  31,  32,  33,  34,  35,  36,  37,  38,  39,
    40,  41,  42,  43,  44,  45,  46,  47,  48,  49,  50,  51,  255, 255, 255, 255, 255, NO8, NO8,
    NO8, NO8, NO8, NO8, NO8, NO8, NO8, NO8, NO8, NO8, NO8, NO8, NO8, NO8,
#undef NO8
};

/* Exactly bytes bytes, padded: RFC 4648, section 4. */
static bool decode_base64(struct span text, unsigned char *out, size_t bytes)
{
    const unsigned char *p = (const unsigned char *)text.data;
    size_t whole = bytes / 3, rest = bytes % 3;
    unsigned char bad = 0;

    if (text.len != (whole + (rest ? 1 : 0)) * 4)
        return false;
    for (size_t i = 0; i < whole; i++, p += 4, out += 3) {
        unsigned char a = digit_values[p[0]], b = digit_values[p[1]];
        unsigned char c = digit_values[p[2]], d = digit_values[p[3]];

        bad |= (unsigned char)((a | b | c | d) & 0xC0);
        out[0] = (unsigned char)(a << 2 | b >> 4);
        out[1] = (unsigned char)(b << 4 | c >> 2);
        out[2] = (unsigned char)(c << 6 | d);
    }
    if (rest) {
        unsigned char a = digit_values[p[0]], b = digit_values[p[1]];
        unsigned char c = rest == 2 ? digit_values[p[2]] : 0;

        bad |= (unsigned char)((a | b | c) & 0xC0);
        if (p[3] != '=' || (rest == 1 && p[2] != '='))
            return false;
        out[0] = (unsigned char)(a << 2 | b >> 4);
        if (rest == 2)
            out[1] = (unsigned char)(b << 4 | c >> 2);
    }
    return !bad;
}

static bool decode_vector(struct span text, float *out, unsigned dimensions)
{
    if (!decode_base64(text, (unsigned char *)out, (size_t)dimensions * sizeof(float)))
        return false;
#if __BYTE_ORDER == __BIG_ENDIAN
    for (unsigned i = 0; i < dimensions; i++) {
        uint32_t bits;

        memcpy(&bits, &out[i], sizeof(bits));
        bits = le32toh(bits);
        memcpy(&out[i], &bits, sizeof(bits));
    }
#endif
    return true;
}

static enum status wrong_length(unsigned dimensions, struct error *err)
{
    return error_set(err, STATUS_MALFORMED,
                     "a vector is not base64 of %u little-endian float32 values", dimensions);
}

/* element has its quotes. */
static enum status read_text(struct span element, float *out, unsigned dimensions,
                             struct error *err)
{
    struct span inner = { element.data + 1, element.len - 2 }, text;
    struct json *value = NULL;
    enum status status;

    if (decode_vector(inner, out, dimensions))
        return STATUS_OK;
    if (!memchr(inner.data, '\\', inner.len))
        return wrong_length(dimensions, err);
    status = json_parse(element, &value, err); /* some encoders write "\/" */
    if (status)
        return status;
    text = json_read_string(value);
    if (!text.data || !decode_vector(text, out, dimensions))
        status = wrong_length(dimensions, err);
    json_free(value);
    return status;
}

static enum status read_numbers(const struct json *array, float *out, unsigned dimensions,
                                struct error *err)
{
    if (json_count(array) != dimensions)
        return error_set(err, STATUS_MALFORMED, "a vector has %zu values instead of %u",
                         json_count(array), dimensions);
    for (unsigned i = 0; i < dimensions; i++) {
        const struct json *number = json_at(array, i);

        if (json_kind(number) != JSON_KIND_NUMBER)
            return error_set(err, STATUS_MALFORMED, "a vector holds something else than numbers");
        out[i] = (float)json_read_number(number, 0);
    }
    return STATUS_OK;
}

static enum status read_refusal(const struct json *object, struct vector_refusal *refusal,
                                struct error *err)
{
    struct span text = json_read_string(json_lookup(object, "error"));

    if (!text.data)
        return error_set(err, STATUS_MALFORMED, "an object among the vectors has no 'error'");
    refusal->may_retry = json_read_bool(json_lookup(object, "retry"), false);
    (void)snprintf(refusal->text, sizeof(refusal->text), "%s", text.data);
    return STATUS_OK;
}

static enum status read_nested(struct span element, float *out, unsigned dimensions,
                               enum vector_kind *kind, struct vector_refusal *refusal,
                               struct error *err)
{
    struct json *value = NULL;
    enum status status = json_parse(element, &value, err);

    if (status)
        return status;
    if (json_kind(value) == JSON_KIND_OBJECT) {
        *kind = VECTOR_REFUSED;
        status = read_refusal(value, refusal, err);
    } else {
        status = read_numbers(value, out, dimensions, err);
    }
    json_free(value);
    return status;
}

enum status answer_next_vector(struct span *vectors, float *out, unsigned dimensions,
                               enum vector_kind *kind, struct vector_refusal *refusal,
                               struct error *err)
{
    const char *end = vectors->data + vectors->len;
    const char *start = skip_spaces(vectors->data, end), *behind = NULL;
    struct span element;
    enum status status;

    *kind = VECTOR_END;
    if (start == end)
        return STATUS_OK;
    if (*start == '"')
        behind = skip_string(start + 1, end);
    else if (*start == '[' || *start == '{')
        behind = skip_nested(start, end);
    if (!behind)
        return error_set(err, STATUS_MALFORMED,
                         "a vector is neither base64, nor an array, nor an error");
    element = (struct span){ start, (size_t)(behind - start) };
    *kind = VECTOR_VALUES;
    status = *start == '"' ? read_text(element, out, dimensions, err)
                           : read_nested(element, out, dimensions, kind, refusal, err);
    if (status)
        return status;
    behind = skip_spaces(behind, end);
    if (behind < end && (*behind != ',' || skip_spaces(behind + 1, end) == end))
        return error_set(err, STATUS_MALFORMED, "the vectors are not separated by single commas");
    if (behind < end)
        behind++;
    *vectors = (struct span){ behind, (size_t)(end - behind) };
    return STATUS_OK;
}

const char *vector_check(const float *vector, unsigned dimensions)
{
    double square = 0, norm;

    for (unsigned i = 0; i < dimensions; i++)
        square += (double)vector[i] * (double)vector[i];
    if (!isfinite(square)) /* the squares of finite floats can't overflow a double */
        return "is not finite";
    norm = sqrt(square);
    if (norm <= 1e-6)
        return "is zero";
    return norm >= 1e6 ? "is longer than 1000000" : NULL;
}
