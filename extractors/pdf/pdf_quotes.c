#include "extractors/pdf/pdf_quotes.h"

#include <math.h>

#define QUOTES_MAX  32u   /* groups of large lines that are looked at: bounds the work */
#define LARGER      1.15F /* than most of the page's text */
#define LINES_APART 1.4F  /* ems between the lines of one */
#define NEAR_EMS    5.0F  /* of white above and below it */
#define LINES_HIGH  1.8F  /* ems: two lines of it at least, or it may be a heading */
#define BESIDE_MIN  2u    /* lines on each side */

/* The lines of the columns around one: those that its left and its right side would cut. */
struct around {
    const struct pdf_segment *left, *right;
};

/* The style of more than half of the page's words, if there is one: the vote of each word for its
 * style, or against another. */
static uint16_t text_style(const struct pdf_segment *segments, size_t count, float *size)
{
    uint16_t style = 0;
    size_t votes = 0;

    *size = 0.0F;
    for (size_t i = 0; i < count; i++) {
        if (segments[i].style == style && votes) {
            votes += segments[i].word_count;
        } else if (votes > segments[i].word_count) {
            votes -= segments[i].word_count;
        } else {
            votes = segments[i].word_count - votes;
            style = segments[i].style;
            *size = segments[i].size;
        }
    }
    return style;
}

static bool is_large(const struct pdf_segment *segment, float size)
{
    return segment->rotation == 0 && !segment->is_boilerplate && segment->size >= LARGER * size;
}

/* The lines below each other that begin with segments[first], as one box with their style. */
static struct pdf_segment group_box(const struct pdf_segment *segments, size_t count, size_t first,
                                    float size)
{
    struct pdf_segment box = segments[first];

    for (size_t i = first + 1; i < count; i++) {
        const struct pdf_segment *next = &segments[i];

        if (next->rotation != 0 || next->y0 > box.y1 + LINES_APART * box.size)
            break;
        if (!is_large(next, size) || next->style != box.style || next->x0 > box.x1 ||
            next->x1 < box.x0)
            continue;
        box.x0 = fminf(box.x0, next->x0);
        box.x1 = fmaxf(box.x1, next->x1);
        box.y1 = fmaxf(box.y1, next->y1);
    }
    return box;
}

static bool is_at(const struct pdf_segment *line, float x)
{
    return line->x0 < x && line->x1 > x;
}

/* Is it the text's line that the box's side at x would cut, nearest above the box or below? */
static void nearest_keep(const struct pdf_segment **best, const struct pdf_segment *line,
                         const struct pdf_segment *box, float x, bool is_above)
{
    float gap = is_above ? box->y0 - line->y1 : line->y0 - box->y1;

    if (!is_at(line, x) || gap < -0.3F * line->size || gap > NEAR_EMS * line->size)
        return;
    if (!*best || (is_above ? line->y1 > (*best)->y1 : line->y0 < (*best)->y0))
        *best = line;
}

static struct around around_find(const struct pdf_segment *segments, size_t count, uint16_t style,
                                 const struct pdf_segment *box, bool is_above)
{
    struct around around = { 0 };

    for (size_t i = 0; i < count; i++) {
        const struct pdf_segment *line = &segments[i];

        if (line->rotation != 0 || line->style != style)
            continue;
        nearest_keep(&around.left, line, box, box->x0 + 1.0F, is_above);
        nearest_keep(&around.right, line, box, box->x1 - 1.0F, is_above);
    }
    return around;
}

/* Do lines of the two columns stop short of the box, beside it, and is nothing else in it? */
static bool text_runs_around(const struct pdf_segment *segments, size_t count, uint16_t style,
                             const struct pdf_segment *box, const struct around *around)
{
    size_t left = 0, right = 0;
    float column_left, column_right;

    if (!around->left || !around->right || around->left->x1 > around->right->x0)
        return false;
    column_left = around->left->x0 - around->left->size;
    column_right = around->right->x1 + around->right->size;
    if (column_left > box->x0 - box->size || column_right < box->x1 + box->size)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct pdf_segment *line = &segments[i];
        float middle = (line->y0 + line->y1) / 2.0F;

        if (line->rotation != 0 || line->style != style || middle < box->y0 || middle > box->y1)
            continue;
        if (line->x0 < box->x1 && line->x1 > box->x0)
            return false;
        left += line->x1 <= box->x0 && line->x0 > column_left && line->x1 > around->left->x0;
        right += line->x0 >= box->x1 && line->x1 < column_right && line->x0 < around->right->x1;
    }
    return left >= BESIDE_MIN && right >= BESIDE_MIN;
}

/* Does text that is as wide as the column above the box and below it run along one of its sides,
 * and is nothing else in it? */
static bool text_runs_along(const struct pdf_segment *segments, size_t count, uint16_t style,
                            const struct pdf_segment *box, const struct around *above,
                            const struct around *below)
{
    size_t left = 0, right = 0;
    float column_left, column_right;

    if (!above->left || above->left != above->right || !below->left ||
        below->left != below->right || box->y1 - box->y0 < LINES_HIGH * box->size)
        return false;
    column_left = fminf(above->left->x0, below->left->x0);
    column_right = fmaxf(above->left->x1, below->left->x1);
    for (size_t i = 0; i < count; i++) {
        const struct pdf_segment *line = &segments[i];
        float middle = (line->y0 + line->y1) / 2.0F;

        if (line->rotation != 0 || line->style != style || middle < box->y0 || middle > box->y1)
            continue;
        if (line->x0 < box->x1 && line->x1 > box->x0)
            return false;
        left += line->x1 <= box->x0 && line->x0 < column_left + 2.0F * line->size;
        right += line->x0 >= box->x1 && line->x1 > column_right - 2.0F * line->size;
    }
    return left >= BESIDE_MIN || right >= BESIDE_MIN;
}

bool pdf_quotes_find(const struct pdf_segment *segments, size_t count, bool *is_quote)
{
    float size;
    uint16_t style = text_style(segments, count, &size);
    size_t looked_at = 0;
    bool found = false;

    for (size_t i = 0; i < count && looked_at < QUOTES_MAX; i++) {
        struct pdf_segment box;
        struct around above, below;

        if (!is_large(&segments[i], size) || is_quote[i])
            continue;
        box = group_box(segments, count, i, size);
        looked_at++;
        above = around_find(segments, count, style, &box, true);
        below = around_find(segments, count, style, &box, false);
        if (!text_runs_around(segments, count, style, &box, &above) &&
            !text_runs_around(segments, count, style, &box, &below) &&
            !text_runs_along(segments, count, style, &box, &above, &below))
            continue;
        found = true;
        for (size_t k = i; k < count; k++)
            if (segments[k].rotation == 0 && segments[k].style == box.style &&
                segments[k].x0 >= box.x0 && segments[k].x1 <= box.x1 && segments[k].y0 >= box.y0 &&
                segments[k].y1 <= box.y1)
                is_quote[k] = true;
    }
    return found;
}
