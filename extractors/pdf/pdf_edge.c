#include "extractors/pdf/pdf_edge.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define ROW_CELLS 3u   /* a head has a left, a middle and a right part, too */
#define ROW_APART 2.5F /* of its size: a table's next row is nearer */
#define ALIGNED   1.5F /* points */
#define ALIKE_MAX 100u /* segments of a page: one with more is no slide */

/* Segments of a page that stand in one line: consecutive. */
struct row {
    uint32_t start, end;
};

static bool in_row(const struct pdf_segment *a, const struct pdf_segment *b)
{
    return a->rotation == b->rotation && fabsf(a->y1 - b->y1) < PDF_EDGE_SAME_Y;
}

static struct row row_around(const struct pdf_doc *doc, const struct pdf_page *page, uint32_t index)
{
    const struct pdf_segment *segment = &doc->segments[index];
    uint32_t first = page->segment_start, end = first + page->segment_count;
    struct row row = { index, index + 1 };

    while (row.start > first && in_row(&doc->segments[row.start - 1], segment))
        row.start--;
    while (row.end < end && in_row(&doc->segments[row.end], segment))
        row.end++;
    return row;
}

static bool is_next(const struct pdf_segment *a, const struct pdf_segment *b)
{
    return a->rotation == b->rotation && fabsf(a->y1 - b->y1) < ROW_APART * a->size;
}

static bool are_aligned(const struct pdf_segment *a, const struct pdf_segment *b)
{
    return fabsf(a->x0 - b->x0) < ALIGNED || fabsf(a->x1 - b->x1) < ALIGNED ||
           fabsf(a->x0 + a->x1 - b->x0 - b->x1) < ALIGNED;
}

/* Does something stand right above or below the segment, in its column? */
static bool is_in_column(const struct pdf_doc *doc, const struct pdf_page *page,
                         const struct row *row, uint32_t index)
{
    const struct pdf_segment *segment = &doc->segments[index];
    uint32_t start = page->segment_start, end = start + page->segment_count;

    for (uint32_t i = row->start; i-- > start && is_next(segment, &doc->segments[i]);)
        if (are_aligned(segment, &doc->segments[i]))
            return true;
    for (uint32_t i = row->end; i < end && is_next(segment, &doc->segments[i]); i++)
        if (are_aligned(segment, &doc->segments[i]))
            return true;
    return false;
}

static bool row_is_of_table(const struct pdf_doc *doc, const struct pdf_page *page,
                            const struct row *row)
{
    uint32_t aligned = 0;

    for (uint32_t i = row->start; i < row->end; i++)
        aligned += is_in_column(doc, page, row, i);
    return aligned >= ROW_CELLS && aligned * 3 >= (row->end - row->start) * 2;
}

void pdf_edge_spare_rows(struct pdf_edge *edge, const struct pdf_doc *doc)
{
    for (size_t i = 0, end; i < edge->count; i = end) {
        const struct pdf_edge_piece *first = &edge->pieces[i];
        const struct pdf_page *page = &doc->pages[first->page];
        struct row row = row_around(doc, page, first->segment);
        size_t repeated = 0;

        for (end = i; end < edge->count && edge->pieces[end].page == first->page &&
                      edge->pieces[end].segment < row.end;
             end++)
            repeated += edge->pieces[end].is_repeated;
        if (row.end - row.start < ROW_CELLS || repeated == end - i ||
            !row_is_of_table(doc, page, &row))
            continue;
        for (size_t k = i; k < end; k++)
            edge->pieces[k].is_repeated = edge->pieces[k].is_number = false;
    }
}

static bool says_the_same(const struct pdf_doc *doc, const struct pdf_segment *a,
                          const struct pdf_segment *b)
{
    if (a->word_count != b->word_count || a->rotation != b->rotation ||
        fabsf(a->x0 - b->x0) > ALIGNED || fabsf(a->y1 - b->y1) > ALIGNED)
        return false;
    for (uint32_t i = 0; i < a->word_count; i++) {
        struct span left = pdf_word_text(doc, &doc->words[a->word_start + i]);
        struct span right = pdf_word_text(doc, &doc->words[b->word_start + i]);

        if (left.len != right.len || memcmp(left.data, right.data, left.len) != 0)
            return false;
    }
    return true;
}

/* The bytes of the segments between the page's first row and its last one; those that the other
 * page has at the same place, too. */
static void inner_bytes(const struct pdf_doc *doc, const struct pdf_page *page,
                        const struct pdf_page *other, size_t *all, size_t *shared)
{
    uint32_t from = page->segment_start, end = from + page->segment_count;

    *all = *shared = 0;
    if (page->segment_count == 0)
        return;
    from = row_around(doc, page, from).end;
    end = row_around(doc, page, end - 1).start;
    for (uint32_t i = from; i < end; i++) {
        const struct pdf_segment *segment = &doc->segments[i];
        bool is_shared = false;
        size_t bytes = 0;

        for (uint32_t w = 0; w < segment->word_count; w++)
            bytes += doc->words[segment->word_start + w].text_len;
        for (uint32_t k = 0; k < other->segment_count && !is_shared; k++)
            is_shared = says_the_same(doc, segment, &doc->segments[other->segment_start + k]);
        *all += bytes;
        *shared += is_shared ? bytes : 0;
    }
}

static bool pages_alike(const struct pdf_doc *doc, const struct pdf_page *a,
                        const struct pdf_page *b)
{
    const struct pdf_page *fewer = a->segment_count <= b->segment_count ? a : b;
    size_t all, shared;

    if (a->segment_count > ALIKE_MAX || b->segment_count > ALIKE_MAX)
        return false;
    inner_bytes(doc, fewer, fewer == a ? b : a, &all, &shared);
    return shared * 2 > all;
}

bool pdf_edge_pages_alike(struct pdf_edge *edge, const struct pdf_doc *doc, uint32_t left,
                          uint32_t right)
{
    enum { UNKNOWN, DIFFERENT, ALIKE };
    uint32_t first = left < right ? left : right,
             apart = left < right ? right - left : left - right;
    unsigned char *known;

    assert(apart > 0 && apart <= PDF_EDGE_NEAR_PAGES);
    known = &edge->alike[(size_t)first * PDF_EDGE_NEAR_PAGES + apart - 1];
    if (*known == UNKNOWN)
        *known = pages_alike(doc, &doc->pages[left], &doc->pages[right]) ? ALIKE : DIFFERENT;
    return *known == ALIKE;
}
