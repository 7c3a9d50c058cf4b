/*
 * rst.c - reStructuredText: https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html
 */
#include <ctype.h>
#include <string.h>

#include "base/utf8.h"
#include "extractors/extractors.h"
#include "extractors/markup.h"
#include "extractors/rst_table.h"

#define STYLES_MAX 6u
#define NEST_MAX   8u

/* How titles were underlined so far: the order in which the styles came is their level. */
struct rst_styles {
    char marks[STYLES_MAX];
    bool is_over[STYLES_MAX];
    unsigned count;
};

static void rst_body(struct markup *markup, struct rst_styles *styles, unsigned nest);

static int rst_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "text/x-rst") == 0 ? 95 : 0;
}

static const struct markup_pair rst_pairs[] = {
    { "``", "``", true, true, MARKUP_CODE },  { "**", "**", true, false, MARKUP_BOLD },
    { "*", "*", true, false, MARKUP_ITALIC }, { "|", "|", true, false, 0 },
    { NULL, NULL, false, false, 0 },
};

/* The end of a name in back quotes, with the underscores behind it. */
static size_t skip_underscores(struct span rest, size_t end)
{
    while (end < rest.len && rest.data[end] == '_')
        end++;
    return end;
}

/* `words <target>`_, `words`_, :role:`words`, name_ is left, [1]_ is dropped. */
static size_t rst_special(struct markup *markup, struct span text, size_t offset)
{
    struct span rest = markup_from(text, offset), words;
    size_t start = 0, end, angle;

    if (rest.data[0] == '\\' && rest.len > 1) {
        if (!isspace((unsigned char)rest.data[1]))
            writer_text(markup->writer, (struct span){ rest.data + 1, 1 });
        return 2;
    }
    if (rest.data[0] == '[') {
        end = markup_find(rest, 0, "]_");
        return end < rest.len && end < 40 ? end + 2 : 0;
    }
    if (rest.data[0] == ':') {
        start = 1;
        while (start < rest.len &&
               (isalnum((unsigned char)rest.data[start]) || strchr(":+-._", rest.data[start])))
            start++;
        if (start >= rest.len || rest.data[start] != '`' || rest.data[start - 1] != ':')
            return 0;
    }
    if (rest.data[start] != '`' || markup_starts(markup_from(rest, start), "``"))
        return 0;
    end = markup_find(rest, start + 1, "`");
    if (end == rest.len)
        return 0;
    words = (struct span){ rest.data + start + 1, end - start - 1 };
    angle = markup_find(words, 0, "<");
    if (angle < words.len && words.data[words.len - 1] == '>') {
        writer_link_begin(markup->writer,
                          (struct span){ words.data + angle + 1, words.len - angle - 2 });
        words.len = angle;
        writer_text(markup->writer, markup_trim(words));
        writer_link_end(markup->writer);
    } else {
        writer_text(markup->writer, words);
    }
    return skip_underscores(rest, end + 1);
}

static const struct markup_syntax rst_syntax = { rst_pairs, rst_special, false };

/* ---- titles ---- */

#define RST_MARKS "=-`:.'\"~^_*+#<>!$%&(),/;?@[]{|}\\"

static unsigned style_level(struct rst_styles *styles, char mark, bool is_over)
{
    for (unsigned i = 0; i < styles->count; i++)
        if (styles->marks[i] == mark && styles->is_over[i] == is_over)
            return i + 1;
    if (styles->count < STYLES_MAX) {
        styles->marks[styles->count] = mark;
        styles->is_over[styles->count++] = is_over;
    }
    return styles->count;
}

static bool is_title_rule(struct span words)
{
    return text_rule_of(words, RST_MARKS) && !memchr(words.data, ' ', words.len);
}

/* A rule, a title and a rule; or a title and a rule. */
static bool rst_title(struct markup *markup, struct rst_styles *styles,
                      const struct text_line *line)
{
    struct span words = markup_words(markup, line), rule;
    size_t start = markup->at;
    struct text_line next, third;

    if (markup->pending.len > 0 || !markup_peek(markup, &next) || next.is_blank)
        return false;
    if (is_title_rule(words)) {
        markup->at = next.next;
        if (markup_peek(markup, &third)) {
            rule = markup_words(markup, &third);
            if (is_title_rule(rule) && rule.data[0] == words.data[0] && rule.len == words.len) {
                markup->at = third.next;
                markup_block(markup, BLOCK_HEADING, style_level(styles, rule.data[0], true),
                             markup_words(markup, &next));
                return true;
            }
        }
        markup->at = start;
        return false;
    }
    rule = markup_words(markup, &next);
    if (line->indent > 0 || !is_title_rule(rule) || next.indent > 0 ||
        rule.len + 2 < utf8_length(words))
        return false;
    markup->at = next.next;
    markup_block(markup, BLOCK_HEADING, style_level(styles, rule.data[0], false), words);
    return true;
}

/* ---- directives ---- */

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

/* What is inside, as text of its own. */
static void rst_nested(struct markup *markup, struct span content, struct rst_styles *styles,
                       unsigned nest)
{
    struct span outer = markup->text;
    size_t at = markup->at;

    markup_flush(markup);
    markup->text = content;
    markup->at = 0;
    if (nest < NEST_MAX)
        rst_body(markup, styles, nest + 1);
    markup_flush(markup);
    markup->text = outer;
    markup->at = at;
}

static void rst_directive(struct markup *markup, struct span name, struct span argument,
                          struct span content, struct rst_styles *styles, unsigned nest)
{
    static const char *const code[] = { "code",    "code-block", "sourcecode", "parsed-literal",
                                        "math",    "doctest",    "prompt",     "testcode",
                                        "literal", NULL };
    static const char *const silent[] = {
        "toctree",   "contents",     "include",       "index",  "raw",  "image",
        "highlight", "meta",         "sectnum",       "only",   "role", "automodule",
        "autoclass", "autofunction", "currentmodule", "module", NULL
    };
    struct span body = without_options(content);

    markup_flush(markup);
    if (is_one_of(name, code)) {
        bool is_language = markup_starts(name, "code") || markup_starts(name, "source");

        markup_code(markup, is_language ? argument : (struct span){ "", 0 }, body);
    } else if (is_one_of(name, silent)) {
        return;
    } else if (markup_starts(name, "csv-table")) {
        if (argument.len > 0)
            markup_block(markup, BLOCK_CAPTION, 0, argument);
        writer_begin(markup->writer, BLOCK_TABLE, 0);
        for (size_t at = 0; at < body.len;) {
            struct text_line line = text_line_at(body, at);

            if (!line.is_blank)
                markup_row(markup, text_line_words(body, &line), ',', false);
            at = line.next;
        }
        writer_end(markup->writer);
    } else {
        bool is_caption = markup_starts(name, "table") || markup_starts(name, "list-table");

        if (argument.len > 0 && !markup_starts(name, "figure"))
            markup_block(markup, is_caption ? BLOCK_CAPTION : BLOCK_PARAGRAPH, 0, argument);
        rst_nested(markup, body, styles, nest);
    }
}

/* A line that begins with ".. ": a directive, a footnote, a target or a comment. */
static void rst_explicit(struct markup *markup, const struct text_line *line, struct span words,
                         struct rst_styles *styles, unsigned nest)
{
    struct span rest = markup_trim(markup_from(words, 2)), content;
    size_t colons = markup_find(rest, 0, "::");

    markup_flush(markup);
    content = markup_indented(markup, line->indent);
    if (markup_starts(rest, "[")) {
        size_t end = markup_find(rest, 0, "]");

        writer_begin(markup->writer, BLOCK_FOOTNOTE, 0);
        writer_label(markup->writer, (struct span){ rest.data + 1, end > 0 ? end - 1 : 0 });
        markup_inline(markup, markup_trim(markup_from(rest, end + 1)));
        writer_text(markup->writer, (struct span){ " ", 1 });
        markup_inline(markup, markup_trim(content));
        writer_end(markup->writer);
    } else if (colons < rest.len && colons > 0 && rest.data[0] != '_' && rest.data[0] != '|' &&
               !memchr(rest.data, ' ', colons)) {
        rst_directive(markup, (struct span){ rest.data, colons },
                      markup_trim(markup_from(rest, colons + 2)), content, styles, nest);
    }
}

/* ---- the body ---- */

/* ":name: value" */
static bool rst_field(struct markup *markup, struct span words)
{
    size_t end = words.len > 2 && words.data[0] == ':' ? markup_find(words, 1, ": ") : words.len;

    if (end >= words.len || end > 60 || memchr(words.data, '`', end))
        return false;
    markup_open(markup, BLOCK_FIELD, 0, 0);
    markup_add(markup, markup_from(words, 1));
    return true;
}

static size_t rst_mark(struct span words, bool *is_ordered)
{
    *is_ordered = true;
    if (markup_starts(words, "#. ") || markup_starts(words, "#) "))
        return 3;
    return text_list_mark(words, is_ordered);
}

/* The words of a paragraph that ends in "::" announce a literal block. */
static void rst_end_paragraph(struct markup *markup, unsigned indent)
{
    struct buf *pending = &markup->pending;
    struct text_line line;
    bool is_literal = pending->len >= 2 && memcmp(pending->data + pending->len - 2, "::", 2) == 0;

    if (is_literal) {
        bool is_alone =
            pending->len == 2 || isspace((unsigned char)pending->data[pending->len - 3]);

        pending->len -= is_alone ? 2 : 1;
    }
    markup_flush(markup);
    if (is_literal && markup_peek(markup, &line))
        markup_code(markup, (struct span){ "", 0 }, markup_indented(markup, indent));
}

static void rst_text(struct markup *markup, const struct text_line *line, struct span words,
                     unsigned *indent)
{
    struct text_line next;

    if (markup->pending.len == 0) {
        bool is_term = markup_peek(markup, &next) && !next.is_blank && next.indent > line->indent &&
                       words.data[0] != '|';

        if (line->indent == 0)
            markup->list_depth = 0;
        if (is_term)
            markup_open(markup, BLOCK_TERM, 0, 0);
        else if (markup->list_depth > 0)
            markup_open(markup, BLOCK_LIST_ITEM, markup->list_depth, BLOCK_CONTINUES);
        *indent = line->indent;
    } else if (markup->kind == BLOCK_TERM && line->indent > *indent) {
        markup_open(markup, BLOCK_PARAGRAPH, 0, 0);
        *indent = line->indent;
    }
    markup_add(markup, markup_starts(words, "| ") ? markup_from(words, 2) : words);
}

static void rst_line(struct markup *markup, struct rst_styles *styles, const struct text_line *line,
                     unsigned *indent, unsigned nest)
{
    struct span words = markup_words(markup, line);
    bool is_ordered;
    size_t mark;

    if (rst_title(markup, styles, line)) {
        markup->list_depth = 0;
        return;
    }
    mark = rst_mark(words, &is_ordered);
    if (words.len >= 2 && markup_starts(words, "..") && (words.len == 2 || words.data[2] == ' ')) {
        rst_explicit(markup, line, words, styles, nest);
    } else if (rst_table(markup, line) ||
               (text_rule_of(words, RST_MARKS) && words.len >= 4 && markup->pending.len == 0)) {
        return;
    } else if (markup_starts(words, ">>> ") && markup->pending.len == 0) {
        size_t start = line->start;
        struct text_line next;

        while (markup_peek(markup, &next) && !next.is_blank)
            markup->at = next.next;
        markup_code(markup, (struct span){ "python", 6 },
                    (struct span){ markup->text.data + start, markup->at - start });
    } else if (rst_field(markup, words)) {
        *indent = line->indent;
    } else if (mark > 0) {
        markup_open(markup, BLOCK_LIST_ITEM, markup_list_depth(markup, line->indent),
                    is_ordered ? (unsigned)BLOCK_ORDERED : 0u);
        markup_add(markup, markup_from(words, mark));
        *indent = line->indent;
    } else {
        rst_text(markup, line, words, indent);
    }
}

static void rst_body(struct markup *markup, struct rst_styles *styles, unsigned nest)
{
    unsigned indent = 0;
    struct text_line line;

    while (markup_next(markup, &line)) {
        if (line.is_blank)
            rst_end_paragraph(markup, indent);
        else
            rst_line(markup, styles, &line, &indent, nest);
    }
    rst_end_paragraph(markup, indent);
}

static void rst_format(struct markup *markup)
{
    struct rst_styles styles = { .count = 0 };

    rst_body(markup, &styles, 0);
}

static enum status rst_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    return markup_run(source, writer, &rst_syntax, rst_format, err);
}

const struct extractor rst_extractor = {
    .name = "rst",
    .version = 2,
    .bid = rst_bid,
    .extract = rst_extract,
};
