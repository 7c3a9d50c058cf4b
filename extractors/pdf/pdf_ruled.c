#include "extractors/pdf/pdf_ruled.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/pdf/pdf_cell_words.h"
#include "extractors/pdf/pdf_frames.h"
#include "extractors/pdf/pdf_lattice.h"

#define TABLES_MAX       64u
#define CELL_CHARS_MAX   400u /* on average: more is text in frames */
#define FRAME_LINES      8u   /* of a cell: a table whose rows have no rules, or text */
#define HEADER_LINES_MAX 3
#define TITLE_LARGER     1.25F /* than the cells below it */

bool pdf_ruled_holds(const struct pdf_ruled *table, const struct pdf_segment *segment)
{
    float x = (segment->x0 + segment->x1) / 2.0F, y = (segment->y0 + segment->y1) / 2.0F;

    return segment->rotation == 0 && x > table->x0 && x < table->x1 && y > table->y0 &&
           y < table->y1;
}

static size_t word_cell(const struct pdf_ruled *table, const struct pdf_word *word)
{
    size_t row = pdf_lattice_cell_at(table->ys, table->row_count, (word->y0 + word->y1) / 2.0F);
    size_t column =
        pdf_lattice_cell_at(table->xs, table->column_count, (word->x0 + word->x1) / 2.0F);

    return table->cells[row * table->column_count + column];
}

/* Is there text in each cell of the first row and in no other? A form to be filled in. */
static bool grid_is_blank(const struct pdf_ruled *table, const bool *has)
{
    size_t count = table->column_count * table->row_count;

    for (size_t i = 0; i < count; i++)
        if (table->cells[i] == i && has[i] != (i < table->column_count))
            return false;
    return table->row_count >= 2 && table->column_count >= 2;
}

/* Has it text in more than one row and column, in most of its cells, and not too much? */
static bool grid_is_table(const struct pdf_doc *doc, const struct pdf_page *page,
                          struct pdf_ruled *table)
{
    size_t count = table->column_count * table->row_count;
    size_t cells = 0, filled = 0, rows = 0, columns = 0, chars = 0, segments = 0;
    bool *has = count > 0 ? calloc(count, sizeof(has[0])) : NULL;
    float size_sum = 0.0F;
    bool is_blank;

    if (!has)
        return false;
    for (uint32_t i = 0; i < page->segment_count; i++) {
        const struct pdf_segment *segment = &doc->segments[page->segment_start + i];

        if (!pdf_ruled_holds(table, segment))
            continue;
        segments++;
        size_sum += segment->size;
        for (uint32_t w = 0; w < segment->word_count; w++) {
            const struct pdf_word *word = &doc->words[segment->word_start + w];

            has[word_cell(table, word)] = true;
            chars += pdf_text_chars(pdf_word_text(doc, word));
        }
    }
    for (size_t i = 0; i < count; i++) {
        cells += table->cells[i] == i;
        filled += has[i];
    }
    for (size_t r = 0; r < table->row_count; r++) {
        bool any = false;

        for (size_t c = 0; c < table->column_count; c++)
            any |= has[r * table->column_count + c];
        rows += any;
    }
    for (size_t c = 0; c < table->column_count; c++) {
        bool any = false;

        for (size_t r = 0; r < table->row_count; r++)
            any |= has[r * table->column_count + c];
        columns += any;
    }
    is_blank = grid_is_blank(table, has);
    free(has);
    table->size = segments ? size_sum / (float)segments : 0.0F;
    return (is_blank || (rows >= 2 && columns >= 2 && filled * 10 >= cells * 3)) &&
           chars < filled * CELL_CHARS_MAX;
}

/* Do cells hold rows of their own: frames around tables that have no rules? In one row or column of
 * cells more than one of them has to. */
static bool cells_are_frames(const struct pdf_doc *doc, const struct pdf_page *page,
                             const struct pdf_ruled *table)
{
    size_t count = table->column_count * table->row_count;
    uint32_t *lines = count > 0 ? calloc(count, sizeof(lines[0])) : NULL;
    size_t tall = 0, tall_cells = 0, held = 0;
    bool is_grid = table->row_count > 1 && table->column_count > 1;

    if (!lines)
        return true;
    for (uint32_t i = 0; i < page->segment_count; i++) {
        const struct pdf_segment *segment = &doc->segments[page->segment_start + i];
        size_t cell;

        if (!pdf_ruled_holds(table, segment))
            continue;
        cell = word_cell(table, &doc->words[segment->word_start]);
        held++;
        lines[cell]++;
    }
    for (size_t i = 0; i < count; i++) {
        tall += lines[i] > FRAME_LINES ? lines[i] : 0;
        tall_cells += lines[i] > FRAME_LINES;
    }
    free(lines);
    return tall * 2 > held && (is_grid || tall_cells > 1);
}

/* Do most rows go on beside the grid, in narrow pieces? Then it is a part of a table whose other
 * columns are divided in another way. */
static bool grid_is_part(const struct pdf_doc *doc, const struct pdf_page *page,
                         const struct pdf_ruled *table)
{
    size_t going_on = 0;

    for (size_t r = 0; r < table->row_count; r++) {
        bool has = false;

        for (uint32_t i = 0; i < page->segment_count && !has; i++) {
            const struct pdf_segment *segment = &doc->segments[page->segment_start + i];
            float middle = (segment->y0 + segment->y1) / 2.0F;
            float gap = fmaxf(segment->x0 - table->x1, table->x0 - segment->x1);

            has = segment->rotation == 0 && middle > table->ys[r] && middle < table->ys[r + 1] &&
                  gap > -1.0F && gap < 2.5F * segment->size &&
                  segment->x1 - segment->x0 < 6.0F * segment->size;
        }
        going_on += has;
    }
    return going_on >= 3 && going_on * 2 > table->row_count;
}

static bool tables_overlap(const struct pdf_ruled *a, const struct pdf_ruled *b)
{
    return a->x0 < b->x1 && b->x0 < a->x1 && a->y0 < b->y1 && b->y0 < a->y1;
}

/* A grid within a grid, or across one, is not understood. */
static bool table_is_apart(const struct pdf_ruled *tables, size_t count,
                           const struct pdf_ruled *table)
{
    for (size_t i = 0; i < count; i++)
        if (tables_overlap(&tables[i], table))
            return false;
    return true;
}

/* Adds a row on top, undivided from nothing. Out of memory, the table stays as it is. */
static void row_add(struct pdf_ruled *table, float y0)
{
    size_t columns = table->column_count, count = columns * table->row_count;
    uint16_t *cells = malloc((count + columns) * sizeof(cells[0]));

    if (!cells)
        return;
    for (size_t i = 0; i < columns; i++)
        cells[i] = (uint16_t)i;
    for (size_t i = 0; i < count; i++)
        cells[columns + i] = (uint16_t)(table->cells[i] + columns);
    free(table->cells);
    table->cells = cells;
    memmove(table->ys + 1, table->ys, (table->row_count + 1) * sizeof(table->ys[0]));
    table->row_count++;
    table->ys[0] = table->y0 = y0;
}

enum fit { FIT_NONE, FIT_CELL, FIT_ACROSS };

/* How a piece just above the table stands to its columns; *column: which. */
static enum fit segment_fits(const struct pdf_ruled *table, float top,
                             const struct pdf_segment *segment, size_t *column)
{
    if (segment->rotation != 0 || segment->y0 > top || segment->y1 > top + 0.5F * segment->size ||
        segment->y1 < top - 0.7F * segment->size || segment->x1 < table->x0 ||
        segment->x0 > table->x1)
        return FIT_NONE;
    *column =
        pdf_lattice_cell_at(table->xs, table->column_count, (segment->x0 + segment->x1) / 2.0F);
    return segment->x0 > table->xs[*column] - 1.0F && segment->x1 < table->xs[*column + 1] + 1.0F
               ? FIT_CELL
               : FIT_ACROSS;
}

/* A header may be filled instead of ruled: pieces of text right above the table, in two columns at
 * least, each within its column. */
static void header_add(const struct pdf_doc *doc, const struct pdf_page *page,
                       struct pdf_ruled *table)
{
    uint64_t columns = 0;
    float top = table->y0, y0 = table->y0, reached = table->y0;

    if (table->row_count >= PDF_RULED_ROWS_MAX ||
        table->column_count * (table->row_count + 1) > UINT16_MAX)
        return;
    for (int lines = 0; lines < HEADER_LINES_MAX; lines++, top = reached) {
        for (uint32_t i = 0; i < page->segment_count; i++) {
            const struct pdf_segment *segment = &doc->segments[page->segment_start + i];
            size_t column;
            enum fit fit = segment_fits(table, top, segment, &column);

            if (fit == FIT_ACROSS) {
                lines = HEADER_LINES_MAX;
                reached = top;
                break;
            }
            if (fit == FIT_CELL) {
                columns |= (uint64_t)1 << (column & 63U);
                reached = fminf(reached, segment->y0);
            }
        }
        if (columns & (columns - 1))
            y0 = reached;
        if (reached >= top)
            break;
    }
    if (y0 < table->y0)
        row_add(table, y0 - 1.0F);
}

/* The mean size of what stands between y0 and y1; 0: nothing does. */
static float band_size(const struct pdf_doc *doc, const struct pdf_page *page,
                       const struct pdf_ruled *table, float y0, float y1)
{
    float sum = 0.0F, words = 0.0F;

    for (uint32_t i = 0; i < page->segment_count; i++) {
        const struct pdf_segment *segment = &doc->segments[page->segment_start + i];
        float middle = (segment->y0 + segment->y1) / 2.0F;

        if (!pdf_ruled_holds(table, segment) || middle < y0 || middle > y1)
            continue;
        sum += segment->size * (float)segment->word_count;
        words += (float)segment->word_count;
    }
    return words > 0.0F ? sum / words : 0.0F;
}

/* A first row that is one cell, in larger letters than the others, is a title above the table. */
static void title_drop(const struct pdf_doc *doc, const struct pdf_page *page,
                       struct pdf_ruled *table)
{
    size_t columns = table->column_count, count = columns * (table->row_count - 1);

    if (table->row_count < 3 || columns < 2)
        return;
    for (size_t c = 0; c < columns; c++)
        if (table->cells[c] != 0 || table->cells[columns + c] == 0)
            return;
    if (band_size(doc, page, table, table->y0, table->ys[1]) <
        TITLE_LARGER * band_size(doc, page, table, table->ys[1], table->y1))
        return;
    for (size_t i = 0; i < count; i++)
        table->cells[i] = (uint16_t)(table->cells[columns + i] - columns);
    memmove(table->ys, table->ys + 1, table->row_count * sizeof(table->ys[0]));
    table->row_count--;
    table->y0 = table->ys[0];
}

void pdf_ruled_free(struct pdf_ruled *tables, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(tables[i].cells);
    free(tables);
}

enum grid_use { GRID_OTHER, GRID_TABLE, GRID_FRAMES };

/* A grid of one row or column is no table, but it may divide text. */
static enum grid_use grid_use(const struct pdf_doc *doc, const struct pdf_page *page,
                              const struct pdf_ruled *tables, size_t count, struct pdf_ruled *table)
{
    if (!table_is_apart(tables, count, table))
        return GRID_OTHER;
    if (table->row_count == 1 || table->column_count == 1)
        return cells_are_frames(doc, page, table) ? GRID_FRAMES : GRID_OTHER;
    if (!grid_is_table(doc, page, table) || grid_is_part(doc, page, table))
        return GRID_OTHER;
    return cells_are_frames(doc, page, table) ? GRID_FRAMES : GRID_TABLE;
}

/* Where the cell that begins at this index of the grid ends. */
static struct pdf_frame cell_box(const struct pdf_ruled *table, size_t first)
{
    size_t columns = table->column_count;
    struct pdf_frame box = { table->xs[first % columns], table->ys[first / columns], 0.0F, 0.0F };

    for (size_t i = first; i < columns * table->row_count; i++) {
        if (table->cells[i] != first)
            continue;
        box.x0 = fminf(box.x0, table->xs[i % columns]);
        box.x1 = fmaxf(box.x1, table->xs[i % columns + 1]);
        box.y1 = fmaxf(box.y1, table->ys[i / columns + 1]);
    }
    return box;
}

/* A grid of few cells that hold rows of their own: the grid is read together, cell by cell. */
static bool frames_take(const struct pdf_ruled *table, struct pdf_frames *frames)
{
    size_t count = table->column_count * table->row_count;
    struct pdf_frame whole = { table->x0, table->y0, table->x1, table->y1 };
    size_t cells = 0;

    for (size_t i = 0; i < count; i++)
        cells += table->cells[i] == i;
    if (cells < 2 || frames->count + cells + 1 > PDF_FRAMES_MAX)
        return true;
    if (!pdf_frames_add(frames, &whole))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct pdf_frame box;

        if (table->cells[i] != i)
            continue;
        box = cell_box(table, i);
        if (!pdf_frames_add(frames, &box))
            return false;
    }
    return true;
}

size_t pdf_ruled_find(struct pdf_doc *doc, size_t page_index, struct pdf_ruled **out,
                      struct pdf_frames *frames)
{
    const struct pdf_page *page = &doc->pages[page_index];
    CLEANUP(pdf_lattices_release) struct pdf_lattices lattices = { 0 };
    size_t count = 0, capacity = 0;

    *out = NULL;
    if (!pdf_lattices_init(&lattices, doc, page))
        doc->failed = true;
    for (uint32_t i = 0; i < lattices.count && !doc->failed && count < TABLES_MAX; i++) {
        struct pdf_ruled table = { 0 };
        bool no_memory;

        if (!pdf_lattice_read(&lattices, i, &table, &no_memory) && !no_memory)
            continue;
        if (no_memory || !array_reserve(out, &capacity, count))
            doc->failed = true;
        else
            title_drop(doc, page, &table);
        switch (doc->failed ? GRID_OTHER : grid_use(doc, page, *out, count, &table)) {
        case GRID_TABLE:
            (*out)[count++] = table;
            continue;
        case GRID_FRAMES:
            doc->failed |= !frames_take(&table, frames);
            break;
        case GRID_OTHER:
            break;
        }
        free(table.cells);
    }
    for (size_t i = 0; i < count; i++)
        header_add(doc, page, &(*out)[i]);
    return count;
}

/* ---- lines ---- */

/* How many columns of the grid the cell covers. */
static size_t cell_span(const struct pdf_ruled *table, size_t row, size_t column)
{
    const uint16_t *cells = table->cells + row * table->column_count;
    size_t end = column + 1;

    while (end < table->column_count && cells[end] == cells[column])
        end++;
    return end - column;
}

struct numbering {
    size_t column[PDF_TABLE_COLUMNS_MAX + 1]; /* columns with text before it */
    bool used[PDF_TABLE_COLUMNS_MAX];
};

/* Columns in which no cell with text begins are none: the gap of a double rule. */
static void columns_number(struct numbering *numbering, const struct pdf_ruled *table,
                           const struct pdf_cell_word *words, size_t count)
{
    memset(numbering, 0, sizeof(*numbering));
    for (size_t i = 0; i < count; i++)
        numbering->used[words[i].column] = true;
    for (size_t c = 0; c < table->column_count; c++)
        numbering->column[c + 1] = numbering->column[c] + numbering->used[c];
}

static void line_emit(struct pdf_doc *doc, uint32_t page, const struct pdf_ruled *table,
                      const struct numbering *numbering, struct pdf_cell_word *words, size_t count,
                      size_t row, bool is_rtl)
{
    size_t first = words->column, end = first + cell_span(table, words->row, first);
    size_t columns = numbering->column[table->column_count];
    size_t from = numbering->column[first], to = numbering->column[end];
    struct pdf_line *line = pdf_doc_begin_line(doc, page);

    if (!line)
        return;
    line->table = doc->table_count;
    line->row = (uint16_t)row;
    line->column = (uint16_t)(is_rtl ? columns - to : from);
    line->span = (uint16_t)(to - from);
    line->left = table->xs[first];
    line->right = table->xs[end];
    pdf_cell_words_sort_line(words, count);
    for (size_t i = 0; i < count; i++)
        if (!pdf_doc_add_ordered(doc, &doc->words[words[i].word]))
            return;
    pdf_doc_end_line(doc, line);
}

/* The cell of words[start]; returns where the next one begins. */
static size_t cell_emit(struct pdf_doc *doc, uint32_t page, const struct pdf_ruled *table,
                        const struct numbering *numbering, struct pdf_cell_word *words,
                        size_t start, size_t count, size_t row, bool is_rtl)
{
    size_t at = start;

    while (at < count && pdf_cell_words_share(&words[at], &words[start])) {
        size_t end = pdf_cell_line_end(words, at, count, table->size);

        /* Sorting a line changes no cell, so words[start] still tells it. */
        line_emit(doc, page, table, numbering, words + at, end - at, row, is_rtl);
        at = end;
    }
    return at;
}

static size_t row_end(const struct pdf_cell_word *words, size_t start, size_t count)
{
    size_t end = start + 1;

    while (end < count && words[end].row == words[start].row &&
           words[end].part == words[start].part)
        end++;
    return end;
}

/* Cells of a row from left to right, or from right to left. */
static void row_emit(struct pdf_doc *doc, uint32_t page, const struct pdf_ruled *table,
                     const struct numbering *numbering, struct pdf_cell_word *words, size_t count,
                     size_t row, bool is_rtl)
{
    if (!is_rtl) {
        for (size_t at = 0; at < count;)
            at = cell_emit(doc, page, table, numbering, words, at, count, row, false);
        return;
    }
    for (size_t end = count; end > 0;) {
        size_t start = end - 1;

        while (start > 0 && pdf_cell_words_share(&words[start - 1], &words[end - 1]))
            start--;
        cell_emit(doc, page, table, numbering, words, start, end, row, true);
        end = start;
    }
}

static size_t words_place(const struct pdf_doc *doc, const struct pdf_ruled *table,
                          const uint32_t *words, size_t count, struct pdf_cell_word *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct pdf_word *word = &doc->words[words[i]];
        size_t cell = word_cell(table, word);

        out[i] = (struct pdf_cell_word){
            .row = (uint32_t)(cell / table->column_count),
            .column = (uint32_t)(cell % table->column_count),
            .y = (word->y0 + word->y1) / 2.0F,
            .x = word->x0,
            .word = words[i],
        };
    }
    pdf_cell_words_sort(out, count);
    return count;
}

void pdf_ruled_emit(struct pdf_doc *doc, uint32_t page, const struct pdf_ruled *table,
                    const uint32_t *words, size_t count, bool is_rtl)
{
    struct pdf_cell_word *placed = malloc((count + 1) * sizeof(placed[0]));
    struct numbering numbering;
    size_t row = 0;

    if (!placed) {
        doc->failed = true;
        return;
    }
    words_place(doc, table, words, count, placed);
    columns_number(&numbering, table, placed, count);
    doc->table_count++;
    for (size_t at = 0; at < count && !doc->failed; row++) {
        size_t end = row_end(placed, at, count);

        row_emit(doc, page, table, &numbering, placed + at, end - at, row, is_rtl);
        at = end;
    }
    free(placed);
}
