#include "extractors/pdf/pdf_lattice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "extractors/pdf/pdf_stacked.h"

#define TOUCH             2.5F /* points: rules that end so near to one another meet */
#define SHORT_ACROSS      20.0F /* points: shorter ones count only between two others, for marks on */
#define SHORT_DOWN        10.0F /* the axes of diagrams look like them */
#define SAME_BORDER       4.0F  /* points: rules so near are one border */
#define RULES_MIN         4u
#define RULES_MAX         3000u
#define STACKED_CELLS_MAX 400u /* a grid of more has rules between its rows */
#define CUT               0.3F /* of a line's size */
#define DIVIDED           0.5F /* of a cell's side that a rule covers, of a grid's that an edge does */

/* Of rows that no rule divides. */
struct borders {
    float at[PDF_RULED_ROWS_MAX];
    size_t count;
};

static uint32_t group_of(uint32_t *first, uint32_t i)
{
    while (first[i] != i) {
        first[i] = first[first[i]];
        i = first[i];
    }
    return i;
}

/* Does the end of the rule lie on one of another direction? */
static bool end_touches(const struct pdf_lattices *lattices, const struct pdf_rule *rule, float end)
{
    for (size_t i = 0; i < lattices->count; i++) {
        const struct pdf_rule *other = &lattices->rules[i];

        if (other->is_vertical != rule->is_vertical && fabsf(other->at - end) < TOUCH &&
            rule->at > other->from - TOUCH && rule->at < other->to + TOUCH)
            return true;
    }
    return false;
}

static bool rule_counts(const struct pdf_lattices *lattices, const struct pdf_rule *rule)
{
    float least = rule->is_vertical ? SHORT_DOWN : SHORT_ACROSS;

    return rule->to - rule->from >= least ||
           (end_touches(lattices, rule, rule->from) && end_touches(lattices, rule, rule->to));
}

static bool rules_touch(const struct pdf_rule *across, const struct pdf_rule *down)
{
    return down->at > across->from - TOUCH && down->at < across->to + TOUCH &&
           across->at > down->from - TOUCH && across->at < down->to + TOUCH;
}

/* The horizontal rules come first. */
static void lattices_link(struct pdf_lattices *lattices)
{
    size_t down = 0;

    while (down < lattices->count && !lattices->rules[down].is_vertical)
        down++;
    for (uint32_t i = 0; i < lattices->count; i++) {
        lattices->first[i] = i;
        lattices->counts[i] = rule_counts(lattices, &lattices->rules[i]);
    }
    for (uint32_t i = 0; i < down; i++) {
        if (!lattices->counts[i])
            continue;
        for (uint32_t k = (uint32_t)down; k < lattices->count; k++) {
            uint32_t a, b;

            if (!lattices->counts[k] || !rules_touch(&lattices->rules[i], &lattices->rules[k]))
                continue;
            a = group_of(lattices->first, i);
            b = group_of(lattices->first, k);
            lattices->first[a > b ? a : b] = a > b ? b : a;
        }
    }
    for (uint32_t i = 0; i < lattices->count; i++)
        lattices->first[i] = group_of(lattices->first, i);
}

static int float_compare(const void *left, const void *right)
{
    const float *a = left, *b = right;

    return *a < *b ? -1 : *a > *b;
}

/* Sorted, one for those that are nearly equal. */
static size_t borders_unite(float *borders, size_t count)
{
    size_t kept = 0;

    qsort(borders, count, sizeof(borders[0]), float_compare);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || borders[i] - borders[kept - 1] >= SAME_BORDER)
            borders[kept++] = borders[i];
    return kept;
}

/* The borders of one direction: its rules, and where the other ones end: tables may be open at the
 * sides. 0: none, or more than limit cells. */
static size_t borders_read(const struct pdf_lattices *lattices, uint32_t group, bool vertical,
                           size_t limit, float *spare)
{
    float least = INFINITY, most = -INFINITY;
    size_t count = 0;

    for (size_t i = 0; i < lattices->count; i++) {
        const struct pdf_rule *rule = &lattices->rules[i];

        if (lattices->first[i] != group)
            continue;
        if (rule->is_vertical == vertical) {
            spare[count++] = rule->at;
        } else {
            least = fminf(least, rule->from);
            most = fmaxf(most, rule->to);
        }
    }
    if (count == 0 || least > most)
        return 0;
    spare[count++] = least;
    spare[count++] = most;
    count = borders_unite(spare, count);
    return count >= 2 && count <= limit + 1 ? count : 0;
}

static bool grid_measure(const struct pdf_lattices *lattices, uint32_t group, float *spare,
                         struct pdf_ruled *table)
{
    size_t count = borders_read(lattices, group, true, PDF_TABLE_COLUMNS_MAX, spare);

    if (count == 0)
        return false;
    memcpy(table->xs, spare, count * sizeof(spare[0]));
    table->column_count = count - 1;
    count = borders_read(lattices, group, false, PDF_RULED_ROWS_MAX, spare);
    if (count == 0)
        return false;
    memcpy(table->ys, spare, count * sizeof(spare[0]));
    table->row_count = count - 1;
    table->x0 = table->xs[0];
    table->x1 = table->xs[table->column_count];
    table->y0 = table->ys[0];
    table->y1 = table->ys[table->row_count];
    return true;
}

static size_t border_at(const float *borders, size_t count, float at)
{
    for (size_t i = 0; i <= count; i++)
        if (fabsf(borders[i] - at) < SAME_BORDER)
            return i;
    return SIZE_MAX;
}

/* Does the edge go from one border of the grid to another? */
static bool edge_is_of_grid(const struct pdf_ruled *table, const struct pdf_rule *edge)
{
    const float *along = edge->is_vertical ? table->ys : table->xs;
    const float *across = edge->is_vertical ? table->xs : table->ys;
    size_t places = edge->is_vertical ? table->row_count : table->column_count;
    size_t last = edge->is_vertical ? table->column_count : table->row_count;
    size_t from = border_at(along, places, edge->from), to = border_at(along, places, edge->to);

    return edge->at > across[0] && edge->at < across[last] && from < to && to != SIZE_MAX;
}

/* Does the edge go through text? Then it is one of what is painted behind some words of a cell. */
static bool edge_cuts(const struct pdf_doc *doc, const struct pdf_page *page,
                      const struct pdf_rule *edge)
{
    for (uint32_t i = 0; i < page->segment_count; i++) {
        const struct pdf_segment *segment = &doc->segments[page->segment_start + i];
        float slack = CUT * segment->size;
        float x = (segment->x0 + segment->x1) / 2.0F, y = (segment->y0 + segment->y1) / 2.0F;

        if (segment->rotation != 0)
            continue;
        if (edge->is_vertical ? y > edge->from && y < edge->to && segment->x0 < edge->at - slack &&
                                    segment->x1 > edge->at + slack
                              : x > edge->from && x < edge->to && segment->y0 < edge->at - slack &&
                                    segment->y1 > edge->at + slack)
            return true;
    }
    return false;
}

static void border_add(float *borders, size_t *count, float at)
{
    size_t next = 0;

    while (borders[next] < at)
        next++;
    memmove(borders + next + 1, borders + next, (*count + 1 - next) * sizeof(borders[0]));
    borders[next] = at;
    ++*count;
}

/* A grid's cells may be divided by their grounds alone: the dark one of a header, of a column, or
 * of every second row. Not by what is no longer than a cell or two: a bar, a flag. */
static void grid_divide(const struct pdf_lattices *lattices, struct pdf_ruled *table)
{
    for (size_t i = 0; i < lattices->edge_count; i++) {
        const struct pdf_rule *edge = &lattices->edges[i];
        float *borders = edge->is_vertical ? table->xs : table->ys;
        size_t *count = edge->is_vertical ? &table->column_count : &table->row_count;
        size_t limit = edge->is_vertical ? PDF_TABLE_COLUMNS_MAX : PDF_RULED_ROWS_MAX;
        float length = edge->is_vertical ? table->y1 - table->y0 : table->x1 - table->x0;

        if (*count < limit && edge->to - edge->from >= DIVIDED * length &&
            border_at(borders, *count, edge->at) == SIZE_MAX && edge_is_of_grid(table, edge) &&
            !edge_cuts(lattices->doc, lattices->page, edge))
            border_add(borders, count, edge->at);
    }
}

/* Its rows may be divided by nothing: pdf_stacked.h. */
static void rows_divide(const struct pdf_doc *doc, const struct pdf_page *page,
                        struct pdf_ruled *table, struct borders *added)
{
    added->count = 0;
    if (table->row_count * table->column_count > STACKED_CELLS_MAX)
        return;
    for (size_t r = 0; r < table->row_count; r++)
        added->count += pdf_stacked_find(doc, page, table->xs, table->column_count, table->ys[r],
                                         table->ys[r + 1], added->at + added->count,
                                         PDF_RULED_ROWS_MAX - table->row_count - added->count);
    for (size_t i = 0; i < added->count; i++)
        if (border_at(table->ys, table->row_count, added->at[i]) == SIZE_MAX)
            border_add(table->ys, &table->row_count, added->at[i]);
}

size_t pdf_lattice_cell_at(const float *borders, size_t count, float at)
{
    size_t i = 0;

    while (i + 1 < count && at >= borders[i + 1])
        i++;
    return i;
}

/* Adds to covered[] how much of each cell's side before that border the rule covers. */
static void sides_cover(const struct pdf_ruled *table, const struct pdf_rule *rule, float *covered)
{
    const float *along = rule->is_vertical ? table->ys : table->xs;
    size_t cells = rule->is_vertical ? table->row_count : table->column_count;
    size_t border = rule->is_vertical ? border_at(table->xs, table->column_count, rule->at)
                                      : border_at(table->ys, table->row_count, rule->at);

    if (border == SIZE_MAX || border == 0 ||
        border >= (rule->is_vertical ? table->column_count : table->row_count))
        return;
    for (size_t i = 0; i < cells; i++) {
        float both = fminf(rule->to, along[i + 1]) - fmaxf(rule->from, along[i]);
        size_t cell =
            rule->is_vertical ? i * table->column_count + border : border * table->column_count + i;

        if (both > 0.0F)
            covered[cell] += both / (along[i + 1] - along[i]);
    }
}

static uint16_t cell_first(const uint16_t *cells, uint16_t i)
{
    while (cells[i] != i)
        i = cells[i];
    return i;
}

static void cells_join(uint16_t *cells, size_t left, size_t right)
{
    uint16_t a = cell_first(cells, (uint16_t)left), b = cell_first(cells, (uint16_t)right);

    cells[a > b ? a : b] = a > b ? b : a;
}

/* What a cell covers of the grid. */
struct cover {
    size_t from, to, last_row, held;
};

/* Cells are boxes. What is none (a title, and the first header below it with no rule between them)
 * is divided into rows. left: how much of each place's left side is covered. false: no memory. */
static bool cells_square(struct pdf_ruled *table, const float *left)
{
    size_t columns = table->column_count, count = columns * table->row_count;
    struct cover *covers = calloc(count, sizeof(covers[0]));

    if (!covers)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct cover *cover = &covers[table->cells[i]];
        size_t column = i % columns;

        cover->from = cover->held && cover->from < column ? cover->from : column;
        cover->to = cover->to > column ? cover->to : column;
        cover->last_row = i / columns;
        cover->held++;
    }
    for (size_t i = 0; i < count; i++) {
        size_t cell = table->cells[i];
        const struct cover *cover = &covers[cell];

        if (cover->held == (cover->to - cover->from + 1) * (cover->last_row - cell / columns + 1))
            continue;
        table->cells[i] = i % columns && left[i] < DIVIDED ? table->cells[i - 1] : (uint16_t)i;
    }
    free(covers);
    return true;
}

/* left, above: how much of each cell's side is covered. */
static void cells_join_undivided(struct pdf_ruled *table, const float *left, const float *above)
{
    size_t columns = table->column_count, count = columns * table->row_count;

    for (size_t i = 0; i < count; i++)
        table->cells[i] = (uint16_t)i;
    for (size_t row = 0; row < table->row_count; row++) {
        for (size_t column = 0; column < columns; column++) {
            size_t i = row * columns + column;

            if (column > 0 && left[i] < DIVIDED)
                cells_join(table->cells, i - 1, i);
            if (row > 0 && above[i] < DIVIDED)
                cells_join(table->cells, i - columns, i);
        }
    }
    for (size_t i = 0; i < count; i++)
        table->cells[i] = cell_first(table->cells, (uint16_t)i);
}

/* Joins cells that no rule divides. false: out of memory. */
static bool cells_find(const struct pdf_lattices *lattices, uint32_t group,
                       const struct borders *added, struct pdf_ruled *table)
{
    size_t count = table->column_count * table->row_count;
    float *left = count > 0 ? calloc(2 * count, sizeof(left[0])) : NULL;
    float *above = left ? left + count : NULL;
    bool ok;

    table->cells = left ? malloc(count * sizeof(table->cells[0])) : NULL;
    if (!left || !table->cells) {
        free(left);
        return false;
    }
    /* Also those that reach none of its rules: in a header that ends where its ground does. */
    for (size_t i = 0; i < lattices->count; i++)
        if (lattices->first[i] == group || edge_is_of_grid(table, &lattices->rules[i]))
            sides_cover(table, &lattices->rules[i], lattices->rules[i].is_vertical ? left : above);
    for (size_t i = 0; i < lattices->edge_count; i++)
        if (edge_is_of_grid(table, &lattices->edges[i]))
            sides_cover(table, &lattices->edges[i], lattices->edges[i].is_vertical ? left : above);
    for (size_t i = 0; i < added->count; i++) {
        size_t row = border_at(table->ys, table->row_count, added->at[i]);

        for (size_t c = 0; c < table->column_count && row < table->row_count; c++)
            above[row * table->column_count + c] = 1.0F;
    }
    cells_join_undivided(table, left, above);
    ok = cells_square(table, left);
    free(left);
    return ok;
}

bool pdf_lattices_init(struct pdf_lattices *lattices, const struct pdf_doc *doc,
                       const struct pdf_page *page)
{
    *lattices = (struct pdf_lattices){ .doc = doc, .page = page };
    if (page->rule_count < RULES_MIN || page->rule_count > RULES_MAX)
        return true;
    lattices->count = page->rule_count;
    lattices->rules = doc->rules + page->rule_start;
    lattices->edges = doc->rules + page->edge_start;
    lattices->edge_count = page->edge_count;
    lattices->first = malloc(lattices->count * sizeof(lattices->first[0]));
    lattices->counts = malloc(lattices->count * sizeof(lattices->counts[0]));
    lattices->spare = malloc((lattices->count + 2) * sizeof(lattices->spare[0]));
    if (!lattices->first || !lattices->counts || !lattices->spare)
        return false;
    lattices_link(lattices);
    return true;
}

void pdf_lattices_release(struct pdf_lattices *lattices)
{
    free(lattices->first);
    free(lattices->counts);
    free(lattices->spare);
}

bool pdf_lattice_read(const struct pdf_lattices *lattices, uint32_t rule, struct pdf_ruled *out,
                      bool *no_memory)
{
    struct borders added;

    *no_memory = false;
    if (lattices->first[rule] != rule || !grid_measure(lattices, rule, lattices->spare, out))
        return false;
    grid_divide(lattices, out);
    rows_divide(lattices->doc, lattices->page, out, &added);
    *no_memory = !cells_find(lattices, rule, &added, out);
    return !*no_memory;
}
