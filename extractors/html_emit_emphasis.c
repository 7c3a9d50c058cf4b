#include <string.h>
#include <strings.h>

#include "extractors/html_emit_parts.h"

#define BIT(kind) (1u << (kind))
#define NOTHING   (-1)

static int kind_of(enum html_tag tag)
{
    switch (tag) {
    case HTML_B:
    case HTML_STRONG:
        return EMPHASIS_BOLD;
    case HTML_I:
    case HTML_EM:
    case HTML_VAR:
        return EMPHASIS_ITALIC;
    case HTML_CODE:
    case HTML_KBD:
    case HTML_SAMP:
    case HTML_TT:
        return EMPHASIS_CODE;
    case HTML_DEL:
    case HTML_S:
    case HTML_STRIKE:
        return EMPHASIS_STRUCK;
    case HTML_SUP:
        return EMPHASIS_RAISED;
    case HTML_SUB:
        return EMPHASIS_LOWERED;
    default:
        return NOTHING;
    }
}

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
    int kind = kind_of(tag);
    struct span style;

    if (kind == NOTHING && tag != HTML_SPAN)
        return;
    if (kind != NOTHING && emphasis->until[kind] < end)
        emphasis->until[kind] = end;
    style = html_attr(emitter->dom, node, HTML_ATTR_STYLE);
    if (style.len > 0)
        read_style(emphasis, style, end, kind == EMPHASIS_BOLD);
}

void html_emphasis_begin(const struct html_emitter *emitter, struct html_emphasis *emphasis,
                         uint32_t node)
{
    uint32_t around[HTML_DEPTH_MAX];
    unsigned depth = 0;

    *emphasis = (struct html_emphasis){ .kinds = 0 };
    while ((node = emitter->dom->nodes[node].parent) > 0 && depth < HTML_DEPTH_MAX)
        if (kind_of(html_emit_tag(emitter, node)) != NOTHING ||
            html_emit_tag(emitter, node) == HTML_SPAN)
            around[depth++] = node;
    while (depth > 0)
        html_emphasis_enter(emitter, emphasis, around[--depth]);
}

void html_emphasis_set(const struct html_emitter *emitter, struct html_emphasis *emphasis,
                       uint32_t node, unsigned without)
{
    unsigned kinds = 0;

    for (unsigned kind = 0; kind < EMPHASIS_KIND_COUNT; kind++)
        kinds |= node < emphasis->until[kind] ? BIT(kind) : 0;
    kinds &= ~(node < emphasis->plain_until ? without | BIT(EMPHASIS_BOLD) : without);
    if (kinds != emphasis->kinds)
        (void)writer_emphasis(emitter->writer, kinds);
    emphasis->kinds = kinds;
}
