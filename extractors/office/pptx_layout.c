#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/common/looks.h"
#include "extractors/office/pptx.h"

#define CUT_DEPTH_MAX 16u

static enum pptx_role role_of(struct span type)
{
    if (type.len == 0 || span_is(type, "obj") || span_is(type, "body"))
        return PPTX_BODY;
    if (span_is(type, "title") || span_is(type, "ctrTitle"))
        return PPTX_TITLE;
    if (span_is(type, "subTitle"))
        return PPTX_SUBTITLE;
    if (span_is(type, "dt") || span_is(type, "ftr") || span_is(type, "hdr") ||
        span_is(type, "sldNum"))
        return PPTX_FURNITURE;
    return PPTX_OTHER;
}

unsigned pptx_looks_read(struct xml *xml)
{
    struct looks looks = { 0, 0 };
    struct span strike = xml_attr(xml, "strike");
    long raised = xml_attr_number(xml, "baseline", 0);

    looks_set(&looks, EMPHASIS_BOLD, xml_attr(xml, "b").data && xml_attr_is_on(xml, "b"));
    looks_set(&looks, EMPHASIS_ITALIC, xml_attr(xml, "i").data && xml_attr_is_on(xml, "i"));
    looks_set(&looks, EMPHASIS_STRUCK, strike.len > 0 && !span_is(strike, "noStrike"));
    looks_set(&looks, EMPHASIS_RAISED, raised > 0);
    looks_set(&looks, EMPHASIS_LOWERED, raised < 0);
    return looks.on;
}

enum pptx_bullet pptx_bullet_of(unsigned tag)
{
    switch (tag) {
    case A_BULLET_NONE:
        return PPTX_BULLET_NONE;
    case A_BULLET_CHAR:
    case A_BULLET_PICTURE:
        return PPTX_BULLET_MARK;
    case A_BULLET_NUMBER:
        return PPTX_BULLET_NUMBER;
    default:
        return PPTX_BULLET_UNSAID;
    }
}

void pptx_bullets_read(struct xml *xml, uint8_t bullets[PPTX_LEVELS])
{
    unsigned depth = xml->depth, level = 0;

    while (xml_within(xml, depth)) {
        enum pptx_bullet bullet;

        if (xml->event != XML_START)
            continue;
        if (xml->tag >= A_LEVEL_1 && xml->tag <= A_LEVEL_9)
            level = xml->tag - A_LEVEL_1;
        bullet = pptx_bullet_of(xml->tag);
        if (bullet != PPTX_BULLET_UNSAID)
            bullets[level] = (uint8_t)bullet;
    }
}

static int64_t measure(struct xml *xml, const char *name)
{
    return span_number(xml_attr_in(xml, XML_NS_NONE, name), 0);
}

void pptx_shape_read(struct xml *xml, struct pptx_shape *out)
{
    unsigned depth = xml->depth;
    struct pptx_placeholder *placeholder = &out->placeholder;

    *out = (struct pptx_shape){ .is_placeholder = false };
    placeholder->index = -1;
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == P_PH) {
            out->is_placeholder = true;
            placeholder->role = role_of(xml_attr(xml, "type"));
            placeholder->index = xml_attr_number(xml, "idx", -1);
        } else if (xml->tag == A_OFFSET && !placeholder->box.is_known) {
            placeholder->box.x = measure(xml, "x");
            placeholder->box.y = measure(xml, "y");
            placeholder->box.is_known = true;
        } else if (xml->tag == A_EXTENT && placeholder->box.width == 0) {
            placeholder->box.width = measure(xml, "cx");
            placeholder->box.height = measure(xml, "cy");
        } else if (xml->tag == A_LIST_STYLE) {
            pptx_bullets_read(xml, placeholder->bullets);
        }
    }
}

static void read_part(struct zip *zip, struct span part, struct pptx_layout *layout)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    struct pptx_shape shape;
    struct xml xml;

    (void)!zip_read_name(zip, part, &text, NULL);
    if (xml_open(&xml, buf_span(&text), pptx_names, NULL))
        return;
    while (xml_next(&xml)) {
        if (xml.event != XML_START)
            continue;
        if (xml.tag == P_SHAPE) {
            pptx_shape_read(&xml, &shape);
            if (shape.is_placeholder && layout->placeholder_count < PPTX_PLACEHOLDERS_MAX)
                layout->placeholders[layout->placeholder_count++] = shape.placeholder;
        } else if (xml.tag == P_BODY_STYLE) {
            pptx_bullets_read(&xml, layout->body_bullets);
        }
    }
    xml_release(&xml);
}

void pptx_layout_read(struct zip *zip, struct span part, struct arena *arena,
                      struct pptx_layout *layout, struct pptx_layout *master)
{
    struct ooxml_relations relations;
    const struct ooxml_relation *up;

    read_part(zip, part, layout);
    if (ooxml_relations(zip, part, arena, &relations, NULL))
        return;
    up = ooxml_by_type(&relations, "slideMaster", NULL);
    if (up) {
        read_part(zip, up->target, master);
        layout->master = master;
    }
}

static void take(const struct pptx_placeholder *from, struct pptx_placeholder *to)
{
    if (!to->box.is_known)
        to->box = from->box;
    for (unsigned i = 0; i < PPTX_LEVELS; i++)
        if (to->bullets[i] == PPTX_BULLET_UNSAID)
            to->bullets[i] = from->bullets[i];
}

static const struct pptx_placeholder *find(const struct pptx_layout *layout,
                                           const struct pptx_placeholder *wanted, bool by_index)
{
    for (unsigned i = 0; i < layout->placeholder_count; i++) {
        const struct pptx_placeholder *have = &layout->placeholders[i];

        if (by_index && wanted->index >= 0 && have->index == wanted->index)
            return have;
        if (!by_index && have->role == wanted->role)
            return have;
    }
    return NULL;
}

void pptx_inherit(const struct pptx_layout *layout, struct pptx_placeholder *placeholder)
{
    const struct pptx_placeholder *above;
    struct pptx_placeholder wanted = *placeholder;

    if (!layout)
        return;
    above = find(layout, placeholder, true);
    if (!above)
        above = find(layout, placeholder, false);
    if (above)
        take(above, placeholder);
    if (!layout->master)
        return;
    if (wanted.role == PPTX_OTHER || wanted.role == PPTX_SUBTITLE)
        wanted.role = PPTX_BODY;
    above = find(layout->master, &wanted, false);
    if (above)
        take(above, placeholder);
    for (unsigned i = 0; i < PPTX_LEVELS && wanted.role == PPTX_BODY; i++)
        if (placeholder->bullets[i] == PPTX_BULLET_UNSAID)
            placeholder->bullets[i] = layout->master->body_bullets[i];
}

/* ---- reading order ---- */

struct cutter {
    const struct pptx_box *boxes;
    bool is_by_rows;
};

static int64_t near_edge(const struct pptx_box *box, bool is_by_rows)
{
    return is_by_rows ? box->y : box->x;
}

static int64_t far_edge(const struct pptx_box *box, bool is_by_rows)
{
    return is_by_rows ? box->y + box->height : box->x + box->width;
}

/* By insertion: few items, nearly in order. */
static void sort_by_edge(const struct pptx_box *boxes, uint32_t *order, size_t count,
                         bool is_by_rows)
{
    for (size_t i = 1; i < count; i++) {
        uint32_t moved = order[i];
        size_t at = i;

        while (at > 0 && near_edge(&boxes[order[at - 1]], is_by_rows) >
                             near_edge(&boxes[moved], is_by_rows)) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = moved;
    }
}

/* Shapes that overlap a little are meant to stand apart: a sixth of the smaller one is forgiven. */
static bool is_gap(const struct pptx_box *boxes, const uint32_t *order, size_t at, int64_t reach,
                   bool is_by_rows)
{
    int64_t start = near_edge(&boxes[order[at]], is_by_rows);
    int64_t size = far_edge(&boxes[order[at]], is_by_rows) - start;

    return start >= reach - size / 6;
}

static void cut(const struct pptx_box *boxes, uint32_t *order, size_t count, unsigned depth)
{
    for (int direction = 0; direction < 2 && count > 1 && depth < CUT_DEPTH_MAX; direction++) {
        bool is_by_rows = direction == 0;
        size_t start = 0, groups = 0;
        int64_t reach;

        sort_by_edge(boxes, order, count, is_by_rows);
        reach = far_edge(&boxes[order[0]], is_by_rows);
        for (size_t i = 1; i <= count; i++) {
            if (i < count && !is_gap(boxes, order, i, reach, is_by_rows)) {
                if (far_edge(&boxes[order[i]], is_by_rows) > reach)
                    reach = far_edge(&boxes[order[i]], is_by_rows);
                continue;
            }
            if (start == 0 && i == count)
                break; /* no gap at all */
            cut(boxes, order + start, i - start, depth + 1);
            groups++;
            start = i;
            if (i < count && far_edge(&boxes[order[i]], is_by_rows) > reach)
                reach = far_edge(&boxes[order[i]], is_by_rows);
        }
        if (groups > 0)
            return;
    }
    sort_by_edge(boxes, order, count, true);
}

void pptx_reading_order(const struct pptx_box *boxes, uint32_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    if (count <= 512) /* more is a drawing, whose order is its own */
        cut(boxes, order, count, 0);
}
