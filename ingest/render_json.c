/*
 * render_json.c - an extraction as one JSON object.
 *
 * Offsets are bytes of "text", so that a reader cuts blocks and chunks out of it exactly.
 */
#include "base/json.h"
#include "ingest/render_internal.h"

static void put_label(struct json_writer *json, const char *name,
                      const struct extraction *extraction, uint32_t label)
{
    const char *text = extraction_label(extraction, label);

    if (*text)
        json_put_text(json, name, text);
}

static void put_range(struct json_writer *json, uint32_t text_start, uint32_t text_end)
{
    json_put_integer(json, "start", text_start);
    json_put_integer(json, "end", text_end);
}

static void put_box(struct json_writer *json, const struct region *region)
{
    if (region->x0 == 0 && region->y0 == 0 && region->x1 == 0 && region->y1 == 0)
        return;
    json_put_array_begin(json, "box");
    json_put_number(json, NULL, (double)region->x0);
    json_put_number(json, NULL, (double)region->y0);
    json_put_number(json, NULL, (double)region->x1);
    json_put_number(json, NULL, (double)region->y1);
    json_put_array_end(json);
}

static void put_flags(struct json_writer *json, unsigned flags)
{
    if (flags & BLOCK_ORDERED)
        json_put_bool(json, "ordered", true);
    if (flags & BLOCK_HEADER)
        json_put_bool(json, "header", true);
    if (flags & BLOCK_COMMENT)
        json_put_bool(json, "comment", true);
    if (flags & BLOCK_CONTINUES)
        json_put_bool(json, "continues", true);
    if (flags & BLOCK_ASIDE)
        json_put_bool(json, "aside", true);
}

static void put_blocks(struct json_writer *json, const struct extraction *extraction)
{
    json_put_array_begin(json, "blocks");
    for (size_t i = 0; i < extraction->block_count; i++) {
        const struct block *block = &extraction->blocks[i];
        uint32_t first_page, last_page;

        json_put_object_begin(json, NULL);
        json_put_text(json, "kind", block_kind_name(block->kind));
        if (block->level > 0)
            json_put_integer(json, "level", block->level);
        put_range(json, block->text_start, block->text_end);
        put_flags(json, block->flags);
        put_label(json, "label", extraction, block->label);
        if (block->heading != BLOCK_NONE)
            json_put_integer(json, "heading", block->heading);
        if (extraction_pages(extraction, block->text_start, block->text_end, &first_page,
                             &last_page)) {
            json_put_integer(json, "page", first_page);
            if (last_page != first_page)
                json_put_integer(json, "last_page", last_page);
        }
        json_put_object_end(json);
    }
    json_put_array_end(json);
}

static void put_regions(struct json_writer *json, const struct extraction *extraction)
{
    json_put_array_begin(json, "regions");
    for (size_t i = 0; i < extraction->region_count; i++) {
        const struct region *region = &extraction->regions[i];

        json_put_object_begin(json, NULL);
        put_range(json, region->text_start, region->text_end);
        if (region->page > 0)
            json_put_integer(json, "page", region->page);
        put_box(json, region);
        put_label(json, "label", extraction, region->label);
        json_put_object_end(json);
    }
    json_put_array_end(json);
}

static void put_links(struct json_writer *json, const struct extraction *extraction)
{
    json_put_array_begin(json, "links");
    for (size_t i = 0; i < extraction->link_count; i++) {
        const struct link *link = &extraction->links[i];

        json_put_object_begin(json, NULL);
        put_range(json, link->text_start, link->text_end);
        put_label(json, "target", extraction, link->target);
        json_put_object_end(json);
    }
    json_put_array_end(json);
}

static void put_emphases(struct json_writer *json, const struct extraction *extraction)
{
    json_put_array_begin(json, "emphasis");
    for (size_t i = 0; i < extraction->emphasis_count; i++) {
        const struct emphasis *emphasis = &extraction->emphases[i];

        json_put_object_begin(json, NULL);
        json_put_text(json, "kind", emphasis_kind_name((enum emphasis_kind)emphasis->kind));
        put_range(json, emphasis->text_start, emphasis->text_end);
        json_put_object_end(json);
    }
    json_put_array_end(json);
}

static void put_pages(struct json_writer *json, const struct extraction *extraction)
{
    json_put_array_begin(json, "pages");
    for (size_t i = 0; i < extraction->page_count; i++) {
        const struct page *page = &extraction->pages[i];

        json_put_object_begin(json, NULL);
        json_put_number(json, "width", (double)page->width);
        json_put_number(json, "height", (double)page->height);
        json_put_integer(json, "text_bytes", page->text_bytes);
        json_put_bool(json, "has_images", page->has_images != 0);
        json_put_object_end(json);
    }
    json_put_array_end(json);
}

/* A list of pairs: names may be there more than once (two authors). */
static void put_metadata(struct json_writer *json, const struct extraction *extraction)
{
    json_put_array_begin(json, "metadata");
    for (size_t i = 0; i < extraction->metadata_count; i++) {
        json_put_object_begin(json, NULL);
        put_label(json, "name", extraction, extraction->metadata[i].name);
        put_label(json, "value", extraction, extraction->metadata[i].value);
        json_put_object_end(json);
    }
    json_put_array_end(json);
}

void render_json(const struct extraction *extraction, struct buf *out)
{
    struct json_writer json = JSON_WRITER(out);

    json_put_object_begin(&json, NULL);
    json_put_text(&json, "outcome", outcome_name(extraction->outcome));
    if (extraction->reason[0])
        json_put_text(&json, "reason", extraction->reason);
    json_put_text(&json, "extractor", extraction->extractor);
    json_put_text(&json, "media_type", extraction->media_type);
    if (extraction->charset[0])
        json_put_text(&json, "charset", extraction->charset);
    json_put_bool(&json, "text_is_source", (extraction->flags & EXTRACTION_TEXT_IS_SOURCE) != 0);
    json_put_string(&json, "text", extraction->text);
    if (extraction->hidden.len > 0)
        json_put_string(&json, "hidden", extraction->hidden);
    put_metadata(&json, extraction);
    put_blocks(&json, extraction);
    if (extraction->region_count > 0)
        put_regions(&json, extraction);
    if (extraction->link_count > 0)
        put_links(&json, extraction);
    if (extraction->emphasis_count > 0)
        put_emphases(&json, extraction);
    if (extraction->page_count > 0)
        put_pages(&json, extraction);
    json_put_object_end(&json);
    buf_append_char(out, '\n');
}
