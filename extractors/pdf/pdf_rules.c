#include "extractors/pdf/pdf_rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/pdf/pdf_marks.h"
#include "extractors/pdf/pdf_turned.h"

#define CONTRAST       20 /* of a rule to both of its sides, in grays of 255 */
#define SIMILAR        96 /* a hidden pixel differs less from the rule: it is as dark */
#define REACH          2  /* pixels to the sides that are compared: rules are up to three wide */
#define CROSSING       5  /* pixels that a crossing rule may hide */
#define SEEN_PERCENT   70 /* of a rule's pixels that nothing hides */
#define ACROSS_MIN     14 /* pixels: strokes of letters are shorter */
#define DOWN_MIN       7  /* a row of the smallest print */
#define SIDE_MAX       2000.0F /* points */
#define EDGE           48      /* between two grounds, in grays */
#define EDGE_CROSSING  2       /* pixels of a rule across it */
#define GROUND         4       /* pixels that a ground goes on for, at least */
#define GRID_RULES_MIN 4u
#define RULE_GAP       3.0F               /* points */
#define PIXELS_MAX     ((size_t)20 << 20) /* painted on one page: a few times what it has */
#define PAINTS_MIN     2u                 /* a ground, and something on it */
#define THIN           3.0F               /* points */
#define SHAPE_MIN      24.0F              /* points */
#define PAGE_RULES_MAX 6000u              /* a page with more is a drawing */
#define LIKELY         6                  /* three rows of narrow cells */
#define MANY_PIECES    4u                 /* in a row: two such rows are enough */
#define NARROW         0.3F               /* of the page's width */

/* A line of pixels while it goes on. */
struct run {
    uint16_t start, seen, hidden; /* pixels; the last ones are hidden, or seem to be */
    unsigned char gray;
    bool is_open, is_dark;
};

/* The page's boxes at one pixel a point, 0 black to 255 white, from the top left. */
struct canvas {
    unsigned char *gray;
    bool *rows, *columns; /* those with an edge near */
    size_t width, height;
    size_t pixels; /* painted so far */
};

struct tracer {
    struct pdf_doc *doc;
    size_t first; /* rule of the page */
    bool is_full;
};

/* ---- painting ---- */

static void canvas_release(struct canvas *canvas)
{
    free(canvas->gray);
    free(canvas->rows);
}

static bool canvas_init(struct canvas *canvas, const struct pdf_page *page)
{
    canvas->width = (size_t)page->width;
    canvas->height = (size_t)page->height;
    canvas->gray = malloc(canvas->width * canvas->height + 1);
    canvas->rows = calloc(canvas->width + canvas->height + 1, sizeof(canvas->rows[0]));
    if (!canvas->gray || !canvas->rows)
        return false;
    canvas->columns = canvas->rows + canvas->height;
    memset(canvas->gray, 255, canvas->width * canvas->height);
    return true;
}

/* The pixels of one direction that a box covers, and how much of the first and last one. */
struct extent {
    size_t from, to;
    float first, last;
};

/* What is thinner than a pixel covers one of them whole, so that it is seen as well as others. */
static struct extent extent_of(float from, float to, size_t limit)
{
    struct extent extent = { .first = 1.0F, .last = 1.0F };

    if (to - from <= 1.0F) {
        extent.from = (size_t)fmaxf((from + to) / 2.0F, 0.0F);
        extent.to = extent.from + 1;
    } else {
        extent.from = (size_t)fmaxf(from, 0.0F);
        extent.to = (size_t)ceilf(fmaxf(to, 0.0F));
        extent.first = (float)(extent.from + 1) - fmaxf(from, 0.0F);
        extent.last = to - (float)(extent.to - 1);
    }
    if (extent.to > limit) {
        extent.to = limit;
        extent.last = 1.0F;
    }
    return extent;
}

static float extent_share(const struct extent *extent, size_t at)
{
    return (at == extent->from ? extent->first : 1.0F) *
           (at + 1 == extent->to && at != extent->from ? extent->last : 1.0F);
}

static void edge_mark(bool *places, size_t limit, size_t edge)
{
    for (size_t i = edge > REACH ? edge - REACH : 0; i < limit && i <= edge + REACH; i++)
        places[i] = true;
}

static void pixel_blend(unsigned char *pixel, unsigned gray, float alpha)
{
    float mixed = (float)*pixel + ((float)gray - (float)*pixel) * alpha;

    *pixel = (unsigned char)(mixed + 0.5F);
}

static void canvas_paint(struct canvas *canvas, const struct pdf_paint *paint)
{
    struct extent across = extent_of(paint->x0, paint->x1, canvas->width);
    struct extent down = extent_of(paint->y0, paint->y1, canvas->height);
    float alpha = (float)paint->alpha / 255.0F;

    if (across.from >= across.to || down.from >= down.to)
        return;
    canvas->pixels += (across.to - across.from) * (down.to - down.from);
    edge_mark(canvas->rows, canvas->height, down.from);
    edge_mark(canvas->rows, canvas->height, down.to);
    edge_mark(canvas->columns, canvas->width, across.from);
    edge_mark(canvas->columns, canvas->width, across.to);
    for (size_t y = down.from; y < down.to; y++) {
        unsigned char *row = canvas->gray + y * canvas->width;
        float share = alpha * extent_share(&down, y);

        pixel_blend(&row[across.from], paint->gray, share * extent_share(&across, across.from));
        if (across.to - across.from < 2)
            continue;
        pixel_blend(&row[across.to - 1], paint->gray, share * extent_share(&across, across.to - 1));
        if (share == 1.0F)
            memset(row + across.from + 1, paint->gray, across.to - across.from - 2);
        else
            for (size_t x = across.from + 1; x + 1 < across.to; x++)
                pixel_blend(&row[x], paint->gray, share);
    }
}

/* Letters and arrows drawn as shapes are no boxes, a rounded frame's ground is nearly one. */
static bool paint_is_drawn(const struct pdf_paint *paint)
{
    return paint->kind != PDF_PAINT_SHAPE ||
           (paint->x1 - paint->x0 >= SHAPE_MIN && paint->y1 - paint->y0 >= SHAPE_MIN);
}

/* ---- tracing ---- */

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
    return run->is_open && (*end - *from) * SEEN_PERCENT < (size_t)run->seen * 100;
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

static void rows_trace(struct tracer *tracer, const struct canvas *canvas)
{
    const size_t width = canvas->width;
    size_t from, end;

    for (size_t y = REACH; y + REACH < canvas->height; y++) {
        const unsigned char *row = canvas->gray + y * width;
        const unsigned char *above = row - REACH * width, *below = row + REACH * width;
        struct run run = { 0 };

        if (!canvas->rows[y])
            continue;
        for (size_t x = REACH; x + REACH < width; x++)
            if (run_step(&run, x, row[x], above[x], below[x], &from, &end))
                rule_add(tracer, y, from, end, false);
        if (width > REACH && run_end(&run, width - REACH, &from, &end))
            rule_add(tracer, y, from, end, false);
    }
}

static void columns_trace(struct tracer *tracer, const struct canvas *canvas)
{
    const size_t width = canvas->width;
    size_t from, end;

    for (size_t x = REACH; x + REACH < width; x++) {
        const unsigned char *at = canvas->gray + REACH * width + x;
        struct run run = { 0 };

        if (!canvas->columns[x])
            continue;
        for (size_t y = REACH; y + REACH < canvas->height; y++, at += width)
            if (run_step(&run, y, at[0], at[-(ptrdiff_t)REACH], at[REACH], &from, &end))
                rule_add(tracer, x, from, end, true);
        if (canvas->height > REACH && run_end(&run, canvas->height - REACH, &from, &end))
            rule_add(tracer, x, from, end, true);
    }
}

/* Does a ground end at the place, and another one begin? step: to the next place across it. */
static bool is_edge(const unsigned char *at, ptrdiff_t step, bool *gets_darker)
{
    int before = at[-REACH * step], after = at[REACH * step];

    *gets_darker = after < before;
    return abs(before - after) >= EDGE && abs(before - at[-GROUND * step]) < CONTRAST &&
           abs(after - at[GROUND * step]) < CONTRAST;
}

/* One row or column of pixels; place: from one pixel of it to the next, across: to the next row. */
static void edges_trace_line(struct tracer *tracer, const unsigned char *pixels, size_t count,
                             ptrdiff_t place, ptrdiff_t across, size_t at, bool is_vertical)
{
    size_t from = 0, end = 0; /* of the edge: none while they are equal */
    bool was_darker = false;

    for (size_t i = 0; i < count; i++) {
        bool gets_darker;

        if (!is_edge(pixels + (ptrdiff_t)i * place, across, &gets_darker))
            continue;
        if (end > from && (i > end + EDGE_CROSSING || gets_darker != was_darker)) {
            rule_add(tracer, at, from, end, is_vertical);
            end = from;
        }
        if (end == from)
            from = i;
        was_darker = gets_darker;
        end = i + 1;
    }
    if (end > from)
        rule_add(tracer, at, from, end, is_vertical);
}

static void edges_trace(struct tracer *tracer, const struct canvas *canvas)
{
    ptrdiff_t width = (ptrdiff_t)canvas->width;

    for (size_t y = GROUND; y + GROUND < canvas->height; y++)
        if (canvas->rows[y])
            edges_trace_line(tracer, canvas->gray + (ptrdiff_t)y * width, canvas->width, 1, width,
                             y, false);
    for (size_t x = GROUND; x + GROUND < canvas->width; x++)
        if (canvas->columns[x])
            edges_trace_line(tracer, canvas->gray + x, canvas->height, width, 1, x, true);
}

static int pixel_or_white(const struct canvas *canvas, size_t x, size_t y)
{
    return x < canvas->width && y < canvas->height ? canvas->gray[y * canvas->width + x] : 255;
}

/* Does the thin box show at this place along it, on what is right beside it? */
static bool thin_shows(const struct canvas *canvas, const struct pdf_paint *paint, bool is_vertical,
                       float share)
{
    struct extent across = extent_of(paint->x0, paint->x1, canvas->width);
    struct extent down = extent_of(paint->y0, paint->y1, canvas->height);
    size_t x = across.from + (size_t)((float)(across.to - across.from) * share);
    size_t y = down.from + (size_t)((float)(down.to - down.from) * share);
    bool is_dark;

    if (across.from >= across.to || down.from >= down.to)
        return false;
    if (is_vertical) {
        x = (across.from + across.to - 1) / 2;
        return is_ridge(pixel_or_white(canvas, x, y), pixel_or_white(canvas, across.from - 1, y),
                        pixel_or_white(canvas, across.to, y), &is_dark);
    }
    y = (down.from + down.to - 1) / 2;
    return is_ridge(pixel_or_white(canvas, x, y), pixel_or_white(canvas, x, down.from - 1),
                    pixel_or_white(canvas, x, down.to), &is_dark);
}

/* Thin boxes are rules by themselves, also those so near to another that both blur. */
static void thin_boxes_add(struct tracer *tracer, const struct canvas *canvas,
                           const struct pdf_paints *paints)
{
    for (size_t i = 0; i < paints->count; i++) {
        const struct pdf_paint *paint = &paints->items[i];
        float width = paint->x1 - paint->x0, height = paint->y1 - paint->y0;
        bool is_vertical = height > width;

        if (paint->kind != PDF_PAINT_BOX || fminf(width, height) > THIN ||
            (!thin_shows(canvas, paint, is_vertical, 0.5F) &&
             !thin_shows(canvas, paint, is_vertical, 0.25F)))
            continue;
        if (is_vertical)
            rule_add(tracer, (size_t)((paint->x0 + paint->x1) / 2.0F), (size_t)paint->y0,
                     (size_t)paint->y1, true);
        else
            rule_add(tracer, (size_t)((paint->y0 + paint->y1) / 2.0F), (size_t)paint->x0,
                     (size_t)paint->x1, false);
    }
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

/* Rows of pixels of one thick rule, and pieces that follow each other, become one rule. gap:
 * between pieces, in points. */
static size_t rules_merge(struct pdf_rule *rules, size_t count, float gap)
{
    size_t kept = 0;

    qsort(rules, count, sizeof(rules[0]), rule_compare);
    for (size_t i = 0; i < count; i++) {
        size_t k = kept;

        for (; k > 0 && rules[k - 1].is_vertical == rules[i].is_vertical &&
               rules[i].at - rules[k - 1].at < 2.5F;
             k--)
            if (rules[i].from <= rules[k - 1].to + gap && rules[i].to >= rules[k - 1].from - gap)
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

/* How many were found; none of them where there were too many. */
static uint32_t tracer_end(struct tracer *tracer, float gap)
{
    struct pdf_doc *doc = tracer->doc;

    if (tracer->is_full)
        doc->rule_count = tracer->first;
    if (doc->rule_count > tracer->first)
        doc->rule_count = tracer->first + rules_merge(doc->rules + tracer->first,
                                                      doc->rule_count - tracer->first, gap);
    return (uint32_t)(doc->rule_count - tracer->first);
}

void pdf_rules_find(struct pdf_doc *doc, size_t page_index, const struct pdf_paints *paints)
{
    struct tracer tracer = { .doc = doc, .first = doc->rule_count };
    struct pdf_page *page = &doc->pages[page_index];
    CLEANUP(canvas_release) struct canvas canvas = { 0 };

    if (paints->count < PAINTS_MIN || !(page->width <= SIDE_MAX && page->height <= SIDE_MAX))
        return;
    if (!canvas_init(&canvas, page)) {
        doc->failed = true;
        return;
    }
    for (size_t i = 0; i < paints->count && canvas.pixels < PIXELS_MAX; i++)
        if (paint_is_drawn(&paints->items[i]))
            canvas_paint(&canvas, &paints->items[i]);
    if (canvas.pixels >= PIXELS_MAX)
        return;
    rows_trace(&tracer, &canvas);
    columns_trace(&tracer, &canvas);
    thin_boxes_add(&tracer, &canvas, paints);
    page->rule_start = (uint32_t)tracer.first;
    page->rule_count = tracer_end(&tracer, RULE_GAP);
    tracer = (struct tracer){ .doc = doc, .first = doc->rule_count };
    if (page->rule_count >= GRID_RULES_MIN)
        edges_trace(&tracer, &canvas);
    page->edge_start = (uint32_t)tracer.first;
    page->edge_count = tracer_end(&tracer, (float)EDGE_CROSSING);
}

static void rules_turn(struct pdf_rule *rules, size_t count, const float size[2], unsigned turn)
{
    for (size_t i = 0; i < count; i++) {
        struct pdf_rule *rule = &rules[i];
        float along[4] = { rule->from, rule->at, rule->to, rule->at };
        float down[4] = { rule->at, rule->from, rule->at, rule->to }, box[4];

        pdf_turned_box(size, turn, rule->is_vertical ? down : along, box);
        rule->is_vertical ^= (turn & 1U) != 0;
        rule->at = rule->is_vertical ? box[0] : box[1];
        rule->from = rule->is_vertical ? box[1] : box[0];
        rule->to = rule->is_vertical ? box[3] : box[2];
    }
    if (count)
        qsort(rules, count, sizeof(rules[0]), rule_compare);
}

void pdf_rules_turn(struct pdf_doc *doc, size_t page_index, unsigned turn)
{
    const struct pdf_page *page = &doc->pages[page_index];
    const float size[2] = { page->width, page->height };

    if (page->rule_count)
        rules_turn(doc->rules + page->rule_start, page->rule_count, size, turn);
    if (page->edge_count)
        rules_turn(doc->rules + page->edge_start, page->edge_count, size, turn);
}

/* A piece that may be a cell: no list's mark, no code, no dots of a table of contents. */
static bool piece_is_cell(const struct pdf_doc *doc, const struct pdf_segment *segment)
{
    const struct pdf_word *words = doc->words + segment->word_start;

    return !(doc->styles[segment->style].flags & PDF_MONO) &&
           !(segment->word_count == 1 && pdf_text_is_list_mark(pdf_word_text(doc, words))) &&
           !pdf_words_have_leader(doc, words, segment->word_count);
}

bool pdf_rules_are_likely(const struct pdf_doc *doc, size_t page_index)
{
    const struct pdf_page *page = &doc->pages[page_index];
    const struct pdf_segment *segments = doc->segments + page->segment_start;
    size_t weight = 0;
    float last = -INFINITY;

    /* Sorted by rotation and by their middles: those of a row follow each other. */
    for (uint32_t i = 0; i < page->segment_count;) {
        float middle = (segments[i].y0 + segments[i].y1) / 2.0F;
        size_t narrow = 0, pieces = 0;
        float bottom = segments[i].y1, size = segments[i].size;
        uint8_t rotation = segments[i].rotation;

        for (bool is_first = true;
             i < page->segment_count &&
             (is_first || (segments[i].y0 < middle && segments[i].rotation == rotation));
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
        weight = (middle - last < 5.0F * size ? weight : 0) + (narrow >= MANY_PIECES ? LIKELY / 2
                                                               : narrow >= 2         ? 2
                                                                                     : 1);
        last = bottom;
        if (weight >= LIKELY)
            return true;
    }
    return false;
}
