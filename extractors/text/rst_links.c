#include "extractors/text/rst_links.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/array.h"

#define CHAIN_MAX             8u /* names that stand for names */
#define REPLACEMENT_BYTES_MAX 4096u

/* The next character of a name at *at, blanks folded to one; -1 at its end. */
static int next_folded(struct span name, size_t *at)
{
    unsigned char c;

    if (*at >= name.len)
        return -1;
    c = (unsigned char)name.data[(*at)++];
    if (!isspace(c))
        return tolower(c);
    while (*at < name.len && isspace((unsigned char)name.data[*at]))
        ++*at;
    return ' ';
}

static int compare_names(struct span a, struct span b)
{
    size_t i = 0, k = 0;

    for (;;) {
        int x = next_folded(a, &i), y = next_folded(b, &k);

        if (x != y || x < 0)
            return x - y;
    }
}

static int compare_links(const void *a, const void *b)
{
    const struct rst_link *x = a, *y = b;
    int by_name;

    if (x->is_words != y->is_words)
        return x->is_words - y->is_words;
    by_name = compare_names(x->name, y->name);
    if (by_name != 0)
        return by_name;
    return x->order < y->order ? -1 : x->order > y->order;
}

static void add_link(struct rst_links *links, struct span name, struct span value, bool is_words)
{
    if (links->count < RST_LINKS_MAX && name.len > 0 && value.len > 0 &&
        array_reserve(&links->items, &links->capacity, links->count)) {
        links->items[links->count] =
            (struct rst_link){ name, value, (uint32_t)links->count, is_words };
        links->count++;
    }
}

static void add_anonymous(struct rst_links *links, struct span value)
{
    if (links->anonymous_count < RST_LINKS_MAX &&
        array_reserve(&links->anonymous, &links->anonymous_capacity, links->anonymous_count))
        links->anonymous[links->anonymous_count++] = value;
}

/* "name: address" or "`name: x`: address" behind ".. _" */
static void collect_target(struct rst_links *links, struct span rest)
{
    size_t end, start = rest.len > 0 && rest.data[0] == '`';

    if (start) {
        end = markup_find(rest, 1, "`:");
        if (end < rest.len)
            add_link(links, (struct span){ rest.data + 1, end - 1 },
                     markup_trim(markup_from(rest, end + 2)), false);
        return;
    }
    end = markup_find(rest, 0, ": ");
    if (end < rest.len)
        add_link(links, (struct span){ rest.data, end }, markup_trim(markup_from(rest, end + 2)),
                 false);
}

/* words, and the lines behind them that are indented more than their own line. */
static struct span with_lines_below(struct span words, struct span text,
                                    const struct text_line *line)
{
    const char *end = words.data + words.len;
    struct text_line next;

    for (size_t at = line->next; at < text.len && at - line->next < REPLACEMENT_BYTES_MAX;
         at = next.next) {
        struct span below;

        next = text_line_at(text, at);
        if (next.is_blank || next.indent <= line->indent)
            break;
        below = text_line_words(text, &next);
        end = below.data + below.len;
    }
    return (struct span){ words.data, (size_t)(end - words.data) };
}

/* "name| replace:: words" behind ".. |" */
static void collect_replacement(struct rst_links *links, struct span rest)
{
    size_t end = markup_find(rest, 0, "| replace::");

    if (end < rest.len)
        add_link(links, (struct span){ rest.data, end }, markup_trim(markup_from(rest, end + 11)),
                 true);
}

void rst_links_collect(struct rst_links *links, struct span text)
{
    for (size_t at = 0; at < text.len;) {
        struct text_line line = text_line_at(text, at);
        struct span words = text_line_words(text, &line);

        at = line.next;
        if (markup_starts(words, "__ "))
            add_anonymous(links, markup_trim(markup_from(words, 3)));
        else if (markup_starts(words, ".. __: "))
            add_anonymous(links, markup_trim(markup_from(words, 7)));
        else if (markup_starts(words, ".. _"))
            collect_target(links, markup_from(words, 4));
        else if (markup_starts(words, ".. |"))
            collect_replacement(links, with_lines_below(markup_from(words, 4), text, &line));
    }
    if (links->count > 0)
        qsort(links->items, links->count, sizeof(links->items[0]), compare_links);
}

static struct span lookup_once(const struct rst_links *links, struct span name, bool is_words)
{
    const struct rst_link wanted = { .name = name, .is_words = is_words };
    size_t low = 0, high = links->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_links(&links->items[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < links->count && links->items[low].is_words == is_words &&
        compare_names(links->items[low].name, name) == 0)
        return links->items[low].value;
    return (struct span){ NULL, 0 };
}

/* An address of a name that ends in "_" is the name of another one. */
struct span rst_links_lookup(const struct rst_links *links, struct span name, bool is_words)
{
    struct span value = lookup_once(links, name, is_words);

    for (unsigned i = 0; !is_words && value.len > 1 && value.data[value.len - 1] == '_'; i++) {
        struct span inner = { value.data, value.len - 1 };

        if (i == CHAIN_MAX)
            return (struct span){ NULL, 0 };
        if (inner.len > 1 && inner.data[0] == '`' && inner.data[inner.len - 1] == '`')
            inner = (struct span){ inner.data + 1, inner.len - 2 };
        value = lookup_once(links, inner, false);
    }
    return value;
}

void rst_links_release(struct rst_links *links)
{
    free(links->items);
    free(links->anonymous);
    *links = (struct rst_links){ .count = 0 };
}
