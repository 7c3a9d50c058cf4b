#include "extractors/listing.h"

#include "ingest/render.h"

static void append_text(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\n')
            buf_append(out, "\\n", 2);
        else if (text.data[i] == '\t')
            buf_append(out, "\\t", 2);
        else if (text.data[i] == '\r')
            buf_append(out, "\\r", 2);
        else
            buf_append_char(out, text.data[i]);
    }
}

static void append_flags(struct buf *out, unsigned flags)
{
    static const struct {
        unsigned flag;
        const char *name;
    } names[] = {
        { BLOCK_ORDERED, "ordered" },     { BLOCK_HEADER, "header" }, { BLOCK_COMMENT, "comment" },
        { BLOCK_CONTINUES, "continues" }, { BLOCK_ASIDE, "aside" },
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (flags & names[i].flag)
            buf_printf(out, " %s", names[i].name);
}

static void append_block(const struct extraction *extraction, const struct block *block,
                         struct buf *out)
{
    const struct region *region =
        extraction_region_in(extraction, block->text_start, block->text_end);
    const char *label = extraction_label(extraction, block->label);

    if (block->kind == BLOCK_ROW)
        buf_append(out, "  ", 2);
    if (block->kind == BLOCK_CELL)
        buf_append(out, "    ", 4);
    buf_printf(out, "%s", block_kind_name(block->kind));
    if (block->level > 0)
        buf_printf(out, " %u", block->level);
    append_flags(out, block->flags);
    if (*label)
        buf_printf(out, " [%s]", label);
    if (region && region->page > 0)
        buf_printf(out, " page %u", region->page);
    if (region && *extraction_label(extraction, region->label))
        buf_printf(out, " at %s", extraction_label(extraction, region->label));
    if (block->kind != BLOCK_TABLE && block->kind != BLOCK_ROW) {
        buf_append(out, ": ", 2);
        append_text(out, extraction_block_text(extraction, block));
    }
    buf_append_char(out, '\n');
}

void listing_append(const struct extraction *extraction, struct buf *out)
{
    buf_printf(out, "%s %s (%s)%s%s\n", extraction->media_type, outcome_name(extraction->outcome),
               extraction->extractor, extraction->charset[0] ? " " : "", extraction->charset);
    if (extraction->reason[0])
        buf_printf(out, "reason: %s\n", extraction->reason);
    for (size_t i = 0; i < extraction->metadata_count; i++)
        buf_printf(out, "meta %s: %s\n", extraction_label(extraction, extraction->metadata[i].name),
                   extraction_label(extraction, extraction->metadata[i].value));
    for (size_t i = 0; i < extraction->block_count; i++)
        append_block(extraction, &extraction->blocks[i], out);
    for (size_t i = 0; i < extraction->link_count; i++) {
        const struct link *link = &extraction->links[i];

        buf_append(out, "link ", 5);
        append_text(out, (struct span){ extraction->text.data + link->text_start,
                                        link->text_end - link->text_start });
        buf_printf(out, " -> %s\n", extraction_label(extraction, link->target));
    }
    for (size_t i = 0; i < extraction->emphasis_count; i++) {
        const struct emphasis *emphasis = &extraction->emphases[i];

        buf_printf(out, "%s: ", emphasis_kind_name((enum emphasis_kind)emphasis->kind));
        append_text(out, (struct span){ extraction->text.data + emphasis->text_start,
                                        emphasis->text_end - emphasis->text_start });
        buf_append_char(out, '\n');
    }
    if (extraction->hidden.len > 0) {
        buf_append(out, "hidden: ", 8);
        append_text(out, extraction->hidden);
        buf_append_char(out, '\n');
    }
}
