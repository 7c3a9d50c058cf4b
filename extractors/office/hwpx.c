/*
 * hwpx.c - documents of Hancom's word processor as a package of XML: OWPML, KS X 6101.
 *
 * Its namespaces have changed with each edition; names are known whatever their namespace.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/common/xml.h"
#include "extractors/container/zip.h"
#include "extractors/extractors.h"
#include "extractors/office/hwp.h"

#define BOXES_MAX 16u

enum tag {
    T_P = 1,
    T_RUN,
    T_T,
    T_TABLE,
    T_ROW,
    T_CELL,
    T_LIST,
    T_CELL_PLACE,
    T_CELL_SPAN,
    T_CAPTION,
    T_TAB,
    T_BREAK,
    T_HYPHEN,
    T_SPACE,
    T_DELETED,
    T_DELETED_END,
    T_SECTION,
    T_FOOTNOTE,
    T_ENDNOTE,
    T_COMMENT,
    T_HEADER,
    T_FIELD,
    T_FIELD_END,
    T_PARAMETER,
    T_NUMBER,
    T_BOX,
    T_SCRIPT,
    T_MAIN_TEXT,
    T_OVERLAID,
    T_SKIPPED,
    T_NUMBERING,
    T_LEVEL,
    T_SHAPE,
    T_HEADING,
    T_TITLE,
    T_META,
};

static const struct xml_name names[] = {
    { "p", XML_NS_ANY, T_P },
    { "run", XML_NS_ANY, T_RUN },
    { "t", XML_NS_ANY, T_T },
    { "tbl", XML_NS_ANY, T_TABLE },
    { "tr", XML_NS_ANY, T_ROW },
    { "tc", XML_NS_ANY, T_CELL },
    { "subList", XML_NS_ANY, T_LIST },
    { "cellAddr", XML_NS_ANY, T_CELL_PLACE },
    { "cellSpan", XML_NS_ANY, T_CELL_SPAN },
    { "caption", XML_NS_ANY, T_CAPTION },
    { "tab", XML_NS_ANY, T_TAB },
    { "lineBreak", XML_NS_ANY, T_BREAK },
    { "hyphen", XML_NS_ANY, T_HYPHEN },
    { "nbSpace", XML_NS_ANY, T_SPACE },
    { "fwSpace", XML_NS_ANY, T_SPACE },
    { "deleteBegin", XML_NS_ANY, T_DELETED },
    { "deleteEnd", XML_NS_ANY, T_DELETED_END },
    { "secPr", XML_NS_ANY, T_SECTION },
    { "footNote", XML_NS_ANY, T_FOOTNOTE },
    { "endNote", XML_NS_ANY, T_ENDNOTE },
    { "hiddenComment", XML_NS_ANY, T_COMMENT },
    { "header", XML_NS_ANY, T_HEADER },
    { "footer", XML_NS_ANY, T_HEADER },
    { "fieldBegin", XML_NS_ANY, T_FIELD },
    { "fieldEnd", XML_NS_ANY, T_FIELD_END },
    { "stringParam", XML_NS_ANY, T_PARAMETER },
    { "autoNum", XML_NS_ANY, T_NUMBER },
    { "rect", XML_NS_ANY, T_BOX },
    { "ellipse", XML_NS_ANY, T_BOX },
    { "arc", XML_NS_ANY, T_BOX },
    { "polygon", XML_NS_ANY, T_BOX },
    { "curve", XML_NS_ANY, T_BOX },
    { "line", XML_NS_ANY, T_BOX },
    { "connectLine", XML_NS_ANY, T_BOX },
    { "container", XML_NS_ANY, T_BOX },
    { "pic", XML_NS_ANY, T_BOX },
    { "ole", XML_NS_ANY, T_BOX },
    { "script", XML_NS_ANY, T_SCRIPT },
    { "mainText", XML_NS_ANY, T_MAIN_TEXT },
    { "compose", XML_NS_ANY, T_OVERLAID },
    { "shapeComment", XML_NS_ANY, T_SKIPPED },
    { "subText", XML_NS_ANY, T_SKIPPED },
    { "linesegarray", XML_NS_ANY, T_SKIPPED },
    { "numbering", XML_NS_ANY, T_NUMBERING },
    { "paraHead", XML_NS_ANY, T_LEVEL },
    { "paraPr", XML_NS_ANY, T_SHAPE },
    { "heading", XML_NS_ANY, T_HEADING },
    { "title", XML_NS_ANY, T_TITLE },
    { "meta", XML_NS_ANY, T_META },
    { NULL, 0, 0 },
};

/* Drawings in the paragraph at hand, told behind it. */
struct boxes {
    struct xml *items[BOXES_MAX];
    unsigned count;
};

static void read_list(struct hwp *hwp, struct xml *xml);

/* ---- the header ---- */

static unsigned kind_of(struct span format)
{
    static const struct {
        const char *name;
        uint8_t kind;
    } kinds[] = {
        { "CIRCLED_DIGIT", 1 }, { "ROMAN_CAPITAL", 2 },    { "ROMAN_SMALL", 3 },
        { "LATIN_CAPITAL", 4 }, { "LATIN_SMALL", 5 },      { "HANGUL_SYLLABLE", 8 },
        { "HANGUL_JAMO", 10 },  { "HANGUL_PHONETIC", 12 }, { "IDEOGRAPH", 13 },
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (span_is(format, kinds[i].name))
            return kinds[i].kind;
    return 0;
}

static void read_level(struct xml *xml, struct hwp_numbering *numbering)
{
    CLEANUP(buf_release) struct buf format = BUF_INIT(HWP_FORMAT_BYTES - 1);
    long number = xml_attr_number(xml, "level", 0), start = xml_attr_number(xml, "start", 1);
    struct hwp_level *level;

    if (number < 1 || number > (long)HWP_LEVELS)
        return;
    level = &numbering->levels[number - 1];
    level->kind = (uint8_t)kind_of(xml_attr(xml, "numFormat"));
    level->start = start > 0 && start < 1000000 ? (uint32_t)start : 1;
    xml_collect(xml, &format);
    memcpy(level->format, format.data, format.len);
    level->format[format.len] = '\0';
}

/* At their ids, with gaps between: both are counted through. */
static void read_numbering(struct hwp *hwp, struct xml *xml)
{
    unsigned depth = xml->depth;
    long id = xml_attr_number(xml, "id", 0);
    struct hwp_numbering empty = { .counts = { 0 } };

    while (id > 0 && id <= (long)HWP_NUMBERINGS_MAX && hwp->numbering_count < (size_t)id) {
        if (!array_reserve(&hwp->numberings, &hwp->numbering_capacity, hwp->numbering_count)) {
            hwp->is_out_of_memory = true;
            return;
        }
        hwp->numberings[hwp->numbering_count++] = empty;
    }
    while (xml_within(xml, depth))
        if (xml->event == XML_START && xml->tag == T_LEVEL && id > 0 &&
            (size_t)id <= hwp->numbering_count)
            read_level(xml, &hwp->numberings[id - 1]);
}

static void read_shape(struct hwp *hwp, struct xml *xml)
{
    unsigned depth = xml->depth;
    long id = xml_attr_number(xml, "id", -1);
    struct hwp_shape shape = { .head = HWP_HEAD_NONE };

    while (xml_within(xml, depth)) {
        long level, numbering;

        if (xml->event != XML_START || xml->tag != T_HEADING)
            continue;
        level = xml_attr_number(xml, "level", 0);
        numbering = xml_attr_number(xml, "idRef", 0);
        shape.head = span_is(xml_attr(xml, "type"), "OUTLINE")  ? HWP_HEAD_OUTLINE
                     : span_is(xml_attr(xml, "type"), "NUMBER") ? HWP_HEAD_NUMBER
                     : span_is(xml_attr(xml, "type"), "BULLET") ? HWP_HEAD_BULLET
                                                                : HWP_HEAD_NONE;
        shape.level = (uint8_t)(level < 0 ? 0 : level & 15);
        shape.numbering = (uint16_t)(numbering < 0 ? 0 : numbering & 0xFFFF);
    }
    while (id >= 0 && id < (long)HWP_SHAPES_MAX && hwp->shape_count <= (size_t)id) {
        if (!array_reserve(&hwp->shapes, &hwp->shape_capacity, hwp->shape_count)) {
            hwp->is_out_of_memory = true;
            return;
        }
        hwp->shapes[hwp->shape_count++] = (struct hwp_shape){ .head = HWP_HEAD_NONE };
    }
    if (id >= 0 && (size_t)id < hwp->shape_count)
        hwp->shapes[id] = shape;
}

static void read_header(struct hwp *hwp, struct xml *xml)
{
    while (xml_next(xml)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == T_NUMBERING)
            read_numbering(hwp, xml);
        else if (xml->tag == T_SHAPE)
            read_shape(hwp, xml);
    }
}

/* ---- what stands in a run ---- */

static void read_text(struct hwp *hwp, struct xml *xml)
{
    unsigned depth = xml->depth, deleted = 0;

    while (xml_within(xml, depth)) {
        if (xml->event == XML_TEXT && deleted == 0)
            hwp_text(hwp, xml->text);
        if (xml->event != XML_START)
            continue;
        if (xml->tag == T_TAB)
            hwp_text(hwp, (struct span){ "\t", 1 });
        else if (xml->tag == T_BREAK)
            hwp_break(hwp);
        else if (xml->tag == T_HYPHEN)
            hwp_text(hwp, (struct span){ "-", 1 });
        else if (xml->tag == T_SPACE)
            hwp_text(hwp, (struct span){ " ", 1 });
        else if (xml->tag == T_DELETED)
            deleted++;
        else if (xml->tag == T_DELETED_END && deleted > 0)
            deleted--;
    }
}

static void read_script(struct hwp *hwp, struct xml *xml)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)1 << 20);

    xml_collect(xml, &text);
    hwp_text(hwp, buf_span(&text));
}

static void read_lists(struct hwp *hwp, struct xml *xml)
{
    unsigned depth = xml->depth;

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == T_LIST)
            read_list(hwp, xml);
        else if (xml->tag == T_SKIPPED)
            xml_skip(xml);
    }
}

static void read_note(struct hwp *hwp, struct xml *xml, enum hwp_note kind)
{
    struct hwp_aside state;

    hwp_begin_note(hwp, kind, &state);
    read_lists(hwp, xml);
    hwp_end_note(hwp, kind, &state);
}

/* The link's address is one of the field's parameters; a memo is a list in it. */
static void read_field(struct hwp *hwp, struct xml *xml)
{
    CLEANUP(buf_release) struct buf target = BUF_INIT(65536);
    unsigned depth = xml->depth;
    bool is_link = span_is(xml_attr(xml, "type"), "HYPERLINK");
    struct hwp_aside state;

    if (span_is(xml_attr(xml, "type"), "MEMO")) {
        read_note(hwp, xml, HWP_COMMENT);
        return;
    }
    hwp_begin_aside(hwp, &state); /* what a field keeps for itself is no text */
    while (xml_within(xml, depth)) {
        if (xml->event == XML_START && xml->tag == T_PARAMETER && target.len == 0 &&
            span_is(xml_attr(xml, "name"), "Path"))
            xml_collect(xml, &target);
        else if (xml->event == XML_START && xml->tag == T_LIST)
            read_list(hwp, xml);
    }
    hwp_end_aside(hwp, &state);
    buf_release(&state.text);
    if (is_link)
        hwp_begin_link(hwp, buf_span(&target));
}

static void read_number(struct hwp *hwp, struct xml *xml)
{
    struct span kind = xml_attr(xml, "numType"), number;

    if (span_is(kind, "PICTURE") || span_is(kind, "TABLE") || span_is(kind, "EQUATION")) {
        number = xml_attr(xml, "num");
        hwp_text(hwp, number);
    }
    xml_skip(xml);
}

static void read_box(struct hwp *hwp, struct xml *xml)
{
    hwp_interrupt(hwp);
    read_lists(hwp, xml);
    hwp_interrupt(hwp);
}

/* ---- tables ---- */

static void read_caption(struct hwp *hwp, struct xml *xml)
{
    struct hwp_aside state;

    hwp_begin_caption(hwp, &state);
    read_lists(hwp, xml);
    hwp_end_caption(hwp, &state);
}

static unsigned bounded(long value)
{
    return value < 0 ? 0 : value > 65535 ? 65535 : (unsigned)value;
}

/* Where it is stands behind what is in it. */
static void read_cell(struct hwp *hwp, struct xml *xml, struct hwp_table *table)
{
    unsigned depth = xml->depth;
    struct hwp_place place = { .row_span = 1, .column_span = 1 };

    hwp_begin_cell(hwp, table);
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == T_LIST) {
            read_list(hwp, xml);
        } else if (xml->tag == T_CELL_PLACE) {
            place.row = bounded(xml_attr_number(xml, "rowAddr", 0));
            place.column = bounded(xml_attr_number(xml, "colAddr", 0));
        } else if (xml->tag == T_CELL_SPAN) {
            place.row_span = bounded(xml_attr_number(xml, "rowSpan", 1));
            place.column_span = bounded(xml_attr_number(xml, "colSpan", 1));
        }
    }
    hwp_end_cell(hwp, table, place);
}

static void read_table(struct hwp *hwp, struct xml *xml)
{
    unsigned depth = xml->depth;
    unsigned rows = bounded(xml_attr_number(xml, "rowCnt", 0));
    unsigned columns = bounded(xml_attr_number(xml, "colCnt", 0));
    bool has_header = span_is(xml_attr(xml, "repeatHeader"), "1");
    struct hwp_table *table = NULL;

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == T_CELL) {
            if (!table)
                table = hwp_begin_table(hwp, rows, columns, has_header);
            if (table)
                read_cell(hwp, xml, table);
        } else if (xml->tag == T_CAPTION && !table) {
            read_caption(hwp, xml);
        } else if (xml->tag == T_SKIPPED) {
            xml_skip(xml);
        }
    }
    if (table)
        hwp_end_table(hwp, table);
}

/* ---- paragraphs ---- */

static void put_off_box(struct hwp *hwp, struct xml *xml, struct boxes *boxes)
{
    struct xml *fork = NULL;

    if (hwp->is_open && !hwp->target && boxes->count < BOXES_MAX)
        fork = malloc(sizeof(*fork));
    if (!fork) {
        read_box(hwp, xml);
        return;
    }
    xml_fork(xml, fork);
    boxes->items[boxes->count++] = fork;
    xml_skip(xml);
}

static void read_element(struct hwp *hwp, struct xml *xml, struct boxes *boxes)
{
    switch (xml->tag) {
    case T_T:
        read_text(hwp, xml);
        break;
    case T_TABLE:
        read_table(hwp, xml);
        break;
    case T_SECTION:
        hwp->outline = bounded(xml_attr_number(xml, "outlineShapeIDRef", 0));
        xml_skip(xml);
        break;
    case T_FOOTNOTE:
        read_note(hwp, xml, HWP_FOOTNOTE);
        break;
    case T_ENDNOTE:
        read_note(hwp, xml, HWP_ENDNOTE);
        break;
    case T_COMMENT:
        read_note(hwp, xml, HWP_COMMENT);
        break;
    case T_HEADER:
        if (hwp->source->keep_boilerplate)
            read_box(hwp, xml);
        else
            xml_skip(xml);
        break;
    case T_FIELD:
        read_field(hwp, xml);
        break;
    case T_FIELD_END:
        hwp_end_link(hwp);
        break;
    case T_NUMBER:
        read_number(hwp, xml);
        break;
    case T_BOX:
        put_off_box(hwp, xml, boxes);
        break;
    case T_SCRIPT:
    case T_MAIN_TEXT:
        read_script(hwp, xml);
        break;
    case T_OVERLAID:
        hwp_text(hwp, xml_attr(xml, "composeText"));
        xml_skip(xml);
        break;
    case T_SKIPPED:
        xml_skip(xml);
        break;
    default:
        break;
    }
}

static void read_paragraph(struct hwp *hwp, struct xml *xml)
{
    unsigned depth = xml->depth;
    long id = xml_attr_number(xml, "paraPrIDRef", -1);
    struct hwp_shape shape = { .head = HWP_HEAD_NONE };
    struct boxes boxes = { .count = 0 };

    if (id >= 0 && (size_t)id < hwp->shape_count)
        shape = hwp->shapes[id];
    hwp_begin_paragraph(hwp, shape);
    while (xml_within(xml, depth)) {
        bool was_open = hwp->is_open;

        if (xml->event != XML_START)
            continue;
        read_element(hwp, xml, &boxes);
        if (was_open && !hwp->is_open) /* the rest of it stands behind a table */
            shape = (struct hwp_shape){ .head = HWP_HEAD_NONE };
        hwp->shape = shape;
    }
    hwp_end_paragraph(hwp);
    for (unsigned i = 0; i < boxes.count; i++) {
        read_box(hwp, boxes.items[i]);
        xml_release(boxes.items[i]);
        free(boxes.items[i]);
    }
}

static void read_list(struct hwp *hwp, struct xml *xml)
{
    unsigned depth = xml->depth;

    if (hwp->depth >= HWP_DEPTH_MAX) {
        writer_partial(hwp->writer, "tables and boxes nest deeper than %u", HWP_DEPTH_MAX);
        xml_skip(xml);
        return;
    }
    hwp->depth++;
    while (xml_within(xml, depth))
        if (xml->event == XML_START && xml->tag == T_P)
            read_paragraph(hwp, xml);
    hwp->depth--;
}

static void read_section(struct hwp *hwp, struct xml *xml)
{
    while (xml_next(xml) && !writer_is_full(hwp->writer))
        if (xml->event == XML_START && xml->tag == T_P)
            read_paragraph(hwp, xml);
}

/* ---- the package ---- */

/* "<opf:meta name="creator" content="text">Ann</opf:meta>" */
static void read_metadata(struct hwp *hwp, struct xml *xml)
{
    while (xml_next(xml)) {
        CLEANUP(buf_release) struct buf value = BUF_INIT(65536);
        const char *name = NULL;

        if (xml->event != XML_START)
            continue;
        if (xml->tag == T_TITLE)
            name = "title";
        else if (xml->tag == T_META && span_is(xml_attr(xml, "name"), "creator"))
            name = "author";
        else if (xml->tag == T_META && span_is(xml_attr(xml, "name"), "subject"))
            name = "subject";
        else if (xml->tag == T_META && span_is(xml_attr(xml, "name"), "keyword"))
            name = "keywords";
        if (!name)
            continue;
        xml_collect(xml, &value);
        writer_metadata(hwp->writer, name, buf_span(&value));
    }
}

/* False: there is no such part. What is broken in it is told to the writer. */
static bool read_part(struct hwp *hwp, struct zip *zip, const char *name,
                      void (*read)(struct hwp *hwp, struct xml *xml))
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    struct error problem = { .status = STATUS_OK };
    size_t index = zip_lookup(zip, (struct span){ name, strlen(name) });
    struct xml *xml;

    if (index == ZIP_NONE)
        return false;
    xml = calloc(1, sizeof(*xml));
    if (!xml) {
        hwp->is_out_of_memory = true;
        return false;
    }
    if (zip_read(zip, index, &text, &problem))
        writer_problem(hwp->writer, &problem);
    text.failed = STATUS_OK;
    if (!xml_open(xml, buf_span(&text), names, &problem)) {
        read(hwp, xml);
        if (xml_status(xml, &problem))
            writer_problem(hwp->writer, &problem);
    }
    xml_release(xml);
    free(xml);
    hwp->is_out_of_memory |= problem.status == STATUS_NO_MEMORY;
    return true;
}

static bool is_encrypted(struct zip *zip)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)4 << 20);

    if (zip_read_name(zip, (struct span){ "META-INF/manifest.xml", 21 }, &text, NULL))
        return false;
    return memmem(text.data, text.len, "encryption-data", 15) != NULL;
}

static enum status read_package(struct hwp *hwp, struct zip *zip, struct error *err)
{
    char name[40];

    if (is_encrypted(zip))
        return error_set(err, STATUS_UNSUPPORTED, "encrypted document");
    (void)read_part(hwp, zip, "Contents/content.hpf", read_metadata);
    (void)read_part(hwp, zip, "Contents/header.xml", read_header);
    for (unsigned i = 0; i < HWP_SECTIONS_MAX && !writer_is_full(hwp->writer); i++) {
        (void)snprintf(name, sizeof(name), "Contents/section%u.xml", i);
        if (!read_part(hwp, zip, name, read_section)) {
            if (i == 0 && !hwp->is_out_of_memory)
                return error_set(err, STATUS_MALFORMED, "the package has no part '%s'", name);
            break;
        }
        source_progress(hwp->source);
    }
    return hwp->is_out_of_memory ? error_set(err, STATUS_NO_MEMORY, "out of memory") : STATUS_OK;
}

static enum status hwpx_extract(const struct source *source, struct writer *writer,
                                struct error *err)
{
    CLEANUP(hwp_release) struct hwp hwp = HWP_INIT(source, writer);
    struct zip *zip = NULL;
    enum status status = zip_open(source->bytes, &zip, err);

    if (!status)
        status = read_package(&hwp, zip, err);
    zip_free(zip);
    return status;
}

static int hwpx_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "application/hwp+zip") == 0 ? 100 : 0;
}

const struct extractor hwpx_extractor = {
    .name = "hwpx",
    .version = 2,
    .bid = hwpx_bid,
    .extract = hwpx_extract,
};
