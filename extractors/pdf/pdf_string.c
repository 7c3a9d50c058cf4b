#include "extractors/pdf/pdf_string.h"

#include <string.h>

#include "base/utf8.h"

/* The bytes of a string, one by one. */
struct reading {
    struct span in; /* between its brackets */
    size_t at;
    bool is_hex;
};

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next digit's value; -1: there is no more. What is no digit is passed over. */
static int next_digit(struct reading *reading)
{
    while (reading->at < reading->in.len) {
        int digit = hex_digit(reading->in.data[reading->at++]);

        if (digit >= 0)
            return digit;
    }
    return -1;
}

/* 7.3.4.2: up to three octal digits; an overflow is ignored. */
static int octal(struct reading *reading, int value)
{
    for (int i = 0; i < 2 && reading->at < reading->in.len; i++) {
        char c = reading->in.data[reading->at];

        if (c < '0' || c > '7')
            break;
        value = value * 8 + (c - '0');
        reading->at++;
    }
    return value & 0xFF;
}

/* The end of a line as one line feed, however it is written. */
static int line_end(struct reading *reading, char c)
{
    if (c == '\r' && reading->at < reading->in.len && reading->in.data[reading->at] == '\n')
        reading->at++;
    return '\n';
}

/* Behind a backslash. -1: a line that goes on, which says nothing. */
static int escaped(struct reading *reading, char c)
{
    switch (c) {
    case 'n':
    case 'r':
    case 't':
    case 'b':
    case 'f':
        return ' ';
    case '\r':
    case '\n':
        (void)line_end(reading, c);
        return -1;
    default:
        return c >= '0' && c <= '7' ? octal(reading, c - '0') : (unsigned char)c;
    }
}

/* -1: at its end. */
static int next_byte(struct reading *reading)
{
    if (reading->is_hex) {
        int high = next_digit(reading), low = high < 0 ? -1 : next_digit(reading);

        return high < 0 ? -1 : high * 16 + (low < 0 ? 0 : low);
    }
    while (reading->at < reading->in.len) {
        char c = reading->in.data[reading->at++];
        int byte;

        if (c == '\r' || c == '\n')
            return line_end(reading, c);
        if (c != '\\')
            return (unsigned char)c;
        if (reading->at == reading->in.len)
            return -1;
        byte = escaped(reading, reading->in.data[reading->at++]);
        if (byte >= 0)
            return byte;
    }
    return -1;
}

/* ISO 32000-1, D.2: PDFDocEncoding, where it is not Latin-1. */
static uint32_t doc_encoded(unsigned char byte)
{
    static const uint16_t low[] = {
        0x02D8, 0x02C7, 0x02C6, 0x02D9, 0x02DD, 0x02DB, 0x02DA, 0x02DC
    };
    static const uint16_t high[] = {
        0x2022, 0x2020, 0x2021, 0x2026, 0x2014, 0x2013, 0x0192, 0x2044, 0x2039, 0x203A, 0x2212,
        0x2030, 0x201E, 0x201C, 0x201D, 0x2018, 0x2019, 0x201A, 0x2122, 0xFB01, 0xFB02, 0x0141,
        0x0152, 0x0160, 0x0178, 0x017D, 0x0131, 0x0142, 0x0153, 0x0161, 0x017E, 0xFFFD, 0x20AC,
    };

    if (byte >= 0x18 && byte <= 0x1F)
        return low[byte - 0x18];
    if (byte >= 0x80 && byte <= 0xA0)
        return high[byte - 0x80];
    return byte;
}

/* Text as it arrives: white space waits for what comes behind it. */
struct text {
    struct buf *out;
    size_t start;
    bool has_space, is_escape;
};

static void text_add(struct text *text, uint32_t c)
{
    if (c == 0x1B) { /* 7.9.2.2: a language's name, between two of them */
        text->is_escape = !text->is_escape;
    } else if (!text->is_escape && (c <= ' ' || c == 0xA0)) {
        text->has_space = true;
    } else if (!text->is_escape && !(c >= 0x7F && c < 0xA0) && c != 0xAD && c != 0xFEFF) {
        if (text->has_space && text->out->len > text->start)
            buf_append_char(text->out, ' ');
        text->has_space = false;
        utf8_append(text->out, c);
    }
}

/* Two bytes of UTF-16; -1: there is no more. */
static int next_unit(const unsigned char *bytes, size_t len, size_t *at, bool is_little)
{
    int unit;

    if (len - *at < 2)
        return -1;
    unit = is_little ? bytes[*at] | bytes[*at + 1] << 8 : bytes[*at] << 8 | bytes[*at + 1];
    *at += 2;
    return unit;
}

static void utf16_add(struct text *text, const unsigned char *bytes, size_t len, bool is_little)
{
    size_t at = 0;
    int unit;

    while ((unit = next_unit(bytes, len, &at, is_little)) >= 0) {
        size_t behind = at;
        int low = (unit & 0xFC00) == 0xD800 ? next_unit(bytes, len, &behind, is_little) : -1;

        if (low >= 0 && (low & 0xFC00) == 0xDC00) {
            text_add(text, 0x10000U + ((uint32_t)(unit & 0x3FF) << 10) + (uint32_t)(low & 0x3FF));
            at = behind;
        } else {
            text_add(text, (uint32_t)unit); /* half a pair is written as U+FFFD */
        }
    }
}

static void utf8_add(struct text *text, struct span in)
{
    uint32_t c;

    for (size_t at = 0, len; at < in.len; at += len) {
        len = utf8_decode((struct span){ in.data + at, in.len - at }, &c);
        text_add(text, c);
    }
}

static bool begins_with(struct span in, const char *mark, size_t len)
{
    return in.len >= len && memcmp(in.data, mark, len) == 0;
}

/* By the mark that its bytes begin with. UTF-16 of the other order is against the standard, but
 * met, and readers take it. */
static void bytes_add(struct text *text, struct span in)
{
    const unsigned char *bytes = (const unsigned char *)in.data;

    if (begins_with(in, "\xFE\xFF", 2) || begins_with(in, "\xFF\xFE", 2)) {
        utf16_add(text, bytes + 2, in.len - 2, bytes[0] == 0xFF);
    } else if (begins_with(in, "\xEF\xBB\xBF", 3)) {
        utf8_add(text, (struct span){ in.data + 3, in.len - 3 });
    } else {
        for (size_t i = 0; i < in.len; i++)
            text_add(text, doc_encoded(bytes[i]));
    }
}

bool pdf_string_text(struct span object, struct buf *out)
{
    char bytes[PDF_STRING_BYTES_MAX];
    struct reading reading = { 0 };
    struct text text = { .out = out, .start = out->len };
    size_t len = 0;
    int byte;

    if (object.len < 2 || object.len > PDF_STRING_BYTES_MAX ||
        !((object.data[0] == '(' && object.data[object.len - 1] == ')') ||
          (object.data[0] == '<' && object.data[1] != '<')))
        return false;
    reading.in = (struct span){ object.data + 1, object.len - 2 };
    reading.is_hex = object.data[0] == '<';
    while ((byte = next_byte(&reading)) >= 0)
        bytes[len++] = (char)byte;
    bytes_add(&text, (struct span){ bytes, len });
    return !out->failed && out->len > text.start;
}
