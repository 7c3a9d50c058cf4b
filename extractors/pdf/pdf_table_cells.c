#include "extractors/pdf/pdf_table_cells.h"

#include <math.h>
#include <string.h>

#include "extractors/pdf/pdf_marks.h"

struct pdf_row_walk pdf_row_walk(const struct pdf_doc *doc, const struct pdf_segment *segments,
                                 const uint32_t *order, const struct pdf_row *row)
{
    return (struct pdf_row_walk){ .doc = doc, .segments = segments, .order = order, .row = row };
}

const struct pdf_word *pdf_row_walk_next(struct pdf_row_walk *walk)
{
    while (walk->segment < walk->row->count) {
        const struct pdf_segment *segment =
            &walk->segments[walk->order[walk->row->start + walk->segment]];

        if (walk->word < segment->word_count)
            return &walk->doc->words[segment->word_start + walk->word++];
        walk->segment++;
        walk->word = 0;
    }
    return NULL;
}

size_t pdf_grid_column(const struct pdf_grid *grid, float x0, float x1, size_t *span)
{
    size_t first = 0, last;

    /* A word that only touches the border belongs where its middle is. */
    while (first + 1 < grid->column_count && grid->borders[first] <= x0)
        first++;
    last = first;
    while (last + 1 < grid->column_count && grid->borders[last] < x1)
        last++;
    *span = last - first + 1;
    return first;
}

bool pdf_text_is_figure(struct span text)
{
    size_t digits = 0;

    for (size_t i = 0; i < text.len; i++)
        digits += text.data[i] >= '0' && text.data[i] <= '9';
    return digits > 0 && digits * 2 >= text.len;
}

bool pdf_grid_divides(const struct pdf_doc *doc, const struct pdf_grid *grid,
                      const struct pdf_word *a, const struct pdf_word *b, float min_gap)
{
    size_t a_span, b_span;
    size_t a_column = pdf_grid_column(grid, a->x0, a->x1, &a_span);
    size_t b_column = pdf_grid_column(grid, b->x0, b->x1, &b_span);

    if (b_column < a_column + a_span)
        return false;
    return b->x0 - a->x1 >= min_gap ||
           (a_span == 1 && b_span == 1 && b->x0 > a->x1 &&
            pdf_text_is_figure(pdf_word_text(doc, a)) && pdf_text_is_figure(pdf_word_text(doc, b)));
}

bool pdf_text_goes_on(struct span text)
{
    return text.len > 0 && ((text.data[0] >= 'a' && text.data[0] <= 'z') || text.data[0] == '(');
}

bool pdf_row_cell_next(struct pdf_row_walk *walk, const struct pdf_word **pending,
                       const struct pdf_grid *grid, float min_gap, struct pdf_row_cell *cell)
{
    const struct pdf_word *word = *pending ? *pending : pdf_row_walk_next(walk), *before = NULL;

    *pending = NULL;
    if (!word)
        return false;
    *cell =
        (struct pdf_row_cell){ .x0 = word->x0, .x1 = word->x1, .first_width = word->x1 - word->x0 };
    cell->is_mark = pdf_text_is_list_mark(pdf_word_text(walk->doc, word));
    cell->is_lower = pdf_text_goes_on(pdf_word_text(walk->doc, word));
    cell->column = pdf_grid_column(grid, word->x0, word->x1, &cell->span);
    do {
        size_t span, column = pdf_grid_column(grid, word->x0, word->x1, &span);
        struct span text = pdf_word_text(walk->doc, word);

        if (before && column >= cell->column + cell->span &&
            pdf_grid_divides(walk->doc, grid, before, word, min_gap)) {
            *pending = word;
            return true;
        }
        before = word;
        if (column + span > cell->column + cell->span)
            cell->span = column + span - cell->column;
        cell->x1 = fmaxf(cell->x1, word->x1);
        cell->chars += text.len;
        cell->words++;
        for (size_t i = 0; i < text.len; i++)
            cell->digits += text.data[i] >= '0' && text.data[i] <= '9';
    } while ((word = pdf_row_walk_next(walk)));
    return true;
}

bool pdf_row_cell_is_numeric(const struct pdf_row_cell *cell)
{
    return cell->digits * 2 >= cell->chars && cell->chars > 0;
}

void pdf_row_cells_read(struct pdf_row_walk walk, const struct pdf_grid *grid, float min_gap,
                        struct pdf_row_cells *out)
{
    const struct pdf_word *pending = NULL;
    struct pdf_row_cell cell;

    memset(out, 0, sizeof(*out));
    while (pdf_row_cell_next(&walk, &pending, grid, min_gap, &cell)) {
        size_t column = cell.column;

        out->filled += !out->has[column];
        out->has[column] = true;
        out->numeric[column] = pdf_row_cell_is_numeric(&cell);
        out->lower[column] = cell.is_lower;
        out->width[column] = cell.x1 - cell.x0;
        out->x0[column] = cell.x0;
        out->x1[column] = cell.x1;
        out->first_width[column] = cell.first_width;
        out->words[column] = cell.words;
        out->spans[column] = cell.span;
    }
}

float pdf_rows_size(const struct pdf_segment *segments, const uint32_t *order,
                    const struct pdf_row *rows, size_t first, size_t end)
{
    float sum = 0.0F;
    size_t count = 0;

    for (size_t r = first; r < end; r++) {
        for (uint32_t i = 0; i < rows[r].count; i++) {
            sum += segments[order[rows[r].start + i]].size;
            count++;
        }
    }
    return count ? sum / (float)count : 1.0F;
}

size_t pdf_row_band(const struct pdf_stack *stack, const struct pdf_row *row)
{
    size_t band = 0;

    while (band < stack->count && stack->ys[band] < (row->y0 + row->y1) / 2.0F)
        band++;
    return band;
}
