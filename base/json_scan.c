#include "base/json_scan.h"

#include <math.h>
#include <string.h>

#include "base/utf8.h"

#define ONES  0x0101010101010101u
#define HIGHS 0x8080808080808080u

static void fail(struct json_scan *scan)
{
    scan->has_failed = true;
    scan->at = scan->end;
}

/* The next byte that is no white space, or NUL at the end. */
static char peek(struct json_scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' || *scan->at == '\r'))
        scan->at++;
    return scan->at < scan->end ? *scan->at : '\0';
}

static bool take(struct json_scan *scan, char wanted)
{
    if (peek(scan) != wanted)
        return false;
    scan->at++;
    return true;
}

enum json_kind json_scan_kind(struct json_scan *scan)
{
    char c = peek(scan);

    if (c == '-' || (c >= '0' && c <= '9'))
        return JSON_KIND_NUMBER;
    switch (c) {
    case '{':
        return JSON_KIND_OBJECT;
    case '[':
        return JSON_KIND_ARRAY;
    case '"':
        return JSON_KIND_STRING;
    case 't':
    case 'f':
        return JSON_KIND_BOOL;
    case 'n':
        return JSON_KIND_NULL;
    default:
        return JSON_KIND_NONE;
    }
}

void json_scan_object(struct json_scan *scan)
{
    if (!take(scan, '{'))
        fail(scan);
}

void json_scan_array(struct json_scan *scan)
{
    if (!take(scan, '['))
        fail(scan);
}

/* True when another element follows. The byte before tells whether it is the first one: only an
 * opening bracket can stand there. */
static bool has_element(struct json_scan *scan, char open, char close)
{
    const char *before = scan->at;

    if (scan->has_failed)
        return false;
    if (take(scan, close))
        return false;
    if (before[-1] == open || take(scan, ','))
        return true;
    fail(scan);
    return false;
}

bool json_scan_item(struct json_scan *scan)
{
    return has_element(scan, '[', ']');
}

/* The first quote, backslash or control character from `at` on. */
static const char *string_stop(const char *at, const char *end)
{
    for (; end - at >= 8; at += 8) {
        uint64_t bytes, quotes, slashes, stops;

        memcpy(&bytes, at, sizeof(bytes));
        quotes = bytes ^ '"' * ONES;
        slashes = bytes ^ '\\' * ONES;
        stops = ((quotes - ONES) & ~quotes) | ((slashes - ONES) & ~slashes) |
                ((bytes - 0x20 * ONES) & ~bytes);
        if (stops & HIGHS)
            break; /* the exact place is found below, whatever the byte order */
    }
    while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20)
        at++;
    return at;
}

bool json_scan_member(struct json_scan *scan, struct span *name)
{
    const char *start;

    if (!has_element(scan, '{', '}'))
        return false;
    if (!take(scan, '"')) {
        fail(scan);
        return false;
    }
    start = scan->at;
    while ((scan->at = string_stop(scan->at, scan->end)) < scan->end && *scan->at == '\\')
        scan->at += scan->end - scan->at > 1 ? 2 : 1;
    *name = (struct span){ start, (size_t)(scan->at - start) };
    if (scan->at >= scan->end || *scan->at++ != '"' || !take(scan, ':')) {
        fail(scan);
        return false;
    }
    return true;
}

static bool hex4(struct json_scan *scan, uint32_t *out)
{
    uint32_t value = 0;

    if (scan->end - scan->at < 4)
        return false;
    for (unsigned i = 0; i < 4; i++) {
        char c = *scan->at++;
        uint32_t digit =
            c >= '0' && c <= '9' ? (uint32_t)(c - '0') : (uint32_t)((c | 0x20) - 'a' + 10);

        if (digit > 15 || (digit > 9 && ((c | 0x20) < 'a' || (c | 0x20) > 'f')))
            return false;
        value = value << 4 | digit;
    }
    *out = value;
    return true;
}

static bool unicode_escape(struct json_scan *scan, struct buf *out)
{
    uint32_t c, low;
    const char *behind;

    if (!hex4(scan, &c))
        return false;
    behind = scan->at;
    if (c >= 0xD800 && c < 0xDC00 && scan->end - scan->at >= 6 && scan->at[0] == '\\' &&
        scan->at[1] == 'u') {
        scan->at += 2;
        if (!hex4(scan, &low))
            return false;
        if (low >= 0xDC00 && low < 0xE000)
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        else
            scan->at = behind;
    }
    utf8_append(out, c); /* a lone surrogate becomes U+FFFD there */
    return true;
}

/* at is behind the backslash. */
static bool escape(struct json_scan *scan, struct buf *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found;
    char c;

    if (scan->at >= scan->end)
        return false;
    c = *scan->at++;
    if (c == 'u')
        return unicode_escape(scan, out);
    found = c ? strchr(from, c) : NULL;
    if (found)
        buf_append_char(out, to[found - from]);
    return found != NULL;
}

void json_scan_string(struct json_scan *scan, struct buf *out)
{
    if (!take(scan, '"')) {
        fail(scan);
        return;
    }
    while (scan->at < scan->end) {
        const char *stop = string_stop(scan->at, scan->end);

        buf_append(out, scan->at, (size_t)(stop - scan->at));
        scan->at = stop;
        if (stop >= scan->end || (*stop != '"' && *stop != '\\'))
            break;
        scan->at++;
        if (*stop == '"')
            return;
        if (!escape(scan, out))
            break;
    }
    fail(scan);
}

bool json_scan_lend(struct json_scan *scan, struct span *out)
{
    const char *stop;

    if (!take(scan, '"')) {
        fail(scan);
        return false;
    }
    stop = string_stop(scan->at, scan->end);
    if (stop < scan->end && *stop == '"') {
        *out = (struct span){ scan->at, (size_t)(stop - scan->at) };
        scan->at = stop + 1;
        return true;
    }
    if (stop < scan->end && *stop == '\\')
        scan->at--; /* back to the quote */
    else
        fail(scan);
    return false;
}

int64_t json_scan_integer(struct json_scan *scan)
{
    bool is_negative = take(scan, '-');
    int64_t value = 0;
    const char *start = scan->at;

    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9' &&
           value < INT64_MAX / 10 - 9)
        value = value * 10 + (*scan->at++ - '0');
    if (scan->at == start || (scan->at < scan->end && strchr("0123456789.eE", *scan->at)))
        fail(scan);
    return is_negative ? -value : value;
}

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

/* Where the number at `at` ends, by the grammar of RFC 8259, section 6; NULL when it is none. */
static const char *skip_number(const char *at, const char *end)
{
    const char *digits;

    at += at < end && *at == '-';
    digits = at;
    at = skip_digits(at, end);
    if (at == digits || (*digits == '0' && at - digits > 1))
        return NULL;
    if (at < end && *at == '.') {
        digits = ++at;
        at = skip_digits(at, end);
        if (at == digits)
            return NULL;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < end && (*at == '+' || *at == '-');
        digits = at;
        at = skip_digits(at, end);
        if (at == digits)
            return NULL;
    }
    return at;
}

/* Nineteen digits fit into 64 bits; those behind them are too small to matter. */
struct decimal {
    uint64_t digits;
    unsigned digit_count;
    int exponent;
};

static void add_digit(struct decimal *decimal, char c, bool is_fraction)
{
    if (decimal->digit_count < 19) {
        decimal->digits = decimal->digits * 10 + (uint64_t)(c - '0');
        decimal->digit_count += decimal->digits > 0;
        decimal->exponent -= is_fraction;
    } else {
        decimal->exponent += !is_fraction;
    }
}

static int read_exponent(const char *p, const char *end)
{
    bool is_negative = *p == '-';
    int value = 0;

    for (p += *p == '-' || *p == '+'; p < end; p++)
        if (value < 100000)
            value = value * 10 + (*p - '0');
    return is_negative ? -value : value;
}

static double scale(double value, int exponent)
{
    static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

    if (exponent < 0 && exponent >= -22)
        return value / powers[-exponent];
    if (exponent >= 0 && exponent <= 22)
        return value * powers[exponent];
    return (double)((long double)value * powl(10.0L, exponent));
}

double json_scan_number(struct json_scan *scan)
{
    struct decimal decimal = { .digits = 0 };
    bool is_fraction = false, is_negative = peek(scan) == '-';
    const char *at = scan->at, *end = skip_number(at, scan->end);
    double value;

    if (!end) {
        fail(scan);
        return 0;
    }
    for (at += is_negative; at < end; at++) {
        if (*at == '.') {
            is_fraction = true;
        } else if (*at == 'e' || *at == 'E') {
            decimal.exponent += read_exponent(at + 1, end);
            break;
        } else {
            add_digit(&decimal, *at, is_fraction);
        }
    }
    scan->at = end;
    value = decimal.digits ? scale((double)decimal.digits, decimal.exponent) : 0;
    return is_negative ? -value : value;
}

bool json_scan_bool(struct json_scan *scan)
{
    bool is_true = peek(scan) == 't';
    const char *word = is_true ? "true" : "false";
    size_t len = strlen(word);

    if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, word, len) != 0)
        fail(scan);
    else
        scan->at += len;
    return is_true;
}

static void skip_string(struct json_scan *scan)
{
    scan->at++;
    while ((scan->at = string_stop(scan->at, scan->end)) < scan->end && *scan->at == '\\')
        scan->at += scan->end - scan->at > 1 ? 2 : 1;
    if (scan->at >= scan->end || *scan->at++ != '"')
        fail(scan);
}

static void skip_word(struct json_scan *scan)
{
    const char *start = scan->at;

    while (scan->at < scan->end && strchr("+-.0123456789Eaeflnrstu", *scan->at) && *scan->at)
        scan->at++;
    if (scan->at == start)
        fail(scan);
}

/* Brackets are counted, not matched: whoever needs the value reads it. */
void json_scan_skip(struct json_scan *scan)
{
    unsigned depth = 0;

    do {
        char c = peek(scan);

        if (c == '"') {
            skip_string(scan);
        } else if (c == '{' || c == '[') {
            scan->at++;
            depth++;
        } else if ((c == '}' || c == ']') && depth > 0) {
            scan->at++;
            depth--;
        } else if ((c == ',' || c == ':') && depth > 0) {
            scan->at++;
        } else {
            skip_word(scan);
        }
    } while (depth > 0 && !scan->has_failed);
}

bool json_scan_is_done(struct json_scan *scan)
{
    return peek(scan) == '\0' && scan->at == scan->end && !scan->has_failed;
}
