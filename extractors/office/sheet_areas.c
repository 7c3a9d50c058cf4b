#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "extractors/office/sheet_parts.h"

#define SPLIT_DEPTH_MAX 6u

/* ---- finding the tables ---- */

struct extent {
    uint16_t first, last; /* columns */
    uint32_t first_row, last_row;
    bool is_used;
};

static void emit_area(const struct sheet_emitter *emitter, const struct sheet_cell *cells,
                      size_t count, unsigned depth);

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

/* Cells of one side of a column, in the same order. There are cells. */
static void emit_side(const struct sheet_emitter *emitter, const struct sheet_cell *cells,
                      size_t count, uint16_t column, bool is_left, unsigned depth)
{
    struct sheet_cell *side;
    size_t kept = 0;

    assert(count > 0);
    side = malloc(count * sizeof(*side));
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

/* ---- tables that the file knows ---- */

static bool is_inside(const struct sheet_merge *area, const struct sheet_cell *cell)
{
    return cell->column >= area->first_column && cell->column <= area->last_column;
}

/* Where the rows of a known table are among the cells, from start to end; false: its header is not
 * there, or something that is not of it stands beside it. */
static bool find_known(const struct sheet_table *table, const struct sheet_cell *cells,
                       size_t count, size_t *start, size_t *end)
{
    size_t inside = 0;

    *start = sheet_cell_position(cells, count, table->area.first_row, 0);
    *end = table->is_filter || table->area.last_row == UINT32_MAX
               ? count
               : sheet_cell_position(cells, count, table->area.last_row + 1, 0);
    for (size_t i = *start; i < *end; i++) {
        bool is_of_it = is_inside(&table->area, &cells[i]);

        if (!is_of_it && !table->is_filter)
            return false;
        inside += is_of_it && cells[i].row == table->area.first_row;
    }
    return inside > 0;
}

/* Rows of headings over several columns, right above the table, are its header, too. */
static unsigned take_groups(const struct sheet_cell *cells, size_t *start)
{
    unsigned rows = 0;

    while (*start > 0) {
        size_t row = *start - 1;

        while (row > 0 && cells[row - 1].row == cells[row].row)
            row--;
        if (cells[row].row + 1 != cells[*start].row || !sheet_has_group(cells + row, *start - row))
            break;
        *start = row;
        rows++;
    }
    return rows;
}

/* Sends cells of which the file says that some are a table; false: it says nothing of them. */
static bool emit_known(const struct sheet_emitter *emitter, const struct sheet_cell *cells,
                       size_t count)
{
    const struct sheet *sheet = emitter->sheet;

    for (size_t i = 0; i < sheet->table_count; i++) {
        unsigned headers = sheet->tables[i].header_rows;
        size_t start, end;

        if (!find_known(&sheet->tables[i], cells, count, &start, &end))
            continue;
        if (headers > 0)
            headers += take_groups(cells, &start);
        if (sheet_row_end(cells, end, start) == end)
            headers = 0;
        emit_area(emitter, cells, start, 0);
        sheet_emit_table(emitter, cells + start, end - start, headers);
        emit_area(emitter, cells + end, count - end, 0);
        return true;
    }
    return false;
}

static void emit_band(const struct sheet_emitter *emitter, const struct sheet_cell *cells,
                      size_t count, unsigned depth)
{
    uint16_t column = depth < SPLIT_DEPTH_MAX ? split_column(cells, count) : 0;

    if (column == 0) {
        if (!emit_known(emitter, cells, count))
            sheet_emit_table(emitter, cells, count, SHEET_HEADERS_GUESSED);
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
static bool goes_on(const struct sheet_emitter *emitter, const struct sheet_cell *band,
                    size_t band_count, const struct extent *before, const struct sheet_cell *next,
                    size_t next_count, const struct extent *now)
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

static void emit_area(const struct sheet_emitter *emitter, const struct sheet_cell *cells,
                      size_t count, unsigned depth)
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

void sheet_emit_areas(const struct sheet_emitter *emitter)
{
    emit_area(emitter, emitter->sheet->cells, emitter->sheet->cell_count, 0);
}
