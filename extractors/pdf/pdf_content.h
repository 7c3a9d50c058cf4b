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

/* In the order of painting: what comes later lies upon the others. */
struct pdf_paints {
    struct pdf_paint *items;
    size_t count, capacity;
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
void pdf_paints_release(struct pdf_paints *paints);

#endif
