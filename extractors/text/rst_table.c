#include "extractors/text/rst_table.h"

#include <string.h>

#include "extractors/text/rst_columns.h"

#define COLUMNS_MAX 64u

/* Columns of the table, in bytes from the start of its lines, and the words of the open row. */
struct grid {
    struct markup *markup;
    size_t starts[COLUMNS_MAX], ends[COLUMNS_MAX];
    size_t count;
    struct buf cells[COLUMNS_MAX];
    bool has_words;
};

static void grid_init(struct grid *grid, struct markup *markup)
{
    *grid = (struct grid){ .markup = markup };
    for (size_t i = 0; i < COLUMNS_MAX; i++)
        grid->cells[i] = (struct buf)BUF_INIT(EXTRACTION_MADE_BYTES_MAX);
}

static void grid_release(struct grid *grid)
{
    for (size_t i = 0; i < COLUMNS_MAX; i++)
        buf_release(&grid->cells[i]);
}

static void end_row(struct grid *grid, bool is_header)
{
    struct writer *writer = grid->markup->writer;

    if (!grid->has_words)
        return;
    writer_begin(writer, BLOCK_ROW, 0);
    writer_flags(writer, is_header ? (unsigned)BLOCK_HEADER : 0u);
    for (size_t i = 0; i < grid->count; i++) {
        writer_begin(writer, BLOCK_CELL, 0);
        markup_inline(grid->markup, buf_span(&grid->cells[i]));
        writer_end(writer);
        buf_clear(&grid->cells[i]);
    }
    writer_end(writer);
    grid->has_words = false;
}

/* Counted in characters where that puts words between columns. */
static enum rst_counting counting_of(const struct grid *grid, struct span line)
{
    for (size_t i = 1; i < grid->count; i++) {
        size_t start = rst_byte_of_column(line, grid->starts[i], RST_BY_WIDTH);

        if (start > 0 && start < line.len && line.data[start - 1] != ' ')
            return RST_BY_CHARACTERS;
    }
    return RST_BY_WIDTH;
}

static void add_line(struct grid *grid, struct span line)
{
    enum rst_counting counting = counting_of(grid, line);

    for (size_t i = 0; i < grid->count; i++) {
        size_t start = rst_byte_of_column(line, grid->starts[i], counting);
        size_t end = i + 1 == grid->count && grid->ends[i] == 0
                         ? line.len
                         : rst_byte_of_column(line, grid->ends[i], counting);
        struct span words = markup_trim((struct span){ line.data + start, end - start });

        if (words.len == 0)
            continue;
        if (grid->cells[i].len > 0)
            buf_append_char(&grid->cells[i], ' ');
        buf_append(&grid->cells[i], words.data, words.len);
        grid->has_words = true;
    }
}

/* Do rows stand above a "=" line that lines of the table follow? */
static bool has_header_rule(const struct markup *markup)
{
    struct text_line line;
    struct markup look = *markup;

    while (markup_peek(&look, &line) && !line.is_blank) {
        struct span words = markup_words(&look, &line);

        look.at = line.next;
        if (text_rule_of(words, "=") != 0)
            return markup_peek(&look, &line) && !line.is_blank;
    }
    return false;
}

/* "=====  ===" : columns are where the marks are. */
static bool read_simple_border(struct grid *grid, struct span line)
{
    for (size_t i = 0; i < line.len && grid->count < COLUMNS_MAX;) {
        size_t end = i;

        while (end < line.len && line.data[end] == '=')
            end++;
        if (end > i) {
            grid->starts[grid->count] = i;
            grid->ends[grid->count++] = end;
        }
        i = end > i ? end : i + 1;
    }
    if (grid->count > 0)
        grid->ends[grid->count - 1] = 0;
    return grid->count > 1;
}

static bool simple_table(struct markup *markup, const struct text_line *first)
{
    struct span border = markup_words(markup, first);
    struct grid grid;
    struct text_line line;
    bool is_header;

    if (text_rule_of(border, "=") != '=' || !memchr(border.data, ' ', border.len))
        return false;
    markup_flush(markup);
    grid_init(&grid, markup);
    (void)read_simple_border(&grid, border);
    is_header = has_header_rule(markup);
    writer_begin(markup->writer, BLOCK_TABLE, is_header ? 1 : 0);
    while (markup_next(markup, &line)) {
        struct span words = markup_words(markup, &line);
        size_t skipped = line.indent > first->indent ? line.indent - first->indent : 0;
        struct span whole = { words.data - skipped, words.len + skipped };
        struct text_line next;

        if (line.is_blank)
            continue;
        if (text_rule_of(words, "=") || (text_rule_of(words, "-") && words.len > 3)) {
            end_row(&grid, is_header);
            is_header = false;
            if (words.data[0] == '=' && (!markup_peek(markup, &next) || next.is_blank))
                break;
            continue;
        }
        /* An empty first column goes on with the row above. */
        if (skipped == 0)
            end_row(&grid, is_header);
        add_line(&grid, whole);
    }
    end_row(&grid, is_header);
    writer_end(markup->writer);
    grid_release(&grid);
    return true;
}

bool rst_table(struct markup *markup, const struct text_line *line)
{
    if (markup->pending.len > 0)
        return false;
    return rst_grid_table(markup, line) || simple_table(markup, line);
}
