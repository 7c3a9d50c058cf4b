#include "ingest/render.h"

#include <string.h>

#include "ingest/render_internal.h"

static const char *const format_names[] = {
    [RENDER_MARKDOWN] = "markdown",
    [RENDER_TEXT] = "text",
    [RENDER_JSON] = "json",
};

bool render_format_from_name(const char *name, enum render_format *out)
{
    for (size_t i = 0; i < sizeof(format_names) / sizeof(format_names[0]); i++) {
        if (strcmp(format_names[i], name) == 0) {
            *out = (enum render_format)i;
            return true;
        }
    }
    return false;
}

const char *block_kind_name(enum block_kind kind)
{
    static const char *const names[BLOCK_KIND_COUNT] = {
        [BLOCK_TITLE] = "title",         [BLOCK_HEADING] = "heading",
        [BLOCK_PARAGRAPH] = "paragraph", [BLOCK_LIST_ITEM] = "list item",
        [BLOCK_TABLE] = "table",         [BLOCK_ROW] = "row",
        [BLOCK_CELL] = "cell",           [BLOCK_CODE] = "code",
        [BLOCK_QUOTE] = "quote",         [BLOCK_CAPTION] = "caption",
        [BLOCK_FOOTNOTE] = "footnote",   [BLOCK_TERM] = "term",
        [BLOCK_FIELD] = "field",         [BLOCK_RULE] = "rule",
    };

    return (unsigned)kind < BLOCK_KIND_COUNT ? names[kind] : "unknown";
}

const char *emphasis_kind_name(enum emphasis_kind kind)
{
    static const char *const names[EMPHASIS_KIND_COUNT] = {
        [EMPHASIS_BOLD] = "bold",       [EMPHASIS_ITALIC] = "italic",
        [EMPHASIS_CODE] = "code",       [EMPHASIS_STRUCK] = "struck",
        [EMPHASIS_RAISED] = "raised",   [EMPHASIS_LOWERED] = "lowered",
        [EMPHASIS_FORMULA] = "formula", [EMPHASIS_BREAK] = "break",
    };

    return (unsigned)kind < EMPHASIS_KIND_COUNT ? names[kind] : "unknown";
}

/* A notebook's text is the Markdown of its cells. */
static bool is_markdown(const struct extraction *extraction)
{
    return (extraction->flags & EXTRACTION_TEXT_HAS_MARKS) &&
           (strcmp(extraction->media_type, "text/markdown") == 0 ||
            strcmp(extraction->media_type, "application/x-ipynb+json") == 0);
}

static void end_line(struct buf *out, size_t before)
{
    if (out->len > before && out->data[out->len - 1] != '\n')
        buf_append_char(out, '\n');
}

static bool is_white(char c)
{
    return c == '\n' || c == ' ';
}

static void put_stretch(struct buf *out, size_t before, struct span text)
{
    while (text.len > 0 && is_white(text.data[text.len - 1]))
        text.len--;
    while (text.len > 0 && is_white(text.data[0]))
        text = (struct span){ text.data + 1, text.len - 1 };
    if (text.len > 0 && out->len > before)
        buf_append(out, "\n\n", 2);
    buf_append(out, text.data, text.len);
}

/* The text without what stands beside it. */
static void put_running_text(const struct extraction *extraction, struct buf *out)
{
    struct span text = extraction->text;
    size_t before = out->len, from = 0;

    for (size_t i = 0; i < extraction->block_count; i++) {
        const struct block *block = &extraction->blocks[i];

        if (!(block->flags & BLOCK_ASIDE))
            continue;
        put_stretch(out, before, (struct span){ text.data + from, block->text_start - from });
        from = block->text_end;
    }
    if (from > 0)
        put_stretch(out, before, (struct span){ text.data + from, text.len - from });
    else
        buf_append(out, text.data, text.len);
}

void render_extraction(const struct extraction *extraction, enum render_format format,
                       struct buf *out)
{
    size_t before = out->len;

    switch (format) {
    case RENDER_MARKDOWN:
        if (is_markdown(extraction))
            buf_append(out, extraction->text.data, extraction->text.len);
        else
            render_markdown(extraction, out);
        end_line(out, before);
        break;
    case RENDER_TEXT:
        put_running_text(extraction, out);
        end_line(out, before);
        break;
    case RENDER_JSON:
        render_json(extraction, out);
        break;
    }
}

void render_behind(const struct extraction *extraction, enum render_format format, bool *is_behind,
                   struct buf *out)
{
    bool has_text = format != RENDER_JSON && extraction->text.len > 0;

    if (has_text && *is_behind)
        buf_append_char(out, '\n');
    *is_behind |= has_text;
    render_extraction(extraction, format, out);
}
