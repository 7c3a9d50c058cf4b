#include "extractors/office/sheet.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "extractors/common/spanning_cell.h"
#include "extractors/office/sheet_parts.h"

#define MERGE_CELLS_MAX 2048u /* a larger merged area is told once */

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

void sheet_link(struct sheet *sheet, uint32_t row, uint32_t column, struct span target)
{
    struct sheet_link link = {
        .row = row,
        .column = (uint16_t)column,
        .target_start = (uint32_t)sheet->text.len,
        .target_len = (uint32_t)target.len,
    };

    if (target.len == 0 || column >= SHEET_COLUMNS_MAX || sheet->link_count >= SHEET_LINKS_MAX ||
        target.len > SHEET_TEXT_BYTES_MAX - sheet->text.len)
        return;
    buf_append(&sheet->text, target.data, target.len);
    if (!sheet->text.failed &&
        array_reserve(&sheet->links, &sheet->link_capacity, sheet->link_count))
        sheet->links[sheet->link_count++] = link;
    else
        sheet->is_out_of_memory = true;
}

void sheet_table(struct sheet *sheet, struct sheet_table table)
{
    if (sheet->table_count >= SHEET_TABLES_MAX)
        return;
    if (array_reserve(&sheet->tables, &sheet->table_capacity, sheet->table_count))
        sheet->tables[sheet->table_count++] = table;
    else
        sheet->is_out_of_memory = true;
}

bool sheet_is_default_name(struct span name)
{
    size_t digits = 0;

    while (digits < name.len && isdigit((unsigned char)name.data[name.len - 1 - digits]))
        digits++;
    if (digits == 0 || digits == name.len)
        return false;
    for (size_t i = 0; i < name.len - digits; i++)
        if (!isalpha((unsigned char)name.data[i]) && (unsigned char)name.data[i] < 0x80)
            return false;
    return true;
}

void sheet_clear(struct sheet *sheet)
{
    buf_clear(&sheet->text);
    sheet->cell_count = sheet->merge_count = sheet->link_count = sheet->table_count = 0;
    sheet->is_sorted = true;
    sheet->is_full = false;
}

void sheet_release(struct sheet *sheet)
{
    buf_release(&sheet->text);
    free(sheet->cells);
    free(sheet->merges);
    free(sheet->links);
    free(sheet->tables);
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
    if (i > 0) /* there may be no text at all */
        *text = (struct span){ text->data + i, text->len - i };
    if (letters == 0 || digits == 0)
        return false;
    *row = digits - 1;
    *column = letters - 1;
    return true;
}

bool sheet_area(struct span text, struct sheet_merge *area)
{
    uint32_t first_column, last_column;
    struct sheet_merge found;

    if (!sheet_reference(&text, &found.first_row, &first_column))
        return false;
    found.last_row = found.first_row;
    last_column = first_column;
    if (text.len > 1 && text.data[0] == ':') {
        text = (struct span){ text.data + 1, text.len - 1 };
        if (!sheet_reference(&text, &found.last_row, &last_column))
            return false;
    }
    if (first_column >= SHEET_COLUMNS_MAX || last_column >= SHEET_COLUMNS_MAX)
        return false;
    found.first_column = (uint16_t)first_column;
    found.last_column = (uint16_t)last_column;
    *area = found;
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

size_t sheet_cell_position(const struct sheet_cell *cells, size_t count, uint32_t row,
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
    return sheet_cell_position(sheet->cells, own_count, row, last + 1) -
           sheet_cell_position(sheet->cells, own_count, row, first);
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
    size_t first =
        sheet_cell_position(sheet->cells, own_count, merge->first_row, merge->first_column);
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

void sheet_fill_merges(struct sheet *sheet)
{
    size_t own_count;

    sort_cells(sheet);
    own_count = sheet->cell_count;
    for (size_t i = 0; i < sheet->merge_count; i++)
        fill_merge(sheet, &sheet->merges[i], own_count);
    sort_cells(sheet);
}
