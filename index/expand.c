#include <string.h>

#include "index/hits.h"
#include "index/texts.h"

/* Grows over its neighbours, one behind and one before in turn. */
struct stretch {
    const struct layout *layout;
    size_t first, last;
    uint32_t token_count, tokens_max;
};

static bool is_below(struct span path, struct span heading)
{
    if (path.len < heading.len || memcmp(path.data, heading.data, heading.len) != 0)
        return false;
    return path.len == heading.len || (path.len > heading.len + 3 && heading.len > 0 &&
                                       memcmp(path.data + heading.len, " > ", 3) == 0);
}

/* Where the section that a segment stands in begins and ends. */
static void find_section(const struct layout *layout, size_t position, size_t *first, size_t *last)
{
    struct span heading = layout_string(layout, layout->segments[position].heading);

    *first = *last = position;
    while (*first > 0 &&
           is_below(layout_string(layout, layout->segments[*first - 1].heading), heading))
        --*first;
    while (*last + 1 < layout->segment_count &&
           is_below(layout_string(layout, layout->segments[*last + 1].heading), heading))
        ++*last;
}

static bool take(struct stretch *stretch, size_t position)
{
    uint32_t tokens = stretch->layout->segments[position].token_count;

    if (tokens > stretch->tokens_max - stretch->token_count)
        return false;
    stretch->token_count += tokens;
    return true;
}

static void grow(struct stretch *stretch, size_t first, size_t last)
{
    bool can_follow = true, can_precede = true;

    while (can_follow || can_precede) {
        can_follow = can_follow && stretch->last < last && take(stretch, stretch->last + 1);
        stretch->last += can_follow;
        can_precede = can_precede && stretch->first > first && take(stretch, stretch->first - 1);
        stretch->first -= can_precede;
    }
}

/* A segment's text behind the one before it: what both have (an overlap) is not said twice. */
static enum status append_segment(struct search *search, const struct layout_segment *segment,
                                  const struct layout_segment *before, struct buf *out,
                                  struct error *err)
{
    size_t len = segment->text_end - segment->text_start, skip = 0;
    struct index *index = search->snapshot->index;
    enum status status = texts_load_unchecked(index, segment->input_id, &search->text, err);

    if (!status)
        status = texts_check(index, segment->input_id, buf_span(&search->text), &segment->key, err);
    if (status)
        return status;
    if (len > search->text.len)
        return error_set(err, STATUS_CORRUPT, "text %lld is shorter than its segment",
                         (long long)segment->input_id);
    if (before && before->text_end > segment->text_start)
        skip = before->text_end - segment->text_start;
    else if (before)
        buf_append(out, "\n\n", before->text_end == segment->text_start ? 0 : 2);
    if (skip < len)
        buf_append(out, search->text.data + search->text.len - len + skip, len - skip);
    return buf_status(out, err);
}

static enum status append_stretch(struct search *search, const struct stretch *stretch,
                                  struct expansion *out, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)256 << 20);
    const struct layout_segment *segments = stretch->layout->segments;
    enum status status = STATUS_OK;
    char *copy;

    for (size_t i = stretch->first; i <= stretch->last && !status; i++)
        status = append_segment(search, &segments[i], i > stretch->first ? &segments[i - 1] : NULL,
                                &text, err);
    if (status)
        return status;
    copy = arena_copy(&search->arena, buf_span(&text));
    if (!copy)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a section");
    out->text = (struct span){ copy, text.len };
    return STATUS_OK;
}

enum status search_expand(struct search *search, const struct hit_place *place,
                          enum expand_kind kind, uint32_t neighbours, uint32_t tokens_max,
                          struct expansion *out, struct error *err)
{
    const struct layout *layout = NULL;
    const struct layout_segment *first_segment, *last_segment;
    struct stretch stretch;
    size_t first, last;
    enum status status = hits_load_layout(search, place->revision_id, &layout, err);

    if (status || !layout)
        return status;
    if (place->position >= layout->segment_count)
        return error_set(err, STATUS_CORRUPT, "segment %lld is not in its document's layout",
                         (long long)place->segment_id);
    stretch = (struct stretch){ .layout = layout,
                                .first = place->position,
                                .last = place->position,
                                .token_count = layout->segments[place->position].token_count };
    stretch.tokens_max = tokens_max > stretch.token_count ? tokens_max : stretch.token_count;
    if (kind == EXPAND_SECTION) {
        find_section(layout, place->position, &first, &last);
    } else {
        first = place->position > neighbours ? place->position - neighbours : 0;
        last = place->position + neighbours;
        if (last >= layout->segment_count)
            last = layout->segment_count - 1;
    }
    grow(&stretch, first, last);
    first_segment = &layout->segments[stretch.first];
    last_segment = &layout->segments[stretch.last];
    *out = (struct expansion){
        .first_position = (uint32_t)stretch.first,
        .last_position = (uint32_t)stretch.last,
        .first_page = first_segment->first_page,
        .last_page = last_segment->last_page,
        .start = place->is_file_range ? first_segment->source_start : first_segment->text_start,
        .end = place->is_file_range ? last_segment->source_end : last_segment->text_end,
        .token_count = stretch.token_count,
        .is_cut = stretch.first > first || stretch.last < last,
    };
    return append_stretch(search, &stretch, out, err);
}
