/*
 * pdf_show.h - where a page's operators show text, and under which mark (ISO 32000-1, 9.3, 9.4 and
 * 14.6), without fonts: each begins at a place, and goes on to the next one in its line.
 */
#ifndef EXTRACTORS_PDF_SHOW_H
#define EXTRACTORS_PDF_SHOW_H

#include <stdint.h>

#include "base/buf.h"
#include "extractors/pdf/pdf_path.h"

#define PDF_SHOW_UNMARKED (-1)
#define PDF_SHOW_ARTIFACT (-2) /* not of the text: a running head, a page number */

/* In points from the top left of the page as it is shown. */
struct pdf_show {
    float x, y;        /* of the base line's beginning */
    int32_t mark;      /* the number of its marked content on the page, or one of the above */
    bool is_invisible; /* mode 3 */
};

/* In the order of showing; what goes on with the one before is left out. */
struct pdf_shows {
    struct pdf_show *items;
    size_t count, capacity;
};

#define PDF_SHOWS_MAX 100000u /* of a page */
#define PDF_MARKS_MAX 64u     /* within each other */

/* What belongs to the graphics state. */
struct pdf_text_state {
    double size, leading;
    struct span font; /* its name among the resources; empty: none yet */
    bool is_invisible;
};

struct pdf_shower {
    struct pdf_shows *shows;
    struct pdf_matrix text, line;
    int32_t marks[PDF_MARKS_MAX]; /* marks[depth] is the present one */
    size_t depth, ignored;
    bool failed; /* no memory, or too many */
};

void pdf_shower_init(struct pdf_shower *shower, struct pdf_shows *shows);
void pdf_shows_release(struct pdf_shows *shows);

void pdf_shower_begin(struct pdf_shower *shower); /* BT */
void pdf_shower_matrix(struct pdf_shower *shower, const double m[6]);
void pdf_shower_move(struct pdf_shower *shower, double x, double y);
/* chars: about how many are shown; back: thousandths of their size that they are moved back by. */
void pdf_shower_show(struct pdf_shower *shower, const struct pdf_text_state *state,
                     const struct pdf_matrix *page, size_t chars, double back);

/* mark: PDF_SHOW_UNMARKED goes on with the mark around it. */
void pdf_shower_mark(struct pdf_shower *shower, int32_t mark);
void pdf_shower_unmark(struct pdf_shower *shower, size_t floor);

#endif
