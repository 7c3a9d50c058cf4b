#include "extractors/pdf_table.h"

#include <math.h>
#include <string.h>

#include "extractors/pdf_marks.h"
#include "extractors/pdf_table_run.h"

#define BINS            1024u
#define RUN_ROWS_MAX    600u
#define BORDER_EMS      0.45F /* the least white between two columns */
#define BAND_RULES_MIN  4u    /* the top, one under the header, one between rows, the bottom */
#define LINE_EMS        2.2F  /* lines of one cell are no further apart */
#define STRETCHED_EMS   2.2F  /* wider white is not between the words of a stretched line */
#define UNITED_ROWS_MIN 4u
#define CELLS_LOOK      160u /* cells that are compared to see how a column is aligned */

/* What one column's cells look like. */
struct column_stats {
    size_t cells, numeric, marks;
    size_t sampled;
    float x0[CELLS_LOOK], x1[CELLS_LOOK];
};

struct cell {
    size_t column, span;
    float x0, x1;
    float first_width; /* of its first word */
    size_t chars, digits, words;
    bool is_mark;  /* its first word is a bullet or a list's number */
    bool is_lower; /* begins in a lower case letter, or a bracket */
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

/* How many of the rules are above the row. */
static size_t row_band(const struct pdf_stack *stack, const struct pdf_row *row)
{
    size_t band = 0;

    while (band < stack->count && stack->ys[band] < (row->y0 + row->y1) / 2.0F)
        band++;
    return band;
}

static size_t stack_end(const struct pdf_stack *stack, const struct pdf_row *rows, size_t row_count,
                        size_t first)
{
    size_t end = first;

    while (end < row_count && end < first + RUN_ROWS_MAX &&
           row_band(stack, &rows[end]) < stack->count)
        end++;
    return end;
}

/* ---- columns ---- */

/* Calls each for every stretch of a row's words that no gap of min_gap or more divides. */
struct stretch_walk {
    const struct pdf_doc *doc;
    const struct pdf_segment *segments;
    const uint32_t *order;
    const struct pdf_row *row;
    uint32_t segment, word;
};

static const struct pdf_word *walk_next(struct stretch_walk *walk)
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

static void cover_row(struct cover *cover, struct stretch_walk walk, float min_gap)
{
    const struct pdf_word *word = walk_next(&walk);
    float x0, x1;

    if (!word)
        return;
    x0 = word->x0;
    x1 = word->x1;
    while ((word = walk_next(&walk))) {
        if (word->x0 - x1 >= min_gap) {
            cover_add(cover, x0, x1);
            x0 = word->x0;
        }
        x1 = fmaxf(x1, word->x1);
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

/* The next cell of a row: words in one column, or one stretch that covers several. */
/* Words that no cell of a header begins with. */
static bool text_goes_on(struct span text)
{
    return text.len > 0 && ((text.data[0] >= 'a' && text.data[0] <= 'z') || text.data[0] == '(');
}

static bool cell_next(struct stretch_walk *walk, const struct pdf_word **pending,
                      const struct pdf_grid *grid, float min_gap, struct cell *cell)
{
    const struct pdf_word *word = *pending ? *pending : walk_next(walk);

    *pending = NULL;
    if (!word)
        return false;
    *cell = (struct cell){ .x0 = word->x0, .x1 = word->x1, .first_width = word->x1 - word->x0 };
    cell->is_mark = pdf_text_is_list_mark(pdf_word_text(walk->doc, word));
    cell->is_lower = text_goes_on(pdf_word_text(walk->doc, word));
    cell->column = pdf_grid_column(grid, word->x0, word->x1, &cell->span);
    do {
        size_t span, column = pdf_grid_column(grid, word->x0, word->x1, &span);
        struct span text = pdf_word_text(walk->doc, word);

        if (column >= cell->column + cell->span && word->x0 - cell->x1 >= min_gap) {
            *pending = word;
            return true;
        }
        if (column + span > cell->column + cell->span)
            cell->span = column + span - cell->column;
        cell->x1 = fmaxf(cell->x1, word->x1);
        cell->chars += text.len;
        cell->words++;
        for (size_t i = 0; i < text.len; i++)
            cell->digits += text.data[i] >= '0' && text.data[i] <= '9';
    } while ((word = walk_next(walk)));
    return true;
}

static bool cell_is_numeric(const struct cell *cell)
{
    return cell->digits * 2 >= cell->chars && cell->chars > 0;
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

static float run_size(const struct pdf_segment *segments, const uint32_t *order,
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

static struct stretch_walk walk_row(const struct pdf_doc *doc, const struct pdf_segment *segments,
                                    const uint32_t *order, const struct pdf_row *row)
{
    return (struct stretch_walk){ .doc = doc, .segments = segments, .order = order, .row = row };
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
        struct stretch_walk walk = walk_row(doc, segments, order, &rows[r]);
        const struct pdf_word *pending = NULL;
        struct cell cell;
        size_t cells = 0;

        while (cell_next(&walk, &pending, grid, BORDER_EMS * size, &cell)) {
            struct column_stats *column = &columns[cell.column];

            cells++;
            chars += cell.chars;
            if (cell.span > 1)
                continue;
            column->cells++;
            column->numeric += cell_is_numeric(&cell);
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
    size_t band = row_band(&grid->stack, &rows[end - 1]);

    for (size_t r = end; r > first && row_band(&grid->stack, &rows[r - 1]) == band; r--)
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
           text_goes_on(pdf_word_text(doc, &doc->words[first->word_start]));
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
                 text_goes_on(pdf_word_text(doc, &doc->words[segment->word_start]));
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
    size = run_size(segments, order, rows, first, grid->row_end);
    cover.x0 = x0;
    cover.scale = (float)(BINS - 1) / (x1 - x0);
    for (size_t r = first; r < grid->row_end; r++)
        if (pdf_row_is_multi(&rows[r]))
            cover_row(&cover, walk_row(doc, segments, order, &rows[r]), BORDER_EMS * size);
    borders_find(&cover, multi, BORDER_EMS * size, grid);
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
        struct stretch_walk walk = walk_row(doc, segments, order, &rows[r]);
        const struct pdf_word *word;
        size_t span = 1;

        while (span < 2 && (word = walk_next(&walk)))
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

/* What a row has in each column. */
struct row_cells {
    size_t filled;
    bool has[PDF_TABLE_COLUMNS_MAX], numeric[PDF_TABLE_COLUMNS_MAX];
    bool lower[PDF_TABLE_COLUMNS_MAX];
    size_t words[PDF_TABLE_COLUMNS_MAX], spans[PDF_TABLE_COLUMNS_MAX];
    float width[PDF_TABLE_COLUMNS_MAX], first_width[PDF_TABLE_COLUMNS_MAX];
};

static void row_read(struct stretch_walk walk, const struct pdf_grid *grid, float min_gap,
                     struct row_cells *out)
{
    const struct pdf_word *pending = NULL;
    struct cell cell;

    memset(out, 0, sizeof(*out));
    while (cell_next(&walk, &pending, grid, min_gap, &cell)) {
        size_t column = cell.column;

        out->filled += !out->has[column];
        out->has[column] = true;
        out->numeric[column] = cell_is_numeric(&cell);
        out->lower[column] = cell.is_lower;
        out->width[column] = cell.x1 - cell.x0;
        out->first_width[column] = cell.first_width;
        out->words[column] = cell.words;
        out->spans[column] = cell.span;
    }
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
    struct row_cells row;

    for (size_t r = first; r < grid->row_end; r++) {
        if (!pdf_row_is_multi(&rows[r]))
            continue;
        row_read(walk_row(doc, segments, order, &rows[r]), grid, BORDER_EMS * size, &row);
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

/* A cell goes on in the next line when the next line's first word had no room in this one. */
static bool cell_wraps(const struct row_cells *above, const struct row_cells *row, size_t column,
                       const float *widths, float size)
{
    return above->has[column] && !row->numeric[column] && above->words[column] > 1 &&
           widths[column] > 4.0F * size &&
           above->width[column] + row->first_width[column] + 0.25F * size > 0.97F * widths[column];
}

/* Does row go on with the cells of the row above it? A figure below a figure does not; a name alone
 * below a row with figures, as far from it as rows are, is that of a group. */
static bool row_continues(const struct row_cells *above, const struct row_cells *row,
                          const struct pdf_grid *grid, const float *widths, float size,
                          bool is_tight)
{
    size_t wrapping = 0, figures = 0, below = 0;

    for (size_t c = 0; c < grid->column_count; c++) {
        wrapping += row->has[c] && cell_wraps(above, row, c, widths, size);
        figures += c > 0 && above->numeric[c];
        below += above->numeric[c] && row->numeric[c];
    }
    if (row->filled == 0 || wrapping == 0 || (below > 0 && row->filled >= above->filled))
        return false;
    if (row->filled == 1 && row->has[0] && !row->lower[0] && figures > 0 && !is_tight)
        return false;
    return wrapping == row->filled || (!row->has[0] && wrapping * 2 >= row->filled);
}

/* Has row nearly all that the one above has, and figures below its figures? Then it lacks a name.
 */
static bool row_repeats(const struct row_cells *above, const struct row_cells *row,
                        const struct pdf_grid *grid)
{
    size_t figures = 0;

    for (size_t c = 0; c < grid->column_count; c++)
        figures += row->numeric[c] && above->numeric[c];
    return figures >= 2 && row->filled * 4 >= above->filled * 3;
}

/* Does row go on with some of a header's cells, which were wrapped by hand? */
static bool header_continues(const struct row_cells *above, const struct row_cells *row,
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
    struct band band = { .id = row_band(&grid->stack, &rows[first]), .end = first };

    for (; band.end < grid->row_end && row_band(&grid->stack, &rows[band.end]) == band.id;
         band.end++) {
        struct row_cells row;

        row_read(walk_row(doc, segments, order, &rows[band.end]), grid, BORDER_EMS * size, &row);
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

void pdf_table_number_rows(const struct pdf_doc *doc, const struct pdf_segment *segments,
                           const uint32_t *order, const struct pdf_row *rows, size_t first,
                           const struct pdf_grid *grid, uint16_t *numbers)
{
    float size = run_size(segments, order, rows, first, grid->row_end);
    struct row_gaps gaps = gaps_read(rows, first, grid->row_end, size);
    float widths[PDF_TABLE_COLUMNS_MAX] = { 0 };
    struct row_cells above, row;
    uint16_t number = 0;
    bool by_rules = bands_are_rows(doc, segments, order, rows, first, grid, size);

    for (size_t r = first; r < grid->row_end; r++) {
        row_read(walk_row(doc, segments, order, &rows[r]), grid, BORDER_EMS * size, &row);
        for (size_t c = 0; c < grid->column_count; c++)
            widths[c] = fmaxf(widths[c], row.width[c]);
    }
    row_read(walk_row(doc, segments, order, &rows[first]), grid, BORDER_EMS * size, &above);
    numbers[0] = 0;
    for (size_t r = first + 1; r < grid->row_end; r++) {
        float gap = rows[r].y1 - rows[r - 1].y1;
        bool is_loose = gap > gaps.least + 0.35F * size || gap > LINE_EMS * size;
        bool is_tight = gap < gaps.least + 0.15F * size && gaps.wide >= 2 && gaps.narrow >= 1 &&
                        gaps.least < 1.45F * size;

        bool is_divided = row_band(&grid->stack, &rows[r]) != row_band(&grid->stack, &rows[r - 1]);

        row_read(walk_row(doc, segments, order, &rows[r]), grid, BORDER_EMS * size, &row);
        if (by_rules && row_band(&grid->stack, &rows[r]) < grid->stack.count
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
                above.words[c] = row.words[c];
            }
        }
        numbers[r - first] = number;
    }
}
