#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "extractors/common/cell_text.h"
#include "extractors/common/spanning_cell.h"
#include "extractors/office/hwp.h"

#define OVERLAPS_MAX 16u

struct cell {
    struct hwp_place place;
    size_t start, len; /* in the table's text */
};

struct hwp_table {
    struct hwp_aside outside; /* its text is that of all cells */
    struct cell *cells;
    size_t cell_count, cell_capacity;
    size_t cell_start;
    unsigned rows, columns;
    bool has_header, is_frame;
};

struct hwp_table *hwp_begin_table(struct hwp *hwp, unsigned rows, unsigned columns, bool has_header)
{
    struct hwp_table *table = calloc(1, sizeof(*table));

    if (!table) {
        hwp->is_out_of_memory = true;
        return NULL;
    }
    hwp_interrupt(hwp);
    table->has_header = has_header;
    table->is_frame = rows == 1 && columns == 1 && !hwp->target;
    if (!table->is_frame)
        hwp_begin_aside(hwp, &table->outside);
    return table;
}

void hwp_begin_cell(struct hwp *hwp, struct hwp_table *table)
{
    table->cell_start = hwp->target_start = table->outside.text.len;
    hwp->is_open = false;
}

void hwp_end_cell(struct hwp *hwp, struct hwp_table *table, struct hwp_place place)
{
    struct cell cell = { .place = place, .start = table->cell_start };

    if (table->is_frame)
        return;
    if (!array_reserve(&table->cells, &table->cell_capacity, table->cell_count)) {
        hwp->is_out_of_memory = true;
        return;
    }
    cell.len = table->outside.text.len - cell.start;
    if (cell.place.row_span == 0)
        cell.place.row_span = 1;
    if (cell.place.column_span == 0)
        cell.place.column_span = 1;
    table->cells[table->cell_count++] = cell;
    if (place.row + cell.place.row_span > table->rows)
        table->rows = place.row + cell.place.row_span;
    if (place.column + cell.place.column_span > table->columns)
        table->columns = place.column + cell.place.column_span;
}

static struct span text_of(const struct hwp_table *table, const struct cell *cell)
{
    return (struct span){ table->outside.text.data + cell->start, cell->len };
}

/* Each place of the table gets the cell that covers it, counted from 1; 0: none. Where cells cover
 * each other so often that all of them could take long, the last ones are left out. */
static uint32_t *lay_out(const struct hwp_table *table)
{
    size_t place_count = (size_t)table->rows * table->columns, covered = 0;
    uint32_t *grid = calloc(place_count, sizeof(*grid));

    for (size_t i = 0; grid && i < table->cell_count && covered <= OVERLAPS_MAX * place_count;
         i++) {
        const struct hwp_place *place = &table->cells[i].place;

        covered += (size_t)place->row_span * place->column_span;

        for (unsigned r = place->row; r < place->row + place->row_span; r++)
            for (unsigned c = place->column; c < place->column + place->column_span; c++)
                if (grid[(size_t)r * table->columns + c] == 0)
                    grid[(size_t)r * table->columns + c] = (uint32_t)i + 1;
    }
    return grid;
}

/* What the cell tells in that place. */
static struct span told_in(const struct hwp_table *table, const struct cell *cell, unsigned row,
                           unsigned column)
{
    struct span text = text_of(table, cell);
    bool is_told = (column == cell->place.column ||
                    spanning_columns_repeat(text.len, cell->place.column_span)) &&
                   (row == cell->place.row || spanning_rows_repeat(text.len));

    return is_told ? text : (struct span){ "", 0 };
}

static void put_table(struct hwp *hwp, const struct hwp_table *table, const uint32_t *grid)
{
    writer_begin(hwp->writer, BLOCK_TABLE, table->has_header);
    for (unsigned r = 0; r < table->rows && !writer_is_full(hwp->writer); r++) {
        writer_begin(hwp->writer, BLOCK_ROW, 0);
        if (r == 0 && table->has_header)
            writer_flags(hwp->writer, BLOCK_HEADER);
        for (unsigned c = 0; c < table->columns; c++) {
            uint32_t index = grid[(size_t)r * table->columns + c];

            writer_begin(hwp->writer, BLOCK_CELL, 1);
            if (index > 0)
                hwp_put_lines(hwp, told_in(table, &table->cells[index - 1], r, c));
            writer_end(hwp->writer);
        }
        writer_end(hwp->writer);
    }
    writer_end(hwp->writer);
}

/* A table in a cell, or one whose cells lie too far apart. */
static void put_as_lines(struct hwp *hwp, const struct hwp_table *table)
{
    struct buf *out = hwp->target;

    if (out->len > hwp->target_start)
        buf_append_char(out, '\n');
    for (size_t i = 0; i < table->cell_count; i++) {
        struct span text = text_of(table, &table->cells[i]);

        if (i > 0 && table->cells[i].place.row != table->cells[i - 1].place.row)
            cell_text_end_inner(out, false, true);
        buf_append(out, text.data, text.len);
        cell_text_end_inner(out, true, false);
    }
    cell_text_end_inner(out, false, true);
    while (out->len > hwp->target_start && out->data[out->len - 1] == '\n')
        out->data[--out->len] = '\0';
}

static void put_cells_apart(struct hwp *hwp, const struct hwp_table *table)
{
    for (size_t i = 0; i < table->cell_count; i++) {
        writer_begin(hwp->writer, BLOCK_PARAGRAPH, 0);
        hwp_put_lines(hwp, text_of(table, &table->cells[i]));
        writer_end(hwp->writer);
    }
}

void hwp_end_table(struct hwp *hwp, struct hwp_table *table)
{
    uint32_t *grid = NULL;

    if (!table->is_frame) {
        hwp_end_aside(hwp, &table->outside);
        hwp->is_open = false;
        if (hwp->target) {
            put_as_lines(hwp, table);
        } else if ((size_t)table->rows * table->columns > HWP_GRID_MAX) {
            put_cells_apart(hwp, table);
        } else if (table->cell_count > 0) {
            grid = lay_out(table);
            hwp->is_out_of_memory |= !grid;
            if (grid)
                put_table(hwp, table, grid);
        }
        buf_release(&table->outside.text);
    }
    free(grid);
    free(table->cells);
    free(table);
}
