#include "extractors/pdf_rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "extractors/pdf_marks.h"

#define CONTRAST       20    /* of a rule to both of its sides, in grays of 255 */
#define SIMILAR        96    /* a hidden pixel differs less from the rule: it is as dark */
#define REACH          2     /* pixels to the sides that are compared: rules are up to three wide */
#define CROSSING       5     /* pixels that a crossing rule may hide */
#define SEEN_PERCENT   70    /* of a rule's pixels that nothing hides */
#define ACROSS_MIN     14    /* pixels: strokes of letters are shorter */
#define DOWN_MIN       7     /* a row of the smallest print */
#define PAGE_RULES_MAX 6000u /* a page with more is a drawing */
#define LIKELY         6     /* three rows of narrow cells */
#define NARROW         0.3F  /* of the page's width */

/* A line of pixels while it goes on. */
struct run {
    uint16_t start, seen, hidden; /* pixels; the last ones are hidden, or seem to be */
    unsigned char gray;
    bool is_open, is_dark;
};

struct tracer {
    struct pdf_doc *doc;
    size_t first; /* rule of the page */
    bool is_full;
};

static void rule_add(struct tracer *tracer, size_t at, size_t from, size_t to, bool is_vertical)
{
    struct pdf_doc *doc = tracer->doc;

    if (tracer->is_full || to - from < (is_vertical ? DOWN_MIN : ACROSS_MIN))
        return;
    if (doc->rule_count - tracer->first >= PAGE_RULES_MAX ||
        !array_reserve(&doc->rules, &doc->rule_capacity, doc->rule_count)) {
        tracer->is_full = true;
        return;
    }
    doc->rules[doc->rule_count++] =
        (struct pdf_rule){ (float)at + 0.5F, (float)from, (float)to, is_vertical };
}

/* Is the pixel darker, or lighter, than both of its sides? */
static bool is_ridge(int gray, int before, int after, bool *is_dark)
{
    *is_dark = gray < before;
    return *is_dark ? before - gray >= CONTRAST && after - gray >= CONTRAST
                    : gray - before >= CONTRAST && gray - after >= CONTRAST;
}

/* Rows of small letters look like a rule here and there. */
static bool run_end(const struct run *run, size_t place, size_t *from, size_t *end)
{
    *from = run->start;
    *end = place - run->hidden;
    return run->is_open && (*end - *from) * SEEN_PERCENT < run->seen * 100U;
}

/* The next pixel of a row or column. True: a run has ended before it, at *end. */
static bool run_step(struct run *run, size_t place, int gray, int before, int after, size_t *from,
                     size_t *end)
{
    bool is_dark, is_on = is_ridge(gray, before, after, &is_dark), ended;

    if (run->is_open && is_on && is_dark == run->is_dark) {
        run->hidden = 0;
        run->seen++;
        return false;
    }
    /* Under another rule or a letter it cannot be told from its sides, but it is not lighter. */
    if (run->is_open && run->hidden < CROSSING &&
        (run->is_dark ? gray < run->gray + SIMILAR : gray > run->gray - SIMILAR)) {
        run->hidden++;
        return false;
    }
    ended = run_end(run, place, from, end);
    run->is_open = is_on;
    run->is_dark = is_dark;
    run->start = (uint16_t)place;
    run->gray = (unsigned char)gray;
    run->seen = 1;
    run->hidden = 0;
    return ended;
}

static void picture_trace(struct tracer *tracer, const struct pdf_picture *picture,
                          struct run *columns)
{
    const size_t width = picture->width, height = picture->height;
    size_t from, end;

    for (size_t y = REACH; y + REACH < height; y++) {
        const unsigned char *row = picture->gray + y * width;
        const unsigned char *above = row - REACH * width, *below = row + REACH * width;
        struct run across = { 0 };

        for (size_t x = REACH; x + REACH < width; x++) {
            if (run_step(&across, x, row[x], above[x], below[x], &from, &end))
                rule_add(tracer, y, from, end, false);
            if (run_step(&columns[x], y, row[x], row[x - REACH], row[x + REACH], &from, &end))
                rule_add(tracer, x, from, end, true);
        }
        if (run_end(&across, width - REACH, &from, &end))
            rule_add(tracer, y, from, end, false);
    }
    for (size_t x = REACH; x + REACH < width; x++)
        if (run_end(&columns[x], height - REACH, &from, &end))
            rule_add(tracer, x, from, end, true);
}

static int rule_compare(const void *left, const void *right)
{
    const struct pdf_rule *a = left, *b = right;

    if (a->is_vertical != b->is_vertical)
        return (int)a->is_vertical - (int)b->is_vertical;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return a->from < b->from ? -1 : a->from > b->from;
}

/* Rows of pixels of one thick rule, and pieces that follow each other, become one rule. */
static size_t rules_merge(struct pdf_rule *rules, size_t count)
{
    size_t kept = 0;

    qsort(rules, count, sizeof(rules[0]), rule_compare);
    for (size_t i = 0; i < count; i++) {
        size_t k = kept;

        for (; k > 0 && rules[k - 1].is_vertical == rules[i].is_vertical &&
               rules[i].at - rules[k - 1].at < 2.5F;
             k--)
            if (rules[i].from <= rules[k - 1].to + 3.0F && rules[i].to >= rules[k - 1].from - 3.0F)
                break;
        if (k > 0 && rules[k - 1].is_vertical == rules[i].is_vertical &&
            rules[i].at - rules[k - 1].at < 2.5F) {
            rules[k - 1].from = fminf(rules[k - 1].from, rules[i].from);
            rules[k - 1].to = fmaxf(rules[k - 1].to, rules[i].to);
        } else {
            rules[kept++] = rules[i];
        }
    }
    return kept;
}

void pdf_rules_find(struct pdf_doc *doc, size_t page_index, const struct pdf_picture *picture)
{
    struct tracer tracer = { .doc = doc, .first = doc->rule_count };
    struct run *columns = calloc(picture->width + 1, sizeof(columns[0]));

    if (!columns) {
        doc->failed = true;
        return;
    }
    picture_trace(&tracer, picture, columns);
    free(columns);
    if (tracer.is_full)
        doc->rule_count = tracer.first;
    if (doc->rule_count > tracer.first)
        doc->rule_count =
            tracer.first + rules_merge(doc->rules + tracer.first, doc->rule_count - tracer.first);
    doc->pages[page_index].rule_start = (uint32_t)tracer.first;
    doc->pages[page_index].rule_count = (uint32_t)(doc->rule_count - tracer.first);
}

/* A piece that may be a cell: no list's mark, no code, no dots of a table of contents. */
static bool piece_is_cell(const struct pdf_doc *doc, const struct pdf_segment *segment)
{
    const struct pdf_word *words = doc->words + segment->word_start;

    return segment->rotation == 0 && !(doc->styles[segment->style].flags & PDF_MONO) &&
           !(segment->word_count == 1 && pdf_text_is_list_mark(pdf_word_text(doc, words))) &&
           !pdf_words_have_leader(doc, words, segment->word_count);
}

bool pdf_rules_are_likely(const struct pdf_doc *doc, size_t page_index)
{
    const struct pdf_page *page = &doc->pages[page_index];
    const struct pdf_segment *segments = doc->segments + page->segment_start;
    size_t weight = 0;
    float last = -INFINITY;

    /* Sorted by their middles: those of a row follow each other. */
    for (uint32_t i = 0; i < page->segment_count;) {
        float middle = (segments[i].y0 + segments[i].y1) / 2.0F;
        size_t narrow = 0, pieces = 0;
        float bottom = segments[i].y1, size = segments[i].size;

        for (bool is_first = true; i < page->segment_count && (is_first || segments[i].y0 < middle);
             i++) {
            is_first = false;
            if (!piece_is_cell(doc, &segments[i]))
                continue;
            pieces++;
            narrow += segments[i].x1 - segments[i].x0 < NARROW * page->width;
        }
        if (pieces < 2 || narrow == 0)
            continue;
        /* Of two columns of text one may be narrow for a while: where a paragraph ends. */
        weight = (middle - last < 5.0F * size ? weight : 0) + (narrow >= 2 ? 2 : 1);
        last = bottom;
        if (weight >= LIKELY)
            return true;
    }
    return false;
}
