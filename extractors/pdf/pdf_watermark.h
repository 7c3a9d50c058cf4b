/*
 * pdf_watermark.h - large letters that lie under the text, across the page or along it: DRAFT,
 * CONFIDENTIAL. They are no part of the text that runs over them.
 */
#ifndef EXTRACTORS_PDF_WATERMARK_H
#define EXTRACTORS_PDF_WATERMARK_H

#include "extractors/pdf/pdf_layout.h"

#define PDF_WATERMARKS_MAX 32u

/* Words of watermarks, as they stood on pages before: a last page may have no text above one. */
struct pdf_watermarks {
    struct {
        uint64_t text; /* its hash */
        float x0, y0;
        uint16_t style;
    } items[PDF_WATERMARKS_MAX];
    size_t count;
};

/* Puts the words of the newest page that are a watermark's behind the others: page->aside_count. */
void pdf_watermark_find(struct pdf_doc *doc, struct pdf_watermarks *seen);

#endif
