#include "extractors/pdf/pdf_table.h"

#include <math.h>
#include <string.h>

#include "extractors/pdf/pdf_marks.h"
#include "extractors/pdf/pdf_table_cells.h"
#include "extractors/pdf/pdf_table_run.h"

#define BINS            1024u
#define RUN_ROWS_MAX    600u
#define FIGURE_GAP      0.25F /* of that between other words, at least */
#define STRETCHED_EMS   2.2F  /* wider white is not between the words of a stretched line */
#define UNITED_ROWS_MIN 4u
#define CELLS_LOOK      160u /* cells that are compared to see how a column is aligned */

/* What one column's cells look like. */
struct column_stats {
    size_t cells, numeric, marks;
    size_t sampled;
    float x0[CELLS_LOOK], x1[CELLS_LOOK];
};

/* ---- rules ---- */

#define SAME_SIDE 4.0F /* points: rules of one table end so near to one another */
#define WIDE      0.7F /* of the rules: a row of one piece may be text */

/* Are the rows between two rules cells? At most one of them goes over the width of the rules, and
 * none is a heading, which may be underlined. */
static bool band_is_of_table(const struct pdf_segment *segments, const uint32_t *order,
                             const struct pdf_row *rows, size_t row_count, size_t first, float y0,
                             float y1, float width, bool *has_cells)
{
    size_t held = 0, multi = 0, wide = 0;

    for (size_t i = first; i < row_count && rows[i].y0 < y1; i++) {
        if ((rows[i].y0 + rows[i].y1) / 2.0F < y0)
            continue;
        if (pdf_row_is_heading(segments, order, &rows[i], &rows[first]))
            return false;
        held++;
        multi += pdf_row_is_multi(&rows[i]);
        wide += !pdf_row_is_multi(&rows[i]) && rows[i].x1 - rows[i].x0 > WIDE * width;
    }
    *has_cells = multi > 0;
    return wide <= 1 && (multi > 0 || held <= 1) && held > 0;
}

/* The rules from the one right above the row on, as long as cells stand between them, to the one
 * below the last cells. */
static void stack_find(const struct pdf_doc *doc, const struct pdf_page *page,
                       const struct pdf_segment *segments, const uint32_t *order,
                       const struct pdf_row *rows, size_t row_count, size_t first,
                       struct pdf_stack *out)
{
    const struct pdf_rule *rules = page->rule_count ? doc->rules + page->rule_start : NULL;
    const struct pdf_row *row = &rows[first];
    float height = pdf_row_height(row);
    size_t last = 0;

    out->count = 0;
    for (uint32_t i = 0; i < page->rule_count && !rules[i].is_vertical; i++) {
        const struct pdf_rule *rule = &rules[i];
        bool has_cells;

        if (rule->at > row->y0 + 0.3F * height && out->count == 0)
            break;
        if (out->count == 0 || rule->at <= row->y0 + 0.3F * height) {
            if (rule->at < row->y0 - 2.5F * height || rule->from > row->x0 + height ||
                rule->to < row->x1 - height)
                continue;
            *out = (struct pdf_stack){ .x0 = rule->from, .x1 = rule->to, .count = 1 };
            out->ys[0] = rule->at;
            continue;
        }
        if (fabsf(rule->from - out->x0) > SAME_SIDE || fabsf(rule->to - out->x1) > SAME_SIDE)
            continue;
        if (out->count == PDF_TABLE_RULES_MAX ||
            !band_is_of_table(segments, order, rows, row_count, first, out->ys[out->count - 1],
                              rule->at, out->x1 - out->x0, &has_cells))
            break;
        out->ys[out->count++] = rule->at;
        last = has_cells ? out->count : last;
    }
    out->count = last < 3 ? 0 : last;
}

static size_t stack_end(const struct pdf_stack *stack, const struct pdf_row *rows, size_t row_count,
                        size_t first)
{
    size_t end = first;

    while (end < row_count && end < first + RUN_ROWS_MAX &&
           pdf_row_band(stack, &rows[end]) < stack->count)
        end++;
    return end;
}

/* ---- columns ---- */

struct cover {
    uint16_t bins[BINS];
    float x0, scale; /* bins per point */
};

static void cover_add(struct cover *cover, float x0, float x1)
{
    float from = (x0 - cover->x0) * cover->scale, to = (x1 - cover->x0) * cover->scale;
    size_t first = from > 0.0F ? (size_t)from : 0;
    size_t end = to > 0.0F ? (size_t)to + 1 : 0;

    for (size_t i = first; i < end && i < BINS; i++)
        cover->bins[i]++;
}

/* Is the white between two words one between cells? Figures that stand in two columns may have
 * hardly any; those of one number are no columns, for the white between them is narrow in all rows.
 */
static bool words_are_apart(const struct pdf_doc *doc, const struct pdf_word *a,
                            const struct pdf_word *b, float x1, float min_gap)
{
    return b->x0 - x1 >= min_gap ||
           (b->x0 - x1 > FIGURE_GAP * min_gap && pdf_text_is_figure(pdf_word_text(doc, a)) &&
            pdf_text_is_figure(pdf_word_text(doc, b)));
}

static void cover_row(struct cover *cover, struct pdf_row_walk walk, float min_gap)
{
    const struct pdf_word *word = pdf_row_walk_next(&walk), *before = word;
    float x0, x1;

    if (!word)
        return;
    x0 = word->x0;
    x1 = word->x1;
    while ((word = pdf_row_walk_next(&walk))) {
        if (words_are_apart(walk.doc, before, word, x1, min_gap)) {
            cover_add(cover, x0, x1);
            x0 = word->x0;
        }
        x1 = fmaxf(x1, word->x1);
        before = word;
    }
    cover_add(cover, x0, x1);
}

/* The middle of the widest stretch that fewest rows cover, in bins. */
static float valley_middle(const struct cover *cover, size_t start, size_t end)
{
    size_t widest = 0, widest_end = start;
    uint16_t least = UINT16_MAX;

    for (size_t i = start; i < end;) {
        uint16_t bin = cover->bins[i];
        size_t from = i;

        while (i < end && cover->bins[i] == bin)
            i++;
        if (bin < least || (bin == least && i - from > widest)) {
            least = bin;
            widest = i - from;
            widest_end = i;
        }
    }
    return (float)widest_end - (float)widest / 2.0F;
}

/* Valleys of the cover are borders between columns. */
static void borders_find(const struct cover *cover, size_t multi_rows, float min_width,
                         struct pdf_grid *grid)
{
    size_t tolerated = multi_rows / 7;
    bool seen_text = false;

    grid->column_count = 1;
    for (size_t i = 0; i < BINS; i++) {
        size_t start = i;

        if (cover->bins[i] > tolerated) {
            seen_text = true;
            continue;
        }
        while (i < BINS && cover->bins[i] <= tolerated)
            i++;
        if (i >= BINS || !seen_text || (float)(i - start) / cover->scale < min_width ||
            grid->column_count >= PDF_TABLE_COLUMNS_MAX)
            continue;
        grid->borders[grid->column_count - 1] =
            cover->x0 + valley_middle(cover, start, i) / cover->scale;
        grid->column_count++;
    }
}

/* The largest share of the cells that begin, end or are centred at one place. */
static float column_alignment(const struct column_stats *column, float tolerance)
{
    size_t best = 0;

    for (size_t i = 0; i < column->sampled; i++) {
        size_t same_left = 0, same_right = 0, same_middle = 0;

        for (size_t k = 0; k < column->sampled; k++) {
            float left = fabsf(column->x0[i] - column->x0[k]);
            float right = fabsf(column->x1[i] - column->x1[k]);
            float middle = fabsf(column->x0[i] + column->x1[i] - column->x0[k] - column->x1[k]);

            same_left += left < tolerance;
            same_right += right < tolerance;
            same_middle += middle < 1.5F * tolerance;
        }
        best = same_left > best ? same_left : best;
        best = same_right > best ? same_right : best;
        best = same_middle > best ? same_middle : best;
    }
    return column->sampled ? (float)best / (float)column->sampled : 0.0F;
}

/* Are these the cells of a table, or pieces of text that happen to have gaps? */
static bool grid_is_table(const struct pdf_doc *doc, const struct pdf_segment *segments,
                          const uint32_t *order, const struct pdf_row *rows, size_t first,
                          const struct pdf_grid *grid, float size)
{
    struct column_stats columns[PDF_TABLE_COLUMNS_MAX];
    size_t filled = 0, row_count = 0, chars = 0;
    float alignment = 0.0F;

    for (size_t c = 0; c < grid->column_count; c++)
        columns[c].cells = columns[c].numeric = columns[c].sampled = columns[c].marks = 0;
    for (size_t r = first; r < grid->row_end; r++) {
        struct pdf_row_walk walk = pdf_row_walk(doc, segments, order, &rows[r]);
        const struct pdf_word *pending = NULL;
        struct pdf_row_cell cell;
        size_t cells = 0;

        while (pdf_row_cell_next(&walk, &pending, grid, PDF_BORDER_EMS * size, &cell)) {
            struct column_stats *column = &columns[cell.column];

            cells++;
            chars += cell.chars;
            if (cell.span > 1)
                continue;
            column->cells++;
            column->numeric += pdf_row_cell_is_numeric(&cell);
            column->marks += cell.words == 1 && cell.is_mark;
            if (column->sampled < CELLS_LOOK) {
                column->x0[column->sampled] = cell.x0;
                column->x1[column->sampled++] = cell.x1;
            }
        }
        filled += cells;
        row_count += cells >= 2;
    }
    for (size_t c = 0; c < grid->column_count; c++)
        alignment += column_alignment(&columns[c], 0.4F * size) * (float)columns[c].sampled;
    for (size_t c = 0, sampled = 0; c < grid->column_count; c++) {
        sampled += columns[c].sampled;
        if (c + 1 == grid->column_count)
            alignment /= fmaxf((float)sampled, 1.0F);
    }
    if (row_count < 2 || (row_count < 3 && grid->column_count < 3) || filled == 0)
        return false;
    if (chars / filled > 120)
        return false; /* text */
    if (columns[0].marks * 10 >= columns[0].cells * 6 && grid->column_count == 2)
        return false; /* a list */
    return alignment > 0.6F && filled * 10 >= row_count * grid->column_count * 4;
}

/* The last lines of the last row's cell: one piece below a column that is not the first. */
static bool row_is_last_of_cell(const struct pdf_row *row, const struct pdf_grid *grid, float size)
{
    size_t span;

    return row->count == 1 && !row->has_leader && row->x0 >= grid->borders[0] &&
           row->y1 - row[-1].y1 < 1.4F * size &&
           pdf_grid_column(grid, row->x0, row->x1, &span) > 0 && span == 1;
}

/* Where the rows end that are cells: below the last ones between two rules lines of one piece that
 * begin in the first column are what is said about the table, unless they go on with one row. */
static size_t rows_trim(const struct pdf_row *rows, size_t first, const struct pdf_grid *grid)
{
    size_t end = grid->row_end, multi = 0;
    size_t band = pdf_row_band(&grid->stack, &rows[end - 1]);

    for (size_t r = end; r > first && pdf_row_band(&grid->stack, &rows[r - 1]) == band; r--)
        multi += pdf_row_is_multi(&rows[r - 1]);
    while (multi != 1 && end > first + 1 && !pdf_row_is_multi(&rows[end - 1]) &&
           rows[end - 1].x0 < grid->borders[0])
        end--;
    return end;
}

/* Code has gaps in its lines, and keeps them; text and headings may stand between its lines. */
static bool run_is_code(const struct pdf_doc *doc, const struct pdf_segment *segments,
                        const uint32_t *order, const struct pdf_row *rows, size_t first, size_t end)
{
    size_t mono = 0, count = 0;

    for (size_t r = first; r < end; r++) {
        for (uint32_t i = 0; i < rows[r].count && pdf_row_is_multi(&rows[r]); i++) {
            const struct pdf_segment *segment = &segments[order[rows[r].start + i]];

            count++;
            mono += (doc->styles[segment->style].flags & PDF_MONO) != 0;
        }
    }
    return mono * 10 >= count * 9;
}

/* Is what is in row b the rest of a sentence that row a, right above it, begins? */
static bool row_goes_on(const struct pdf_doc *doc, const struct pdf_segment *segments,
                        const uint32_t *order, const struct pdf_row *a, const struct pdf_row *b)
{
    const struct pdf_segment *last = &segments[order[a->start + a->count - 1]];
    const struct pdf_segment *first = &segments[order[b->start]];
    struct span text = pdf_word_text(doc, &doc->words[last->word_start + last->word_count - 1]);

    return b->y1 - a->y1 < 1.6F * first->size && fabsf(b->x0 - a->x0) < 0.5F * first->size &&
           text.len > 0 && !strchr(".:!?", text.data[text.len - 1]) &&
           pdf_text_goes_on(pdf_word_text(doc, &doc->words[first->word_start]));
}

static float row_widest_gap(const struct pdf_segment *segments, const uint32_t *order,
                            const struct pdf_row *row)
{
    float gap = 0.0F;

    for (uint32_t i = 1; i < row->count; i++)
        gap =
            fmaxf(gap, segments[order[row->start + i]].x0 - segments[order[row->start + i - 1]].x1);
    return gap;
}

/* Lines of text that were stretched to the column's width look like rows; the ones between them
 * that needed no stretching, and go on with the sentence, tell. So do, where all gaps are narrow,
 * the lines right above and below. */
static bool run_is_stretched(const struct pdf_doc *doc, const struct pdf_segment *segments,
                             const uint32_t *order, const struct pdf_row *rows, size_t row_count,
                             size_t first, const struct pdf_grid *grid, float size, float width)
{
    size_t multi = 0, whole = 0, end = grid->row_end;
    float gap = 0.0F;

    for (size_t r = first; r < end; r++) {
        const struct pdf_segment *segment = &segments[order[rows[r].start]];

        multi += pdf_row_is_multi(&rows[r]);
        gap = fmaxf(gap, row_widest_gap(segments, order, &rows[r]));
        whole += rows[r].count == 1 && rows[r].x1 - rows[r].x0 > 0.95F * width &&
                 segment->word_count > 4 &&
                 pdf_text_goes_on(pdf_word_text(doc, &doc->words[segment->word_start]));
    }
    if (gap < STRETCHED_EMS * size &&
        ((first > 0 && rows[first - 1].count == 1 && rows[first - 1].x1 > rows[first].x1 - size &&
          row_goes_on(doc, segments, order, &rows[first - 1], &rows[first])) ||
         (end < row_count && rows[end].count == 1 &&
          row_goes_on(doc, segments, order, &rows[end - 1], &rows[end]))))
        return true;
    return whole * 2 >= multi;
}

/* The columns of the rows from first to the grid's end; the size of their letters, 0: too few rows
 * for a table. */
static float columns_measure(const struct pdf_doc *doc, const struct pdf_segment *segments,
                             const uint32_t *order, const struct pdf_row *rows, size_t first,
                             struct pdf_grid *grid)
{
    struct cover cover = { .bins = { 0 } };
    size_t multi = 0;
    float x0 = INFINITY, x1 = -INFINITY, size;

    for (size_t r = first; r < grid->row_end; r++) {
        multi += pdf_row_is_multi(&rows[r]);
        x0 = fminf(x0, rows[r].x0);
        x1 = fmaxf(x1, rows[r].x1);
    }
    if (multi < 2 || x1 - x0 < 1.0F)
        return 0.0F;
    size = pdf_rows_size(segments, order, rows, first, grid->row_end);
    cover.x0 = x0;
    cover.scale = (float)(BINS - 1) / (x1 - x0);
    for (size_t r = first; r < grid->row_end; r++)
        if (pdf_row_is_multi(&rows[r]))
            cover_row(&cover, pdf_row_walk(doc, segments, order, &rows[r]), PDF_BORDER_EMS * size);
    borders_find(&cover, multi, PDF_BORDER_EMS * size, grid);
    grid->x0 = x0;
    grid->x1 = x1;
    return size;
}

/* In how many rows stands a word across a border? */
static size_t rows_crossing(const struct pdf_doc *doc, const struct pdf_segment *segments,
                            const uint32_t *order, const struct pdf_row *rows, size_t first,
                            size_t end, const struct pdf_grid *grid)
{
    size_t crossing = 0;

    for (size_t r = first; r < end; r++) {
        struct pdf_row_walk walk = pdf_row_walk(doc, segments, order, &rows[r]);
        const struct pdf_word *word;
        size_t span = 1;

        while (span < 2 && (word = pdf_row_walk_next(&walk)))
            (void)pdf_grid_column(grid, word->x0, word->x1, &span);
        crossing += pdf_row_is_multi(&rows[r]) && span > 1;
    }
    return crossing;
}

/* Rows below the last rule are another table, sums say, where what is between the rules does not
 * stand in the columns that both would have. */
static size_t ruled_end(const struct pdf_doc *doc, const struct pdf_segment *segments,
                        const uint32_t *order, const struct pdf_row *rows, size_t first,
                        size_t inside_end, size_t end)
{
    struct pdf_grid inside = { .row_end = inside_end }, all = { .row_end = end };
    float size = columns_measure(doc, segments, order, rows, first, &inside);

    if (size <= 0.0F || !grid_is_table(doc, segments, order, rows, first, &inside, size))
        return end;
    (void)columns_measure(doc, segments, order, rows, first, &all);
    return all.column_count < inside.column_count ||
                   rows_crossing(doc, segments, order, rows, first, inside_end, &all) >
                       rows_crossing(doc, segments, order, rows, first, inside_end, &inside)
               ? inside_end
               : end;
}

/* Two columns of which no row has both are one, where the header has one of them, or all that one
 * has is above what the other has: figures on the right of it, its header or dashes on the left. */
static void columns_unite(const struct pdf_doc *doc, const struct pdf_segment *segments,
                          const uint32_t *order, const struct pdf_row *rows, size_t first,
                          struct pdf_grid *grid, float size)
{
    size_t either[PDF_TABLE_COLUMNS_MAX] = { 0 }, changes[PDF_TABLE_COLUMNS_MAX] = { 0 }, kept = 0;
    bool apart[PDF_TABLE_COLUMNS_MAX] = { false }, headed[PDF_TABLE_COLUMNS_MAX] = { false };
    bool was_left[PDF_TABLE_COLUMNS_MAX] = { false };
    struct pdf_row_cells row;

    for (size_t r = first; r < grid->row_end; r++) {
        if (!pdf_row_is_multi(&rows[r]))
            continue;
        pdf_row_cells_read(pdf_row_walk(doc, segments, order, &rows[r]), grid,
                           PDF_BORDER_EMS * size, &row);
        for (size_t c = 0; c + 1 < grid->column_count; c++) {
            apart[c] |= (row.has[c] && row.has[c + 1]) || row.spans[c] > 1;
            if (!row.has[c] && !row.has[c + 1])
                continue;
            headed[c] |= r == first;
            changes[c] += either[c]++ > 0 && row.has[c] != was_left[c];
            was_left[c] = row.has[c];
        }
    }
    for (size_t c = 0; c + 1 < grid->column_count; c++) {
        if (apart[c] || either[c] < UNITED_ROWS_MIN || (!headed[c] && changes[c] != 1))
            grid->borders[kept++] = grid->borders[c];
        else if (c + 2 < grid->column_count)
            apart[c + 1] = true; /* no three are one */
    }
    grid->column_count = kept + 1;
}

bool pdf_table_find(const struct pdf_doc *doc, const struct pdf_page *page,
                    const struct pdf_segment *segments, const uint32_t *order,
                    const struct pdf_row *rows, size_t row_count, size_t first,
                    struct pdf_grid *out)
{
    float size;

    if (!pdf_row_is_multi(&rows[first]))
        return false;
    out->row_end = pdf_table_run_end(doc, segments, order, rows, row_count, first);
    out->stack.count = 0;
    if (segments[order[rows[first].start]].rotation == 0)
        stack_find(doc, page, segments, order, rows, row_count, first, &out->stack);
    if (out->stack.count) {
        size_t end = stack_end(&out->stack, rows, row_count, first);

        out->row_end = end < out->row_end
                           ? ruled_end(doc, segments, order, rows, first, end, out->row_end)
                           : end;
    }
    size = columns_measure(doc, segments, order, rows, first, out);
    if (size <= 0.0F || run_is_code(doc, segments, order, rows, first, out->row_end))
        return false;
    if (out->column_count < 2 || !grid_is_table(doc, segments, order, rows, first, out, size))
        return false;
    if (run_is_stretched(doc, segments, order, rows, row_count, first, out, size,
                         out->x1 - out->x0))
        return false;
    columns_unite(doc, segments, order, rows, first, out, size);
    if (out->column_count < 2)
        return false;
    if (out->stack.count)
        out->row_end = rows_trim(rows, first, out);
    while (!out->stack.count && out->row_end < row_count &&
           row_is_last_of_cell(&rows[out->row_end], out, size))
        out->row_end++;
    return true;
}
