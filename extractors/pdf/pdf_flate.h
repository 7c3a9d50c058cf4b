/*
 * pdf_flate.h - the data of PDF streams through zlib (ISO 32000-1, 7.4.4).
 */
#ifndef EXTRACTORS_PDF_FLATE_H
#define EXTRACTORS_PDF_FLATE_H

#include "base/buf.h"

enum pdf_flate_result {
    PDF_FLATE_WHOLE,  /* up to the end that the data themselves say */
    PDF_FLATE_CUT,    /* there is more than bytes_max */
    PDF_FLATE_BROKEN, /* or no memory */
};

/* How many filters a stream has by its entry Filter, when all of them are FlateDecode; else 0. */
unsigned pdf_flate_filters(struct span filter);

struct pdf_flate;

/* NULL: no memory. Kept between streams, as setting one up costs as much as a small stream. */
struct pdf_flate *pdf_flate_new(void);
void pdf_flate_free(struct pdf_flate *flate);

/* Appends to out what the data at the front of packed inflate to, at most bytes_max. */
enum pdf_flate_result pdf_flate_inflate(struct pdf_flate *flate, struct span packed,
                                        size_t bytes_max, struct buf *out);

/* Takes PNG's predictors back (7.4.4.4), for samples of one byte: rows of columns bytes, each with
 * its predictor in front. False: a predictor that is not None, Sub or Up. */
bool pdf_flate_unpredict(struct buf *data, size_t columns);

#endif
