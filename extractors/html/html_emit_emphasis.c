#include <string.h>
#include <strings.h>

#include "extractors/html/html_emit_parts.h"

#define BIT(kind) (1u << (kind))

/* 1 + enum emphasis_kind; 0: none. */
static const uint8_t kinds_of_tags[HTML_TAG_COUNT] = {
    [HTML_B] = 1 + EMPHASIS_BOLD,     [HTML_STRONG] = 1 + EMPHASIS_BOLD,
    [HTML_I] = 1 + EMPHASIS_ITALIC,   [HTML_EM] = 1 + EMPHASIS_ITALIC,
    [HTML_VAR] = 1 + EMPHASIS_ITALIC, [HTML_CODE] = 1 + EMPHASIS_CODE,
    [HTML_KBD] = 1 + EMPHASIS_CODE,   [HTML_SAMP] = 1 + EMPHASIS_CODE,
    [HTML_TT] = 1 + EMPHASIS_CODE,    [HTML_DEL] = 1 + EMPHASIS_STRUCK,
    [HTML_S] = 1 + EMPHASIS_STRUCK,   [HTML_STRIKE] = 1 + EMPHASIS_STRUCK,
    [HTML_SUP] = 1 + EMPHASIS_RAISED, [HTML_SUB] = 1 + EMPHASIS_LOWERED,
};

/* What a style says of a property: the value's first bytes; {"", 0}: nothing. Word's
 * "mso-bidi-font-weight" is about other letters. */
static struct span style_value(struct span style, const char *property)
{
    size_t len = strlen(property);

    for (size_t i = 0; i + len < style.len; i++) {
        if ((i > 0 && !strchr("; \t\r\n", style.data[i - 1])) ||
            strncasecmp(style.data + i, property, len) != 0)
            continue;
        i += len;
        while (i < style.len && (style.data[i] == ' ' || style.data[i] == ':'))
            i++;
        return (struct span){ style.data + i, style.len - i };
    }
    return (struct span){ "", 0 };
}

static bool begins_with(struct span text, const char *start)
{
    return text.len >= strlen(start) && !strncasecmp(text.data, start, strlen(start));
}

/* Editors write bold words as styled spans, and wrap what they copy in a <b> that is not bold. */
static void read_style(struct html_emphasis *emphasis, struct span style, uint32_t end,
                       bool is_bold_tag)
{
    struct span weight = style_value(style, "font-weight");
    struct span slant = style_value(style, "font-style");

    if (begins_with(weight, "bold") ||
        (weight.len > 0 && *weight.data >= '6' && *weight.data <= '9'))
        emphasis->until[EMPHASIS_BOLD] = end;
    else if ((begins_with(weight, "normal") || begins_with(weight, "400")) && is_bold_tag)
        emphasis->until[EMPHASIS_BOLD] = 0;
    else if (begins_with(weight, "normal") || begins_with(weight, "400"))
        emphasis->plain_until = end;
    if (begins_with(slant, "italic"))
        emphasis->until[EMPHASIS_ITALIC] = end;
}

void html_emphasis_enter(const struct html_emitter *emitter, struct html_emphasis *emphasis,
                         uint32_t node)
{
    enum html_tag tag = html_emit_tag(emitter, node);
    uint32_t end = emitter->dom->nodes[node].end;
    unsigned kind = kinds_of_tags[tag];
    struct span style;

    if (kind == 0 && tag != HTML_SPAN)
        return;
    if (end > emphasis->any_until)
        emphasis->any_until = end;
    if (kind > 0 && emphasis->until[kind - 1] < end)
        emphasis->until[kind - 1] = end;
    style = html_attr(emitter->dom, node, HTML_ATTR_STYLE);
    if (style.len > 0)
        read_style(emphasis, style, end, kind == 1 + EMPHASIS_BOLD);
}

void html_emphasis_begin(const struct html_emitter *emitter, struct html_emphasis *emphasis,
                         uint32_t node)
{
    uint32_t around[HTML_DEPTH_MAX];
    unsigned depth = 0;

    *emphasis = (struct html_emphasis){ .kinds = 0 };
    while ((node = emitter->dom->nodes[node].parent) > 0 && depth < HTML_DEPTH_MAX)
        if (kinds_of_tags[html_emit_tag(emitter, node)] ||
            html_emit_tag(emitter, node) == HTML_SPAN)
            around[depth++] = node;
    while (depth > 0)
        html_emphasis_enter(emitter, emphasis, around[--depth]);
}

static unsigned kinds_at(const struct html_emphasis *emphasis, uint32_t node)
{
    unsigned kinds = 0;

    for (unsigned kind = 0; kind < EMPHASIS_KIND_COUNT; kind++)
        kinds |= (unsigned)(node < emphasis->until[kind]) << kind;
    return node < emphasis->plain_until ? kinds & ~BIT(EMPHASIS_BOLD) : kinds;
}

void html_emphasis_set(const struct html_emitter *emitter, struct html_emphasis *emphasis,
                       uint32_t node, unsigned without)
{
    unsigned kinds = 0;

    if (node < emphasis->any_until)
        kinds = kinds_at(emphasis, node) & ~without;
    if (kinds != emphasis->kinds)
        (void)writer_emphasis(emitter->writer, kinds);
    emphasis->kinds = kinds;
}
