/*
 * markdown.c - Markdown: CommonMark with GitHub's tables, over cmark-gfm.
 *
 * The text is the file itself and a block is a stretch of it, marks included, so that what is cited
 * is what was written. Footnotes are found here: cmark's own option moves them to the end and drops
 * those that nothing refers to. The one door to cmark.
 */
#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/common/charset.h"
#include "extractors/extractors.h"
#include "extractors/text/front_matter.h"
#include "extractors/text/markdown.h"
#include "extractors/text/text_lines.h"

#define DEPTH_MAX        255u
#define CELLS_MAX        1000u /* of a row */
#define WINDOW_BYTES     ((size_t)1 << 20)
#define WINDOW_BYTES_MAX ((size_t)2 << 20) /* then it ends at any line */

struct markdown {
    struct span text; /* up to the end of the window */
    struct writer *writer;
    const struct source *source; /* NULL: a part of another document */
    size_t *lines;               /* of the window: where each line begins */
    size_t line_count, line_capacity;
    size_t written;      /* all before is in blocks, or is none */
    bool after_footnote; /* an indented block goes on with it */
};

static int markdown_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "text/markdown") == 0 ? 100 : 0;
}

/* ---- places ---- */

static bool index_lines(struct markdown *md, size_t start)
{
    md->line_count = 0;
    for (size_t at = start; at <= md->text.len;) {
        const char *newline = memchr(md->text.data + at, '\n', md->text.len - at);

        if (!array_reserve(&md->lines, &md->line_capacity, md->line_count))
            return false;
        md->lines[md->line_count++] = at;
        if (!newline)
            break;
        at = (size_t)(newline - md->text.data) + 1;
    }
    return true;
}

static size_t line_end(const struct markdown *md, size_t at)
{
    const char *newline = memchr(md->text.data + at, '\n', md->text.len - at);

    return newline ? (size_t)(newline - md->text.data) : md->text.len;
}

/* Where cmark's columns go wrong (behind bytes that it replaces), no character is cut. */
static size_t boundary(const struct markdown *md, size_t offset)
{
    while (offset < md->text.len && !utf8_is_boundary(md->text, offset))
        offset++;
    return offset;
}

/* cmark counts lines and columns from 1, columns in bytes. */
static size_t offset_of(const struct markdown *md, int line, int column)
{
    size_t start, end;

    if (line < 1 || (size_t)line > md->line_count)
        return md->text.len;
    start = md->lines[line - 1];
    end = line_end(md, start);
    start += column > 1 ? (size_t)column - 1 : 0;
    return boundary(md, start < end ? start : end);
}

static size_t node_start(const struct markdown *md, cmark_node *node)
{
    size_t start =
        offset_of(md, cmark_node_get_start_line(node), cmark_node_get_start_column(node));

    return start > md->written ? start : md->written;
}

/* The last column is inclusive; where cmark has none, the whole line is meant. */
static size_t node_end(const struct markdown *md, cmark_node *node)
{
    int line = cmark_node_get_end_line(node), column = cmark_node_get_end_column(node);
    size_t end;

    if (line < 1 || (size_t)line > md->line_count)
        return md->text.len;
    end = line_end(md, md->lines[line - 1]);
    if (column > 0 && md->lines[line - 1] + (size_t)column < end)
        end = boundary(md, md->lines[line - 1] + (size_t)column);
    while (end > md->written && isspace((unsigned char)md->text.data[end - 1]))
        end--;
    return end;
}

/* ---- blocks ---- */

/* The mark of "[^mark]: ..." at the start of a text, or nothing. */
static struct span footnote_mark(struct span text)
{
    const char *end;

    if (text.len < 5 || memcmp(text.data, "[^", 2) != 0)
        return (struct span){ NULL, 0 };
    end = memchr(text.data, ']', text.len < 80 ? text.len : 80);
    if (!end || end + 1 >= text.data + text.len || end[1] != ':' || end == text.data + 2)
        return (struct span){ NULL, 0 };
    return (struct span){ text.data + 2, (size_t)(end - text.data) - 2 };
}

/* cmark takes "[^1]: word" for the target of a link and leaves it out. */
static void write_lost_footnotes(struct markdown *md, size_t until)
{
    size_t at = md->written;

    while (at < until) {
        size_t end = line_end(md, at);
        struct span mark = footnote_mark((struct span){ md->text.data + at, end - at });

        if (mark.len > 0 && end <= until) {
            writer_span(md->writer, BLOCK_FOOTNOTE, 0, at, end);
            writer_label(md->writer, mark);
        }
        at = end + 1;
    }
}

static void write_span(struct markdown *md, enum block_kind kind, unsigned level, size_t start,
                       size_t end)
{
    if (start < md->written)
        start = md->written;
    /* cmark's columns may stand inside a character on odd bytes. */
    while (start < end && !utf8_is_boundary(md->text, start))
        start++;
    while (end < md->text.len && !utf8_is_boundary(md->text, end))
        end++;
    if (end <= start)
        return;
    write_lost_footnotes(md, start);
    writer_span(md->writer, kind, level, start, end);
    md->written = end;
}

/* Footnotes on lines of their own with no empty line between are one paragraph for cmark. */
static void write_footnotes(struct markdown *md, size_t start, size_t end)
{
    while (start < end) {
        struct span mark = footnote_mark((struct span){ md->text.data + start, end - start });
        size_t stop = line_end(md, start);

        while (stop < end &&
               footnote_mark((struct span){ md->text.data + stop + 1, end - stop - 1 }).len == 0)
            stop = line_end(md, stop + 1);
        stop = stop < end ? stop : end;
        write_span(md, BLOCK_FOOTNOTE, 0, start, stop);
        writer_label(md->writer, mark);
        start = stop + 1;
    }
}

/* What a paragraph is by what it stands in. */
struct place {
    unsigned list_depth, quote_depth;
    bool is_ordered;
    size_t item_start; /* the mark of the item whose first paragraph has not come; 0: none */
    bool has_item_start;
};

static bool is_table(cmark_node *node)
{
    return node && strcmp(cmark_node_get_type_string(node), "table") == 0;
}

/* cmark has a table begin with the paragraph that stands in front of it, line on line, and does not
 * say where that one is. The row of marks is a line behind this one, in front of the rows. */
static int header_line(cmark_node *table)
{
    cmark_node *row = cmark_node_first_child(table);
    int line;

    row = row ? cmark_node_next(row) : NULL;
    line = row ? cmark_node_get_start_line(row) - 2 : cmark_node_get_end_line(table) - 1;
    return line > cmark_node_get_start_line(table) ? line : cmark_node_get_start_line(table);
}

static void write_paragraph(struct markdown *md, cmark_node *node, struct place *place)
{
    cmark_node *table = cmark_node_next(node);
    bool is_before_table = cmark_node_get_start_line(node) == 0 && is_table(table);
    size_t start = node_start(md, is_before_table ? table : node);
    size_t end = is_before_table ? offset_of(md, header_line(table), 1) : node_end(md, node);
    struct span mark;

    while (is_before_table && end > start && isspace((unsigned char)md->text.data[end - 1]))
        end--;
    if (end <= start) /* all of it is written: cmark's places may be off on odd bytes */
        return;
    mark = footnote_mark((struct span){ md->text.data + start, end - start });
    md->after_footnote = false;
    if (place->list_depth > 0) {
        bool is_first = place->has_item_start;

        write_span(md, BLOCK_LIST_ITEM, place->list_depth, is_first ? place->item_start : start,
                   end);
        writer_flags(md->writer, (place->is_ordered ? (unsigned)BLOCK_ORDERED : 0u) |
                                     (is_first ? 0u : (unsigned)BLOCK_CONTINUES));
        place->has_item_start = false;
    } else if (place->quote_depth > 0) {
        write_span(md, BLOCK_QUOTE, place->quote_depth, start, end);
    } else if (mark.len > 0) {
        write_footnotes(md, start, end);
        md->after_footnote = true;
    } else {
        write_span(md, BLOCK_PARAGRAPH, 0, start, end);
    }
}

static void write_code(struct markdown *md, cmark_node *node)
{
    const char *info = cmark_node_get_fence_info(node);
    size_t start = node_start(md, node), end = node_end(md, node), length = 0;
    bool is_indented = start < end && md->text.data[start] != '`' && md->text.data[start] != '~';

    if (is_indented && md->after_footnote) {
        write_span(md, BLOCK_FOOTNOTE, 0, start, end);
        writer_flags(md->writer, BLOCK_CONTINUES);
        return;
    }
    write_span(md, BLOCK_CODE, 0, start, end);
    if (!info)
        return;
    while (*info == '{' || *info == '.' || *info == ' ')
        info++;
    while (info[length] && !strchr(" ,{}\t", info[length]))
        length++;
    if (length > 0)
        writer_label(md->writer, (struct span){ info, length });
}

/* Tags alone, and comments, have nothing to read. */
static bool has_words(struct span html)
{
    bool is_in_tag = false;

    if (html.len > 7 && memcmp(html.data, "<!--", 4) == 0 &&
        memcmp(html.data + html.len - 3, "-->", 3) == 0)
        return false;
    for (size_t i = 0; i < html.len; i++) {
        if (html.data[i] == '<')
            is_in_tag = true;
        else if (html.data[i] == '>')
            is_in_tag = false;
        else if (!is_in_tag &&
                 (isalnum((unsigned char)html.data[i]) || (unsigned char)html.data[i] >= 0x80))
            return true;
    }
    return false;
}

static void write_html(struct markdown *md, cmark_node *node)
{
    size_t start = node_start(md, node), end = node_end(md, node);

    if (start < end && has_words((struct span){ md->text.data + start, end - start }))
        write_span(md, BLOCK_PARAGRAPH, 0, start, end);
}

/* ---- tables ---- */

static bool is_bar(const struct markdown *md, size_t at, size_t start)
{
    return md->text.data[at] == '|' && (at == start || md->text.data[at - 1] != '\\');
}

static void write_cell(struct markdown *md, size_t start, size_t end)
{
    while (start < end && isspace((unsigned char)md->text.data[start]))
        start++;
    while (end > start && isspace((unsigned char)md->text.data[end - 1]))
        end--;
    writer_span(md->writer, BLOCK_CELL, 0, start, end);
}

static void write_row(struct markdown *md, size_t start, size_t end, bool is_header)
{
    size_t cell;

    while (start < end && isspace((unsigned char)md->text.data[start]))
        start++;
    while (end > start && isspace((unsigned char)md->text.data[end - 1]))
        end--;
    if (start >= end)
        return;
    writer_span(md->writer, BLOCK_ROW, 0, start, end);
    writer_flags(md->writer, is_header ? (unsigned)BLOCK_HEADER : 0u);
    cell = is_bar(md, start, start) ? start + 1 : start;
    for (size_t at = cell; at < end; at++) {
        if (is_bar(md, at, start)) {
            write_cell(md, cell, at);
            cell = at + 1;
        }
    }
    if (cell < end)
        write_cell(md, cell, end);
}

static void write_table(struct markdown *md, cmark_node *table)
{
    size_t start = offset_of(md, header_line(table), cmark_node_get_start_column(table));
    size_t end = node_end(md, table);
    bool is_header = true;

    start = start > md->written ? start : md->written;
    if (start >= end)
        return;
    write_lost_footnotes(md, start);
    writer_span(md->writer, BLOCK_TABLE, 1, start, end);
    for (cmark_node *row = cmark_node_first_child(table); row; row = cmark_node_next(row)) {
        size_t row_start =
            offset_of(md, cmark_node_get_start_line(row), cmark_node_get_start_column(row));
        size_t row_end;

        for (row_start = row_start > start ? row_start : start;
             row_start < end && isspace((unsigned char)md->text.data[row_start]);)
            row_start++;
        row_end = row_start < md->text.len ? line_end(md, row_start) : row_start;
        write_row(md, row_start, row_end < end ? row_end : end, is_header);
        is_header = false;
    }
    md->written = end;
}

/* ---- the tree ---- */

static void write_leaf(struct markdown *md, cmark_node *node, struct place *place)
{
    cmark_node_type type = cmark_node_get_type(node);

    if (type == CMARK_NODE_PARAGRAPH) {
        write_paragraph(md, node, place);
        return;
    }
    if (type == CMARK_NODE_CODE_BLOCK)
        write_code(md, node);
    else if (type == CMARK_NODE_HEADING)
        write_span(md, BLOCK_HEADING, (unsigned)cmark_node_get_heading_level(node),
                   node_start(md, node), node_end(md, node));
    else if (type == CMARK_NODE_THEMATIC_BREAK)
        write_span(md, BLOCK_RULE, 0, node_start(md, node), node_end(md, node));
    else if (type == CMARK_NODE_HTML_BLOCK)
        write_html(md, node);
    else if (is_table(node))
        write_table(md, node);
    md->after_footnote &= type == CMARK_NODE_CODE_BLOCK;
}

/* What is true inside of node; outside is what is true around it. */
static struct place place_within(const struct markdown *md, cmark_node *node,
                                 const struct place *outside)
{
    struct place inside = *outside;
    cmark_node_type type = cmark_node_get_type(node);

    if (type == CMARK_NODE_LIST) {
        inside.list_depth++;
        inside.is_ordered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST;
    } else if (type == CMARK_NODE_ITEM) {
        inside.item_start = node_start(md, node);
        inside.has_item_start = true;
    } else if (type == CMARK_NODE_BLOCK_QUOTE) {
        inside.quote_depth++;
        inside.list_depth = 0;
    }
    return inside;
}

/* Goes through the tree in the order of the text, without recursion: documents may nest deep. */
static void write_tree(struct markdown *md, cmark_node *root)
{
    struct place places[DEPTH_MAX + 1] = { { 0 } };
    unsigned depth = 0;
    cmark_iter *iter = cmark_iter_new(root);
    cmark_event_type event;
    unsigned inside_leaf = 0;

    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        bool is_container = type == CMARK_NODE_DOCUMENT || type == CMARK_NODE_LIST ||
                            type == CMARK_NODE_ITEM || type == CMARK_NODE_BLOCK_QUOTE ||
                            strcmp(cmark_node_get_type_string(node), "tasklist") == 0;

        if (!is_container) {
            bool is_leaf = inside_leaf == 0;

            if (event == CMARK_EVENT_ENTER && is_leaf)
                write_leaf(md, node, &places[depth]);
            if (cmark_node_first_child(node))
                inside_leaf += event == CMARK_EVENT_ENTER ? 1u : -1u;
        } else if (event == CMARK_EVENT_EXIT) {
            depth -= depth > 0;
        } else if (depth < DEPTH_MAX) {
            places[depth + 1] = place_within(md, node, &places[depth]);
            depth++;
        } else {
            writer_partial(md->writer, "nested more than %u deep", DEPTH_MAX);
            break;
        }
    }
    cmark_iter_free(iter);
}

static cmark_node *parse(struct span body)
{
    static const char *const extensions[] = { "table", "strikethrough", "autolink", "tasklist" };
    cmark_parser *parser;
    cmark_node *root;

    cmark_gfm_core_extensions_ensure_registered();
    parser = cmark_parser_new(CMARK_OPT_DEFAULT);
    for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
        cmark_syntax_extension *extension = cmark_find_syntax_extension(extensions[i]);

        if (extension)
            cmark_parser_attach_syntax_extension(parser, extension);
    }
    cmark_parser_feed(parser, body.data, body.len);
    root = cmark_parser_finish(parser);
    cmark_parser_free(parser);
    return root;
}

/* ---- windows ---- */

/* Fenced code that is open at a line. */
struct fence {
    char mark; /* NUL: none */
    size_t length;
};

static void pass_fence(struct fence *fence, struct span line)
{
    size_t start = 0, end, rest;

    while (start < line.len && line.data[start] == ' ')
        start++;
    end = start;
    while (end < line.len && line.data[end] == line.data[start] &&
           (line.data[end] == '`' || line.data[end] == '~'))
        end++;
    rest = end;
    while (rest < line.len && isspace((unsigned char)line.data[rest]))
        rest++;
    if (end - start < 3)
        return;
    if (fence->mark) {
        if (line.data[start] == fence->mark && end - start >= fence->length && rest == line.len)
            fence->mark = '\0';
    } else if (line.data[start] == '~' || !memchr(line.data + end, '`', line.len - end)) {
        *fence = (struct fence){ line.data[start], end - start };
    }
}

/* As the first character of a line behind an empty one: a heading, or a paragraph of no list. */
static bool begins_block(unsigned char c)
{
    return isalpha(c) || c == '#' || c >= 0x80;
}

/* cmark's tree takes some ten times the memory of the text, so a long text is read in windows. One
 * ends where a block surely begins that belongs to nothing before it: behind an empty line, outside
 * of fenced code, with a heading or a word that is not indented. */
static size_t window_end(struct span text, size_t start)
{
    struct fence fence = { .mark = '\0' };
    bool is_after_blank = false;

    for (size_t at = start; at < text.len;) {
        struct text_line line = text_line_at(text, at);

        if (at - start >= WINDOW_BYTES && is_after_blank && !fence.mark &&
            begins_block((unsigned char)text.data[at]))
            return at;
        if (at - start >= WINDOW_BYTES_MAX)
            return at;
        pass_fence(&fence, (struct span){ text.data + at, line.next - at });
        is_after_blank = line.is_blank;
        at = line.next;
    }
    return text.len;
}

/* The offset of the last byte of the mark of a quote or an item at offset at; text.len: none. */
static size_t container_mark(struct span text, size_t at)
{
    size_t end;

    while (at < text.len && (text.data[at] == ' ' || text.data[at] == '\t'))
        at++;
    if (at < text.len && text.data[at] == '>')
        return at;
    for (end = at; end < text.len && isdigit((unsigned char)text.data[end]);)
        end++;
    if (end + 1 < text.len && memchr(end > at ? ".)" : "-+*", text.data[end], end > at ? 2 : 3) &&
        (text.data[end + 1] == ' ' || text.data[end + 1] == '\t'))
        return end;
    return text.len;
}

/* The offset of a line's mark that opens one container more than DEPTH_MAX, or divides one cell
 * more than CELLS_MAX; line.len: there is none. */
static size_t mark_too_many(struct span line)
{
    size_t mark = container_mark(line, 0);
    const char *pipe = line.data;

    for (unsigned depth = 1; mark < line.len && depth <= DEPTH_MAX; depth++)
        mark = container_mark(line, mark + 1);
    if (mark < line.len)
        return mark;
    for (unsigned cells = 0; (pipe = memchr(pipe, '|', (size_t)(line.data + line.len - pipe)));) {
        if (++cells > CELLS_MAX)
            return (size_t)(pipe - line.data);
        pipe++;
    }
    return line.len;
}

static bool has_too_many_marks(struct span text)
{
    for (size_t at = 0, next; at < text.len; at = next) {
        next = text_line_at(text, at).next;
        if (mark_too_many((struct span){ text.data + at, next - at }) < next - at)
            return true;
    }
    return false;
}

/* From the one that is too many on, marks like it are words. */
static void bound_line(char *line, size_t len)
{
    size_t mark;

    while ((mark = mark_too_many((struct span){ line, len })) < len)
        for (char like = line[mark]; mark < len; mark++)
            if (line[mark] == like)
                line[mark] = '\\';
}

/* cmark's time is that of all lines times the containers that are open, and of a row's cells
 * squared. */
static cmark_node *parse_bounded(struct span body)
{
    CLEANUP(buf_release) struct buf copy = BUF_INIT(body.len);

    if (!has_too_many_marks(body))
        return parse(body);
    buf_append(&copy, body.data, body.len);
    if (buf_status(&copy, NULL))
        return NULL;
    for (size_t at = 0, next; at < body.len; at = next) {
        next = text_line_at(body, at).next;
        bound_line(copy.data + at, next - at);
    }
    return parse(buf_span(&copy));
}

static enum status write_window(struct markdown *md, size_t start, struct error *err)
{
    cmark_node *root;

    if (!index_lines(md, start))
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    root = parse_bounded((struct span){ md->text.data + start, md->text.len - start });
    if (!root)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    write_tree(md, root);
    write_lost_footnotes(md, md->text.len);
    cmark_node_free(root);
    return STATUS_OK;
}

static enum status write_document(struct markdown *md, struct span text, struct error *err)
{
    enum status status = STATUS_OK;
    size_t body = front_matter_length(text);

    md->written = body;
    if (body > 0)
        front_matter_write(text, body, md->writer);
    for (size_t start = body; start < text.len && !status; start = md->text.len) {
        md->text = (struct span){ text.data, window_end(text, start) };
        status = write_window(md, start, err);
        if (md->source)
            source_progress(md->source);
    }
    return status;
}

static enum status write_text(struct span text, const struct source_run *runs, size_t run_count,
                              const struct source *source, struct writer *writer, struct error *err)
{
    struct markdown md = { .writer = writer, .source = source };
    enum status status;

    writer_source(writer, text, runs, run_count);
    if (text.len > EXTRACTION_TEXT_BYTES_MAX)
        text.len = EXTRACTION_TEXT_BYTES_MAX;
    status = write_document(&md, text, err);
    free(md.lines);
    return status;
}

enum status markdown_write(struct span text, const struct source_run *runs, size_t run_count,
                           struct writer *writer, struct error *err)
{
    return write_text(text, runs, run_count, NULL, writer, err);
}

static enum status markdown_extract(const struct source *source, struct writer *writer,
                                    struct error *err)
{
    struct decoded decoded;
    enum status status = charset_decode(source->bytes, "", &decoded, err);

    if (!status) {
        writer_charset(writer, decoded.charset);
        status = write_text(decoded.text, decoded.runs, decoded.run_count, source, writer, err);
    }
    decoded_release(&decoded);
    return status;
}

static const char *markdown_library(void)
{
    return "cmark-gfm " CMARK_GFM_VERSION_STRING;
}

const struct extractor markdown_extractor = {
    .name = "markdown",
    .version = 5,
    .bid = markdown_bid,
    .extract = markdown_extract,
    .library = markdown_library,
};
