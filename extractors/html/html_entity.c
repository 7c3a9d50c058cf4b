#include "extractors/html/html_entity.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define NAME_BYTES_MAX      31u
#define BARE_NAME_BYTES_MAX 6u /* of the names that count without a semicolon */

/* A name and the one or two characters that it stands for. */
struct entity {
    const char *name;
    uint32_t code_point, second; /* 0: none */
    bool counts_bare;            /* also without a semicolon */
};

#include "extractors/html/html_entity_table.h"

/* "numeric character reference end state": these numbers mean windows-1252. */
static const uint16_t windows_1252[32] = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178,
};

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Both take text behind '&' or "&#" and say how much of it the reference is; 0: none. */
static size_t decode_number(struct span text, uint32_t *code_point)
{
    bool is_hex = text.len > 1 && (text.data[0] == 'x' || text.data[0] == 'X');
    size_t start = is_hex ? 1 : 0, i = start;
    uint32_t value = 0;

    for (; i < text.len; i++) {
        char c = text.data[i], lower = (char)(c | 0x20);
        uint32_t digit;

        if (c >= '0' && c <= '9')
            digit = (uint32_t)(c - '0');
        else if (is_hex && lower >= 'a' && lower <= 'f')
            digit = (uint32_t)(lower - 'a' + 10);
        else
            break;
        if (value <= 0x10FFFF)
            value = value * (is_hex ? 16 : 10) + digit;
    }
    if (i == start)
        return 0;
    if (value >= 0x80 && value < 0xA0)
        value = windows_1252[value - 0x80];
    *code_point = value == 0 ? UTF8_REPLACEMENT : value;
    return i < text.len && text.data[i] == ';' ? i + 1 : i;
}

static int compare_entity(const void *name, const void *entity)
{
    return strcmp(name, ((const struct entity *)entity)->name);
}

static const struct entity *lookup(const char *name)
{
    return bsearch(name, entities, sizeof(entities) / sizeof(entities[0]), sizeof(entities[0]),
                   compare_entity);
}

/* "named character reference state": the longest name that the text begins with; not inside
 * "?a=1&copy=2". */
static size_t decode_name(struct span text, bool in_attribute, const struct entity **entity)
{
    char name[NAME_BYTES_MAX + 1];
    size_t len = 0;

    while (len < text.len && len < NAME_BYTES_MAX && is_alnum(text.data[len])) {
        name[len] = text.data[len];
        len++;
    }
    name[len] = '\0';
    if (len < text.len && text.data[len] == ';') {
        *entity = lookup(name);
        if (*entity)
            return len + 1;
    }
    if (len > BARE_NAME_BYTES_MAX)
        len = BARE_NAME_BYTES_MAX;
    for (; len >= 2; len--) {
        name[len] = '\0';
        *entity = lookup(name);
        if (*entity && (*entity)->counts_bare)
            return in_attribute && len < text.len &&
                           (text.data[len] == '=' || is_alnum(text.data[len]))
                       ? 0
                       : len;
    }
    return 0;
}

void html_entity_decode(struct buf *out, struct span text, bool in_attribute)
{
    while (text.len > 0) {
        const char *mark = memchr(text.data, '&', text.len);
        size_t plain = mark ? (size_t)(mark - text.data) : text.len, used;
        struct entity number = { 0 };
        const struct entity *entity = &number;
        struct span rest;

        buf_append(out, text.data, plain);
        if (!mark)
            return;
        rest = (struct span){ mark + 1, text.len - plain - 1 };
        if (rest.len > 0 && rest.data[0] == '#') {
            rest = (struct span){ rest.data + 1, rest.len - 1 };
            used = decode_number(rest, &number.code_point);
            used += used ? 1 : 0;
        } else {
            used = decode_name(rest, in_attribute, &entity);
        }
        if (!used)
            buf_append_char(out, '&');
        else
            utf8_append(out, entity->code_point);
        if (used && entity->second)
            utf8_append(out, entity->second);
        text = (struct span){ mark + 1 + used, text.len - plain - 1 - used };
    }
}
