#include "base/utf8.h"

#include <endian.h>
#include <string.h>

static const struct {
    uint32_t first;
    uint32_t last;
} bidi_controls[] = {
    { 0x061C, 0x061C }, { 0x200E, 0x200F }, { 0x202A, 0x202E }, { 0x2066, 0x2069 }
};

size_t utf8_decode(struct span text, uint32_t *code_point)
{
    const unsigned char *p = (const unsigned char *)text.data;
    uint32_t value, minimum;
    size_t need;

    if (text.len == 0)
        return 0;
    *code_point = UTF8_REPLACEMENT;
    if (p[0] < 0x80) {
        *code_point = p[0];
        return 1;
    }
    if (p[0] >= 0xC2 && p[0] <= 0xDF) {
        need = 2;
        value = p[0] & 0x1Fu;
        minimum = 0x80;
    } else if ((p[0] & 0xF0) == 0xE0) {
        need = 3;
        value = p[0] & 0x0Fu;
        minimum = 0x800;
    } else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        need = 4;
        value = p[0] & 0x07u;
        minimum = 0x10000;
    } else {
        return 1;
    }
    if (text.len < need)
        return 1;
    for (size_t i = 1; i < need; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 1;
        value = value << 6 | (p[i] & 0x3Fu);
    }
    if (value < minimum || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 1;
    *code_point = value;
    return need;
}

size_t utf8_encode(uint32_t code_point, char out[4])
{
    uint32_t c = code_point;

    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        c = UTF8_REPLACEMENT;
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

void utf8_append(struct buf *buf, uint32_t code_point)
{
    char bytes[4];

    buf_append(buf, bytes, utf8_encode(code_point, bytes));
}

static struct span span_from(struct span text, size_t offset)
{
    return (struct span){ text.data + offset, text.len - offset };
}

/* A literal U+FFFD in the text is valid; it is told from an error by its three bytes. */
static bool is_error(uint32_t code_point, size_t taken)
{
    return code_point == UTF8_REPLACEMENT && taken == 1;
}

/* ---- eight bytes at once, the first in the lowest ---- */

#define ONES UINT64_C(0x0101010101010101)
#define TOPS (ONES << 7)

static uint64_t eight_bytes(const char *text)
{
    uint64_t bytes;

    memcpy(&bytes, text, sizeof(bytes));
    return le64toh(bytes);
}

/* The top bit of each byte that is 0. All are less than 0x80. */
static uint64_t zero_bytes(uint64_t bytes)
{
    return ~(bytes + ONES * 0x7F) & TOPS;
}

/* due: the top bits of the bytes that must continue a character that began before them; then those
 * of the next eight. False: look closer. They are invalid, or have a character of four bytes, or
 * one of the first bytes behind which not all are allowed. */
static bool are_valid_eight(uint64_t bytes, uint64_t *due)
{
    uint64_t second = bytes << 1, third = bytes << 2, fourth = bytes << 3;
    uint64_t continuing = bytes & ~second & TOPS, first = bytes & second & TOPS;
    uint64_t first_of_three = first & third, low = bytes & ONES * 0x0F;
    uint64_t special = (first & ~third & zero_bytes(bytes & ONES * 0x1E)) | /* 0xC0, 0xC1 */
                       (first_of_three & fourth) |                          /* from 0xF0 on */
                       (first_of_three & zero_bytes(low)) |                 /* 0xE0 */
                       (first_of_three & zero_bytes(low ^ ONES * 0x0D));    /* 0xED */
    uint64_t wanted = first << 8 | first_of_three << 16 | *due;

    *due = first >> 56 | first_of_three >> 48;
    return special == 0 && wanted == continuing;
}

static bool are_ascii(const char *text)
{
    return !((eight_bytes(text) | eight_bytes(text + 8) | eight_bytes(text + 16) |
              eight_bytes(text + 24)) &
             TOPS);
}

/* The length of a start of text that is valid and ends with a character; there may be more. */
static size_t plain_prefix(struct span text)
{
    uint64_t due = 0, next = 0;
    size_t i = 0;

    for (;;) {
        while (due == 0 && text.len - i >= 32 && are_ascii(text.data + i))
            i += 32;
        next = due;
        if (text.len - i < 8 || !are_valid_eight(eight_bytes(text.data + i), &next))
            break;
        due = next;
        i += 8;
    }
    while (due && ((unsigned char)text.data[--i] & 0xC0) == 0x80)
        ;
    return i;
}

size_t utf8_valid_prefix(struct span text)
{
    size_t i = 0;

    while (i < text.len) {
        size_t stop;

        i += plain_prefix(span_from(text, i));
        for (stop = i + 8; i < stop && i < text.len;) {
            uint32_t code_point;
            size_t taken = utf8_decode(span_from(text, i), &code_point);

            if (is_error(code_point, taken))
                return i;
            i += taken;
        }
    }
    return i;
}

bool utf8_is_valid(struct span text)
{
    return utf8_valid_prefix(text) == text.len;
}

size_t utf8_append_repaired(struct buf *buf, struct span text)
{
    size_t repaired = 0;

    while (text.len > 0) {
        size_t valid = utf8_valid_prefix(text);

        buf_append(buf, text.data, valid);
        text = span_from(text, valid);
        if (text.len > 0) {
            utf8_append(buf, UTF8_REPLACEMENT);
            text = span_from(text, 1);
            repaired++;
        }
    }
    return repaired;
}

bool utf8_is_boundary(struct span text, size_t offset)
{
    return offset == 0 || offset == text.len ||
           (offset < text.len && ((unsigned char)text.data[offset] & 0xC0) != 0x80);
}

size_t utf8_length(struct span text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

static bool is_bidi_control(uint32_t c)
{
    for (size_t i = 0; i < sizeof(bidi_controls) / sizeof(bidi_controls[0]); i++)
        if (c >= bidi_controls[i].first && c <= bidi_controls[i].last)
            return true;
    return false;
}

void utf8_append_printable(struct buf *buf, struct span text)
{
    while (text.len > 0) {
        uint32_t c;
        size_t taken = utf8_decode(text, &c);

        if (is_error(c, taken) || c < 0x20 || c == 0x7F)
            buf_printf(buf, "\\x%02x", (unsigned char)text.data[0]);
        else if ((c >= 0x80 && c < 0xA0) || is_bidi_control(c))
            buf_printf(buf, "\\u{%x}", c);
        else
            buf_append(buf, text.data, taken);
        text = span_from(text, taken);
    }
}

void utf8_make_plain(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] < ' ' || text[i] > '~')
            text[i] = '?';
    }
}
