#include "extractors/text/latex_looks.h"

#include <string.h>

/* Bits of the command; 0: it is about something else. *is_declared: it holds until the group ends.
 */
static unsigned looks_of(struct span name, bool *is_declared)
{
    static const struct {
        const char *name;
        enum emphasis_kind kind;
        bool is_declared;
    } all[] = {
        { "textbf", EMPHASIS_BOLD, false },
        { "bf", EMPHASIS_BOLD, true },
        { "bfseries", EMPHASIS_BOLD, true },
        { "emph", EMPHASIS_ITALIC, false },
        { "textit", EMPHASIS_ITALIC, false },
        { "textsl", EMPHASIS_ITALIC, false },
        { "em", EMPHASIS_ITALIC, true },
        { "it", EMPHASIS_ITALIC, true },
        { "itshape", EMPHASIS_ITALIC, true },
        { "texttt", EMPHASIS_CODE, false },
        { "tt", EMPHASIS_CODE, true },
        { "ttfamily", EMPHASIS_CODE, true },
        { "sout", EMPHASIS_STRUCK, false },
        { "textsuperscript", EMPHASIS_RAISED, false },
        { "textsubscript", EMPHASIS_LOWERED, false },
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (strlen(all[i].name) == name.len && !memcmp(all[i].name, name.data, name.len)) {
            *is_declared = all[i].is_declared;
            return 1u << all[i].kind;
        }
    return 0;
}

void latex_looks_command(struct latex_looks *looks, struct writer *writer, struct span name,
                         bool has_argument)
{
    bool is_declared = false;
    unsigned bits = looks_of(name, &is_declared), before;

    /* A declaration outside of all braces is about the whole document. */
    if (bits == 0 || looks->depth == LATEX_LOOKS_DEEP_MAX ||
        (is_declared ? looks->braces == 0 : !has_argument))
        return;
    before = writer_emphasis(writer, 0);
    (void)writer_emphasis(writer, before | bits);
    looks->open[looks->depth].braces = looks->braces + !is_declared;
    looks->open[looks->depth++].before = before;
}

void latex_looks_brace(struct latex_looks *looks, struct writer *writer, bool is_open)
{
    if (is_open) {
        looks->braces++;
        return;
    }
    looks->braces -= looks->braces > 0;
    while (looks->depth > 0 && looks->open[looks->depth - 1].braces > looks->braces)
        (void)writer_emphasis(writer, looks->open[--looks->depth].before);
}
