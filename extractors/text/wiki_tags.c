/*
 * wiki_tags.c - elements of HTML in wiki text, as the lines that a wiki has for the same.
 *
 *   <ul><li>a <li>b</ul>                     * a  * b           each in a line of its own
 *   <table><tr><td colspan=2>a</td></table>  {|  |-  |colspan=2|a  |}
 *   <blockquote>a</blockquote>               WIKI_QUOTE  a  WIKI_QUOTE_END
 *   <h2>a</h2>                               == a ==
 *
 * Elements within a line (<b>, <br>) are left to wiki.c. What does not fit, such as an item without
 * a list, is read as a browser would.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "extractors/text/wiki.h"

#define TAG_BYTES_MAX  300u
#define NAME_BYTES_MAX 18u
#define DEPTH_MAX      12u
#define SPAN_MAX       100

enum element {
    ELEMENT_NONE,
    ELEMENT_UL,
    ELEMENT_OL,
    ELEMENT_LI,
    ELEMENT_DT,
    ELEMENT_DD,
    ELEMENT_QUOTE,
    ELEMENT_TABLE,
    ELEMENT_CAPTION,
    ELEMENT_TR,
    ELEMENT_TD,
    ELEMENT_TH,
    ELEMENT_H1,
    ELEMENT_H2,
    ELEMENT_H3,
    ELEMENT_H4,
    ELEMENT_H5,
    ELEMENT_H6,
    ELEMENT_RULE,
    ELEMENT_BOX, /* a block by itself, if it begins a line */
    ELEMENT_POEM,
    ELEMENT_GALLERY,
    ELEMENT_VERBATIM,
};

static const struct {
    const char *name;
    enum element element;
} elements[] = {
    { "ul", ELEMENT_UL },           { "ol", ELEMENT_OL },
    { "li", ELEMENT_LI },           { "dt", ELEMENT_DT },
    { "dd", ELEMENT_DD },           { "blockquote", ELEMENT_QUOTE },
    { "table", ELEMENT_TABLE },     { "caption", ELEMENT_CAPTION },
    { "tr", ELEMENT_TR },           { "td", ELEMENT_TD },
    { "th", ELEMENT_TH },           { "h1", ELEMENT_H1 },
    { "h2", ELEMENT_H2 },           { "h3", ELEMENT_H3 },
    { "h4", ELEMENT_H4 },           { "h5", ELEMENT_H5 },
    { "h6", ELEMENT_H6 },           { "hr", ELEMENT_RULE },
    { "p", ELEMENT_BOX },           { "div", ELEMENT_BOX },
    { "center", ELEMENT_BOX },      { "poem", ELEMENT_POEM },
    { "gallery", ELEMENT_GALLERY }, { "pre", ELEMENT_VERBATIM },
    { "source", ELEMENT_VERBATIM }, { "syntaxhighlight", ELEMENT_VERBATIM },
    { "math", ELEMENT_VERBATIM },
};

#define ELEMENT_COUNT (sizeof(elements) / sizeof(elements[0]))

struct tag {
    enum element element;
    size_t index; /* of elements */
    size_t bytes; /* with its brackets */
    bool is_end, is_empty;
};

struct tags {
    struct buf *out;
    char lists[DEPTH_MAX + 1]; /* '*' or '#' for each that is open */
    unsigned list_depth;
    unsigned table_depth, quote_depth, poem_depth;
    bool is_in_item, is_in_cell; /* their words are one line, whatever lines the source has */
    bool is_in_gallery;
    bool has_no_end[ELEMENT_COUNT]; /* of what is verbatim: none follows */
};

static bool is_at_line_start(const struct tags *tags)
{
    size_t i = tags->out->len;

    while (i > 0 && (tags->out->data[i - 1] == ' ' || tags->out->data[i - 1] == '\t'))
        i--;
    return i == 0 || tags->out->data[i - 1] == '\n';
}

static void put(struct tags *tags, const char *text)
{
    buf_append(tags->out, text, strlen(text));
}

static void new_line(struct tags *tags)
{
    if (tags->out->len > 0 && tags->out->data[tags->out->len - 1] != '\n')
        put(tags, "\n");
}

/* ---- tags ---- */

static bool read_tag(struct span rest, struct tag *tag)
{
    size_t start = rest.len > 1 && rest.data[1] == '/' ? 2 : 1, length = 0, end;

    *tag = (struct tag){ .is_end = start == 2 };
    while (start + length < rest.len && length <= NAME_BYTES_MAX &&
           isalnum((unsigned char)rest.data[start + length]))
        length++;
    if (length == 0 || start + length >= rest.len || !strchr("> /\t\n", rest.data[start + length]))
        return false;
    for (size_t i = 0; i < ELEMENT_COUNT; i++)
        if (strlen(elements[i].name) == length &&
            markup_starts_nocase(markup_from(rest, start), elements[i].name)) {
            tag->element = elements[i].element;
            tag->index = i;
        }
    rest.len = rest.len < TAG_BYTES_MAX ? rest.len : TAG_BYTES_MAX;
    end = markup_find(rest, start, ">");
    tag->bytes = end + 1;
    tag->is_empty = end < rest.len && rest.data[end - 1] == '/';
    return tag->element != ELEMENT_NONE && end < rest.len;
}

static int columns_of(struct span tag)
{
    size_t at = markup_find(tag, 0, "colspan");
    int columns = 0;

    for (at += 7; at < tag.len && strchr("= \"'", tag.data[at]);)
        at++;
    while (at < tag.len && isdigit((unsigned char)tag.data[at]) && columns < SPAN_MAX)
        columns = columns * 10 + (tag.data[at++] - '0');
    return columns > 0 && columns < SPAN_MAX ? columns : 1;
}

/* ---- blocks ---- */

static void put_list(struct tags *tags, const struct tag *tag)
{
    new_line(tags);
    tags->is_in_item = false;
    if (tag->is_end)
        tags->list_depth -= tags->list_depth > 0;
    else if (tags->list_depth < DEPTH_MAX)
        tags->lists[tags->list_depth++] = tag->element == ELEMENT_OL ? '#' : '*';
    if (tag->is_end && tags->list_depth == 0)
        put(tags, "\n");
}

static void put_item(struct tags *tags, const struct tag *tag)
{
    new_line(tags);
    tags->is_in_item = !tag->is_end && !tag->is_empty;
    if (!tags->is_in_item)
        return;
    if (tag->element == ELEMENT_LI && tags->list_depth > 0)
        buf_append(tags->out, tags->lists, tags->list_depth);
    else
        put(tags, tag->element == ELEMENT_LI ? "*" : tag->element == ELEMENT_DT ? ";" : ":");
    put(tags, " ");
}

static void put_table(struct tags *tags, const struct tag *tag)
{
    new_line(tags);
    tags->is_in_cell = tags->is_in_item = false;
    if (!tag->is_end) {
        tags->table_depth++;
        put(tags, "{|\n");
    } else if (tags->table_depth > 0) {
        tags->table_depth--;
        put(tags, "|}\n");
    }
}

static void put_row(struct tags *tags, const struct tag *tag)
{
    new_line(tags);
    tags->is_in_cell = tags->is_in_item = false;
    if (!tag->is_end && tags->table_depth > 0)
        put(tags, "|-\n");
}

/* What is said of a cell is always said, so that no bar in its words can be taken for that. */
static void put_cell(struct tags *tags, const struct tag *tag, struct span source)
{
    new_line(tags);
    tags->is_in_item = false;
    tags->is_in_cell = !tag->is_end && tags->table_depth > 0;
    if (tags->is_in_cell)
        buf_printf(tags->out, "%ccolspan=%d|", tag->element == ELEMENT_TH ? '!' : '|',
                   columns_of(source));
}

static void put_caption(struct tags *tags, const struct tag *tag)
{
    new_line(tags);
    tags->is_in_cell = !tag->is_end && tags->table_depth > 0;
    if (tags->is_in_cell)
        put(tags, "|+ ");
}

static void put_quote(struct tags *tags, const struct tag *tag)
{
    char mark[] = { tag->is_end ? WIKI_QUOTE_END : WIKI_QUOTE, '\n', '\0' };

    if (tags->is_in_cell || tags->is_in_item || (tag->is_end && tags->quote_depth == 0)) {
        put(tags, " ");
        return;
    }
    new_line(tags);
    put(tags, mark);
    tags->quote_depth += tag->is_end ? -1u : 1u;
}

static void put_heading(struct tags *tags, const struct tag *tag)
{
    static const char marks[] = "======";
    size_t level = (size_t)(tag->element - ELEMENT_H1) + 1;

    if (tags->is_in_cell || tags->is_in_item) {
        put(tags, " ");
        return;
    }
    if (!tag->is_end)
        new_line(tags);
    put(tags, tag->is_end ? " " : "");
    buf_append(tags->out, marks, level);
    put(tags, tag->is_end ? "\n" : " ");
}

/* The bytes of an element that is shown as it is, up to its end, which begins a line. */
static size_t put_verbatim(struct tags *tags, const struct tag *tag, struct span rest)
{
    char end_tag[NAME_BYTES_MAX + 4];
    size_t end;

    if (tag->is_end || tag->is_empty || tags->has_no_end[tag->index])
        return 0;
    (void)snprintf(end_tag, sizeof(end_tag), "</%s", elements[tag->index].name);
    end = markup_find(rest, tag->bytes, end_tag);
    if (end == rest.len) {
        tags->has_no_end[tag->index] = true;
        return 0;
    }
    end = markup_find(rest, end, ">");
    end += end < rest.len;
    if (strcmp(elements[tag->index].name, "math") != 0 && !tags->is_in_cell && !tags->is_in_item &&
        markup_find((struct span){ rest.data, tag->bytes }, 0, " inline") == tag->bytes)
        new_line(tags);
    buf_append(tags->out, rest.data, end);
    return end;
}

/* The bytes that were dealt with; 0: they are words. */
static size_t put_tag(struct tags *tags, struct span rest)
{
    struct tag tag;

    if (!read_tag(rest, &tag))
        return 0;
    switch (tag.element) {
    case ELEMENT_UL:
    case ELEMENT_OL:
        put_list(tags, &tag);
        break;
    case ELEMENT_LI:
    case ELEMENT_DT:
    case ELEMENT_DD:
        put_item(tags, &tag);
        break;
    case ELEMENT_QUOTE:
        put_quote(tags, &tag);
        break;
    case ELEMENT_TABLE:
        put_table(tags, &tag);
        break;
    case ELEMENT_CAPTION:
        put_caption(tags, &tag);
        break;
    case ELEMENT_TR:
        put_row(tags, &tag);
        break;
    case ELEMENT_TD:
    case ELEMENT_TH:
        put_cell(tags, &tag, (struct span){ rest.data, tag.bytes });
        break;
    case ELEMENT_H1:
    case ELEMENT_H2:
    case ELEMENT_H3:
    case ELEMENT_H4:
    case ELEMENT_H5:
    case ELEMENT_H6:
        put_heading(tags, &tag);
        break;
    case ELEMENT_RULE:
        new_line(tags);
        put(tags, "----\n");
        break;
    case ELEMENT_BOX:
        if (!is_at_line_start(tags) || tags->is_in_cell || tags->is_in_item)
            return 0;
        put(tags, "\n");
        break;
    case ELEMENT_POEM:
        tags->poem_depth = !tag.is_end;
        put(tags, tags->is_in_cell || tags->is_in_item ? "" : "\n\n");
        break;
    case ELEMENT_GALLERY:
        tags->is_in_gallery = !tag.is_end && !tag.is_empty;
        put(tags, "\n");
        break;
    case ELEMENT_VERBATIM:
        return put_verbatim(tags, &tag, rest);
    case ELEMENT_NONE:
        break;
    }
    return tag.bytes;
}

/* ---- words ---- */

/* "Lake.jpg|The lake": what a gallery has in each line. */
static size_t put_gallery_line(struct tags *tags, struct span rest)
{
    size_t length = markup_find(rest, 0, "\n"), bar;
    struct span line;

    rest.len = length;
    length = markup_find(rest, 0, "</gallery");
    line = markup_trim((struct span){ rest.data, length });
    bar = markup_find(line, 0, "|");
    if (bar < line.len) {
        put(tags, "\n[[File:|thumb");
        buf_append(tags->out, line.data + bar, line.len - bar);
        put(tags, "]]\n\n");
    }
    return length;
}

/* One is enough: where a line begins is looked for behind blanks, again and again. */
static bool is_behind_blank(const struct tags *tags)
{
    return tags->out->len > 0 && tags->out->data[tags->out->len - 1] == ' ';
}

/* An item that nothing ends goes no further than its paragraph. */
static void put_end_of_line(struct tags *tags, struct span rest)
{
    if (markup_starts(rest, "\n\n"))
        tags->is_in_item = false;
    if (tags->is_in_cell || tags->is_in_item)
        put(tags, tags->poem_depth ? "<br>" : is_behind_blank(tags) ? "" : " ");
    else
        put(tags, tags->poem_depth ? "<br>\n" : "\n");
}

static void leave_all(struct tags *tags)
{
    tags->is_in_cell = tags->is_in_item = tags->is_in_gallery = false;
    new_line(tags);
    for (; tags->table_depth > 0; tags->table_depth--)
        put(tags, "|}\n");
    for (; tags->quote_depth > 0; tags->quote_depth--)
        put(tags, (char[]){ WIKI_QUOTE_END, '\n', '\0' });
}

void wiki_tags(struct span text, struct buf *out)
{
    struct tags tags = { .out = out };
    bool is_html_line = false; /* what stands in the table at hand was written in tags */

    for (size_t i = 0; i < text.len;) {
        struct span rest = markup_from(text, i);
        size_t taken = rest.data[0] == '<' ? put_tag(&tags, rest) : 0;

        is_html_line = tags.is_in_cell;
        if (taken == 0 && tags.is_in_gallery && is_at_line_start(&tags))
            taken = put_gallery_line(&tags, rest);
        if (taken > 0) {
            i += taken;
            continue;
        }
        if (rest.data[0] == WIKI_NOTE) /* notes are all there is behind the page */
            leave_all(&tags);
        if (rest.data[0] == '\n')
            put_end_of_line(&tags, rest);
        else if (is_html_line && rest.len > 1 && strchr("|!", rest.data[0]) &&
                 rest.data[1] == rest.data[0])
            buf_printf(out, "&#%d;", rest.data[0]);
        else
            buf_append_char(out, rest.data[0]);
        i++;
    }
}
