#include "extractors/mail/msg.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#define ENTRY_BYTES      16u
#define FIXED_BYTES_MAX  ((size_t)1 << 20)
#define SECONDS_TO_1970  INT64_C(11644473600) /* from 1601, where FILETIME begins */
#define TICKS_PER_SECOND UINT64_C(10000000)
#define TIME_SECONDS_MAX INT64_C(253402300799) /* 9999-12-31 */

/* 2.4: a header of 32 bytes in a file's own message, 24 in a message inside, 8 in a recipient or
 * attachment; entries of 16 bytes follow, so the length tells. Some programs leave a few bytes more
 * behind them. */
static size_t first_entry(struct span fixed, bool is_message)
{
    if (!is_message)
        return 8;
    return fixed.len % ENTRY_BYTES == 8 ? 24 : 32;
}

static bool is_part(const struct msg_object *object)
{
    char name[33];

    ole_name(object->ole, object->folder, name);
    return strncmp(name, "__recip_", 8) == 0 || strncmp(name, "__attach_", 9) == 0;
}

bool msg_number(const struct msg_object *object, unsigned property, enum msg_type type,
                uint64_t *out)
{
    struct span fixed = buf_span(&object->fixed);

    for (size_t at = first_entry(fixed, !is_part(object)); at + ENTRY_BYTES <= fixed.len;
         at += ENTRY_BYTES) {
        if (ole_u16(fixed, at) != type || ole_u16(fixed, at + 2) != property)
            continue;
        *out = type == MSG_INT32 ? ole_u32(fixed, at + 8) : ole_u64(fixed, at + 8);
        return true;
    }
    return false;
}

bool msg_time(const struct msg_object *object, unsigned property, int64_t *out)
{
    uint64_t ticks;

    if (!msg_number(object, property, MSG_TIME, &ticks))
        return false;
    *out = (int64_t)(ticks / TICKS_PER_SECOND) - SECONDS_TO_1970;
    return ticks > 0 && *out <= TIME_SECONDS_MAX && *out > -SECONDS_TO_1970;
}

static size_t lookup(const struct msg_object *object, unsigned property, enum msg_type type)
{
    char name[33];

    (void)snprintf(name, sizeof(name), "__substg1.0_%04X%04X", property & 0xFFFFu,
                   (unsigned)type & 0xFFFFu);
    return ole_lookup_in(object->ole, object->folder, name);
}

size_t msg_folder(const struct msg_object *object, unsigned property)
{
    size_t found = lookup(object, property, MSG_OBJECT);

    return found != OLE_NONE && ole_is_folder(object->ole, found) ? found : OLE_NONE;
}

bool msg_bytes(const struct msg_object *object, unsigned property, enum msg_type type,
               struct buf *out, struct error *err)
{
    size_t found = lookup(object, property, type), start = out->len;

    if (found == OLE_NONE || ole_is_folder(object->ole, found))
        return false;
    (void)!ole_read(object->ole, found, out, err);
    return out->len > start;
}

static void append_string8(const struct msg_object *object, struct span bytes, struct buf *out)
{
    CLEANUP(decoded_release) struct decoded decoded = { .storage = BUF_INIT(0) };

    if (!charset_decode(bytes, object->charset, &decoded, NULL))
        buf_append(out, decoded.text.data, decoded.text.len);
}

bool msg_text(const struct msg_object *object, unsigned property, struct buf *out)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(OLE_STREAM_BYTES_MAX);
    size_t start = out->len;

    if (msg_bytes(object, property, MSG_UNICODE, &bytes, NULL))
        ole_append_utf16(out, buf_span(&bytes));
    else if (msg_bytes(object, property, MSG_STRING8, &bytes, NULL))
        append_string8(object, buf_span(&bytes), out);
    while (out->len > start && out->data[out->len - 1] == '\0')
        out->len--;
    return out->len > start;
}

/* ---- charsets ---- */

void msg_charset(uint64_t codepage, char out[CHARSET_NAME_BYTES])
{
    if (codepage == 0 || codepage > 65001)
        out[0] = '\0';
    else if (codepage == 65001)
        (void)snprintf(out, CHARSET_NAME_BYTES, "UTF-8");
    else if (codepage == 20127)
        (void)snprintf(out, CHARSET_NAME_BYTES, "US-ASCII");
    else
        (void)snprintf(out, CHARSET_NAME_BYTES, "windows-%u", (unsigned)codepage);
}

/* [MS-LCID]: the ANSI code page of a language; the low ten bits of a locale are its language. */
static unsigned codepage_of_locale(uint64_t locale)
{
    static const struct {
        uint16_t language, codepage;
    } known[] = {
        { 0x01, 1256 }, { 0x02, 1251 }, { 0x05, 1250 }, { 0x08, 1253 }, { 0x0D, 1255 },
        { 0x0E, 1250 }, { 0x11, 932 },  { 0x12, 949 },  { 0x15, 1250 }, { 0x18, 1250 },
        { 0x19, 1251 }, { 0x1B, 1250 }, { 0x1C, 1250 }, { 0x1E, 874 },  { 0x1F, 1254 },
        { 0x22, 1251 }, { 0x23, 1251 }, { 0x24, 1250 }, { 0x25, 1257 }, { 0x26, 1257 },
        { 0x27, 1257 }, { 0x29, 1256 }, { 0x2A, 1258 },
    };

    if (locale == 0x0804 || locale == 0x1004)
        return 936;
    if (locale == 0x0404 || locale == 0x0C04 || locale == 0x1404)
        return 950;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if ((locale & 0x3FF) == known[i].language)
            return known[i].codepage;
    return locale ? 1252 : 0;
}

void msg_open(const struct ole *ole, size_t folder, const struct msg_object *outer,
              struct msg_object *out)
{
    uint64_t value;
    size_t stream = ole_lookup_in(ole, folder, "__properties_version1.0");

    *out = (struct msg_object){ .ole = ole, .folder = folder, .fixed = BUF_INIT(FIXED_BYTES_MAX) };
    if (stream != OLE_NONE)
        (void)!ole_read(ole, stream, &out->fixed, NULL);
    if (outer)
        memcpy(out->charset, outer->charset, sizeof(out->charset));
    else if (msg_number(out, MSG_CODEPAGE, MSG_INT32, &value))
        msg_charset(value, out->charset);
    else if (msg_number(out, MSG_LOCALE, MSG_INT32, &value))
        msg_charset(codepage_of_locale(value), out->charset);
}

void msg_release(struct msg_object *object)
{
    buf_release(&object->fixed);
}
