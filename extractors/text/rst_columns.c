#include "extractors/text/rst_columns.h"

#include "base/utf8.h"

/* Columns that a terminal gives to it, by the blocks of Unicode's East Asian Width. */
static unsigned width_of(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } wide[] = { { 0x1100, 0x115F },   { 0x2E80, 0x303E },  { 0x3041, 0xA4CF },
                 { 0xAC00, 0xD7A3 },   { 0xF900, 0xFAFF },  { 0xFE30, 0xFE6F },
                 { 0xFF00, 0xFF60 },   { 0xFFE0, 0xFFE6 },  { 0x1F300, 0x1F64F },
                 { 0x1F900, 0x1F9FF }, { 0x20000, 0x3FFFD } };

    if (c < 0x300)
        return 1;
    if (c <= 0x36F)
        return 0;
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
        if (c >= wide[i].first && c <= wide[i].last)
            return 2;
    return 1;
}

bool rst_is_ascii(struct span line)
{
    unsigned char all = 0;

    for (size_t i = 0; i < line.len; i++)
        all |= (unsigned char)line.data[i];
    return all < 0x80;
}

void rst_bytes_of_columns(struct span line, const size_t *columns, size_t count,
                          enum rst_counting counting, size_t *bytes)
{
    size_t at = 0, next = 0;

    if (rst_is_ascii(line)) {
        for (; next < count; next++)
            bytes[next] = columns[next] < line.len ? columns[next] : line.len;
        return;
    }
    for (size_t reached = 0; at < line.len && next < count;) {
        uint32_t c;
        size_t length = utf8_decode((struct span){ line.data + at, line.len - at }, &c);
        unsigned width = counting == RST_BY_WIDTH ? width_of(c) : 1;

        while (width > 0 && next < count && reached >= columns[next])
            bytes[next++] = at;
        reached += width;
        at += length;
    }
    while (next < count)
        bytes[next++] = line.len;
}

size_t rst_byte_of_column(struct span line, size_t column, enum rst_counting counting)
{
    size_t byte;

    rst_bytes_of_columns(line, &column, 1, counting, &byte);
    return byte;
}
