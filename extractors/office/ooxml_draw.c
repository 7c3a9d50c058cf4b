#include "extractors/office/ooxml_draw.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/cleanup.h"

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
};

static const struct xml_name names[] = {
    { "title", XML_NS_C, TAG_TITLE },     { "ser", XML_NS_C, TAG_SERIES },
    { "tx", XML_NS_C, TAG_SERIES_NAME },  { "cat", XML_NS_C, TAG_CATEGORIES },
    { "xVal", XML_NS_C, TAG_CATEGORIES }, { "val", XML_NS_C, TAG_VALUES },
    { "yVal", XML_NS_C, TAG_VALUES },     { "pt", XML_NS_C, TAG_POINT },
    { "v", XML_NS_C, TAG_VALUE },         { "t", XML_NS_A, TAG_TEXT },
    { "p", XML_NS_A, TAG_PARAGRAPH },     { NULL, 0, 0 },
};

struct series {
    struct span name;
    struct span *categories, *values; /* POINTS_MAX each */
    unsigned point_count;
};

struct chart {
    struct arena arena;
    struct span title;
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

/* The cached points of an axis; each has its index. */
static void read_points(struct xml *xml, struct chart *chart, struct span *points,
                        unsigned *point_count)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_BYTES_MAX);
    unsigned depth = xml->depth;
    long index = -1;

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == TAG_POINT) {
            index = xml_attr_number(xml, "idx", -1);
        } else if (xml->tag == TAG_VALUE && index >= 0 && index < (long)POINTS_MAX) {
            buf_clear(&text);
            xml_collect(xml, &text);
            points[index] = keep(&chart->arena, buf_span(&text));
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
    writer_block(writer, BLOCK_CELL, 1, empty);
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

void ooxml_chart(struct zip *zip, struct span part, bool with_data, struct writer *writer)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    struct xml xml;
    struct chart *chart;

    if (zip_read_name(zip, part, &text, NULL) || xml_open(&xml, buf_span(&text), names, NULL))
        return;
    chart = calloc(1, sizeof(*chart));
    if (chart) {
        chart->arena = (struct arena)ARENA_INIT(ARENA_BYTES_MAX);
        while (xml_next(&xml)) {
            if (xml.event != XML_START)
                continue;
            if (xml.tag == TAG_TITLE && chart->title.len == 0)
                chart->title = read_words(&xml, chart);
            else if (xml.tag == TAG_SERIES && with_data)
                read_series(&xml, chart);
        }
        if (chart->title.len > 0)
            writer_block(writer, BLOCK_CAPTION, 0, chart->title);
        put_table(chart, writer);
        arena_release(&chart->arena);
        free(chart);
    }
    xml_release(&xml);
}
