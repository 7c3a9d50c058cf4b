#include "extractors/pdf/pdf_tagged_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "extractors/pdf/pdf_cell_words.h"

#define SLACK          2.0F /* points, by which the cells of a row may overlap */
#define CELL_CHARS_MAX 400u /* on average: more is a page laid out by a table */
#define TABLES_MAX     64u

/* A cell as far as it shows text. */
struct cell {
    struct pdf_frame box;
    uint32_t row, column;
    bool is_tall, is_wide; /* goes on below its row, beyond its column */
};

static const struct pdf_frame nowhere = { INFINITY, INFINITY, -INFINITY, -INFINITY };

/* The cell that the word is tagged with; NULL: none. */
static const struct pdf_tag *word_tag(const struct pdf_doc *doc, const struct pdf_word *word)
{
    const struct pdf_tag *tag =
        word->tag > 0 && word->tag <= doc->tag_count ? &doc->tags[word->tag - 1] : NULL;

    return tag && tag->kind == PDF_TAG_CELL ? tag : NULL;
}

bool pdf_line_is_header_cell(const struct pdf_doc *doc, const struct pdf_line *line)
{
    return line->tag > 0 && line->tag <= doc->tag_count &&
           doc->tags[line->tag - 1].kind == PDF_TAG_CELL && doc->tags[line->tag - 1].level > 0;
}

static struct pdf_cell_word word_place(const struct pdf_doc *doc, uint32_t index,
                                       const struct pdf_tag *tag)
{
    const struct pdf_word *word = &doc->words[index];

    return (struct pdf_cell_word){
        .table = tag->table,
        .row = tag->row,
        .column = tag->column,
        .y = (word->y0 + word->y1) / 2.0F,
        .x = word->x0,
        .word = index,
    };
}

static void box_extend(struct pdf_frame *box, const struct pdf_word *word)
{
    box->x0 = fminf(box->x0, word->x0);
    box->y0 = fminf(box->y0, word->y0);
    box->x1 = fmaxf(box->x1, word->x1);
    box->y1 = fmaxf(box->y1, word->y1);
}

/* Where the words that begin at start stop being of one cell. */
static size_t cell_end(const struct pdf_cell_word *words, size_t start, size_t count)
{
    size_t end = start + 1;

    while (end < count && words[end].row == words[start].row &&
           words[end].column == words[start].column)
        end++;
    return end;
}

/* Are the cells of each row beside each other, and all rows in one direction? */
static bool rows_run(const struct cell *cells, size_t count)
{
    size_t right = 0, left = 0;

    for (size_t i = 1; i < count; i++) {
        const struct pdf_frame *a = &cells[i - 1].box, *b = &cells[i].box;

        if (cells[i].row != cells[i - 1].row)
            continue;
        if (b->x0 > a->x1 - SLACK)
            right++;
        else if (b->x1 < a->x0 + SLACK)
            left++;
        else
            return false;
    }
    return (right > 0) != (left > 0);
}

/* Is each row below the one before it? */
static bool rows_descend(const struct cell *cells, size_t count, float size)
{
    float bottom = -INFINITY, top = -INFINITY;

    for (size_t i = 0; i < count;) {
        struct pdf_frame row = nowhere;
        uint32_t number = cells[i].row;

        for (; i < count && cells[i].row == number; i++) {
            row.y0 = fminf(row.y0, cells[i].box.y0);
            if (!cells[i].is_tall)
                row.y1 = fmaxf(row.y1, cells[i].box.y1);
        }
        if (row.y0 <= top || row.y0 < bottom - 0.5F * size)
            return false;
        top = row.y0;
        bottom = fmaxf(bottom, row.y1);
    }
    return true;
}

/* Is each column beside the one before it? Where the program forgot to say over how many columns a
 * cell goes, the cells behind it are columns too early. */
static bool columns_run(const struct cell *cells, size_t count)
{
    float x0[PDF_TABLE_COLUMNS_MAX], x1[PDF_TABLE_COLUMNS_MAX];
    bool runs_right = true, runs_left = true;
    size_t last = SIZE_MAX;

    for (size_t c = 0; c < PDF_TABLE_COLUMNS_MAX; c++) {
        x0[c] = INFINITY;
        x1[c] = -INFINITY;
    }
    for (size_t i = 0; i < count; i++) {
        if (cells[i].is_wide)
            continue;
        x0[cells[i].column] = fminf(x0[cells[i].column], cells[i].box.x0);
        x1[cells[i].column] = fmaxf(x1[cells[i].column], cells[i].box.x1);
    }
    for (size_t c = 0; c < PDF_TABLE_COLUMNS_MAX; c++) {
        if (x0[c] > x1[c])
            continue;
        if (last != SIZE_MAX) {
            runs_right &= x0[c] > x1[last] - SLACK;
            runs_left &= x1[c] < x0[last] + SLACK;
        }
        last = c;
    }
    return runs_right || runs_left;
}

/* More than one row and column, and not too much text in them. */
static bool has_shape(const struct cell *cells, size_t count, size_t chars)
{
    bool has_rows = false, has_columns = false;

    for (size_t i = 1; i < count; i++) {
        has_rows |= cells[i].row != cells[0].row;
        has_columns |= cells[i].column != cells[0].column;
    }
    return has_rows && has_columns && chars <= CELL_CHARS_MAX * count;
}

/* Are the table's words among its cells, and no others? */
static bool is_alone(const struct pdf_doc *doc, const struct pdf_page *page,
                     const struct pdf_ruled *table, bool keep_boilerplate)
{
    for (uint32_t i = 0; i < page->segment_count; i++) {
        const struct pdf_segment *segment = &doc->segments[page->segment_start + i];
        bool is_held = pdf_ruled_holds(table, segment);

        if (segment->is_boilerplate && !keep_boilerplate)
            continue;
        for (uint32_t w = 0; w < segment->word_count; w++) {
            const struct pdf_tag *tag = word_tag(doc, &doc->words[segment->word_start + w]);

            if ((tag && tag->table == table->tagged) != is_held)
                return false;
        }
    }
    return true;
}

/* Measures the table of words[]; false: its tags do not hold, or (*failed) there is no memory. */
static bool table_measure(const struct pdf_doc *doc, const struct pdf_cell_word *words,
                          size_t count, struct pdf_ruled *table, bool *failed)
{
    struct cell *cells = malloc(count * sizeof(cells[0]));
    struct pdf_frame all = nowhere;
    size_t cell_count = 0, chars = 0;
    bool ok;

    if (!cells) {
        *failed = true;
        return false;
    }
    for (size_t i = 0; i < count;) {
        size_t end = cell_end(words, i, count);
        const struct pdf_tag *tag = word_tag(doc, &doc->words[words[i].word]);
        struct cell *cell = &cells[cell_count++];

        *cell = (struct cell){ .box = nowhere, .row = words[i].row, .column = words[i].column };
        cell->is_tall = tag && tag->row_span > 1;
        cell->is_wide = tag && tag->column_span > 1;
        for (; i < end; i++) {
            const struct pdf_word *word = &doc->words[words[i].word];

            box_extend(&cell->box, word);
            box_extend(&all, word);
            chars += word->text_len;
        }
    }
    *table = (struct pdf_ruled){
        .x0 = all.x0, .y0 = all.y0, .x1 = all.x1, .y1 = all.y1, .tagged = words->table
    };
    table->size = doc->styles[doc->words[words->word].style].size;
    ok = has_shape(cells, cell_count, chars) && rows_run(cells, cell_count) &&
         columns_run(cells, cell_count) && rows_descend(cells, cell_count, table->size);
    free(cells);
    return ok;
}

static bool tables_overlap(const struct pdf_ruled *a, const struct pdf_ruled *b)
{
    return a->x0 < b->x1 && b->x0 < a->x1 && a->y0 < b->y1 && b->y0 < a->y1;
}

/* In front of the others; those that it overlaps go. */
static bool table_add(const struct pdf_ruled *table, struct pdf_ruled **tables, size_t *count)
{
    struct pdf_ruled *grown = realloc(*tables, (*count + 1) * sizeof(grown[0]));
    size_t kept = 1;

    if (!grown)
        return false;
    *tables = grown;
    memmove(grown + 1, grown, *count * sizeof(grown[0]));
    grown[0] = *table;
    for (size_t i = 1; i <= *count; i++) {
        if (!grown[i].tagged && tables_overlap(&grown[i], table))
            free(grown[i].cells);
        else
            grown[kept++] = grown[i];
    }
    *count = kept;
    return true;
}

/* The words of tagged cells, by table, row and column. */
static size_t words_take(const struct pdf_doc *doc, const struct pdf_page *page,
                         bool keep_boilerplate, struct pdf_cell_word *out)
{
    size_t count = 0;

    for (uint32_t i = 0; i < page->segment_count; i++) {
        const struct pdf_segment *segment = &doc->segments[page->segment_start + i];

        if (segment->is_boilerplate && !keep_boilerplate)
            continue;
        for (uint32_t w = 0; w < segment->word_count; w++) {
            uint32_t index = segment->word_start + w;
            const struct pdf_tag *tag = word_tag(doc, &doc->words[index]);

            if (tag)
                out[count++] = word_place(doc, index, tag);
        }
    }
    pdf_cell_words_sort(out, count);
    return count;
}

bool pdf_tagged_tables_find(const struct pdf_doc *doc, size_t page_index, bool keep_boilerplate,
                            struct pdf_ruled **tables, size_t *count)
{
    const struct pdf_page *page = &doc->pages[page_index];
    struct pdf_cell_word *words;
    size_t word_count, tried = 0;
    bool failed = false;

    if (doc->tag_count == 0 || page->word_count == 0)
        return true;
    words = malloc(page->word_count * sizeof(words[0]));
    if (!words)
        return false;
    word_count = words_take(doc, page, keep_boilerplate, words);
    for (size_t start = 0, end; start < word_count && !failed && tried < TABLES_MAX; start = end) {
        struct pdf_ruled table;

        for (end = start + 1; end < word_count && words[end].table == words[start].table;)
            end++;
        if (!table_measure(doc, words + start, end - start, &table, &failed))
            continue;
        tried++; /* each looks at the whole page */
        if (is_alone(doc, page, &table, keep_boilerplate))
            failed = !table_add(&table, tables, count);
    }
    free(words);
    return !failed;
}

/* ---- lines ---- */

/* Columns in which no cell with text begins are none. */
struct numbering {
    uint16_t column[PDF_TABLE_COLUMNS_MAX + 1]; /* columns with text before it */
};

static void columns_number(struct numbering *numbering, const struct pdf_cell_word *words,
                           size_t count)
{
    bool used[PDF_TABLE_COLUMNS_MAX] = { false };

    for (size_t i = 0; i < count; i++)
        used[words[i].column] = true;
    numbering->column[0] = 0;
    for (size_t c = 0; c < PDF_TABLE_COLUMNS_MAX; c++)
        numbering->column[c + 1] = (uint16_t)(numbering->column[c] + used[c]);
}

/* One line of a cell. */
static void line_emit(struct pdf_doc *doc, uint32_t page, const struct pdf_ruled *table,
                      const struct numbering *numbering, struct pdf_cell_word *words, size_t count,
                      uint16_t row)
{
    const struct pdf_tag *tag = word_tag(doc, &doc->words[words->word]);
    struct pdf_line *line = pdf_doc_begin_line(doc, page);

    if (!line || !tag)
        return;
    line->table = doc->table_count;
    line->row = row;
    line->column = numbering->column[tag->column];
    line->span = (uint16_t)(numbering->column[tag->column + tag->column_span] - line->column);
    line->left = table->x0;
    line->right = table->x1;
    pdf_cell_words_sort_line(words, count);
    for (size_t i = 0; i < count; i++)
        if (!pdf_doc_add_ordered(doc, &doc->words[words[i].word]))
            return;
    pdf_doc_end_line(doc, line);
}

void pdf_tagged_table_emit(struct pdf_doc *doc, uint32_t page, const struct pdf_ruled *table,
                           const uint32_t *words, size_t count)
{
    struct pdf_cell_word *placed = malloc((count + 1) * sizeof(placed[0]));
    struct numbering numbering;
    uint16_t row = 0;
    size_t taken = 0;

    if (!placed) {
        doc->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct pdf_tag *tag = word_tag(doc, &doc->words[words[i]]);

        if (tag)
            placed[taken++] = word_place(doc, words[i], tag);
    }
    pdf_cell_words_sort(placed, taken);
    columns_number(&numbering, placed, taken);
    doc->table_count++;
    for (size_t at = 0, end; at < taken && !doc->failed; at = end) {
        uint32_t number = placed[at].row;

        end = pdf_cell_line_end(placed, at, taken, table->size);
        line_emit(doc, page, table, &numbering, placed + at, end - at, row);
        if (end < taken && placed[end].row != number)
            row++;
    }
    free(placed);
}
