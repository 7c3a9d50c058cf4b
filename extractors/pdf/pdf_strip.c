#include "extractors/pdf/pdf_strip.h"

#include <math.h>

/* In ems. */
#define CENTRED    1.5F /* as near is the middle of a title to that of the page */
#define LINES_NEAR 1.6F /* from one base line of a paragraph to the next */
#define GAP_MORE   0.25F
#define INDENT_MAX 2.0F

#define TITLE_SIZE 1.25F /* of the text's */
#define FULL       0.7F  /* of the widest line: a line of running text */
#define CELLS_MIN  6u    /* of a table without rules */
#define PIECES_MAX 4000u /* more are no page that someone reads: bounds the work */

/* What there is on one side. */
struct extent {
    float top, bottom, widest;
    size_t count;
};

struct fit {
    struct pdf_strip *strip;
    const struct pdf_segment *segments;
    const uint32_t *order;
    size_t count;
    struct extent left, right;
    float x0, x1, size; /* of all */
};

enum pdf_strip_side pdf_strip_side(const struct pdf_strip *strip, const struct pdf_segment *segment)
{
    float middle = (segment->y0 + segment->y1) / 2.0F;

    if (middle < strip->y0)
        return PDF_STRIP_ABOVE;
    if (middle > strip->y1)
        return PDF_STRIP_BELOW;
    return segment->x1 <= (strip->x0 + strip->x1) / 2.0F ? PDF_STRIP_LEFT : PDF_STRIP_RIGHT;
}

static const struct pdf_segment *fit_segment(const struct fit *fit, size_t i)
{
    return &fit->segments[fit->order[i]];
}

static void extents_find(struct fit *fit)
{
    float size_sum = 0.0F;

    fit->left = fit->right = (struct extent){ INFINITY, -INFINITY, 0.0F, 0 };
    fit->x0 = INFINITY;
    fit->x1 = -INFINITY;
    for (size_t i = 0; i < fit->count; i++) {
        const struct pdf_segment *segment = fit_segment(fit, i);
        enum pdf_strip_side side = pdf_strip_side(fit->strip, segment);
        struct extent *extent = side == PDF_STRIP_LEFT ? &fit->left : &fit->right;

        if (side == PDF_STRIP_ABOVE || side == PDF_STRIP_BELOW)
            continue;
        extent->top = fminf(extent->top, segment->y0);
        extent->bottom = fmaxf(extent->bottom, segment->y1);
        extent->widest = fmaxf(extent->widest, segment->x1 - segment->x0);
        extent->count++;
        fit->x0 = fminf(fit->x0, segment->x0);
        fit->x1 = fmaxf(fit->x1, segment->x1);
        size_sum += segment->size;
    }
    fit->size = size_sum / fmaxf((float)(fit->left.count + fit->right.count), 1.0F);
}

/* A title in the middle of the page, and who wrote it, above where the other column begins. */
static void title_leave(struct fit *fit)
{
    float lower = fmaxf(fit->left.top, fit->right.top), middle = (fit->x0 + fit->x1) / 2.0F;
    bool has_title = false;

    for (size_t i = 0; i < fit->count; i++) {
        const struct pdf_segment *segment = fit_segment(fit, i);
        enum pdf_strip_side side = pdf_strip_side(fit->strip, segment);

        if (side == PDF_STRIP_ABOVE || side == PDF_STRIP_BELOW || segment->y0 >= lower)
            continue;
        if (segment->y1 > lower + 0.3F * segment->size || segment->word_count == 0 ||
            fabsf((segment->x0 + segment->x1) / 2.0F - middle) > CENTRED * fit->size)
            return;
        has_title |= segment->size > TITLE_SIZE * fit->size;
    }
    if (has_title)
        fit->strip->y0 = lower - 0.1F;
}

/* The highest one of the left column that begins below y; NULL: none. */
static const struct pdf_segment *left_below(const struct fit *fit, float y)
{
    const struct pdf_segment *first = NULL;

    for (size_t i = 0; i < fit->count; i++) {
        const struct pdf_segment *segment = fit_segment(fit, i);

        if (pdf_strip_side(fit->strip, segment) == PDF_STRIP_LEFT && segment->y0 >= y &&
            (!first || segment->y0 < first->y0))
            first = segment;
    }
    return first;
}

/* The lowest line that runs over the strip's upper end. */
static const struct pdf_segment *line_across(const struct fit *fit)
{
    const struct pdf_segment *last = NULL;

    for (size_t i = 0; i < fit->count; i++) {
        const struct pdf_segment *segment = fit_segment(fit, i);

        if (pdf_strip_side(fit->strip, segment) == PDF_STRIP_ABOVE && segment->word_count &&
            segment->x0 < fit->strip->x0 && segment->x1 > fit->strip->x1 &&
            (!last || segment->y1 > last->y1))
            last = segment;
    }
    return last;
}

/* The last line of a paragraph across the columns, which is short, above the left one. */
static void last_line_leave(struct fit *fit)
{
    const struct pdf_segment *across = line_across(fit);
    const struct pdf_segment *line = left_below(fit, fit->strip->y0 - fit->size), *next;
    float pitch, em;

    if (!across || !line || line->word_count == 0 || line->style != across->style)
        return;
    em = fmaxf(line->size, 1.0F);
    pitch = line->y1 - across->y1;
    next = left_below(fit, line->y0 + 0.5F * em);
    if (pitch < 0.5F * em || pitch > LINES_NEAR * em ||
        fabsf(line->x0 - across->x0) > INDENT_MAX * em || fit->right.top < line->y1 - 0.3F * em)
        return;
    if (next && (next->style != line->style || next->y1 - line->y1 > pitch + GAP_MORE * em))
        fit->strip->y0 = line->y1 - 0.1F * em;
}

/* Does another one stand beside it, in its row of the left column? */
static bool shares_row(const struct fit *fit, const struct pdf_segment *segment)
{
    for (size_t i = 0; i < fit->count; i++) {
        const struct pdf_segment *other = fit_segment(fit, i);

        if (other != segment && fabsf(other->y1 - segment->y1) < 0.3F * segment->size &&
            pdf_strip_side(fit->strip, other) == PDF_STRIP_LEFT)
            return true;
    }
    return false;
}

/* A narrow table, and no text below it, in the left column below the end of the right one: the
 * columns end above it. */
static void table_leave(struct fit *fit)
{
    float end = fit->right.bottom - 0.3F * fit->size, top = INFINITY;
    size_t cells = 0;

    for (size_t i = 0; i < fit->count; i++) {
        const struct pdf_segment *segment = fit_segment(fit, i);

        if (pdf_strip_side(fit->strip, segment) != PDF_STRIP_LEFT || segment->y0 < end ||
            (segment->word_count && !shares_row(fit, segment)))
            continue;
        cells += segment->word_count ? 1 : CELLS_MIN;
        top = fminf(top, segment->y0);
    }
    if (cells < CELLS_MIN || top <= fit->left.top)
        return;
    for (size_t i = 0; i < fit->count; i++) {
        const struct pdf_segment *segment = fit_segment(fit, i);

        if (pdf_strip_side(fit->strip, segment) == PDF_STRIP_LEFT && segment->y0 > top &&
            segment->word_count && segment->x1 - segment->x0 > FULL * fit->left.widest &&
            !shares_row(fit, segment))
            return;
    }
    fit->strip->y1 = top - 0.1F;
}

void pdf_strip_fit(struct pdf_strip *strip, const struct pdf_segment *segments,
                   const uint32_t *order, size_t count)
{
    struct fit fit = { .strip = strip, .segments = segments, .order = order, .count = count };

    if (count > PIECES_MAX)
        return;
    extents_find(&fit);
    if (fit.left.count == 0 || fit.right.count == 0)
        return;
    title_leave(&fit);
    last_line_leave(&fit);
    table_leave(&fit);
}
