/*
 * xls.c - Excel 5 to 2003 workbooks: BIFF5 and BIFF8 records. [MS-XLS]
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/container/ole.h"
#include "extractors/extractors.h"
#include "extractors/office/biff.h"
#include "extractors/office/number_format.h"
#include "extractors/office/sheet.h"
#include "extractors/office/string_table.h"

#define SHEETS_MAX 1024u
#define BIFF8      0x0600u

enum record {
    RECORD_FORMULA = 0x0006,
    RECORD_EOF = 0x000A,
    RECORD_NOTE = 0x001C,
    RECORD_DATEMODE = 0x0022,
    RECORD_FILEPASS = 0x002F,
    RECORD_CONTINUE = 0x003C,
    RECORD_CODEPAGE = 0x0042,
    RECORD_OBJECT = 0x005D,
    RECORD_BOUNDSHEET = 0x0085,
    RECORD_MULRK = 0x00BD,
    RECORD_RSTRING = 0x00D6,
    RECORD_XF = 0x00E0,
    RECORD_MERGED = 0x00E5,
    RECORD_SST = 0x00FC,
    RECORD_LABELSST = 0x00FD,
    RECORD_OBJECT_TEXT = 0x01B6,
    RECORD_NUMBER = 0x0203,
    RECORD_LABEL = 0x0204,
    RECORD_BOOLERR = 0x0205,
    RECORD_STRING = 0x0207,
    RECORD_RK = 0x027E,
    RECORD_FORMAT5 = 0x001E,
    RECORD_FORMAT = 0x041E,
    RECORD_BOF = 0x0809,
    RECORD_CHART_STRING = 0x100D,
    RECORD_CHART_TEXT = 0x1025,
    RECORD_CHART_LINK = 0x1027,
};

enum over_kind { OVER_BOX, OVER_CHART_TITLE, OVER_NOTE };

/* A text that lies over the cells. */
struct xls_over {
    enum over_kind kind;
    uint32_t object_id;
    uint32_t row, column; /* of a note's cell */
    bool has_cell;
    size_t start, len;               /* in over_text */
    size_t author_start, author_len; /* the same; of a note */
};

struct xls_sheet {
    uint32_t offset;
    bool is_hidden, is_cells, is_chart;
    size_t name_start, name_len; /* in names */
};

struct xls {
    struct writer *writer;
    struct buf stream, names, text;
    struct string_table strings;
    struct number_formats formats;
    struct xls_sheet sheets[SHEETS_MAX];
    size_t sheet_count;
    struct sheet sheet;
    struct xls_over *over;
    size_t over_count, over_capacity;
    struct buf over_text;
    unsigned object_type; /* of the object that comes last */
    uint32_t object_id;
    unsigned note_count; /* of the workbook: each looks for its text */
    unsigned version, codepage;
    bool is_1904, is_encrypted, is_out_of_memory;
    bool waits_for_string; /* the formula before has its text in the next record */
    uint32_t waiting_row, waiting_column;
};

struct record_view {
    unsigned type;
    struct span data;
    size_t next; /* offset of the record behind it */
};

static bool read_record(const struct xls *xls, size_t offset, struct record_view *out)
{
    struct span stream = buf_span(&xls->stream);
    size_t len;

    if (offset >= stream.len || stream.len - offset < 4)
        return false;
    out->type = ole_u16(stream, offset);
    len = ole_u16(stream, offset + 2);
    if (len > stream.len - offset - 4)
        len = stream.len - offset - 4;
    out->data = (struct span){ stream.data + offset + 4, len };
    out->next = offset + 4 + len;
    return true;
}

/* ---- strings ---- */

/* A run of characters, 8 or 16 bits each; returns the bytes taken. */
static size_t append_characters(struct span data, size_t offset, size_t count, bool is_wide,
                                struct buf *out)
{
    size_t bytes = is_wide ? 2 * count : count;

    if (offset >= data.len)
        return 0;
    if (bytes > data.len - offset)
        bytes = data.len - offset;
    if (is_wide)
        ole_append_utf16(out, (struct span){ data.data + offset, bytes });
    else
        for (size_t i = 0; i < bytes; i++) /* the low halves of UTF-16 */
            utf8_append(out, (unsigned char)data.data[offset + i]);
    return bytes;
}

/* A string whose length is a u8 or u16 in front: BIFF8 has flags behind it, BIFF5 bytes. */
static void append_string(const struct xls *xls, struct span data, size_t offset,
                          size_t length_bytes, struct buf *out)
{
    size_t count = length_bytes == 1 ? ole_u8(data, offset) : ole_u16(data, offset);

    offset += length_bytes;
    if (xls->version < BIFF8) {
        if (offset >= data.len)
            return;
        if (count > data.len - offset)
            count = data.len - offset;
        ole_append_codepage(out, (struct span){ data.data + offset, count }, xls->codepage);
        return;
    }
    (void)append_characters(data, offset + 1, count, ole_u8(data, offset) & 1, out);
}

/* The shared strings go over from a record to its CONTINUEs, in the middle of a string too, and
 * then the flags are said again. */
struct sst {
    struct xls *xls;
    struct record_view record;
    size_t at; /* in the record's data */
};

static bool sst_more(struct sst *sst)
{
    while (sst->at >= sst->record.data.len) {
        struct record_view next;

        if (!read_record(sst->xls, sst->record.next, &next) || next.type != RECORD_CONTINUE)
            return false;
        sst->record = next;
        sst->at = 0;
        if (next.data.len == 0)
            return false;
    }
    return true;
}

static void sst_skip(struct sst *sst, size_t count)
{
    while (count > 0 && sst_more(sst)) {
        size_t left = sst->record.data.len - sst->at;
        size_t taken = count < left ? count : left;

        sst->at += taken;
        count -= taken;
    }
}

static bool sst_string(struct sst *sst)
{
    struct buf *out = &sst->xls->strings.text;
    size_t count, runs = 0, extra = 0;
    uint32_t flags;

    if (!sst_more(sst) || sst->record.data.len - sst->at < 3)
        return false;
    count = ole_u16(sst->record.data, sst->at);
    flags = ole_u8(sst->record.data, sst->at + 2);
    sst->at += 3;
    if (flags & 8) {
        runs = ole_u16(sst->record.data, sst->at);
        sst->at += 2;
    }
    if (flags & 4) {
        extra = ole_u32(sst->record.data, sst->at);
        sst->at += 4;
    }
    while (count > 0) {
        bool is_wide = flags & 1;
        size_t taken, left;
        bool is_over = sst->at >= sst->record.data.len;

        if (!sst_more(sst))
            return false;
        if (is_over) {
            flags = ole_u8(sst->record.data, sst->at++);
            is_wide = flags & 1;
        }
        left = (sst->record.data.len - sst->at) / (is_wide ? 2 : 1);
        taken = count < left ? count : left;
        if (taken == 0) {
            sst->at = sst->record.data.len;
            continue;
        }
        (void)append_characters(sst->record.data, sst->at, taken, is_wide, out);
        sst->at += is_wide ? 2 * taken : taken;
        count -= taken;
    }
    sst_skip(sst, 4 * runs + extra);
    return true;
}

static void read_strings(struct xls *xls, const struct record_view *record)
{
    struct sst sst = { .xls = xls, .record = *record, .at = 8 };
    size_t count = ole_u32(record->data, 4);

    while (xls->strings.count < count && sst_string(&sst) && string_table_end(&xls->strings))
        continue;
    if (xls->strings.is_full)
        writer_partial(xls->writer, "too many shared strings");
}

/* ---- the workbook's own records ---- */

static void add_sheet(struct xls *xls, struct span data)
{
    struct xls_sheet *sheet = &xls->sheets[xls->sheet_count];

    if (xls->sheet_count == SHEETS_MAX)
        return;
    sheet->offset = ole_u32(data, 0);
    sheet->is_hidden = (ole_u8(data, 4) & 3) != 0;
    sheet->is_cells = ole_u8(data, 5) == 0;
    sheet->is_chart = ole_u8(data, 5) == 2;
    sheet->name_start = xls->names.len;
    append_string(xls, data, 6, 1, &xls->names);
    sheet->name_len = xls->names.len - sheet->name_start;
    xls->sheet_count++;
}

static void add_format(struct xls *xls, struct span data)
{
    CLEANUP(buf_release) struct buf code = BUF_INIT(4096);

    append_string(xls, data, 2, xls->version < BIFF8 ? 1 : 2, &code);
    if (!number_formats_add_code(&xls->formats, (long)ole_u16(data, 0), buf_span(&code)))
        xls->is_out_of_memory = true;
}

static void add_xf(struct xls *xls, struct span data)
{
    if (!number_formats_add_style(&xls->formats, (long)ole_u16(data, 2)))
        xls->is_out_of_memory = true;
}

static void read_globals(struct xls *xls)
{
    struct record_view record;
    size_t offset = 0;

    while (read_record(xls, offset, &record) && record.type != RECORD_EOF) {
        switch (record.type) {
        case RECORD_BOF:
            xls->version = ole_u16(record.data, 0);
            break;
        case RECORD_FILEPASS:
            xls->is_encrypted = true;
            return;
        case RECORD_CODEPAGE:
            xls->codepage = ole_u16(record.data, 0) == 32768 ? 10000 : ole_u16(record.data, 0);
            break;
        case RECORD_DATEMODE:
            xls->is_1904 = ole_u16(record.data, 0) == 1;
            break;
        case RECORD_BOUNDSHEET:
            add_sheet(xls, record.data);
            break;
        case RECORD_FORMAT:
        case RECORD_FORMAT5:
            add_format(xls, record.data);
            break;
        case RECORD_XF:
            add_xf(xls, record.data);
            break;
        case RECORD_SST:
            read_strings(xls, &record);
            break;
        default:
            break;
        }
        offset = record.next;
    }
}

/* ---- cells ---- */

static void put_number(struct xls *xls, uint32_t row, uint32_t column, uint32_t xf, double value)
{
    CLEANUP(buf_release) struct buf shown = BUF_INIT(1024);

    number_format_put(number_formats_style(&xls->formats, (long)xf), value, xls->is_1904, &shown);
    sheet_put(&xls->sheet, row, column, buf_span(&shown), true);
}

static void put_text(struct xls *xls, uint32_t row, uint32_t column, uint32_t xf, struct span text)
{
    if (!number_formats_style(&xls->formats, (long)xf)->hides_text) {
        sheet_put(&xls->sheet, row, column, text, false);
        return;
    }
    writer_hidden(xls->writer, text);
    writer_hidden(xls->writer, (struct span){ "\n", 1 });
}

static void put_error(struct xls *xls, uint32_t row, uint32_t column, uint32_t code, bool is_error)
{
    sheet_put(&xls->sheet, row, column, is_error ? biff_error(code) : biff_bool(code), false);
}

static void read_formula(struct xls *xls, struct span data)
{
    uint32_t row = ole_u16(data, 0), column = ole_u16(data, 2), kind = ole_u8(data, 6);

    if (ole_u16(data, 12) != 0xFFFF) {
        put_number(xls, row, column, ole_u16(data, 4), biff_double(ole_u64(data, 6)));
    } else if (kind == 0) {
        xls->waits_for_string = true;
        xls->waiting_row = row;
        xls->waiting_column = column;
    } else if (kind == 1 || kind == 2) {
        put_error(xls, row, column, ole_u8(data, 8), kind == 2);
    }
}

static void read_shared(struct xls *xls, struct span data)
{
    put_text(xls, ole_u16(data, 0), ole_u16(data, 2), ole_u16(data, 4),
             string_table_lookup(&xls->strings, (long)ole_u32(data, 6)));
}

static void read_label(struct xls *xls, struct span data)
{
    buf_clear(&xls->text);
    append_string(xls, data, 6, 2, &xls->text);
    put_text(xls, ole_u16(data, 0), ole_u16(data, 2), ole_u16(data, 4), buf_span(&xls->text));
}

static void read_merges(struct xls *xls, struct span data)
{
    size_t count = ole_u16(data, 0);

    for (size_t i = 0; i < count && 2 + 8 * i + 8 <= data.len; i++)
        sheet_merge(&xls->sheet, (struct sheet_merge){
                                     .first_row = ole_u16(data, 2 + 8 * i),
                                     .last_row = ole_u16(data, 4 + 8 * i),
                                     .first_column = (uint16_t)ole_u16(data, 6 + 8 * i),
                                     .last_column = (uint16_t)ole_u16(data, 8 + 8 * i),
                                 });
}

static void read_cell_record(struct xls *xls, const struct record_view *record)
{
    struct span data = record->data;
    uint32_t row = ole_u16(data, 0), column = ole_u16(data, 2), xf = ole_u16(data, 4);

    switch (record->type) {
    case RECORD_NUMBER:
        put_number(xls, row, column, xf, biff_double(ole_u64(data, 6)));
        break;
    case RECORD_RK:
        put_number(xls, row, column, xf, biff_rk(ole_u32(data, 6)));
        break;
    case RECORD_MULRK:
        for (size_t i = 4; i + 8 <= data.len; i += 6, column++)
            put_number(xls, row, column, ole_u16(data, i), biff_rk(ole_u32(data, i + 2)));
        break;
    case RECORD_LABELSST:
        read_shared(xls, data);
        break;
    case RECORD_LABEL:
    case RECORD_RSTRING:
        read_label(xls, data);
        break;
    case RECORD_BOOLERR:
        put_error(xls, row, column, ole_u8(data, 6), ole_u8(data, 7) != 0);
        break;
    case RECORD_FORMULA:
        read_formula(xls, data);
        break;
    case RECORD_STRING:
        if (xls->waits_for_string) {
            buf_clear(&xls->text);
            append_string(xls, data, 0, 2, &xls->text);
            sheet_put(&xls->sheet, xls->waiting_row, xls->waiting_column, buf_span(&xls->text),
                      false);
        }
        xls->waits_for_string = false;
        break;
    case RECORD_MERGED:
        read_merges(xls, data);
        break;
    default:
        break;
    }
}

/* ---- what lies over the cells ---- */

#define OVER_MAX       8192u
#define OVER_BYTES_MAX ((size_t)16 << 20)

#define OBJECT_NOTE      25u /* [MS-XLS] 2.5.143 */
#define LINK_CHART_TITLE 1u  /* [MS-XLS] 2.4.182 */

/* The text from start on in over_text is whole. */
static struct xls_over *add_over(struct xls *xls, enum over_kind kind, size_t start)
{
    if (xls->over_count >= OVER_MAX || start == xls->over_text.len)
        return NULL;
    if (!array_reserve(&xls->over, &xls->over_capacity, xls->over_count)) {
        xls->is_out_of_memory = true;
        return NULL;
    }
    xls->over[xls->over_count] = (struct xls_over){
        .kind = kind,
        .object_id = xls->object_id,
        .start = start,
        .len = xls->over_text.len - start,
    };
    return &xls->over[xls->over_count++];
}

/* The characters of an object stand in the CONTINUEs behind it, each with its flags in front. */
static void read_object_text(struct xls *xls, const struct record_view *record)
{
    size_t start = xls->over_text.len, count = ole_u16(record->data, 10), offset = record->next;
    struct record_view next;

    while (count > 0 && read_record(xls, offset, &next) && next.type == RECORD_CONTINUE) {
        bool is_wide = ole_u8(next.data, 0) & 1;
        size_t bytes = append_characters(next.data, 1, count, is_wide, &xls->over_text);

        if (bytes == 0)
            break;
        count -= is_wide ? bytes / 2 : bytes;
        offset = next.next;
    }
    (void)add_over(xls, xls->object_type == OBJECT_NOTE ? OVER_NOTE : OVER_BOX, start);
}

/* Which cell a note's text belongs to; until BIFF8 the text itself stands here. */
static void read_note(struct xls *xls, struct span data)
{
    uint32_t row = ole_u16(data, 0), column = ole_u16(data, 2);
    struct xls_over *note = NULL;

    if (xls->version < BIFF8) {
        size_t start = xls->over_text.len;

        append_string(xls, data, 4, 2, &xls->over_text);
        note = add_over(xls, OVER_NOTE, start);
    } else if (xls->note_count++ < OVER_MAX) {
        for (size_t i = 0; i < xls->over_count && !note; i++)
            if (xls->over[i].kind == OVER_NOTE && !xls->over[i].has_cell &&
                xls->over[i].object_id == ole_u16(data, 6))
                note = &xls->over[i];
    }
    if (!note)
        return;
    note->row = row;
    note->column = column;
    note->has_cell = true;
    if (xls->version < BIFF8)
        return;
    note->author_start = xls->over_text.len;
    append_string(xls, data, 8, 2, &xls->over_text);
    note->author_len = xls->over_text.len - note->author_start;
}

static void read_over_record(struct xls *xls, const struct record_view *record)
{
    switch (record->type) {
    case RECORD_OBJECT: /* FtCmo first: [MS-XLS] 2.5.143 */
        xls->object_type = ole_u16(record->data, 4);
        xls->object_id = ole_u16(record->data, 6);
        break;
    case RECORD_OBJECT_TEXT:
        read_object_text(xls, record);
        break;
    case RECORD_NOTE:
        read_note(xls, record->data);
        break;
    default:
        break;
    }
}

/* A chart's texts say behind them what they are to it. */
static void read_chart_record(struct xls *xls, const struct record_view *record)
{
    switch (record->type) {
    case RECORD_CHART_TEXT:
        buf_clear(&xls->text);
        break;
    case RECORD_CHART_STRING:
        buf_clear(&xls->text);
        append_string(xls, record->data, 2, 1, &xls->text);
        break;
    case RECORD_CHART_LINK:
        if (ole_u16(record->data, 0) == LINK_CHART_TITLE) {
            size_t start = xls->over_text.len;

            buf_append(&xls->over_text, xls->text.data, xls->text.len);
            (void)add_over(xls, OVER_CHART_TITLE, start);
        }
        buf_clear(&xls->text);
        break;
    default:
        break;
    }
}

/* Its paragraphs end in line feeds. */
static void put_box(struct xls *xls, struct span text)
{
    while (text.len > 0) {
        const char *end = memchr(text.data, '\n', text.len);
        size_t len = end ? (size_t)(end - text.data) : text.len;

        writer_block(xls->writer, BLOCK_PARAGRAPH, 0, (struct span){ text.data, len });
        len += end != NULL;
        text = (struct span){ text.data + len, text.len - len };
    }
}

static void put_over(struct xls *xls)
{
    for (size_t i = 0; i < xls->over_count; i++) {
        const struct xls_over *over = &xls->over[i];
        struct span text = { xls->over_text.data + over->start, over->len };

        if (over->kind == OVER_BOX)
            put_box(xls, text);
        else if (over->kind == OVER_CHART_TITLE)
            writer_block(xls->writer, BLOCK_CAPTION, 0, text);
    }
    for (size_t i = 0; i < xls->over_count; i++) {
        const struct xls_over *over = &xls->over[i];

        if (over->kind == OVER_NOTE && over->has_cell)
            sheet_emit_comment(
                over->row, over->column,
                (struct span){ xls->over_text.data + over->author_start, over->author_len },
                (struct span){ xls->over_text.data + over->start, over->len }, xls->writer);
    }
}

/* ---- sheets ---- */

/* A chart inside a sheet is a BOF of its own, up to its EOF. */
static void read_sheet_records(struct xls *xls, const struct xls_sheet *sheet)
{
    struct record_view record;
    size_t offset = sheet->offset;
    unsigned depth = 0;

    while (read_record(xls, offset, &record)) {
        if (record.type == RECORD_BOF) {
            depth++;
        } else if (record.type == RECORD_EOF && (depth == 0 || --depth == 0)) {
            break;
        } else if (depth == 1 && sheet->is_cells) {
            read_cell_record(xls, &record);
            read_over_record(xls, &record);
        } else if (depth > 0) {
            read_chart_record(xls, &record);
        }
        offset = record.next;
    }
}

static void read_sheet(struct xls *xls, const struct xls_sheet *sheet, uint32_t page)
{
    struct span name = { xls->names.data + sheet->name_start, sheet->name_len };

    sheet_clear(&xls->sheet);
    xls->waits_for_string = false;
    xls->over_count = 0;
    buf_clear(&xls->over_text);
    buf_clear(&xls->text);
    read_sheet_records(xls, sheet);
    if (sheet->is_hidden) {
        sheet_emit_hidden(&xls->sheet, xls->writer);
        return;
    }
    if (sheet->is_cells && xls->sheet.cell_count == 0 && xls->over_count == 0 &&
        sheet_is_default_name(name))
        return;
    writer_region(xls->writer, page, NULL, name);
    writer_block(xls->writer, BLOCK_HEADING, 2, name);
    sheet_emit(&xls->sheet, name, page, xls->writer);
    put_over(xls);
}

static void xls_free(struct xls **owned)
{
    struct xls *xls = *owned;

    if (!xls)
        return;
    buf_release(&xls->stream);
    buf_release(&xls->names);
    buf_release(&xls->text);
    buf_release(&xls->over_text);
    free(xls->over);
    string_table_release(&xls->strings);
    number_formats_release(&xls->formats);
    sheet_release(&xls->sheet);
    free(xls);
}

static enum status read_stream(struct xls *xls, struct span bytes, struct error *err)
{
    struct error problem = { .status = STATUS_OK };
    struct ole *ole = NULL;
    enum status status = ole_open(bytes, &ole, err);

    if (status)
        return status;
    status = ole_read_name(ole, ole_lookup(ole, "Workbook") != OLE_NONE ? "Workbook" : "Book",
                           &xls->stream, &problem);
    if (status && xls->stream.len > 0 && status != STATUS_NO_MEMORY) {
        writer_problem(xls->writer, &problem);
        xls->stream.failed = status = STATUS_OK;
    } else if (status) {
        status = error_set(err, status, "%s", problem.text);
    }
    ole_metadata(ole, xls->writer);
    ole_free(ole);
    return status;
}

static enum status xls_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    CLEANUP(xls_free) struct xls *xls = calloc(1, sizeof(*xls));
    enum status status;

    if (!xls)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    xls->writer = writer;
    xls->stream = (struct buf)BUF_INIT(OLE_STREAM_BYTES_MAX);
    xls->strings = (struct string_table)STRING_TABLE_INIT;
    xls->names = xls->text = (struct buf)BUF_INIT((size_t)1 << 20);
    xls->over_text = (struct buf)BUF_INIT(OVER_BYTES_MAX);
    xls->sheet = (struct sheet)SHEET_INIT;
    xls->codepage = 1252;
    status = read_stream(xls, source->bytes, err);
    if (status)
        return status;
    read_globals(xls);
    if (xls->is_encrypted)
        return error_set(err, STATUS_UNSUPPORTED, "encrypted workbook");
    for (size_t i = 0; i < xls->sheet_count && !writer_is_full(writer); i++)
        if (xls->sheets[i].is_cells || xls->sheets[i].is_chart)
            read_sheet(xls, &xls->sheets[i], (uint32_t)i + 1);
    if (xls->is_out_of_memory || xls->strings.is_out_of_memory || xls->sheet.is_out_of_memory)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    return STATUS_OK;
}

static int xls_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "application/vnd.ms-excel") == 0 && input->head.len > 8 &&
                   memcmp(input->head.data, "\xD0\xCF\x11\xE0", 4) == 0
               ? 100
               : 0;
}

const struct extractor xls_extractor = {
    .name = "xls",
    .version = 10,
    .bid = xls_bid,
    .extract = xls_extract,
};
