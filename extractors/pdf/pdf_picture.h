/*
 * pdf_picture.h - draws a page, to have its text recognised.
 */
#ifndef EXTRACTORS_PDF_PICTURE_H
#define EXTRACTORS_PDF_PICTURE_H

#include <poppler.h>
#include <stdbool.h>
#include <stddef.h>

/* 0 black to 255 white, from the top left. */
struct pdf_picture {
    unsigned char *gray;
    size_t width, height;
};

#define PDF_PICTURE_PIXELS_MAX 30000000.0

/* scale: pixels a point. false: the page is too large or too small, or there is no memory; the
 * picture is empty. */
bool pdf_picture_draw(PopplerPage *page, double scale, struct pdf_picture *out);
void pdf_picture_release(struct pdf_picture *picture);

#endif
