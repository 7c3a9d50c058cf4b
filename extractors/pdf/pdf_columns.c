#include "extractors/pdf/pdf_columns.h"

#include <math.h>
#include <stdlib.h>

#define STRIPS_MAX      96      /* open at one time; a page has a handful */
#define STRIP_WIDTH     0.55F   /* ems: narrower white is between words */
#define COLUMN_LINES    3       /* on each side, or it is no column */
#define LOOSE_LINES     2.5F    /* ems from one line to the next: labels of a form, say */
#define ROW_LINES       0.75F   /* of the lines of a side that have one beside them */
#define COLUMN_EMS      9.0F    /* a column of text is at least as wide as this */
#define SCORED_SEGMENTS 400000u /* over all strips of a region */
#define CROSSES         0.9F    /* of the region's width: a rule so long ends the columns */
#define CROSSINGS_MAX   64u
#define LOOK_AROUND     24 /* segments before and after, in order of y, that may share a line */

struct sweep {
    struct pdf_strip open[STRIPS_MAX];
    size_t open_count;
    float x0, x1, min_width, min_height;
    const struct pdf_style *styles;
    size_t scored_max; /* strips still to be looked at: bounds the work on a page full of scraps */
    const struct pdf_segment *segments;
    const uint32_t *order;
    size_t count;
    struct pdf_strip best;
    float best_score;
};

struct side {
    size_t lines, full, aligned, beside; /* beside: between the other one's first and last */
    size_t level;                        /* of these, with one of the other beside them */
    size_t text, full_text;              /* without lines of programs */
    float widest, width_sum, size_sum, top, bottom;
};

static const struct pdf_segment *sweep_segment(const struct sweep *sweep, size_t i)
{
    return &sweep->segments[sweep->order[i]];
}

static bool beside_in_y(const struct pdf_segment *a, const struct pdf_segment *b)
{
    return fminf(a->y1, b->y1) - fmaxf(a->y0, b->y0) > 0.4F * fminf(a->y1 - a->y0, b->y1 - b->y0);
}

/* What stands across the strip from a line. */
struct across {
    bool is_aligned; /* on the same base line */
    bool is_level;   /* at least a part of it is beside the line */
};

/* Looks at the neighbours of segment i in its line: true when none stands between it and the strip.
 */
static bool next_to_strip(const struct sweep *sweep, size_t i, const struct pdf_strip *strip,
                          bool is_left, struct across *across)
{
    const struct pdf_segment *segment = sweep_segment(sweep, i);
    size_t from = i > LOOK_AROUND ? i - LOOK_AROUND : 0;
    size_t end = i + LOOK_AROUND < sweep->count ? i + LOOK_AROUND : sweep->count;

    *across = (struct across){ 0 };
    for (size_t k = from; k < end; k++) {
        const struct pdf_segment *other = sweep_segment(sweep, k);
        bool other_left = other->x1 <= strip->x0 + 0.1F;

        if (k == i)
            continue;
        across->is_level |=
            other_left != is_left && other->y0 < segment->y1 && other->y1 > segment->y0;
        if (!beside_in_y(segment, other))
            continue;
        if (other_left != is_left) {
            if (fabsf(other->y1 - segment->y1) < 0.12F * segment->size)
                across->is_aligned = true;
        } else if (is_left ? other->x0 >= segment->x1 : other->x1 <= segment->x0) {
            return false;
        }
    }
    return true;
}

static void side_add(struct side *side, const struct pdf_segment *segment, bool aligned)
{
    float width = segment->x1 - segment->x0;

    side->top = side->lines ? fminf(side->top, segment->y0) : segment->y0;
    side->bottom = side->lines ? fmaxf(side->bottom, segment->y1) : segment->y1;
    side->lines++;
    side->aligned += aligned;
    side->widest = fmaxf(side->widest, width);
    side->width_sum += width;
    side->size_sum += segment->size;
}

/* Fills left and right with what stands next to the strip. */
static void strip_sides(const struct sweep *sweep, const struct pdf_strip *strip, struct side *left,
                        struct side *right)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < sweep->count; i++) {
            const struct pdf_segment *segment = sweep_segment(sweep, i);
            float middle = (segment->y0 + segment->y1) / 2.0F;
            bool is_left = segment->x1 <= strip->x0 + 0.1F;
            struct side *side = is_left ? left : right, *other = is_left ? right : left;
            struct across across;

            if (segment->y0 > strip->y1)
                break;
            if (middle < strip->y0 || middle > strip->y1 ||
                !next_to_strip(sweep, i, strip, is_left, &across))
                continue;
            if (pass == 0) {
                side_add(side, segment, across.is_aligned);
            } else {
                bool is_full = segment->x1 - segment->x0 > 0.55F * side->widest;
                bool is_code = (sweep->styles[segment->style].flags & PDF_MONO) != 0;

                side->full += is_full;
                side->text += !is_code;
                side->full_text += is_full && !is_code;
                if (middle > other->top && middle < other->bottom) {
                    side->beside++;
                    side->level += across.is_level;
                }
            }
        }
    }
}

static bool side_is_column(const struct side *side, float ems, float full_share)
{
    return side->lines >= COLUMN_LINES &&
           side->widest * (float)side->lines >= ems * side->size_sum &&
           (float)side->full >= full_share * (float)side->lines;
}

/* Lines of programs end where they like: those between lines of text are not asked to be full. */
static bool side_has_programs(const struct side *side)
{
    return side->text >= COLUMN_LINES && side->text < side->lines &&
           side->widest * (float)side->lines >= COLUMN_EMS * side->size_sum &&
           side->full_text * 2 >= side->text;
}

static bool side_is_solid(const struct side *side)
{
    return side->lines >= 6 && side_is_column(side, 14.0F, 0.6F);
}

/* Are the lines of the shorter side so far apart that each stands alone, and no more beside it?
 * Then they are rows. */
static bool sides_are_rows(const struct side *left, const struct side *right, float aligned)
{
    const struct side *fewer = left->lines < right->lines ? left : right;
    const struct side *more = fewer == left ? right : left;

    return aligned >= ROW_LINES && fewer->bottom - fewer->top > LOOSE_LINES * fewer->size_sum &&
           more->beside * 3 <= fewer->lines * 4;
}

/* Do most lines that stand between the other side's first and last stand beside one of them? An
 * address here and a date there do not make columns. */
static bool side_is_level(const struct side *side)
{
    return side->level * 2 >= side->beside;
}

/* aligned: the share of the shorter side's lines that stand in one line with one of the other. */
static bool sides_are_columns(const struct side *left, const struct side *right, float aligned)
{
    if (aligned < 0.5F && (side_is_solid(left) || side_is_solid(right)))
        return true; /* text beside a table or a list of its own */
    if (aligned < 0.3F && side_has_programs(left) && side_has_programs(right))
        return true;
    if (side_is_column(left, COLUMN_EMS, 0.5F) && side_is_column(right, COLUMN_EMS, 0.5F))
        return true;
    return aligned < 0.4F && side_is_column(left, COLUMN_EMS / 2.0F, 0.3F) &&
           side_is_column(right, COLUMN_EMS / 2.0F, 0.3F) && side_is_level(left) &&
           side_is_level(right);
}

/* How high both sides are beside the strip; 0 when it does not divide columns. */
static float strip_score(const struct sweep *sweep, const struct pdf_strip *strip)
{
    struct side left = { 0 }, right = { 0 };
    size_t fewer;
    float aligned;

    strip_sides(sweep, strip, &left, &right);
    if (left.lines < COLUMN_LINES || right.lines < COLUMN_LINES)
        return 0.0F;
    fewer = left.lines < right.lines ? left.lines : right.lines;
    aligned = (float)(left.aligned < right.aligned ? left.aligned : right.aligned) / (float)fewer;
    if (sides_are_rows(&left, &right, aligned))
        return 0.0F;
    if (!sides_are_columns(&left, &right, aligned))
        return 0.0F;
    return fminf(left.bottom, right.bottom) - fmaxf(left.top, right.top);
}

/* A strip has ended at y. */
static void strip_close(struct sweep *sweep, const struct pdf_strip *open, float y)
{
    struct pdf_strip strip = *open;
    float score;

    strip.y1 = y;
    if (strip.y1 - strip.y0 < sweep->min_height || strip.y1 - strip.y0 <= sweep->best_score ||
        strip.x0 <= sweep->x0 + 0.1F || strip.x1 >= sweep->x1 - 0.1F)
        return;
    if (sweep->scored_max == 0)
        return;
    sweep->scored_max--;
    score = strip_score(sweep, &strip);
    if (score > sweep->best_score) {
        sweep->best_score = score;
        sweep->best = strip;
    }
}

/* Opens a strip, unless an open one covers it. */
static void strip_open(struct sweep *sweep, struct pdf_strip strip)
{
    size_t kept = 0;

    if (strip.x1 - strip.x0 < sweep->min_width)
        return;
    for (size_t i = 0; i < sweep->open_count; i++) {
        const struct pdf_strip *open = &sweep->open[i];

        if (open->x0 <= strip.x0 + 0.1F && open->x1 >= strip.x1 - 0.1F && open->y0 <= strip.y0)
            return;
    }
    for (size_t i = 0; i < sweep->open_count; i++) {
        const struct pdf_strip *open = &sweep->open[i];

        if (!(strip.x0 <= open->x0 && strip.x1 >= open->x1 && strip.y0 <= open->y0))
            sweep->open[kept++] = *open;
    }
    sweep->open_count = kept;
    if (kept < STRIPS_MAX)
        sweep->open[sweep->open_count++] = strip;
}

static void sweep_add(struct sweep *sweep, const struct pdf_segment *segment)
{
    struct pdf_strip cut[STRIPS_MAX];
    size_t cut_count = 0, kept = 0;

    for (size_t i = 0; i < sweep->open_count; i++) {
        const struct pdf_strip *open = &sweep->open[i];

        if (open->x0 < segment->x1 && open->x1 > segment->x0 && open->y0 < segment->y1 - 0.5F)
            cut[cut_count++] = *open;
        else
            sweep->open[kept++] = *open;
    }
    sweep->open_count = kept;
    for (size_t i = 0; i < cut_count; i++) {
        struct pdf_strip before = cut[i], after = cut[i];

        strip_close(sweep, &cut[i], segment->y0);
        before.x1 = fminf(before.x1, segment->x0);
        after.x0 = fmaxf(after.x0, segment->x1);
        strip_open(sweep, before);
        strip_open(sweep, after);
    }
    strip_open(sweep, (struct pdf_strip){ sweep->x0, sweep->x1, segment->y1 - 0.5F, 0.0F });
}

/* A rule over all columns: what stands above it is read first. */
static void sweep_cross(struct sweep *sweep, float y)
{
    for (size_t i = 0; i < sweep->open_count; i++)
        strip_close(sweep, &sweep->open[i], y);
    sweep->open_count = 0;
    strip_open(sweep, (struct pdf_strip){ sweep->x0, sweep->x1, y, 0.0F });
}

static int float_compare(const void *left, const void *right)
{
    const float *a = left, *b = right;

    return *a < *b ? -1 : *a > *b;
}

/* Where rules go over the width of the region, from the top: how many. */
static size_t crossings_find(const struct sweep *sweep, const struct pdf_rule *rules,
                             size_t rule_count, float crossings[CROSSINGS_MAX])
{
    float slack = (1.0F - CROSSES) / 2.0F * (sweep->x1 - sweep->x0);
    size_t count = 0;

    for (size_t i = 0; i < rule_count && count < CROSSINGS_MAX; i++)
        if (!rules[i].is_vertical && rules[i].from < sweep->x0 + slack &&
            rules[i].to > sweep->x1 - slack)
            crossings[count++] = rules[i].at;
    qsort(crossings, count, sizeof(crossings[0]), float_compare);
    return count;
}

bool pdf_columns_find(const struct pdf_segment *segments, const uint32_t *order, size_t count,
                      const struct pdf_style *styles, const struct pdf_rule *rules,
                      size_t rule_count, struct pdf_strip *out)
{
    struct sweep sweep = { .segments = segments, .order = order, .count = count, .styles = styles };
    float bottom, top, size_sum = 0.0F, crossings[CROSSINGS_MAX];
    size_t crossing_count, crossed = 0;

    if (count < (size_t)2 * COLUMN_LINES)
        return false;
    sweep.x0 = segments[order[0]].x0;
    sweep.x1 = segments[order[0]].x1;
    top = segments[order[0]].y0;
    bottom = segments[order[0]].y1;
    for (size_t i = 0; i < count; i++) {
        const struct pdf_segment *segment = &segments[order[i]];

        sweep.x0 = fminf(sweep.x0, segment->x0);
        sweep.x1 = fmaxf(sweep.x1, segment->x1);
        bottom = fmaxf(bottom, segment->y1);
        size_sum += segment->size;
    }
    sweep.scored_max = 16 + SCORED_SEGMENTS / count;
    sweep.min_width = STRIP_WIDTH * size_sum / (float)count;
    sweep.min_height = 2.5F * size_sum / (float)count;
    strip_open(&sweep, (struct pdf_strip){ sweep.x0, sweep.x1, top - 1.0F, 0.0F });
    crossing_count = crossings_find(&sweep, rules, rule_count, crossings);
    for (size_t i = 0; i < count; i++) {
        const struct pdf_segment *segment = &segments[order[i]];

        for (; crossed < crossing_count && crossings[crossed] <= segment->y0; crossed++)
            if (crossings[crossed] > top)
                sweep_cross(&sweep, crossings[crossed]);
        sweep_add(&sweep, segment);
    }
    for (size_t i = 0; i < sweep.open_count; i++)
        strip_close(&sweep, &sweep.open[i], bottom + 1.0F);
    *out = sweep.best;
    return sweep.best_score > 0.0F;
}
