#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/common/description.h"
#include "extractors/common/spanning_cell.h"
#include "extractors/math/mathml.h"
#include "extractors/office/odf.h"

#define REPEATED_MAX     64u /* cells and rows that stand for several equal ones */
#define BOXES_MAX        64u
#define SPANS_MAX        16u /* one in the other, whose looks are told */
#define FRAME_DEPTH_MAX  8u  /* each is looked through once more */
#define MATH_BYTES_MAX   ((size_t)1 << 20)
#define OBJECT_BYTES_MAX ((size_t)8 << 20)

void odf_end_code(struct odf *odf)
{
    if (odf->is_in_code)
        writer_end(odf->writer);
    odf->is_in_code = false;
}

static void put(struct odf *odf, const char *text)
{
    writer_text(odf->writer, (struct span){ text, strlen(text) });
}

/* ---- inside a paragraph ---- */

/* Notes and boxes that stand inside a paragraph are read when it has ended. */
struct waiting {
    struct xml *items[BOXES_MAX];
    size_t count;
};

static void wait_for_end(struct odf *odf, struct xml *xml, struct waiting *waiting)
{
    struct xml *fork = waiting->count < BOXES_MAX ? xml_fork_new(xml) : NULL;

    if (fork) {
        waiting->items[waiting->count++] = fork;
    } else {
        writer_partial(odf->writer, "more than %u notes or boxes in a paragraph", BOXES_MAX);
    }
    xml_skip(xml);
}

static void put_spaces(struct odf *odf, struct xml *xml)
{
    long count = xml_attr_number(xml, "c", 1);

    for (long i = 0; i < count && i < 200; i++)
        put(odf, " ");
}

/* ---- formulas ---- */

/* The formula that starts at xml, as LaTeX; what a person typed, in StarMath, where it is nothing
 * else.
 */
static void collect_formula(struct xml *xml, struct buf *out)
{
    CLEANUP(mathml_release) struct mathml mathml;
    CLEANUP(xml_fork_free) struct xml *again = xml_fork_new(xml);
    unsigned depth = xml->depth;
    struct span formula;

    if (!again)
        return;
    mathml_init(&mathml);
    mathml_read(&mathml, again);
    formula = mathml_formula(&mathml);
    buf_append(out, formula.data, formula.len);
    while (xml_within(xml, depth))
        if (xml->event == XML_START && span_is(xml->name, "annotation") && out->len == 0)
            xml_collect(xml, out);
}

/* Reads the content of an object, which is a document of its own in the package; false: there is
 * none. */
static bool read_part(struct odf *odf, struct span target, struct buf *part)
{
    CLEANUP(buf_release) struct buf name = BUF_INIT(1024);

    while (target.len > 0 && (target.data[0] == '.' || target.data[0] == '/'))
        target = (struct span){ target.data + 1, target.len - 1 };
    buf_append(&name, target.data, target.len);
    buf_append(&name, "/content.xml", 12);
    return target.len > 0 && odf->zip && !zip_read_name(odf->zip, buf_span(&name), part, NULL);
}

/* The formula that a part is. A chart is none. */
static void collect_part(struct span part, struct buf *out)
{
    struct xml inner;

    if (xml_open(&inner, part, odf_names, NULL))
        return;
    while (xml_next(&inner))
        if (inner.event == XML_START) {
            if (span_is(inner.name, "math"))
                collect_formula(&inner, out);
            break;
        }
    xml_release(&inner);
}

/* What the object that xml stands at writes down; flat XML has it in its place. */
static void collect_object(struct odf *odf, struct xml *xml, struct buf *out)
{
    struct span target = xml_attr(xml, "href");
    unsigned depth = xml->depth;

    if (target.len > 0) {
        CLEANUP(buf_release) struct buf part = BUF_INIT(OBJECT_BYTES_MAX);

        if (read_part(odf, target, &part))
            collect_part(buf_span(&part), out);
        return;
    }
    while (xml_within(xml, depth))
        if (xml->event == XML_START && span_is(xml->name, "math") && out->len == 0)
            collect_formula(xml, out);
}

static void put_formula(struct odf *odf, struct span formula)
{
    unsigned before = writer_emphasis(odf->writer, 1u << EMPHASIS_FORMULA);

    put(odf, "$");
    writer_text(odf->writer, formula);
    put(odf, "$");
    (void)writer_emphasis(odf->writer, before);
}

/* A frame that stands as a character of the line, with a formula in it, is part of the sentence.
 * True: it was, and xml is at its end. */
static bool read_inline_formula(struct odf *odf, struct xml *xml)
{
    CLEANUP(buf_release) struct buf formula = BUF_INIT(MATH_BYTES_MAX);
    struct span anchor = xml_attr(xml, "anchor-type");
    CLEANUP(xml_fork_free) struct xml *inner = NULL;
    unsigned depth = xml->depth;

    if (anchor.len > 0 && !span_is(anchor, "as-char"))
        return false;
    inner = xml_fork_new(xml);
    if (!inner)
        return false;
    while (formula.len == 0 && xml_within(inner, depth)) {
        if (inner->event != XML_START)
            continue;
        if (inner->tag == D_OBJECT)
            collect_object(odf, inner, &formula);
        else
            xml_skip(inner); /* a box, with a formula among its words */
    }
    if (formula.len == 0)
        return false;
    put_formula(odf, buf_span(&formula));
    xml_skip(xml);
    return true;
}

/* ---- in the line ---- */

static void read_note_mark(struct odf *odf, struct xml *xml, struct waiting *waiting)
{
    char mark[24];

    unsigned looks = writer_emphasis(odf->writer, 0); /* the mark says that it is raised */

    odf->note_count++;
    (void)snprintf(mark, sizeof(mark), "[^%u]", odf->note_count);
    put(odf, mark);
    (void)writer_emphasis(odf->writer, looks);
    wait_for_end(odf, xml, waiting);
}

/* True: the element was dealt with, and xml is at its end. */
static bool read_inline(struct odf *odf, struct xml *xml, struct waiting *waiting)
{
    switch (xml->tag) {
    case T_SPACE:
        put_spaces(odf, xml);
        return true;
    case T_TAB:
        put(odf, "\t");
        return true;
    case T_BREAK:
        writer_break(odf->writer);
        return true;
    case T_A: {
        struct span target = xml_attr(xml, "href");

        if (target.len > 0)
            writer_link_begin(odf->writer, target);
        return true;
    }
    case T_NOTE:
        read_note_mark(odf, xml, waiting);
        return true;
    case O_ANNOTATION:
        wait_for_end(odf, xml, waiting);
        return true;
    case D_FRAME:
        if (!read_inline_formula(odf, xml))
            wait_for_end(odf, xml, waiting);
        return true;
    case D_SHAPE:
        wait_for_end(odf, xml, waiting);
        return true;
    case T_RUBY_TEXT:
    case T_TRACKED:
    case T_SKIP:
        xml_skip(xml);
        return true;
    default:
        return false;
    }
}

static void read_hidden(struct odf *odf, struct xml *xml)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)1 << 20);

    xml_collect(xml, &text);
    writer_hidden(odf->writer, buf_span(&text));
}

/* Spans that are open, and what the words in them look like. */
struct spans {
    struct looks looks[SPANS_MAX];
    unsigned depth;
};

/* False: the span is hidden. */
static bool begin_span(struct odf *odf, struct xml *xml, struct spans *spans)
{
    const struct odf_style *style =
        odf_styles_lookup(&odf->styles, 't', xml_attr(xml, "style-name"));
    struct looks looks = spans->looks[spans->depth < SPANS_MAX ? spans->depth : SPANS_MAX - 1];

    if (style && style->is_hidden)
        return false;
    if (style)
        looks = looks_within(looks, style->looks);
    if (++spans->depth < SPANS_MAX) {
        spans->looks[spans->depth] = looks;
        (void)writer_emphasis(odf->writer, looks.on);
    }
    return true;
}

static void end_span(struct odf *odf, struct spans *spans)
{
    if (spans->depth > 0 && --spans->depth < SPANS_MAX)
        (void)writer_emphasis(odf->writer, spans->looks[spans->depth].on);
}

static void read_content(struct odf *odf, struct xml *xml, unsigned depth, struct looks looks,
                         struct waiting *waiting)
{
    struct spans spans = { .looks = { looks } };

    (void)writer_emphasis(odf->writer, looks.on);
    while (xml_within(xml, depth)) {
        if (xml->event == XML_TEXT) {
            writer_text(odf->writer, xml->text);
        } else if (xml->event == XML_END) {
            if (xml->tag == T_A)
                writer_link_end(odf->writer);
            else if (xml->tag == T_SPAN)
                end_span(odf, &spans);
        } else if (xml->tag == T_SPAN) {
            if (!begin_span(odf, xml, &spans))
                read_hidden(odf, xml);
        } else {
            (void)read_inline(odf, xml, waiting);
        }
    }
    writer_link_end(odf->writer);
    (void)writer_emphasis(odf->writer, 0);
}

void odf_collect(struct xml *xml, struct buf *out)
{
    odf_collect_linked(xml, out, NULL);
}

void odf_collect_linked(struct xml *xml, struct buf *out, struct buf *target)
{
    unsigned depth = xml->depth;

    while (xml_within(xml, depth)) {
        if (xml->event == XML_TEXT)
            buf_append(out, xml->text.data, xml->text.len);
        else if (xml->event != XML_START)
            continue;
        else if (xml->tag == O_ANNOTATION || xml->tag == T_NOTE || xml->tag == T_RUBY_TEXT ||
                 xml->tag == D_FRAME)
            xml_skip(xml);
        else if (xml->tag == T_SPACE || xml->tag == T_TAB || xml->tag == T_BREAK)
            buf_append_char(out, ' ');
        else if (xml->tag == T_A && target && target->len == 0) {
            struct span href = xml_attr(xml, "href");

            buf_append(target, href.data, href.len);
        }
    }
}

/* ---- notes, annotations, boxes ---- */

static void read_note(struct odf *odf, struct xml *xml, unsigned number)
{
    unsigned depth = xml->depth;
    struct odf_place place = { .list = NULL };
    char mark[16];

    (void)snprintf(mark, sizeof(mark), "%u", number);
    writer_begin(odf->writer, BLOCK_FOOTNOTE, 0);
    writer_label(odf->writer, (struct span){ mark, strlen(mark) });
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == T_CITATION)
            xml_skip(xml);
        else if (xml->tag == T_NOTE_BODY)
            odf_read_blocks(odf, xml, xml->depth, &place);
    }
    writer_end(odf->writer);
}

void odf_collect_annotation(struct xml *xml, struct buf *out)
{
    unsigned depth = xml->depth;

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == DC_DATE) {
            xml_skip(xml);
        } else if (xml->tag == DC_CREATOR) {
            xml_collect(xml, out);
            buf_append(out, ": ", 2);
        } else if (xml->tag == T_P) {
            odf_collect(xml, out);
            buf_append_char(out, ' ');
        }
    }
}

void odf_read_annotation(struct odf *odf, struct xml *xml)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)1 << 20);

    odf_collect_annotation(xml, &text);
    writer_begin(odf->writer, BLOCK_PARAGRAPH, 0);
    writer_flags(odf->writer, BLOCK_COMMENT);
    writer_text(odf->writer, buf_span(&text));
    writer_end(odf->writer);
}

static void put_formula_block(struct odf *odf, struct span formula)
{
    if (formula.len == 0)
        return;
    writer_begin(odf->writer, BLOCK_PARAGRAPH, 0);
    put_formula(odf, formula);
    writer_end(odf->writer);
}

/* A formula that stands for itself, or a chart. */
static void read_object(struct odf *odf, struct xml *xml)
{
    CLEANUP(buf_release) struct buf formula = BUF_INIT(MATH_BYTES_MAX);
    CLEANUP(buf_release) struct buf part = BUF_INIT(OBJECT_BYTES_MAX);
    struct span target = xml_attr(xml, "href");

    if (target.len == 0) {
        collect_object(odf, xml, &formula);
    } else if (read_part(odf, target, &part)) {
        collect_part(buf_span(&part), &formula);
        if (formula.len == 0)
            odf_read_chart(odf, buf_span(&part), !odf->is_spreadsheet);
    }
    put_formula_block(odf, buf_span(&formula));
}

/* The title or description of a picture or a shape. */
static void read_description(struct odf *odf, struct xml *xml)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(65536);

    xml_collect(xml, &text);
    writer_block(odf->writer, BLOCK_CAPTION, 0, picture_description(buf_span(&text)));
}

/* A picture says its title and description; a box holds blocks. */
void odf_read_frame(struct odf *odf, struct xml *xml, const struct odf_place *place)
{
    unsigned depth = xml->depth;
    struct odf_place inner = { .is_title = place->is_title };

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == D_TITLE || xml->tag == D_DESCRIPTION) {
            read_description(odf, xml);
        } else if (xml->tag == D_OBJECT) {
            read_object(odf, xml);
        } else if (xml->tag == TB_TABLE || xml->tag == T_P || xml->tag == T_H ||
                   xml->tag == T_LIST) {
            /* One block: read_blocks() works inside an element, so it is given a reader that stands
             * before it. */
            break;
        } else if (span_is(xml->name, "text-box")) {
            odf_read_blocks(odf, xml, xml->depth, &inner);
        }
    }
    if (xml->event == XML_START && xml->depth > depth) {
        struct odf_place one = inner;

        odf_read_blocks(odf, xml, depth, &one);
    }
}

static void read_waiting(struct odf *odf, struct waiting *waiting, unsigned first_note)
{
    static const struct odf_place nowhere = { .list = NULL };
    unsigned note = first_note;

    for (size_t i = 0; i < waiting->count; i++) {
        struct xml *xml = waiting->items[i];

        if (xml->tag == T_NOTE)
            read_note(odf, xml, ++note);
        else if (xml->tag == O_ANNOTATION)
            odf_read_annotation(odf, xml);
        else if (xml->tag == D_SHAPE)
            odf_read_blocks(odf, xml, xml->depth, &nowhere);
        else
            odf_read_frame(odf, xml, &nowhere);
        xml_release(xml);
        free(xml);
    }
}

/* ---- paragraphs ---- */

static void begin_item(struct odf *odf, const struct odf_place *place)
{
    unsigned level = place->list_level > ODF_LEVELS ? ODF_LEVELS : place->list_level;
    char mark[24];

    *place->is_item_begun = true;
    if (place->list && place->list->is_unmarked[level - 1]) {
        writer_begin(odf->writer, BLOCK_PARAGRAPH, 0);
        return;
    }
    writer_begin(odf->writer, BLOCK_LIST_ITEM, place->list_level);
    if (!place->list || !place->list->is_ordered[level - 1])
        return;
    if (*place->number < 0)
        *place->number = place->list->start[level - 1];
    (void)snprintf(mark, sizeof(mark), "%ld", (*place->number)++);
    writer_flags(odf->writer, BLOCK_ORDERED);
    writer_label(odf->writer, (struct span){ mark, strlen(mark) });
}

static enum block_kind kind_of(const struct odf_style *style)
{
    switch (style ? style->role : ODF_ROLE_NONE) {
    case ODF_ROLE_TITLE:
        return BLOCK_TITLE;
    case ODF_ROLE_SUBTITLE:
        return BLOCK_HEADING;
    case ODF_ROLE_QUOTE:
        return BLOCK_QUOTE;
    case ODF_ROLE_CAPTION:
        return BLOCK_CAPTION;
    case ODF_ROLE_CODE:
    case ODF_ROLE_NONE:
        break;
    }
    return BLOCK_PARAGRAPH;
}

static void begin_code(struct odf *odf)
{
    if (odf->is_in_code) {
        writer_break(odf->writer);
        return;
    }
    writer_begin(odf->writer, BLOCK_CODE, 0);
    odf->is_in_code = true;
}

static void read_paragraph(struct odf *odf, struct xml *xml, const struct odf_place *place)
{
    unsigned depth = xml->depth, notes_before = odf->note_count;
    const struct odf_style *style =
        odf_styles_lookup(&odf->styles, 'p', xml_attr(xml, "style-name"));
    long outline = xml->tag == T_H ? xml_attr_number(xml, "outline-level", 1) : 0;
    struct looks looks = style && style->is_automatic ? style->looks : (struct looks){ 0, 0 };
    struct waiting waiting = { .count = 0 };
    bool is_code = style && style->role == ODF_ROLE_CODE && odf->table_depth == 0 &&
                   place->list_level == 0 && outline == 0;

    if (style && style->is_hidden) {
        read_hidden(odf, xml);
        return;
    }
    if (!is_code)
        odf_end_code(odf);
    if (place->is_title) {
        writer_begin(odf->writer, BLOCK_HEADING, 1);
    } else if (outline > 0) {
        writer_begin(odf->writer, BLOCK_HEADING, (unsigned)outline);
    } else if (is_code) {
        begin_code(odf);
    } else if (place->is_in_item) {
        if (!*place->is_item_begun)
            begin_item(odf, place);
        writer_begin(odf->writer, BLOCK_PARAGRAPH, 0);
    } else {
        writer_begin(odf->writer, kind_of(style), 1);
    }
    read_content(odf, xml, depth, looks, &waiting);
    if (!is_code)
        writer_end(odf->writer);
    if (waiting.count > 0)
        read_waiting(odf, &waiting, notes_before);
}

/* ---- lists ---- */

static void read_item(struct odf *odf, struct xml *xml, const struct odf_place *list)
{
    bool is_begun = false;
    struct odf_place place = *list;
    long start = xml_attr_number(xml, "start-value", -1);

    if (start >= 0)
        *place.number = start;
    place.is_in_item = true;
    place.is_item_begun = &is_begun;
    odf_read_blocks(odf, xml, xml->depth, &place);
    if (is_begun)
        writer_end(odf->writer);
}

static void read_list(struct odf *odf, struct xml *xml, const struct odf_place *outer)
{
    unsigned depth = xml->depth;
    long number = -1;
    const struct odf_list_style *own = odf_styles_list(&odf->styles, xml_attr(xml, "style-name"));
    struct odf_place place = {
        .list = own ? own : outer->list,
        .list_level = outer->list_level + 1,
        .number = &number,
        .is_title = outer->is_title,
    };

    odf_end_code(odf);
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == T_LIST_ITEM) {
            read_item(odf, xml, &place);
        } else if (xml->tag == T_LIST_HEADER) {
            struct odf_place header = { .is_title = place.is_title };

            odf_read_blocks(odf, xml, xml->depth, &header);
        }
    }
}

/* ---- tables ---- */

struct table {
    char *kept[ODF_COLUMNS_MAX]; /* texts of cells that span others */
    unsigned column;
    bool is_in_header;
};

static long bounded(long value, long most)
{
    return value < 1 ? 1 : value > most ? most : value;
}

static void read_cell(struct odf *odf, struct xml *xml, struct table *table)
{
    static const struct odf_place inside = { .list = NULL };
    bool is_covered = xml->tag == TB_COVERED;
    long repeated = bounded(xml_attr_number(xml, "number-columns-repeated", 1), REPEATED_MAX);
    long columns = bounded(xml_attr_number(xml, "number-columns-spanned", 1), REPEATED_MAX);
    long rows = bounded(xml_attr_number(xml, "number-rows-spanned", 1), 1 << 20);
    size_t mark, len;

    writer_begin(odf->writer, BLOCK_CELL, 1);
    mark = writer_text_bytes(odf->writer);
    if (is_covered && table->column < ODF_COLUMNS_MAX && table->kept[table->column])
        put(odf, table->kept[table->column]);
    odf_read_blocks(odf, xml, xml->depth, &inside);
    len = writer_text_bytes(odf->writer) - mark;
    for (long i = 0; i < columns && !is_covered && (columns > 1 || rows > 1); i++) {
        unsigned column = table->column + (unsigned)i;

        if (column >= ODF_COLUMNS_MAX)
            break;
        free(table->kept[column]);
        table->kept[column] =
            spanning_rows_repeat(len) &&
                    (i == 0 || spanning_columns_repeat(len, (unsigned long)columns))
                ? strndup(writer_text_since(odf->writer, mark).data, len)
                : NULL;
    }
    writer_end(odf->writer);
    for (long i = 1; i < repeated; i++)
        writer_block(odf->writer, BLOCK_CELL, 1, (struct span){ "", 0 });
    table->column += (unsigned)repeated;
}

static void read_row(struct odf *odf, struct xml *xml, struct table *table)
{
    unsigned depth = xml->depth;

    writer_begin(odf->writer, BLOCK_ROW, 0);
    if (table->is_in_header)
        writer_flags(odf->writer, BLOCK_HEADER);
    table->column = 0;
    while (xml_within(xml, depth))
        if (xml->event == XML_START && (xml->tag == TB_CELL || xml->tag == TB_COVERED))
            read_cell(odf, xml, table);
    writer_end(odf->writer);
}

/* How many rows stand in table-header-rows, which come first when there are any. */
static unsigned count_header_rows(const struct xml *xml)
{
    CLEANUP(xml_fork_free) struct xml *ahead = xml_fork_new(xml);
    unsigned depth = xml->depth, count = 0;
    bool is_header = false;

    if (!ahead)
        return 0;
    while (xml_within(ahead, depth)) {
        if (ahead->tag == TB_HEADER_ROWS && ahead->event == XML_START)
            is_header = true;
        else if (ahead->tag == TB_HEADER_ROWS && ahead->event == XML_END)
            break;
        if (ahead->tag != TB_ROW || ahead->event != XML_START)
            continue;
        if (!is_header)
            break;
        count++;
        xml_skip(ahead);
    }
    return count;
}

/* A table of one cell is a frame about what stands in it, which may be anything. */
static bool is_frame(const struct xml *xml)
{
    CLEANUP(xml_fork_free) struct xml *ahead = xml_fork_new(xml);
    unsigned depth = xml->depth, cells = 0;

    if (!ahead)
        return false;
    while (cells < 2 && xml_within(ahead, depth)) {
        if (ahead->event != XML_START || (ahead->tag != TB_CELL && ahead->tag != TB_COVERED))
            continue;
        cells += xml_attr_number(ahead, "number-columns-repeated", 1) > 1 ? 2u : 1u;
        xml_skip(ahead);
    }
    return cells == 1;
}

static void read_table(struct odf *odf, struct xml *xml)
{
    unsigned depth = xml->depth;
    struct table table = { .column = 0 };

    odf_end_code(odf);
    if (odf->table_depth == 0 && odf->frame_depth < FRAME_DEPTH_MAX && is_frame(xml)) {
        static const struct odf_place inside = { .list = NULL };

        odf->frame_depth++;
        odf_read_blocks(odf, xml, depth, &inside);
        odf_end_code(odf);
        odf->frame_depth--;
        return;
    }
    writer_begin(odf->writer, BLOCK_TABLE, count_header_rows(xml));
    odf->table_depth++;
    while (xml_within(xml, depth)) {
        if (xml->tag == TB_HEADER_ROWS && xml->event != XML_TEXT)
            table.is_in_header = xml->event == XML_START;
        if (xml->event == XML_START && xml->tag == TB_ROW)
            read_row(odf, xml, &table);
    }
    odf->table_depth--;
    writer_end(odf->writer);
    for (unsigned i = 0; i < ODF_COLUMNS_MAX; i++)
        free(table.kept[i]);
}

/* ---- blocks ---- */

static void read_block(struct odf *odf, struct xml *xml, const struct odf_place *place)
{
    switch (xml->tag) {
    case T_P:
    case T_H:
        read_paragraph(odf, xml, place);
        break;
    case T_LIST:
        read_list(odf, xml, place);
        break;
    case TB_TABLE:
        read_table(odf, xml);
        break;
    case D_FRAME: {
        struct odf_place inner = *place;
        struct span class = xml_attr_in(xml, XML_NS_PRESENTATION, "class");

        inner.is_title = span_is(class, "title");
        odf_read_frame(odf, xml, &inner);
        break;
    }
    case O_ANNOTATION:
        odf_read_annotation(odf, xml);
        break;
    case T_SECTION:
        if (span_is(xml_attr(xml, "display"), "none"))
            read_hidden(odf, xml);
        break;
    case T_TRACKED: /* holds what was deleted */
    case P_NOTES:
        xml_skip(xml);
        break;
    case D_TITLE:
    case D_DESCRIPTION:
        read_description(odf, xml);
        break;
    default:
        break;
    }
}

void odf_read_blocks(struct odf *odf, struct xml *xml, unsigned depth,
                     const struct odf_place *place)
{
    if (xml->event == XML_START && xml->depth > depth)
        read_block(odf, xml, place);
    while (xml_within(xml, depth))
        if (xml->event == XML_START)
            read_block(odf, xml, place);
}
