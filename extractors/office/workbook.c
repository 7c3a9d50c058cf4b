#include "extractors/office/workbook.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/extractors.h"
#include "extractors/office/ooxml_draw.h"

#define ARENA_BYTES_MAX ((size_t)64 << 20)
#define XLSX_MEDIA_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#define XLSB_MEDIA_TYPE "application/vnd.ms-excel.sheet.binary.macroenabled.12"
#define CELL_BYTES_MAX  ((size_t)1 << 20)
#define PEOPLE_MAX      1024u
#define LINK_CELLS_MAX  1024u /* that one link may be on */
#define THREADS_MAX     1024u /* of a sheet, that notes are compared with */

static void workbook_release(struct workbook *book)
{
    string_table_release(&book->strings);
    number_formats_release(&book->formats);
    buf_release(&book->value);
    free(book->sheets);
    free(book->people);
    free(book->threads);
    sheet_release(&book->sheet);
    zip_free(book->zip);
    arena_release(&book->arena);
}

static struct span keep(struct workbook *book, struct span text)
{
    char *copy = arena_copy(&book->arena, text);

    return copy ? (struct span){ copy, text.len } : (struct span){ "", 0 };
}

void workbook_add_sheet(struct workbook *book, struct span name, struct span relation,
                        bool is_hidden)
{
    if (book->sheet_count >= WORKBOOK_SHEETS_MAX)
        return;
    if (!array_reserve(&book->sheets, &book->sheet_capacity, book->sheet_count)) {
        book->is_out_of_memory = true;
        return;
    }
    book->sheets[book->sheet_count++] = (struct workbook_sheet){
        .name = keep(book, name),
        .relation = keep(book, relation),
        .is_hidden = is_hidden,
    };
}

bool workbook_end_string(struct workbook *book)
{
    if (string_table_end(&book->strings))
        return true;
    book->is_out_of_memory |= book->strings.is_out_of_memory;
    if (book->strings.is_full)
        writer_partial(book->writer, "too many shared strings");
    return false;
}

void workbook_add_code(struct workbook *book, long id, struct span code)
{
    if (!number_formats_add_code(&book->formats, id, code))
        book->is_out_of_memory = true;
}

void workbook_add_style(struct workbook *book, long format_id)
{
    if (!number_formats_add_style(&book->formats, format_id))
        book->is_out_of_memory = true;
}

void workbook_put_number(struct workbook *book, uint32_t row, uint32_t column, long style,
                         double value)
{
    CLEANUP(buf_release) struct buf shown = BUF_INIT(1024);

    number_format_put(number_formats_style(&book->formats, style), value, book->is_1904, &shown);
    sheet_put(&book->sheet, row, column, buf_span(&shown), true);
}

void workbook_put_text(struct workbook *book, uint32_t row, uint32_t column, long style,
                       struct span text)
{
    if (!number_formats_style(&book->formats, style)->hides_text) {
        sheet_put(&book->sheet, row, column, text, false);
        return;
    }
    writer_hidden(book->writer, text);
    writer_hidden(book->writer, (struct span){ "\n", 1 });
}

void workbook_link(struct workbook *book, const struct sheet_merge *area, struct span relation,
                   struct span place)
{
    const struct ooxml_relation *found = ooxml_by_id(&book->sheet_relations, relation);
    uint64_t cells = (uint64_t)(area->last_row - area->first_row + 1) *
                     (uint64_t)(area->last_column - area->first_column + 1);

    if (!found || !found->is_external || span_starts(found->target, "#") ||
        area->last_row < area->first_row || area->last_column < area->first_column ||
        cells > LINK_CELLS_MAX)
        return;
    buf_clear(&book->value);
    buf_append(&book->value, found->target.data, found->target.len);
    if (place.len > 0)
        buf_append_char(&book->value, '#');
    buf_append(&book->value, place.data, place.len);
    for (uint32_t row = area->first_row; row <= area->last_row; row++)
        for (uint32_t column = area->first_column; column <= area->last_column; column++)
            sheet_link(&book->sheet, row, column, buf_span(&book->value));
}

/* ---- parts ---- */

/* Reads a part that may be missing or broken; false: there is nothing to read. */
static bool read_part(struct workbook *book, struct span name, struct buf *bytes)
{
    struct error problem = { .status = STATUS_OK };
    enum status status = zip_read_name(book->zip, name, bytes, &problem);

    if (status == STATUS_NO_MEMORY)
        book->is_out_of_memory = true;
    if (status && bytes->len == 0)
        return false;
    if (status) {
        writer_problem(book->writer, &problem);
        bytes->failed = STATUS_OK;
    }
    return true;
}

static void read_by_type(struct workbook *book, const char *type, workbook_part_fn *read)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(ZIP_PART_BYTES_MAX);
    const struct ooxml_relation *part = ooxml_by_type(&book->relations, type, NULL);

    if (part && read_part(book, part->target, &bytes))
        read(book, buf_span(&bytes));
}

/* ---- what lies over the cells ---- */

enum tag { C_CHART = 1, A_P, A_T, DGM_IDS, MC_FALLBACK, TC_PERSON, TC_COMMENT, TC_TEXT };

static const struct xml_name names[] = {
    { "chart", XML_NS_C, C_CHART },
    { "p", XML_NS_A, A_P },
    { "t", XML_NS_A, A_T },
    { "relIds", XML_NS_DGM, DGM_IDS },
    { "Fallback", XML_NS_MC, MC_FALLBACK },
    { "person", XML_NS_ANY, TC_PERSON },
    { "threadedComment", XML_NS_ANY, TC_COMMENT },
    { "text", XML_NS_ANY, TC_TEXT },
    { NULL, 0, 0 },
};

static void read_paragraph(struct workbook *book, struct xml *xml)
{
    unsigned depth = xml->depth;

    writer_begin(book->writer, BLOCK_PARAGRAPH, 0);
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START || xml->tag != A_T)
            continue;
        buf_clear(&book->value);
        xml_collect(xml, &book->value);
        writer_text(book->writer, buf_span(&book->value));
    }
    writer_end(book->writer);
}

/* Text boxes, charts and diagrams. */
static void read_drawing(struct workbook *book, struct span part)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(ZIP_PART_BYTES_MAX);
    struct ooxml_relations relations;
    struct xml xml;

    if (ooxml_relations(book->zip, part, &book->arena, &relations, NULL) ||
        !read_part(book, part, &bytes) || xml_open(&xml, buf_span(&bytes), names, NULL))
        return;
    while (xml_next(&xml)) {
        const struct ooxml_relation *drawn;

        if (xml.event != XML_START)
            continue;
        if (xml.tag == MC_FALLBACK) {
            xml_skip(&xml);
        } else if (xml.tag == A_P) {
            read_paragraph(book, &xml);
        } else if (xml.tag == C_CHART || xml.tag == DGM_IDS) {
            bool is_chart = xml.tag == C_CHART;

            drawn = ooxml_by_id(&relations, xml_attr_in(&xml, XML_NS_R, is_chart ? "id" : "dm"));
            if (drawn && is_chart)
                ooxml_chart(book->zip, drawn->target, false, book->writer); /* its data are cells */
            else if (drawn)
                ooxml_diagram(book->zip, drawn->target, book->writer);
        }
    }
    xml_release(&xml);
}

/* ---- threads of comments, which [MS-XLSX] adds ---- */

static void read_people(struct workbook *book, struct span bytes)
{
    struct xml xml;

    if (xml_open(&xml, bytes, names, NULL))
        return;
    while (xml_next(&xml) && book->person_count < PEOPLE_MAX) {
        if (xml.event != XML_START || xml.tag != TC_PERSON)
            continue;
        if (!array_reserve(&book->people, &book->person_capacity, book->person_count)) {
            book->is_out_of_memory = true;
            break;
        }
        book->people[book->person_count++] = (struct workbook_person){
            .id = keep(book, xml_attr(&xml, "id")),
            .name = keep(book, xml_attr(&xml, "displayName")),
        };
    }
    xml_release(&xml);
}

static struct span person_name(const struct workbook *book, struct span id)
{
    for (size_t i = 0; i < book->person_count && id.len > 0; i++)
        if (book->people[i].id.len == id.len &&
            memcmp(book->people[i].id.data, id.data, id.len) == 0)
            return book->people[i].name;
    return (struct span){ "", 0 };
}

/* xml stands at the start of a comment. */
static void read_thread_comment(struct workbook *book, struct xml *xml)
{
    struct span reference = xml_attr(xml, "ref");
    struct span author = person_name(book, xml_attr(xml, "personId"));
    unsigned depth = xml->depth;
    struct workbook_place place = { 0, 0 };

    if (!sheet_reference(&reference, &place.row, &place.column))
        return;
    buf_clear(&book->value);
    while (xml_within(xml, depth))
        if (xml->event == XML_START && xml->tag == TC_TEXT)
            xml_collect(xml, &book->value);
    sheet_emit_comment(place.row, place.column, author, buf_span(&book->value), book->writer);
    if (book->thread_count >= THREADS_MAX)
        return;
    if (array_reserve(&book->threads, &book->thread_capacity, book->thread_count))
        book->threads[book->thread_count++] = place;
    else
        book->is_out_of_memory = true;
}

static void read_threads(struct workbook *book, struct span part)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(ZIP_PART_BYTES_MAX);
    struct xml xml;

    if (!read_part(book, part, &bytes) || xml_open(&xml, buf_span(&bytes), names, NULL))
        return;
    while (xml_next(&xml))
        if (xml.event == XML_START && xml.tag == TC_COMMENT)
            read_thread_comment(book, &xml);
    xml_release(&xml);
}

void workbook_note(struct workbook *book, uint32_t row, uint32_t column, struct span author,
                   struct span text)
{
    for (size_t i = 0; i < book->thread_count; i++)
        if (book->threads[i].row == row && book->threads[i].column == column)
            return;
    sheet_emit_comment(row, column, author, text, book->writer);
}

static void read_related(struct workbook *book, const char *type, workbook_part_fn *read)
{
    const struct ooxml_relation *found = NULL;

    while (read && (found = ooxml_by_type(&book->sheet_relations, type, found))) {
        CLEANUP(buf_release) struct buf bytes = BUF_INIT(ZIP_PART_BYTES_MAX);

        if (read_part(book, found->target, &bytes))
            read(book, buf_span(&bytes));
    }
}

static void read_over_cells(struct workbook *book, const struct workbook_parts *parts)
{
    const struct ooxml_relation *found = NULL;

    while ((found = ooxml_by_type(&book->sheet_relations, "drawing", found)))
        read_drawing(book, found->target);
    found = NULL;
    book->thread_count = 0;
    while ((found = ooxml_by_type(&book->sheet_relations, "threadedComment", found)))
        read_threads(book, found->target);
    read_related(book, "comments", parts->comments);
}

/* ---- the workbook ---- */

static void tell_missing(struct workbook *book, struct span part)
{
    struct error problem;

    (void)error_set(&problem, STATUS_MALFORMED, "the package has no part '%.*s'",
                    (int)(part.len > 100 ? 100 : part.len), part.data);
    writer_problem(book->writer, &problem);
}

static void read_cells(struct workbook *book, const struct workbook_parts *parts, struct span part)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(ZIP_PART_BYTES_MAX);

    if (read_part(book, part, &bytes))
        parts->cells(book, buf_span(&bytes));
    else
        tell_missing(book, part);
}

static bool has_anything(const struct workbook *book, const struct workbook_sheet *sheet)
{
    return !sheet_is_default_name(sheet->name) || book->sheet.cell_count > 0 ||
           ooxml_by_type(&book->sheet_relations, "drawing", NULL) ||
           ooxml_by_type(&book->sheet_relations, "comments", NULL) ||
           ooxml_by_type(&book->sheet_relations, "threadedComment", NULL);
}

static void read_sheet(struct workbook *book, const struct workbook_parts *parts,
                       const struct workbook_sheet *sheet, uint32_t page)
{
    const struct ooxml_relation *part = ooxml_by_id(&book->relations, sheet->relation);

    book->sheet_relations.count = 0;
    sheet_clear(&book->sheet);
    if (!part || ooxml_relations(book->zip, part->target, &book->arena, &book->sheet_relations,
                                 NULL) == STATUS_NO_MEMORY)
        return;
    if (!span_is(part->type, "chartsheet"))
        read_cells(book, parts, part->target);
    if (sheet->is_hidden) {
        sheet_emit_hidden(&book->sheet, book->writer);
        return;
    }
    if (!has_anything(book, sheet))
        return;
    read_related(book, "table", parts->table);
    writer_region(book->writer, page, NULL, sheet->name);
    writer_block(book->writer, BLOCK_HEADING, 2, sheet->name);
    sheet_emit(&book->sheet, sheet->name, page, book->writer);
    read_over_cells(book, parts);
}

static enum status read_sheet_list(struct workbook *book, const struct workbook_parts *parts,
                                   struct span part, struct error *err)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(ZIP_PART_BYTES_MAX);
    enum status status = zip_read_name(book->zip, part, &bytes, err);

    if (status && (status == STATUS_NO_MEMORY || bytes.len == 0))
        return status;
    parts->sheets(book, buf_span(&bytes));
    return STATUS_OK;
}

static enum status read_package(struct workbook *book, const struct workbook_parts *parts,
                                struct error *err)
{
    struct span main_part;
    enum status status =
        ooxml_main_part(book->zip, parts->main_part, &book->arena, &main_part, err);

    if (!status)
        status = ooxml_relations(book->zip, main_part, &book->arena, &book->relations, err);
    if (!status)
        status = read_sheet_list(book, parts, main_part, err);
    if (status)
        return status;
    read_by_type(book, "sharedStrings", parts->strings);
    read_by_type(book, "styles", parts->styles);
    read_by_type(book, "person", read_people);
    ooxml_metadata(book->zip, book->writer);
    for (size_t i = 0; i < book->sheet_count && !writer_is_full(book->writer); i++)
        read_sheet(book, parts, &book->sheets[i], (uint32_t)i + 1);
    if (book->is_out_of_memory || book->sheet.is_out_of_memory)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    return STATUS_OK;
}

static enum status read_workbook(const struct source *source, const struct workbook_parts *parts,
                                 struct writer *writer, struct error *err)
{
    CLEANUP(workbook_release)
    struct workbook book = {
        .writer = writer,
        .arena = ARENA_INIT(ARENA_BYTES_MAX),
        .strings = STRING_TABLE_INIT,
        .value = BUF_INIT(CELL_BYTES_MAX),
        .sheet = SHEET_INIT,
    };
    enum status status = zip_open(source->bytes, &book.zip, err);

    return status ? status : read_package(&book, parts, err);
}

/* ---- the two kinds ---- */

static enum status xlsx_extract(const struct source *source, struct writer *writer,
                                struct error *err)
{
    return read_workbook(source, &xlsx_parts, writer, err);
}

static enum status xlsb_extract(const struct source *source, struct writer *writer,
                                struct error *err)
{
    return read_workbook(source, &xlsb_parts, writer, err);
}

static int xlsx_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, XLSX_MEDIA_TYPE) == 0 ? 100 : 0;
}

static int xlsb_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, XLSB_MEDIA_TYPE) == 0 ? 100 : 0;
}

const struct extractor xlsx_extractor = {
    .name = "xlsx",
    .version = 13,
    .bid = xlsx_bid,
    .extract = xlsx_extract,
};

const struct extractor xlsb_extractor = {
    .name = "xlsb",
    .version = 11,
    .bid = xlsb_bid,
    .extract = xlsb_extract,
};
