/*
 * text.c - plain text: the text is the file itself.
 *
 * Lines between empty lines are a group. What a group is shows in its lines: a heading (underlined,
 * numbered, in capitals), a list, a quote, something drawn with characters, or a paragraph. One
 * pass; no line is looked at more than a few times.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "extractors/common/charset.h"
#include "extractors/container/openpgp.h"
#include "extractors/extractors.h"
#include "extractors/text/text_lines.h"

#define HEADING_BYTES_MAX     100u
#define PROSE_PERCENT         94u /* of it letters and blanks */
#define PROSE_BYTES_MIN       16u
#define LONG_LINE_BYTES       160u /* nobody wraps there: the line is a paragraph */
#define FULL_LINE_BYTES       56u
#define GROUP_LINES_MAX       4096u
#define ARMOUR_LINES_MAX      4096u
#define ARMOUR_LINE_BYTES_MAX 200u
#define CODE_INDENT           4u
#define LIST_DEPTH_MAX        12u

struct text {
    struct span bytes;
    struct writer *writer;
    struct text_line *lines; /* of the group */
    size_t line_count, line_capacity;
    unsigned body_indent; /* of the paragraphs so far */
    bool has_paragraph;
    bool was_set_in; /* the group before was sentences, further in than the paragraphs */
    bool is_list_open;
    unsigned list_indents[LIST_DEPTH_MAX];
    unsigned list_depth;
};

static int text_bid(const struct bid_input *input)
{
    if (strcmp(input->media_type, "text/rtf") == 0)
        return 0;
    /* Content says text, whatever the name says: more than any bid by name alone. */
    if (strcmp(input->media_type, "text/plain") == 0)
        return 75;
    if (strncmp(input->media_type, "text/", 5) == 0)
        return 10;
    /* Any other kind of text that nobody knows better. */
    return charset_is_text(input->head) && strncmp(input->media_type, "image/", 6) != 0 ? 5 : 0;
}

static struct span words_of(const struct text *text, size_t line)
{
    return text_line_words(text->bytes, &text->lines[line]);
}

static void write_lines(struct text *text, enum block_kind kind, unsigned level, size_t first,
                        size_t end)
{
    if (end > first)
        writer_span(text->writer, kind, level, text->lines[first].start, text->lines[end - 1].end);
}

/* ---- headings ---- */

static bool ends_sentence(struct span words)
{
    return words.len > 0 && strchr(".,;!", words.data[words.len - 1]) != NULL;
}

/* "Title" over "=====" that is about as long. */
static unsigned underlined_level(const struct text *text, size_t line)
{
    struct span title, rule;
    char mark;

    if (line + 1 >= text->line_count)
        return 0;
    title = words_of(text, line);
    rule = words_of(text, line + 1);
    mark = text_rule_of(rule, "=-~^#*");
    if (!mark || title.len > HEADING_BYTES_MAX || text_rule_of(title, "=-~^#*+|") ||
        memchr(rule.data, ' ', rule.len))
        return 0;
    if ((rule.len * 2 < title.len && !(mark == '=' && text->line_count == 2)) ||
        (rule.len > title.len + 40 && rule.len > 3 * title.len))
        return 0;
    return strchr("=#*", mark) ? 1 : mark == '-' ? 2 : 3;
}

/* The same with such a rule above it, too. */
static unsigned overlined_level(const struct text *text, size_t line)
{
    char mark = text_rule_of(words_of(text, line), "=-~^#*+");
    struct span title;

    if (!mark || line + 2 >= text->line_count ||
        text_rule_of(words_of(text, line + 2), "=-~^#*+") != mark)
        return 0;
    title = words_of(text, line + 1);
    if (title.len > HEADING_BYTES_MAX || text_rule_of(title, "=-~^#*+|") ||
        words_of(text, line).len * 2 < title.len || strchr("*|+", title.data[0]))
        return 0;
    return strchr("=#*+", mark) ? 1 : mark == '-' ? 2 : 3;
}

/* "== Plot ==": the line is written as one heading, marks and all, as in Markdown's "# Plot". */
static unsigned marked_level(const struct text *text, size_t line)
{
    struct span words = words_of(text, line);

    return words.len <= HEADING_BYTES_MAX ? text_wiki_heading(words, NULL) : 0;
}

/* Numbered lines with empty lines between are a list, and the first of them is no heading. */
static bool is_followed_by_number(const struct text *text)
{
    size_t at = text->lines[text->line_count - 1].next;

    while (at < text->bytes.len) {
        struct text_line line = text_line_at(text->bytes, at);
        bool is_ordered;

        if (!line.is_blank)
            return text_list_mark(text_line_words(text->bytes, &line), &is_ordered) > 0 &&
                   is_ordered;
        at = line.next;
    }
    return false;
}

/* A group of one line that reads like the name of what follows. */
static unsigned lone_level(const struct text *text, bool is_last)
{
    struct span words = words_of(text, 0);
    unsigned depth;
    size_t marks = 0;

    if (words.len > HEADING_BYTES_MAX || is_last)
        return 0;
    while (marks < words.len && words.data[marks] == '#')
        marks++;
    if (marks > 0 && marks <= 6 && marks < words.len && words.data[marks] == ' ')
        return (unsigned)marks;
    if (marked_level(text, 0) > 0)
        return marked_level(text, 0);
    if (ends_sentence(words))
        return 0;
    depth = text_heading_number(words);
    if (depth > 0 && !(depth == 1 && is_followed_by_number(text)))
        return depth > 6 ? 6 : depth;
    return text_is_capitals(words) && text->lines[0].indent < 40 ? 1 : 0;
}

/* ---- lists ---- */

static unsigned depth_of_item(struct text *text, unsigned indent)
{
    while (text->list_depth > 0 && text->list_indents[text->list_depth - 1] > indent + 1)
        text->list_depth--;
    if ((text->list_depth == 0 || indent > text->list_indents[text->list_depth - 1] + 1) &&
        text->list_depth < LIST_DEPTH_MAX)
        text->list_indents[text->list_depth++] = indent;
    return text->list_depth;
}

static bool is_item(const struct text *text, size_t line, bool *is_ordered)
{
    return text_list_mark(words_of(text, line), is_ordered) > 0;
}

/* "- words that go on
 * in the next line": the line before is full, and no sentence begins. */
static bool is_wrapped_on(const struct text *text, size_t line)
{
    const struct text_line *before = &text->lines[line - 1];

    return before->end - before->start >= FULL_LINE_BYTES &&
           islower((unsigned char)text->bytes.data[text->lines[line].start]);
}

/* Each item goes on until the next mark, or a line that stands further left than its words. */
static size_t write_item(struct text *text, size_t first)
{
    bool is_ordered, is_next_ordered;
    unsigned indent = text->lines[first].indent;
    size_t end = first + 1;

    (void)is_item(text, first, &is_ordered);
    while (end < text->line_count && !is_item(text, end, &is_next_ordered) &&
           (text->lines[end].indent > indent ||
            (text->lines[end].indent == indent &&
             ((end == first + 1 && indent > 0) || is_wrapped_on(text, end)))))
        end++;
    write_lines(text, BLOCK_LIST_ITEM, depth_of_item(text, indent), first, end);
    writer_flags(text->writer, is_ordered ? (unsigned)BLOCK_ORDERED : 0u);
    text->is_list_open = true;
    return end;
}

/* ---- the others ---- */

static unsigned quote_depth(struct span words)
{
    unsigned depth = 0;

    for (size_t i = 0; i < words.len && (words.data[i] == '>' || words.data[i] == ' '); i++)
        depth += words.data[i] == '>';
    return depth;
}

static size_t write_quote(struct text *text, size_t first)
{
    unsigned depth = quote_depth(words_of(text, first));
    size_t end = first + 1;

    while (end < text->line_count && quote_depth(words_of(text, end)) == depth)
        end++;
    write_lines(text, BLOCK_QUOTE, depth, first, end);
    return end;
}

/* Sentences: letters and blanks, from a capital to a stop. */
static bool is_prose(const struct text *text)
{
    struct span words = { "", 0 };
    size_t letters = 0, all = 0;

    for (size_t i = 0; i < text->line_count; i++) {
        words = words_of(text, i);
        for (size_t k = 0; k < words.len; k++)
            letters += isalpha((unsigned char)words.data[k]) ||
                       (unsigned char)words.data[k] >= 0x80 || words.data[k] == ' ';
        all += words.len;
    }
    if (words.len == 0 || !strchr(".:!?", words.data[words.len - 1]) ||
        letters * 100 < all * PROSE_PERCENT || all < PROSE_BYTES_MIN)
        return false;
    words = words_of(text, 0);
    return isupper((unsigned char)words.data[0]) || (unsigned char)words.data[0] >= 0x80;
}

/* "\t* file.c: what was changed" below the first lines of a log of changes. */
static bool has_items(const struct text *text)
{
    for (size_t i = 0; i < text->line_count; i++) {
        struct span words = words_of(text, i);

        if (words.len > 4 && strchr("*-", words.data[0]) && words.data[1] == ' ' &&
            isalnum((unsigned char)words.data[2]) && text->lines[i].indent == text->lines[0].indent)
            return true;
    }
    return false;
}

/* Indented further than the paragraphs are, and not only its first line. */
static bool is_indented_block(const struct text *text)
{
    unsigned base = text->has_paragraph ? text->body_indent : 0;

    if (is_prose(text) || has_items(text))
        return false;

    for (size_t i = 0; i < text->line_count; i++)
        if (text->lines[i].indent < base + CODE_INDENT)
            return false;
    return text->has_paragraph && !text->is_list_open;
}

static bool is_drawn_block(const struct text *text)
{
    size_t drawn = 0;

    for (size_t i = 0; i < text->line_count; i++)
        drawn += text_is_drawn(words_of(text, i));
    return text->line_count > 1 && drawn * 2 > text->line_count;
}

/* Books without empty lines between paragraphs indent the first line of each. */
static bool begins_paragraph(const struct text *text, size_t line, size_t first)
{
    const struct text_line *now = &text->lines[line], *before = &text->lines[line - 1];

    if (before->end - before->start > LONG_LINE_BYTES || now->end - now->start > LONG_LINE_BYTES)
        return true;
    return text->lines[first].indent > before->indent && line > first + 1 &&
           now->indent == text->lines[first].indent && now->indent >= before->indent + 2 &&
           now->indent <= before->indent + 8;
}

/* A line of a paragraph with the mark of an item: others, or lines further right, must follow it,
 * or a statement stand before a star. */
static bool begins_list(const struct text *text, size_t line)
{
    struct span before = words_of(text, line - 1);
    bool is_ordered;

    if (!is_item(text, line, &is_ordered))
        return false;
    if (line + 1 < text->line_count &&
        (is_item(text, line + 1, &is_ordered) || text->lines[line + 1].indent > 0))
        return true;
    return *words_of(text, line).data == '*' && strchr(".:", before.data[before.len - 1]);
}

/* One paragraph that is set in is a quotation: code may stand at its indent. Two, or the first of
 * all, say where the text stands. */
static void note_indent(struct text *text, size_t first, size_t last)
{
    unsigned code = text->body_indent + CODE_INDENT;
    bool is_set_in = text->has_paragraph && text->lines[first].indent >= code &&
                     text->lines[last].indent >= code;

    if (!is_set_in || text->was_set_in)
        text->body_indent = text->lines[last].indent;
    text->was_set_in = is_set_in && !text->was_set_in;
    text->has_paragraph = true;
}

static size_t write_paragraph(struct text *text, size_t first)
{
    size_t end = first + 1;

    while (end < text->line_count && !begins_paragraph(text, end, first) &&
           quote_depth(words_of(text, end)) == 0 && !underlined_level(text, end) &&
           !overlined_level(text, end) && !marked_level(text, end) && !begins_list(text, end))
        end++;
    write_lines(text, BLOCK_PARAGRAPH, 0, first, end);
    note_indent(text, first, end - 1);
    text->is_list_open = false;
    return end;
}

/* A further paragraph of the item above: indented like its words. */
static bool continues_item(struct text *text)
{
    bool is_ordered;

    while (text->list_depth > 1 &&
           text->lines[0].indent <= text->list_indents[text->list_depth - 1])
        text->list_depth--;
    return text->is_list_open && text->list_depth > 0 &&
           text->lines[0].indent > text->list_indents[text->list_depth - 1] &&
           !is_item(text, 0, &is_ordered);
}

/* ---- groups ---- */

static bool write_whole_group(struct text *text, bool is_last)
{
    unsigned level;
    bool is_ordered;

    if (text->line_count == 1 && text_rule_of(words_of(text, 0), "-*_=~#+")) {
        write_lines(text, BLOCK_RULE, 0, 0, 1);
        return true;
    }
    level = text->line_count == 1 ? lone_level(text, is_last) : 0;
    if (level > 0 && !(text->is_list_open && is_item(text, 0, &is_ordered))) {
        write_lines(text, BLOCK_HEADING, level, 0, 1);
        text->is_list_open = false;
        text->list_depth = 0;
        return true;
    }
    if (continues_item(text)) {
        write_lines(text, BLOCK_LIST_ITEM, text->list_depth, 0, text->line_count);
        writer_flags(text->writer, BLOCK_CONTINUES);
        return true;
    }
    if (!is_item(text, 0, &is_ordered) && overlined_level(text, 0) == 0 &&
        (is_drawn_block(text) || is_indented_block(text))) {
        write_lines(text, BLOCK_CODE, 0, 0, text->line_count);
        text->was_set_in = false;
        return true;
    }
    return false;
}

static void write_group(struct text *text, bool is_last)
{
    size_t line = 0;

    if (text->line_count == 0 || write_whole_group(text, is_last))
        return;
    while (line < text->line_count) {
        unsigned level = underlined_level(text, line), over = overlined_level(text, line);
        bool is_ordered;

        if (over > 0) {
            write_lines(text, BLOCK_HEADING, over, line, line + 3);
            line += 3;
            text->is_list_open = false;
        } else if (level > 0) {
            write_lines(text, BLOCK_HEADING, level, line, line + 2);
            line += 2;
            text->is_list_open = false;
        } else if (marked_level(text, line) > 0) {
            write_lines(text, BLOCK_HEADING, marked_level(text, line), line, line + 1);
            line++;
            text->is_list_open = false;
        } else if (text_rule_of(words_of(text, line), "-*_=~#")) {
            write_lines(text, BLOCK_RULE, 0, line, line + 1);
            line++;
        } else if (is_item(text, line, &is_ordered)) {
            line = write_item(text, line);
        } else if (quote_depth(words_of(text, line)) > 0) {
            line = write_quote(text, line);
        } else {
            line = write_paragraph(text, line);
        }
    }
}

/* "-----BEGIN CERTIFICATE-----" */
static bool is_armour_line(struct span words, const char *start)
{
    size_t len = strlen(start);

    return words.len >= len + 5 && memcmp(words.data, start, len) == 0 &&
           memcmp(words.data + words.len - 5, "-----", 5) == 0;
}

/* The first line behind a key, a certificate or a signature that begins at line; the line itself
 * where there is none. Those of a text that is signed in place are two: its header is the first. */
static size_t armour_end(struct text *text, const struct text_line *line)
{
    struct span words = text_line_words(text->bytes, line);
    size_t at = line->next;

    if (!is_armour_line(words, "-----BEGIN "))
        return line->start;
    if (is_armour_line(words, "-----BEGIN PGP SIGNED MESSAGE"))
        return line->start +
               openpgp_header_bytes((struct span){ words.data, text->bytes.len - line->start });
    for (unsigned lines = 0; at < text->bytes.len && lines < ARMOUR_LINES_MAX; lines++) {
        struct text_line next = text_line_at(text->bytes, at);

        at = next.next;
        if (is_armour_line(text_line_words(text->bytes, &next), "-----END "))
            return at;
        if (next.end - next.start > ARMOUR_LINE_BYTES_MAX ||
            is_armour_line(text_line_words(text->bytes, &next), "-----BEGIN "))
            break;
    }
    return line->start;
}

/* Lines that only programs read, as they are. False: the line is none of them. */
static bool write_armour(struct text *text, struct text_line *line)
{
    size_t end = armour_end(text, line), last = end;

    if (end <= line->start)
        return false;
    write_group(text, false);
    text->line_count = 0;
    while (last > line->start && strchr(" \t\r\n", text->bytes.data[last - 1]))
        last--;
    writer_span(text->writer, BLOCK_CODE, 0, line->start, last);
    text->is_list_open = false;
    line->next = end;
    return true;
}

static enum status write_text(struct text *text, const struct source *source, struct error *err)
{
    for (size_t at = 0; at < text->bytes.len;) {
        struct text_line line = text_line_at(text->bytes, at);

        if (line.is_blank || text->line_count == GROUP_LINES_MAX) {
            write_group(text, false);
            text->line_count = 0;
            source_progress(source);
        }
        if (!line.is_blank && !write_armour(text, &line)) {
            if (!array_reserve(&text->lines, &text->line_capacity, text->line_count))
                return error_set(err, STATUS_NO_MEMORY, "out of memory");
            text->lines[text->line_count++] = line;
        }
        at = line.next;
    }
    write_group(text, true);
    return STATUS_OK;
}

static enum status text_extract(const struct source *source, struct writer *writer,
                                struct error *err)
{
    struct decoded decoded;
    struct text text = { .writer = writer };
    enum status status = charset_decode(source->bytes, "", &decoded, err);

    if (!status) {
        text.bytes = decoded.text;
        if (text.bytes.len > EXTRACTION_TEXT_BYTES_MAX)
            text.bytes.len = EXTRACTION_TEXT_BYTES_MAX;
        writer_charset(writer, decoded.charset);
        writer_source(writer, decoded.text, decoded.runs, decoded.run_count);
        status = write_text(&text, source, err);
        free(text.lines);
    }
    decoded_release(&decoded);
    return status;
}

const struct extractor text_extractor = {
    .name = "text",
    .version = 8,
    .bid = text_bid,
    .extract = text_extract,
};
