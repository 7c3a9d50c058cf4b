#include "extractors/html/html_charset.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unicode/ucnv.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "extractors/common/charset.h"

#define PRESCAN_BYTES 4096u
#define CHUNK_UNITS   4096

struct name {
    char text[CHARSET_NAME_BYTES];
};

/* The value behind "charset" or "encoding": = or spaces, perhaps a quote. */
static bool read_value(struct span text, const char *at, struct name *out)
{
    const char *end = text.data + text.len;
    size_t len = 0;

    while (at < end && strchr(" \t\r\n=\"'", *at))
        at++;
    while (at < end && len + 1 < sizeof(out->text) && *at > ' ' && !strchr("\"';>/?", *at))
        out->text[len++] = *at++;
    out->text[len] = '\0';
    return len > 0;
}

/* "prescan a byte stream to determine its encoding", for <meta charset=x>,
 * <meta http-equiv content="...; charset=x"> and <?xml encoding="x"?>. */
static bool declared(struct span bytes, struct name *out)
{
    struct span head = { bytes.data, bytes.len < PRESCAN_BYTES ? bytes.len : PRESCAN_BYTES };
    const char *at = head.data;

    if (head.len > 5 && !memcmp(head.data, "<?xml", 5)) {
        const char *close = memchr(head.data, '>', head.len);
        struct span line = { head.data, close ? (size_t)(close - head.data) : head.len };
        const char *encoding = ascii_find(line, "encoding");

        if (encoding && read_value(line, encoding + strlen("encoding"), out))
            return true;
    }
    while ((at = ascii_find((struct span){ at, (size_t)(head.data + head.len - at) }, "<meta"))) {
        const char *close = memchr(at, '>', (size_t)(head.data + head.len - at));
        struct span meta = { at,
                             close ? (size_t)(close - at) : (size_t)(head.data + head.len - at) };
        const char *charset = ascii_find(meta, "charset");

        if (charset && read_value(meta, charset + strlen("charset"), out))
            return true;
        at += strlen("<meta");
    }
    return false;
}

/* Labels whose meaning in browsers is another than their name's. */
static void apply_labels(struct name *name)
{
    static const struct {
        const char *label, *charset;
    } labels[] = {
        { "us-ascii", "windows-1252" },
        { "ascii", "windows-1252" },
        { "x-user-defined", "windows-1252" },
        { "utf8", "UTF-8" },
        { "utf-16", "UTF-8" },
        { "utf-16le", "UTF-8" },
        { "utf-16be", "UTF-8" },
        { "unicode", "UTF-8" },
    };
    const char *superset;

    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
        if (!strcasecmp(name->text, labels[i].label)) {
            memcpy(name->text, labels[i].charset, strlen(labels[i].charset) + 1);
            return;
        }
    superset = charset_superset(name->text);
    if (superset != name->text)
        memcpy(name->text, superset, strlen(superset) + 1);
}

static bool has_high_bytes(struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if ((unsigned char)bytes.data[i] >= 0x80)
            return true;
    return false;
}

/* UTF-16 without its mark: every second byte of the markup is zero. */
static const char *guess_utf16(struct span bytes)
{
    size_t odd = 0, even = 0, looked_at = bytes.len < 512 ? bytes.len : 512;

    for (size_t i = 0; i < looked_at; i++) {
        odd += (i & 1) && bytes.data[i] == 0;
        even += !(i & 1) && bytes.data[i] == 0;
    }
    if (odd * 5 > looked_at * 2 && even * 20 < looked_at)
        return "UTF-16LE";
    if (even * 5 > looked_at * 2 && odd * 20 < looked_at)
        return "UTF-16BE";
    return NULL;
}

static bool same_charset(const char *a, const char *b)
{
    return strcasecmp(a, b) == 0;
}

/* Fewer than one in fifty of the bytes past ASCII are no UTF-8: damage, not another charset. */
static bool is_mostly_utf8(struct span bytes)
{
    size_t high = 0, bad = 0;

    for (size_t i = 0; i < bytes.len;) {
        struct span rest = { bytes.data + i, bytes.len - i };
        uint32_t code_point;
        size_t len;

        if ((unsigned char)bytes.data[i] < 0x80) {
            i++;
            continue;
        }
        len = utf8_decode(rest, &code_point);
        high += len;
        bad += len == 1;
        i += len ? len : 1;
    }
    return bad * 50 <= high;
}

static enum status convert(struct span bytes, const char *charset, struct buf *out, bool *is_known,
                           struct error *err)
{
    UErrorCode code = U_ZERO_ERROR;
    UConverter *converter = ucnv_open(charset, &code);
    const char *from = bytes.data, *end = bytes.data + bytes.len;
    UChar units[CHUNK_UNITS] = { 0 };
    uint32_t high = 0; /* the first half of a surrogate pair */

    *is_known = U_SUCCESS(code);
    if (!*is_known)
        return STATUS_OK;
    do {
        UChar *to = units;

        code = U_ZERO_ERROR;
        ucnv_toUnicode(converter, &to, units + CHUNK_UNITS, &from, end, NULL, true, &code);
        for (const UChar *unit = units; unit < to; unit++) {
            if (U16_IS_LEAD(*unit)) {
                high = *unit;
            } else if (U16_IS_TRAIL(*unit) && high) {
                utf8_append(out, (uint32_t)U16_GET_SUPPLEMENTARY(high, *unit));
                high = 0;
            } else if (*unit != 0) {
                utf8_append(out, *unit);
            }
        }
    } while (code == U_BUFFER_OVERFLOW_ERROR);
    ucnv_close(converter);
    return buf_status(out, err);
}

static bool mark_of(struct span *bytes, struct name *out)
{
    static const struct {
        const char *mark, *charset;
        size_t len;
    } marks[] = { { "\xEF\xBB\xBF", "UTF-8", 3 },
                  { "\xFF\xFE", "UTF-16LE", 2 },
                  { "\xFE\xFF", "UTF-16BE", 2 } };

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (bytes->len >= marks[i].len && !memcmp(bytes->data, marks[i].mark, marks[i].len)) {
            *bytes = (struct span){ bytes->data + marks[i].len, bytes->len - marks[i].len };
            memcpy(out->text, marks[i].charset, strlen(marks[i].charset) + 1);
            return true;
        }
    return false;
}

static void choose(struct span bytes, const char *told, bool is_utf8, struct name *name)
{
    const char *wide = guess_utf16(bytes);
    bool is_declared;

    (void)snprintf(name->text, sizeof(name->text), "%s", told);
    is_declared = name->text[0] != '\0' || (!wide && declared(bytes, name));

    if (wide) {
        memcpy(name->text, wide, strlen(wide) + 1);
        return;
    }
    if (is_declared)
        apply_labels(name);
    if (is_utf8 && is_declared && strncasecmp(name->text, "iso-2022", 8) != 0 &&
        has_high_bytes(bytes))
        is_declared = false;
    else if (is_declared && same_charset(name->text, "UTF-8") && !is_utf8 && !is_mostly_utf8(bytes))
        memcpy(name->text, "windows-1252", sizeof("windows-1252"));
    if (is_declared)
        return;
    if (is_utf8 || is_mostly_utf8(bytes))
        memcpy(name->text, "UTF-8", sizeof("UTF-8"));
    else
        charset_detect(bytes, "", name->text);
}

enum status html_decode(struct span bytes, const char *told, struct buf *out, char charset[32],
                        struct error *err)
{
    struct name name = { "" };
    bool is_known = true, is_marked = mark_of(&bytes, &name), is_utf8 = utf8_is_valid(bytes);

    if (!is_marked)
        choose(bytes, told, is_utf8, &name);
    if (!same_charset(name.text, "UTF-8")) {
        enum status status = convert(bytes, name.text, out, &is_known, err);

        if (status)
            return status;
        if (!is_known)
            memcpy(name.text, "UTF-8", sizeof("UTF-8"));
    }
    if (same_charset(name.text, "UTF-8") && is_utf8)
        buf_append(out, bytes.data, bytes.len);
    else if (same_charset(name.text, "UTF-8"))
        (void)utf8_append_repaired(out, bytes);
    memcpy(charset, name.text, sizeof(name.text));
    return buf_status(out, err);
}
