#include "extractors/office/ooxml_draw.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "extractors/office/number_format.h"

#define SERIES_MAX      64u
#define POINTS_MAX      512u /* of a series; charts with more are pictures of noise */
#define TEXT_BYTES_MAX  65536u
#define ARENA_BYTES_MAX ((size_t)8 << 20)

enum tag {
    TAG_TITLE = 1,
    TAG_SERIES,
    TAG_SERIES_NAME,
    TAG_CATEGORIES,
    TAG_VALUES,
    TAG_POINT,
    TAG_VALUE,
    TAG_TEXT,
    TAG_PARAGRAPH,
    TAG_CATEGORY_AXIS,
    TAG_VALUE_AXIS,
    TAG_FORMAT,
    TAG_1904,
};

static const struct xml_name names[] = {
    { "title", XML_NS_C, TAG_TITLE },
    { "ser", XML_NS_C, TAG_SERIES },
    { "tx", XML_NS_C, TAG_SERIES_NAME },
    { "cat", XML_NS_C, TAG_CATEGORIES },
    { "xVal", XML_NS_C, TAG_CATEGORIES },
    { "val", XML_NS_C, TAG_VALUES },
    { "yVal", XML_NS_C, TAG_VALUES },
    { "pt", XML_NS_C, TAG_POINT },
    { "v", XML_NS_C, TAG_VALUE },
    { "t", XML_NS_A, TAG_TEXT },
    { "p", XML_NS_A, TAG_PARAGRAPH },
    { "catAx", XML_NS_C, TAG_CATEGORY_AXIS },
    { "dateAx", XML_NS_C, TAG_CATEGORY_AXIS },
    { "valAx", XML_NS_C, TAG_VALUE_AXIS },
    { "formatCode", XML_NS_C, TAG_FORMAT },
    { "date1904", XML_NS_C, TAG_1904 },
    { NULL, 0, 0 },
};

struct series {
    struct span name;
    struct span *categories, *values; /* POINTS_MAX each */
    unsigned point_count;
};

struct chart {
    struct arena arena;
    struct span title, category_axis, value_axis; /* their titles */
    bool is_1904;
    struct series series[SERIES_MAX];
    unsigned series_count;
};

static struct span keep(struct arena *arena, struct span text)
{
    char *copy = arena_copy(arena, text);

    return copy ? (struct span){ copy, text.len } : (struct span){ "", 0 };
}

/* All text of an element: runs of drawings and cached values, paragraphs apart. */
static struct span read_words(struct xml *xml, struct chart *chart)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_BYTES_MAX);
    unsigned depth = xml->depth;

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == TAG_TEXT || xml->tag == TAG_VALUE)
            xml_collect(xml, &text);
        else if (xml->tag == TAG_PARAGRAPH && text.len > 0)
            buf_append_char(&text, ' ');
    }
    return keep(&chart->arena, buf_span(&text));
}

/* What is cached of a cell, as the chart shows it. */
static struct span point_shown(struct chart *chart, const struct number_format *format,
                               struct span cached)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_BYTES_MAX);
    char digits[32], *end;
    double number;

    if (cached.len > 0 && cached.len < sizeof(digits)) {
        memcpy(digits, cached.data, cached.len);
        digits[cached.len] = '\0';
        number = strtod(digits, &end);
        if (end == digits + cached.len) {
            number_format_put(format, number, chart->is_1904, &text);
            return keep(&chart->arena, buf_span(&text));
        }
    }
    return keep(&chart->arena, cached);
}

/* The cached points of an axis; each has its index. The format that they are shown in stands
 * before them (ECMA-376 part 1, 21.2.2.71). Names are strings without one, whatever digits they
 * are. */
static void read_points(struct xml *xml, struct chart *chart, struct span *points,
                        unsigned *point_count)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_BYTES_MAX);
    struct number_format format;
    unsigned depth = xml->depth;
    bool is_formatted = false;
    long index = -1;

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == TAG_FORMAT) {
            buf_clear(&text);
            xml_collect(xml, &text);
            number_format_parse(buf_span(&text), &format);
            is_formatted = true;
        } else if (xml->tag == TAG_POINT) {
            index = xml_attr_number(xml, "idx", -1);
        } else if (xml->tag == TAG_VALUE && index >= 0 && index < (long)POINTS_MAX &&
                   points[index].len == 0) { /* of several levels the innermost, the first */
            buf_clear(&text);
            xml_collect(xml, &text);
            points[index] = is_formatted ? point_shown(chart, &format, buf_span(&text))
                                         : keep(&chart->arena, buf_span(&text));
            if ((unsigned)index + 1 > *point_count)
                *point_count = (unsigned)index + 1;
        }
    }
}

static void read_series(struct xml *xml, struct chart *chart)
{
    unsigned depth = xml->depth;
    struct series *series = &chart->series[chart->series_count];

    if (chart->series_count == SERIES_MAX) {
        xml_skip(xml);
        return;
    }
    series->categories = arena_alloc(&chart->arena, POINTS_MAX * sizeof(struct span));
    series->values = arena_alloc(&chart->arena, POINTS_MAX * sizeof(struct span));
    if (!series->categories || !series->values)
        return;
    chart->series_count++;
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == TAG_SERIES_NAME)
            series->name = read_words(xml, chart);
        else if (xml->tag == TAG_CATEGORIES)
            read_points(xml, chart, series->categories, &series->point_count);
        else if (xml->tag == TAG_VALUES)
            read_points(xml, chart, series->values, &series->point_count);
    }
}

/* "0.30000000000000004" is how a program wrote 0.3. */
static void put_value(struct writer *writer, struct span value)
{
    char shown[32], *end;
    double number;

    writer_begin(writer, BLOCK_CELL, 1);
    if (value.len > 12 && value.len < sizeof(shown)) {
        memcpy(shown, value.data, value.len);
        shown[value.len] = '\0';
        number = strtod(shown, &end);
        if (end == shown + value.len) {
            struct buf text = BUF_INIT(64);

            buf_printf(&text, "%.10g", number);
            writer_text(writer, buf_span(&text));
            buf_release(&text);
            value.len = 0;
        }
    }
    writer_text(writer, value);
    writer_end(writer);
}

static void put_table(const struct chart *chart, struct writer *writer)
{
    const struct span empty = { "", 0 };
    unsigned rows = 0;

    for (unsigned i = 0; i < chart->series_count; i++)
        if (chart->series[i].point_count > rows)
            rows = chart->series[i].point_count;
    if (rows == 0)
        return;
    writer_begin(writer, BLOCK_TABLE, 1);
    writer_begin(writer, BLOCK_ROW, 0);
    writer_flags(writer, BLOCK_HEADER);
    writer_block(writer, BLOCK_CELL, 1, chart->category_axis);
    for (unsigned i = 0; i < chart->series_count; i++)
        writer_block(writer, BLOCK_CELL, 1, chart->series[i].name);
    writer_end(writer);
    for (unsigned row = 0; row < rows; row++) {
        struct span category = empty;

        for (unsigned i = 0; i < chart->series_count && category.len == 0; i++)
            category = chart->series[i].categories[row];
        writer_begin(writer, BLOCK_ROW, 0);
        put_value(writer, category);
        for (unsigned i = 0; i < chart->series_count; i++)
            put_value(writer, chart->series[i].values[row]);
        writer_end(writer);
    }
    writer_end(writer);
}

/* xsd:boolean */
static bool is_false(struct span value)
{
    return (value.len == 1 && value.data[0] == '0') ||
           (value.len == 5 && memcmp(value.data, "false", 5) == 0);
}

/* Of the chart, or of an axis: of two value axes that of the first one. */
static void read_title(struct xml *xml, struct chart *chart, int axis)
{
    struct span *title = axis == TAG_CATEGORY_AXIS ? &chart->category_axis
                         : axis == TAG_VALUE_AXIS  ? &chart->value_axis
                                                   : &chart->title;

    if (title->len == 0)
        *title = read_words(xml, chart);
    else
        xml_skip(xml);
}

void ooxml_chart(struct zip *zip, struct span part, bool with_data, struct writer *writer)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    struct xml xml;
    struct chart *chart;
    int axis = 0; /* the last one that began; the chart's own title stands before all */

    if (zip_read_name(zip, part, &text, NULL) || xml_open(&xml, buf_span(&text), names, NULL))
        return;
    chart = calloc(1, sizeof(*chart));
    if (chart) {
        chart->arena = (struct arena)ARENA_INIT(ARENA_BYTES_MAX);
        while (xml_next(&xml)) {
            if (xml.event != XML_START)
                continue;
            if (xml.tag == TAG_CATEGORY_AXIS || xml.tag == TAG_VALUE_AXIS)
                axis = xml.tag;
            else if (xml.tag == TAG_1904)
                chart->is_1904 = !is_false(xml_attr(&xml, "val"));
            else if (xml.tag == TAG_TITLE)
                read_title(&xml, chart, axis);
            else if (xml.tag == TAG_SERIES && with_data)
                read_series(&xml, chart);
        }
        if (chart->title.len > 0)
            writer_block(writer, BLOCK_CAPTION, 0, chart->title);
        if (with_data && chart->value_axis.len > 0)
            writer_block(writer, BLOCK_CAPTION, 0, chart->value_axis);
        put_table(chart, writer);
        arena_release(&chart->arena);
        free(chart);
    }
    xml_release(&xml);
}
