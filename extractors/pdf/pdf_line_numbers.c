#include "extractors/pdf/pdf_line_numbers.h"

#include <math.h>
#include <string.h>
#include <unicode/uchar.h>

#include "base/utf8.h"

#define SEGMENTS_MAX   4000u /* a page with more is no page of text: bounds the work */
#define NUMBERS_MAX    256u  /* on a page */
#define COUNT_MIN      10u
#define CHAINS_MAX     4u    /* on a page that are looked at: bounds the work, too */
#define SAME_EDGE      1.5F  /* points */
#define SENTENCES_MIN  3u    /* lines that go on with the one above */
#define SENTENCES_PART 10u   /* and one of so many */
#define LINE_WORDS_MIN 4u    /* in a line of text */
#define LINE_EMS_MIN   20.0F /* of the widest of them: things in a list are shorter */
#define RAGGED_EMS     2.0F  /* by which a full line may end earlier than it has to */
#define FIFTH          5u
#define FIFTHS_MIN     3u /* on one page of the document */
#define MARGINS_MAX    4u

struct number {
    struct pdf_segment *segment;
    unsigned value;
    bool is_known; /* of a chain that was looked at: none begins within it */
};

/* Numbers below each other that count, and what stands in their lines. */
struct chain {
    struct number *numbers[NUMBERS_MAX];
    size_t count;
};

/* What stands beside a number: its line; NULL: nothing. */
struct beside {
    const struct pdf_segment *first, *last;
    bool has_left, has_right;
};

static bool read_number(const struct pdf_doc *doc, const struct pdf_segment *segment,
                        unsigned *value)
{
    struct span text;

    if (segment->word_count != 1 || segment->rotation != 0 || segment->is_boilerplate)
        return false;
    text = pdf_word_text(doc, &doc->words[segment->word_start]);
    if (text.len == 0 || text.len > 4)
        return false;
    *value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        *value = *value * 10 + (unsigned)(text.data[i] - '0');
    }
    return *value > 0;
}

static bool are_aligned(const struct pdf_segment *a, const struct pdf_segment *b)
{
    return b->y0 > a->y1 - 0.3F * a->size &&
           (fabsf(a->x0 - b->x0) < SAME_EDGE || fabsf(a->x1 - b->x1) < SAME_EDGE);
}

/* The numbers that go on from numbers[first]. */
static void chain_find(struct number *numbers, size_t count, size_t first, struct chain *chain)
{
    chain->count = 0;
    chain->numbers[chain->count++] = &numbers[first];
    for (size_t i = first + 1; i < count; i++) {
        const struct number *last = chain->numbers[chain->count - 1];

        if (numbers[i].value == last->value + 1 && are_aligned(last->segment, numbers[i].segment))
            chain->numbers[chain->count++] = &numbers[i];
    }
}

static struct beside beside_find(const struct pdf_segment *segments, size_t count,
                                 const struct pdf_segment *number)
{
    struct beside beside = { 0 };

    for (size_t i = 0; i < count; i++) {
        const struct pdf_segment *other = &segments[i];
        float both = fminf(other->y1, number->y1) - fmaxf(other->y0, number->y0);

        if (other == number || other->rotation != 0 || other->is_boilerplate ||
            both < 0.5F * fminf(other->y1 - other->y0, number->y1 - number->y0))
            continue;
        beside.has_left |= other->x0 < number->x0;
        beside.has_right |= other->x1 > number->x1;
        if (!beside.first || other->x0 < beside.first->x0)
            beside.first = other;
        if (!beside.last || other->x1 > beside.last->x1)
            beside.last = other;
    }
    return beside;
}

/* Is there text between a number's line and the next one's? Then not each line is counted. */
static bool has_line_between(const struct pdf_segment *segments, size_t count,
                             const struct pdf_segment *a, const struct pdf_segment *b)
{
    for (size_t i = 0; i < count; i++) {
        float middle = (segments[i].y0 + segments[i].y1) / 2.0F;

        if (segments[i].rotation == 0 && !segments[i].is_boilerplate && middle > a->y1 &&
            middle < b->y0)
            return true;
    }
    return false;
}

/* May the sentence of line a, without a column in it, go on in line b? */
static bool sentence_goes_on(const struct pdf_doc *doc, const struct beside *a,
                             const struct beside *b)
{
    struct span end, start;
    uint32_t c = 0;

    if (!a->first || !b->first || a->first != a->last || b->first != b->last ||
        a->first->word_count < LINE_WORDS_MIN)
        return false;
    end = pdf_word_text(doc, &doc->words[a->last->word_start + a->last->word_count - 1]);
    start = pdf_word_text(doc, &doc->words[b->first->word_start]);
    utf8_decode(start, &c);
    return end.len > 0 && !strchr(".:;!?", end.data[end.len - 1]) && u_islower((UChar32)c);
}

/* Had the first word of line b no room at the end of line a? Things in a list stop anywhere. */
static bool line_is_full(const struct pdf_doc *doc, const struct beside *a, const struct beside *b,
                         float edge)
{
    const struct pdf_word *word = &doc->words[b->first->word_start];

    return a->last->x1 + (word->x1 - word->x0) + RAGGED_EMS * a->last->size > edge;
}

static bool chain_counts_lines(const struct pdf_doc *doc, const struct pdf_segment *segments,
                               size_t count, const struct chain *chain)
{
    struct beside lines[NUMBERS_MAX];
    size_t sentences = 0, full = 0;
    bool has_left = false, has_right = false;
    float edge = 0.0F, widest = 0.0F;

    for (size_t i = 0; i < chain->count; i++) {
        lines[i] = beside_find(segments, count, chain->numbers[i]->segment);
        has_left |= lines[i].has_left;
        has_right |= lines[i].has_right;
        if (!lines[i].first)
            continue;
        edge = fmaxf(edge, lines[i].last->x1);
        widest = fmaxf(widest, (lines[i].last->x1 - lines[i].first->x0) / lines[i].first->size);
    }
    if (has_left == has_right || widest < LINE_EMS_MIN)
        return false;
    for (size_t i = 1; i < chain->count; i++) {
        if (!sentence_goes_on(doc, &lines[i - 1], &lines[i]) ||
            has_line_between(segments, count, chain->numbers[i - 1]->segment,
                             chain->numbers[i]->segment))
            continue;
        sentences++;
        full += line_is_full(doc, &lines[i - 1], &lines[i], edge);
    }
    return full >= SENTENCES_MIN && full * SENTENCES_PART >= chain->count &&
           full * 4 >= sentences * 3;
}

static void page_mark(struct pdf_doc *doc, const struct pdf_page *page)
{
    struct pdf_segment *segments = doc->segments + page->segment_start;
    struct number numbers[NUMBERS_MAX];
    size_t count = 0, looked_at = 0;
    struct chain chain;

    for (uint32_t i = 0; i < page->segment_count && count < NUMBERS_MAX; i++) {
        numbers[count] = (struct number){ .segment = &segments[i] };
        count += read_number(doc, &segments[i], &numbers[count].value);
    }
    for (size_t i = 0; i + COUNT_MIN <= count && looked_at < CHAINS_MAX; i++) {
        if (numbers[i].is_known)
            continue;
        chain_find(numbers, count, i, &chain);
        if (chain.count < COUNT_MIN)
            continue;
        looked_at++;
        for (size_t k = 0; k < chain.count; k++)
            chain.numbers[k]->is_known = true;
        if (!chain_counts_lines(doc, segments, page->segment_count, &chain))
            continue;
        for (size_t k = 0; k < chain.count; k++)
            chain.numbers[k]->segment->is_boilerplate = true;
    }
}

/* ---- every fifth line is counted ---- */

/* Where such numbers stand. */
struct margin {
    float x0, x1;
};

struct margins {
    struct margin items[MARGINS_MAX]; /* of left and right pages */
    size_t count;
};

/* Does all the text stand on one side of the number, and some of it in wide lines? */
static bool is_in_margin(const struct pdf_segment *segments, size_t count,
                         const struct number *numbers, size_t number_count,
                         const struct pdf_segment *number)
{
    float left = INFINITY, right = -INFINITY, widest = 0.0F;

    for (size_t i = 0; i < count; i++) {
        const struct pdf_segment *segment = &segments[i];
        bool is_number = false;

        if (segment->rotation != 0 || segment->is_boilerplate)
            continue;
        for (size_t k = 0; k < number_count && !is_number; k++)
            is_number = numbers[k].segment == segment;
        if (is_number)
            continue;
        left = fminf(left, segment->x0);
        right = fmaxf(right, segment->x1);
        widest = fmaxf(widest, (segment->x1 - segment->x0) / segment->size);
    }
    return widest >= LINE_EMS_MIN && (number->x1 < left || number->x0 > right);
}

/* How many lines stand between two numbers: 0, 1 or more. */
static size_t lines_between(const struct pdf_segment *segments, size_t count,
                            const struct pdf_segment *a, const struct pdf_segment *b)
{
    float bottom = a->y1;
    size_t lines = 0;

    for (size_t i = 0; i < count && lines < 2; i++) {
        float middle = (segments[i].y0 + segments[i].y1) / 2.0F;

        if (segments[i].rotation != 0 || middle <= bottom || middle >= b->y0)
            continue;
        bottom = segments[i].y1;
        lines++;
    }
    return lines;
}

/* The numbers of one margin: each is the last one and FIFTH. Returns how many. */
static size_t fifths_take(const struct pdf_segment *segments, size_t segment_count,
                          struct number *numbers, size_t count, size_t first, struct chain *chain)
{
    chain->count = 0;
    for (size_t i = first; i < count; i++) {
        const struct number *last = chain->count ? chain->numbers[chain->count - 1] : NULL;

        if (last && (numbers[i].value != last->value + FIFTH ||
                     !are_aligned(last->segment, numbers[i].segment) ||
                     lines_between(segments, segment_count, last->segment, numbers[i].segment) < 2))
            continue;
        chain->numbers[chain->count++] = &numbers[i];
    }
    return chain->count;
}

static bool is_known_margin(const struct margins *margins, const struct pdf_segment *number)
{
    for (size_t i = 0; i < margins->count; i++)
        if (fabsf(margins->items[i].x0 - number->x0) < SAME_EDGE ||
            fabsf(margins->items[i].x1 - number->x1) < SAME_EDGE)
            return true;
    return false;
}

static void page_mark_fifths(struct pdf_doc *doc, const struct pdf_page *page,
                             struct margins *margins, bool is_first_pass)
{
    struct pdf_segment *segments;
    struct number numbers[NUMBERS_MAX];
    size_t count = 0;
    struct chain chain;

    if (page->segment_count == 0)
        return;
    segments = doc->segments + page->segment_start;
    for (uint32_t i = 0; i < page->segment_count && count < NUMBERS_MAX; i++) {
        numbers[count] = (struct number){ .segment = &segments[i] };
        count += read_number(doc, &segments[i], &numbers[count].value) &&
                 numbers[count].value % FIFTH == 0;
    }
    for (size_t i = 0; i < count; i++) {
        bool is_known = is_known_margin(margins, numbers[i].segment);

        if ((!is_known && !is_first_pass) || numbers[i].segment->is_boilerplate ||
            fifths_take(segments, page->segment_count, numbers, count, i, &chain) <
                (is_known ? 1 : FIFTHS_MIN) ||
            !is_in_margin(segments, page->segment_count, numbers, count, numbers[i].segment))
            continue;
        for (size_t k = 0; k < chain.count; k++)
            chain.numbers[k]->segment->is_boilerplate = true;
        if (!is_known && margins->count < MARGINS_MAX)
            margins->items[margins->count++] =
                (struct margin){ numbers[i].segment->x0, numbers[i].segment->x1 };
    }
}

void pdf_line_numbers_mark(struct pdf_doc *doc)
{
    struct margins margins = { 0 };

    for (size_t i = 0; i < doc->page_count; i++)
        if (doc->pages[i].segment_count >= COUNT_MIN && doc->pages[i].segment_count <= SEGMENTS_MAX)
            page_mark(doc, &doc->pages[i]);
    for (size_t i = 0; i < doc->page_count; i++)
        if (doc->pages[i].segment_count <= SEGMENTS_MAX)
            page_mark_fifths(doc, &doc->pages[i], &margins, true);
    for (size_t i = 0; i < doc->page_count && margins.count; i++)
        if (doc->pages[i].segment_count <= SEGMENTS_MAX)
            page_mark_fifths(doc, &doc->pages[i], &margins, false);
}
