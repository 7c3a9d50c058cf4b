#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/sheet_parts.h"

#define SPLIT_DEPTH_MAX 6u

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

static void emit_line(const struct emitter *emitter, const struct sheet_cell *cell)
{
    put_region(emitter, cell->row, cell->column, cell->column);
    writer_block(emitter->writer, BLOCK_PARAGRAPH, 0, sheet_cell_text(emitter->sheet, cell));
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
        writer_block(emitter->writer, BLOCK_CELL, 1, sheet_cell_text(emitter->sheet, &cells[i]));
        next++;
    }
    writer_end(emitter->writer);
}

static void emit_table(const struct emitter *emitter, const struct sheet_cell *cells, size_t count)
{
    uint16_t *position;
    unsigned headers, row = 0;

    for (size_t titles = count == 1 ? 1 : sheet_count_titles(emitter->sheet, cells, count);
         titles > 0; titles--) {
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
    headers =
        sheet_count_headers(emitter->sheet, cells, count, number_columns(cells, count, position));
    writer_begin(emitter->writer, BLOCK_TABLE, headers);
    for (size_t i = 0; i < count && !writer_is_full(emitter->writer);) {
        size_t end = sheet_row_end(cells, count, i);

        emit_row(emitter, cells + i, end - i, position, row++ < headers);
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

static size_t band_end(const struct sheet_cell *cells, size_t count, size_t start)
{
    size_t end = start + 1;

    while (end < count && cells[end].row - cells[end - 1].row <= 1)
        end++;
    return end;
}

static struct extent extent_of(const struct sheet_cell *cells, size_t count)
{
    struct extent extent = { .first = UINT16_MAX };

    for (size_t i = 0; i < count; i++) {
        if (cells[i].column < extent.first)
            extent.first = cells[i].column;
        if (cells[i].column > extent.last)
            extent.last = cells[i].column;
    }
    return extent;
}

/* Whether a band goes on with the table before it, of which an empty row divides it: that one has
 * column headings and numbers, this one has no headings of its own, and numbers and words where
 * that has them. before and now: the columns of both. */
static bool goes_on(const struct emitter *emitter, const struct sheet_cell *band, size_t band_count,
                    const struct extent *before, const struct sheet_cell *next, size_t next_count,
                    const struct extent *now)
{
    size_t titles = sheet_count_titles(emitter->sheet, band, band_count), numbers = 0;
    size_t first = sheet_row_end(next, next_count, 0), last = band_count;

    while (last > 0 && band[last - 1].row == band[band_count - 1].row)
        last--;
    if (next->row - band[band_count - 1].row != 2 || now->first < before->first ||
        now->last > before->last || first < 2 ||
        !sheet_has_header(emitter->sheet, band + titles, band_count - titles,
                          before->last - before->first + 1) ||
        sheet_has_header(emitter->sheet, next, next_count, 0))
        return false;
    for (size_t i = 0; i < first; i++) {
        const struct sheet_cell *over =
            sheet_cell_in_column(band + last, band_count - last, next[i].column);

        if (next[i].text_len > 0 && next[i].is_number != (over && over->is_number) &&
            (next[i].is_number || over))
            return false;
        numbers += next[i].is_number;
    }
    return numbers > 0;
}

static void emit_area(const struct emitter *emitter, const struct sheet_cell *cells, size_t count,
                      unsigned depth)
{
    for (size_t i = 0; i < count;) {
        size_t end = band_end(cells, count, i);
        struct extent columns = extent_of(cells + i, end - i);

        for (size_t next; end < count; end = next) {
            struct extent more;

            next = band_end(cells, count, end);
            more = extent_of(cells + end, next - end);
            if (!goes_on(emitter, cells + i, end - i, &columns, cells + end, next - end, &more))
                break; /* else it has no columns of its own */
        }
        emit_band(emitter, cells + i, end - i, depth);
        i = end;
    }
}

void sheet_emit(struct sheet *sheet, struct span name, uint32_t page, struct writer *writer)
{
    struct emitter emitter = { sheet, writer, name, page };

    sheet_fill_merges(sheet);
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
