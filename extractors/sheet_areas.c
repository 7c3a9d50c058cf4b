#include <stdlib.h>
#include <string.h>

#include "extractors/sheet_parts.h"

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

/* Cells of one side of a column, in the same order. */
static void emit_side(const struct sheet_emitter *emitter, const struct sheet_cell *cells,
                      size_t count, uint16_t column, bool is_left, unsigned depth)
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

/* Whether the row that cells begins with is the header of a filter. */
static bool begins_with_filter(const struct sheet *sheet, const struct sheet_cell *cells,
                               size_t count)
{
    for (size_t i = 0; i < sheet->table_count; i++) {
        const struct sheet_merge *area = &sheet->tables[i].area;

        if (sheet->tables[i].is_filter && count > 0 && area->first_row == cells[0].row &&
            sheet_cell_position(cells, count, area->first_row, area->first_column) <
                sheet_cell_position(cells, count, area->first_row, area->last_column + 1u))
            return true;
    }
    return false;
}

static uint32_t known_headers(const struct sheet *sheet, const struct sheet_cell *cells,
                              size_t count)
{
    return begins_with_filter(sheet, cells, count) && sheet_row_end(cells, count, 0) < count
               ? 1
               : SHEET_HEADERS_GUESSED;
}

static void emit_band(const struct sheet_emitter *emitter, const struct sheet_cell *cells,
                      size_t count, unsigned depth)
{
    uint16_t column = depth < SPLIT_DEPTH_MAX ? split_column(cells, count) : 0;

    if (column == 0) {
        sheet_emit_table(emitter, cells, count, known_headers(emitter->sheet, cells, count));
        return;
    }
    emit_side(emitter, cells, count, column, true, depth);
    emit_side(emitter, cells, count, column, false, depth);
}

/* Up to an empty row, or to the header of a filter, unless what stands above is headings over its
 * columns. */
static size_t band_end(const struct sheet *sheet, const struct sheet_cell *cells, size_t count,
                       size_t start)
{
    size_t row = start, end = start + 1;

    for (; end < count && cells[end].row - cells[end - 1].row <= 1; end++) {
        if (cells[end].row == cells[row].row)
            continue;
        if (sheet->table_count > 0 && begins_with_filter(sheet, cells + end, count - end) &&
            !sheet_has_group(cells + row, end - row))
            break;
        row = end;
    }
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
        size_t end = band_end(emitter->sheet, cells, count, i);
        struct extent columns = extent_of(cells + i, end - i);

        for (size_t next; end < count; end = next) {
            struct extent more;

            next = band_end(emitter->sheet, cells, count, end);
            more = extent_of(cells + end, next - end);
            if (!goes_on(emitter, cells + i, end - i, &columns, cells + end, next - end, &more))
                break; /* else it has no columns of its own */
        }
        emit_band(emitter, cells + i, end - i, depth);
        i = end;
    }
}

/* ---- tables that the file knows ---- */

static int compare_tables(const void *a, const void *b)
{
    const struct sheet_table *x = a, *y = b;

    if (x->area.first_row != y->area.first_row)
        return x->area.first_row < y->area.first_row ? -1 : 1;
    return x->area.first_column - y->area.first_column;
}

static bool is_inside(const struct sheet_merge *area, const struct sheet_cell *cell)
{
    return cell->row >= area->first_row && cell->row <= area->last_row &&
           cell->column >= area->first_column && cell->column <= area->last_column;
}

/* Headings over several columns of the table stand above it, and nothing else in their rows: they
 * are its header, too. cells: those in front of it. */
static void take_groups(const struct sheet_cell *cells, size_t count, struct sheet_table *table)
{
    while (count > 0 && table->area.first_row > 0 &&
           cells[count - 1].row == table->area.first_row - 1 && table->header_rows > 0) {
        size_t start = count;

        while (start > 0 && cells[start - 1].row == cells[count - 1].row)
            start--;
        if (cells[start].column < table->area.first_column ||
            cells[count - 1].column > table->area.last_column ||
            !sheet_has_group(cells + start, count - start))
            return;
        table->area.first_row--;
        table->header_rows++;
        count = start;
    }
}

/* Sends a table, and what stands in front of it, and moves them away; returns how many are left. */
static size_t emit_known(const struct sheet_emitter *emitter, struct sheet_table table,
                         struct sheet_cell *cells, size_t count, struct sheet_cell *scratch)
{
    size_t above = sheet_cell_position(cells, count, table.area.first_row, 0), inside = 0, kept = 0;

    take_groups(cells, above, &table);
    above = sheet_cell_position(cells, count, table.area.first_row, 0);
    for (size_t i = above; i < count; i++)
        inside += is_inside(&table.area, &cells[i]);
    if (inside == 0)
        return count;
    emit_area(emitter, cells, above, 0);
    inside = 0;
    for (size_t i = above; i < count; i++) {
        if (is_inside(&table.area, &cells[i]))
            scratch[inside++] = cells[i];
        else
            cells[kept++] = cells[i];
    }
    sheet_emit_table(emitter, scratch, inside,
                     sheet_row_end(scratch, inside, 0) < inside ? table.header_rows : 0);
    return kept;
}

void sheet_emit_areas(const struct sheet_emitter *emitter)
{
    struct sheet *sheet = emitter->sheet;
    size_t count = sheet->cell_count;
    struct sheet_cell *rest, *scratch;

    if (sheet->table_count == 0 || count == 0) {
        emit_area(emitter, sheet->cells, count, 0);
        return;
    }
    qsort(sheet->tables, sheet->table_count, sizeof(sheet->tables[0]), compare_tables);
    rest = malloc(count * sizeof(*rest));
    scratch = malloc(count * sizeof(*scratch));
    if (rest && scratch) {
        memcpy(rest, sheet->cells, count * sizeof(*rest));
        for (size_t i = 0; i < sheet->table_count; i++)
            if (!sheet->tables[i].is_filter)
                count = emit_known(emitter, sheet->tables[i], rest, count, scratch);
        emit_area(emitter, rest, count, 0);
    } else {
        sheet->is_out_of_memory = true;
    }
    free(rest);
    free(scratch);
}
