#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "extractors/common/symbol_font.h"
#include "extractors/container/ole.h"
#include "extractors/office/doc.h"

#define PAGE_BYTES     512u
#define RUNS_MAX       ((size_t)1 << 20)
#define BASE_DEPTH_MAX 16u
#define STYLE_NIL      0x0FFFu
#define FONT_NIL       0xFFFFu
#define CELL_BYTES     20u /* 2.9.326 TC80 */

/* Offsets in the file information block: pairs of offset in the table stream, and length. */
enum fib {
    FIB_STYLES = 0x00A2,
    FIB_CHARACTER_PAGES = 0x00FA,
    FIB_PARAGRAPH_PAGES = 0x0102,
    FIB_FONTS = 0x0112,
    FIB_ENDNOTES = 0x020A,
};

/* sprm codes, [MS-DOC] 2.6 */
enum sprm {
    SPRM_DELETED = 0x0800,
    SPRM_BOLD = 0x0835,
    SPRM_BINARY = 0x0806,
    SPRM_ITALIC = 0x0836,
    SPRM_STRIKE = 0x0837,
    SPRM_VANISH = 0x083C,
    SPRM_IN_TABLE = 0x2416,
    SPRM_ROW_END = 0x2417,
    SPRM_INNER_END = 0x244B,
    SPRM_INNER_ROW_END = 0x244C,
    SPRM_LEVEL = 0x260A,
    SPRM_OUTLINE = 0x2640,
    SPRM_RAISED = 0x2A48, /* 1: above the line, 2: below it */
    SPRM_STRIKE_TWICE = 0x2A53,
    SPRM_TABLE_HEADER = 0x3404,
    SPRM_LIST = 0x460B,
    SPRM_STYLE = 0x4A30,
    SPRM_INDENT = 0x845E,
    SPRM_INDENT_OLD = 0x840F, /* from the left, whichever way the text runs */
    SPRM_FONT = 0x4A4F,
    SPRM_ELSEWHERE_2 = 0x6645,
    SPRM_ELSEWHERE = 0x6646, /* the whole list is too long for its page */
    SPRM_DEPTH = 0x6649,
    SPRM_PLACE = 0x6A03,
    SPRM_SYMBOL = 0x6A09,
    SPRM_TABLE_DEFINITION = 0xD608,
    SPRM_TABS = 0xC615,
};

static struct span fib_part(struct span stream, struct span table, enum fib where)
{
    return ole_part(table, ole_u32(stream, where), ole_u32(stream, (size_t)where + 4));
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

void doc_read_paragraph_sprms(struct span list, struct doc_paragraph *out)
{
    size_t offset = 0;

    while (offset + 2 < list.len) {
        unsigned code = ole_u16(list, offset);
        size_t len;

        offset += 2;
        len = operand_length(list, &offset, code);
        switch (code) {
        case SPRM_IN_TABLE:
            if (ole_u8(list, offset) == 0)
                out->depth = 0;
            else if (out->depth == 0)
                out->depth = 1;
            break;
        case SPRM_DEPTH:
            out->depth = (uint8_t)(ole_u32(list, offset) < 255 ? ole_u32(list, offset) : 255);
            break;
        case SPRM_ROW_END:
        case SPRM_INNER_ROW_END:
            out->is_row_end |= ole_u8(list, offset) != 0;
            break;
        case SPRM_INNER_END:
            out->is_inner_end = ole_u8(list, offset) != 0;
            break;
        case SPRM_TABLE_DEFINITION:
            doc_row_read(ole_part(list, offset, len), CELL_BYTES, out);
            break;
        case SPRM_TABLE_HEADER:
            out->is_header_row = ole_u8(list, offset) != 0;
            break;
        case SPRM_INDENT:
        case SPRM_INDENT_OLD:
            out->indent = (int16_t)ole_u16(list, offset);
            out->has_indent = true;
            break;
        case SPRM_LEVEL:
            out->level = (uint8_t)ole_u8(list, offset);
            break;
        case SPRM_OUTLINE:
            out->outline = (uint8_t)ole_u8(list, offset);
            break;
        case SPRM_ELSEWHERE:
        case SPRM_ELSEWHERE_2:
            out->elsewhere = ole_u32(list, offset);
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

/* An operand of a look is 0 or 1, or says that it is as in the paragraph's style, or not so: there
 * plain words are taken for what the style has. */
static void read_look(struct looks *looks, enum emphasis_kind kind, unsigned operand)
{
    if (operand != 0x80)
        looks_set(looks, kind, operand != 0);
}

static void read_character_sprms(struct span list, struct doc_run *out)
{
    size_t offset = 0;
    bool is_binary = false;

    while (offset + 2 < list.len) {
        unsigned code = ole_u16(list, offset), operand;
        size_t len;

        offset += 2;
        len = operand_length(list, &offset, code);
        operand = ole_u8(list, offset);
        switch (code) {
        case SPRM_DELETED:
        case SPRM_VANISH:
            out->is_hidden |= operand == 1;
            break;
        case SPRM_BOLD:
            read_look(&out->looks, EMPHASIS_BOLD, operand);
            break;
        case SPRM_ITALIC:
            read_look(&out->looks, EMPHASIS_ITALIC, operand);
            break;
        case SPRM_STRIKE:
        case SPRM_STRIKE_TWICE:
            read_look(&out->looks, EMPHASIS_STRUCK, operand);
            break;
        case SPRM_RAISED:
            looks_set(&out->looks, EMPHASIS_RAISED, operand == 1);
            looks_set(&out->looks, EMPHASIS_LOWERED, operand == 2);
            break;
        case SPRM_STYLE:
            out->style = (uint16_t)ole_u16(list, offset);
            break;
        case SPRM_FONT:
            out->font = (uint16_t)ole_u16(list, offset);
            break;
        case SPRM_BINARY:
            is_binary = operand != 0;
            break;
        case SPRM_PLACE:
            out->form = ole_u32(list, offset);
            break;
        case SPRM_SYMBOL:
            out->font = (uint16_t)ole_u16(list, offset);
            out->symbol = (uint16_t)ole_u16(list, offset + 2);
            break;
        default:
            break;
        }
        offset += len;
    }
    if (!is_binary) /* a picture */
        out->form = DOC_NOWHERE;
}

struct span doc_font(const struct doc_properties *properties, const struct doc_run *run)
{
    const char *name = run->font < DOC_FONTS_MAX ? properties->fonts[run->font] : "";

    return (struct span){ name, strlen(name) };
}

/* ---- pages of properties ---- */

/* 2.9.211 PrcData: the list's length, and the list. That of a row with many cells is one. */
static void read_elsewhere(struct doc_properties *properties, struct doc_paragraph *out)
{
    size_t place = out->elsewhere, len = ole_u16(properties->data, place);

    if (place == DOC_NOWHERE || len > properties->elsewhere_left)
        return;
    properties->elsewhere_left -= len;
    doc_read_paragraph_sprms(ole_part(properties->data, place + 2, len), out);
}

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
            .elsewhere = DOC_NOWHERE,
        };

        if (at > 0) {
            len = ole_u8(page, at);
            if (len == 0)
                len = 2 * (size_t)ole_u8(page, ++at);
            else
                len = 2 * len - 1;
            paragraph.style = (uint16_t)ole_u16(page, at + 1);
            doc_read_paragraph_sprms(ole_part(page, at + 3, len > 2 ? len - 2 : 0), &paragraph);
            read_elsewhere(out, &paragraph);
        }
        if (!doc_paragraph_add(out, &paragraph))
            return false;
    }
    return true;
}

/* 2.9.33 ChpxFkp: the same with one byte a run. Runs of plain words are not kept. */
static bool read_character_page(struct span page, struct doc_properties *out)
{
    size_t count = ole_u8(page, PAGE_BYTES - 1);

    for (size_t i = 0; i < count && i < 0x65; i++) {
        size_t at = 2 * (size_t)ole_u8(page, 4 * (count + 1) + i);
        struct doc_run run = {
            .start = ole_u32(page, 4 * i),
            .end = ole_u32(page, 4 * (i + 1)),
            .style = STYLE_NIL,
            .font = FONT_NIL,
            .form = DOC_NOWHERE,
        };

        if (at == 0)
            continue;
        read_character_sprms(ole_part(page, at + 1, ole_u8(page, at)), &run);
        if (!run.is_hidden && !run.symbol && !run.looks.on && !run.looks.off &&
            run.style == STYLE_NIL && run.form == DOC_NOWHERE &&
            !symbol_font_character(doc_font(out, &run), 'o'))
            continue;
        if (out->run_count >= RUNS_MAX)
            return true;
        if (!array_reserve(&out->runs, &out->run_capacity, out->run_count))
            return false;
        out->runs[out->run_count++] = run;
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
        struct span bytes = ole_part(stream, (size_t)page * PAGE_BYTES, PAGE_BYTES);

        if (bytes.len == PAGE_BYTES && !read(bytes, out))
            return false;
    }
    return true;
}

static int compare_runs(const void *a, const void *b)
{
    const struct doc_run *x = a, *y = b;

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
    struct doc_run run = { .start = 0 };

    style->is_known = true;
    style->base = (uint16_t)(ole_u16(std, 2) >> 4);
    style->role = role_of(built_in);
    if (kind == 1) { /* a paragraph's: length, style, sprms */
        len = ole_u16(std, at);
        doc_read_paragraph_sprms(ole_part(std, at + 4, len > 2 ? len - 2 : 0), &own);
    } else if (kind == 2) { /* of characters: length, sprms */
        read_character_sprms(ole_part(std, at + 2, ole_u16(std, at)), &run);
        style->looks = run.looks;
    }
    style->outline = own.outline;
    if (built_in >= 1 && built_in <= 9)
        style->outline = (uint8_t)(built_in - 1);
    style->list = own.list;
    style->level = own.level;
    style->indent = own.indent;
    style->has_indent = own.has_indent;
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
            if (!style->has_indent) {
                style->indent = above->indent;
                style->has_indent = above->has_indent;
            }
            style->looks = looks_within(above->looks, style->looks);
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
            read_style(ole_part(sheet, at + 2, len), fixed, &out->styles[i]);
        out->style_count = i + 1;
        at += 2 + len;
    }
    inherit_styles(out);
}

/* ---- fonts ---- */

/* 2.9.288 SttbfFfn: each font's length less one, 39 bytes, and its name in UTF-16. */
static void read_fonts(struct span fonts, struct doc_properties *out)
{
    size_t count = ole_u16(fonts, 0), at = 4;

    for (size_t i = 0; i < count && i < DOC_FONTS_MAX && at < fonts.len; i++) {
        struct span font = ole_part(fonts, at + 1, ole_u8(fonts, at));
        char *name = out->fonts[i];

        for (size_t c = 0; c + 1 < DOC_FONT_NAME_MAX; c++) {
            unsigned letter = ole_u16(font, 39 + 2 * c);

            if (letter == 0 || letter >= 0x80)
                break;
            name[c] = (char)letter;
        }
        at += 1 + font.len;
    }
}

/* ---- all ---- */

bool doc_properties_read(struct span stream, struct span table, struct span data,
                         struct doc_properties *out)
{
    out->data = data;
    out->elsewhere_left = 4 * data.len;
    read_fonts(fib_part(stream, table, FIB_FONTS), out);
    read_styles(fib_part(stream, table, FIB_STYLES), out);
    if (!read_pages(stream, fib_part(stream, table, FIB_PARAGRAPH_PAGES), out,
                    read_paragraph_page) ||
        !read_pages(stream, fib_part(stream, table, FIB_CHARACTER_PAGES), out,
                    read_character_page) ||
        !doc_lists_read(stream, table, out))
        return false;
    out->endnotes = fib_part(stream, table, FIB_ENDNOTES);
    doc_paragraphs_sort(out);
    if (out->run_count > 0)
        qsort(out->runs, out->run_count, sizeof(out->runs[0]), compare_runs);
    return true;
}

void doc_properties_release(struct doc_properties *properties)
{
    free(properties->paragraphs);
    free(properties->runs);
    docx_numbering_release(&properties->numbering);
    arena_release(&properties->arena);
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

const struct doc_run *doc_run_at(const struct doc_properties *properties, uint32_t offset)
{
    size_t low = 0, high = properties->run_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (properties->runs[middle].start <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && properties->runs[low - 1].end > offset ? &properties->runs[low - 1] : NULL;
}

uint8_t doc_looks(const struct doc_properties *properties, const struct doc_run *run)
{
    struct looks looks = run->looks;

    if (run->style < properties->style_count)
        looks = looks_within(properties->styles[run->style].looks, looks);
    return looks.on;
}

const struct doc_paragraph *doc_row_of(const struct doc_properties *properties,
                                       const struct doc_paragraph *paragraph)
{
    const struct doc_paragraph *end;

    if (!paragraph || paragraph->depth == 0) /* there may be none at all */
        return NULL;
    end = properties->paragraphs + properties->paragraph_count;
    for (unsigned depth = paragraph->depth; paragraph < end && paragraph->depth >= depth;
         paragraph++)
        if (paragraph->is_row_end && paragraph->depth == depth)
            return paragraph;
    return NULL;
}

static void look_at_frame(const struct doc_properties *properties,
                          const struct doc_paragraph *paragraph, unsigned depth,
                          struct doc_frame *out)
{
    const struct doc_paragraph *end = properties->paragraphs + properties->paragraph_count;
    unsigned row_count = 0;

    out->from = paragraph;
    for (; paragraph < end && paragraph->depth >= depth; paragraph++) {
        if (!paragraph->is_row_end || paragraph->depth != depth)
            continue;
        if (++row_count > 1 || paragraph->columns != 1)
            break;
    }
    out->until = paragraph;
    out->is_frame = row_count == 1 && (paragraph == end || paragraph->depth < depth);
}

bool doc_is_frame(struct doc_properties *properties, const struct doc_paragraph *paragraph,
                  unsigned depth)
{
    struct doc_frame *known;

    if (!paragraph || depth > DOC_FRAMES_MAX || paragraph->depth < depth)
        return false;
    known = &properties->frames[depth - 1];
    if (paragraph < known->from || paragraph >= known->until)
        look_at_frame(properties, paragraph, depth, known);
    return known->is_frame;
}

bool doc_is_endnote(const struct doc_properties *properties, uint32_t position)
{
    struct span notes = properties->endnotes;
    size_t low = 0, high = notes.len >= 6 ? (notes.len - 4) / 6 : 0, count = high;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ole_u32(notes, 4 * middle) < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && ole_u32(notes, 4 * low) == position;
}
