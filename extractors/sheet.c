#include "extractors/sheet.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/spanning_cell.h"

#define MERGE_CELLS_MAX 2048u /* a larger merged area is told once */
#define SPLIT_DEPTH_MAX 6u
#define HEADER_ROWS     1u

void sheet_put(struct sheet *sheet, uint32_t row, uint32_t column, struct span text, bool is_number)
{
    struct sheet_cell cell = {
        .row = row,
        .column = (uint16_t)column,
        .is_number = is_number,
        .text_start = (uint32_t)sheet->text.len,
        .text_len = (uint32_t)text.len,
    };

    while (text.len > 0 && strchr(" \t\r\n", text.data[0]) && text.data[0])
        text = (struct span){ text.data + 1, text.len - 1 };
    if (text.len == 0 || column >= SHEET_COLUMNS_MAX || sheet->is_full)
        return;
    cell.text_len = (uint32_t)text.len;
    if (sheet->cell_count >= SHEET_CELLS_MAX || text.len > SHEET_TEXT_BYTES_MAX - sheet->text.len) {
        sheet->is_full = true;
        return;
    }
    buf_append(&sheet->text, text.data, text.len);
    if (sheet->text.failed ||
        !array_reserve(&sheet->cells, &sheet->cell_capacity, sheet->cell_count)) {
        sheet->is_full = sheet->is_out_of_memory = true;
        return;
    }
    sheet->cells[sheet->cell_count] = cell;
    if (sheet->cell_count > 0) {
        const struct sheet_cell *last = &sheet->cells[sheet->cell_count - 1];

        if (last->row > row || (last->row == row && last->column >= column))
            sheet->is_sorted = false;
    }
    sheet->cell_count++;
}

void sheet_merge(struct sheet *sheet, struct sheet_merge merge)
{
    if (sheet->merge_count >= SHEET_MERGES_MAX || merge.last_row < merge.first_row ||
        merge.last_column < merge.first_column)
        return;
    if (array_reserve(&sheet->merges, &sheet->merge_capacity, sheet->merge_count))
        sheet->merges[sheet->merge_count++] = merge;
    else
        sheet->is_out_of_memory = true;
}

void sheet_clear(struct sheet *sheet)
{
    buf_clear(&sheet->text);
    sheet->cell_count = sheet->merge_count = 0;
    sheet->is_sorted = true;
    sheet->is_full = false;
}

void sheet_release(struct sheet *sheet)
{
    buf_release(&sheet->text);
    free(sheet->cells);
    free(sheet->merges);
    *sheet = (struct sheet)SHEET_INIT;
}

bool sheet_reference(struct span *text, uint32_t *row, uint32_t *column)
{
    size_t i = 0;
    uint32_t letters = 0, digits = 0;

    for (; i < text->len && (text->data[i] == '$' || (text->data[i] | 32) >= 'a'); i++) {
        if (text->data[i] == '$')
            continue;
        if ((text->data[i] | 32) > 'z' || letters > SHEET_COLUMNS_MAX)
            return false;
        letters = letters * 26 + (uint32_t)((text->data[i] | 32) - 'a') + 1;
    }
    for (;
         i < text->len && ((text->data[i] >= '0' && text->data[i] <= '9') || text->data[i] == '$');
         i++) {
        if (digits > 100000000)
            return false;
        if (text->data[i] != '$')
            digits = digits * 10 + (uint32_t)(text->data[i] - '0');
    }
    *text = (struct span){ text->data + i, text->len - i };
    if (letters == 0 || digits == 0)
        return false;
    *row = digits - 1;
    *column = letters - 1;
    return true;
}

/* ---- sorting and merged cells ---- */

static int compare_cells(const void *a, const void *b)
{
    const struct sheet_cell *x = a, *y = b;

    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return x->is_copy - y->is_copy;
}

static void sort_cells(struct sheet *sheet)
{
    size_t kept = 0;

    if (sheet->is_sorted || sheet->cell_count == 0)
        return;
    qsort(sheet->cells, sheet->cell_count, sizeof(sheet->cells[0]), compare_cells);
    for (size_t i = 0; i < sheet->cell_count; i++)
        if (kept == 0 || sheet->cells[i].row != sheet->cells[kept - 1].row ||
            sheet->cells[i].column != sheet->cells[kept - 1].column)
            sheet->cells[kept++] = sheet->cells[i];
    sheet->cell_count = kept;
    sheet->is_sorted = true;
}

/* The first of the sorted cells that is not in front of that place; count: there is none. */
static size_t cell_position(const struct sheet_cell *cells, size_t count, uint32_t row,
                            uint32_t column)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (cells[middle].row < row || (cells[middle].row == row && cells[middle].column < column))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* How many cells of that row have something of their own, from first to last. */
static size_t count_own(const struct sheet *sheet, size_t own_count, uint32_t row, uint32_t first,
                        uint32_t last)
{
    return cell_position(sheet->cells, own_count, row, last + 1) -
           cell_position(sheet->cells, own_count, row, first);
}

/* Whether the merged cell is a heading over several columns: something of their own stands right
 * below it in two of them. */
static bool is_group_heading(const struct sheet *sheet, size_t own_count,
                             const struct sheet_merge *merge)
{
    return merge->last_row < UINT32_MAX && count_own(sheet, own_count, merge->last_row + 1,
                                                     merge->first_column, merge->last_column) > 1;
}

/* A merged cell is told in each row it spans, so that rows can be read alone, where those rows have
 * anything else; but in each column it spans only when it is a heading over them, else those are
 * covered by empty cells. One that is alone in its row is a title, and covers nothing. */
static void fill_merge(struct sheet *sheet, const struct sheet_merge *merge, size_t own_count)
{
    size_t first = cell_position(sheet->cells, own_count, merge->first_row, merge->first_column);
    uint64_t area = (uint64_t)(merge->last_row - merge->first_row + 1) *
                    (uint64_t)(merge->last_column - merge->first_column + 1);
    struct sheet_cell copy;
    bool is_alone, is_heading;

    if (first == own_count || sheet->cells[first].row != merge->first_row ||
        sheet->cells[first].column != merge->first_column ||
        sheet->cells[first].text_len > SPANNING_ROWS_BYTES_MAX || area > MERGE_CELLS_MAX)
        return;
    copy = sheet->cells[first];
    copy.is_copy = true;
    is_alone = count_own(sheet, own_count, merge->first_row, 0, SHEET_COLUMNS_MAX) == 1;
    is_heading =
        copy.text_len <= SPANNING_COLUMNS_BYTES_MAX && is_group_heading(sheet, own_count, merge);
    for (uint32_t row = merge->first_row; row <= merge->last_row; row++) {
        if (row > merge->first_row && count_own(sheet, own_count, row, 0, SHEET_COLUMNS_MAX) == 0)
            continue;
        for (uint32_t column = merge->first_column; column <= merge->last_column; column++) {
            if ((row == merge->first_row && column == merge->first_column) ||
                (is_alone && column > merge->first_column))
                continue;
            copy.row = row;
            copy.column = (uint16_t)column;
            copy.text_len =
                is_heading || column == merge->first_column ? sheet->cells[first].text_len : 0;
            if (sheet->cell_count >= SHEET_CELLS_MAX ||
                !array_reserve(&sheet->cells, &sheet->cell_capacity, sheet->cell_count))
                return;
            sheet->cells[sheet->cell_count++] = copy;
            sheet->is_sorted = false;
        }
    }
}

static void fill_merges(struct sheet *sheet)
{
    size_t own_count = sheet->cell_count;

    for (size_t i = 0; i < sheet->merge_count; i++)
        fill_merge(sheet, &sheet->merges[i], own_count);
    sort_cells(sheet);
}

/* ---- tables ---- */

struct emitter {
    struct sheet *sheet;
    struct writer *writer;
    struct span name;
    uint32_t page;
};

static void put_column(struct buf *out, uint32_t column)
{
    char letters[8];
    size_t len = 0;

    for (column++; column > 0; column = (column - 1) / 26)
        letters[len++] = (char)('A' + (column - 1) % 26);
    while (len > 0)
        buf_append_char(out, letters[--len]);
}

static void put_region(const struct emitter *emitter, uint32_t row, uint32_t first, uint32_t last)
{
    CLEANUP(buf_release) struct buf label = BUF_INIT(512);

    buf_append(&label, emitter->name.data, emitter->name.len > 200 ? 200 : emitter->name.len);
    buf_append_char(&label, '!');
    put_column(&label, first);
    buf_printf(&label, "%u", row + 1);
    if (last > first) {
        buf_append_char(&label, ':');
        put_column(&label, last);
        buf_printf(&label, "%u", row + 1);
    }
    writer_region(emitter->writer, emitter->page, NULL, buf_span(&label));
}

static struct span cell_text(const struct emitter *emitter, const struct sheet_cell *cell)
{
    return (struct span){ emitter->sheet->text.data + cell->text_start, cell->text_len };
}

/* Columns of the table that hold anything, as positions from 0; the rest is UINT16_MAX. */
static uint16_t number_columns(const struct sheet_cell *cells, size_t count, uint16_t *position)
{
    uint16_t columns = 0;

    memset(position, 0, SHEET_COLUMNS_MAX * sizeof(*position));
    for (size_t i = 0; i < count; i++)
        if (cells[i].text_len > 0)
            position[cells[i].column] = 1;
    for (size_t i = 0; i < SHEET_COLUMNS_MAX; i++)
        position[i] = position[i] ? columns++ : UINT16_MAX;
    return columns;
}

static size_t row_end(const struct sheet_cell *cells, size_t count, size_t start)
{
    size_t end = start;

    while (end < count && cells[end].row == cells[start].row)
        end++;
    return end;
}

#define TITLE_ROWS_MAX 4u

/* A first row of words only, over at least one other row, and as wide as the table or nearly. */
static bool has_header(const struct sheet_cell *cells, size_t count, unsigned columns)
{
    size_t end = row_end(cells, count, 0);

    if (end == count || end * 2 < columns)
        return false;
    for (size_t i = 0; i < end; i++)
        if (cells[i].is_number)
            return false;
    return true;
}

/* How many of the cells in front are titles: one to a row, words, above a row of headings for two
 * columns or more. They are read as lines of text, not as a table's header. */
static size_t count_titles(const struct sheet_cell *cells, size_t count)
{
    size_t titles = 0;

    while (titles < TITLE_ROWS_MAX && titles < count && !cells[titles].is_number &&
           row_end(cells, count, titles) == titles + 1)
        titles++;
    if (titles == count || row_end(cells, count, titles) - titles < 2 ||
        !has_header(cells + titles, count - titles, 0))
        return 0;
    return titles;
}

static void emit_line(const struct emitter *emitter, const struct sheet_cell *cell)
{
    put_region(emitter, cell->row, cell->column, cell->column);
    writer_block(emitter->writer, BLOCK_PARAGRAPH, 0, cell_text(emitter, cell));
}

static void emit_row(const struct emitter *emitter, const struct sheet_cell *cells, size_t count,
                     const uint16_t *position, bool is_header)
{
    const struct span empty = { "", 0 };
    uint16_t next = 0;

    put_region(emitter, cells[0].row, cells[0].column, cells[count - 1].column);
    writer_begin(emitter->writer, BLOCK_ROW, 0);
    if (is_header)
        writer_flags(emitter->writer, BLOCK_HEADER);
    for (size_t i = 0; i < count; i++) {
        if (position[cells[i].column] == UINT16_MAX)
            continue;
        for (; next < position[cells[i].column]; next++)
            writer_block(emitter->writer, BLOCK_CELL, 1, empty);
        writer_block(emitter->writer, BLOCK_CELL, 1, cell_text(emitter, &cells[i]));
        next++;
    }
    writer_end(emitter->writer);
}

static void emit_table(const struct emitter *emitter, const struct sheet_cell *cells, size_t count)
{
    uint16_t *position;
    bool is_header;

    for (size_t titles = count == 1 ? 1 : count_titles(cells, count); titles > 0; titles--) {
        emit_line(emitter, cells++);
        count--;
    }
    if (count == 0)
        return;
    position = malloc(SHEET_COLUMNS_MAX * sizeof(*position));
    if (!position) {
        emitter->sheet->is_out_of_memory = true;
        return;
    }
    is_header = has_header(cells, count, number_columns(cells, count, position));
    writer_begin(emitter->writer, BLOCK_TABLE, is_header ? HEADER_ROWS : 0);
    for (size_t i = 0; i < count && !writer_is_full(emitter->writer);) {
        size_t end = row_end(cells, count, i);

        emit_row(emitter, cells + i, end - i, position, is_header && i == 0);
        i = end;
    }
    writer_end(emitter->writer);
    free(position);
}

/* ---- finding the tables ---- */

struct extent {
    uint16_t first, last; /* columns */
    uint32_t first_row, last_row;
    bool is_used;
};

static void emit_area(const struct emitter *emitter, const struct sheet_cell *cells, size_t count,
                      unsigned depth);

static void extent_add(struct extent *extent, uint32_t column, const struct extent *rows)
{
    if (!extent->is_used)
        *extent = (struct extent){ .first = (uint16_t)column,
                                   .first_row = rows->first_row,
                                   .last_row = rows->last_row,
                                   .is_used = true };
    extent->last = (uint16_t)column;
    if (rows->first_row < extent->first_row)
        extent->first_row = rows->first_row;
    if (rows->last_row > extent->last_row)
        extent->last_row = rows->last_row;
}

/* Two rows and two columns, at least. */
static bool is_proper_table(const struct extent *extent)
{
    return extent->is_used && extent->last > extent->first && extent->last_row > extent->first_row;
}

/* The rows of each column up to last, to be freed. NULL: out of memory. */
static struct extent *column_extents(const struct sheet_cell *cells, size_t count, uint16_t last)
{
    struct extent *columns = calloc((size_t)last + 1, sizeof(*columns));

    for (size_t i = 0; columns && i < count; i++) {
        struct extent *column = &columns[cells[i].column];

        if (!column->is_used)
            column->first_row = cells[i].row;
        column->last_row = cells[i].row;
        column->is_used = true;
    }
    return columns;
}

/* Where an empty column divides the band into two proper tables: the first column of the right one;
 * 0: nowhere. */
static uint16_t split_column(const struct sheet_cell *cells, size_t count)
{
    struct extent left = { .is_used = false };
    uint16_t found = 0, last = 0;
    struct extent *columns;

    for (size_t i = 0; i < count; i++)
        if (cells[i].column > last)
            last = cells[i].column;
    columns = last < 4 ? NULL : column_extents(cells, count, last);
    for (uint32_t c = 0; columns && c <= last && !found; c++) {
        struct extent right = { .is_used = false };

        if (columns[c].is_used) {
            extent_add(&left, c, &columns[c]);
            continue;
        }
        if (c == 0 || !columns[c - 1].is_used)
            continue; /* of a wide gap the first column alone is looked at */
        for (uint32_t r = c + 1; r <= last && (columns[r].is_used || !right.is_used); r++)
            if (columns[r].is_used)
                extent_add(&right, r, &columns[r]);
        if (is_proper_table(&left) && is_proper_table(&right))
            found = right.first;
    }
    free(columns);
    return found;
}

/* Cells of one side of a column, in the same order. */
static void emit_side(const struct emitter *emitter, const struct sheet_cell *cells, size_t count,
                      uint16_t column, bool is_left, unsigned depth)
{
    struct sheet_cell *side = malloc(count * sizeof(*side));
    size_t kept = 0;

    if (!side) {
        emitter->sheet->is_out_of_memory = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        if ((cells[i].column < column) == is_left)
            side[kept++] = cells[i];
    emit_area(emitter, side, kept, depth + 1);
    free(side);
}

static void emit_band(const struct emitter *emitter, const struct sheet_cell *cells, size_t count,
                      unsigned depth)
{
    uint16_t column = depth < SPLIT_DEPTH_MAX ? split_column(cells, count) : 0;

    if (column == 0) {
        emit_table(emitter, cells, count);
        return;
    }
    emit_side(emitter, cells, count, column, true, depth);
    emit_side(emitter, cells, count, column, false, depth);
}

static void emit_area(const struct emitter *emitter, const struct sheet_cell *cells, size_t count,
                      unsigned depth)
{
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;

        while (end < count && cells[end].row - cells[end - 1].row <= 1)
            end++;
        emit_band(emitter, cells + i, end - i, depth);
        i = end;
    }
}

void sheet_emit(struct sheet *sheet, struct span name, uint32_t page, struct writer *writer)
{
    struct emitter emitter = { sheet, writer, name, page };

    sort_cells(sheet);
    fill_merges(sheet);
    emit_area(&emitter, sheet->cells, sheet->cell_count, 0);
    if (sheet->is_full)
        writer_partial(writer, "a sheet has more cells than the limit of %zu", SHEET_CELLS_MAX);
    writer_region_none(writer);
}

void sheet_emit_hidden(const struct sheet *sheet, struct writer *writer)
{
    for (size_t i = 0; i < sheet->cell_count; i++) {
        writer_hidden(writer, (struct span){ sheet->text.data + sheet->cells[i].text_start,
                                             sheet->cells[i].text_len });
        writer_hidden(writer, (struct span){ "\n", 1 });
    }
}

void sheet_emit_comment(uint32_t row, uint32_t column, struct span text, struct writer *writer)
{
    CLEANUP(buf_release) struct buf place = BUF_INIT(64);

    put_column(&place, column);
    buf_printf(&place, "%u: ", row + 1);
    writer_begin(writer, BLOCK_PARAGRAPH, 0);
    writer_flags(writer, BLOCK_COMMENT);
    writer_text(writer, buf_span(&place));
    writer_text(writer, text);
    writer_end(writer);
}
