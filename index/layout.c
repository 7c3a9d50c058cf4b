#include "index/layout.h"

#include <math.h>
#include <string.h>

#include "base/varint.h"

#define LAYOUT_VERSION 2 /* 1 had 16 bytes of each input's hash */
#define BOX_SCALE      10.0f

struct span layout_string(const struct layout *layout, uint32_t string)
{
    return string < layout->string_count ? layout->strings[string] : (struct span){ "", 0 };
}

size_t layout_find(const struct layout *layout, int64_t segment_id)
{
    size_t i = 0;

    while (i < layout->segment_count && layout->segments[i].segment_id != segment_id)
        i++;
    return i;
}

/* A count of things that take at least one byte each: more than there are bytes is a lie. */
static size_t take_count(struct varint_reader *in)
{
    uint64_t count = varint_take(in);

    if (count > (uint64_t)(in->end - in->at))
        in->failed = true;
    return in->failed ? 0 : (size_t)count;
}

enum segment_column {
    COLUMN_SEGMENT,
    COLUMN_INPUT,
    COLUMN_TEXT_START,
    COLUMN_TEXT_LENGTH,
    COLUMN_SOURCE_START,
    COLUMN_SOURCE_LENGTH,
    COLUMN_HEADING,
    COLUMN_REPEAT,
    COLUMN_FIRST_PAGE,
    COLUMN_LAST_PAGE,
    COLUMN_KIND,
    COLUMN_TOKENS,
    COLUMN_BOXES,
    COLUMN_COUNT
};

/* What a column of a segment is foretold to be, from the one before and the columns to the left. */
static int64_t foretell(const struct layout_segment *segment, const struct layout_segment *before,
                        enum segment_column column)
{
    switch (column) {
    case COLUMN_SEGMENT:
        return before->segment_id + 1;
    case COLUMN_INPUT:
        return before->input_id + 1;
    case COLUMN_TEXT_START:
        return before->text_end;
    case COLUMN_TEXT_LENGTH:
        return 0;
    case COLUMN_SOURCE_START:
        return (int64_t)before->source_end + segment->text_start - before->text_end;
    case COLUMN_SOURCE_LENGTH:
        return (int64_t)segment->text_end - segment->text_start;
    case COLUMN_HEADING:
        return before->heading;
    case COLUMN_REPEAT:
        return before->repeat;
    case COLUMN_FIRST_PAGE:
        return before->last_page;
    case COLUMN_LAST_PAGE:
        return segment->first_page;
    case COLUMN_KIND:
    case COLUMN_TOKENS:
    case COLUMN_BOXES:
    case COLUMN_COUNT:
        break;
    }
    return 0;
}

static int64_t column_read(const struct layout_segment *segment, enum segment_column column)
{
    switch (column) {
    case COLUMN_SEGMENT:
        return segment->segment_id;
    case COLUMN_INPUT:
        return segment->input_id;
    case COLUMN_TEXT_START:
        return segment->text_start;
    case COLUMN_TEXT_LENGTH:
        return (int64_t)segment->text_end - segment->text_start;
    case COLUMN_SOURCE_START:
        return (int64_t)segment->source_start;
    case COLUMN_SOURCE_LENGTH:
        return (int64_t)(segment->source_end - segment->source_start);
    case COLUMN_HEADING:
        return segment->heading;
    case COLUMN_REPEAT:
        return segment->repeat;
    case COLUMN_FIRST_PAGE:
        return segment->first_page;
    case COLUMN_LAST_PAGE:
        return segment->last_page;
    case COLUMN_KIND:
        return segment->kind;
    case COLUMN_TOKENS:
        return segment->token_count;
    case COLUMN_BOXES:
        return segment->box_count;
    case COLUMN_COUNT:
        break;
    }
    return 0;
}

static void column_write(struct layout_segment *segment, enum segment_column column, int64_t value)
{
    switch (column) {
    case COLUMN_SEGMENT:
        segment->segment_id = value;
        break;
    case COLUMN_INPUT:
        segment->input_id = value;
        break;
    case COLUMN_TEXT_START:
        segment->text_start = (uint32_t)value;
        break;
    case COLUMN_TEXT_LENGTH:
        segment->text_end = segment->text_start + (uint32_t)value;
        break;
    case COLUMN_SOURCE_START:
        segment->source_start = (uint64_t)value;
        break;
    case COLUMN_SOURCE_LENGTH:
        segment->source_end = segment->source_start + (uint64_t)value;
        break;
    case COLUMN_HEADING:
        segment->heading = (uint32_t)value;
        break;
    case COLUMN_REPEAT:
        segment->repeat = (uint32_t)value;
        break;
    case COLUMN_FIRST_PAGE:
        segment->first_page = (uint32_t)value;
        break;
    case COLUMN_LAST_PAGE:
        segment->last_page = (uint32_t)value;
        break;
    case COLUMN_KIND:
        segment->kind = (uint32_t)value;
        break;
    case COLUMN_TOKENS:
        segment->token_count = (uint32_t)value;
        break;
    case COLUMN_BOXES:
        segment->box_count = (uint32_t)value;
        break;
    case COLUMN_COUNT:
        break;
    }
}

static const struct layout_segment no_segment = { .segment_id = -1, .input_id = -1 };

static int64_t scaled(float points)
{
    /* What an extractor sends is not trusted: NaN and the absurd become 0. */
    return points > -1e6f && points < 1e6f ? lroundf(points * BOX_SCALE) : 0;
}

static void encode_boxes(const struct layout *layout, struct buf *out)
{
    struct layout_box before = { 0 };

    for (size_t i = 0; i < layout->box_count; i++) {
        const struct layout_box *box = &layout->boxes[i];

        varint_append_signed(out, (int64_t)box->page - before.page);
        varint_append_signed(out, (int64_t)box->label - before.label);
        varint_append_signed(out, scaled(box->x0) - scaled(before.x0));
        varint_append_signed(out, scaled(box->y0) - scaled(before.y1));
        varint_append_signed(out, scaled(box->x1) - scaled(before.x1));
        varint_append_signed(out, scaled(box->y1) - scaled(box->y0));
        before = *box;
    }
}

static void decode_boxes(struct varint_reader *in, struct layout *layout)
{
    int64_t page = 0, label = 0, x0 = 0, y0 = 0, x1 = 0, y1 = 0;

    for (size_t i = 0; i < layout->box_count && !in->failed; i++) {
        page += varint_take_signed(in);
        label += varint_take_signed(in);
        x0 += varint_take_signed(in);
        y0 = y1 + varint_take_signed(in);
        x1 += varint_take_signed(in);
        y1 = y0 + varint_take_signed(in);
        layout->boxes[i] = (struct layout_box){
            .page = (uint32_t)page,
            .label = (uint32_t)label,
            .x0 = (float)x0 / BOX_SCALE,
            .y0 = (float)y0 / BOX_SCALE,
            .x1 = (float)x1 / BOX_SCALE,
            .y1 = (float)y1 / BOX_SCALE,
        };
    }
}

void layout_encode(const struct layout *layout, struct buf *out)
{
    buf_append_char(out, LAYOUT_VERSION);
    varint_append(out, (layout->flags & ~(unsigned)LAYOUT_HAS_DROPPED) |
                           (layout->chunks_dropped ? LAYOUT_HAS_DROPPED : 0u));
    varint_append(out, layout->segment_count);
    varint_append(out, layout->box_count);
    varint_append(out, layout->string_count);
    varint_append(out, layout->metadata_count);
    if (layout->chunks_dropped)
        varint_append(out, layout->chunks_dropped);
    for (size_t i = 0; i < layout->string_count; i++)
        varint_append(out, layout->strings[i].len);
    for (size_t i = 0; i < layout->string_count; i++)
        buf_append(out, layout->strings[i].data, layout->strings[i].len);
    for (size_t i = 0; i < layout->metadata_count; i++) {
        varint_append(out, layout->metadata[i].name);
        varint_append(out, layout->metadata[i].value);
    }
    for (unsigned column = 0; column < COLUMN_COUNT; column++) {
        const struct layout_segment *before = &no_segment;

        for (size_t i = 0; i < layout->segment_count; i++) {
            const struct layout_segment *segment = &layout->segments[i];

            varint_append_signed(out,
                                 column_read(segment, column) - foretell(segment, before, column));
            before = segment;
        }
    }
    encode_boxes(layout, out);
    for (size_t i = 0; i < layout->segment_count; i++)
        buf_append(out, (const char *)layout->segments[i].key.bytes, INDEX_KEY_BYTES);
}

static void decode_strings(struct varint_reader *in, struct layout *layout)
{
    for (size_t i = 0; i < layout->string_count; i++)
        layout->strings[i].len = (size_t)varint_take(in);
    for (size_t i = 0; i < layout->string_count && !in->failed; i++) {
        size_t len = layout->strings[i].len;

        if (len > (size_t)(in->end - in->at)) {
            in->failed = true;
            return;
        }
        layout->strings[i].data = (const char *)in->at;
        in->at += len;
    }
}

/* Columns lie one behind the other, but what a value was foretold to be depends on other columns of
 * the segment before: so all of them are taken first, and then the segments are told one by one. */
static void decode_segments(struct varint_reader *in, struct layout *layout, int64_t *differences)
{
    const struct layout_segment *before = &no_segment;
    uint64_t boxes = 0;

    for (size_t i = 0; i < COLUMN_COUNT * layout->segment_count; i++)
        differences[i] = varint_take_signed(in);
    for (size_t i = 0; i < layout->segment_count; i++) {
        struct layout_segment *segment = &layout->segments[i];

        for (unsigned column = 0; column < COLUMN_COUNT; column++)
            column_write(segment, column,
                         differences[column * layout->segment_count + i] +
                             foretell(segment, before, column));
        before = segment;
        segment->box_start = (uint32_t)boxes;
        boxes += segment->box_count;
        if (segment->text_end < segment->text_start || segment->source_end < segment->source_start)
            in->failed = true;
    }
    if (boxes != layout->box_count)
        in->failed = true;
}

static bool allocate(struct layout *layout, struct arena *arena)
{
    layout->strings = arena_alloc(arena, layout->string_count * sizeof(*layout->strings));
    layout->metadata = arena_alloc(arena, layout->metadata_count * sizeof(*layout->metadata));
    layout->segments = arena_alloc(arena, layout->segment_count * sizeof(*layout->segments));
    layout->boxes = arena_alloc(arena, layout->box_count * sizeof(*layout->boxes));
    return layout->strings && layout->metadata && layout->segments && layout->boxes;
}

enum status layout_decode(struct span bytes, struct arena *arena, struct layout *out,
                          struct error *err)
{
    struct layout layout = { 0 };
    const char *copy = arena_copy(arena, bytes);
    struct varint_reader in = varint_reader_of((struct span){ copy, bytes.len });
    int64_t *differences = NULL;

    if (!copy)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a layout");
    if (bytes.len == 0 || *in.at++ != LAYOUT_VERSION)
        return error_set(err, STATUS_CORRUPT, "a layout of an unknown version");
    layout.flags = (unsigned)varint_take(&in);
    layout.segment_count = take_count(&in);
    layout.box_count = take_count(&in);
    layout.string_count = take_count(&in);
    layout.metadata_count = take_count(&in);
    if (layout.flags & LAYOUT_HAS_DROPPED)
        layout.chunks_dropped = (uint32_t)varint_take(&in);
    if (!in.failed && !allocate(&layout, arena))
        return error_set(err, STATUS_NO_MEMORY, "no memory for a layout");
    if (!in.failed)
        decode_strings(&in, &layout);
    for (size_t i = 0; i < layout.metadata_count && !in.failed; i++) {
        layout.metadata[i].name = (uint32_t)varint_take(&in);
        layout.metadata[i].value = (uint32_t)varint_take(&in);
    }
    if (!in.failed) {
        differences =
            arena_alloc(arena, COLUMN_COUNT * layout.segment_count * sizeof(*differences));
        if (!differences)
            return error_set(err, STATUS_NO_MEMORY, "no memory for a layout");
        decode_segments(&in, &layout, differences);
    }
    if (!in.failed)
        decode_boxes(&in, &layout);
    if (in.failed || (size_t)(in.end - in.at) != layout.segment_count * INDEX_KEY_BYTES)
        return error_set(err, STATUS_CORRUPT, "a layout is damaged");
    for (size_t i = 0; i < layout.segment_count; i++, in.at += INDEX_KEY_BYTES)
        memcpy(layout.segments[i].key.bytes, in.at, INDEX_KEY_BYTES);
    *out = layout;
    return STATUS_OK;
}
