/*
 * pdf_content.h - what a page paints beside its text, and where it shows text, from its drawing
 * operators (ISO 32000-1, 8 and annex A), without fonts and without decoding a picture.
 *
 * Only boxes along the page's sides are told apart: fills, strokes as wide as they are, pictures.
 * Of other shapes there is the box around them. Colours are grays.
 */
#ifndef EXTRACTORS_PDF_CONTENT_H
#define EXTRACTORS_PDF_CONTENT_H

#include "extractors/pdf/pdf_objects.h"
#include "extractors/pdf/pdf_show.h"

enum pdf_paint_kind {
    PDF_PAINT_BOX,
    PDF_PAINT_SHAPE,   /* something within the box */
    PDF_PAINT_PICTURE, /* or a shading, whose colours are not known */
};

/* In points from the top left of the page as it is shown; within the page. */
struct pdf_paint {
    float x0, y0, x1, y1;
    uint8_t gray;  /* 0 black to 255 white */
    uint8_t alpha; /* 255: nothing shines through */
    uint8_t kind;  /* enum pdf_paint_kind */
};

enum pdf_dot_kind {
    PDF_DOT_FILLED,
    PDF_DOT_OUTLINED,
    PDF_DOT_PICTURE,
};

/* A small thing nearly as wide as it is high, which may be a list's bullet: pdf_bullets.h. */
struct pdf_dot {
    float x0, y0, x1, y1; /* as of a paint */
    uint32_t colour;      /* equal ones are the same */
    uint8_t gray, kind;   /* enum pdf_dot_kind */
};

#define PDF_DOTS_MAX 400u /* of a page; one with more is a drawing, and has none */

struct pdf_dots {
    struct pdf_dot *items;
    size_t count, capacity; /* PDF_DOTS_MAX + 1: too many */
};

/* In the order of painting: what comes later lies upon the others. */
struct pdf_paints {
    struct pdf_paint *items;
    size_t count, capacity;
    struct pdf_dots dots;
    bool has_outlined_text; /* letters that are not only filled */
    bool has_invisible_text;
    struct pdf_shows shows; /* when there are marks or is invisible text */
};

#define PDF_PAINTS_MAX 30000u /* a page with more is a drawing */

/* has_marks: the file has a tree of tags, so marks of the content matter.
 * False: the page cannot be understood here, is too much, or there is no memory. out may then hold
 * a part, and is to be released in any case. */
bool pdf_content_read(struct pdf_objects *objects, size_t page_index, bool has_marks,
                      struct pdf_paints *out);
/* Does the page seem to set the mode that shows nothing? */
bool pdf_content_has_invisible(struct pdf_objects *objects, size_t page_index);
/* May the page have dots? A look at its bytes, many times faster than reading it. */
bool pdf_content_may_have_dots(struct pdf_objects *objects, size_t page_index);
void pdf_paints_release(struct pdf_paints *paints);

#endif
