/*
 * xlsx.c - Excel workbooks, with their macro and template variants: ECMA-376 part 1, chapter 18.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/extractors.h"
#include "extractors/number_format.h"
#include "extractors/ooxml.h"
#include "extractors/ooxml_draw.h"
#include "extractors/sheet.h"

#define ARENA_BYTES_MAX   ((size_t)64 << 20)
#define CELL_BYTES_MAX    ((size_t)1 << 20)
#define STRINGS_MAX       ((size_t)4 << 20)
#define STRINGS_BYTES_MAX ((size_t)128 << 20)
#define SHEETS_MAX        4096u
#define FORMATS_MAX       65536u

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
    S_COMMENT,
    C_CHART,
    A_P,
    A_T,
    DGM_IDS,
    MC_FALLBACK,
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
    { "comment", XML_NS_S, S_COMMENT },
    { "chart", XML_NS_C, C_CHART },
    { "p", XML_NS_A, A_P },
    { "t", XML_NS_A, A_T },
    { "relIds", XML_NS_DGM, DGM_IDS },
    { "Fallback", XML_NS_MC, MC_FALLBACK },
    { NULL, 0, 0 },
};

struct xlsx_sheet {
    struct span name, relation;
    bool is_hidden;
};

struct xlsx {
    struct writer *writer;
    struct zip *zip;
    struct arena arena;
    struct ooxml_relations relations; /* of the workbook */
    struct buf strings;               /* the shared ones, one after the other */
    uint32_t *string_ends;
    size_t string_count, string_capacity;
    struct number_format *formats; /* by cell style */
    size_t format_count, format_capacity;
    struct xlsx_sheet *sheets;
    size_t sheet_count, sheet_capacity;
    struct sheet sheet;
    struct buf value;
    bool is_1904;
};

static void xlsx_release(struct xlsx *xlsx)
{
    buf_release(&xlsx->strings);
    buf_release(&xlsx->value);
    free(xlsx->string_ends);
    free(xlsx->formats);
    free(xlsx->sheets);
    sheet_release(&xlsx->sheet);
    zip_free(xlsx->zip);
    arena_release(&xlsx->arena);
}

static enum status no_memory(struct error *err)
{
    return error_set(err, STATUS_NO_MEMORY, "out of memory");
}

static struct span keep(struct xlsx *xlsx, struct span text)
{
    char *copy = arena_copy(&xlsx->arena, text);

    return copy ? (struct span){ copy, text.len } : (struct span){ "", 0 };
}

/* Opens a part that may be missing or broken; false: there is nothing to read. */
static bool open_part(struct xlsx *xlsx, struct span name, struct buf *text, struct xml *xml)
{
    struct error problem = { .status = STATUS_OK };
    enum status status = zip_read_name(xlsx->zip, name, text, &problem);

    if (status && text->len == 0)
        return false;
    if (status) {
        writer_partial(xlsx->writer, "%s", problem.text);
        text->failed = STATUS_OK;
    }
    return xml_open(xml, buf_span(text), names, NULL) == STATUS_OK;
}

static void close_part(struct xlsx *xlsx, struct xml *xml)
{
    struct error problem = { .status = STATUS_OK };

    if (xml_status(xml, &problem))
        writer_partial(xlsx->writer, "%s", problem.text);
    xml_release(xml);
}

/* ---- what sheets refer to ---- */

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

static enum status read_strings(struct xlsx *xlsx, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    const struct ooxml_relation *part = ooxml_by_type(&xlsx->relations, "sharedStrings", NULL);
    struct xml xml;
    enum status status = STATUS_OK;

    if (!part || !open_part(xlsx, part->target, &text, &xml))
        return STATUS_OK;
    while (!status && xml_next(&xml)) {
        if (xml.event != XML_START || xml.tag != S_SI)
            continue;
        read_string(&xml, &xlsx->strings);
        if (xlsx->string_count >= STRINGS_MAX || xlsx->strings.failed == STATUS_LIMIT) {
            writer_partial(xlsx->writer, "too many shared strings");
            break;
        }
        if (!array_reserve(&xlsx->string_ends, &xlsx->string_capacity, xlsx->string_count))
            status = no_memory(err);
        else
            xlsx->string_ends[xlsx->string_count++] = (uint32_t)xlsx->strings.len;
    }
    close_part(xlsx, &xml);
    return status;
}

static struct span shared_string(const struct xlsx *xlsx, long index)
{
    uint32_t start;

    if (index < 0 || (size_t)index >= xlsx->string_count)
        return (struct span){ "", 0 };
    start = index ? xlsx->string_ends[index - 1] : 0;
    return (struct span){ xlsx->strings.data + start, xlsx->string_ends[index] - start };
}

struct custom_format {
    long id;
    struct number_format format;
};

static void resolve_format(const struct custom_format *custom, size_t count, long id,
                           struct number_format *out)
{
    for (size_t i = 0; i < count; i++) {
        if (custom[i].id == id) {
            *out = custom[i].format;
            return;
        }
    }
    number_format_builtin(id, out);
}

static bool add_format(struct xlsx *xlsx, const struct custom_format *custom, size_t count, long id)
{
    if (xlsx->format_count >= FORMATS_MAX)
        return true;
    if (!array_reserve(&xlsx->formats, &xlsx->format_capacity, xlsx->format_count))
        return false;
    resolve_format(custom, count, id, &xlsx->formats[xlsx->format_count++]);
    return true;
}

static enum status read_formats(struct xlsx *xlsx, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    const struct ooxml_relation *part = ooxml_by_type(&xlsx->relations, "styles", NULL);
    struct custom_format *custom = NULL;
    size_t custom_count = 0, custom_capacity = 0;
    bool is_in_cells = false, is_ok = true;
    struct xml xml;

    if (!part || !open_part(xlsx, part->target, &text, &xml))
        return STATUS_OK;
    while (is_ok && xml_next(&xml)) {
        if (xml.tag == S_CELL_XFS && xml.event != XML_TEXT)
            is_in_cells = xml.event == XML_START;
        if (xml.event != XML_START)
            continue;
        if (xml.tag == S_NUM_FMT && custom_count < 4096) {
            is_ok = array_reserve(&custom, &custom_capacity, custom_count);
            if (is_ok) {
                custom[custom_count].id = xml_attr_number(&xml, "numFmtId", -1);
                number_format_parse(xml_attr(&xml, "formatCode"), &custom[custom_count++].format);
            }
        } else if (xml.tag == S_XF && is_in_cells) {
            is_ok = add_format(xlsx, custom, custom_count, xml_attr_number(&xml, "numFmtId", 0));
        }
    }
    free(custom);
    close_part(xlsx, &xml);
    return is_ok ? STATUS_OK : no_memory(err);
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

static void put_number(struct xlsx *xlsx, const struct cell *cell)
{
    static const struct number_format general = { .kind = NUMBER_GENERAL };
    CLEANUP(buf_release) struct buf shown = BUF_INIT(1024);
    bool has_format = cell->style >= 0 && (size_t)cell->style < xlsx->format_count;
    char *end;
    double value = strtod(xlsx->value.data, &end);

    if (end == xlsx->value.data) { /* no number at all: as it stands */
        sheet_put(&xlsx->sheet, cell->row, cell->column, buf_span(&xlsx->value), false);
        return;
    }
    number_format_put(has_format ? &xlsx->formats[cell->style] : &general, value, xlsx->is_1904,
                      &shown);
    sheet_put(&xlsx->sheet, cell->row, cell->column, buf_span(&shown), true);
}

static void put_cell(struct xlsx *xlsx, const struct cell *cell)
{
    struct span text = buf_span(&xlsx->value);

    if (text.len == 0)
        return;
    switch (cell->type) {
    case CELL_NUMBER:
        put_number(xlsx, cell);
        return;
    case CELL_SHARED:
        text = shared_string(xlsx, span_number(text, -1));
        break;
    case CELL_BOOL:
        text = span_is(text, "0") ? (struct span){ "FALSE", 5 } : (struct span){ "TRUE", 4 };
        break;
    case CELL_DATE:
    case CELL_TEXT:
        break;
    }
    sheet_put(&xlsx->sheet, cell->row, cell->column, text, cell->type == CELL_DATE);
}

/* r is optional: without it a cell stands behind the one before. */
static void read_cell(struct xlsx *xlsx, struct xml *xml, uint32_t row, uint32_t *next_column)
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
    buf_clear(&xlsx->value);
    xlsx->value.failed = STATUS_OK;
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == S_V)
            xml_collect(xml, &xlsx->value);
        else if (xml->tag == S_IS)
            read_string(xml, &xlsx->value);
    }
    put_cell(xlsx, &cell);
}

static void read_merge(struct xlsx *xlsx, struct xml *xml)
{
    struct span reference = xml_attr(xml, "ref");
    struct sheet_merge merge;
    uint32_t first_column, last_column;

    if (!sheet_reference(&reference, &merge.first_row, &first_column) || reference.len < 2)
        return;
    reference = (struct span){ reference.data + 1, reference.len - 1 };
    if (!sheet_reference(&reference, &merge.last_row, &last_column) ||
        last_column >= SHEET_COLUMNS_MAX)
        return;
    merge.first_column = (uint16_t)first_column;
    merge.last_column = (uint16_t)last_column;
    sheet_merge(&xlsx->sheet, merge);
}

static void read_cells(struct xlsx *xlsx, struct span part)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    uint32_t row = 0, next_row = 0, column = 0;
    struct xml xml;

    if (!open_part(xlsx, part, &text, &xml)) {
        writer_partial(xlsx->writer, "the package has no part '%.*s'",
                       (int)(part.len > 100 ? 100 : part.len), part.data);
        return;
    }
    while (xml_next(&xml) && !xlsx->sheet.is_full) {
        if (xml.event != XML_START)
            continue;
        if (xml.tag == S_ROW) {
            long number = xml_attr_number(&xml, "r", (long)next_row + 1);

            row = number > 0 && number < 100000000 ? (uint32_t)number - 1 : next_row;
            next_row = row + 1;
            column = 0;
        } else if (xml.tag == S_C) {
            read_cell(xlsx, &xml, row, &column);
        } else if (xml.tag == S_MERGE) {
            read_merge(xlsx, &xml);
        }
    }
    close_part(xlsx, &xml);
}

/* ---- what hangs on a sheet ---- */

static void read_comments(struct xlsx *xlsx, struct span part)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    struct xml xml;

    if (!open_part(xlsx, part, &text, &xml))
        return;
    while (xml_next(&xml)) {
        if (xml.event != XML_START || xml.tag != S_COMMENT)
            continue;
        buf_clear(&xlsx->value);
        buf_append(&xlsx->value, xml_attr(&xml, "ref").data, xml_attr(&xml, "ref").len);
        buf_append(&xlsx->value, ": ", 2);
        read_string(&xml, &xlsx->value);
        writer_begin(xlsx->writer, BLOCK_PARAGRAPH, 0);
        writer_flags(xlsx->writer, BLOCK_COMMENT);
        writer_text(xlsx->writer, buf_span(&xlsx->value));
        writer_end(xlsx->writer);
    }
    xml_release(&xml);
}

/* Text boxes and charts that lie over the cells. */
static void read_drawing(struct xlsx *xlsx, struct span part)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    struct ooxml_relations relations;
    struct xml xml;

    if (ooxml_relations(xlsx->zip, part, &xlsx->arena, &relations, NULL) ||
        !open_part(xlsx, part, &text, &xml))
        return;
    while (xml_next(&xml)) {
        const struct ooxml_relation *drawn;

        if (xml.event != XML_START)
            continue;
        if (xml.tag == MC_FALLBACK) {
            xml_skip(&xml);
        } else if (xml.tag == A_P) {
            unsigned depth = xml.depth;

            writer_begin(xlsx->writer, BLOCK_PARAGRAPH, 0);
            while (xml_within(&xml, depth)) {
                if (xml.event != XML_START || xml.tag != A_T)
                    continue;
                buf_clear(&xlsx->value);
                xml_collect(&xml, &xlsx->value);
                writer_text(xlsx->writer, buf_span(&xlsx->value));
            }
            writer_end(xlsx->writer);
        } else if (xml.tag == C_CHART || xml.tag == DGM_IDS) {
            bool is_chart = xml.tag == C_CHART;

            drawn = ooxml_by_id(&relations, xml_attr_in(&xml, XML_NS_R, is_chart ? "id" : "dm"));
            if (drawn && is_chart)
                ooxml_chart(xlsx->zip, drawn->target, false, xlsx->writer); /* its data are cells */
            else if (drawn)
                ooxml_diagram(xlsx->zip, drawn->target, xlsx->writer);
        }
    }
    xml_release(&xml);
}

static void read_hangers(struct xlsx *xlsx, struct span part)
{
    struct ooxml_relations relations;
    const struct ooxml_relation *found = NULL;

    if (ooxml_relations(xlsx->zip, part, &xlsx->arena, &relations, NULL))
        return;
    while ((found = ooxml_by_type(&relations, "drawing", found)))
        read_drawing(xlsx, found->target);
    found = NULL;
    while ((found = ooxml_by_type(&relations, "comments", found)))
        read_comments(xlsx, found->target);
}

static void read_sheet(struct xlsx *xlsx, const struct xlsx_sheet *sheet, uint32_t page)
{
    const struct ooxml_relation *part = ooxml_by_id(&xlsx->relations, sheet->relation);

    if (!part)
        return;
    if (span_is(part->type, "chartsheet") && !sheet->is_hidden) {
        writer_block(xlsx->writer, BLOCK_HEADING, 2, sheet->name);
        read_hangers(xlsx, part->target);
        return;
    }
    sheet_clear(&xlsx->sheet);
    read_cells(xlsx, part->target);
    if (sheet->is_hidden) {
        sheet_emit_hidden(&xlsx->sheet, xlsx->writer);
        return;
    }
    writer_region(xlsx->writer, page, NULL, sheet->name);
    writer_block(xlsx->writer, BLOCK_HEADING, 2, sheet->name);
    sheet_emit(&xlsx->sheet, sheet->name, page, xlsx->writer);
    read_hangers(xlsx, part->target);
}

/* ---- the workbook ---- */

static enum status read_workbook(struct xlsx *xlsx, struct span part, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    struct xml xml;
    enum status status = zip_read_name(xlsx->zip, part, &text, err);

    if (status && (status == STATUS_NO_MEMORY || text.len == 0))
        return status;
    status = xml_open(&xml, buf_span(&text), names, err);
    while (!status && xml_next(&xml)) {
        if (xml.event != XML_START)
            continue;
        if (xml.tag == S_WORKBOOK_PR && xml_attr(&xml, "date1904").data) {
            xlsx->is_1904 = xml_attr_is_on(&xml, "date1904");
        } else if (xml.tag == S_SHEET && xlsx->sheet_count < SHEETS_MAX) {
            if (!array_reserve(&xlsx->sheets, &xlsx->sheet_capacity, xlsx->sheet_count)) {
                status = no_memory(err);
                break;
            }
            xlsx->sheets[xlsx->sheet_count++] = (struct xlsx_sheet){
                .name = keep(xlsx, xml_attr(&xml, "name")),
                .relation = keep(xlsx, xml_attr_in(&xml, XML_NS_R, "id")),
                .is_hidden = span_starts(xml_attr(&xml, "state"), "hidden") ||
                             span_starts(xml_attr(&xml, "state"), "veryHidden"),
            };
        }
    }
    xml_release(&xml);
    return status;
}

static enum status read_document(struct xlsx *xlsx, struct error *err)
{
    struct span main_part;
    enum status status =
        ooxml_main_part(xlsx->zip, "xl/workbook.xml", &xlsx->arena, &main_part, err);

    if (!status)
        status = ooxml_relations(xlsx->zip, main_part, &xlsx->arena, &xlsx->relations, err);
    if (!status)
        status = read_workbook(xlsx, main_part, err);
    if (!status)
        status = read_strings(xlsx, err);
    if (!status)
        status = read_formats(xlsx, err);
    if (status)
        return status;
    ooxml_metadata(xlsx->zip, xlsx->writer);
    for (size_t i = 0; i < xlsx->sheet_count && !writer_is_full(xlsx->writer); i++)
        read_sheet(xlsx, &xlsx->sheets[i], (uint32_t)i + 1);
    if (xlsx->sheet.is_out_of_memory)
        return no_memory(err);
    return STATUS_OK;
}

static enum status xlsx_extract(const struct source *source, struct writer *writer,
                                struct error *err)
{
    CLEANUP(xlsx_release)
    struct xlsx xlsx = {
        .writer = writer,
        .arena = ARENA_INIT(ARENA_BYTES_MAX),
        .strings = BUF_INIT(STRINGS_BYTES_MAX),
        .value = BUF_INIT(CELL_BYTES_MAX),
        .sheet = SHEET_INIT,
    };
    enum status status = zip_open(source->bytes, &xlsx.zip, err);

    return status ? status : read_document(&xlsx, err);
}

static int xlsx_bid(const struct bid_input *input)
{
    static const char type[] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    return strcmp(input->media_type, type) == 0 ? 100 : 0;
}

const struct extractor xlsx_extractor = {
    .name = "xlsx",
    .version = 1,
    .bid = xlsx_bid,
    .extract = xlsx_extract,
};
