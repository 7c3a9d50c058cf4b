/* From the segments of a page to its lines in reading order. */
#include "extractors/pdf_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "extractors/pdf_columns.h"
#include "extractors/pdf_lines.h"
#include "extractors/pdf_table.h"

#define DEPTH_MAX 24

struct layout {
    struct pdf_doc *doc;
    const struct pdf_segment *segments; /* of the page */
    uint32_t page;                      /* 1-based */
    uint32_t *spare;                    /* as long as the page has segments */
    bool is_rtl;
};

/* For qsort, which passes no context: the key travels with the index. */
struct placed {
    float first, second;
    uint32_t segment;
};

static int placed_compare(const void *left, const void *right)
{
    const struct placed *a = left, *b = right;

    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    if (a->second != b->second)
        return a->second < b->second ? -1 : 1;
    return a->segment < b->segment ? -1 : a->segment > b->segment;
}

/* How many dots or underscores a word is: 0 for a word of other characters. */
static size_t leader_dots(struct span text)
{
    size_t dots = 0;

    if (text.len == 3 && memcmp(text.data, "\xE2\x80\xA6", 3) == 0)
        return 2; /* an ellipsis: two of them lead, one is a pause */
    for (size_t i = 0; i < text.len; i++)
        dots += text.data[i] == '.' || text.data[i] == '_';
    if (text.len > 5 && memcmp(text.data + text.len - 5, ".....", 5) == 0)
        return 5;
    return dots * 10 >= text.len * 8 ? dots : 0;
}

static bool word_is_number(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.len > 0;
}

/* Dots of one word, or ". . . . ." of many. Three are a pause in a sentence, unless a page number
 * comes after them. */
static bool words_have_leader(const struct pdf_doc *doc, const struct pdf_word *words, size_t count)
{
    size_t run = 0;

    for (size_t i = 0; i < count; i++) {
        size_t dots = leader_dots(pdf_word_text(doc, &words[i]));

        run = dots ? run + dots : 0;
        if (run >= 4 ||
            (run == 3 && i + 2 == count && word_is_number(pdf_word_text(doc, &words[i + 1]))))
            return true;
    }
    return false;
}

uint32_t pdf_text_chars(struct span text)
{
    uint32_t chars = 0;

    for (size_t i = 0; i < text.len; i++)
        chars += ((unsigned char)text.data[i] & 0xC0U) != 0x80U;
    return chars;
}

/* Fills in what a line's words say about it. */
static void line_measure(struct pdf_doc *doc, struct pdf_line *line)
{
    struct pdf_word *words = doc->ordered + line->word_start;
    uint32_t bold = 0, italic = 0, mono = 0, best = 0;

    line->x0 = line->y0 = INFINITY;
    line->x1 = line->y1 = -INFINITY;
    line->char_count = 0;
    for (uint32_t i = 0; i < line->word_count;) {
        const struct pdf_style *style = &doc->styles[words[i].style];
        uint16_t index = words[i].style;
        uint32_t chars = 0;

        for (; i < line->word_count && words[i].style == index; i++) {
            chars += pdf_text_chars(pdf_word_text(doc, &words[i]));
            line->x0 = fminf(line->x0, words[i].x0);
            line->y0 = fminf(line->y0, words[i].y0);
            line->x1 = fmaxf(line->x1, words[i].x1);
            line->y1 = fmaxf(line->y1, words[i].y1);
        }
        line->char_count += chars;
        bold += style->flags & PDF_BOLD ? chars : 0;
        italic += style->flags & PDF_ITALIC ? chars : 0;
        mono += style->flags & PDF_MONO ? chars : 0;
        if (chars > best) {
            best = chars;
            line->style = index;
            line->size = style->size;
        }
    }
    line->flags = 0;
    if (bold * 10 >= line->char_count * 9)
        line->flags |= PDF_BOLD;
    if (italic * 10 >= line->char_count * 9)
        line->flags |= PDF_ITALIC;
    if (mono * 10 >= line->char_count * 8)
        line->flags |= PDF_MONO;
    line->has_leader = words_have_leader(doc, words, line->word_count);
    pdf_lines_reorder(words, line->word_count, &line->is_rtl);
}

static bool ordered_add(struct pdf_doc *doc, const struct pdf_word *word)
{
    if (!array_reserve(&doc->ordered, &doc->ordered_capacity, doc->ordered_count)) {
        doc->failed = true;
        return false;
    }
    doc->ordered[doc->ordered_count++] = *word;
    return true;
}

static struct pdf_line *line_begin(struct layout *layout)
{
    struct pdf_doc *doc = layout->doc;
    struct pdf_line *line;

    if (!array_reserve(&doc->lines, &doc->line_capacity, doc->line_count)) {
        doc->failed = true;
        return NULL;
    }
    line = &doc->lines[doc->line_count];
    *line = (struct pdf_line){
        .page = layout->page,
        .region = doc->region_count,
        .word_start = (uint32_t)doc->ordered_count,
    };
    return line;
}

static void line_end(struct layout *layout, struct pdf_line *line)
{
    struct pdf_doc *doc = layout->doc;

    line->word_count = (uint32_t)doc->ordered_count - line->word_start;
    if (line->word_count == 0 || doc->failed)
        return;
    line->rotation = doc->ordered[line->word_start].rotation;
    line_measure(doc, line);
    doc->line_count++;
}

static void row_emit(struct layout *layout, const uint32_t *order, const struct pdf_row *row,
                     float left, float right)
{
    struct pdf_line *line = line_begin(layout);

    if (!line)
        return;
    line->left = left;
    line->right = right;
    for (uint32_t i = 0; i < row->count; i++) {
        const struct pdf_segment *segment = &layout->segments[order[row->start + i]];

        line->is_boilerplate = segment->is_boilerplate;
        for (uint32_t w = 0; w < segment->word_count; w++)
            if (!ordered_add(layout->doc, &layout->doc->words[segment->word_start + w]))
                return;
    }
    line_end(layout, line);
}

/* The words of a row that stand in the column, as one line of that cell. A stretch over several
 * columns belongs to its first, and sets span. */
static void cell_line_emit(struct layout *layout, const uint32_t *order, const struct pdf_row *row,
                           const struct pdf_grid *grid, size_t column, uint16_t number)
{
    struct pdf_doc *doc = layout->doc;
    struct pdf_line *line = line_begin(layout);
    size_t cell = SIZE_MAX, cell_end = 0, end = column + 1; /* columns */
    float x1 = 0.0F;

    if (!line)
        return;
    line->table = doc->table_count;
    line->row = number;
    line->column = (uint16_t)column;
    for (uint32_t i = 0; i < row->count; i++) {
        const struct pdf_segment *segment = &layout->segments[order[row->start + i]];

        for (uint32_t w = 0; w < segment->word_count; w++) {
            const struct pdf_word *word = &doc->words[segment->word_start + w];
            size_t span, at = pdf_grid_column(grid, word->x0, word->x1, &span);

            if (cell == SIZE_MAX || (at >= cell_end && word->x0 - x1 >= 0.45F * segment->size)) {
                cell = at;
                cell_end = at;
            }
            cell_end = at + span > cell_end ? at + span : cell_end;
            x1 = word->x1;
            if (cell != column)
                continue;
            end = cell_end > end ? cell_end : end;
            if (!ordered_add(doc, word))
                return;
        }
    }
    line->span = (uint16_t)(end - column);
    line->left = column ? grid->borders[column - 1] : row->x0;
    line->right = end < grid->column_count ? grid->borders[end - 1] : row->x1;
    line_end(layout, line);
}

static void table_emit(struct layout *layout, const uint32_t *order, const struct pdf_row *rows,
                       size_t first, const struct pdf_grid *grid)
{
    size_t count = grid->row_end - first;
    uint16_t *numbers = calloc(count, sizeof(numbers[0]));

    if (!numbers) {
        layout->doc->failed = true;
        return;
    }
    pdf_table_number_rows(layout->doc, layout->segments, order, rows, first, grid, numbers);
    layout->doc->table_count++;
    for (size_t from = 0, end; from < count; from = end) {
        for (end = from + 1; end < count && numbers[end] == numbers[from];)
            end++;
        for (size_t column = 0; column < grid->column_count; column++)
            for (size_t r = from; r < end; r++)
                cell_line_emit(layout, order, &rows[first + r], grid, column, numbers[from]);
    }
    free(numbers);
}

/* Groups segments, which are sorted by their middles, to rows; sorts each row from left to right.
 */
static size_t rows_build(struct layout *layout, uint32_t *order, size_t count, struct pdf_row *rows,
                         struct placed *placed)
{
    size_t row_count = 0;

    for (size_t i = 0; i < count; i++) {
        const struct pdf_segment *segment = &layout->segments[order[i]];

        placed[i] = (struct placed){ segment->y0 + segment->y1, segment->x0, order[i] };
    }
    qsort(placed, count, sizeof(placed[0]), placed_compare);
    for (size_t i = 0; i < count;) {
        struct pdf_row *row = &rows[row_count++];
        const struct pdf_segment *tallest = &layout->segments[placed[i].segment];
        size_t end = i;

        *row = (struct pdf_row){ INFINITY, INFINITY, -INFINITY, -INFINITY, (uint32_t)i, 0, false };
        for (; end < count; end++) {
            const struct pdf_segment *segment = &layout->segments[placed[end].segment];
            float both = fminf(tallest->y1, segment->y1) - fmaxf(tallest->y0, segment->y0);
            float lower = fminf(tallest->y1 - tallest->y0, segment->y1 - segment->y0);

            if (end > i && both < 0.5F * lower)
                break;
            if (segment->y1 - segment->y0 > tallest->y1 - tallest->y0 && end - i < 2)
                tallest = segment;
            row->x0 = fminf(row->x0, segment->x0);
            row->y0 = fminf(row->y0, segment->y0);
            row->x1 = fmaxf(row->x1, segment->x1);
            row->y1 = fmaxf(row->y1, segment->y1);
            row->has_leader |= words_have_leader(
                layout->doc, layout->doc->words + segment->word_start, segment->word_count);
            placed[end].first = segment->x0;
            placed[end].second = segment->y0;
        }
        row->count = (uint32_t)(end - i);
        qsort(placed + i, end - i, sizeof(placed[0]), placed_compare);
        i = end;
    }
    for (size_t i = 0; i < count; i++)
        order[i] = placed[i].segment;
    return row_count;
}

/* A region without columns: rows from top to bottom, some of them tables. */
static void region_emit(struct layout *layout, uint32_t *order, size_t count)
{
    struct pdf_row *rows = malloc((count + 1) * sizeof(rows[0]));
    struct placed *placed = malloc((count + 1) * sizeof(placed[0]));
    float left = INFINITY, right = -INFINITY;
    size_t row_count;

    if (!rows || !placed) {
        layout->doc->failed = true;
        free(rows);
        free(placed);
        return;
    }
    row_count = rows_build(layout, order, count, rows, placed);
    for (size_t r = 0; r < row_count; r++) {
        left = fminf(left, rows[r].x0);
        right = fmaxf(right, rows[r].x1);
    }
    layout->doc->region_count++;
    for (size_t r = 0; r < row_count && !layout->doc->failed;) {
        struct pdf_grid grid;

        if (pdf_table_find(layout->doc, layout->segments, order, rows, row_count, r, &grid)) {
            table_emit(layout, order, rows, r, &grid);
            r = grid.row_end;
        } else {
            row_emit(layout, order, &rows[r], left, right);
            r++;
        }
    }
    free(rows);
    free(placed);
}

/* Moves the segments for which side is the given number to the front of order; keeps the order. */
static size_t partition(struct layout *layout, uint32_t *order, size_t count,
                        const struct pdf_strip *strip, int wanted)
{
    size_t taken = 0, left = 0;

    for (size_t i = 0; i < count; i++) {
        const struct pdf_segment *segment = &layout->segments[order[i]];
        float middle = (segment->y0 + segment->y1) / 2.0F;
        int side = middle < strip->y0                              ? 0
                   : middle > strip->y1                            ? 3
                   : segment->x1 <= (strip->x0 + strip->x1) / 2.0F ? 1
                                                                   : 2;

        if (side == wanted)
            order[taken++] = order[i];
        else
            layout->spare[left++] = order[i];
    }
    memcpy(order + taken, layout->spare, left * sizeof(order[0]));
    return taken;
}

/* order[] is sorted by y0. */
static void region_layout(struct layout *layout, uint32_t *order, size_t count, int depth)
{
    struct pdf_strip strip;
    int sides[4] = { 0, 1, 2, 3 };

    if (count == 0 || layout->doc->failed)
        return;
    if (depth >= DEPTH_MAX || !pdf_columns_find(layout->segments, order, count, &strip)) {
        region_emit(layout, order, count);
        return;
    }
    if (layout->is_rtl) {
        sides[1] = 2;
        sides[2] = 1;
    }
    for (size_t i = 0; i < 4; i++) {
        size_t taken = partition(layout, order, count, &strip, sides[i]);

        /* A strip has text on both sides, so every part is smaller than the whole. */
        region_layout(layout, order, taken, depth + 1);
        order += taken;
        count -= taken;
    }
}

static bool page_is_rtl(const struct pdf_doc *doc, const struct pdf_page *page)
{
    size_t rtl = 0, ltr = 0;

    for (uint32_t i = 0; i < page->word_count; i++) {
        rtl += (doc->words[page->word_start + i].flags & PDF_WORD_RTL) != 0;
        ltr += (doc->words[page->word_start + i].flags & PDF_WORD_LTR) != 0;
    }
    return rtl > ltr;
}

/* Text in one direction after the other: the one with most segments first. */
static void rotations_layout(struct layout *layout, uint32_t *order, struct placed *placed,
                             size_t count, bool keep_boilerplate)
{
    size_t per_rotation[4] = { 0 };

    for (size_t i = 0; i < count; i++)
        per_rotation[layout->segments[i].rotation & 3U] += layout->segments[i].word_count;
    for (int turn = 0; turn < 4; turn++) {
        size_t best = 0, taken = 0;

        for (size_t r = 1; r < 4; r++)
            if (per_rotation[r] > per_rotation[best])
                best = r;
        if (per_rotation[best] == 0)
            break;
        per_rotation[best] = 0;
        for (size_t i = 0; i < count; i++) {
            const struct pdf_segment *segment = &layout->segments[i];

            if ((segment->rotation & 3U) == best && (keep_boilerplate || !segment->is_boilerplate))
                placed[taken++] = (struct placed){ segment->y0, segment->x0, (uint32_t)i };
        }
        qsort(placed, taken, sizeof(placed[0]), placed_compare);
        for (size_t i = 0; i < taken; i++)
            order[i] = placed[i].segment;
        region_layout(layout, order, taken, 0);
    }
}

void pdf_layout_page(struct pdf_doc *doc, size_t page_index, bool keep_boilerplate)
{
    struct pdf_page *page = &doc->pages[page_index];
    size_t count = page->segment_count;
    uint32_t *order = malloc((2 * count + 1) * sizeof(order[0]));
    struct placed *placed = malloc((count + 1) * sizeof(placed[0]));
    struct layout layout = {
        .doc = doc,
        .segments = count ? doc->segments + page->segment_start : NULL,
        .page = (uint32_t)page_index + 1,
        .spare = order ? order + count : NULL,
        .is_rtl = page_is_rtl(doc, page),
    };

    page->line_start = (uint32_t)doc->line_count;
    if (!order || !placed)
        doc->failed = true;
    else if (count > 0)
        rotations_layout(&layout, order, placed, count, keep_boilerplate);
    page->line_count = (uint32_t)(doc->line_count - page->line_start);
    free(order);
    free(placed);
}
