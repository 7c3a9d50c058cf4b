/* Which lines of a table are one row: cells of several lines, headers, rules. */
#include <math.h>

#include "extractors/pdf/pdf_table.h"
#include "extractors/pdf/pdf_table_cells.h"

#define BAND_RULES_MIN   4u /* the top, one under the header, one between rows, the bottom */
#define HEADER_LINES_MIN 3u
#define HEADER_LINES_MAX 8u
#define HEADER_LEADING   1.4F /* of lines of one header, in their size */
#define LINE_EMS         2.2F /* lines of one cell are no further apart */
#define GUTTER_EMS       3.0F /* the white between the text of two columns is rarely wider */

/* A cell goes on in the next line when the next line's first word had no room in this one. */
static bool cell_wraps(const struct pdf_row_cells *above, const struct pdf_row_cells *row,
                       size_t column, const float *widths, float size)
{
    return above->has[column] && !row->numeric[column] && above->words[column] > 1 &&
           widths[column] > 4.0F * size &&
           above->width[column] + row->first_width[column] + 0.25F * size > 0.97F * widths[column];
}

/* Are all cells of both rows there, and had one of them, before the last column, room for the first
 * word below it, up to where the next column begins? Then both are rows, whose cells happen to be
 * as wide as others. */
static bool rows_are_whole(const struct pdf_row_cells *above, const struct pdf_row_cells *row,
                           const struct pdf_grid *grid, float size)
{
    bool has_room = false;

    if (row->filled < grid->column_count || above->filled < grid->column_count)
        return false;
    for (size_t c = 0; c + 1 < grid->column_count; c++)
        has_room |= above->x1[c] + 0.25F * size + row->first_width[c] <
                    fminf(above->x0[c + 1], row->x0[c + 1]) - GUTTER_EMS * size;
    return has_room;
}

/* Does row go on with the cells of the row above it? A figure below a figure does not; a name alone
 * below a row with figures, as far from it as rows are, is that of a group. */
static bool row_continues(const struct pdf_row_cells *above, const struct pdf_row_cells *row,
                          const struct pdf_grid *grid, const float *widths, float size,
                          bool is_tight)
{
    size_t wrapping = 0, figures = 0, below = 0;

    for (size_t c = 0; c < grid->column_count; c++) {
        wrapping += row->has[c] && cell_wraps(above, row, c, widths, size);
        figures += c > 0 && above->numeric[c];
        below += above->numeric[c] && row->numeric[c];
    }
    if (row->filled == 0 || wrapping == 0 || (below > 0 && row->filled >= above->filled) ||
        rows_are_whole(above, row, grid, size))
        return false;
    if (row->filled == 1 && row->has[0] && !row->lower[0] && figures > 0 && !is_tight)
        return false;
    return wrapping == row->filled || (!row->has[0] && wrapping * 2 >= row->filled);
}

/* Has row nearly all that the one above has, and figures below its figures? Then it lacks a name.
 */
static bool row_repeats(const struct pdf_row_cells *above, const struct pdf_row_cells *row,
                        const struct pdf_grid *grid)
{
    size_t figures = 0;

    for (size_t c = 0; c < grid->column_count; c++)
        figures += row->numeric[c] && above->numeric[c];
    return figures >= 2 && row->filled * 4 >= above->filled * 3;
}

/* Does row go on with some of a header's cells, which were wrapped by hand? */
static bool header_continues(const struct pdf_row_cells *above, const struct pdf_row_cells *row,
                             const struct pdf_grid *grid)
{
    for (size_t c = 0; c < grid->column_count; c++)
        if (above->numeric[c] || (row->has[c] && (!above->has[c] || !row->lower[c])))
            return false;
    return row->filled > 0 && row->filled < above->filled;
}

struct row_gaps {
    float least;
    size_t narrow, wide;
};

/* Rows that are further apart than their lines: then the gap tells them apart. */
static struct row_gaps gaps_read(const struct pdf_row *rows, size_t first, size_t end, float size)
{
    struct row_gaps gaps = { INFINITY, 0, 0 };

    for (size_t r = first + 1; r < end; r++)
        gaps.least = fminf(gaps.least, rows[r].y1 - rows[r - 1].y1);
    for (size_t r = first + 1; r < end; r++) {
        float gap = rows[r].y1 - rows[r - 1].y1;

        gaps.narrow += gap < gaps.least + 0.15F * size;
        gaps.wide += gap > gaps.least + 0.35F * size;
    }
    return gaps;
}

/* Lines between two rules. */
struct band {
    size_t id, end; /* the first row after it */
    bool is_uneven; /* some line of it lacks a column that is not the first */
};

static struct band band_read(const struct pdf_doc *doc, const struct pdf_segment *segments,
                             const uint32_t *order, const struct pdf_row *rows, size_t first,
                             const struct pdf_grid *grid, float size)
{
    struct band band = { .id = pdf_row_band(&grid->stack, &rows[first]), .end = first };

    for (; band.end < grid->row_end && pdf_row_band(&grid->stack, &rows[band.end]) == band.id;
         band.end++) {
        struct pdf_row_cells row;

        pdf_row_cells_read(pdf_row_walk(doc, segments, order, &rows[band.end]), grid,
                           PDF_BORDER_EMS * size, &row);
        band.is_uneven |= row.filled + !row.has[0] < grid->column_count;
    }
    band.is_uneven &= band.end - first > 1;
    return band;
}

/* Do rules divide the rows: are most bands of several lines uneven, as where text is wrapped? Lines
 * that have all columns are rows of a group. */
static bool bands_are_rows(const struct pdf_doc *doc, const struct pdf_segment *segments,
                           const uint32_t *order, const struct pdf_row *rows, size_t first,
                           const struct pdf_grid *grid, float size)
{
    size_t bands = 0, uneven = 0;

    if (grid->stack.count < BAND_RULES_MIN)
        return false;
    for (size_t r = first; r < grid->row_end;) {
        struct band band = band_read(doc, segments, order, rows, r, grid, size);

        if (band.id == grid->stack.count)
            break;
        bands += band.end - r > 1;
        uneven += band.is_uneven;
        r = band.end;
    }
    return uneven > 0 && uneven * 2 >= bands;
}

/* Which columns the first lines of a table have. */
struct header_look {
    size_t lines;
    bool has[HEADER_LINES_MAX][PDF_TABLE_COLUMNS_MAX];
};

/* Has each column all lines from one on, and some of them several? */
static bool header_is_wrapped(const struct header_look *header, size_t lines, size_t columns)
{
    size_t several = 0;

    for (size_t c = 0; c < columns; c++) {
        size_t held = 0, changes = 0;

        for (size_t l = 0; l < lines; l++) {
            held += header->has[l][c];
            changes += l > 0 && header->has[l][c] != header->has[l - 1][c];
        }
        if (changes > 1 || held == 0 || !header->has[lines - 1][c])
            return false;
        several += held > 1;
    }
    return several > 1;
}

/* Three lines at least, for two may be a cell that goes over several columns, above them. */
size_t pdf_table_header_lines(const struct pdf_doc *doc, const struct pdf_segment *segments,
                              const uint32_t *order, const struct pdf_row *rows, size_t first,
                              const struct pdf_grid *grid)
{
    float size = pdf_rows_size(segments, order, rows, first, grid->row_end);
    struct header_look header = { 0 };
    struct pdf_row_cells row;
    bool is_header = true;

    for (size_t r = first; r < grid->row_end && header.lines < HEADER_LINES_MAX && is_header; r++) {
        pdf_row_cells_read(pdf_row_walk(doc, segments, order, &rows[r]), grid,
                           PDF_BORDER_EMS * size, &row);
        is_header = r == first || rows[r].y1 - rows[r - 1].y1 < HEADER_LEADING * size;
        for (size_t c = 0; c < grid->column_count && is_header; c++) {
            is_header = !row.numeric[c] && row.spans[c] <= 1;
            header.has[header.lines][c] = row.has[c];
        }
        header.lines += is_header;
    }
    if (is_header)
        return 0;
    while (header.lines >= HEADER_LINES_MIN &&
           !header_is_wrapped(&header, header.lines, grid->column_count))
        header.lines--;
    return header.lines >= HEADER_LINES_MIN ? header.lines : 0;
}

void pdf_table_number_rows(const struct pdf_doc *doc, const struct pdf_segment *segments,
                           const uint32_t *order, const struct pdf_row *rows, size_t first,
                           const struct pdf_grid *grid, uint16_t *numbers)
{
    float size = pdf_rows_size(segments, order, rows, first, grid->row_end);
    struct row_gaps gaps = gaps_read(rows, first, grid->row_end, size);
    float widths[PDF_TABLE_COLUMNS_MAX] = { 0 };
    struct pdf_row_cells above, row;
    uint16_t number = 0;
    size_t header;
    bool by_rules = bands_are_rows(doc, segments, order, rows, first, grid, size);

    for (size_t r = first; r < grid->row_end; r++) {
        pdf_row_cells_read(pdf_row_walk(doc, segments, order, &rows[r]), grid,
                           PDF_BORDER_EMS * size, &row);
        for (size_t c = 0; c < grid->column_count; c++)
            widths[c] = fmaxf(widths[c], row.width[c]);
    }
    pdf_row_cells_read(pdf_row_walk(doc, segments, order, &rows[first]), grid,
                       PDF_BORDER_EMS * size, &above);
    numbers[0] = 0;
    header = pdf_table_header_lines(doc, segments, order, rows, first, grid);
    for (size_t r = first + 1; r < grid->row_end; r++) {
        float gap = rows[r].y1 - rows[r - 1].y1;
        bool is_of_header = r - first < header;
        bool is_loose = gap > gaps.least + 0.35F * size || gap > LINE_EMS * size;
        bool is_tight = gap < gaps.least + 0.15F * size && gaps.wide >= 2 && gaps.narrow >= 1 &&
                        gaps.least < 1.45F * size;

        bool is_divided =
            pdf_row_band(&grid->stack, &rows[r]) != pdf_row_band(&grid->stack, &rows[r - 1]);

        pdf_row_cells_read(pdf_row_walk(doc, segments, order, &rows[r]), grid,
                           PDF_BORDER_EMS * size, &row);
        if (is_of_header) {
            numbers[r - first] = 0;
            above = row;
            continue;
        }
        if (by_rules && pdf_row_band(&grid->stack, &rows[r]) < grid->stack.count
                ? is_divided
                : is_loose || !(row_continues(&above, &row, grid, widths, size, is_tight) ||
                                (number == 0 && header_continues(&above, &row, grid)) ||
                                (is_tight && !row.has[0] && row.filled < above.filled &&
                                 !row_repeats(&above, &row, grid)))) {
            number++;
            above = row;
        } else {
            for (size_t c = 0; c < grid->column_count; c++) {
                if (!row.has[c])
                    continue;
                above.has[c] = true;
                above.width[c] = row.width[c];
                above.x0[c] = row.x0[c];
                above.x1[c] = row.x1[c];
                above.words[c] = row.words[c];
            }
        }
        numbers[r - first] = number;
    }
}
