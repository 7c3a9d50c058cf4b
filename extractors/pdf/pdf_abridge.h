/*
 * pdf_abridge.h - a page's drawing operators without what shows no text.
 *
 * Measured, a third of what poppler does for text is to read numbers of lines that it does not
 * draw, and digits of hexadecimal strings. What is left shows the same text at the same places in
 * the same fill colour: paths, clips, strokes and their colours are gone, states that hold no text,
 * fill colours that another follows at once, and strings are binary.
 */
#ifndef EXTRACTORS_PDF_ABRIDGE_H
#define EXTRACTORS_PDF_ABRIDGE_H

#include <stdbool.h>

#include "base/buf.h"

/* Leaves in *out, which is emptied first, what is left of a stream without filters. False: it is
 * none of drawing operators, as far as this can tell for certain, or hardly gets shorter, and *out
 * is nothing. */
bool pdf_abridge(struct span content, struct buf *out);

#endif
