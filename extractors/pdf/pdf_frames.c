#include "extractors/pdf/pdf_frames.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"

#define WIDTH_MIN      40.0F /* points */
#define HEIGHT_MIN     24.0F
#define THIN           3.0F /* a box that is no higher or wider is a side of a frame */
#define MEET           3.0F /* sides that end so near to one another meet */
#define CANDIDATES_MAX 100u
#define SIDES_MAX      40u /* in one direction: a page with more has a table, or a drawing */
#define LINES_MIN      3u
#define CELL_CHARS     24u  /* a line of fewer may be the cell of a table */
#define SHEET          0.9F /* of the page's text: a frame around more is the page's */

void pdf_frames_release(struct pdf_frames *frames)
{
    free(frames->items);
    *frames = (struct pdf_frames){ 0 };
}

static bool frames_equal(const struct pdf_frame *a, const struct pdf_frame *b)
{
    return fabsf(a->x0 - b->x0) < 2.0F * MEET && fabsf(a->x1 - b->x1) < 2.0F * MEET &&
           fabsf(a->y0 - b->y0) < 2.0F * MEET && fabsf(a->y1 - b->y1) < 2.0F * MEET;
}

bool pdf_frames_add(struct pdf_frames *frames, const struct pdf_frame *frame)
{
    for (size_t i = 0; i < frames->count; i++)
        if (frames_equal(&frames->items[i], frame))
            return true;
    if (!array_reserve(&frames->items, &frames->capacity, frames->count))
        return false;
    frames->items[frames->count++] = *frame;
    return true;
}

bool pdf_frame_holds(const struct pdf_frame *frame, const struct pdf_segment *segment)
{
    float x = (segment->x0 + segment->x1) / 2.0F, y = (segment->y0 + segment->y1) / 2.0F;

    return segment->rotation == 0 && x > frame->x0 && x < frame->x1 && y > frame->y0 &&
           y < frame->y1;
}

/* ---- candidates ---- */

static void candidate_add(struct pdf_frames *candidates, const struct pdf_frame *frame,
                          bool *no_memory)
{
    if (frame->x1 - frame->x0 >= WIDTH_MIN && frame->y1 - frame->y0 >= HEIGHT_MIN &&
        candidates->count < CANDIDATES_MAX)
        *no_memory |= !pdf_frames_add(candidates, frame);
}

static bool is_thin(const struct pdf_paint *paint)
{
    return fminf(paint->x1 - paint->x0, paint->y1 - paint->y0) <= THIN;
}

/* The sides of frames that are drawn: thin boxes in one direction. 0: none, or too many. */
static size_t sides_take(const struct pdf_paints *paints, bool is_vertical,
                         const struct pdf_paint **sides)
{
    size_t count = 0;

    for (size_t i = 0; i < paints->count; i++) {
        const struct pdf_paint *paint = &paints->items[i];
        float width = paint->x1 - paint->x0, height = paint->y1 - paint->y0;

        if (paint->kind == PDF_PAINT_BOX && is_thin(paint) && (height > width) == is_vertical &&
            fmaxf(width, height) >= (is_vertical ? HEIGHT_MIN : WIDTH_MIN)) {
            if (count == SIDES_MAX)
                return 0;
            sides[count++] = paint;
        }
    }
    return count;
}

static bool has_side(const struct pdf_paint *const *down, size_t count, float x, float y0, float y1)
{
    for (size_t i = 0; i < count; i++)
        if (fabsf((down[i]->x0 + down[i]->x1) / 2.0F - x) < MEET && down[i]->y0 < y0 + MEET &&
            down[i]->y1 > y1 - MEET)
            return true;
    return false;
}

/* Two horizontal sides of one length, and a vertical one at each of their ends. */
static void drawn_find(const struct pdf_paints *paints, struct pdf_frames *candidates,
                       bool *no_memory)
{
    const struct pdf_paint *across[SIDES_MAX], *down[SIDES_MAX];
    size_t across_count = sides_take(paints, false, across);
    size_t down_count = sides_take(paints, true, down);

    for (size_t i = 0; i < across_count; i++) {
        for (size_t k = 0; k < across_count; k++) {
            const struct pdf_paint *top = across[i], *bottom = across[k];

            if (bottom->y0 - top->y1 < HEIGHT_MIN || fabsf(top->x0 - bottom->x0) > MEET ||
                fabsf(top->x1 - bottom->x1) > MEET ||
                !has_side(down, down_count, top->x0, top->y0, bottom->y1) ||
                !has_side(down, down_count, top->x1, top->y0, bottom->y1))
                continue;
            candidate_add(candidates, &(struct pdf_frame){ top->x0, top->y0, top->x1, bottom->y1 },
                          no_memory);
        }
    }
}

static void filled_find(const struct pdf_paints *paints, struct pdf_frames *candidates,
                        bool *no_memory)
{
    for (size_t i = 0; i < paints->count; i++) {
        const struct pdf_paint *paint = &paints->items[i];

        if (paint->kind != PDF_PAINT_PICTURE && !is_thin(paint))
            candidate_add(candidates,
                          &(struct pdf_frame){ paint->x0, paint->y0, paint->x1, paint->y1 },
                          no_memory);
    }
}

/* ---- which of them are frames ---- */

struct contents {
    size_t held, lines, chars, beside, crossing, all;
};

static size_t segment_chars(const struct pdf_doc *doc, const struct pdf_segment *segment)
{
    size_t chars = 0;

    for (uint32_t i = 0; i < segment->word_count; i++)
        chars += pdf_text_chars(pdf_word_text(doc, &doc->words[segment->word_start + i])) + 1;
    return chars;
}

/* Goes a word over the frame's side? */
static bool segment_crosses(const struct pdf_doc *doc, const struct pdf_frame *frame,
                            const struct pdf_segment *segment)
{
    float slack = 0.6F * segment->size;

    if (segment->y1 < frame->y0 + slack || segment->y0 > frame->y1 - slack)
        return false;
    for (uint32_t i = 0; i < segment->word_count; i++) {
        const struct pdf_word *word = &doc->words[segment->word_start + i];

        if ((word->x0 < frame->x0 - slack && word->x1 > frame->x0 + slack) ||
            (word->x0 < frame->x1 - slack && word->x1 > frame->x1 + slack))
            return true;
    }
    return false;
}

/* How many pieces in the frame have one outside of it in line with them? */
static size_t aligned_count(const struct pdf_doc *doc, const struct pdf_page *page,
                            const struct pdf_frame *frame)
{
    const struct pdf_segment *segments = doc->segments + page->segment_start;
    size_t aligned = 0;

    for (size_t i = 0; i < page->segment_count; i++) {
        bool is_aligned = false;

        if (!pdf_frame_holds(frame, &segments[i]))
            continue;
        for (size_t k = 0; k < page->segment_count && !is_aligned; k++)
            is_aligned = fabsf(segments[k].y1 - segments[i].y1) < 0.12F * segments[i].size &&
                         segments[k].rotation == segments[i].rotation &&
                         !pdf_frame_holds(frame, &segments[k]);
        aligned += is_aligned;
    }
    return aligned;
}

static struct contents contents_read(const struct pdf_doc *doc, const struct pdf_page *page,
                                     const struct pdf_frame *frame)
{
    const struct pdf_segment *segments = doc->segments + page->segment_start;
    struct contents contents = { .all = page->segment_count };
    float bottom = -INFINITY;

    for (size_t i = 0; i < page->segment_count; i++) {
        const struct pdf_segment *segment = &segments[i];
        float middle = (segment->y0 + segment->y1) / 2.0F;

        if (segment->rotation != 0)
            continue;
        contents.crossing += segment_crosses(doc, frame, segment);
        if (!pdf_frame_holds(frame, segment)) {
            contents.beside += middle > frame->y0 && middle < frame->y1;
            continue;
        }
        contents.held++;
        contents.lines += middle > bottom;
        bottom = fmaxf(bottom, segment->y1);
        contents.chars += segment_chars(doc, segment);
    }
    return contents;
}

/* A frame holds lines that go on to its sides only, and something stands beside it. What is in line
 * with short pieces beside it is a column of a table. */
static bool is_frame(const struct pdf_doc *doc, const struct pdf_page *page,
                     const struct pdf_frame *frame)
{
    struct contents contents = contents_read(doc, page, frame);

    if (contents.lines < LINES_MIN || contents.crossing * 10 > contents.held ||
        contents.beside == 0 || (float)contents.held >= SHEET * (float)contents.all)
        return false;
    return contents.chars >= contents.held * CELL_CHARS ||
           aligned_count(doc, page, frame) * 10 < contents.held * 6;
}

static bool is_mono(const struct pdf_doc *doc, const struct pdf_segment *segment)
{
    return doc->styles[segment->style].flags & PDF_MONO;
}

bool pdf_frames_are_likely(const struct pdf_doc *doc)
{
    const struct pdf_page *page = &doc->pages[doc->page_count - 1];
    const struct pdf_segment *segments = doc->segments + page->segment_start;
    size_t rows = 0;

    /* Sorted by their middles: those of a row follow each other. Code has gaps in its lines. */
    for (size_t i = 1; i < page->segment_count && rows < LINES_MIN; i++)
        rows += (segments[i].y0 + segments[i].y1) / 2.0F < segments[i - 1].y1 &&
                !(is_mono(doc, &segments[i]) && is_mono(doc, &segments[i - 1]));
    return rows >= LINES_MIN;
}

void pdf_frames_find(struct pdf_doc *doc, const struct pdf_paints *paints)
{
    struct pdf_page *page = &doc->pages[doc->page_count - 1];
    struct pdf_frames candidates = { 0 };
    bool no_memory = false;

    if (page->segment_count < 2 * LINES_MIN)
        return;
    page->frame_start = (uint32_t)doc->frames.count;
    drawn_find(paints, &candidates, &no_memory);
    filled_find(paints, &candidates, &no_memory);
    for (size_t i = 0; i < candidates.count && !no_memory; i++) {
        struct pdf_frames *frames = &doc->frames;

        if (doc->frames.count - page->frame_start >= PDF_FRAMES_MAX)
            break;
        if (!is_frame(doc, page, &candidates.items[i]))
            continue;
        if (array_reserve(&frames->items, &frames->capacity, frames->count))
            frames->items[frames->count++] = candidates.items[i];
        else
            no_memory = true;
    }
    page->frame_count = (uint32_t)(doc->frames.count - page->frame_start);
    doc->failed |= no_memory;
    pdf_frames_release(&candidates);
}
