#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/office/odf.h"
#include "extractors/office/sheet.h"

#define REPEATED_MAX 256 /* equal rows and cells that are told one by one */
#define ROW_MAX      10000000L
#define DATE_BYTES   ((size_t)10) /* 2024-03-01 */

/* A note on a cell. */
struct comment {
    uint32_t row, column;
    size_t start, len; /* in comment_text */
};

struct reader {
    struct odf *odf;
    struct sheet sheet;
    struct buf text, target; /* of the cell that is read */
    uint32_t row, column;
    struct buf comment_text;
    struct comment *comments;
    size_t comment_count, comment_capacity;
    struct buf name;
    bool is_named, is_hidden; /* of the sheet: its heading was sent; it is not shown */
};

static long repeated(struct xml *xml, const char *name)
{
    long count = xml_attr_number(xml, name, 1);

    return count < 1 ? 1 : count > ROW_MAX ? ROW_MAX : count;
}

static void read_merge(struct reader *reader, struct xml *xml)
{
    long columns = xml_attr_number(xml, "number-columns-spanned", 1);
    long rows = xml_attr_number(xml, "number-rows-spanned", 1);

    if ((columns <= 1 && rows <= 1) || columns < 1 || rows < 1 || rows > ROW_MAX ||
        columns + reader->column > SHEET_COLUMNS_MAX)
        return;
    sheet_merge(&reader->sheet, (struct sheet_merge){
                                    .first_row = reader->row,
                                    .last_row = reader->row + (uint32_t)rows - 1,
                                    .first_column = (uint16_t)reader->column,
                                    .last_column = (uint16_t)(reader->column + columns - 1),
                                });
}

static bool is_number_type(struct span type)
{
    return span_is(type, "float") || span_is(type, "percentage") || span_is(type, "currency") ||
           span_is(type, "date") || span_is(type, "time");
}

/* The first thing in a sheet asks for its heading: there may be none. */
static void put_name(struct reader *reader)
{
    struct odf *odf = reader->odf;

    if (reader->is_named || reader->is_hidden)
        return;
    reader->is_named = true;
    writer_region(odf->writer, odf->page, NULL, buf_span(&reader->name));
    writer_block(odf->writer, BLOCK_HEADING, 2, buf_span(&reader->name));
}

/* A box, a chart or a picture in front of a cell. */
static void read_shape(struct reader *reader, struct xml *xml)
{
    static const struct odf_place nowhere = { .list = NULL };

    if (reader->is_hidden) {
        xml_skip(xml);
        return;
    }
    put_name(reader);
    if (xml->tag == D_FRAME)
        odf_read_frame(reader->odf, xml, &nowhere);
    else
        odf_read_blocks(reader->odf, xml, xml->depth, &nowhere);
}

static void read_comment(struct reader *reader, struct xml *xml)
{
    struct comment comment = { .row = reader->row,
                               .column = reader->column,
                               .start = reader->comment_text.len };

    odf_collect_annotation(xml, &reader->comment_text);
    comment.len = reader->comment_text.len - comment.start;
    if (array_reserve(&reader->comments, &reader->comment_capacity, reader->comment_count))
        reader->comments[reader->comment_count++] = comment;
    else
        reader->sheet.is_out_of_memory = true;
}

/* A number of a date, and a sign behind it that is no digit; false: there is none. */
static bool read_part(struct span *text, unsigned *number)
{
    size_t i = 0;

    *number = 0;
    for (; i < text->len && isdigit((unsigned char)text->data[i]) && i < 4; i++)
        *number = *number * 10 + (unsigned)(text->data[i] - '0');
    *text = (struct span){ text->data + i, text->len - i };
    return i > 0;
}

/* Whether the parts of a date stand at the front of text, as numbers in any order that people use:
 * 03/04/2024. rest: what is behind them. */
static bool is_date_in_numbers(struct span text, const char *date, struct span *rest)
{
    unsigned year = (unsigned)strtoul(date, NULL, 10),
             month = (unsigned)strtoul(date + 5, NULL, 10);
    unsigned day = (unsigned)strtoul(date + 8, NULL, 10), parts[3];

    for (size_t i = 0; i < 3; i++) {
        if (!read_part(&text, &parts[i]) ||
            (i < 2 && (text.len == 0 || !strchr("./-", *text.data))))
            return false;
        if (i < 2)
            text = (struct span){ text.data + 1, text.len - 1 };
    }
    *rest = text;
    if (text.len > 0 && text.data[0] != ' ')
        return false;
    if ((parts[0] == year || parts[0] == year % 100) && parts[1] == month && parts[2] == day)
        return true;
    return (parts[2] == year || parts[2] == year % 100) &&
           ((parts[0] == day && parts[1] == month) || (parts[0] == month && parts[1] == day));
}

/* A date that is shown in numbers is written as ISO 8601 does, as in other sheets: 03/04 is read
 * wrongly half of the time. */
static void make_date_plain(struct buf *shown, const char *date)
{
    CLEANUP(buf_release) struct buf plain = BUF_INIT(1024);
    struct span rest;

    if (shown->len >= DATE_BYTES * 4 || !is_date_in_numbers(buf_span(shown), date, &rest))
        return;
    buf_append(&plain, date, DATE_BYTES);
    buf_append(&plain, rest.data, rest.len);
    buf_clear(shown);
    buf_append(shown, plain.data, plain.len);
}

/* The paragraphs of a cell are what is shown; the value stands in for them when there are none. */
static void read_cell(struct reader *reader, struct xml *xml)
{
    unsigned depth = xml->depth;
    long count = repeated(xml, "number-columns-repeated");
    bool is_number = is_number_type(xml_attr_in(xml, XML_NS_OFFICE, "value-type"));
    struct span value = xml_attr_in(xml, XML_NS_OFFICE, "value");
    char date[DATE_BYTES + 1] = "";

    buf_clear(&reader->text);
    buf_clear(&reader->target);
    if (value.data == NULL)
        value = xml_attr_in(xml, XML_NS_OFFICE, "date-value");
    if (span_is(xml_attr_in(xml, XML_NS_OFFICE, "value-type"), "date") && value.len >= DATE_BYTES)
        memcpy(date, value.data, DATE_BYTES);
    read_merge(reader, xml);
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == O_ANNOTATION) {
            read_comment(reader, xml);
        } else if (xml->tag == D_FRAME || xml->tag == D_SHAPE) {
            read_shape(reader, xml);
        } else if (xml->tag == T_P) {
            if (reader->text.len > 0)
                buf_append_char(&reader->text, ' ');
            odf_collect_linked(xml, &reader->text, &reader->target);
        }
    }
    if (reader->text.len == 0 && is_number && value.len > 0)
        buf_append(&reader->text, value.data, value.len);
    if (date[0])
        make_date_plain(&reader->text, date);
    if (reader->target.len > 0 && reader->target.data[0] != '#')
        sheet_link(&reader->sheet, reader->row, reader->column, buf_span(&reader->target));
    for (long i = 0; i < count && i < REPEATED_MAX && reader->text.len > 0; i++)
        sheet_put(&reader->sheet, reader->row, reader->column + (uint32_t)i,
                  buf_span(&reader->text), is_number);
    reader->column += (uint32_t)count;
}

static void repeat_row(struct reader *reader, size_t first_cell, long count)
{
    size_t end = reader->sheet.cell_count;

    for (long i = 1; i < count && i < REPEATED_MAX; i++)
        for (size_t cell = first_cell; cell < end; cell++) {
            struct sheet_cell copy = reader->sheet.cells[cell];
            char text[256];

            if (copy.text_len > sizeof(text))
                continue;
            memcpy(text, reader->sheet.text.data + copy.text_start, copy.text_len);
            sheet_put(&reader->sheet, copy.row + (uint32_t)i, copy.column,
                      (struct span){ text, copy.text_len }, copy.is_number);
        }
}

static void read_rows(struct reader *reader, struct xml *xml, unsigned depth)
{
    while (xml_within(xml, depth) && !reader->sheet.is_full) {
        long count;
        size_t first_cell = reader->sheet.cell_count;
        unsigned row_depth = xml->depth;

        if (xml->event == XML_START && xml->tag == TB_SHAPES) {
            static const struct odf_place nowhere = { .list = NULL };

            put_name(reader);
            if (reader->is_hidden)
                xml_skip(xml);
            else
                odf_read_blocks(reader->odf, xml, xml->depth, &nowhere);
            continue;
        }
        if (xml->event != XML_START || xml->tag != TB_ROW)
            continue;
        count = repeated(xml, "number-rows-repeated");
        reader->column = 0;
        while (xml_within(xml, row_depth)) {
            if (xml->event != XML_START)
                continue;
            if (xml->tag == TB_CELL)
                read_cell(reader, xml);
            else if (xml->tag == TB_COVERED) {
                reader->column += (uint32_t)repeated(xml, "number-columns-repeated");
                xml_skip(xml);
            }
        }
        repeat_row(reader, first_cell, count);
        reader->row += (uint32_t)count;
        if (reader->row > (uint32_t)ROW_MAX)
            break;
    }
}

static void put_comments(struct reader *reader)
{
    for (size_t i = 0; i < reader->comment_count; i++) {
        const struct comment *comment = &reader->comments[i];

        sheet_emit_comment(
            comment->row, comment->column, (struct span){ "", 0 },
            (struct span){ reader->comment_text.data + comment->start, comment->len },
            reader->odf->writer);
    }
}

static void reader_release(struct reader *reader)
{
    sheet_release(&reader->sheet);
    buf_release(&reader->text);
    buf_release(&reader->target);
    buf_release(&reader->comment_text);
    free(reader->comments);
    buf_release(&reader->name);
}

static void read_sheet(struct reader *reader, struct xml *xml)
{
    struct odf *odf = reader->odf;
    const struct odf_style *style =
        odf_styles_lookup(&odf->styles, 'T', xml_attr(xml, "style-name"));
    struct span name = xml_attr_in(xml, XML_NS_TABLE, "name");

    buf_clear(&reader->name);
    buf_append(&reader->name, name.data, name.len);
    buf_clear(&reader->comment_text);
    reader->comment_count = 0;
    reader->row = 0;
    reader->is_named = false;
    reader->is_hidden = style && style->is_hidden;
    odf->page++;
    sheet_clear(&reader->sheet);
    read_rows(reader, xml, xml->depth);
    if (reader->is_hidden) {
        sheet_emit_hidden(&reader->sheet, odf->writer);
        return;
    }
    if (reader->sheet.cell_count == 0 && reader->comment_count == 0 &&
        sheet_is_default_name(buf_span(&reader->name)))
        return;
    put_name(reader);
    sheet_emit(&reader->sheet, buf_span(&reader->name), odf->page, odf->writer);
    put_comments(reader);
}

void odf_read_spreadsheet(struct odf *odf, struct xml *xml)
{
    CLEANUP(reader_release)
    struct reader reader = {
        .odf = odf,
        .sheet = SHEET_INIT,
        .text = BUF_INIT((size_t)1 << 20),
        .target = BUF_INIT(65536),
        .comment_text = BUF_INIT((size_t)4 << 20),
        .name = BUF_INIT(1024),
    };
    unsigned depth = xml->depth;

    odf->is_spreadsheet = true;
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == T_TRACKED)
            xml_skip(xml);
        else if (xml->tag == TB_TABLE)
            read_sheet(&reader, xml);
    }
    if (reader.sheet.is_out_of_memory)
        odf->failed = STATUS_NO_MEMORY;
}
