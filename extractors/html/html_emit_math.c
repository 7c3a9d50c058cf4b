#include <string.h>

#include "base/cleanup.h"
#include "extractors/html/html_emit_parts.h"
#include "extractors/math/mathml.h"

static void read_math(const struct html_dom *dom, uint32_t math, struct mathml *out)
{
    uint32_t ends[HTML_DEPTH_MAX + 1];
    unsigned depth = 0;

    for (uint32_t i = math; i < dom->nodes[math].end; i++) {
        const struct html_node *node = &dom->nodes[i];

        while (depth > 0 && ends[depth - 1] <= i) {
            mathml_end(out);
            depth--;
        }
        if (node->tag == HTML_TEXT_NODE) {
            mathml_text(out, (struct span){ node->text, node->text_len });
        } else if (node->tag == HTML_CUSTOM) {
            i = node->end - 1;
        } else {
            const char *name = html_tag_name((enum html_tag)node->tag);
            struct mathml_attributes attributes = {
                .encoding = html_attr(dom, i, HTML_ATTR_ENCODING),
            };

            mathml_begin(out, (struct span){ name, strlen(name) }, &attributes);
            ends[depth++] = node->end;
        }
    }
    for (; depth > 0; depth--)
        mathml_end(out);
}

void html_emit_math(struct html_emitter *emitter, struct html_emphasis *emphasis, uint32_t math)
{
    CLEANUP(mathml_release) struct mathml mathml;
    struct span formula;

    mathml_init(&mathml);
    read_math(emitter->dom, math, &mathml);
    formula = mathml_formula(&mathml);
    if (formula.len == 0)
        return;
    html_emphasis_set(emitter, emphasis, math, 0);
    (void)writer_emphasis(emitter->writer, emphasis->kinds | 1u << EMPHASIS_FORMULA);
    writer_text(emitter->writer, (struct span){ "$", 1 });
    writer_text(emitter->writer, formula);
    writer_text(emitter->writer, (struct span){ "$", 1 });
    (void)writer_emphasis(emitter->writer, emphasis->kinds);
}
