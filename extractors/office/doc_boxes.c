#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/container/ole.h"
#include "extractors/office/doc.h"

/* Offsets in the file information block: pairs of offset in the table stream, and length. */
#define FIB_ANCHORS  0x01DAu
#define FIB_DRAWINGS 0x022Au
#define FIB_BOXES    0x025Au

#define ANCHOR_BYTES 26u /* 2.9.254 Spa */
#define BOX_BYTES    22u /* 2.9.100 FTXBXS */
#define SHAPES_MAX   65536u
#define DEPTH_MAX    32u
#define HEADER_BYTES 8u

/* [MS-ODRAW] 2.2 */
enum record { DRAWING = 0xF002, GROUP = 0xF003, SHAPE = 0xF004, SHAPE_ID = 0xF00A };

/* A shape and what it hangs on: the position of its anchor, or another shape. */
struct shape {
    uint32_t id, value;
};

struct shapes {
    struct shape *items;
    size_t count, capacity;
};

static void shapes_release(struct shapes *shapes)
{
    free(shapes->items);
}

static bool add_shape(struct shapes *shapes, uint32_t id, uint32_t value)
{
    if (shapes->count >= SHAPES_MAX)
        return true;
    if (!array_reserve(&shapes->items, &shapes->capacity, shapes->count))
        return false;
    shapes->items[shapes->count++] = (struct shape){ id, value };
    return true;
}

static int compare_shapes(const void *a, const void *b)
{
    const struct shape *x = a, *y = b;

    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->value < y->value ? -1 : x->value > y->value;
}

static void sort_shapes(struct shapes *shapes)
{
    if (shapes->count > 0)
        qsort(shapes->items, shapes->count, sizeof(shapes->items[0]), compare_shapes);
}

/* The first one's value; otherwise, where there is none. */
static uint32_t value_of(const struct shapes *shapes, uint32_t id, uint32_t otherwise)
{
    size_t low = 0, high = shapes->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (shapes->items[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < shapes->count && shapes->items[low].id == id ? shapes->items[low].value
                                                              : otherwise;
}

/* ---- drawings ---- */

struct record_span {
    unsigned type;
    struct span data;
};

static bool next_record(struct span *bytes, struct record_span *out)
{
    size_t len;

    if (bytes->len < HEADER_BYTES)
        return false;
    len = ole_u32(*bytes, 4);
    if (len > bytes->len - HEADER_BYTES)
        len = bytes->len - HEADER_BYTES;
    out->type = ole_u16(*bytes, 2);
    out->data = (struct span){ bytes->data + HEADER_BYTES, len };
    bytes->data += HEADER_BYTES + len;
    bytes->len -= HEADER_BYTES + len;
    return true;
}

static bool find_record(struct span bytes, unsigned type, struct record_span *out)
{
    while (next_record(&bytes, out))
        if (out->type == type)
            return true;
    return false;
}

/* 0: it has none. */
static uint32_t id_of(struct span shape)
{
    struct record_span record;

    return find_record(shape, SHAPE_ID, &record) ? ole_u32(record.data, 0) : 0;
}

static bool read_group(struct span group, uint32_t outer, unsigned depth, struct shapes *out)
{
    struct record_span record;

    while (next_record(&group, &record)) {
        if (record.type == SHAPE && !add_shape(out, id_of(record.data), outer))
            return false;
        if (record.type == GROUP && depth < DEPTH_MAX &&
            !read_group(record.data, outer, depth + 1, out))
            return false;
    }
    return true;
}

/* In the group that is all of a drawing, groups have an anchor each, by the number of their own
 * shape, the first one: what stands in them hangs on that. */
static bool read_drawing(struct span drawing, struct shapes *out)
{
    struct record_span all, group, own;

    if (!find_record(drawing, GROUP, &all))
        return true;
    while (next_record(&all.data, &group))
        if (group.type == GROUP && find_record(group.data, SHAPE, &own) &&
            !read_group(group.data, id_of(own.data), 0, out))
            return false;
    return true;
}

/* 2.9.172 OfficeArtContent: what all drawings share, then each behind a byte that says whether it
 * is the text's or the headers'. */
static bool read_drawings(struct span content, struct shapes *out)
{
    struct record_span record;

    if (!next_record(&content, &record))
        return true;
    while (content.len > 1) {
        content = (struct span){ content.data + 1, content.len - 1 };
        if (!next_record(&content, &record))
            break;
        if (record.type == DRAWING && !read_drawing(record.data, out))
            return false;
    }
    sort_shapes(out);
    return true;
}

/* ---- anchors and boxes: tables of n + 1 positions, and n things ---- */

static struct span fib_part(struct span stream, struct span table, size_t where)
{
    return ole_part(table, ole_u32(stream, where), ole_u32(stream, where + 4));
}

static size_t thing_count(struct span list, size_t bytes)
{
    return list.len >= 4 ? (list.len - 4) / (4 + bytes) : 0;
}

static bool read_anchors(struct span list, struct shapes *out)
{
    size_t count = thing_count(list, ANCHOR_BYTES);

    for (size_t i = 0; i < count; i++)
        if (!add_shape(out, ole_u32(list, 4 * (count + 1) + ANCHOR_BYTES * i),
                       ole_u32(list, 4 * i)))
            return false;
    sort_shapes(out);
    return true;
}

static int compare_boxes(const void *a, const void *b)
{
    const struct doc_box *x = a, *y = b;

    if (x->anchor != y->anchor)
        return x->anchor < y->anchor ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

bool doc_boxes_read(struct span stream, struct span table, uint32_t text_length,
                    struct doc_boxes *out)
{
    CLEANUP(shapes_release) struct shapes anchors = { .count = 0 }, groups = { .count = 0 };
    struct span list = fib_part(stream, table, FIB_BOXES);
    size_t count = thing_count(list, BOX_BYTES), capacity = 0;

    *out = (struct doc_boxes){ .count = 0 };
    if (count == 0)
        return true;
    if (!read_anchors(fib_part(stream, table, FIB_ANCHORS), &anchors) ||
        !read_drawings(fib_part(stream, table, FIB_DRAWINGS), &groups))
        return false;
    for (size_t i = 0; i < count && i < DOC_BOXES_MAX; i++) {
        uint32_t id = ole_u32(list, 4 * (count + 1) + BOX_BYTES * i + 14);
        struct doc_box box = { .first = ole_u32(list, 4 * i), .last = ole_u32(list, 4 * (i + 1)) };

        box.anchor = value_of(&anchors, value_of(&groups, id, id), DOC_NOWHERE);
        if (box.last < box.first) {
            doc_boxes_release(out);
            return true;
        }
        box.last = box.last < text_length ? box.last : text_length;
        if (box.first >= box.last)
            continue;
        if (!array_reserve(&out->items, &capacity, out->count))
            return false;
        out->items[out->count++] = box;
    }
    if (out->count > 0)
        qsort(out->items, out->count, sizeof(out->items[0]), compare_boxes);
    return true;
}

void doc_boxes_release(struct doc_boxes *boxes)
{
    free(boxes->items);
    *boxes = (struct doc_boxes){ .count = 0 };
}
