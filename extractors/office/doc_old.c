#include <stdlib.h>
#include <string.h>
#include <unicode/ucnv.h>

#include "extractors/container/ole.h"
#include "extractors/office/doc.h"

/* Offsets in the header of Word 6 and 95; what they name is in the same stream. */
#define WORD_97      193u
#define FLAGS        0x0Au
#define FLAG_COMPLEX 4u      /* saved fast: in pieces */
#define FLAG_WIDE    0x1000u /* in Unicode */
#define FIRST        0x18u
#define LAST         0x1Cu
#define STYLES       0x60u
#define PAGES        0xC0u /* of properties of paragraphs */
#define FONTS        0xD0u
#define CLX          0x160u
#define PAGE_BYTES   512u
#define CELL_BYTES   10u

enum sprm {
    SPRM_IN_TABLE = 24,
    SPRM_ROW_END = 25,
    SPRM_TABLE_HEADER = 186,
    SPRM_TABLE_DEFINITION_10 = 188,
    SPRM_TABLE_DEFINITION = 190,
};

/* Of the charset of a font; 0: it says nothing. */
static unsigned codepage_of(unsigned charset)
{
    static const struct {
        uint8_t charset;
        uint16_t codepage;
    } known[] = { { 161, 1253 }, { 162, 1254 }, { 163, 1258 }, { 177, 1255 }, { 178, 1256 },
                  { 186, 1257 }, { 204, 1251 }, { 222, 874 },  { 238, 1250 } };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].charset == charset)
            return known[i].codepage;
    return 0;
}

/* The code page that the fonts ask for, where they ask for one alone beside the western one. Each:
 * its length less one, flags, weight, charset, then the name. */
static unsigned codepage_of_fonts(struct span stream)
{
    struct span fonts = ole_part(stream, ole_u32(stream, FONTS), ole_u32(stream, FONTS + 4));
    unsigned found = 0;

    for (size_t at = 2; at + 6 < fonts.len; at += 1 + (size_t)ole_u8(fonts, at)) {
        unsigned codepage = codepage_of(ole_u8(fonts, at + 4));

        if (codepage > 0 && found > 0 && codepage != found)
            return 0;
        if (codepage > 0)
            found = codepage;
    }
    return found;
}

static const char *name_of_codepage(unsigned codepage)
{
    static const struct {
        unsigned codepage;
        const char *name;
    } names[] = {
        { 874, "windows-874" },   { 1250, "windows-1250" }, { 1251, "windows-1251" },
        { 1253, "windows-1253" }, { 1254, "windows-1254" }, { 1255, "windows-1255" },
        { 1256, "windows-1256" }, { 1257, "windows-1257" }, { 1258, "windows-1258" },
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].codepage == codepage)
            return names[i].name;
    return "windows-1252";
}

void doc_old_charset(struct span stream, uint16_t characters[128])
{
    unsigned codepage = codepage_of_fonts(stream);
    UErrorCode code = U_ZERO_ERROR;
    UConverter *converter = ucnv_open(name_of_codepage(codepage), &code);

    for (unsigned i = 0; i < 128; i++) {
        const char byte = (char)(0x80 + i), *source = &byte;
        uint32_t c;

        code = U_ZERO_ERROR;
        c = converter ? (uint32_t)ucnv_getNextUChar(converter, &source, source + 1, &code) : 0;
        characters[i] = (uint16_t)(U_SUCCESS(code) && c > 0 && c < 0xFFFE ? c : 0x80 + i);
    }
    if (converter)
        ucnv_close(converter);
}

/* A broken one of Word 97 has other things there. */
static bool has_flag(struct span stream, unsigned flag)
{
    return ole_u16(stream, 2) < WORD_97 && (ole_u16(stream, FLAGS) & flag) != 0;
}

uint32_t doc_windows_1252(unsigned char c)
{
    static const uint16_t upper[32] = {
        0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178,
    };

    return c >= 0x80 && c < 0xA0 ? upper[c - 0x80] : c;
}

/* ---- properties ---- */

/* Bytes of an operand; those that say their own length have 0 here. *offset is where it begins.
 * Unknown ones end the list. */
static bool operand_length(unsigned code, struct span list, size_t *offset, size_t *len)
{
    static const uint8_t of_paragraphs[] = { 2, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 2, 2, 2,
                                             2, 4, 2, 2, 0, 1, 1, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2,
                                             2, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 1, 1 };
    static const uint8_t of_tables[] = { 2, 2, 2, 1, 1, 12, 0, 2, 0, 0, 4 };
    const unsigned first = 2, first_of_tables = 182;

    if (code == SPRM_TABLE_DEFINITION || code == SPRM_TABLE_DEFINITION_10) {
        *len = ole_u16(list, *offset);
        *len -= *len > 0;
        *offset += 2;
        return true;
    }
    if (code >= first && code < first + sizeof(of_paragraphs))
        *len = of_paragraphs[code - first];
    else if (code >= first_of_tables && code < first_of_tables + sizeof(of_tables))
        *len = of_tables[code - first_of_tables];
    else
        return false;
    if (*len == 0)
        *len = ole_u8(list, (*offset)++);
    return true;
}

static void read_sprms(struct span list, struct doc_paragraph *out)
{
    size_t offset = 0, len;

    while (offset + 1 < list.len) {
        unsigned code = ole_u8(list, offset++);

        if (!operand_length(code, list, &offset, &len))
            return;
        if (code == SPRM_IN_TABLE)
            out->depth = ole_u8(list, offset) != 0;
        else if (code == SPRM_ROW_END)
            out->is_row_end = ole_u8(list, offset) != 0;
        else if (code == SPRM_TABLE_HEADER)
            out->is_header_row = ole_u8(list, offset) != 0;
        else if (code == SPRM_TABLE_DEFINITION)
            doc_row_read(ole_part(list, offset, len), CELL_BYTES, out);
        offset += len;
    }
}

/* As in a newer one, but for seven bytes a run, and codes of one byte. */
static bool read_page(struct span page, struct doc_properties *out)
{
    size_t count = ole_u8(page, PAGE_BYTES - 1);

    for (size_t i = 0; i < count && 4 * (count + 1) + 7 * i < PAGE_BYTES; i++) {
        size_t at = 2 * (size_t)ole_u8(page, 4 * (count + 1) + 7 * i);
        size_t len = 2 * (size_t)ole_u8(page, at);
        struct doc_paragraph paragraph = {
            .start = ole_u32(page, 4 * i),
            .end = ole_u32(page, 4 * (i + 1)),
            .outline = 255,
            .list = DOC_LIST_UNSAID,
        };

        if (at > 0 && len > 0) {
            paragraph.style = (uint16_t)ole_u16(page, at + 1);
            read_sprms(ole_part(page, at + 3, len - 2), &paragraph);
        }
        if (!doc_paragraph_add(out, &paragraph))
            return false;
    }
    return true;
}

/* Headings and titles are known by the number of a style that Word itself has. */
static void read_styles(struct span sheet, struct doc_properties *out)
{
    size_t count = ole_u16(sheet, 2), at = 2 + (size_t)ole_u16(sheet, 0);

    for (size_t i = 0; i < count && i < DOC_STYLES_MAX && at < sheet.len; i++) {
        size_t len = ole_u16(sheet, at);
        unsigned built_in = len > 0 ? ole_u16(sheet, at + 2) & 0x0FFFu : 0;

        out->styles[i] = (struct doc_style){
            .outline = (uint8_t)(built_in >= 1 && built_in <= 9 ? built_in - 1 : 255),
            .role = built_in == 62   ? DOC_ROLE_TITLE
                    : built_in == 34 ? DOC_ROLE_CAPTION
                                     : DOC_ROLE_NONE,
            .list = DOC_LIST_UNSAID,
        };
        out->style_count = i + 1;
        at += 2 + len;
    }
}

bool doc_old_properties_read(struct span stream, struct doc_properties *out)
{
    struct span bins = ole_part(stream, ole_u32(stream, PAGES), ole_u32(stream, PAGES + 4));
    size_t count = bins.len >= 6 ? (bins.len - 4) / 6 : 0;

    read_styles(ole_part(stream, ole_u32(stream, STYLES), ole_u32(stream, STYLES + 4)), out);
    for (size_t i = 0; i < count; i++) {
        size_t page = ole_u16(bins, 4 * (count + 1) + 2 * i);
        struct span bytes = ole_part(stream, page * PAGE_BYTES, PAGE_BYTES);

        if (bytes.len == PAGE_BYTES && !read_page(bytes, out))
            return false;
    }
    doc_paragraphs_sort(out);
    return true;
}

/* ---- text ---- */

/* Of a document that was saved fast; empty: there are none. */
static struct span piece_table(struct span stream)
{
    size_t at = ole_u32(stream, CLX), end = at + ole_u32(stream, CLX + 4);

    while (at < end && ole_u8(stream, at) == 1)
        at += 3 + (size_t)ole_u16(stream, at + 1);
    if (ole_u8(stream, at) != 2)
        return (struct span){ "", 0 };
    return ole_part(stream, at + 5, ole_u32(stream, at + 1));
}

struct doc_old_pieces doc_old_pieces(struct span stream)
{
    struct doc_old_pieces pieces = {
        .stream = stream,
        .count = 1,
        .is_wide = has_flag(stream, FLAG_WIDE),
    };

    if (!has_flag(stream, FLAG_COMPLEX))
        return pieces;
    pieces.table = piece_table(stream);
    pieces.count = pieces.table.len >= 16 ? (pieces.table.len - 4) / 12 : 0;
    return pieces;
}

struct span doc_old_piece(const struct doc_old_pieces *pieces, size_t index)
{
    struct span stream = pieces->stream, table = pieces->table;
    size_t first, last;

    if (!table.data) {
        first = ole_u32(stream, FIRST);
        last = ole_u32(stream, LAST);
        return ole_part(stream, first, last > first ? last - first : 0);
    }
    first = ole_u32(table, 4 * index);
    last = ole_u32(table, 4 * (index + 1));
    if (last < first)
        return (struct span){ "", 0 };
    return ole_part(stream, ole_u32(table, 4 * (pieces->count + 1) + 8 * index + 2),
                    (last - first) * (pieces->is_wide ? 2 : 1));
}
