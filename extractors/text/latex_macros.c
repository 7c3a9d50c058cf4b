#include <ctype.h>
#include <string.h>

#include "extractors/text/latex.h"
#include "extractors/text/markup.h"

#define DEPTH_MAX          32u
#define ARGUMENT_BYTES_MAX ((size_t)16 << 10)

struct span latex_argument(struct span text, size_t offset, char open, char close, size_t *end)
{
    unsigned depth = 0;
    size_t at = offset;

    *end = offset;
    while (at < text.len && (text.data[at] == ' ' || text.data[at] == '\t'))
        at++;
    if (at >= text.len || text.data[at] != open)
        return (struct span){ "", 0 };
    for (size_t i = at; i < text.len && i - at < ARGUMENT_BYTES_MAX; i++) {
        if (text.data[i] == '\\') {
            i++;
        } else if (text.data[i] == open) {
            if (++depth > DEPTH_MAX)
                break;
        } else if (text.data[i] == close && --depth == 0) {
            *end = i + 1;
            return (struct span){ text.data + at + 1, i - at - 1 };
        }
    }
    return (struct span){ "", 0 };
}

static bool is(struct span name, const char *want)
{
    return name.len == strlen(want) && memcmp(name.data, want, name.len) == 0;
}

/* "\name" or "{\name}" at offset; *end is behind it. */
static struct span defined_name(struct span text, size_t at, size_t *end)
{
    size_t start = at, stop;
    bool is_braced;

    *end = at;
    while (start < text.len && text.data[start] == ' ')
        start++;
    is_braced = start < text.len && text.data[start] == '{';
    start += is_braced;
    if (start >= text.len || text.data[start] != '\\')
        return (struct span){ "", 0 };
    stop = ++start;
    while (stop < text.len && isalpha((unsigned char)text.data[stop]))
        stop++;
    *end = stop + (is_braced && stop < text.len && text.data[stop] == '}');
    return (struct span){ text.data + start, stop - start };
}

size_t latex_definition_length(struct span text, size_t at, struct span name,
                               struct latex_macro *out)
{
    size_t start = at, end, behind;
    struct span count;

    if (name.len > 0 && name.data[name.len - 1] == '*')
        name.len--;
    else if (at < text.len && text.data[at] == '*')
        at++;
    end = at;
    *out = (struct latex_macro){ .preset = { NULL, 0 } };
    if (is(name, "newtheorem")) {
        out->name = latex_argument(text, at, '{', '}', &end);
        (void)latex_argument(text, end, '[', ']', &end);
        out->body = latex_argument(text, end, '{', '}', &end);
        return end - start;
    }
    if (!is(name, "newcommand") && !is(name, "renewcommand") && !is(name, "providecommand") &&
        !is(name, "def"))
        return 0;
    out->name = defined_name(text, at, &end);
    if (out->name.len == 0)
        return 0;
    if (is(name, "def")) {
        while (end + 1 < text.len && text.data[end] == '#' &&
               isdigit((unsigned char)text.data[end + 1])) {
            out->argument_count++;
            end += 2;
        }
    } else {
        count = latex_argument(text, end, '[', ']', &end);
        if (count.len == 1 && isdigit((unsigned char)count.data[0]))
            out->argument_count = (unsigned)(count.data[0] - '0');
        behind = end;
        out->preset = latex_argument(text, end, '[', ']', &end);
        if (end == behind)
            out->preset.data = NULL;
    }
    behind = end;
    out->body = latex_argument(text, end, '{', '}', &end);
    return end > behind ? end - start : 0;
}

void latex_macros_collect(struct latex_macros *macros, struct span text)
{
    for (size_t at = 0; at < text.len && macros->count < LATEX_MACROS_MAX;) {
        size_t start = markup_find(text, at, "\\"), end = start + 1, length;
        struct latex_macro macro;

        if (start == text.len)
            return;
        while (end < text.len && isalpha((unsigned char)text.data[end]))
            end++;
        at = end > start + 1 ? end : start + 2;
        length = latex_definition_length(
            text, end, (struct span){ text.data + start + 1, end - start - 1 }, &macro);
        if (length == 0)
            continue;
        macros->items[macros->count++] = macro;
        at = end + length;
    }
}

const struct latex_macro *latex_macros_lookup(const struct latex_macros *macros, struct span name)
{
    for (size_t i = macros->count; i > 0; i--)
        if (macros->items[i - 1].name.len == name.len &&
            memcmp(macros->items[i - 1].name.data, name.data, name.len) == 0)
            return &macros->items[i - 1];
    return NULL;
}

size_t latex_macros_expand(struct latex_macros *macros, const struct latex_macro *macro,
                           struct span text, size_t at, struct buf *out)
{
    struct span arguments[10] = { { "", 0 } }, body = macro->body;
    size_t start = at;
    unsigned first = 1;

    if (macro->preset.data) {
        size_t before = at;

        arguments[first] = latex_argument(text, at, '[', ']', &at);
        if (at == before)
            arguments[first] = macro->preset;
        first++;
    }
    for (unsigned i = first; i <= macro->argument_count && i < 10; i++)
        arguments[i] = latex_argument(text, at, '{', '}', &at);
    for (size_t i = 0; i < body.len; i++) {
        bool is_place =
            body.data[i] == '#' && i + 1 < body.len && isdigit((unsigned char)body.data[i + 1]);
        struct span part =
            is_place ? arguments[body.data[i + 1] - '0'] : (struct span){ body.data + i, 1 };

        macros->expanded_bytes += part.len;
        if (macros->expanded_bytes > LATEX_EXPANDED_BYTES_MAX) {
            buf_clear(out);
            return start;
        }
        buf_append(out, part.data, part.len);
        i += is_place;
    }
    return at;
}
