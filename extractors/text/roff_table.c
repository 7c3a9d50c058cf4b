/*
 * roff_table.c - tables of tbl(1): options, formats, and lines of data.
 */
#include <ctype.h>
#include <string.h>

#include "extractors/text/roff.h"

struct roff_rows {
    struct roff *roff;
    struct buf cell; /* of a text block, T{ ... T} */
    bool in_block, has_cell, is_row_open;
    char separator;
};

/* "allbox tab(@);" */
static char separator_of(struct span options)
{
    size_t at = markup_find(options, 0, "tab");

    if (at == options.len)
        at = markup_find(options, 0, "TAB");
    for (at += 3; at < options.len && (options.data[at] == ' ' || options.data[at] == '('); at++)
        if (options.data[at] == '(' && at + 1 < options.len)
            return options.data[at + 1];
    return '\t';
}

/* Behind the options and the formats, whose last line ends in a full stop. */
static size_t skip_formats(struct span lines, size_t at)
{
    while (at < lines.len) {
        struct text_line line = text_line_at(lines, at);

        at = line.next;
        if (!line.is_blank && lines.data[line.end - 1] == '.')
            break;
    }
    return at;
}

static bool is_rule(struct span words)
{
    for (size_t i = 0; i < words.len; i++)
        if (!strchr("_=", words.data[i]))
            return false;
    return words.len == 1;
}

static void begin_row(struct roff_rows *rows, bool is_header)
{
    if (rows->is_row_open)
        return;
    writer_begin(rows->roff->markup->writer, BLOCK_ROW, 0);
    writer_flags(rows->roff->markup->writer, is_header ? (unsigned)BLOCK_HEADER : 0u);
    rows->is_row_open = true;
}

static void write_cell(struct roff_rows *rows, struct span raw)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(EXTRACTION_MADE_BYTES_MAX);
    struct writer *writer = rows->roff->markup->writer;

    raw = markup_trim(raw);
    if (roff_is(raw, "\\_") || is_rule(raw) || roff_is(raw, "\\^"))
        raw.len = 0; /* a line drawn through the cell, or one that goes on from above */
    (void)roff_resolve_looks(rows->roff, raw, &words);
    writer_begin(writer, BLOCK_CELL, 0);
    markup_inline(rows->roff->markup, buf_span(&words));
    writer_end(writer);
}

/* A line inside T{ ... T}: macros stand for their words. */
static void add_block_line(struct roff_rows *rows, struct span words)
{
    struct roff_arguments arguments;
    size_t name = 1;

    if (words.len == 0 || !strchr(".'", words.data[0])) {
        buf_append_char(&rows->cell, '\n');
        buf_append(&rows->cell, words.data, words.len);
        return;
    }
    while (name < words.len && !isspace((unsigned char)words.data[name]))
        name++;
    roff_split(markup_from(words, name), &arguments);
    if (name > 1 && !strchr("BIRS", words.data[1])) /* only fonts have words to read */
        return;
    buf_append_char(&rows->cell, '\n');
    for (size_t i = 0; i < arguments.count; i++) {
        if (i > 0 && name == 2)
            buf_append_char(&rows->cell, ' ');
        buf_append(&rows->cell, arguments.words[i].data, arguments.words[i].len);
    }
}

static void end_row(struct roff_rows *rows)
{
    if (rows->is_row_open)
        writer_end(rows->roff->markup->writer);
    rows->is_row_open = false;
}

/* Cells of one line, from offset; the last may open a text block that later lines close. */
static void write_cells(struct roff_rows *rows, struct span line, size_t start)
{
    while (start <= line.len) {
        const char *mark =
            start < line.len ? memchr(line.data + start, rows->separator, line.len - start) : NULL;
        size_t end = mark ? (size_t)(mark - line.data) : line.len;
        struct span cell = { line.data + start, end - start };

        if (!mark && roff_is(markup_trim(cell), "T{")) {
            rows->in_block = true;
            buf_clear(&rows->cell);
            return;
        }
        write_cell(rows, cell);
        start = end + 1;
    }
    end_row(rows);
}

static void add_line(struct roff_rows *rows, struct span line, bool is_header)
{
    if (rows->in_block) {
        if (!markup_starts(line, "T}")) {
            add_block_line(rows, line);
            return;
        }
        rows->in_block = false;
        write_cell(rows, buf_span(&rows->cell));
        if (line.len > 2 && line.data[2] == rows->separator)
            write_cells(rows, line, 3);
        else
            end_row(rows);
        return;
    }
    begin_row(rows, is_header);
    write_cells(rows, line, 0);
}

/* A line drawn behind the first row makes it the header, as does the .TH of a table that is
 * continued over pages. */
static bool has_header(struct span lines, size_t at)
{
    unsigned rows = 0;
    bool in_block = false;

    while (at < lines.len && rows < 2) {
        struct text_line line = text_line_at(lines, at);
        struct span words = text_line_words(lines, &line);

        at = line.next;
        if (line.is_blank)
            continue;
        if (in_block) {
            in_block = !markup_starts(words, "T}") || markup_find(words, 2, "T{") < words.len;
        } else if (is_rule(words) || markup_starts(words, ".TH")) {
            if (rows == 1)
                return true;
        } else if (words.data[0] != '.') {
            rows++;
            in_block = words.len >= 2 && memcmp(words.data + words.len - 2, "T{", 2) == 0;
        }
    }
    return false;
}

static void write_rows(struct roff_rows *rows, struct span lines, size_t at)
{
    bool is_header = has_header(lines, at);

    writer_begin(rows->roff->markup->writer, BLOCK_TABLE, is_header ? 1 : 0);
    while (at < lines.len) {
        struct text_line line = text_line_at(lines, at);
        /* Not without white space in front: an empty first cell begins with a tab. */
        size_t length = line.next - at;
        struct span words = { lines.data + at, length };

        at = line.next;
        while (words.len > 0 && strchr("\r\n", words.data[words.len - 1]))
            words.len--;
        if (!rows->in_block) {
            if (markup_trim(words).len == 0 || is_rule(markup_trim(words)))
                continue;
            if (markup_starts(words, ".T&")) {
                at = skip_formats(lines, at);
                continue;
            }
            if (words.data[0] == '.' && words.len > 1 && isalpha((unsigned char)words.data[1]))
                continue;
        }
        add_line(rows, words, is_header);
        is_header = is_header && (rows->in_block || rows->is_row_open);
        source_progress(rows->roff->markup->source);
    }
    end_row(rows);
    writer_end(rows->roff->markup->writer);
}

void roff_table(struct roff *roff)
{
    struct span lines = roff_until(roff, "TE");
    struct roff_rows rows = { .roff = roff,
                              .cell = BUF_INIT(EXTRACTION_MADE_BYTES_MAX),
                              .separator = '\t' };
    size_t at = 0;

    roff_flush(roff);
    if (lines.len > 0) {
        struct text_line first = text_line_at(lines, 0);

        if (!first.is_blank && lines.data[first.end - 1] == ';') {
            rows.separator = separator_of(text_line_words(lines, &first));
            at = first.next;
        }
        at = skip_formats(lines, at);
    }
    if (at < lines.len)
        write_rows(&rows, lines, at);
    buf_release(&rows.cell);
}
