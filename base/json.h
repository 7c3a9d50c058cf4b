/*
 * json.h - JSON in and out. The one door to jansson.
 *
 * Writing goes straight into a struct buf: begin, values, end. Bytes that are not UTF-8 are written
 * as U+FFFD, so a line is always valid JSON; where bytes matter (paths) json_put_path() adds
 * NAME_b64. Reading gives a tree that is borrowed from its root, which the caller frees.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"

#define JSON_DEPTH_MAX 32

struct json_writer {
    struct buf *out; /* borrowed; its errors stick */
    unsigned depth;
    bool needs_comma[JSON_DEPTH_MAX];
};

#define JSON_WRITER(buf)                                                                           \
    {                                                                                              \
        .out = (buf)                                                                               \
    }

/* name is NULL inside arrays and for the outermost value. */
void json_put_object_begin(struct json_writer *json, const char *name);
void json_put_object_end(struct json_writer *json);
void json_put_array_begin(struct json_writer *json, const char *name);
void json_put_array_end(struct json_writer *json);
void json_put_string(struct json_writer *json, const char *name, struct span value);
void json_put_text(struct json_writer *json, const char *name, const char *value); /* NULL: null */
void json_put_integer(struct json_writer *json, const char *name, int64_t value);
void json_put_number(struct json_writer *json, const char *name, double value);
void json_put_bool(struct json_writer *json, const char *name, bool value);
void json_put_null(struct json_writer *json, const char *name);
/* A path: as a string, and when it is not UTF-8 also as NAME_b64. */
void json_put_path(struct json_writer *json, const char *name, struct span path);

enum json_kind {
    JSON_KIND_NONE, /* no value: NULL */
    JSON_KIND_NULL,
    JSON_KIND_BOOL,
    JSON_KIND_NUMBER,
    JSON_KIND_STRING,
    JSON_KIND_ARRAY,
    JSON_KIND_OBJECT,
};

/* A value of a parsed text. Every reader accepts NULL and wrong types, and answers with nothing. */
struct json;

/* The caller owns *out: json_free(). STATUS_MALFORMED says line and column. */
NODISCARD enum status json_parse(struct span text, struct json **out, struct error *err);
void json_free(struct json *root); /* NULL is fine; only for what json_parse() gave */

const struct json *json_lookup(const struct json *object, const char *name); /* NULL: none */
size_t json_count(const struct json *array);                                 /* 0: not an array */
const struct json *json_at(const struct json *array, size_t index);
enum json_kind json_kind(const struct json *value);
/* Borrowed; {NULL, 0} when value is no string. NUL-terminated when not NULL. */
struct span json_read_string(const struct json *value);
int64_t json_read_integer(const struct json *value, int64_t otherwise);
double json_read_number(const struct json *value, double otherwise);
bool json_read_bool(const struct json *value, bool otherwise);

/* Appends value as text, on one line, in the order it was read. */
void json_append(struct buf *out, const struct json *value);

/* RFC 4648, section 4. */
void base64_append(struct buf *buf, struct span bytes);
/* Appends the decoded bytes; false when text is not base64. */
bool base64_decode(struct buf *buf, struct span text);

/* Of an object, what json_put_path() put there: appended to out. False: it is no such path. */
bool json_read_path(const struct json *object, const char *name, struct buf *out);

#endif
