/*
 * rst.c - reStructuredText: https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/extractors.h"
#include "extractors/text/rst.h"
#include "extractors/text/rst_table.h"

#define NEST_MAX 8u

/* Where the text at hand stands. */
struct place {
    unsigned base;   /* the indent of its first line */
    unsigned indent; /* of the block that is pending */
    unsigned owner;  /* the indent of the term or field that what is further in belongs to */
    bool has_owner;
};

static void rst_body(struct markup *markup);

static int rst_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "text/x-rst") == 0 ? 95 : 0;
}

/* ---- titles ---- */

#define RST_MARKS "=-`:.'\"~^_*+#<>!$%&(),/;?@[]{|}\\"

static unsigned style_level(struct rst_styles *styles, char mark, bool is_over)
{
    for (unsigned i = 0; i < styles->count; i++)
        if (styles->marks[i] == mark && styles->is_over[i] == is_over)
            return i + 1;
    if (styles->count < RST_STYLES_MAX) {
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

/* ---- what begins with ".." ---- */

void rst_nested(struct markup *markup, struct span content)
{
    struct rst *rst = markup->user;
    struct span outer = markup->text;
    size_t at = markup->at;

    markup_turn_to(markup, content, 0);
    if (rst->nest < NEST_MAX) {
        rst->nest++;
        rst_body(markup);
        rst->nest--;
    } else { /* its words at least */
        markup_add(markup, markup_trim(content));
    }
    markup_flush(markup);
    markup_turn_to(markup, outer, at);
}

/* Ends the lists that nothing at that indent belongs to. */
static void leave_lists(struct markup *markup, unsigned indent)
{
    while (markup->list_depth > 0 && markup->list_indents[markup->list_depth - 1] >= indent)
        markup->list_depth--;
}

static void rst_note(struct markup *markup, struct span rest, struct span content)
{
    struct rst *rst = markup->user;
    size_t end = markup_find(rest, 0, "]");
    char number[24];

    writer_begin(markup->writer, BLOCK_FOOTNOTE, 0);
    writer_label(
        markup->writer,
        rst_note_label((struct span){ rest.data + 1, end > 0 ? end - 1 : 0 }, &rst->notes, number));
    markup_inline(markup, markup_trim(markup_from(rest, end + 1)));
    writer_text(markup->writer, (struct span){ " ", 1 });
    markup_inline(markup, markup_trim(content));
    writer_end(markup->writer);
}

/* A line that begins with ".. ": a directive, a footnote, a target or a comment. */
static void rst_explicit(struct markup *markup, const struct text_line *line, struct span words)
{
    struct span rest = markup_trim(markup_from(words, 2)), content;
    size_t colons = markup_find(rest, 0, "::");
    struct text_line next;

    markup_flush(markup);
    leave_lists(markup, line->indent);
    /* "Empty comments" end what is above them, and take nothing of what is below. */
    if (rest.len == 0 && markup_peek(markup, &next) && next.is_blank)
        return;
    content = markup_indented(markup, line->indent);
    if (markup_starts(rest, "["))
        rst_note(markup, rest, content);
    else if (colons < rest.len && colons > 0 && rest.data[0] != '_' && rest.data[0] != '|' &&
             !memchr(rest.data, ' ', colons))
        rst_directive(markup, (struct span){ rest.data, colons },
                      markup_trim(markup_from(rest, colons + 2)), content);
}

/* ---- the body ---- */

/* ":name: value", also with the value on the lines below; a name alone (":orphan:") is a setting.
 */
static bool rst_field(struct markup *markup, const struct text_line *line, struct span words)
{
    struct text_line next;
    size_t end = words.len > 2 && words.data[0] == ':' ? markup_find(words, 1, ": ") : words.len;

    if (end >= words.len && words.len > 2 && words.data[0] == ':' &&
        words.data[words.len - 1] == ':')
        end = words.len - 1;
    if (end >= words.len || end > 60 || words.data[1] == ' ' || memchr(words.data, '`', end))
        return false;
    if (end + 1 == words.len &&
        (!markup_peek(markup, &next) || next.is_blank || next.indent <= line->indent)) {
        markup_flush(markup);
        return true;
    }
    markup_open(markup, BLOCK_FIELD, 0, 0);
    markup_add(markup, markup_from(words, 1));
    return true;
}

/* A field right below the title is of the document: ":Author: Ann Lee". */
static void put_docinfo(struct markup *markup, struct span words)
{
    static const char *const told[] = { "author", "date", "version", "copyright" };
    size_t end = markup_find(words, 1, ":");
    struct span name = { words.data + 1, end - 1 },
                value = markup_trim(markup_from(words, end + 1));

    for (size_t i = 0; value.len > 0 && i < sizeof(told) / sizeof(told[0]); i++)
        if (name.len == strlen(told[i]) && strncasecmp(name.data, told[i], name.len) == 0)
            writer_metadata(markup->writer, told[i], value);
}

static bool is_roman(struct span words, size_t start, size_t end)
{
    const char *digits = isupper((unsigned char)words.data[start]) ? "IVXLCDM" : "ivxlcdm";

    for (size_t i = start; i < end; i++)
        if (!strchr(digits, words.data[i]) || !words.data[i])
            return false;
    return end > start && end - start <= 7;
}

/* "A.", "iv.", "(d)", "#)", "(#)": bytes with the blanks behind; 0: it is none. */
static size_t rst_lettered(struct span words)
{
    bool is_open = words.len > 0 && words.data[0] == '(';
    size_t start = is_open, end = start;

    if (end < words.len && words.data[end] == '#')
        end++;
    else
        while (end < words.len && isalpha((unsigned char)words.data[end]))
            end++;
    if (end == start || end + 1 >= words.len || words.data[end + 1] != ' ' ||
        (words.data[end] != ')' && (is_open || words.data[end] != '.')) ||
        (end - start > 1 && !is_roman(words, start, end)))
        return 0;
    for (end++; end < words.len && words.data[end] == ' ';)
        end++;
    return end < words.len ? end : 0;
}

/* Whether the line behind a lettered mark lets it be one: "A. Lincoln was" on one line of several
 * begins a sentence. */
static bool may_be_lettered(struct markup *markup, const struct text_line *line)
{
    struct text_line next;

    if (!markup_peek(markup, &next) || next.is_blank || next.indent != line->indent)
        return true;
    return rst_lettered(markup_words(markup, &next)) > 0;
}

static bool is_decimal(struct span words)
{
    size_t start = words.len > 1 && words.data[0] == '(';

    return start < words.len && isdigit((unsigned char)words.data[start]);
}

/* An item: its number is told where it only counts ("3."), else its mark is among its words. */
static bool rst_item(struct markup *markup, struct place *place, const struct text_line *line,
                     struct span words)
{
    bool is_ordered = false, goes_on;
    size_t mark = text_list_mark(words, &is_ordered), start, digits;
    unsigned depth;

    if (is_ordered && !is_decimal(words))
        mark = 0; /* the letters there are of any text, these are of this format */
    if (mark == 0)
        mark = may_be_lettered(markup, line) ? rst_lettered(words) : 0;
    /* A paragraph goes on up to an empty line, whatever its lines begin with. */
    goes_on = markup->pending.len > 0 && line->indent <= place->indent &&
              (markup->kind == BLOCK_PARAGRAPH || markup->kind == BLOCK_QUOTE ||
               (markup->flags & BLOCK_CONTINUES) != 0);
    if (mark == 0 || goes_on)
        return false;
    start = digits = words.data[0] == '(';
    while (digits < words.len && isdigit((unsigned char)words.data[digits]))
        digits++;
    depth = markup_list_depth(markup, line->indent);
    if (digits > start) {
        markup_open(markup, BLOCK_LIST_ITEM, depth, BLOCK_ORDERED);
        markup->label = (struct span){ words.data + start, digits - start };
    } else if (memchr(words.data, '#', mark)) {
        markup_open(markup, BLOCK_LIST_ITEM, depth, BLOCK_ORDERED);
    } else {
        bool is_bullet = !isalpha((unsigned char)words.data[0]) && words.data[0] != '(';

        markup_open(markup, BLOCK_LIST_ITEM, depth, 0);
        mark = is_bullet ? mark : 0;
    }
    markup_add(markup, markup_from(words, mark));
    place->indent = line->indent;
    return true;
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

/* "| words", "|": a line of a line block. What is indented below goes on with it. */
static bool rst_kept_line(struct markup *markup, struct span words)
{
    if (!markup_starts(words, "| ") && (words.len != 1 || words.data[0] != '|'))
        return false;
    if (markup->pending.len > 0)
        buf_append_char(&markup->pending, '\v');
    words = markup_trim(markup_from(words, 1));
    if (words.len > 0)
        markup_add(markup, words);
    return true;
}

/* Opens the block that the line begins. */
static void rst_begin(struct markup *markup, struct place *place, const struct text_line *line,
                      struct span words)
{
    struct text_line next;
    bool is_term = markup_peek(markup, &next) && !next.is_blank && next.indent > line->indent &&
                   words.data[0] != '|';

    leave_lists(markup, line->indent);
    if (place->has_owner && line->indent <= place->owner)
        place->has_owner = false;
    if (is_term) {
        markup_open(markup, BLOCK_TERM, 0, 0);
        if (!place->has_owner)
            place->owner = line->indent;
        place->has_owner = true;
    } else if (markup->list_depth > 0) {
        markup_open(markup, BLOCK_LIST_ITEM, markup->list_depth, BLOCK_CONTINUES);
    } else if (line->indent > place->base && !place->has_owner) {
        markup_open(markup, BLOCK_QUOTE, 1, 0);
    }
    place->indent = line->indent;
}

static void rst_text(struct markup *markup, struct place *place, const struct text_line *line,
                     struct span words)
{
    if (markup->pending.len == 0) {
        rst_begin(markup, place, line, words);
    } else if (markup->kind == BLOCK_TERM && line->indent > place->indent) {
        markup_open(markup, BLOCK_PARAGRAPH, 0, 0);
        place->indent = line->indent;
    }
    if (!rst_kept_line(markup, words))
        markup_add(markup, words);
}

/* "-v, --verbose  words": an option of a program and what it does. */
static bool rst_option(struct markup *markup, struct place *place, const struct text_line *line,
                       struct span words)
{
    size_t end = markup_find(words, 0, "  ");

    if (words.len < 2 || words.data[0] != '-' || isspace((unsigned char)words.data[1]) ||
        end == words.len || (markup->pending.len > 0 && line->indent > place->indent))
        return false;
    markup_block(markup, BLOCK_TERM, 0, (struct span){ words.data, end });
    markup_open(markup, BLOCK_PARAGRAPH, 0, 0);
    markup_add(markup, markup_trim(markup_from(words, end)));
    place->indent = place->owner = line->indent;
    place->has_owner = true;
    return true;
}

static void rst_prompt(struct markup *markup, const struct text_line *line)
{
    size_t start = line->start;
    struct text_line next;

    while (markup_peek(markup, &next) && !next.is_blank)
        markup->at = next.next;
    markup_code(markup, (struct span){ "python", 6 },
                (struct span){ markup->text.data + start, markup->at - start });
}

static void rst_line(struct markup *markup, struct place *place, const struct text_line *line)
{
    struct rst *rst = markup->user;
    struct span words = markup_words(markup, line);

    if (rst_title(markup, &rst->styles, line)) {
        markup->list_depth = 0;
        place->has_owner = false;
    } else if (markup_starts(words, "..") && (words.len == 2 || words.data[2] == ' ')) {
        rst_explicit(markup, line, words);
    } else if (markup_starts(words, "__ ") || rst_table(markup, line) ||
               (text_rule_of(words, RST_MARKS) && words.len >= 4 && markup->pending.len == 0)) {
        return;
    } else if (markup_starts(words, ">>> ") && markup->pending.len == 0) {
        rst_prompt(markup, line);
    } else if (rst_field(markup, line, words)) {
        if (!rst->has_body && rst->nest == 0)
            put_docinfo(markup, words);
        place->indent = place->owner = line->indent;
        place->has_owner = true;
    } else if (!rst_option(markup, place, line, words) && !rst_item(markup, place, line, words)) {
        /* What stands more to the right goes on with a field. */
        rst->has_body |= line->indent <= place->base;
        rst_text(markup, place, line, words);
    } else {
        rst->has_body = true;
    }
}

static void rst_body(struct markup *markup)
{
    struct place place = { .base = UINT32_MAX };
    struct text_line line;

    while (markup_next(markup, &line)) {
        if (!line.is_blank && place.base == UINT32_MAX)
            place.base = place.indent = line.indent;
        if (line.is_blank)
            rst_end_paragraph(markup, place.indent);
        else
            rst_line(markup, &place, &line);
    }
    rst_end_paragraph(markup, place.indent);
}

static void rst_release(struct rst *rst)
{
    rst_links_release(&rst->links);
}

static void rst_format(struct markup *markup)
{
    CLEANUP(rst_release) struct rst rst = { .nest = 0 };

    rst_links_collect(&rst.links, markup->text);
    markup->user = &rst;
    rst_body(markup);
    markup_flush(markup);
}

static enum status rst_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    return markup_run(source, writer, &rst_syntax, rst_format, err);
}

const struct extractor rst_extractor = {
    .name = "rst",
    .version = 7,
    .bid = rst_bid,
    .extract = rst_extract,
};
