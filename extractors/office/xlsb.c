/*
 * xlsb.c - Excel's binary workbooks: the parts of XLSX as records. [MS-XLSB]
 *
 * A record is its type (one or two bytes of seven bits), its length (one to four such bytes) and
 * its data, little-endian. [MS-XLSB] 2.1.4
 */
#include <string.h>

#include "extractors/container/ole.h"
#include "extractors/office/biff.h"
#include "extractors/office/workbook.h"

/* [MS-XLSB] 2.3.2 */
enum record {
    BRT_ROW_HDR = 0,
    BRT_CELL_RK = 2,
    BRT_CELL_ERROR,
    BRT_CELL_BOOL,
    BRT_CELL_REAL,
    BRT_CELL_ST,
    BRT_CELL_ISST,
    BRT_FMLA_STRING,
    BRT_FMLA_NUM,
    BRT_FMLA_BOOL,
    BRT_FMLA_ERROR,
    BRT_SST_ITEM = 19,
    BRT_FMT = 44,
    BRT_XF = 47,
    BRT_CELL_R_STRING = 62,
    BRT_WB_PROP = 153,
    BRT_BUNDLE_SH = 156,
    BRT_MERGE_CELL = 176,
    BRT_BEGIN_CELL_XFS = 617,
    BRT_END_CELL_XFS = 618,
    BRT_BEGIN_COMMENT = 635,
    BRT_COMMENT_TEXT = 637,
};

struct records {
    struct span left;
    unsigned type;
    struct span data;
};

/* A number in bytes of seven bits each, the lowest first. */
static uint32_t take_varying(struct span *left, unsigned bytes_max)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < bytes_max && left->len > 0; i++) {
        uint32_t byte = ole_u8(*left, 0);

        *left = (struct span){ left->data + 1, left->len - 1 };
        value |= (byte & 0x7F) << (7 * i);
        if (!(byte & 0x80))
            break;
    }
    return value;
}

/* false: that was the last. A record that is cut off is as long as what there is of it. */
static bool records_next(struct records *records)
{
    size_t len;

    if (records->left.len == 0)
        return false;
    records->type = take_varying(&records->left, 2);
    len = take_varying(&records->left, 4);
    if (len > records->left.len)
        len = records->left.len;
    records->data = (struct span){ records->left.data, len };
    records->left = (struct span){ records->left.data + len, records->left.len - len };
    return true;
}

/* A count of characters, then UTF-16; returns the offset behind it. 2.5.168 XLWideString; a count
 * of 0xFFFFFFFF stands for no string at all. */
static size_t append_wide(struct span data, size_t offset, struct buf *out)
{
    size_t count = ole_u32(data, offset), bytes = 2 * count;

    offset += 4;
    if (offset >= data.len || count == 0xFFFFFFFF)
        return offset;
    if (bytes > data.len - offset)
        bytes = data.len - offset;
    ole_append_utf16(out, (struct span){ data.data + offset, bytes });
    return offset + bytes;
}

/* ---- what sheets refer to ---- */

static void read_sheets(struct workbook *book, struct span bytes)
{
    struct records records = { .left = bytes };

    while (records_next(&records)) {
        struct span data = records.data;
        size_t id_len, offset;

        if (records.type == BRT_WB_PROP)
            book->is_1904 = ole_u32(data, 0) & 1;
        if (records.type != BRT_BUNDLE_SH)
            continue;
        buf_clear(&book->value);
        offset = append_wide(data, 8, &book->value);
        id_len = book->value.len;
        (void)append_wide(data, offset, &book->value);
        workbook_add_sheet(book,
                           (struct span){ book->value.data + id_len, book->value.len - id_len },
                           (struct span){ book->value.data, id_len }, ole_u32(data, 0) != 0);
    }
}

static void read_strings(struct workbook *book, struct span bytes)
{
    struct records records = { .left = bytes };

    while (records_next(&records)) {
        if (records.type != BRT_SST_ITEM)
            continue;
        (void)append_wide(records.data, 1, &book->strings.text);
        if (!workbook_end_string(book))
            break;
    }
}

static void read_styles(struct workbook *book, struct span bytes)
{
    struct records records = { .left = bytes };
    bool is_in_cells = false;

    while (records_next(&records) && !book->is_out_of_memory) {
        if (records.type == BRT_BEGIN_CELL_XFS || records.type == BRT_END_CELL_XFS)
            is_in_cells = records.type == BRT_BEGIN_CELL_XFS;
        if (records.type == BRT_FMT) {
            buf_clear(&book->value);
            (void)append_wide(records.data, 2, &book->value);
            workbook_add_code(book, (long)ole_u16(records.data, 0), buf_span(&book->value));
        } else if (records.type == BRT_XF && is_in_cells) {
            workbook_add_style(book, (long)ole_u16(records.data, 2));
        }
    }
}

/* ---- a sheet ---- */

/* data begins with the cell: its column, then 24 bits of style. 2.5.9 */
static void read_cell(struct workbook *book, uint32_t row, unsigned type, struct span data)
{
    uint32_t column = ole_u32(data, 0);
    long style = (long)(ole_u32(data, 4) & 0xFFFFFF);
    struct span text;

    if (data.len < 9)
        return;
    switch (type) {
    case BRT_CELL_RK:
        workbook_put_number(book, row, column, style, biff_rk(ole_u32(data, 8)));
        return;
    case BRT_CELL_REAL:
    case BRT_FMLA_NUM:
        workbook_put_number(book, row, column, style, biff_double(ole_u64(data, 8)));
        return;
    case BRT_CELL_ERROR:
    case BRT_FMLA_ERROR:
        text = biff_error(ole_u8(data, 8));
        break;
    case BRT_CELL_BOOL:
    case BRT_FMLA_BOOL:
        text = biff_bool(ole_u8(data, 8));
        break;
    case BRT_CELL_ISST:
        text = string_table_lookup(&book->strings, (long)ole_u32(data, 8));
        break;
    case BRT_CELL_ST:
    case BRT_FMLA_STRING:
    case BRT_CELL_R_STRING:
        buf_clear(&book->value);
        (void)append_wide(data, type == BRT_CELL_R_STRING ? 9 : 8, &book->value);
        text = buf_span(&book->value);
        break;
    default:
        return;
    }
    workbook_put_text(book, row, column, style, text);
}

static void read_merge(struct workbook *book, struct span data)
{
    if (data.len < 16 || ole_u32(data, 12) >= SHEET_COLUMNS_MAX ||
        ole_u32(data, 8) > ole_u32(data, 12))
        return;
    sheet_merge(&book->sheet, (struct sheet_merge){
                                  .first_row = ole_u32(data, 0),
                                  .last_row = ole_u32(data, 4),
                                  .first_column = (uint16_t)ole_u32(data, 8),
                                  .last_column = (uint16_t)ole_u32(data, 12),
                              });
}

static void read_cells(struct workbook *book, struct span bytes)
{
    struct records records = { .left = bytes };
    uint32_t row = 0;

    while (records_next(&records) && !book->sheet.is_full) {
        if (records.type == BRT_ROW_HDR)
            row = ole_u32(records.data, 0);
        else if (records.type == BRT_MERGE_CELL)
            read_merge(book, records.data);
        else
            read_cell(book, row, records.type, records.data);
    }
}

static void read_comments(struct workbook *book, struct span bytes)
{
    struct records records = { .left = bytes };
    uint32_t row = 0, column = 0;

    while (records_next(&records)) {
        if (records.type == BRT_BEGIN_COMMENT) {
            row = ole_u32(records.data, 4);
            column = ole_u32(records.data, 12);
        } else if (records.type == BRT_COMMENT_TEXT) {
            buf_clear(&book->value);
            (void)append_wide(records.data, 1, &book->value);
            workbook_note(book, row, column, (struct span){ "", 0 }, buf_span(&book->value));
        }
    }
}

const struct workbook_parts xlsb_parts = {
    .main_part = "xl/workbook.bin",
    .sheets = read_sheets,
    .strings = read_strings,
    .styles = read_styles,
    .cells = read_cells,
    .comments = read_comments,
};
