/* From the segments of a page to its lines in reading order. */
#include "extractors/pdf/pdf_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "extractors/pdf/pdf_columns.h"
#include "extractors/pdf/pdf_frames.h"
#include "extractors/pdf/pdf_lines.h"
#include "extractors/pdf/pdf_quotes.h"
#include "extractors/pdf/pdf_ruled.h"
#include "extractors/pdf/pdf_strip.h"
#include "extractors/pdf/pdf_table_rows.h"
#include "extractors/pdf/pdf_tagged_table.h"
#include "extractors/pdf/pdf_turned.h"

#define CELL_GAP_EMS   0.45F
#define HEADER_LEADING 1.4F /* of two lines of a header, in the height of one */
#define DEPTH_MAX      24
#define NO_FRAME       UINT32_MAX
#define QUOTE          (UINT32_MAX - 1) /* in no frame, and read after all else: see pdf_quotes.h */

struct layout {
    struct pdf_doc *doc;
    /* Those of the page; then one for each ruled table, and one for each frame, as large as it and
     * without words. */
    struct pdf_segment *segments;
    size_t segment_count;
    struct pdf_ruled *tables;
    size_t table_count;
    struct pdf_frames frames; /* small ones first */
    /* Per segment, table and frame: the smallest around it, NO_FRAME or QUOTE. */
    uint32_t *frame_of;
    bool keep_boilerplate, has_quotes;
    uint32_t page;   /* 1-based */
    uint32_t frame;  /* what is laid out is in it: as in struct pdf_line */
    uint32_t *spare; /* as long as the page has segments */
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

static void row_emit(struct layout *layout, const uint32_t *order, const struct pdf_row *row,
                     float left, float right)
{
    struct pdf_line *line = pdf_doc_begin_line(layout->doc, layout->page);

    if (!line)
        return;
    line->frame = layout->frame;
    line->left = left;
    line->right = right;
    for (uint32_t i = 0; i < row->count; i++) {
        const struct pdf_segment *segment = &layout->segments[order[row->start + i]];

        line->is_boilerplate = segment->is_boilerplate;
        line->is_first_foot = segment->is_first_foot;
        for (uint32_t w = 0; w < segment->word_count; w++)
            if (!pdf_doc_add_ordered(layout->doc, &layout->doc->words[segment->word_start + w]))
                return;
    }
    pdf_doc_end_line(layout->doc, line);
}

/* The words of a row that stand in the column, as one line of that cell. A stretch over several
 * columns belongs to its first, and sets span. */
static void cell_line_emit(struct layout *layout, const uint32_t *order, const struct pdf_row *row,
                           const struct pdf_grid *grid, size_t column, uint16_t number)
{
    struct pdf_doc *doc = layout->doc;
    struct pdf_line *line = pdf_doc_begin_line(layout->doc, layout->page);
    const struct pdf_word *before = NULL;
    size_t cell = SIZE_MAX, cell_end = 0, end = column + 1; /* columns */

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

            if (!before || (at >= cell_end && pdf_grid_divides(doc, grid, before, word,
                                                               CELL_GAP_EMS * segment->size))) {
                cell = at;
                cell_end = at;
            }
            cell_end = at + span > cell_end ? at + span : cell_end;
            before = word;
            if (cell != column)
                continue;
            end = cell_end > end ? cell_end : end;
            if (!pdf_doc_add_ordered(doc, word))
                return;
        }
    }
    line->span = (uint16_t)(end - column);
    line->left = column ? grid->borders[column - 1] : row->x0;
    line->right = end < grid->column_count ? grid->borders[end - 1] : row->x1;
    pdf_doc_end_line(layout->doc, line);
}

static void table_emit(struct layout *layout, const uint32_t *order, const struct pdf_row *rows,
                       size_t first, const struct pdf_grid *grid)
{
    size_t count = grid->row_end - first, line_start = layout->doc->line_count;
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
    if (layout->doc->line_count > line_start)
        pdf_table_spread_header(&layout->doc->lines[line_start],
                                layout->doc->line_count - line_start);
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
            row->has_leader |= pdf_words_have_leader(
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

/* Does a table begin at the row, or, below it, one whose header has its first line there, in one
 * column alone? */
static bool row_begins_table(const struct layout *layout, const uint32_t *order,
                             const struct pdf_row *rows, size_t row_count, size_t row,
                             struct pdf_grid *out)
{
    const struct pdf_page *page = &layout->doc->pages[layout->page - 1];
    const struct pdf_row *at = &rows[row];
    float height = at->y1 - at->y0;
    size_t span;

    if (pdf_table_find(layout->doc, page, layout->segments, order, rows, row_count, row, out))
        return true;
    if (at->count != 1 || at->has_leader || row + 1 == row_count || at[1].count < 2 ||
        at[1].y1 - at->y1 > HEADER_LEADING * height ||
        (row > 0 && at->y1 - at[-1].y1 < HEADER_LEADING * height))
        return false;
    return pdf_table_find(layout->doc, page, layout->segments, order, rows, row_count, row + 1,
                          out) &&
           pdf_grid_column(out, at->x0, at->x1, &span) > 0 && span == 1 &&
           pdf_table_header_lines(layout->doc, layout->segments, order, rows, row, out) > 0;
}

/* Rows from top to bottom, some of them tables. */
static void rows_emit(struct layout *layout, uint32_t *order, size_t count)
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

        if (row_begins_table(layout, order, rows, row_count, r, &grid)) {
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

/* Returns the ruled table that holds the segment; NULL: none. */
static const struct pdf_ruled *segment_table(const struct layout *layout,
                                             const struct pdf_segment *segment)
{
    for (size_t i = 0; i < layout->table_count; i++)
        if (pdf_ruled_holds(&layout->tables[i], segment))
            return &layout->tables[i];
    return NULL;
}

static void ruled_emit(struct layout *layout, const struct pdf_ruled *table)
{
    struct pdf_doc *doc = layout->doc;
    const struct pdf_page *page = &doc->pages[layout->page - 1];
    uint32_t *words = malloc(((size_t)page->word_count + 1) * sizeof(words[0]));
    size_t count = 0;

    if (!words) {
        doc->failed = true;
        return;
    }
    for (size_t i = 0; i < layout->segment_count; i++) {
        const struct pdf_segment *segment = &layout->segments[i];

        if (!pdf_ruled_holds(table, segment) ||
            (segment->is_boilerplate && !layout->keep_boilerplate))
            continue;
        for (uint32_t w = 0; w < segment->word_count; w++)
            words[count++] = segment->word_start + w;
    }
    doc->region_count++;
    if (table->tagged)
        pdf_tagged_table_emit(doc, layout->page, table, words, count);
    else
        pdf_ruled_emit(doc, layout->page, table, words, count, layout->is_rtl);
    free(words);
}

/* The segments in one direction that are to be laid out one by one, ruled tables and frames; those
 * in the given frame alone. */
static size_t segments_take(const struct layout *layout, unsigned rotation, uint32_t frame,
                            struct placed *placed)
{
    size_t all = layout->segment_count + layout->table_count + layout->frames.count, taken = 0;

    for (size_t i = 0; i < all; i++) {
        const struct pdf_segment *segment = &layout->segments[i];

        if ((segment->rotation & 3U) != rotation || layout->frame_of[i] != frame ||
            (segment->is_boilerplate && !layout->keep_boilerplate) ||
            (i < layout->segment_count && segment_table(layout, segment)))
            continue;
        placed[taken++] = (struct placed){ segment->y0, segment->x0, (uint32_t)i };
    }
    return taken;
}

static void placed_sort(struct placed *placed, size_t count, uint32_t *order)
{
    qsort(placed, count, sizeof(placed[0]), placed_compare);
    for (size_t i = 0; i < count; i++)
        order[i] = placed[i].segment;
}

static void region_layout(struct layout *layout, uint32_t *order, size_t count, int depth);

/* What is in a frame, or the quotes, as a page of its own. */
static void frame_emit(struct layout *layout, uint32_t frame)
{
    size_t all = layout->segment_count + layout->table_count + layout->frames.count, count = 0;
    struct placed *placed = malloc((all + 1) * sizeof(placed[0]));
    uint32_t *order = malloc((all + 1) * sizeof(order[0])), outer = layout->frame;

    layout->frame = ++layout->doc->frame_count;
    if (placed && order) {
        count = segments_take(layout, 0, frame, placed);
        placed_sort(placed, count, order);
        region_layout(layout, order, count, 0);
    } else {
        layout->doc->failed = true;
    }
    layout->frame = outer;
    free(placed);
    free(order);
}

/* The highest ruled table or frame of a region: its place in order[]; count: none. */
static size_t region_table(const struct layout *layout, const uint32_t *order, size_t count)
{
    size_t best = count;

    for (size_t i = 0; i < count; i++)
        if (order[i] >= layout->segment_count &&
            (best == count || layout->segments[order[i]].y0 < layout->segments[order[best]].y0))
            best = i;
    return best;
}

/* A region without columns: what stands above a ruled table or frame or on its left, the table or
 * frame, and the rest. */
static void region_emit(struct layout *layout, uint32_t *order, size_t count)
{
    size_t at;

    while ((at = region_table(layout, order, count)) < count) {
        uint32_t index = order[at];
        const struct pdf_segment *table = &layout->segments[index];
        size_t before = 0, after = 0;

        for (size_t i = 0; i < count; i++) {
            const struct pdf_segment *segment = &layout->segments[order[i]];
            float middle = (segment->y0 + segment->y1) / 2.0F;

            if (i == at)
                continue;
            if (middle < table->y0 || (middle < table->y1 && segment->x1 < table->x0 + 1.0F))
                order[before++] = order[i];
            else
                layout->spare[after++] = order[i];
        }
        memcpy(order + before, layout->spare, after * sizeof(order[0]));
        if (before)
            region_emit(layout, order, before);
        index -= (uint32_t)layout->segment_count;
        if (index < layout->table_count)
            ruled_emit(layout, &layout->tables[index]);
        else
            frame_emit(layout, index - (uint32_t)layout->table_count);
        order += before;
        count = after;
    }
    if (count)
        rows_emit(layout, order, count);
}

/* Moves the segments for which side is the given number to the front of order; keeps the order. */
static size_t partition(struct layout *layout, uint32_t *order, size_t count,
                        const struct pdf_strip *strip, int wanted)
{
    size_t taken = 0, left = 0;

    for (size_t i = 0; i < count; i++) {
        int side = (int)pdf_strip_side(strip, &layout->segments[order[i]]);

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
    const struct pdf_page *page = &layout->doc->pages[layout->page - 1];
    const struct pdf_rule *rules =
        page->rule_count > 0 ? layout->doc->rules + page->rule_start : NULL;
    struct pdf_strip strip;
    int sides[4] = { 0, 1, 2, 3 };

    if (count == 0 || layout->doc->failed)
        return;
    if (depth >= DEPTH_MAX || !pdf_columns_find(layout->segments, order, count, layout->doc->styles,
                                                rules, page->rule_count, &strip)) {
        region_emit(layout, order, count);
        return;
    }
    pdf_strip_fit(&strip, layout->segments, order, count);
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

/* Text in one direction after the other: a head along the side of the page, then the one with most
 * words. */
static void rotations_layout(struct layout *layout, uint32_t *order, struct placed *placed)
{
    size_t per_rotation[4] = { 0 };

    for (size_t i = 0; i < layout->segment_count; i++)
        per_rotation[layout->segments[i].rotation & 3U] += layout->segments[i].word_count;
    for (unsigned r = 1; r < 4; r++)
        if (per_rotation[r] && per_rotation[0] > per_rotation[r] &&
            pdf_turned_is_head(layout->doc, layout->segments, layout->segment_count, r))
            per_rotation[r] = SIZE_MAX;
    for (int turn = 0; turn < 4; turn++) {
        size_t best = 0, taken;

        for (size_t r = 1; r < 4; r++)
            if (per_rotation[r] > per_rotation[best])
                best = r;
        if (per_rotation[best] == 0)
            break;
        per_rotation[best] = 0;
        taken = segments_take(layout, (unsigned)best, NO_FRAME, placed);
        placed_sort(placed, taken, order);
        region_layout(layout, order, taken, 0);
    }
    if (layout->has_quotes)
        frame_emit(layout, QUOTE);
}

/* Between which of the segment's words the side of a frame passes: the index of the second one;
 * 0: none. */
static uint32_t split_at(const struct pdf_doc *doc, const struct pdf_segment *segment, float x)
{
    const struct pdf_word *words = doc->words + segment->word_start;

    for (uint32_t i = 1; i < segment->word_count; i++)
        if ((words[i - 1].x0 + words[i - 1].x1) / 2.0F < x && words[i - 1].x1 < x + 1.0F &&
            words[i].x0 > x - 1.0F)
            return i;
    return 0;
}

/* Makes two of the segment; the second one comes after the others. */
static void segment_cut(struct layout *layout, size_t index, uint32_t at)
{
    struct pdf_segment *first = &layout->segments[index];
    struct pdf_segment *second = &layout->segments[layout->segment_count++];
    const struct pdf_word *words = layout->doc->words + first->word_start;

    *second = *first;
    second->word_start += at;
    second->word_count -= at;
    second->x0 = words[at].x0;
    first->word_count = at;
    first->x1 = words[at - 1].x1;
}

/* Words that stand close to each other on both sides of a frame's side are in one segment. */
static void segments_split(struct layout *layout, size_t capacity)
{
    for (size_t i = 0; i < layout->segment_count; i++) {
        for (size_t f = 0; f < 2 * layout->frames.count; f++) {
            const struct pdf_frame *frame = &layout->frames.items[f / 2];
            const struct pdf_segment *segment = &layout->segments[i];
            float middle = (segment->y0 + segment->y1) / 2.0F, x = f % 2 ? frame->x1 : frame->x0;
            uint32_t at;

            if (segment->rotation != 0 || middle < frame->y0 || middle > frame->y1 ||
                segment->x0 > x || segment->x1 < x || layout->segment_count == capacity)
                continue;
            at = split_at(layout->doc, segment, x);
            if (at)
                segment_cut(layout, i, at);
        }
    }
}

static struct pdf_segment frame_segment(const struct pdf_frame *frame, float size)
{
    return (struct pdf_segment){
        .x0 = frame->x0, .y0 = frame->y0, .x1 = frame->x1, .y1 = frame->y1, .size = size
    };
}

/* The page's segments, and those that stand for its ruled tables and frames. false: out of memory.
 */
static bool segments_copy(struct layout *layout, const struct pdf_page *page)
{
    size_t more = layout->table_count + layout->frames.count;
    size_t capacity = (size_t)page->segment_count * (layout->frames.count ? 2 : 1);
    struct pdf_segment *added;

    layout->segment_count = page->segment_count;
    layout->segments = malloc((capacity + more + 1) * sizeof(layout->segments[0]));
    if (!layout->segments)
        return false;
    if (layout->segment_count)
        memcpy(layout->segments, layout->doc->segments + page->segment_start,
               layout->segment_count * sizeof(layout->segments[0]));
    segments_split(layout, capacity);
    added = layout->segments + layout->segment_count;
    for (size_t i = 0; i < layout->table_count; i++) {
        const struct pdf_ruled *table = &layout->tables[i];
        struct pdf_frame box = { table->x0, table->y0, table->x1, table->y1 };

        *added++ = frame_segment(&box, table->size);
    }
    for (size_t i = 0; i < layout->frames.count; i++)
        *added++ = frame_segment(&layout->frames.items[i],
                                 layout->segment_count ? layout->segments[0].size : 0.0F);
    return true;
}

static float frame_area(const struct pdf_frame *frame)
{
    return (frame->x1 - frame->x0) * (frame->y1 - frame->y0);
}

static int frame_by_area(const void *left, const void *right)
{
    const struct pdf_frame *a = left, *b = right;
    float a_area = frame_area(a), b_area = frame_area(b);

    if (a_area != b_area)
        return a_area < b_area ? -1 : 1;
    if (a->y0 != b->y0)
        return a->y0 < b->y0 ? -1 : 1;
    return a->x0 < b->x0 ? -1 : a->x0 > b->x0;
}

/* Boxes that share a place, though none is in the other. */
static bool frames_cross(const struct pdf_frame *a, const struct pdf_frame *b)
{
    float width = fminf(a->x1, b->x1) - fmaxf(a->x0, b->x0);
    float height = fminf(a->y1, b->y1) - fmaxf(a->y0, b->y0);

    return width > 3.0F && height > 3.0F &&
           width * height < 0.9F * fminf(frame_area(a), frame_area(b));
}

/* A frame in a table or across one is the table's; of two that cross, the larger one goes. */
static bool frame_is_apart(const struct layout *layout, const struct pdf_frame *frame)
{
    for (size_t i = 0; i < layout->table_count; i++) {
        const struct pdf_ruled *table = &layout->tables[i];
        struct pdf_frame box = { table->x0, table->y0, table->x1, table->y1 };

        if (frames_cross(&box, frame) ||
            (box.x0 < frame->x1 && frame->x0 < box.x1 && box.y0 < frame->y1 && frame->y0 < box.y1 &&
             frame_area(frame) <= 1.1F * frame_area(&box)))
            return false;
    }
    for (size_t i = 0; i < layout->frames.count; i++)
        if (frames_cross(&layout->frames.items[i], frame))
            return false;
    return true;
}

/* Tables and frames of the page. false: out of memory. */
static bool frames_copy(struct layout *layout, size_t page_index)
{
    struct pdf_doc *doc = layout->doc;
    const struct pdf_page *page = &doc->pages[page_index];
    struct pdf_frames found = { 0 };
    bool ok;

    layout->table_count = pdf_ruled_find(doc, page_index, &layout->tables, &found);
    ok = pdf_tagged_tables_find(doc, page_index, layout->keep_boilerplate, &layout->tables,
                                &layout->table_count);
    for (uint32_t i = 0; i < page->frame_count && ok; i++)
        ok = pdf_frames_add(&found, &doc->frames.items[page->frame_start + i]);
    if (found.count)
        qsort(found.items, found.count, sizeof(found.items[0]), frame_by_area);
    for (size_t i = 0; i < found.count && ok; i++)
        if (frame_is_apart(layout, &found.items[i]))
            ok = pdf_frames_add(&layout->frames, &found.items[i]);
    pdf_frames_release(&found);
    return ok;
}

/* false: out of memory. */
static bool frames_fill(struct layout *layout)
{
    size_t first = layout->segment_count + layout->table_count;
    size_t all = first + layout->frames.count;

    layout->frame_of = calloc(all + 1, sizeof(layout->frame_of[0]));
    if (!layout->frame_of)
        return false;
    for (size_t i = 0; i < all; i++) {
        size_t frame = i < first ? 0 : i - first + 1; /* a frame is in larger ones */

        while (frame < layout->frames.count &&
               !pdf_frame_holds(&layout->frames.items[frame], &layout->segments[i]))
            frame++;
        layout->frame_of[i] = frame < layout->frames.count ? (uint32_t)frame : NO_FRAME;
    }
    return true;
}

/* Is there nothing but quotes in the frame? */
static bool frame_is_quote(const struct layout *layout, uint32_t frame, const bool *is_quote)
{
    bool any = false;

    for (size_t i = 0; i < layout->segment_count; i++) {
        if (layout->frame_of[i] != frame)
            continue;
        if (!is_quote[i])
            return false;
        any = true;
    }
    return any;
}

/* Takes what lines run around, and a frame that is painted around it, out of the columns. false:
 * out of memory. */
static bool quotes_fill(struct layout *layout)
{
    uint32_t *boxes = layout->frame_of + layout->segment_count + layout->table_count;
    bool *is_quote = calloc(layout->segment_count + 1, sizeof(is_quote[0]));

    if (!is_quote)
        return false;
    layout->has_quotes = pdf_quotes_find(layout->segments, layout->segment_count, is_quote);
    for (size_t i = 0; i < layout->frames.count && layout->has_quotes; i++)
        if (boxes[i] == NO_FRAME && frame_is_quote(layout, (uint32_t)i, is_quote))
            boxes[i] = QUOTE;
    for (size_t i = 0; i < layout->segment_count && layout->has_quotes; i++)
        if (is_quote[i] && layout->frame_of[i] == NO_FRAME)
            layout->frame_of[i] = QUOTE;
    free(is_quote);
    return true;
}

void pdf_layout_page(struct pdf_doc *doc, size_t page_index, bool keep_boilerplate)
{
    struct pdf_page *page = &doc->pages[page_index];
    struct layout layout = {
        .doc = doc,
        .page = (uint32_t)page_index + 1,
        .keep_boilerplate = keep_boilerplate,
        .is_rtl = page_is_rtl(doc, page),
    };
    uint32_t *order;
    struct placed *placed;
    size_t count;
    bool ok;

    pdf_turned_set_upright(doc, page_index);
    ok = frames_copy(&layout, page_index) && segments_copy(&layout, page) && frames_fill(&layout) &&
         quotes_fill(&layout);
    count = layout.segment_count + layout.table_count + layout.frames.count;
    order = malloc((2 * count + 1) * sizeof(order[0]));
    placed = malloc((count + 1) * sizeof(placed[0]));
    layout.spare = order ? order + count : NULL;
    page->line_start = (uint32_t)doc->line_count;
    if (!ok || !order || !placed)
        doc->failed = true;
    else if (!doc->failed)
        rotations_layout(&layout, order, placed);
    page->line_count = (uint32_t)(doc->line_count - page->line_start);
    pdf_ruled_free(layout.tables, layout.table_count);
    pdf_frames_release(&layout.frames);
    free(layout.frame_of);
    free(layout.segments);
    free(order);
    free(placed);
}
