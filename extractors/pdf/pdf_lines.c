#include "extractors/pdf/pdf_lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "extractors/pdf/pdf_gutters.h"

/* In ems. A wider gap than GAP_SPLIT may be a column's; what is below GAP_JOIN is a space between
 * words, even where the library began a new line (a superscript, another font). */
#define GAP_SPLIT 0.85F
#define GAP_JOIN  0.45F
#define GAP_TOUCH 0.06F /* nothing is between the words */

#define DOUBLE_BYTES_MAX 512 /* longer segments are not looked for twice */

static float word_size(const struct pdf_doc *doc, const struct pdf_word *word)
{
    float size = doc->styles[word->style].size;

    return size > 0.5F ? size : fmaxf(word->y1 - word->y0, 1.0F);
}

/* The share of the lower of two boxes that lies beside the other one. */
static float beside(float a0, float a1, float b0, float b1)
{
    float both = fminf(a1, b1) - fmaxf(a0, b0);
    float lower = fminf(a1 - a0, b1 - b0);

    return lower > 0.01F ? both / lower : (both >= 0.0F ? 1.0F : 0.0F);
}

static bool words_follow(const struct pdf_doc *doc, const struct pdf_word *a,
                         const struct pdf_word *b)
{
    float size = fmaxf(word_size(doc, a), word_size(doc, b));
    float gap = fmaxf(b->x0 - a->x1, a->x0 - b->x1); /* either may be on the right */

    return a->rotation == b->rotation && gap < GAP_SPLIT * size && gap > -2.0F * size &&
           beside(a->y0, a->y1, b->y0, b->y1) > 0.5F;
}

static void segment_measure(const struct pdf_doc *doc, struct pdf_segment *segment)
{
    const struct pdf_word *words = doc->words + segment->word_start;
    size_t best = 0;

    segment->x0 = segment->y0 = INFINITY;
    segment->x1 = segment->y1 = -INFINITY;
    for (uint32_t i = 0; i < segment->word_count; i++) {
        size_t chars = 0;

        segment->x0 = fminf(segment->x0, words[i].x0);
        segment->y0 = fminf(segment->y0, words[i].y0);
        segment->x1 = fmaxf(segment->x1, words[i].x1);
        segment->y1 = fmaxf(segment->y1, words[i].y1);
        /* Adding up over all words would be quadratic; neighbours of one style are enough. */
        for (uint32_t k = i; k < segment->word_count && words[k].style == words[i].style; k++)
            chars += words[k].text_len;
        if (chars > best) {
            best = chars;
            segment->style = words[i].style;
            segment->size = word_size(doc, &words[i]);
        }
        while (i + 1 < segment->word_count && words[i + 1].style == words[i].style) {
            i++;
            segment->x0 = fminf(segment->x0, words[i].x0);
            segment->y0 = fminf(segment->y0, words[i].y0);
            segment->x1 = fmaxf(segment->x1, words[i].x1);
            segment->y1 = fmaxf(segment->y1, words[i].y1);
        }
    }
}

static int word_by_x(const void *left, const void *right)
{
    const struct pdf_word *a = left, *b = right;

    if (a->x0 != b->x0)
        return a->x0 < b->x0 ? -1 : 1;
    return a->text_start < b->text_start ? -1 : a->text_start > b->text_start;
}

/* By rotation, then line by line, then from left to right. */
static int segment_by_place(const void *left, const void *right)
{
    const struct pdf_segment *a = left, *b = right;
    float a_middle = a->y0 + a->y1, b_middle = b->y0 + b->y1;

    if (a->rotation != b->rotation)
        return a->rotation < b->rotation ? -1 : 1;
    if (a_middle != b_middle)
        return a_middle < b_middle ? -1 : 1;
    if (a->x0 != b->x0)
        return a->x0 < b->x0 ? -1 : 1;
    return a->word_start < b->word_start ? -1 : a->word_start > b->word_start;
}

static bool segments_join(const struct pdf_segment *a, const struct pdf_segment *b)
{
    float larger = fmaxf(a->size, b->size), smaller = fminf(a->size, b->size);
    float gap = fmaxf(b->x0 - a->x1, a->x0 - b->x1);

    return a->rotation == b->rotation && gap < GAP_JOIN * smaller && gap > -0.3F * larger &&
           beside(a->y0, a->y1, b->y0, b->y1) > 0.5F;
}

/* The letters of a segment without spaces, as far as text[] holds them. */
static size_t segment_letters(const struct pdf_doc *doc, const struct pdf_segment *segment,
                              char text[DOUBLE_BYTES_MAX])
{
    size_t length = 0;

    for (uint32_t i = 0; i < segment->word_count; i++) {
        struct span word = pdf_word_text(doc, &doc->words[segment->word_start + i]);

        if (length + word.len > DOUBLE_BYTES_MAX)
            return 0;
        memcpy(text + length, word.data, word.len);
        length += word.len;
    }
    return length;
}

static bool box_covers(const struct pdf_segment *a, const struct pdf_segment *b)
{
    float slack = 0.1F * b->size;

    return a->x0 < b->x0 + slack && a->x1 > b->x1 - slack && fabsf(a->y0 - b->y0) < slack &&
           fabsf(a->y1 - b->y1) < slack;
}

/* The same letters once more at the same place: bold type made by printing twice, a shadow. */
static bool segment_doubles(const struct pdf_doc *doc, const struct pdf_segment *a,
                            const struct pdf_segment *b)
{
    char a_text[DOUBLE_BYTES_MAX], b_text[DOUBLE_BYTES_MAX];
    size_t a_length, b_length;

    if (a->rotation != b->rotation || !box_covers(a, b))
        return false;
    a_length = segment_letters(doc, a, a_text);
    b_length = segment_letters(doc, b, b_text);
    return b_length > 0 && a_length >= b_length && memmem(a_text, a_length, b_text, b_length);
}

/* Empties segments that repeat one that they lie upon. They are sorted by place. */
static void segments_undouble(const struct pdf_doc *doc, struct pdf_segment *segments, size_t count)
{
    enum { LOOK_AHEAD = 16 };

    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count && k < i + LOOK_AHEAD; k++) {
            if (segments[k].y0 > segments[i].y0 + 0.2F * segments[i].size)
                break;
            if (segment_doubles(doc, &segments[k], &segments[i]))
                segments[i].word_count = 0;
            else if (segment_doubles(doc, &segments[i], &segments[k]))
                segments[k].word_count = 0;
        }
    }
}

static size_t segments_compact(struct pdf_segment *segments, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (segments[i].word_count)
            segments[kept++] = segments[i];
    return kept;
}

/* The first segment of a group; paths are halved on the way. */
static uint32_t group_first(uint32_t *group, size_t i)
{
    while (group[i] != i) {
        group[i] = group[group[i]];
        i = group[i];
    }
    return (uint32_t)i;
}

/* Gives joined segments the same group: the index of its first. They are sorted by place, so
 * partners are near: those further down than the tallest line are not looked at. */
static void segments_link(struct pdf_segment *segments, size_t count, uint32_t *group)
{
    enum { LOOK_AHEAD = 64 };

    for (size_t i = 0; i < count; i++)
        group[i] = (uint32_t)i;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count && k < i + LOOK_AHEAD; k++) {
            uint32_t a, b;

            if (segments[k].rotation != segments[i].rotation ||
                segments[k].y0 + segments[k].y1 > 2.0F * segments[i].y1 + segments[k].size)
                break;
            if (!segments_join(&segments[i], &segments[k]))
                continue;
            a = group_first(group, i);
            b = group_first(group, k);
            group[a > b ? a : b] = a > b ? b : a;
        }
    }
    for (size_t i = 0; i < count; i++)
        group[i] = group_first(group, i);
}

static size_t page_chains(struct pdf_doc *doc, const struct pdf_page *page)
{
    size_t first = doc->segment_count;
    size_t i = page->word_start, end = i + page->word_count;

    while (i < end) {
        struct pdf_segment segment = { .word_start = (uint32_t)i, .word_count = 1 };

        segment.rotation = doc->words[i].rotation;
        while (++i < end && !(doc->words[i].flags & PDF_WORD_BREAK) &&
               words_follow(doc, &doc->words[i - 1], &doc->words[i]))
            segment.word_count++;
        segment_measure(doc, &segment);
        if (!array_reserve(&doc->segments, &doc->segment_capacity, doc->segment_count)) {
            doc->failed = true;
            break;
        }
        doc->segments[doc->segment_count++] = segment;
    }
    return doc->segment_count - first;
}

/* A group's number is the index of its first segment; next[] chains its segments, count ends. */
static void groups_chain(const uint32_t *group, size_t count, uint32_t *next, uint32_t *tail)
{
    for (size_t i = 0; i < count; i++) {
        next[i] = (uint32_t)count;
        if (group[i] != i)
            next[tail[group[i]]] = (uint32_t)i;
        tail[group[i]] = (uint32_t)i;
    }
}

/* Copies the words of each group next to each other, and makes one segment of each group. */
static size_t page_regroup(struct pdf_doc *doc, struct pdf_page *page, struct pdf_segment *segments,
                           size_t count, const uint32_t *group, const uint32_t *next,
                           struct pdf_word *words)
{
    size_t kept = 0, used = 0;

    for (size_t i = 0; i < count; i++) {
        struct pdf_segment joined = segments[i];
        size_t from = used;

        if (group[i] != i)
            continue;
        for (size_t k = i; k < count; k = next[k])
            for (uint32_t w = 0; w < segments[k].word_count; w++)
                words[used++] = doc->words[segments[k].word_start + w];
        qsort(words + from, used - from, sizeof(words[0]), word_by_x);
        joined.word_start = (uint32_t)(page->word_start + from);
        joined.word_count = (uint32_t)(used - from);
        segments[kept++] = joined;
    }
    memcpy(doc->words + page->word_start, words, used * sizeof(words[0]));
    page->word_count = (uint32_t)used;
    for (size_t i = 0; i < kept; i++)
        segment_measure(doc, &segments[i]);
    return kept;
}

/* Makes a segment of each word that was put aside, which is no part of the text; they follow the
 * page's words. */
static void aside_add(struct pdf_doc *doc, struct pdf_page *page, size_t aside_start, size_t count)
{
    size_t start = (size_t)page->word_start + page->word_count;

    memmove(doc->words + start, doc->words + aside_start, count * sizeof(doc->words[0]));
    for (size_t i = 0; i < count; i++) {
        struct pdf_segment segment = { .word_start = (uint32_t)(start + i),
                                       .word_count = 1,
                                       .rotation = doc->words[start + i].rotation,
                                       .is_boilerplate = true };

        if (!array_reserve(&doc->segments, &doc->segment_capacity, doc->segment_count)) {
            doc->failed = true;
            return;
        }
        segment_measure(doc, &segment);
        doc->segments[doc->segment_count++] = segment;
    }
    page->word_count += (uint32_t)count;
    page->segment_count += (uint32_t)count;
}

/* Joins the page's words; count: segments that are chains of them. */
static void chains_join(struct pdf_doc *doc, struct pdf_page *page, size_t count)
{
    uint32_t *group = malloc((3 * count + 1) * sizeof(group[0]));
    struct pdf_word *words = malloc(((size_t)page->word_count + 1) * sizeof(words[0]));
    struct pdf_segment *segments = doc->segments + page->segment_start;

    if (group && words && !doc->failed) {
        qsort(segments, count, sizeof(segments[0]), segment_by_place);
        segments_undouble(doc, segments, count);
        count = segments_compact(segments, count);
        segments_link(segments, count, group);
        groups_chain(group, count, group + count, group + 2 * count);
        count = page_regroup(doc, page, segments, count, group, group + count, words);
        doc->segment_count = page->segment_start + count;
    } else {
        doc->failed = true;
        count = 0;
    }
    page->segment_count = (uint32_t)count;
    free(group);
    free(words);
}

void pdf_lines_build(struct pdf_doc *doc, size_t page_index)
{
    struct pdf_page *page = &doc->pages[page_index];
    size_t aside_start, added;

    page->word_count -= page->aside_count;
    aside_start = (size_t)page->word_start + page->word_count;
    page->segment_start = (uint32_t)doc->segment_count;
    page->segment_count = (uint32_t)page_chains(doc, page);
    if (page->segment_count)
        chains_join(doc, page, page->segment_count);
    added = doc->failed ? 0 : pdf_gutters_cut(doc, page_index);
    page->segment_count += (uint32_t)added;
    if (!doc->failed && page->aside_count)
        aside_add(doc, page, aside_start, page->aside_count);
    if (added + page->aside_count > 0 && !doc->failed)
        qsort(doc->segments + page->segment_start, page->segment_count, sizeof(doc->segments[0]),
              segment_by_place);
}

static void words_reverse(struct pdf_word *words, size_t count)
{
    for (size_t i = 0; i + 1 < count - i; i++) {
        struct pdf_word kept = words[i];

        words[i] = words[count - 1 - i];
        words[count - 1 - i] = kept;
    }
}

/* The end of the run of words from start that go in the given direction; neutral words (figures,
 * punctuation) belong to it when the direction goes on after them. */
static size_t run_end(const struct pdf_word *words, size_t start, size_t count, unsigned direction)
{
    size_t end = start;

    for (size_t i = start; i < count; i++) {
        if (words[i].flags & (PDF_WORD_LTR | PDF_WORD_RTL)) {
            if (!(words[i].flags & direction))
                break;
            end = i + 1;
        }
    }
    return end;
}

static bool is_figures(struct span text)
{
    /* Arabic and Persian figures are D9 A0 to A9 and DB B0 to B9 in UTF-8. */
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];

        if (!(byte >= '0' && byte <= '9') && byte != 0xD9 && byte != 0xDB &&
            !(byte >= 0xA0 && byte <= 0xB9))
            return false;
    }
    return text.len > 0;
}

/* Where a number ends whose parts are words of their own ("2026" "/" "01"); start: it is none. */
static size_t number_end(const struct pdf_doc *doc, const struct pdf_word *words, size_t start,
                         size_t count)
{
    size_t end = start;

    for (size_t i = start; i < count; i++) {
        struct span text = pdf_word_text(doc, &words[i]);
        bool is_sign = text.len == 1 && strchr("/.:,-", text.data[0]);

        if (i > start &&
            fabsf(words[i].x1 - words[i - 1].x0) > GAP_TOUCH * doc->styles[words[i].style].size)
            break;
        if (is_figures(text))
            end = i + 1;
        else if (!is_sign || end < i || end == start)
            break;
    }
    return end;
}

void pdf_lines_reorder(const struct pdf_doc *doc, struct pdf_word *words, size_t count,
                       bool *is_rtl)
{
    size_t rtl = 0, ltr = 0;

    for (size_t i = 0; i < count; i++) {
        rtl += words[i].flags & PDF_WORD_RTL ? words[i].text_len / 2U : 0;
        ltr += words[i].flags & PDF_WORD_LTR ? words[i].text_len : 0;
    }
    *is_rtl = rtl > ltr / 2;
    if (rtl == 0)
        return;
    if (*is_rtl)
        words_reverse(words, count);
    for (size_t i = 0; i < count;) {
        unsigned other = *is_rtl ? PDF_WORD_LTR : PDF_WORD_RTL;

        if (words[i].flags & other) {
            size_t end = run_end(words, i, count, other);

            words_reverse(words + i, end - i);
            i = end;
        } else if (*is_rtl) {
            size_t end = number_end(doc, words, i, count);

            words_reverse(words + i, end - i);
            i = end > i ? end : i + 1;
        } else {
            i++;
        }
    }
}
