#include "extractors/pdf/pdf_gutters.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"

#define GAP_MIN   0.55F /* ems: what is narrower is a space; a typewriter's is half an em */
#define SAME_X    0.6F  /* points: as near as words of one left margin begin to each other */
#define SIDE_EMS  4.0F  /* what stands beside the gap: numbers and labels are no column */
#define NEXT_LINE 3.0F  /* ems to the next line of the column */
#define LINES_MIN 4u    /* that have the gap */
#define GAPS_MAX  4000u /* of a page: bounds the work */
#define WORK_MAX  (size_t)4000000

/* Where a word stands behind white, in a segment or at its start. */
struct gap {
    float x, y, size;
    bool is_wide; /* what stands behind it */
    uint32_t segment;
    uint32_t word; /* in the segment; 0: it begins there */
};

struct gaps {
    struct gap *items;
    size_t count, capacity;
    const struct pdf_segment *segments;
    size_t segment_count, work;
};

static int gap_by_x(const void *left, const void *right)
{
    const struct gap *a = left, *b = right;

    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    if (a->y != b->y)
        return a->y < b->y ? -1 : 1;
    return a->segment < b->segment ? -1 : a->segment > b->segment;
}

static int gap_by_y(const void *left, const void *right)
{
    const struct gap *a = left, *b = right;

    return a->y != b->y ? (a->y < b->y ? -1 : 1) : gap_by_x(left, right);
}

/* From the last gap on, so that what is cut off a segment first leaves the words before it alone.
 */
static int gap_by_segment(const void *left, const void *right)
{
    const struct gap *a = left, *b = right;

    if (a->segment != b->segment)
        return a->segment < b->segment ? -1 : 1;
    return a->word > b->word ? -1 : a->word < b->word;
}

/* Notes the gaps of the page's lines. Returns how many are within segments. */
static size_t gaps_find(const struct pdf_doc *doc, struct gaps *gaps)
{
    size_t within = 0;

    for (size_t s = 0; s < gaps->segment_count && gaps->count < GAPS_MAX; s++) {
        const struct pdf_segment *segment = &gaps->segments[s];
        const struct pdf_word *words = doc->words + segment->word_start;
        float y = (segment->y0 + segment->y1) / 2.0F;

        if (segment->rotation != 0 || doc->styles[segment->style].flags & PDF_MONO)
            continue;
        for (uint32_t w = 0; w < segment->word_count; w++) {
            if (w > 0 && (words[w].x0 - words[w - 1].x1 < GAP_MIN * segment->size ||
                          words[w - 1].x1 - segment->x0 < SIDE_EMS * segment->size))
                continue;
            if (!array_reserve(&gaps->items, &gaps->capacity, gaps->count))
                return 0;
            gaps->items[gaps->count++] =
                (struct gap){ words[w].x0,   y,
                              segment->size, segment->x1 - words[w].x0 > SIDE_EMS * segment->size,
                              (uint32_t)s,   w };
            within += w > 0;
        }
    }
    return within;
}

/* Does a line between the two gaps, which stand below each other, run over them? */
static bool is_crossed(struct gaps *gaps, const struct gap *above, const struct gap *below)
{
    float x = above->x;

    gaps->work += gaps->segment_count;
    for (size_t s = 0; s < gaps->segment_count; s++) {
        const struct pdf_segment *segment = &gaps->segments[s];
        float y = (segment->y0 + segment->y1) / 2.0F;

        if (segment->rotation == 0 && y > above->y && y < below->y && s != above->segment &&
            s != below->segment && segment->x0 < x - SAME_X && segment->x1 > x + SAME_X)
            return true;
    }
    return false;
}

/* Keeps the gaps within segments, of those from one x that are sorted by y, that are in a gutter:
 * moves them to kept[] and returns how many. */
static size_t column_keep(struct gaps *gaps, const struct gap *column, size_t count,
                          struct gap *kept)
{
    size_t kept_count = 0;

    for (size_t first = 0; first < count;) {
        size_t end = first + 1, within = column[first].word > 0, wide = column[first].is_wide;

        while (end < count && gaps->work < WORK_MAX &&
               column[end].y - column[end - 1].y < NEXT_LINE * column[end].size &&
               !is_crossed(gaps, &column[end - 1], &column[end])) {
            within += column[end].word > 0;
            wide += column[end++].is_wide;
        }
        for (size_t i = first; i < end && within > 0 && wide >= LINES_MIN; i++)
            if (column[i].word > 0)
                kept[kept_count++] = column[i];
        first = end;
    }
    return kept_count;
}

/* Makes two segments of one. */
static bool segment_cut(struct pdf_doc *doc, size_t index, uint32_t at)
{
    struct pdf_segment *first, *second;
    const struct pdf_word *words;

    if (!array_reserve(&doc->segments, &doc->segment_capacity, doc->segment_count)) {
        doc->failed = true;
        return false;
    }
    first = &doc->segments[index];
    second = &doc->segments[doc->segment_count++];
    words = doc->words + first->word_start;
    *second = *first;
    second->word_start += at;
    second->word_count -= at;
    first->word_count = at;
    second->x0 = words[at].x0;
    first->x1 = words[0].x1;
    for (uint32_t i = 1; i < at; i++)
        first->x1 = fmaxf(first->x1, words[i].x1);
    return true;
}

size_t pdf_gutters_cut(struct pdf_doc *doc, size_t page_index)
{
    const struct pdf_page *page = &doc->pages[page_index];
    struct gaps gaps = { .segment_count = page->segment_count };
    struct gap *kept = NULL;
    size_t kept_count = 0, before = doc->segment_count;

    if (page->segment_count == 0)
        return 0;
    gaps.segments = doc->segments + page->segment_start;
    if (gaps_find(doc, &gaps) > 0)
        kept = malloc(gaps.count * sizeof(kept[0]));
    if (kept)
        qsort(gaps.items, gaps.count, sizeof(gaps.items[0]), gap_by_x);
    for (size_t i = 0, end; i < gaps.count && kept; i = end) {
        for (end = i + 1; end < gaps.count && gaps.items[end].x < gaps.items[i].x + SAME_X;)
            end++;
        qsort(gaps.items + i, end - i, sizeof(gaps.items[0]), gap_by_y);
        if (end - i >= LINES_MIN)
            kept_count += column_keep(&gaps, gaps.items + i, end - i, kept + kept_count);
    }
    if (kept_count)
        qsort(kept, kept_count, sizeof(kept[0]), gap_by_segment);
    for (size_t i = 0; i < kept_count; i++)
        if (!segment_cut(doc, page->segment_start + kept[i].segment, kept[i].word))
            break;
    free(kept);
    free(gaps.items);
    return doc->segment_count - before;
}
