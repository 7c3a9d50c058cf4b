#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/common/description.h"
#include "extractors/text/rst.h"

static bool is_one_of(struct span name, const char *const *names)
{
    for (; *names; names++)
        if (name.len == strlen(*names) && markup_starts_nocase(name, *names))
            return true;
    return false;
}

/* Drops the ":option: value" lines in front of a directive's content. */
static struct span without_options(struct span content)
{
    for (size_t at = 0; at < content.len;) {
        struct text_line line = text_line_at(content, at);

        if (!line.is_blank && content.data[line.start] != ':')
            return markup_from(content, at);
        at = line.next;
        if (line.is_blank)
            return markup_from(content, at);
    }
    return (struct span){ "", 0 };
}

/* What ":name: value" in front of the content says; empty: there is none. */
static struct span option(struct span content, const char *name)
{
    for (size_t at = 0; at < content.len;) {
        struct text_line line = text_line_at(content, at);
        struct span words = text_line_words(content, &line);

        if (line.is_blank || words.data[0] != ':')
            break;
        if (markup_starts(markup_from(words, 1), name) && words.len > strlen(name) + 1 &&
            words.data[strlen(name) + 1] == ':')
            return markup_trim(markup_from(words, strlen(name) + 2));
        at = line.next;
    }
    return (struct span){ "", 0 };
}

static unsigned header_rows(struct span content)
{
    struct span value = option(content, "header-rows");

    return value.len == 1 && isdigit((unsigned char)value.data[0]) ? (unsigned)value.data[0] - '0'
                                                                   : 0;
}

/* ---- tables ---- */

/* ":delim: ;", ":delim: tab": the separator. */
static char delimiter(struct span content)
{
    struct span value = option(content, "delim");

    if (value.len == 3 && markup_starts_nocase(value, "tab"))
        return '\t';
    return value.len == 1 ? value.data[0] : ',';
}

/* Where the row that begins at start ends: at a line's end, outside of quotes. 0: a quote in it is
 * never closed. */
static size_t quoted_row_end(struct span body, size_t start)
{
    bool is_quoted = false;

    for (size_t i = start; i < body.len; i++) {
        is_quoted ^= body.data[i] == '"';
        if (body.data[i] == '\n' && !is_quoted)
            return i + 1;
    }
    return is_quoted ? 0 : body.len;
}

static void csv_table(struct markup *markup, struct span content, struct span body)
{
    struct span header = option(content, "header");
    char separator = delimiter(content);
    unsigned headers = header_rows(content), rows = 0;
    bool has_whole_quotes = true;

    if (header.len == 0 && markup_trim(body).len == 0) /* in a file of its own */
        return;
    writer_begin(markup->writer, BLOCK_TABLE, headers + (header.len > 0));
    if (header.len > 0)
        markup_csv_row(markup, header, separator, true);
    for (size_t at = 0; at < body.len;) {
        struct text_line line = text_line_at(body, at);
        size_t end = line.is_blank || !has_whole_quotes ? line.next : quoted_row_end(body, at);

        has_whole_quotes = end > 0;
        end = end > 0 ? end : line.next;
        if (!line.is_blank)
            markup_csv_row(markup,
                           markup_trim((struct span){ body.data + line.start, end - line.start }),
                           separator, rows++ < headers);
        at = end;
    }
    writer_end(markup->writer);
}

/* Bytes of "* " or "- " in front; 0: none. */
static size_t bullet(struct span words)
{
    size_t i = 1;

    if (words.len == 0 || !strchr("*-+", words.data[0]))
        return 0;
    while (i < words.len && words.data[i] == ' ')
        i++;
    return i > 1 || words.len == 1 ? i : 0;
}

/* "* - a", and "*" with its cells on the lines below. */
static bool begins_row(struct span words)
{
    size_t mark = bullet(words);

    return mark > 0 && (mark == words.len || bullet(markup_from(words, mark)) > 0);
}

static bool is_list_of_lists(struct span body)
{
    body = markup_trim(body);
    return begins_row((struct span){ body.data, markup_find(body, 0, "\n") });
}

static void end_list_cell(struct markup *markup, struct buf *cell)
{
    writer_begin(markup->writer, BLOCK_CELL, 0);
    markup_inline(markup, buf_span(cell));
    writer_end(markup->writer);
    buf_clear(cell);
}

static void add_to_list_cell(struct buf *cell, struct span words)
{
    if (cell->len > 0)
        buf_append_char(cell, ' ');
    buf_append(cell, words.data, words.len);
}

struct list_rows {
    unsigned headers, count;          /* rows: of the head, so far */
    unsigned row_indent, cell_indent; /* UINT_MAX: the row has no cell yet */
};

/* mark, inner: bytes of the row's bullet and of its first cell's; inner 0: that is in a line below.
 */
static void begin_list_row(struct markup *markup, struct list_rows *rows, unsigned indent,
                           size_t mark, size_t inner)
{
    writer_begin(markup->writer, BLOCK_ROW, 0);
    writer_flags(markup->writer, rows->count++ < rows->headers ? (unsigned)BLOCK_HEADER : 0u);
    rows->row_indent = indent;
    rows->cell_indent = inner > 0 ? indent + (unsigned)mark : UINT_MAX;
}

/* A list of lists: "* - a" begins a row, "- b" goes on with it. */
static void list_table(struct markup *markup, struct span content, struct span body)
{
    CLEANUP(buf_release) struct buf cell = BUF_INIT(EXTRACTION_MADE_BYTES_MAX);
    struct list_rows rows = { .headers = header_rows(content) };
    bool is_in_cell = false;

    writer_begin(markup->writer, BLOCK_TABLE, rows.headers);
    for (size_t at = 0; at <= body.len;) {
        struct text_line line = { .is_blank = true };
        struct span words = { "", 0 };
        bool is_end = at == body.len, is_row, is_cell;
        size_t mark, inner;

        if (!is_end) {
            line = text_line_at(body, at);
            words = text_line_words(body, &line);
        }
        at = is_end ? at + 1 : line.next;
        mark = bullet(words);
        inner = mark > 0 ? bullet(markup_from(words, mark)) : 0;
        is_row = begins_row(words) && (rows.count == 0 || line.indent <= rows.row_indent);
        is_cell =
            is_row ? inner > 0 : mark > 0 && rows.count > 0 && line.indent <= rows.cell_indent;
        if (is_in_cell && (is_end || is_row || is_cell))
            end_list_cell(markup, &cell);
        if ((is_row || is_end) && rows.count > 0)
            writer_end(markup->writer);
        if (is_row) {
            begin_list_row(markup, &rows, line.indent, mark, inner);
            mark += inner;
            is_in_cell = false;
        } else if (is_cell && rows.cell_indent == UINT_MAX) {
            rows.cell_indent = line.indent;
        }
        is_in_cell |= is_cell;
        if (!line.is_blank && is_in_cell)
            add_to_list_cell(&cell, markup_from(words, is_cell ? mark : 0));
    }
    writer_end(markup->writer);
}

/* ---- others ---- */

static void formula(struct markup *markup, struct span argument, struct span body)
{
    struct span parts[] = { argument, markup_trim(body) };

    for (size_t i = 0; i < 2; i++) {
        if (parts[i].len == 0)
            continue;
        writer_begin(markup->writer, BLOCK_PARAGRAPH, 0);
        (void)writer_emphasis(markup->writer, 1u << EMPHASIS_FORMULA);
        writer_text(markup->writer, (struct span){ "$$", 2 });
        writer_text(markup->writer, parts[i]);
        writer_text(markup->writer, (struct span){ "$$", 2 });
        (void)writer_emphasis(markup->writer, 0);
        writer_end(markup->writer);
    }
}

static void picture(struct markup *markup, struct span content)
{
    struct span words = picture_description(option(content, "alt"));

    if (words.len > 0)
        markup_block(markup, BLOCK_CAPTION, 0, words);
}

/* Of "title <document>" the title; a document alone is told where it is. */
static void contents(struct markup *markup, struct span content, struct span body)
{
    struct span caption = option(content, "caption");

    if (caption.len > 0)
        markup_block(markup, BLOCK_CAPTION, 0, caption);
    for (size_t at = 0; at < body.len;) {
        struct text_line line = text_line_at(body, at);
        struct span words = text_line_words(body, &line);
        size_t angle = markup_find(words, 0, "<");

        at = line.next;
        if (angle > 0 && angle < words.len && words.data[words.len - 1] == '>')
            markup_block(markup, BLOCK_LIST_ITEM, 1,
                         markup_trim((struct span){ words.data, angle }));
    }
}

/* ".. versionadded:: 3.8 words": what Sphinx shows of it. */
static void version_note(struct markup *markup, struct span name, struct span argument,
                         struct span body)
{
    const char *says = markup_starts(name, "versionadded")     ? "New in version "
                       : markup_starts(name, "versionchanged") ? "Changed in version "
                                                               : "Deprecated since version ";
    CLEANUP(buf_release) struct buf words = BUF_INIT(EXTRACTION_MADE_BYTES_MAX);
    size_t version = 0;
    bool has_words;

    while (version < argument.len && !isspace((unsigned char)argument.data[version]))
        version++;
    has_words = markup_trim(markup_from(argument, version)).len > 0 || markup_trim(body).len > 0;
    buf_append(&words, says, strlen(says));
    buf_append(&words, argument.data, version);
    buf_append_char(&words, has_words ? ':' : '.');
    buf_append(&words, argument.data + version, argument.len - version);
    markup_open(markup, BLOCK_PARAGRAPH, 0, 0);
    markup_add(markup, buf_span(&words));
    rst_nested(markup, body);
}

/* ".. note:: first words" and the rest of the sentence below: under the name that pages show. */
static void admonition(struct markup *markup, struct span name, struct span argument,
                       struct span content)
{
    char title[16];
    bool is_ordered;

    if (markup_starts_nocase(name, "seealso"))
        name = (struct span){ "see also", 8 };
    (void)snprintf(title, sizeof(title), "%.*s:", (int)name.len, name.data);
    title[0] = (char)toupper((unsigned char)title[0]);
    markup_open(markup, BLOCK_PARAGRAPH, 0, 0);
    markup_add(markup, (struct span){ title, strlen(title) });
    if (argument.len > 0)
        markup_add(markup, argument);
    else if (text_list_mark(markup_trim(content), &is_ordered) > 0)
        markup_flush(markup);
    rst_nested(markup, content);
}

/* What it describes - a function, an option - and what it says of it. */
static bool describes(struct span name)
{
    static const char *const names[] = { "function",     "class",     "method",    "attribute",
                                         "data",         "exception", "option",    "envvar",
                                         "describe",     "object",    "decorator", "program",
                                         "staticmethod", "glossary",  NULL };

    return memchr(name.data, ':', name.len) || is_one_of(name, names);
}

static void table_directive(struct markup *markup, bool is_csv, struct span argument,
                            struct span content, struct span body)
{
    if (argument.len > 0)
        markup_block(markup, BLOCK_CAPTION, 0, argument);
    if (is_csv)
        csv_table(markup, content, body);
    else if (is_list_of_lists(body))
        list_table(markup, content, body);
    else
        rst_nested(markup, body);
}

void rst_directive(struct markup *markup, struct span name, struct span argument,
                   struct span content)
{
    static const char *const code[] = {
        "code",   "code-block", "sourcecode", "parsed-literal",  "doctest",
        "prompt", "testcode",   "literal",    "highlight-block", NULL
    };
    static const char *const silent[] = { "contents",      "include",        "index",
                                          "raw",           "default-role",   "highlight",
                                          "meta",          "sectnum",        "role",
                                          "currentmodule", "tabularcolumns", "target-notes",
                                          "program",       "literalinclude", NULL };
    /* What stands behind the colons is for the machine, what stands below for readers. */
    static const char *const unnamed[] = { "only",      "ifconfig",      "container",
                                           "rst-class", "module",        "automodule",
                                           "autoclass", "autofunction",  "automethod",
                                           "autodata",  "autoattribute", "autoexception",
                                           NULL };
    static const char *const admonitions[] = { "note",      "warning", "tip",     "hint",
                                               "important", "error",   "caution", "attention",
                                               "danger",    "seealso", "todo",    NULL };
    struct span body = without_options(content);

    markup_flush(markup);
    if (is_one_of(name, silent)) {
        return;
    } else if (markup_starts(name, "toctree")) {
        contents(markup, content, body);
    } else if (is_one_of(name, unnamed)) {
        rst_nested(markup, body);
    } else if (is_one_of(name, code)) {
        bool is_language = markup_starts(name, "code") || markup_starts(name, "source");

        markup_code(markup, is_language ? argument : (struct span){ "", 0 }, body);
    } else if (markup_starts(name, "math")) {
        formula(markup, argument, body);
    } else if (markup_starts(name, "image")) {
        picture(markup, content);
    } else if (markup_starts(name, "version") || markup_starts(name, "deprecated")) {
        version_note(markup, name, argument, body);
    } else if (is_one_of(name, admonitions)) {
        admonition(markup, name, argument, argument.len > 0 ? content : body);
    } else if (markup_starts(name, "csv-table") || markup_starts(name, "list-table")) {
        table_directive(markup, name.data[0] == 'c', argument, content, body);
    } else if (markup_starts(name, "figure")) {
        picture(markup, content);
        rst_nested(markup, body);
    } else {
        if (argument.len > 0)
            markup_block(markup,
                         markup_starts(name, "table") ? BLOCK_CAPTION
                         : describes(name)            ? BLOCK_TERM
                                                      : BLOCK_PARAGRAPH,
                         0, argument);
        rst_nested(markup, body);
    }
}
