#include "extractors/pdf/pdf_vertical.h"

#include <math.h>
#include <stdlib.h>

#define COUNT_MIN 12u
/* In widths of a letter. */
#define TIGHT 0.35F /* letters that follow each other are not further apart */
#define LEVEL 0.3F  /* middles of letters of one line or column */

bool pdf_glyph_is_vertical(uint32_t c)
{
    return (c >= 0x3001 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE4F) ||
           (c >= 0xFF01 && c <= 0xFF60) || (c >= 0x20000 && c <= 0x3FFFF);
}

static float glyph_em(const struct pdf_glyph *glyph)
{
    return fmaxf(glyph->x1 - glyph->x0, 1.0F);
}

/* Does the second one stand right of the first, and next to it? */
static bool is_right_of(const struct pdf_glyph *a, const struct pdf_glyph *b)
{
    float em = glyph_em(a);

    return fabsf((a->y0 + a->y1) - (b->y0 + b->y1)) < 2.0F * LEVEL * em &&
           fabsf(b->x0 - a->x1) < TIGHT * em;
}

static bool is_below(const struct pdf_glyph *a, const struct pdf_glyph *b)
{
    float em = glyph_em(a);

    return fabsf((a->x0 + a->x1) - (b->x0 + b->x1)) < 2.0F * LEVEL * em &&
           fabsf(b->y0 - a->y1) < TIGHT * em;
}

/* Some fonts say that their letters are much higher than wide, for the sake of a few: as if square,
 * they do not lie over each other. */
static void glyph_make_square(struct pdf_glyph *glyph)
{
    float em = glyph_em(glyph), middle = (glyph->y0 + glyph->y1) / 2.0F;

    if (glyph->y1 - glyph->y0 <= 1.3F * em)
        return;
    glyph->y0 = middle - em / 2.0F;
    glyph->y1 = middle + em / 2.0F;
}

/* From the right, then from the top. */
static int glyph_by_x(const void *left, const void *right)
{
    const struct pdf_glyph *a = left, *b = right;
    float a_middle = a->x0 + a->x1, b_middle = b->x0 + b->x1;

    if (a_middle != b_middle)
        return a_middle > b_middle ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static int glyph_by_y(const void *left, const void *right)
{
    const struct pdf_glyph *a = left, *b = right;

    if (a->y0 != b->y0)
        return a->y0 < b->y0 ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* Moves those that stand in lines behind the others; returns how many others there are. */
static size_t lines_leave(struct pdf_glyph *glyphs, size_t count)
{
    size_t kept = 0;
    bool after_line = false;

    for (size_t i = 0; i < count; i++) {
        bool before_line = i + 1 < count && is_right_of(&glyphs[i], &glyphs[i + 1]);
        struct pdf_glyph glyph = glyphs[i];
        bool in_line = before_line || after_line;

        after_line = before_line;
        if (in_line)
            continue;
        glyphs[kept++] = glyph;
    }
    return kept;
}

size_t pdf_vertical_find(struct pdf_glyph *glyphs, size_t count)
{
    size_t kept, below = 0;

    if (count < COUNT_MIN)
        return 0;
    for (size_t i = 0; i + 1 < count; i++)
        below += is_right_of(&glyphs[i], &glyphs[i + 1]);
    if (below * 2 > count)
        return 0;
    kept = lines_leave(glyphs, count);
    if (kept < COUNT_MIN)
        return 0;
    for (size_t i = 0; i < kept; i++)
        glyph_make_square(&glyphs[i]);
    qsort(glyphs, kept, sizeof(glyphs[0]), glyph_by_x);
    below = 0;
    for (size_t i = 0, end; i < kept; i = end) {
        float middle = glyphs[i].x0 + glyphs[i].x1, slack = 2.0F * LEVEL * glyph_em(&glyphs[i]);

        for (end = i + 1; end < kept && middle - (glyphs[end].x0 + glyphs[end].x1) < slack;)
            end++;
        qsort(glyphs + i, end - i, sizeof(glyphs[0]), glyph_by_y);
        for (size_t k = i; k < end; k++) {
            glyphs[k].begins = k == i || !is_below(&glyphs[k - 1], &glyphs[k]);
            below += !glyphs[k].begins;
        }
    }
    return below * 2 > kept ? kept : 0;
}

bool pdf_vertical_holds(const struct pdf_glyph *glyphs, size_t count, float x0, float y0, float x1,
                        float y1)
{
    for (size_t i = 0; i < count; i++) {
        const struct pdf_glyph *glyph = &glyphs[i];
        float em = glyph_em(glyph), middle = (y0 + y1) / 2.0F;

        if (fminf(x1, glyph->x1) - fmaxf(x0, glyph->x0) > 0.5F * em && middle > glyph->y0 - em &&
            middle < glyph->y1 + em)
            return true;
    }
    return false;
}
