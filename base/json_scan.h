/*
 * json_scan.h - JSON read value by value, without building a tree: for long lines with long
 * strings.
 *
 *     struct json_scan scan = JSON_SCAN(line);
 *     struct span name;
 *
 *     json_scan_object(&scan);
 *     while (json_scan_member(&scan, &name))
 *         if (is_texts(name))
 *             read_texts(&scan);
 *         else
 *             json_scan_skip(&scan);
 *     if (!json_scan_is_done(&scan)) ... broken ...
 *
 * The first thing that is not JSON, or not of the kind asked for, sticks: all later calls give
 * nothing. Every member and item must be read, or skipped, before the next is asked for.
 */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"

struct json_scan {
    const char *at, *end;
    bool has_failed;
};

#define JSON_SCAN(text)                                                                            \
    {                                                                                              \
        .at = (text).data, .end = (text).data + (text).len                                         \
    }

/* What stands next; JSON_KIND_NONE: nothing that starts a value. */
enum json_kind json_scan_kind(struct json_scan *scan);

void json_scan_object(struct json_scan *scan);
/* False at the object's end. name is as written: names with escapes match nothing. Borrowed. */
bool json_scan_member(struct json_scan *scan, struct span *name);
void json_scan_array(struct json_scan *scan);
bool json_scan_item(struct json_scan *scan); /* false at the array's end */

/* Appends the string's bytes, escapes decoded; half a surrogate pair becomes U+FFFD. */
void json_scan_string(struct json_scan *scan, struct buf *out);
/* Lends a string that has no escapes, and is not checked to be UTF-8. False: it has some (nothing
 * was read: json_scan_string() does), or there is no string. */
bool json_scan_lend(struct json_scan *scan, struct span *out);
int64_t json_scan_integer(struct json_scan *scan);
/* Within two units in the last place of a double; infinite when it is too large for one. */
double json_scan_number(struct json_scan *scan);
bool json_scan_bool(struct json_scan *scan);
void json_scan_skip(struct json_scan *scan); /* any value */

/* Nothing failed, and only white space is left. */
bool json_scan_is_done(struct json_scan *scan);

#endif
