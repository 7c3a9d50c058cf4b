#include "extractors/pdf/pdf_show.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"

#define CHAR_WIDTH  0.5 /* ems, for where text goes on that is not moved to a place */
#define FAR         1.0e6
#define BLANK_CHARS 2u /* so few that are not seen are blanks between words */

static const struct pdf_matrix unit = { { 1.0, 0.0, 0.0, 1.0, 0.0, 0.0 } };

void pdf_shower_init(struct pdf_shower *shower, struct pdf_shows *shows)
{
    *shower = (struct pdf_shower){ .shows = shows, .text = unit, .line = unit };
    shower->marks[0] = PDF_SHOW_UNMARKED;
}

void pdf_shows_release(struct pdf_shows *shows)
{
    free(shows->items);
    *shows = (struct pdf_shows){ 0 };
}

void pdf_shower_begin(struct pdf_shower *shower)
{
    shower->text = shower->line = unit;
}

void pdf_shower_matrix(struct pdf_shower *shower, const double m[6])
{
    for (size_t i = 0; i < 6; i++)
        shower->line.m[i] = m[i];
    shower->text = shower->line;
}

static void move(struct pdf_matrix *matrix, double x, double y)
{
    const struct pdf_matrix by = { { 1.0, 0.0, 0.0, 1.0, x, y } };

    pdf_matrix_prepend(matrix, &by);
}

void pdf_shower_move(struct pdf_shower *shower, double x, double y)
{
    move(&shower->line, x, y);
    shower->text = shower->line;
}

/* Text that follows the one before in its line, and is the same in all else, needs no place. */
static bool goes_on(const struct pdf_shows *shows, const struct pdf_show *show)
{
    const struct pdf_show *last = shows->count ? &shows->items[shows->count - 1] : NULL;

    return last && last->mark == show->mark && last->is_invisible == show->is_invisible &&
           last->y == show->y && show->x >= last->x;
}

void pdf_shower_show(struct pdf_shower *shower, const struct pdf_text_state *state,
                     const struct pdf_matrix *page, size_t chars, double back)
{
    struct pdf_matrix place = *page;
    struct pdf_shows *shows = shower->shows;
    struct pdf_show show = { .mark = shower->marks[shower->depth],
                             .is_invisible = state->is_invisible };

    pdf_matrix_prepend(&place, &shower->text);
    show.x = (float)place.m[4];
    show.y = (float)place.m[5];
    if (!(fabsf(show.x) < (float)FAR && fabsf(show.y) < (float)FAR))
        return;
    move(&shower->text, ((double)chars * CHAR_WIDTH - back / 1000.0) * state->size, 0.0);
    if (goes_on(shows, &show) || (state->is_invisible && chars <= BLANK_CHARS))
        return;
    if (shows->count >= PDF_SHOWS_MAX ||
        !array_reserve(&shows->items, &shows->capacity, shows->count)) {
        shower->failed = true;
        return;
    }
    shows->items[shows->count++] = show;
}

void pdf_shower_mark(struct pdf_shower *shower, int32_t mark)
{
    int32_t outer = shower->marks[shower->depth];

    if (shower->depth + 1 == PDF_MARKS_MAX) {
        shower->ignored++;
        return;
    }
    shower->marks[++shower->depth] = mark == PDF_SHOW_UNMARKED ? outer : mark;
}

void pdf_shower_unmark(struct pdf_shower *shower, size_t floor)
{
    if (shower->ignored > 0)
        shower->ignored--;
    else if (shower->depth > floor)
        shower->depth--;
}
