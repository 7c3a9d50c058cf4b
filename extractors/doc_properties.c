#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "extractors/doc.h"
#include "extractors/ole.h"

#define PAGE_BYTES     512u
#define RUNS_MAX       ((size_t)1 << 20)
#define LISTS_MAX      4096u
#define BASE_DEPTH_MAX 16u
#define STYLE_NIL      0x0FFFu
#define NO_LIST        2047u

/* Offsets in the file information block: pairs of offset in the table stream, and length. */
enum fib {
    FIB_STYLES = 0x00A2,
    FIB_CHARACTER_PAGES = 0x00FA,
    FIB_PARAGRAPH_PAGES = 0x0102,
    FIB_LISTS = 0x02E2,
    FIB_OVERRIDES = 0x02EA,
};

/* sprm codes, [MS-DOC] 2.6 */
enum sprm {
    SPRM_DELETED = 0x0800,
    SPRM_VANISH = 0x083C,
    SPRM_IN_TABLE = 0x2416,
    SPRM_ROW_END = 0x2417,
    SPRM_LEVEL = 0x260A,
    SPRM_OUTLINE = 0x2640,
    SPRM_LIST = 0x460B,
    SPRM_TABLE_DEFINITION = 0xD608,
    SPRM_TABS = 0xC615,
};

static struct span part(struct span whole, size_t offset, size_t len)
{
    if (offset > whole.len)
        return (struct span){ "", 0 };
    if (len > whole.len - offset)
        len = whole.len - offset;
    return (struct span){ whole.data + offset, len };
}

static struct span fib_part(struct span stream, struct span table, enum fib where)
{
    return part(table, ole_u32(stream, where), ole_u32(stream, (size_t)where + 4));
}

/* The operand's length; *offset is where it begins. 2.2.5.1: the upper three bits say. */
static size_t operand_length(struct span list, size_t *offset, unsigned code)
{
    static const uint8_t lengths[] = { 1, 1, 2, 4, 2, 2, 0, 3 };
    unsigned kind = code >> 13;

    if (kind != 6)
        return lengths[kind];
    if (code == SPRM_TABLE_DEFINITION) {
        size_t len = ole_u16(list, *offset);

        *offset += 2;
        return len > 0 ? len - 1 : 0;
    }
    return ole_u8(list, (*offset)++);
}

static void read_paragraph_sprms(struct span list, struct doc_paragraph *out)
{
    size_t offset = 0;

    while (offset + 2 < list.len) {
        unsigned code = ole_u16(list, offset);
        size_t len;

        offset += 2;
        len = operand_length(list, &offset, code);
        switch (code) {
        case SPRM_IN_TABLE:
            out->is_in_table = ole_u8(list, offset) != 0;
            break;
        case SPRM_ROW_END:
            out->is_row_end = ole_u8(list, offset) != 0;
            break;
        case SPRM_LEVEL:
            out->level = (uint8_t)ole_u8(list, offset);
            break;
        case SPRM_OUTLINE:
            out->outline = (uint8_t)ole_u8(list, offset);
            break;
        case SPRM_LIST:
            out->list = (uint16_t)ole_u16(list, offset);
            break;
        default:
            break;
        }
        offset += len;
    }
}

static bool has_hidden_sprm(struct span list)
{
    size_t offset = 0;
    bool is_hidden = false;

    while (offset + 2 < list.len) {
        unsigned code = ole_u16(list, offset);
        size_t len;

        offset += 2;
        len = operand_length(list, &offset, code);
        if (code == SPRM_DELETED || code == SPRM_VANISH)
            is_hidden |= ole_u8(list, offset) == 1;
        offset += len;
    }
    return is_hidden;
}

/* ---- pages of properties ---- */

/* 2.9.174 PapxFkp: run count in the last byte, run starts, then 13 bytes a run. */
static bool read_paragraph_page(struct span page, struct doc_properties *out)
{
    size_t count = ole_u8(page, PAGE_BYTES - 1);

    for (size_t i = 0; i < count && i < 0x1D; i++) {
        size_t at = 2 * (size_t)ole_u8(page, 4 * (count + 1) + 13 * i), len = 0;
        struct doc_paragraph paragraph = {
            .start = ole_u32(page, 4 * i),
            .end = ole_u32(page, 4 * (i + 1)),
            .outline = 255,
            .list = DOC_LIST_UNSAID,
        };

        if (at > 0) {
            len = ole_u8(page, at);
            if (len == 0)
                len = 2 * (size_t)ole_u8(page, ++at);
            else
                len = 2 * len - 1;
            paragraph.style = (uint16_t)ole_u16(page, at + 1);
            read_paragraph_sprms(part(page, at + 3, len > 2 ? len - 2 : 0), &paragraph);
        }
        if (out->paragraph_count >= RUNS_MAX)
            return true;
        if (!array_reserve(&out->paragraphs, &out->paragraph_capacity, out->paragraph_count))
            return false;
        out->paragraphs[out->paragraph_count++] = paragraph;
    }
    return true;
}

/* 2.9.33 ChpxFkp: the same with one byte a run. Only hidden and deleted runs are kept. */
static bool read_character_page(struct span page, struct doc_properties *out)
{
    size_t count = ole_u8(page, PAGE_BYTES - 1);

    for (size_t i = 0; i < count && i < 0x65; i++) {
        size_t at = 2 * (size_t)ole_u8(page, 4 * (count + 1) + i);

        if (at == 0 || !has_hidden_sprm(part(page, at + 1, ole_u8(page, at))))
            continue;
        if (out->hidden_count >= RUNS_MAX)
            return true;
        if (!array_reserve(&out->hidden, &out->hidden_capacity, out->hidden_count))
            return false;
        out->hidden[out->hidden_count++] =
            (struct doc_hidden){ ole_u32(page, 4 * i), ole_u32(page, 4 * (i + 1)) };
    }
    return true;
}

/* A table of n + 1 positions and n page numbers. */
static bool read_pages(struct span stream, struct span bins, struct doc_properties *out,
                       bool (*read)(struct span page, struct doc_properties *out))
{
    size_t count = bins.len >= 8 ? (bins.len - 4) / 8 : 0;

    for (size_t i = 0; i < count; i++) {
        uint64_t page = ole_u32(bins, 4 * (count + 1) + 4 * i) & 0x3FFFFFu;
        struct span bytes = part(stream, (size_t)page * PAGE_BYTES, PAGE_BYTES);

        if (bytes.len == PAGE_BYTES && !read(bytes, out))
            return false;
    }
    return true;
}

static int compare_paragraphs(const void *a, const void *b)
{
    const struct doc_paragraph *x = a, *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

static int compare_hidden(const void *a, const void *b)
{
    const struct doc_hidden *x = a, *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

/* ---- styles ---- */

static enum doc_role role_of(unsigned built_in)
{
    switch (built_in) {
    case 62:
        return DOC_ROLE_TITLE;
    case 74:
        return DOC_ROLE_SUBTITLE;
    case 34:
        return DOC_ROLE_CAPTION;
    case 101: /* HTML Preformatted */
        return DOC_ROLE_CODE;
    default:
        return DOC_ROLE_NONE;
    }
}

/* 2.9.260 STD: its built-in number and base, a name, then properties by kind. */
static void read_style(struct span std, size_t fixed, struct doc_style *style)
{
    unsigned built_in = ole_u16(std, 0) & 0x0FFFu, kind = ole_u16(std, 2) & 15u;
    size_t name = ole_u16(std, fixed), at = fixed + 2 + 2 * name + 2, len;
    struct doc_paragraph own = { .outline = 255, .list = DOC_LIST_UNSAID };

    style->is_known = true;
    style->base = (uint16_t)(ole_u16(std, 2) >> 4);
    style->role = role_of(built_in);
    if (kind == 1) { /* a paragraph's: length, style, sprms */
        len = ole_u16(std, at);
        read_paragraph_sprms(part(std, at + 4, len > 2 ? len - 2 : 0), &own);
    }
    style->outline = own.outline;
    if (built_in >= 1 && built_in <= 9)
        style->outline = (uint8_t)(built_in - 1);
    style->list = own.list;
    style->level = own.level;
}

static void inherit_styles(struct doc_properties *out)
{
    for (size_t i = 0; i < out->style_count; i++) {
        struct doc_style *style = &out->styles[i];
        unsigned base = style->base;

        for (unsigned depth = 0; depth < BASE_DEPTH_MAX && base < out->style_count; depth++) {
            const struct doc_style *above = &out->styles[base];

            if (style->outline == 255)
                style->outline = above->outline;
            if (style->role == DOC_ROLE_NONE)
                style->role = above->role;
            if (style->list == DOC_LIST_UNSAID) {
                style->list = above->list;
                style->level = above->level;
            }
            base = above->base;
        }
    }
}

static void read_styles(struct span sheet, struct doc_properties *out)
{
    size_t header = ole_u16(sheet, 0), count = ole_u16(sheet, 2), fixed = ole_u16(sheet, 4);
    size_t at = 2 + header;

    for (size_t i = 0; i < count && i < DOC_STYLES_MAX && at < sheet.len; i++) {
        size_t len = ole_u16(sheet, at);

        out->styles[i] =
            (struct doc_style){ .outline = 255, .base = STYLE_NIL, .list = DOC_LIST_UNSAID };
        if (len > 0)
            read_style(part(sheet, at + 2, len), fixed, &out->styles[i]);
        out->style_count = i + 1;
        at += 2 + len;
    }
    inherit_styles(out);
}

/* ---- lists ---- */

/* 2.9.150 LVL: 28 bytes that end in the lengths of two property lists; then a text. */
static size_t read_level(struct span levels, size_t at, uint8_t *format)
{
    *format = (uint8_t)ole_u8(levels, at + 4);
    at += 28 + ole_u8(levels, at + 24) + ole_u8(levels, at + 25);
    return at + 2 + 2 * (size_t)ole_u16(levels, at);
}

static bool read_lists(struct span stream, struct span table, struct doc_properties *out)
{
    size_t start = ole_u32(stream, FIB_LISTS), len = ole_u32(stream, FIB_LISTS + 4);
    struct span lists = part(table, start, len), levels;
    size_t count = ole_u16(lists, 0), at = 0;

    if (start > table.len || len > table.len - start)
        return true;
    levels = part(table, start + len, table.len);
    for (size_t i = 0; i < count && i < LISTS_MAX && 2 + 28 * i + 28 <= lists.len; i++) {
        struct doc_list list = { .id = ole_u32(lists, 2 + 28 * i) };
        unsigned level_count = ole_u8(lists, 2 + 28 * i + 26) & 1 ? 1 : DOC_LEVELS;

        memset(list.formats, 255, sizeof(list.formats));
        for (unsigned k = 0; k < level_count && at < levels.len; k++)
            at = read_level(levels, at, &list.formats[k]);
        if (!array_reserve(&out->lists, &out->list_capacity, out->list_count))
            return false;
        out->lists[out->list_count++] = list;
    }
    return true;
}

static bool read_overrides(struct span table, struct doc_properties *out)
{
    size_t count = ole_u32(table, 0);

    if (count > LISTS_MAX)
        return true;
    out->overrides = calloc(count + 1, sizeof(out->overrides[0]));
    if (!out->overrides)
        return false;
    for (size_t i = 0; i < count && 4 + 16 * i + 16 <= table.len; i++)
        out->overrides[out->override_count++] = ole_u32(table, 4 + 16 * i);
    return true;
}

unsigned doc_list_format(const struct doc_properties *properties, unsigned list, unsigned level)
{
    if (list == 0 || list >= NO_LIST || list > properties->override_count || level >= DOC_LEVELS)
        return 255;
    for (size_t i = 0; i < properties->list_count; i++)
        if (properties->lists[i].id == properties->overrides[list - 1])
            return properties->lists[i].formats[level];
    return 255;
}

/* ---- all ---- */

bool doc_properties_read(struct span stream, struct span table, struct doc_properties *out)
{
    read_styles(fib_part(stream, table, FIB_STYLES), out);
    if (!read_pages(stream, fib_part(stream, table, FIB_PARAGRAPH_PAGES), out,
                    read_paragraph_page) ||
        !read_pages(stream, fib_part(stream, table, FIB_CHARACTER_PAGES), out,
                    read_character_page) ||
        !read_lists(stream, table, out) ||
        !read_overrides(fib_part(stream, table, FIB_OVERRIDES), out))
        return false;
    if (out->paragraph_count > 0)
        qsort(out->paragraphs, out->paragraph_count, sizeof(out->paragraphs[0]),
              compare_paragraphs);
    if (out->hidden_count > 0)
        qsort(out->hidden, out->hidden_count, sizeof(out->hidden[0]), compare_hidden);
    return true;
}

void doc_properties_release(struct doc_properties *properties)
{
    free(properties->paragraphs);
    free(properties->hidden);
    free(properties->lists);
    free(properties->overrides);
}

const struct doc_paragraph *doc_paragraph_at(const struct doc_properties *properties,
                                             uint32_t offset)
{
    size_t low = 0, high = properties->paragraph_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (properties->paragraphs[middle].start <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || properties->paragraphs[low - 1].end <= offset)
        return NULL;
    return &properties->paragraphs[low - 1];
}

bool doc_is_hidden(const struct doc_properties *properties, uint32_t offset)
{
    size_t low = 0, high = properties->hidden_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (properties->hidden[middle].start <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && properties->hidden[low - 1].end > offset;
}
