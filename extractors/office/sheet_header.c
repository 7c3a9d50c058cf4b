#include <ctype.h>
#include <string.h>

#include "extractors/office/sheet_parts.h"

#define HEADER_ROWS_MAX 4u
#define TITLE_ROWS_MAX  4u

#define COUNT_NUMBERS_MIN 4u /* fewer may be data that happen to go up */
#define COUNT_DIGITS_MAX  4u

size_t sheet_row_end(const struct sheet_cell *cells, size_t count, size_t start)
{
    size_t end = start;

    while (end < count && cells[end].row == cells[start].row)
        end++;
    return end;
}

static bool has_number(const struct sheet_cell *row, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (row[i].is_number)
            return true;
    return false;
}

/* "2024", "2024-03", "2024-03-01" */
static bool is_period(struct span text)
{
    if (text.len != 4 && text.len != 7 && text.len != 10)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (i == 4 || i == 7 ? text.data[i] != '-' : !isdigit((unsigned char)text.data[i]))
            return false;
    return memcmp(text.data, "19", 2) == 0 || memcmp(text.data, "20", 2) == 0;
}

/* Columns are often named by years or days, one after the other. Most numbers below must be of
 * another kind: years may be what a row says, too. */
static bool names_periods(const struct sheet *sheet, const struct sheet_cell *cells, size_t count)
{
    size_t end = sheet_row_end(cells, count, 0), below = sheet_row_end(cells, count, end);
    const struct sheet_cell *last = NULL;
    int direction = 0;
    size_t periods = 0, others = 0;

    for (size_t i = 0; i < end; i++) {
        struct span text = sheet_cell_text(sheet, &cells[i]);
        int order;

        if (!cells[i].is_number)
            continue;
        if (!is_period(text) || (last && last->text_len != text.len))
            return false;
        order = last ? memcmp(text.data, sheet_cell_text(sheet, last).data, text.len) : 0;
        if (last && (order == 0 || (direction != 0 && (order > 0) != (direction > 0))))
            return false;
        direction = order;
        last = &cells[i];
    }
    for (size_t i = end; i < below; i++) {
        bool is_other = !is_period(sheet_cell_text(sheet, &cells[i]));

        periods += cells[i].is_number && !is_other;
        others += cells[i].is_number && is_other;
    }
    return direction != 0 && others > periods;
}

/* The whole number that a cell says; false: it says another one, or none. */
static bool whole_number(const struct sheet *sheet, const struct sheet_cell *cell, long *number)
{
    struct span text = sheet_cell_text(sheet, cell);

    *number = 0;
    if (!cell->is_number || text.len == 0 || text.len > COUNT_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!isdigit((unsigned char)text.data[i]))
            return false;
        *number = *number * 10 + (text.data[i] - '0');
    }
    return true;
}

/* 1, 2, 3, 4 ... behind a label or none: hours, days, months, places. */
static bool counts_up(const struct sheet *sheet, const struct sheet_cell *cells, size_t count)
{
    size_t numbers = 0;
    long last = 0;

    for (size_t i = 0; i < count; i++) {
        long number;

        if (!whole_number(sheet, &cells[i], &number)) {
            if (cells[i].is_number || numbers > 0)
                return false;
            continue;
        }
        if (numbers++ > 0 && number != last + 1)
            return false;
        last = number;
    }
    return numbers >= COUNT_NUMBERS_MIN;
}

/* Columns that are counted, over rows that are not. */
static bool names_counts(const struct sheet *sheet, const struct sheet_cell *cells, size_t count)
{
    size_t end = sheet_row_end(cells, count, 0), below = sheet_row_end(cells, count, end);

    return counts_up(sheet, cells, end) && !counts_up(sheet, cells + end, below - end);
}

static bool names_columns(const struct sheet *sheet, const struct sheet_cell *cells, size_t count)
{
    return names_periods(sheet, cells, count) || names_counts(sheet, cells, count);
}

/* A first row of words, of periods or of counts, over at least one other row, and as wide as the
 * table or nearly. */
bool sheet_has_header(const struct sheet *sheet, const struct sheet_cell *cells, size_t count,
                      unsigned columns)
{
    size_t end = sheet_row_end(cells, count, 0);

    if (end == count || end * 2 < columns)
        return false;
    return !has_number(cells, end) || names_columns(sheet, cells, count);
}

/* Words where numbers would stand, and no sign that there are none. */
static bool is_label(const struct sheet *sheet, const struct sheet_cell *cell)
{
    static const char *const none[] = { "-", "n/a", "N/A", "NA", "\xE2\x80\x93", "?", "..." };
    struct span text = sheet_cell_text(sheet, cell);

    if (cell->is_number || text.len == 0 || text.data[0] == '#')
        return false;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        if (text.len == strlen(none[i]) && memcmp(text.data, none[i], text.len) == 0)
            return false;
    return true;
}

const struct sheet_cell *sheet_cell_in_column(const struct sheet_cell *row, size_t count,
                                              uint32_t column)
{
    size_t at = count == 0 ? 0 : sheet_cell_position(row, count, row[0].row, column);

    return at < count && row[at].column == column && row[at].text_len > 0 ? &row[at] : NULL;
}

struct row {
    const struct sheet_cell *cells;
    size_t count;
};

/* A label of the row above that goes on in this one: both are merged cells with one text. */
static bool goes_on_below(const struct row *above, const struct row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        const struct sheet_cell *cell = &row->cells[i];
        const struct sheet_cell *over =
            sheet_cell_in_column(above->cells, above->count, cell->column);

        if (cell->is_copy && cell->text_len > 0 && over && over->text_start == cell->text_start)
            return true;
    }
    return false;
}

bool sheet_has_group(const struct sheet_cell *row, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (row[i].is_copy && row[i].text_len > 0 && row[i - 1].text_start == row[i].text_start)
            return true;
    return false;
}

/* In the first row with numbers, and in the one below it, if that says anything there: in a column
 * of numbers and words, words are no labels. */
static bool is_column_of_numbers(const struct row *numbers, uint32_t column)
{
    const struct sheet_cell *first = sheet_cell_in_column(numbers->cells, numbers->count, column);
    const struct row *below = numbers + 1;
    const struct sheet_cell *second = sheet_cell_in_column(below->cells, below->count, column);

    return first && first->is_number && (!second || second->is_number);
}

/* A row below the header's first one that is header, too: of words only, above numbers, and below a
 * heading over several columns, or with nothing in the first column, or with labels for two
 * columns of numbers. */
static bool is_more_header(const struct sheet *sheet, const struct row *above,
                           const struct row *row, const struct row *numbers)
{
    size_t labels = 0;

    if (goes_on_below(above, row))
        return true;
    for (size_t i = 0; numbers && i < row->count; i++) {
        const struct sheet_cell *cell = &row->cells[i];

        labels += is_column_of_numbers(numbers, cell->column) &&
                  (cell->is_number || is_label(sheet, cell));
    }
    return labels > 1 || (labels == 1 && (sheet_has_group(above->cells, above->count) ||
                                          row->cells[0].column > above->cells[0].column));
}

unsigned sheet_count_headers(const struct sheet *sheet, const struct sheet_cell *cells,
                             size_t count, unsigned columns)
{
    struct row rows[HEADER_ROWS_MAX + 2] = { { NULL, 0 } }; /* and the one below the numbers */
    const struct row *numbers = NULL;
    unsigned row_count = 0, headers = 1;

    if (!sheet_has_header(sheet, cells, count, columns))
        return 0;
    for (size_t i = 0; i < count && row_count <= HEADER_ROWS_MAX && !numbers; row_count++) {
        size_t end = sheet_row_end(cells, count, i);

        rows[row_count] = (struct row){ cells + i, end - i };
        if (has_number(cells + i, end - i) && !names_columns(sheet, cells + i, count - i)) {
            numbers = &rows[row_count];
            rows[row_count + 1] =
                (struct row){ cells + end, sheet_row_end(cells, count, end) - end };
        }
        i = end;
    }
    while (headers + 1 < row_count && &rows[headers] != numbers &&
           is_more_header(sheet, &rows[headers - 1], &rows[headers], numbers))
        headers++;
    return headers;
}

size_t sheet_count_titles(const struct sheet *sheet, const struct sheet_cell *cells, size_t count)
{
    size_t titles = 0;

    while (titles < TITLE_ROWS_MAX && titles < count && !cells[titles].is_number &&
           sheet_row_end(cells, count, titles) == titles + 1)
        titles++;
    if (titles == count || sheet_row_end(cells, count, titles) - titles < 2 ||
        !sheet_has_header(sheet, cells + titles, count - titles, 0))
        return 0;
    return titles;
}
