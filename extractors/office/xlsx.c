/*
 * xlsx.c - Excel workbooks, with their macro and template variants: ECMA-376 part 1, chapter 18.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/common/xml.h"
#include "extractors/office/workbook.h"

#define AUTHORS_BYTES_MAX ((size_t)1 << 20)
#define AUTHORS_MAX       65536u

enum tag {
    S_SHEET = 1,
    S_WORKBOOK_PR,
    S_SI,
    S_T,
    S_R_PH,
    S_NUM_FMT,
    S_CELL_XFS,
    S_XF,
    S_ROW,
    S_C,
    S_V,
    S_IS,
    S_MERGE,
    S_LINK,
    S_FILTER,
    S_TABLE,
    S_AUTHOR,
    S_COMMENT,
};

static const struct xml_name names[] = {
    { "sheet", XML_NS_S, S_SHEET },
    { "workbookPr", XML_NS_S, S_WORKBOOK_PR },
    { "si", XML_NS_S, S_SI },
    { "t", XML_NS_S, S_T },
    { "rPh", XML_NS_S, S_R_PH },
    { "numFmt", XML_NS_S, S_NUM_FMT },
    { "cellXfs", XML_NS_S, S_CELL_XFS },
    { "xf", XML_NS_S, S_XF },
    { "row", XML_NS_S, S_ROW },
    { "c", XML_NS_S, S_C },
    { "v", XML_NS_S, S_V },
    { "is", XML_NS_S, S_IS },
    { "mergeCell", XML_NS_S, S_MERGE },
    { "hyperlink", XML_NS_S, S_LINK },
    { "autoFilter", XML_NS_S, S_FILTER },
    { "table", XML_NS_S, S_TABLE },
    { "author", XML_NS_S, S_AUTHOR },
    { "comment", XML_NS_S, S_COMMENT },
    { NULL, 0, 0 },
};

/* Opens a part's text; false: it is none, and that is told. */
static bool open_text(struct workbook *book, struct span text, struct xml *xml)
{
    struct error problem = { .status = STATUS_OK };

    if (!xml_open(xml, text, names, &problem))
        return true;
    writer_problem(book->writer, &problem);
    return false;
}

static void close_text(struct workbook *book, struct xml *xml)
{
    struct error problem = { .status = STATUS_OK };

    if (xml_status(xml, &problem))
        writer_problem(book->writer, &problem);
    xml_release(xml);
}

/* ---- what sheets refer to ---- */

static void read_sheets(struct workbook *book, struct span text)
{
    struct xml xml;

    if (!open_text(book, text, &xml))
        return;
    while (xml_next(&xml)) {
        if (xml.event != XML_START)
            continue;
        if (xml.tag == S_WORKBOOK_PR && xml_attr(&xml, "date1904").data)
            book->is_1904 = xml_attr_is_on(&xml, "date1904");
        else if (xml.tag == S_SHEET)
            workbook_add_sheet(book, xml_attr(&xml, "name"), xml_attr_in(&xml, XML_NS_R, "id"),
                               span_starts(xml_attr(&xml, "state"), "hidden") ||
                                   span_starts(xml_attr(&xml, "state"), "veryHidden"));
    }
    xml_release(&xml);
}

/* The text of a string item: its runs, without the phonetic reading of East Asian words. */
static void read_string(struct xml *xml, struct buf *out)
{
    unsigned depth = xml->depth;

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == S_R_PH)
            xml_skip(xml);
        else if (xml->tag == S_T)
            xml_collect(xml, out);
    }
}

static void read_strings(struct workbook *book, struct span text)
{
    struct xml xml;

    if (!open_text(book, text, &xml))
        return;
    while (xml_next(&xml)) {
        if (xml.event != XML_START || xml.tag != S_SI)
            continue;
        read_string(&xml, &book->strings.text);
        if (!workbook_end_string(book))
            break;
    }
    close_text(book, &xml);
}

static void read_styles(struct workbook *book, struct span text)
{
    bool is_in_cells = false;
    struct xml xml;

    if (!open_text(book, text, &xml))
        return;
    while (xml_next(&xml) && !book->is_out_of_memory) {
        if (xml.tag == S_CELL_XFS && xml.event != XML_TEXT)
            is_in_cells = xml.event == XML_START;
        if (xml.event != XML_START)
            continue;
        if (xml.tag == S_NUM_FMT)
            workbook_add_code(book, xml_attr_number(&xml, "numFmtId", -1),
                              xml_attr(&xml, "formatCode"));
        else if (xml.tag == S_XF && is_in_cells)
            workbook_add_style(book, xml_attr_number(&xml, "numFmtId", 0));
    }
    close_text(book, &xml);
}

/* ---- a sheet ---- */

enum cell_type { CELL_NUMBER, CELL_SHARED, CELL_TEXT, CELL_BOOL, CELL_DATE };

struct cell {
    uint32_t row, column;
    enum cell_type type;
    long style;
};

static enum cell_type cell_type(struct span type)
{
    if (span_is(type, "s"))
        return CELL_SHARED;
    if (span_is(type, "b"))
        return CELL_BOOL;
    if (span_is(type, "d"))
        return CELL_DATE;
    if (span_is(type, "str") || span_is(type, "inlineStr") || span_is(type, "e"))
        return CELL_TEXT;
    return CELL_NUMBER;
}

static void put_number(struct workbook *book, const struct cell *cell)
{
    char *end;
    double value = strtod(book->value.data, &end);

    if (end == book->value.data) /* no number at all: as it stands */
        sheet_put(&book->sheet, cell->row, cell->column, buf_span(&book->value), false);
    else
        workbook_put_number(book, cell->row, cell->column, cell->style, value);
}

static void put_cell(struct workbook *book, const struct cell *cell)
{
    struct span text = buf_span(&book->value);

    if (text.len == 0)
        return;
    switch (cell->type) {
    case CELL_NUMBER:
        put_number(book, cell);
        return;
    case CELL_SHARED:
        text = string_table_lookup(&book->strings, span_number(text, -1));
        break;
    case CELL_BOOL:
        text = span_is(text, "0") ? (struct span){ "FALSE", 5 } : (struct span){ "TRUE", 4 };
        break;
    case CELL_DATE:
    case CELL_TEXT:
        break;
    }
    if (cell->type == CELL_DATE)
        sheet_put(&book->sheet, cell->row, cell->column, text, true);
    else
        workbook_put_text(book, cell->row, cell->column, cell->style, text);
}

/* r is optional: without it a cell stands behind the one before. */
static void read_cell(struct workbook *book, struct xml *xml, uint32_t row, uint32_t *next_column)
{
    unsigned depth = xml->depth;
    struct span reference = xml_attr_in(xml, XML_NS_NONE, "r");
    struct cell cell = {
        .row = row,
        .column = *next_column,
        .type = cell_type(xml_attr_in(xml, XML_NS_NONE, "t")),
        .style = xml_attr_number(xml, "s", 0),
    };

    if (reference.len > 0)
        (void)sheet_reference(&reference, &cell.row, &cell.column);
    *next_column = cell.column + 1;
    buf_clear(&book->value);
    book->value.failed = STATUS_OK;
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == S_V)
            xml_collect(xml, &book->value);
        else if (xml->tag == S_IS)
            read_string(xml, &book->value);
    }
    put_cell(book, &cell);
}

static void read_merge(struct workbook *book, struct xml *xml)
{
    struct sheet_merge merge;

    if (sheet_area(xml_attr(xml, "ref"), &merge))
        sheet_merge(&book->sheet, merge);
}

static void read_link(struct workbook *book, struct xml *xml)
{
    struct sheet_merge area;

    if (sheet_area(xml_attr(xml, "ref"), &area))
        workbook_link(book, &area, xml_attr_in(xml, XML_NS_R, "id"), xml_attr(xml, "location"));
}

static void read_filter(struct workbook *book, struct xml *xml)
{
    struct sheet_table table = { .header_rows = 1, .is_filter = true };

    if (sheet_area(xml_attr(xml, "ref"), &table.area))
        sheet_table(&book->sheet, table);
}

/* A part that says which cells a person made a table of. */
static void read_table(struct workbook *book, struct span text)
{
    struct xml xml;

    if (!open_text(book, text, &xml))
        return;
    while (xml_next(&xml)) {
        struct sheet_table table = { .is_filter = false };
        long headers;

        if (xml.event != XML_START || xml.tag != S_TABLE)
            continue;
        headers = xml_attr_number(&xml, "headerRowCount", 1);
        table.header_rows = headers > 0 ? 1 : 0;
        if (sheet_area(xml_attr(&xml, "ref"), &table.area))
            sheet_table(&book->sheet, table);
        break;
    }
    xml_release(&xml);
}

static void read_cells(struct workbook *book, struct span text)
{
    uint32_t row = 0, next_row = 0, column = 0;
    struct xml xml;

    if (!open_text(book, text, &xml))
        return;
    while (xml_next(&xml) && !book->sheet.is_full) {
        if (xml.event != XML_START)
            continue;
        if (xml.tag == S_ROW) {
            long number = xml_attr_number(&xml, "r", (long)next_row + 1);

            row = number > 0 && number < 100000000 ? (uint32_t)number - 1 : next_row;
            next_row = row + 1;
            column = 0;
        } else if (xml.tag == S_C) {
            read_cell(book, &xml, row, &column);
        } else if (xml.tag == S_MERGE) {
            read_merge(book, &xml);
        } else if (xml.tag == S_LINK) {
            read_link(book, &xml);
        } else if (xml.tag == S_FILTER) {
            read_filter(book, &xml);
        }
    }
    close_text(book, &xml);
}

/* Who wrote the comments of a sheet; they name them by number. */
struct authors {
    struct buf names; /* one behind the other */
    size_t *ends;     /* of each */
    size_t count, capacity;
};

static void authors_release(struct authors *authors)
{
    buf_release(&authors->names);
    free(authors->ends);
}

static void read_author(struct workbook *book, struct xml *xml, struct authors *authors)
{
    if (authors->count >= AUTHORS_MAX)
        return;
    xml_collect(xml, &authors->names);
    if (array_reserve(&authors->ends, &authors->capacity, authors->count))
        authors->ends[authors->count++] = authors->names.len;
    else
        book->is_out_of_memory = true;
}

/* Empty: there is none of that number. */
static struct span author_of(const struct authors *authors, long number)
{
    size_t start;

    if (number < 0 || (size_t)number >= authors->count)
        return (struct span){ "", 0 };
    start = number > 0 ? authors->ends[number - 1] : 0;
    return (struct span){ authors->names.data + start, authors->ends[number] - start };
}

static void read_comment(struct workbook *book, struct xml *xml, const struct authors *authors)
{
    struct span reference = xml_attr(xml, "ref");
    struct span author = author_of(authors, xml_attr_number(xml, "authorId", -1));
    uint32_t row = 0, column = 0;

    (void)sheet_reference(&reference, &row, &column);
    buf_clear(&book->value);
    read_string(xml, &book->value);
    workbook_note(book, row, column, author, buf_span(&book->value));
}

static void read_comments(struct workbook *book, struct span text)
{
    CLEANUP(authors_release) struct authors authors = { .names = BUF_INIT(AUTHORS_BYTES_MAX) };
    struct xml xml;

    if (!open_text(book, text, &xml))
        return;
    while (xml_next(&xml)) {
        if (xml.event != XML_START)
            continue;
        if (xml.tag == S_AUTHOR) {
            read_author(book, &xml, &authors);
        } else if (xml.tag == S_COMMENT) {
            read_comment(book, &xml, &authors);
        }
    }
    xml_release(&xml);
}

const struct workbook_parts xlsx_parts = {
    .main_part = "xl/workbook.xml",
    .sheets = read_sheets,
    .strings = read_strings,
    .styles = read_styles,
    .cells = read_cells,
    .comments = read_comments,
    .table = read_table,
};
