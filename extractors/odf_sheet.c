#include <string.h>

#include "base/cleanup.h"
#include "extractors/odf.h"
#include "extractors/sheet.h"

#define REPEATED_MAX 256 /* equal rows and cells that are told one by one */
#define ROW_MAX      10000000L

struct reader {
    struct odf *odf;
    struct sheet sheet;
    struct buf text;
    uint32_t row, column;
    struct buf comments;
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

/* The paragraphs of a cell are what is shown; the value stands in for them when there are none. */
static void read_cell(struct reader *reader, struct xml *xml)
{
    unsigned depth = xml->depth;
    long count = repeated(xml, "number-columns-repeated");
    bool is_number = is_number_type(xml_attr_in(xml, XML_NS_OFFICE, "value-type"));
    struct span value = xml_attr_in(xml, XML_NS_OFFICE, "value");

    buf_clear(&reader->text);
    if (value.data == NULL)
        value = xml_attr_in(xml, XML_NS_OFFICE, "date-value");
    read_merge(reader, xml);
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == O_ANNOTATION) {
            buf_printf(&reader->comments, "%u:", reader->row + 1);
            odf_collect(xml, &reader->comments);
            buf_append_char(&reader->comments, '\n');
        } else if (xml->tag == T_P) {
            if (reader->text.len > 0)
                buf_append_char(&reader->text, ' ');
            odf_collect(xml, &reader->text);
        }
    }
    if (reader->text.len == 0 && is_number && value.len > 0)
        buf_append(&reader->text, value.data, value.len);
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
    struct span rest = buf_span(&reader->comments);

    while (rest.len > 0) {
        const char *end = memchr(rest.data, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.data) : rest.len;

        writer_begin(reader->odf->writer, BLOCK_PARAGRAPH, 0);
        writer_flags(reader->odf->writer, BLOCK_COMMENT);
        writer_text(reader->odf->writer, (struct span){ rest.data, len });
        writer_end(reader->odf->writer);
        len += end ? 1 : 0;
        rest = (struct span){ rest.data + len, rest.len - len };
    }
    buf_clear(&reader->comments);
}

static void reader_release(struct reader *reader)
{
    sheet_release(&reader->sheet);
    buf_release(&reader->text);
    buf_release(&reader->comments);
}

void odf_read_spreadsheet(struct odf *odf, struct xml *xml)
{
    CLEANUP(reader_release)
    struct reader reader = {
        .odf = odf,
        .sheet = SHEET_INIT,
        .text = BUF_INIT((size_t)1 << 20),
        .comments = BUF_INIT((size_t)4 << 20),
    };
    unsigned depth = xml->depth;

    while (xml_within(xml, depth)) {
        CLEANUP(buf_release) struct buf name = BUF_INIT(1024);
        const struct odf_style *style;
        struct span given;

        if (xml->event != XML_START)
            continue;
        if (xml->tag == T_TRACKED) {
            xml_skip(xml);
            continue;
        }
        if (xml->tag != TB_TABLE)
            continue;
        given = xml_attr_in(xml, XML_NS_TABLE, "name");
        style = odf_styles_lookup(&odf->styles, 'T', xml_attr(xml, "style-name"));
        buf_append(&name, given.data, given.len);
        reader.row = 0;
        odf->page++;
        sheet_clear(&reader.sheet);
        if (!style || !style->is_hidden) {
            writer_region(odf->writer, odf->page, NULL, buf_span(&name));
            writer_block(odf->writer, BLOCK_HEADING, 2, buf_span(&name));
        }
        read_rows(&reader, xml, xml->depth);
        if (style && style->is_hidden) {
            sheet_emit_hidden(&reader.sheet, odf->writer);
            continue;
        }
        sheet_emit(&reader.sheet, buf_span(&name), odf->page, odf->writer);
        put_comments(&reader);
    }
    if (reader.sheet.is_out_of_memory)
        odf->failed = STATUS_NO_MEMORY;
}
