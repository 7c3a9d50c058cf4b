#include <string.h>

#include "base/cleanup.h"
#include "extractors/common/spanning_cell.h"
#include "extractors/text/rst_columns.h"
#include "extractors/text/rst_table.h"

#define BOUNDARIES_MAX 65u

/* Columns of the table lie between boundaries; what reaches down into later rows is kept. */
struct grid {
    struct markup *markup;
    size_t boundaries[BOUNDARIES_MAX]; /* columns of text, ascending */
    size_t count;
    struct buf above[BOUNDARIES_MAX]; /* words of the cell that was last begun in the column */
    struct buf cell;
    size_t row; /* where its first line begins in the text */
};

struct grid_line {
    struct span words;
    size_t at[BOUNDARIES_MAX]; /* bytes in words where the boundaries stand */
};

static void grid_init(struct grid *grid, struct markup *markup)
{
    *grid = (struct grid){ .markup = markup, .cell = BUF_INIT(EXTRACTION_MADE_BYTES_MAX) };
    for (size_t i = 0; i < BOUNDARIES_MAX; i++)
        grid->above[i] = (struct buf)BUF_INIT(SPANNING_ROWS_BYTES_MAX);
}

static void grid_release(struct grid *grid)
{
    for (size_t i = 0; i < BOUNDARIES_MAX; i++)
        buf_release(&grid->above[i]);
    buf_release(&grid->cell);
}

/* ---- lines ---- */

static bool is_dash(char c)
{
    return c == '-' || c == '=';
}

static void find_boundaries(const struct grid *grid, struct grid_line *line)
{
    size_t *right = &line->at[grid->count - 1];

    rst_bytes_of_columns(line->words, grid->boundaries, grid->count, RST_BY_CHARACTERS, line->at);
    if (*right + 1 != line->words.len || !strchr("|+", line->words.data[*right]))
        rst_bytes_of_columns(line->words, grid->boundaries, grid->count, RST_BY_WIDTH, line->at);
}

/* The table's next line, which is taken in markup; false: it has ended. */
static bool next_line(const struct grid *grid, struct markup *markup, struct grid_line *line)
{
    struct text_line next;

    if (!markup_peek(markup, &next) || next.is_blank)
        return false;
    line->words = markup_words(markup, &next);
    if (line->words.data[0] != '+' && line->words.data[0] != '|')
        return false;
    markup->at = next.next;
    find_boundaries(grid, line);
    return true;
}

/* Is there a border above or below column i in the line? */
static bool is_border(const struct grid_line *line, size_t i)
{
    size_t start = line->at[i], end = line->at[i + 1];
    const char *data = line->words.data;

    if (end >= line->words.len || end < start + 2 || !strchr("+-=", data[start]) ||
        !strchr("+-=", data[end]))
        return false;
    for (size_t at = start + 1; at < end; at++)
        if (!is_dash(data[at]))
            return false;
    return true;
}

/* In how many columns there is a border in the line. */
static size_t count_borders(const struct grid *grid, const struct grid_line *line)
{
    size_t count = 0;

    for (size_t i = 0; i + 1 < grid->count; i++)
        count += is_border(line, i);
    return count;
}

/* Does a border between columns stand at the boundary? */
static bool is_bar(const struct grid_line *line, size_t boundary)
{
    size_t at = line->at[boundary];

    return at < line->words.len && strchr("|+", line->words.data[at]);
}

/* ---- boundaries ---- */

static bool has_boundary(const struct grid *grid, size_t column)
{
    for (size_t i = 0; i < grid->count; i++)
        if (grid->boundaries[i] == column)
            return true;
    return false;
}

static void add_boundary(struct grid *grid, size_t column)
{
    size_t at = grid->count;

    if (has_boundary(grid, column) || grid->count == BOUNDARIES_MAX)
        return;
    for (; at > 0 && grid->boundaries[at - 1] > column; at--)
        grid->boundaries[at] = grid->boundaries[at - 1];
    grid->boundaries[at] = column;
    grid->count++;
}

/* Corners of the borders in a line. Beside words a border counts where it touches the table's
 * own: a cell may hold a table of its own. */
static void collect_corners(struct grid *grid, struct span line)
{
    for (size_t start = 0; start < line.len; start++) {
        size_t end = start;

        if (line.data[start] != '+')
            continue;
        while (end + 1 < line.len && (line.data[end + 1] == '+' || is_dash(line.data[end + 1])))
            end++;
        while (end > start && line.data[end] != '+')
            end--;
        if (end > start + 1 &&
            (grid->count == 0 || has_boundary(grid, start) || has_boundary(grid, end)))
            for (size_t i = start; i <= end; i++)
                if (line.data[i] == '+')
                    add_boundary(grid, i);
        start = end;
    }
}

/* Borders beside letters of other widths stand elsewhere in bytes: only lines of ASCII are asked.
 */
static void read_boundaries(struct grid *grid, struct span first)
{
    struct markup look = *grid->markup;
    struct grid_line line;

    collect_corners(grid, first);
    while (next_line(grid, &look, &line))
        if (rst_is_ascii(line.words))
            collect_corners(grid, line.words);
}

/* ---- cells ---- */

/* The first boundary right of column i that is one in all lines down to the cell's lower border. */
static size_t end_of_cell(const struct grid *grid, size_t i)
{
    struct markup look = *grid->markup;
    struct grid_line line;
    bool is_inside[BOUNDARIES_MAX] = { false };
    size_t end = i + 1;

    look.at = grid->row;
    while (next_line(grid, &look, &line) && !is_border(&line, i))
        for (size_t k = i + 1; k + 1 < grid->count; k++)
            is_inside[k] |= !is_bar(&line, k);
    while (end + 1 < grid->count && is_inside[end])
        end++;
    return end;
}

/* Collects the words of the cell between the boundaries. */
static void read_cell(struct grid *grid, size_t start, size_t end)
{
    struct markup look = *grid->markup;
    struct grid_line line;

    buf_clear(&grid->cell);
    look.at = grid->row;
    while (next_line(grid, &look, &line) && !is_border(&line, start)) {
        size_t from = line.at[start] + 1, to = line.at[end];
        struct span part = { "", 0 };

        if (to > from)
            part = markup_trim((struct span){ line.words.data + from, to - from });
        if (part.len > 0 && grid->cell.len > 0)
            buf_append_char(&grid->cell, ' ');
        buf_append(&grid->cell, part.data, part.len);
    }
}

static void put_cell(struct grid *grid, struct span words)
{
    writer_begin(grid->markup->writer, BLOCK_CELL, 0);
    markup_inline(grid->markup, words);
    writer_end(grid->markup->writer);
}

static void put_spanning(struct grid *grid, size_t start, size_t end)
{
    struct span words = buf_span(&grid->cell);

    for (size_t i = start; i < end; i++) {
        bool is_told = i == start || spanning_columns_repeat(words.len, end - start);

        buf_clear(&grid->above[i]);
        if (is_told && spanning_rows_repeat(words.len))
            buf_append(&grid->above[i], words.data, words.len);
        put_cell(grid, is_told ? words : (struct span){ "", 0 });
    }
}

/* The row below the border; what reaches down from above is told again: a row is read alone. */
static void put_row(struct grid *grid, const struct grid_line *border, bool is_header)
{
    writer_begin(grid->markup->writer, BLOCK_ROW, 0);
    writer_flags(grid->markup->writer, is_header ? (unsigned)BLOCK_HEADER : 0u);
    for (size_t i = 0; i + 1 < grid->count;) {
        size_t end = i + 1;

        if (is_border(border, i)) {
            end = end_of_cell(grid, i);
            read_cell(grid, i, end);
            put_spanning(grid, i, end);
        } else {
            put_cell(grid, buf_span(&grid->above[i]));
        }
        i = end;
    }
    writer_end(grid->markup->writer);
}

/* ---- table ---- */

static bool is_whole_border(struct span line, char mark)
{
    if (line.len < 3 || line.data[0] != '+' || line.data[line.len - 1] != '+' ||
        line.data[1] != mark)
        return false;
    for (size_t i = 0; i < line.len; i++)
        if (line.data[i] != '+' && line.data[i] != mark)
            return false;
    return true;
}

static bool has_words(struct span line)
{
    for (size_t i = 0; i < line.len; i++)
        if (!strchr("|+ ", line.data[i]))
            return true;
    return false;
}

static bool has_header_rule(const struct grid *grid)
{
    struct markup look = *grid->markup;
    struct grid_line line;

    while (next_line(grid, &look, &line))
        if (is_whole_border(line.words, '='))
            return true;
    return false;
}

bool rst_grid_table(struct markup *markup, const struct text_line *first)
{
    CLEANUP(grid_release) struct grid grid;
    struct grid_line line, border = { .words = markup_words(markup, first) };
    bool is_header, is_below_border = true, has_lines = false;

    grid_init(&grid, markup);
    if (!is_whole_border(border.words, '-') && !is_whole_border(border.words, '='))
        return false;
    markup_flush(markup);
    read_boundaries(&grid, border.words);
    find_boundaries(&grid, &border);
    is_header = has_header_rule(&grid);
    writer_begin(markup->writer, BLOCK_TABLE, is_header ? 1 : 0);
    grid.row = markup->at;
    while (!writer_is_full(markup->writer) && next_line(&grid, markup, &line)) {
        size_t borders = count_borders(&grid, &line);

        if (borders > 0) {
            /* A cell that goes on below has begun, though its words stand further down. */
            if (is_below_border && borders + 1 < grid.count && has_lines)
                put_row(&grid, &border, is_header);
            is_header = is_header && !is_whole_border(line.words, '=');
            border = line;
            is_below_border = true;
            has_lines = false;
            grid.row = markup->at;
        } else if (is_below_border && has_words(line.words)) {
            put_row(&grid, &border, is_header);
            is_below_border = false;
        }
        has_lines |= borders == 0;
    }
    writer_end(markup->writer);
    return true;
}
