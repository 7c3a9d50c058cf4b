#include <string.h>
#include <strings.h>

#include "extractors/html/html_emit_parts.h"

#define LEVELS_MAX 4u /* between a box and the item, or the label, that it is of */

static bool says_task(struct span classes)
{
    return classes.len > 0 && memmem(classes.data, classes.len, "task", 4) != NULL;
}

/* Is it of a list of things to do, as programs that read Markdown make it? Nobody can tick it
 * there. */
static bool is_of_task(const struct html_emitter *emitter, uint32_t node)
{
    const struct html_dom *dom = emitter->dom;
    uint32_t item = node;

    for (unsigned up = 0; up < LEVELS_MAX && html_emit_tag(emitter, item) != HTML_LI; up++)
        item = dom->nodes[item].parent;
    return html_emit_tag(emitter, item) == HTML_LI &&
           (html_has_attr(dom, node, HTML_ATTR_DISABLED) ||
            says_task(html_attr(dom, item, HTML_ATTR_CLASS)) ||
            says_task(html_attr(dom, dom->nodes[item].parent, HTML_ATTR_CLASS)));
}

static bool is_in_label(const struct html_emitter *emitter, uint32_t node)
{
    for (unsigned up = 0; up < LEVELS_MAX; up++) {
        node = emitter->dom->nodes[node].parent;
        if (html_emit_tag(emitter, node) == HTML_LABEL)
            return true;
    }
    return false;
}

struct span html_emit_box(const struct html_emitter *emitter, uint32_t node)
{
    struct span type = html_attr(emitter->dom, node, HTML_ATTR_TYPE);
    bool is_box = type.len == 8 && !strncasecmp(type.data, "checkbox", 8);
    bool is_choice = type.len == 5 && !strncasecmp(type.data, "radio", 5);

    if (html_emit_tag(emitter, node) != HTML_INPUT || !(is_box || is_choice) ||
        emitter->page->flags[node] & (HTML_IS_DROPPED | HTML_IS_HIDDEN) ||
        !(is_in_label(emitter, node) || (is_box && is_of_task(emitter, node))))
        return (struct span){ "", 0 };
    return html_has_attr(emitter->dom, node, HTML_ATTR_CHECKED) ? (struct span){ "[x] ", 4 }
                                                                : (struct span){ "[ ] ", 4 };
}

uint32_t html_emit_box_before(const struct html_emitter *emitter, uint32_t text)
{
    const struct html_node *nodes = emitter->dom->nodes;

    for (uint32_t i = text; i > 1 && text - i < LEVELS_MAX;) {
        enum html_tag tag = html_emit_tag(emitter, --i);

        if (tag == HTML_INPUT)
            return i;
        if (tag != HTML_LABEL && tag != HTML_SPAN && tag != HTML_P && tag != HTML_TEXT_NODE)
            return 0;
        for (uint32_t at = 0; at < nodes[i].text_len; at++)
            if ((unsigned char)nodes[i].text[at] > ' ')
                return 0;
    }
    return 0;
}
