#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/container/ole.h"
#include "extractors/office/ppt.h"
#include "extractors/office/pptx.h"

/*
 * Texts of a slide in reading order. Its shapes stand in the file in the order in which they are
 * painted, each with its place; the text of a placeholder stands in the list of slides, and the
 * shape says which one it is ([MS-PPT] 2.9.78).
 */
#define SHAPES_MAX 4096u
#define DEPTH_MAX  32u
#define TITLE_Y    INT64_C(-100000000000) /* above all that a shape can say */

struct shape {
    unsigned type;
    struct span data;
};

struct shapes {
    struct shape *items;
    size_t count, capacity;
    struct pptx_box *boxes; /* as many */
    size_t box_capacity;
    bool are_placed; /* all of them */
};

static void shapes_release(struct shapes *shapes)
{
    free(shapes->items);
    free(shapes->boxes);
}

/* The placeholder whose text the record says the shape shows, or PPT_OUTLINES_MAX. */
static unsigned outline_of(const struct ppt *ppt, const struct ppt_record *record)
{
    uint32_t index = record->type == PPT_OUTLINE_REF ? ole_u32(record->data, 0) : PPT_OUTLINES_MAX;

    return index < ppt->outline_count ? index : PPT_OUTLINES_MAX;
}

/* Which placeholders' texts the shapes in there show: a bit each. */
static uint64_t outlines_in(const struct ppt *ppt, struct span bytes, unsigned depth)
{
    struct ppt_record record;
    uint64_t found = 0;

    for (size_t at = 0; ppt_record_read(bytes, at, &record);
         at += PPT_HEADER_BYTES + record.data.len) {
        unsigned outline = outline_of(ppt, &record);

        if (record.is_container && depth < DEPTH_MAX)
            found |= outlines_in(ppt, record.data, depth + 1);
        else if (outline < PPT_OUTLINES_MAX)
            found |= UINT64_C(1) << outline;
    }
    return found;
}

static void put_outline(struct ppt *ppt, unsigned outline)
{
    struct ppt_record record;

    if (ppt->number_styles.len == 0 && ppt_record_read(ppt->outlines[outline], 0, &record))
        ppt->number_styles = ppt_numbers_of_outline(ppt, ole_u32(record.data, 0));
    for (size_t at = 0; ppt_record_read(ppt->outlines[outline], at, &record);
         at += PPT_HEADER_BYTES + record.data.len)
        ppt_text_atom(ppt, &record);
    ppt_text_end(ppt);
    ppt->number_styles.len = 0;
}

static void put_shape(struct ppt *ppt, struct span shape)
{
    struct ppt_record texts, record;

    if (!ppt_record_find(shape, PPT_CLIENT_TEXT, &texts))
        return;
    ppt->number_styles = ppt_numbers_of_shape(shape);
    ppt->type = PPT_TEXT_OTHER; /* shapes that say nothing else are no titles */
    for (size_t at = 0; ppt_record_read(texts.data, at, &record);
         at += PPT_HEADER_BYTES + record.data.len) {
        unsigned outline = outline_of(ppt, &record);

        if (outline == PPT_OUTLINES_MAX)
            ppt_text_atom(ppt, &record);
        else if (ppt->outlines_left & UINT64_C(1) << outline)
            put_outline(ppt, outline);
        if (outline < PPT_OUTLINES_MAX)
            ppt->outlines_left &= ~(UINT64_C(1) << outline);
    }
    ppt_text_end(ppt);
    ppt->number_styles.len = 0;
}

/* ---- places ---- */

static bool shows_title(const struct ppt *ppt, struct span shape)
{
    struct ppt_record texts, record, header;

    if (!ppt_record_find(shape, PPT_CLIENT_TEXT, &texts))
        return false;
    for (size_t at = 0; ppt_record_read(texts.data, at, &record);
         at += PPT_HEADER_BYTES + record.data.len) {
        unsigned outline = outline_of(ppt, &record);
        uint32_t type;

        header = record;
        if (outline < PPT_OUTLINES_MAX && !ppt_record_read(ppt->outlines[outline], 0, &header))
            continue;
        type = ole_u32(header.data, 0);
        if (header.type == PPT_TEXT_HEADER &&
            (type == PPT_TEXT_TITLE || type == PPT_TEXT_CENTER_TITLE))
            return true;
    }
    return false;
}

static bool find_box(struct span shape, struct pptx_box *out)
{
    struct ppt_record anchor;
    int64_t left, top, right, bottom;

    if (ppt_record_find(shape, PPT_CHILD_ANCHOR, &anchor)) {
        left = (int32_t)ole_u32(anchor.data, 0);
        top = (int32_t)ole_u32(anchor.data, 4);
        right = (int32_t)ole_u32(anchor.data, 8);
        bottom = (int32_t)ole_u32(anchor.data, 12);
    } else if (!ppt_record_find(shape, PPT_CLIENT_ANCHOR, &anchor)) {
        return false;
    } else if (anchor.data.len >= 16) {
        top = (int32_t)ole_u32(anchor.data, 0);
        left = (int32_t)ole_u32(anchor.data, 4);
        right = (int32_t)ole_u32(anchor.data, 8);
        bottom = (int32_t)ole_u32(anchor.data, 12);
    } else {
        top = (int16_t)ole_u16(anchor.data, 0);
        left = (int16_t)ole_u16(anchor.data, 2);
        right = (int16_t)ole_u16(anchor.data, 4);
        bottom = (int16_t)ole_u16(anchor.data, 6);
    }
    *out = (struct pptx_box){
        .x = left, .y = top, .width = right - left, .height = bottom - top, .is_known = true
    };
    return out->width >= 0 && out->height >= 0;
}

static bool has_text(struct span bytes, unsigned depth)
{
    struct ppt_record record;

    for (size_t at = 0; ppt_record_read(bytes, at, &record);
         at += PPT_HEADER_BYTES + record.data.len)
        if (record.type == PPT_CLIENT_TEXT ||
            (record.is_container && depth < DEPTH_MAX && has_text(record.data, depth + 1)))
            return true;
    return false;
}

static void add_shape(const struct ppt *ppt, const struct ppt_record *record, struct shapes *shapes)
{
    struct ppt_record own = *record; /* a group's place is that of its own shape, the first one */
    struct pptx_box box = { .is_known = false };

    if (!has_text(record->data, 0) || shapes->count >= SHAPES_MAX ||
        !array_reserve(&shapes->items, &shapes->capacity, shapes->count) ||
        !array_reserve(&shapes->boxes, &shapes->box_capacity, shapes->count))
        return;
    if (record->type == PPT_SHAPE_GROUP && !ppt_record_read(record->data, 0, &own))
        own.data.len = 0;
    shapes->are_placed &= find_box(own.data, &box);
    if (record->type == PPT_SHAPE && shows_title(ppt, record->data))
        box = (struct pptx_box){ .y = TITLE_Y, .is_known = true }; /* it is read first */
    shapes->boxes[shapes->count] = box;
    shapes->items[shapes->count++] = (struct shape){ record->type, record->data };
}

static void read_group(struct ppt *ppt, struct span group, unsigned depth)
{
    CLEANUP(shapes_release) struct shapes shapes = { .are_placed = true };
    uint32_t *order;
    struct ppt_record record;

    for (size_t at = 0; ppt_record_read(group, at, &record);
         at += PPT_HEADER_BYTES + record.data.len)
        if (record.type == PPT_SHAPE || record.type == PPT_SHAPE_GROUP)
            add_shape(ppt, &record, &shapes);
    order = calloc(shapes.count + 1, sizeof(*order));
    if (!order)
        return;
    for (size_t i = 0; !shapes.are_placed && i < shapes.count; i++) /* one below the other */
        if (shapes.boxes[i].y != TITLE_Y)
            shapes.boxes[i] = (struct pptx_box){ .y = (int64_t)i };
    pptx_reading_order(shapes.boxes, order, shapes.count);
    for (size_t i = 0; i < shapes.count; i++) {
        const struct shape *shape = &shapes.items[order[i]];

        if (shape->type == PPT_SHAPE)
            put_shape(ppt, shape->data);
        else if (!ppt_table(ppt, shape->data) && depth < DEPTH_MAX)
            read_group(ppt, shape->data, depth + 1);
    }
    free(order);
}

/* ---- the slide ---- */

static void find_groups(struct ppt *ppt, struct span bytes, unsigned depth)
{
    struct ppt_record record;

    for (size_t at = 0; ppt_record_read(bytes, at, &record);
         at += PPT_HEADER_BYTES + record.data.len) {
        if (!record.is_container)
            ppt_text_atom(ppt, &record);
        else if (record.type == PPT_SHAPE_GROUP && !ppt_table(ppt, record.data))
            read_group(ppt, record.data, 0);
        else if (record.type != PPT_SHAPE_GROUP && depth < DEPTH_MAX)
            find_groups(ppt, record.data, depth + 1);
    }
    ppt_text_end(ppt);
}

void ppt_texts(struct ppt *ppt, struct span bytes)
{
    find_groups(ppt, bytes, 0);
}

void ppt_slide_texts(struct ppt *ppt, struct span slide)
{
    uint64_t all = ppt->outline_count < 64 ? (UINT64_C(1) << ppt->outline_count) - 1 : UINT64_MAX;

    ppt->outlines_left = all;
    if (outlines_in(ppt, slide, 0) != all) { /* not all have a place: first, and in their order */
        for (unsigned i = 0; i < ppt->outline_count; i++)
            put_outline(ppt, i);
        ppt->outlines_left = 0;
    }
    ppt->type = PPT_TEXT_OTHER;
    ppt_texts(ppt, slide);
    for (unsigned i = 0; i < ppt->outline_count; i++) /* what was beyond a limit */
        if (ppt->outlines_left & UINT64_C(1) << i)
            put_outline(ppt, i);
    ppt->outline_count = 0;
}
