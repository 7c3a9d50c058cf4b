/*
 * asciidoc.c - AsciiDoc: https://docs.asciidoctor.org/asciidoc/latest/
 */
#include "extractors/text/asciidoc.h"

#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/common/description.h"
#include "extractors/extractors.h"

#define RULE_BYTES_MAX 80u

static int asciidoc_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "text/asciidoc") == 0 ? 95 : 0;
}

static void open_block(struct markup *markup, enum block_kind kind, unsigned level, unsigned flags)
{
    asciidoc_flush(markup);
    markup_open(markup, kind, level, flags);
}

static void write_block(struct markup *markup, enum block_kind kind, unsigned level,
                        struct span words)
{
    open_block(markup, kind, level, 0);
    markup_add(markup, words);
    asciidoc_flush(markup);
}

/* A line of words; " +" at its end keeps it a line. */
static void add_line(struct markup *markup, struct span words)
{
    bool is_kept =
        words.len > 2 && words.data[words.len - 1] == '+' && words.data[words.len - 2] == ' ';

    if (is_kept)
        words = markup_trim((struct span){ words.data, words.len - 1 });
    markup_add(markup, words);
    if (is_kept)
        buf_append_char(&markup->pending, ASCIIDOC_BREAK);
}

/* ---- the document and its attributes ---- */

static void write_heading(struct markup *markup, unsigned level, struct span words)
{
    struct asciidoc *state = markup->user;

    state->is_header = level == 1 && writer_block_count(markup->writer) == 0;
    if (level == 1)
        writer_metadata(markup->writer, "title", words);
    state->list_count = 0;
    write_block(markup, BLOCK_HEADING, level, words);
}

static bool asciidoc_heading(struct markup *markup, const struct text_line *line, struct span words)
{
    unsigned level = 0;

    while (level < words.len && (words.data[level] == '=' || words.data[level] == '#') &&
           words.data[level] == words.data[0])
        level++;
    if (line->indent > 0 || level == 0 || level > 6 || level >= words.len ||
        words.data[level] != ' ')
        return false;
    write_heading(markup, level, markup_trim(markup_from(words, level)));
    return true;
}

/* "Title" and "=====" below it, as the first AsciiDoc had them. */
static bool asciidoc_old_heading(struct markup *markup, const struct text_line *line,
                                 struct span words)
{
    static const char marks[] = "=-~^+";
    struct text_line next;
    struct span rule;
    size_t length = utf8_length(words);

    if (line->indent > 0 || markup->pending.len > 0 || !isalnum((unsigned char)words.data[0]) ||
        !markup_peek(markup, &next) || next.is_blank || next.indent > 0)
        return false;
    rule = markup_words(markup, &next);
    if (rule.len < 3 || !text_rule_of(rule, marks) || memchr(rule.data, ' ', rule.len) ||
        rule.len + 2 < length || rule.len > length + 2)
        return false;
    markup->at = next.next;
    write_heading(markup, (unsigned)(strchr(marks, rule.data[0]) - marks) + 1, words);
    return true;
}

/* ":name: value", ":!name:" */
static bool asciidoc_setting(struct markup *markup, struct span words)
{
    static const char *const told[] = { "author", "description", "keywords", "date" };
    struct asciidoc *state = markup->user;
    size_t end = words.len > 2 && words.data[0] == ':' ? markup_find(words, 1, ":") : words.len;
    struct span name, value;

    if (end >= words.len || end < 2 || memchr(words.data, ' ', end) ||
        (end + 1 < words.len && words.data[end + 1] != ' '))
        return false;
    name = (struct span){ words.data + 1, end - 1 };
    value = markup_trim(markup_from(words, end + 1));
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
        if (name.len == strlen(told[i]) && markup_starts(name, told[i]) &&
            !(i == 0 && state->has_author))
            writer_metadata(markup->writer, told[i], value);
    if (state->attribute_count < ASCIIDOC_ATTRIBUTES_MAX)
        state->attributes[state->attribute_count++] = (struct asciidoc_attribute){ name, value };
    return true;
}

/* Behind the title: "Ann Lee <ann@example.org>; Bob", then "v1.2, 2024-03-01: remark". */
static void asciidoc_header_line(struct markup *markup, struct span words)
{
    struct asciidoc *state = markup->user;
    bool is_revision =
        words.len > 1 && (isdigit((unsigned char)words.data[0]) ||
                          (words.data[0] == 'v' && isdigit((unsigned char)words.data[1])));

    for (size_t at = 0; !is_revision && at < words.len;) {
        struct span author = markup_from(words, at);

        author.len = markup_find(author, 0, ";");
        at += author.len + 1;
        author.len = markup_find(author, 0, "<");
        state->has_author = true;
        writer_metadata(markup->writer, "author", markup_trim(author));
    }
    write_block(markup, BLOCK_PARAGRAPH, 0, words);
}

/* "[[name]]" alone in its line. */
static bool is_anchor(struct span words)
{
    return markup_starts(words, "[[") && !markup_starts(words, "[[[") &&
           markup_find(words, 0, "]]") + 2 == words.len;
}

/* Lines that say something about the document, not in it. */
static bool asciidoc_silent(struct markup *markup, struct span words)
{
    return (markup_starts(words, "//") && !markup_starts(words, "////")) ||
           markup_starts(words, "include::") || markup_starts(words, "ifdef::") ||
           markup_starts(words, "ifndef::") || markup_starts(words, "ifeval::") ||
           markup_starts(words, "endif::") || markup_starts(words, "toc::") || is_anchor(words) ||
           markup_starts(words, "'''") || markup_starts(words, "<<<") ||
           asciidoc_setting(markup, words);
}

/* "[source,ruby]", "[quote, Someone]", "[%header,cols=2]" */
static bool asciidoc_attributes(struct asciidoc *state, struct span words)
{
    struct span inside;
    size_t comma;

    if (words.len < 2 || words.data[0] != '[' || words.data[words.len - 1] != ']')
        return false;
    inside = (struct span){ words.data + 1, words.len - 2 };
    state->style = inside;
    state->is_source = markup_starts(inside, "source") || markup_starts(inside, ",");
    state->is_verse = markup_starts(inside, "verse");
    state->is_quote = markup_starts(inside, "quote") || state->is_verse;
    comma = markup_find(inside, 0, ",");
    if (state->is_source && comma < inside.len) {
        state->language = markup_trim(markup_from(inside, comma + 1));
        state->language.len = markup_find(state->language, 0, ",");
    }
    return true;
}

static void forget_style(struct asciidoc *state)
{
    state->style = state->language = (struct span){ "", 0 };
    state->is_source = state->is_quote = state->is_verse = false;
}

/* ---- blocks between lines of marks ---- */

/* "[quote, Someone, In a book]": who said it. */
static void put_attribution(struct markup *markup, struct span style)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(EXTRACTION_MADE_BYTES_MAX);
    struct span who = markup_trim(markup_from(style, markup_find(style, 0, ",") + 1));

    if (who.len == 0 || markup_find(style, 0, ",") == style.len)
        return;
    buf_append(&words, "\xE2\x80\x94 ", 4);
    buf_append(&words, who.data, who.len);
    write_block(markup, BLOCK_QUOTE, 1, buf_span(&words));
}

/* Paragraphs; of a verse each line stays one. */
static void put_quote(struct markup *markup, struct span lines, bool is_verse)
{
    for (size_t at = 0; at < lines.len;) {
        struct text_line line = text_line_at(lines, at);

        at = line.next;
        if (line.is_blank) {
            asciidoc_flush(markup);
            continue;
        }
        if (markup->pending.len == 0)
            open_block(markup, BLOCK_QUOTE, 1, 0);
        else if (is_verse)
            buf_append_char(&markup->pending, ASCIIDOC_BREAK);
        add_line(markup, text_line_words(lines, &line));
    }
    asciidoc_flush(markup);
}

static bool is_formula(struct span style)
{
    return markup_starts(style, "stem") || markup_starts(style, "latexmath") ||
           markup_starts(style, "asciimath");
}

/* As it stands: what it is written in is not told with it. */
static void write_formula(struct markup *markup, struct span lines)
{
    writer_begin(markup->writer, BLOCK_PARAGRAPH, 0);
    (void)writer_emphasis(markup->writer, 1u << EMPHASIS_FORMULA);
    writer_text(markup->writer, lines);
    (void)writer_emphasis(markup->writer, 0);
    writer_end(markup->writer);
}

static bool is_delimiter(struct span words)
{
    return markup_starts(words, "|===") || markup_starts(words, "```") ||
           (words.len >= 4 && words.len < RULE_BYTES_MAX && text_rule_of(words, "-._=*+/") &&
            !memchr(words.data, ' ', words.len));
}

/* "----", "....", "====" ...: what they hold. */
static bool asciidoc_delimited(struct markup *markup, struct span words)
{
    struct asciidoc *state = markup->user;
    char mark[RULE_BYTES_MAX];
    struct span lines;

    if (words.len == 2 && markup_starts(words, "--")) {
        asciidoc_flush(markup); /* an open block, which comes as it is */
        return true;
    }
    if (!is_delimiter(words))
        return false;
    asciidoc_flush(markup);
    if (markup_starts(words, "|===")) {
        asciidoc_table(markup);
    } else if (markup_starts(words, "```")) {
        markup_code(markup, markup_from(words, 3), markup_until(markup, "```", true));
    } else if (strchr("-.+/_", words.data[0])) {
        memcpy(mark, words.data, words.len);
        mark[words.len] = '\0';
        lines = markup_until(markup, mark, false);
        if (words.data[0] == '_' || (state->is_verse && words.data[0] == '-')) {
            put_quote(markup, lines, state->is_verse);
            put_attribution(markup, state->style);
        } else if (words.data[0] == '-' || words.data[0] == '.') {
            markup_code(markup, state->language, lines);
        } else if (words.data[0] == '+' && is_formula(state->style)) {
            write_formula(markup, markup_trim(lines));
        }
    } else { /* "====" and "****" hold blocks, which come as they are */
        return true;
    }
    forget_style(state);
    return true;
}

/* ---- lists ---- */

/* The depth of an item with that mark, repeated so many times: the list it is in, or a new one in
 * the innermost. */
static unsigned list_depth(struct asciidoc *state, char mark, size_t length)
{
    for (unsigned i = 0; i < state->list_count; i++)
        if (state->list_marks[i] == mark && state->list_lengths[i] == length) {
            state->list_count = i + 1;
            return i + 1;
        }
    if (state->list_count < ASCIIDOC_LISTS_MAX) {
        state->list_marks[state->list_count] = mark;
        state->list_lengths[state->list_count++] = (uint8_t)length;
    }
    return state->list_count;
}

/* "** a", ".. a", "- a", "3. a", "<1> a" */
static bool asciidoc_item(struct markup *markup, struct span words)
{
    struct asciidoc *state = markup->user;
    struct span number = { "", 0 };
    size_t i = 0, start;
    char mark = words.data[0];

    while (i < words.len && i < 6 && strchr("*.-", words.data[0]) && words.data[i] == words.data[0])
        i++;
    if (i == 0) {
        start = mark == '<';
        for (i = start; i < words.len && isdigit((unsigned char)words.data[i]);)
            i++;
        number = (struct span){ words.data + start, i - start };
        if (i == start || i >= words.len || words.data[i] != (start ? '>' : '.'))
            return false;
        i++;
        mark = start ? '<' : '1';
    }
    if (i >= words.len || words.data[i] != ' ' || (mark == '-' && i > 1))
        return false;
    asciidoc_flush(markup);
    markup_open(markup, BLOCK_LIST_ITEM, list_depth(state, mark, strchr("*.", mark) ? i : 1),
                mark == '*' || mark == '-' ? 0u : (unsigned)BLOCK_ORDERED);
    markup->label = number;
    state->is_attached = state->is_defined = false;
    add_line(markup, markup_trim(markup_from(words, i)));
    return true;
}

/* "Term::", "Term::: what it means" */
static bool asciidoc_term(struct markup *markup, struct span words)
{
    struct asciidoc *state = markup->user;
    size_t end = markup_find(words, 0, "::"), behind = end;

    while (behind < words.len && words.data[behind] == ':')
        behind++;
    if (end == words.len || end == 0 || behind - end > 4 ||
        (behind < words.len && words.data[behind] != ' '))
        return false;
    write_block(markup, BLOCK_TERM, 0, (struct span){ words.data, end });
    state->list_count = 0;
    words = markup_trim(markup_from(words, behind));
    state->is_defined = words.len == 0;
    if (words.len > 0)
        add_line(markup, words);
    return true;
}

/* ---- lines ---- */

static void asciidoc_picture(struct markup *markup, struct span words)
{
    size_t open = markup_find(words, 0, "[");
    struct span inside = markup_from(words, open + 1), alt;

    inside.len = markup_find(inside, 0, "]");
    alt = asciidoc_option(inside, "alt");
    if (!alt.data) {
        alt = (struct span){ inside.data, markup_find(inside, 0, ",") };
        if (memchr(alt.data, '=', alt.len))
            alt.len = 0;
    }
    if (alt.len > 1 && alt.data[0] == '"')
        alt = (struct span){ alt.data + 1, alt.len - 2 };
    alt = picture_description(alt);
    if (alt.len > 0)
        write_block(markup, BLOCK_CAPTION, 0, alt);
}

/* "NOTE", "WARNING" ... in front of the block that they are said of */
static bool is_admonition(struct span style)
{
    static const char *const names[] = { "NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (style.len == strlen(names[i]) && markup_starts(style, names[i]))
            return true;
    return false;
}

/* Opens the block that a line of words begins. */
static void asciidoc_begin(struct markup *markup)
{
    struct asciidoc *state = markup->user;

    if (state->is_quote) {
        open_block(markup, BLOCK_QUOTE, 1, 0);
        state->quoted = state->style;
    } else if (state->is_attached && state->list_count > 0) {
        open_block(markup, BLOCK_LIST_ITEM, state->list_count, BLOCK_CONTINUES);
    } else if (!state->is_defined && !state->is_attached) {
        state->list_count = 0;
    }
    if (is_admonition(state->style)) { /* as it is said in a line: "NOTE: ..." */
        buf_append(&markup->pending, state->style.data, state->style.len);
        buf_append(&markup->pending, ": ", 2);
    }
    state->is_attached = state->is_defined = false;
}

static void asciidoc_words_line(struct markup *markup, const struct text_line *line,
                                struct span words)
{
    struct asciidoc *state = markup->user;

    if (line->indent > 0 && markup->pending.len == 0 && !state->is_defined) {
        size_t start = line->start - line->indent;
        struct text_line next;

        while (markup_peek(markup, &next) && !next.is_blank)
            markup->at = next.next;
        markup_code(markup, (struct span){ "", 0 },
                    (struct span){ markup->text.data + start, markup->at - start });
        return;
    }
    if (markup->pending.len == 0)
        asciidoc_begin(markup);
    else if (state->is_verse)
        buf_append_char(&markup->pending, ASCIIDOC_BREAK);
    add_line(markup, words);
    if (!state->is_verse)
        forget_style(state);
}

static void asciidoc_line(struct markup *markup, const struct text_line *line)
{
    struct asciidoc *state = markup->user;
    struct span words = markup_words(markup, line);

    if (words.len == 1 && words.data[0] == '+') {
        asciidoc_flush(markup);
        state->is_attached = true;
        return;
    }
    if (asciidoc_silent(markup, words) || asciidoc_heading(markup, line, words) ||
        asciidoc_old_heading(markup, line, words) || asciidoc_delimited(markup, words))
        return;
    if (state->is_header) {
        asciidoc_header_line(markup, words);
        return;
    }
    if (markup->pending.len == 0 && asciidoc_attributes(state, words))
        return;
    if (markup_starts(words, "image::")) {
        asciidoc_flush(markup);
        asciidoc_picture(markup, words);
    } else if (markup_starts(words, "video::") || markup_starts(words, "audio::")) {
        asciidoc_flush(markup);
    } else if (words.data[0] == '.' && words.len > 1 && words.data[1] != '.' &&
               !isspace((unsigned char)words.data[1])) {
        write_block(markup, BLOCK_CAPTION, 0, markup_from(words, 1));
    } else if (!asciidoc_item(markup, words) && !asciidoc_term(markup, words)) {
        asciidoc_words_line(markup, line, words);
    }
}

static void end_paragraph(struct markup *markup)
{
    struct asciidoc *state = markup->user;
    struct span quoted = state->quoted;

    if (state->is_verse && markup->pending.len > 0)
        forget_style(state);
    asciidoc_flush(markup);
    state->quoted = (struct span){ "", 0 };
    state->is_header = false;
    put_attribution(markup, quoted);
}

static void asciidoc_format(struct markup *markup)
{
    struct asciidoc state = { .style = { "", 0 } };
    struct text_line line;

    markup->user = &state;
    while (markup_next(markup, &line)) {
        if (line.is_blank)
            end_paragraph(markup);
        else
            asciidoc_line(markup, &line);
    }
    end_paragraph(markup);
}

static enum status asciidoc_extract(const struct source *source, struct writer *writer,
                                    struct error *err)
{
    return markup_run(source, writer, &asciidoc_syntax, asciidoc_format, err);
}

const struct extractor asciidoc_extractor = {
    .name = "asciidoc",
    .version = 5,
    .bid = asciidoc_bid,
    .extract = asciidoc_extract,
};
