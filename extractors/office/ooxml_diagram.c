/*
 * ooxml_diagram.c - SmartArt: its points as a list in which each stands below what it hangs from.
 * ECMA-376 part 1, 21.4.3.
 *
 *     <dgm:pt modelId="{1}" type="doc"/>                 the diagram itself
 *     <dgm:pt modelId="{2}"><dgm:t>...</dgm:t></dgm:pt>  a point with words
 *     <dgm:cxn srcId="{1}" destId="{2}" srcOrd="0" sibTransId="{3}"/>
 *
 * Connections of other types, and points of type "pres", are about how it is drawn. What stands on
 * the arrow to the next point (sibTransId) is told behind the point.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/office/ooxml_draw.h"

#define POINTS_MAX      4096u
#define LEVEL_MAX       9u  /* of list items; what is deeper is told at that level */
#define DEPTH_MAX       64u /* what is deeper stands behind the rest */
#define ARENA_BYTES_MAX ((size_t)8 << 20)

enum tag { TAG_POINT = 1, TAG_CONNECTION, TAG_WORDS, TAG_PARAGRAPH, TAG_TEXT };

static const struct xml_name names[] = {
    { "pt", XML_NS_DGM, TAG_POINT }, { "cxn", XML_NS_DGM, TAG_CONNECTION },
    { "t", XML_NS_DGM, TAG_WORDS },  { "p", XML_NS_A, TAG_PARAGRAPH },
    { "t", XML_NS_A, TAG_TEXT },     { NULL, 0, 0 },
};

struct point {
    struct span id, text; /* paragraphs end in a line feed */
    uint32_t place;       /* in the file */
    bool is_root, is_told;
};

struct connection {
    struct span source, target, arrow; /* ids of points */
    long order;                        /* among those of its source */
};

struct diagram {
    struct arena arena;
    struct point *points; /* sorted by id, once they are all there */
    size_t point_count, point_capacity;
    struct connection *connections; /* sorted by source and order, then */
    size_t connection_count, connection_capacity;
    struct buf words;
    struct writer *writer;
};

static void diagram_release(struct diagram *diagram)
{
    free(diagram->points);
    free(diagram->connections);
    buf_release(&diagram->words);
    arena_release(&diagram->arena);
}

static struct span keep(struct diagram *diagram, struct span text)
{
    char *copy = arena_copy(&diagram->arena, text);

    return copy ? (struct span){ copy, text.len } : (struct span){ "", 0 };
}

/* ---- reading ---- */

static void read_words(struct diagram *diagram, struct xml *xml)
{
    unsigned depth = xml->depth;

    while (xml_within(xml, depth)) {
        if (xml->event == XML_END && xml->tag == TAG_PARAGRAPH)
            buf_append_char(&diagram->words, '\n');
        else if (xml->event == XML_START && xml->tag == TAG_TEXT)
            xml_collect(xml, &diagram->words);
    }
}

static void read_point(struct diagram *diagram, struct xml *xml)
{
    struct point point = { .place = (uint32_t)diagram->point_count };
    unsigned depth = xml->depth;

    if (diagram->point_count >= POINTS_MAX || span_is(xml_attr(xml, "type"), "pres"))
        return;
    point.id = keep(diagram, xml_attr(xml, "modelId"));
    point.is_root = span_is(xml_attr(xml, "type"), "doc");
    buf_clear(&diagram->words);
    while (xml_within(xml, depth))
        if (xml->event == XML_START && xml->tag == TAG_WORDS)
            read_words(diagram, xml);
    point.text = keep(diagram, buf_span(&diagram->words));
    if (array_reserve(&diagram->points, &diagram->point_capacity, diagram->point_count))
        diagram->points[diagram->point_count++] = point;
}

static void read_connection(struct diagram *diagram, struct xml *xml)
{
    struct span type = xml_attr(xml, "type");

    if (diagram->connection_count >= POINTS_MAX || (type.len > 0 && !span_is(type, "parOf")) ||
        !array_reserve(&diagram->connections, &diagram->connection_capacity,
                       diagram->connection_count))
        return;
    diagram->connections[diagram->connection_count++] = (struct connection){
        .source = keep(diagram, xml_attr(xml, "srcId")),
        .target = keep(diagram, xml_attr(xml, "destId")),
        .arrow = keep(diagram, xml_attr(xml, "sibTransId")),
        .order = xml_attr_number(xml, "srcOrd", 0),
    };
}

/* ---- telling ---- */

static int compare_ids(struct span a, struct span b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_points(const void *a, const void *b)
{
    return compare_ids(((const struct point *)a)->id, ((const struct point *)b)->id);
}

static int compare_places(const void *a, const void *b)
{
    const struct point *x = a, *y = b;

    return (x->place > y->place) - (x->place < y->place);
}

static int compare_connections(const void *a, const void *b)
{
    const struct connection *x = a, *y = b;
    int order = compare_ids(x->source, y->source);

    return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

static void put_point(struct diagram *diagram, struct point *point, unsigned level)
{
    struct span rest = point->text;

    point->is_told = true;
    while (rest.len > 0) {
        const char *end = memchr(rest.data, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.data) : rest.len;

        writer_block(diagram->writer, BLOCK_LIST_ITEM, level, (struct span){ rest.data, len });
        len += end != NULL;
        rest = (struct span){ rest.data + len, rest.len - len };
    }
}

static struct point *find_point(struct diagram *diagram, struct span id)
{
    struct point key = { .id = id };

    return diagram->point_count == 0
               ? NULL
               : bsearch(&key, diagram->points, diagram->point_count, sizeof(key), compare_points);
}

/* The first connection of that source. */
static size_t find_connections(const struct diagram *diagram, struct span source)
{
    size_t low = 0, high = diagram->connection_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_ids(diagram->connections[middle].source, source) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What hangs from a point, in its order. Each point is told once, so that no circle is endless. */
static void put_below(struct diagram *diagram, struct span id, unsigned depth)
{
    unsigned level = depth < LEVEL_MAX ? depth : LEVEL_MAX;

    for (size_t i = find_connections(diagram, id);
         i < diagram->connection_count && compare_ids(diagram->connections[i].source, id) == 0;
         i++) {
        const struct connection *connection = &diagram->connections[i];
        struct point *point = find_point(diagram, connection->target);
        struct point *arrow = find_point(diagram, connection->arrow);

        if (!point || point->is_told)
            continue;
        put_point(diagram, point, level);
        if (depth < DEPTH_MAX)
            put_below(diagram, point->id, depth + 1);
        if (arrow && !arrow->is_told)
            put_point(diagram, arrow, level);
    }
}

static void put_diagram(struct diagram *diagram)
{
    size_t count = diagram->point_count;

    if (count == 0)
        return;
    qsort(diagram->points, count, sizeof(diagram->points[0]), compare_points);
    if (diagram->connection_count > 0)
        qsort(diagram->connections, diagram->connection_count, sizeof(diagram->connections[0]),
              compare_connections);
    for (size_t i = 0; i < count; i++)
        if (diagram->points[i].is_root)
            put_below(diagram, diagram->points[i].id, 1);
    /* What hangs from nothing, as the file has it. */
    qsort(diagram->points, count, sizeof(diagram->points[0]), compare_places);
    for (size_t i = 0; i < count; i++)
        if (!diagram->points[i].is_told)
            put_point(diagram, &diagram->points[i], 1);
}

void ooxml_diagram(struct zip *zip, struct span part, struct writer *writer)
{
    CLEANUP(diagram_release)
    struct diagram diagram = { .arena = ARENA_INIT(ARENA_BYTES_MAX),
                               .words = BUF_INIT(65536),
                               .writer = writer };
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    struct xml xml;

    if (zip_read_name(zip, part, &text, NULL) || xml_open(&xml, buf_span(&text), names, NULL))
        return;
    while (xml_next(&xml)) {
        if (xml.event == XML_START && xml.tag == TAG_POINT)
            read_point(&diagram, &xml);
        else if (xml.event == XML_START && xml.tag == TAG_CONNECTION)
            read_connection(&diagram, &xml);
    }
    xml_release(&xml);
    put_diagram(&diagram);
}
