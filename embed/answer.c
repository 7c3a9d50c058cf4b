#include "embed/answer.h"

#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#define SCRATCH_BYTES_MAX ((size_t)1 << 20)

static bool is_named(struct span name, const char *wanted)
{
    return name.len == strlen(wanted) && memcmp(name.data, wanted, name.len) == 0;
}

/* A string member, cut to the room there is. */
static void read_short(struct json_scan *scan, char *out, size_t room)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(SCRATCH_BYTES_MAX);

    json_scan_string(scan, &text);
    (void)snprintf(out, room, "%s", text.data);
}

static bool read_null(struct json_scan *scan)
{
    if (json_scan_kind(scan) != JSON_KIND_NULL)
        return false;
    json_scan_skip(scan);
    return true;
}

static enum status read_member(struct json_scan *scan, struct span name, struct answer *answer,
                               struct error *err)
{
    if (is_named(name, "id")) {
        if (answer->has_id)
            return error_set(err, STATUS_MALFORMED, "'id' comes twice");
        answer->id = json_scan_integer(scan);
        if (scan->has_failed || answer->id < 0)
            return error_set(err, STATUS_MALFORMED, "'id' is no number of a request");
        answer->has_id = true;
    } else if (is_named(name, "error")) {
        if (answer->has_error)
            return error_set(err, STATUS_MALFORMED, "'error' comes twice");
        answer->has_error = !read_null(scan);
        if (answer->has_error)
            read_short(scan, answer->error, sizeof(answer->error));
    } else if (is_named(name, "retry")) {
        answer->may_retry = json_scan_bool(scan);
    } else if (is_named(name, "vectors")) {
        if (answer->has_vectors)
            return error_set(err, STATUS_MALFORMED, "'vectors' comes twice");
        if (read_null(scan))
            return STATUS_OK;
        answer->has_vectors = json_scan_kind(scan) == JSON_KIND_ARRAY;
        answer->vectors =
            *scan; /* read again from here, when the whole line is known to be right */
        if (!answer->has_vectors)
            return error_set(err, STATUS_MALFORMED, "'vectors' is no array");
        json_scan_skip(scan);
        json_scan_array(&answer->vectors);
    } else {
        json_scan_skip(scan);
    }
    return STATUS_OK;
}

enum status answer_read(struct span line, struct answer *out, struct error *err)
{
    struct answer answer = { .id = -1 };
    struct json_scan scan = JSON_SCAN(line);
    struct span name;
    enum status status = STATUS_OK;

    json_scan_object(&scan);
    while (!status && json_scan_member(&scan, &name))
        status = read_member(&scan, name, &answer, err);
    if (status)
        return status;
    if (!json_scan_is_done(&scan))
        return error_set(err, STATUS_MALFORMED, "not a JSON object: %.*s",
                         line.len < 60 ? (int)line.len : 60, line.data);
    *out = answer;
    return STATUS_OK;
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

static enum status read_text(struct json_scan *scan, float *out, unsigned dimensions,
                             struct error *err)
{
    CLEANUP(buf_release) struct buf scratch = BUF_INIT(SCRATCH_BYTES_MAX);
    struct span text;

    if (!json_scan_lend(scan, &text)) { /* some encoders write "\/" */
        json_scan_string(scan, &scratch);
        text = buf_span(&scratch);
    }
    if (scan->has_failed || !decode_vector(text, out, dimensions))
        return error_set(err, STATUS_MALFORMED,
                         "a vector is not base64 of %u little-endian float32 values", dimensions);
    return STATUS_OK;
}

static enum status read_numbers(struct json_scan *scan, float *out, unsigned dimensions,
                                struct error *err)
{
    unsigned count = 0;

    for (json_scan_array(scan); json_scan_item(scan);) {
        double value = json_scan_number(scan);

        if (scan->has_failed)
            return error_set(err, STATUS_MALFORMED, "a vector holds something else than numbers");
        if (count < dimensions)
            out[count] = (float)value;
        count++;
    }
    if (count != dimensions)
        return error_set(err, STATUS_MALFORMED, "a vector has %u values instead of %u", count,
                         dimensions);
    return STATUS_OK;
}

static enum status read_refusal(struct json_scan *scan, struct vector_refusal *refusal,
                                struct error *err)
{
    struct span name;
    bool has_error = false;

    *refusal = (struct vector_refusal){ .may_retry = false };
    json_scan_object(scan);
    while (json_scan_member(scan, &name)) {
        if (is_named(name, "error")) {
            read_short(scan, refusal->text, sizeof(refusal->text));
            has_error = true;
        } else if (is_named(name, "retry")) {
            refusal->may_retry = json_scan_bool(scan);
        } else {
            json_scan_skip(scan);
        }
    }
    if (scan->has_failed || !has_error)
        return error_set(err, STATUS_MALFORMED, "an object among the vectors has no text 'error'");
    return STATUS_OK;
}

enum status answer_next_vector(struct answer *answer, float *out, unsigned dimensions,
                               enum vector_kind *kind, struct vector_refusal *refusal,
                               struct error *err)
{
    struct json_scan *scan = &answer->vectors;

    *kind = VECTOR_END;
    if (!json_scan_item(scan))
        return scan->has_failed ? error_set(err, STATUS_MALFORMED, "the vectors' array is broken")
                                : STATUS_OK;
    *kind = VECTOR_VALUES;
    switch (json_scan_kind(scan)) {
    case JSON_KIND_STRING:
        return read_text(scan, out, dimensions, err);
    case JSON_KIND_ARRAY:
        return read_numbers(scan, out, dimensions, err);
    case JSON_KIND_OBJECT:
        *kind = VECTOR_REFUSED;
        return read_refusal(scan, refusal, err);
    default:
        return error_set(err, STATUS_MALFORMED,
                         "a vector is neither base64, nor an array, nor an error");
    }
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
