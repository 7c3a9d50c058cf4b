#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/container/ole.h"
#include "extractors/office/doc.h"

#define LISTS_MAX     4096u
#define MARK_CHARS    32u
#define FIB_LISTS     0x02E2u
#define FIB_OVERRIDES 0x02EAu

/* The text of a mark, in which a character below 9 is the number of that level, as "%1.%2." */
static bool read_mark(struct span text, struct arena *arena, struct span *out)
{
    CLEANUP(buf_release) struct buf mark = BUF_INIT(256);
    char *copy;

    for (size_t i = 0; i + 1 < text.len && i < (size_t)2 * MARK_CHARS; i += 2) {
        unsigned c = ole_u16(text, i);

        if (c < DOCX_LEVELS)
            buf_printf(&mark, "%%%u", c + 1);
        else if (c >= ' ' && !(c >= 0xD800 && c <= 0xF8FF))
            utf8_append(&mark, c);
    }
    copy = arena_copy(arena, buf_span(&mark));
    if (!copy)
        return false;
    *out = (struct span){ copy, mark.len };
    return true;
}

/* 2.9.150 LVL: 28 bytes that end in the lengths of two property lists; then a text. Moves *at
 * behind it. */
static bool read_level(struct span levels, size_t *at, struct arena *arena,
                       struct docx_level *level)
{
    struct span fixed = ole_part(levels, *at, 28), text;
    struct doc_paragraph items = { .has_indent = false };

    *level = (struct docx_level){
        .format = docx_format_of(ole_u8(fixed, 4)),
        .start = (int32_t)(ole_u32(fixed, 0) & 0x7FFFu),
        .is_legal = (ole_u8(fixed, 5) & 4) != 0,
        .has_restart = (ole_u8(fixed, 5) & 8) != 0,
        .restart = (uint8_t)ole_u8(fixed, 26),
    };
    doc_read_paragraph_sprms(ole_part(levels, *at + 28, ole_u8(fixed, 25)), &items);
    level->indent = items.has_indent ? items.indent : DOCX_INDENT_NONE;
    *at += 28 + ole_u8(fixed, 24) + ole_u8(fixed, 25);
    text = ole_part(levels, *at + 2, 2 * (size_t)ole_u16(levels, *at));
    *at += 2 + 2 * (size_t)ole_u16(levels, *at);
    return read_mark(text, arena, &level->text);
}

/* 2.9.131 PlfLst: 28 bytes a list; their levels stand behind all of them. */
static bool read_lists(struct span stream, struct span table, struct doc_properties *out)
{
    struct docx_numbering *numbering = &out->numbering;
    size_t start = ole_u32(stream, FIB_LISTS), len = ole_u32(stream, FIB_LISTS + 4), at = 0, count;
    struct span lists = ole_part(table, start, len), levels;

    if (start > table.len || len > table.len - start)
        return true;
    levels = ole_part(table, start + len, table.len);
    count = ole_u16(lists, 0);
    for (size_t i = 0; i < count && i < LISTS_MAX && 2 + 28 * i + 28 <= lists.len; i++) {
        struct docx_list list = { .id = (int32_t)ole_u32(lists, 2 + 28 * i) };
        unsigned level_count = ole_u8(lists, 2 + 28 * i + 26) & 1 ? 1 : DOCX_LEVELS;

        for (unsigned k = 0; k < DOCX_LEVELS; k++)
            list.levels[k] = (struct docx_level){ .format = DOCX_FORMAT_NONE, .text = { "", 0 } };
        for (unsigned k = 0; k < level_count && at < levels.len; k++)
            if (!read_level(levels, &at, &out->arena, &list.levels[k]))
                return false;
        if (!array_reserve(&numbering->lists, &numbering->list_capacity, numbering->list_count))
            return false;
        numbering->lists[numbering->list_count++] = list;
    }
    return true;
}

/* 2.9.133 LFOLVL: where the level starts, which one it is, and perhaps all of it anew. */
static bool read_override(struct span data, size_t *at, struct arena *arena,
                          struct docx_number *number)
{
    unsigned bits = ole_u8(data, *at + 4), level = bits & 15;
    int32_t start = (int32_t)(ole_u32(data, *at) & 0x7FFFu);
    struct docx_level *anew;

    *at += 8;
    if (bits & 32) {
        anew = arena_alloc(arena, sizeof(*anew));
        if (!anew || !read_level(data, at, arena, anew))
            return false;
        start = anew->start;
        if (level < DOCX_LEVELS)
            number->anew[level] = anew;
    }
    if (bits & 16 && level < DOCX_LEVELS)
        number->restart[level] = start;
    return true;
}

/* 2.9.132 PlfLfo: 16 bytes each, which begin with the list's id; behind all of them stand the
 * levels that each says anew. */
static bool read_overrides(struct span table, struct doc_properties *out)
{
    struct docx_numbering *numbering = &out->numbering;
    size_t count = ole_u32(table, 0), at;

    if (count > table.len / 16)
        count = table.len / 16;
    at = 4 + 16 * count;
    for (size_t i = 0; i < count && i < LISTS_MAX; i++) {
        unsigned level_count = ole_u8(table, 4 + 16 * i + 12);
        struct docx_number number = {
            .id = (int32_t)i + 1,
            .list_id = (int32_t)ole_u32(table, 4 + 16 * i),
        };

        for (unsigned k = 0; k < DOCX_LEVELS; k++)
            number.restart[k] = -1;
        at += 4; /* where the text begins that has it: of no use */
        for (unsigned k = 0; k < level_count && k < DOCX_LEVELS && at < table.len; k++)
            if (!read_override(table, &at, &out->arena, &number))
                return false;
        if (!array_reserve(&numbering->numbers, &numbering->number_capacity,
                           numbering->number_count))
            return false;
        numbering->numbers[numbering->number_count++] = number;
    }
    return true;
}

bool doc_lists_read(struct span stream, struct span table, struct doc_properties *out)
{
    struct span overrides =
        ole_part(table, ole_u32(stream, FIB_OVERRIDES), ole_u32(stream, FIB_OVERRIDES + 4));

    return read_lists(stream, table, out) && read_overrides(overrides, out);
}
