/*
 * pdf_watermark.h - large letters that lie under the text, across the page or along it: DRAFT,
 * CONFIDENTIAL. They are no part of the text that runs over them, and told where they are a stamp:
 * on one page alone, PAID say.
 */
#ifndef EXTRACTORS_PDF_WATERMARK_H
#define EXTRACTORS_PDF_WATERMARK_H

#include "extractors/pdf/pdf_emit.h"
#include "extractors/pdf/pdf_layout.h"

#define PDF_WATERMARKS_MAX  32u
#define PDF_STAMP_BYTES_MAX 48u

/* Words of watermarks, as they stood on pages before: a last page may have no text above one. */
struct pdf_watermarks {
    struct {
        uint64_t text; /* its hash */
        float x0, y0;
        uint16_t style;
        bool is_repeated; /* on another page */
        uint32_t page;    /* 1-based: the first that has it */
        struct pdf_frame ink;
        char word[PDF_STAMP_BYTES_MAX]; /* the text's first bytes, in whole letters */
        size_t word_len;
    } items[PDF_WATERMARKS_MAX];
    size_t count;
};

/* Puts the words of the newest page that are a watermark's behind the others: page->aside_count. */
void pdf_watermark_find(struct pdf_doc *doc, struct pdf_watermarks *seen);

/* After the last page: adds the stamps to what is told at the end of their pages. false: out of
 * memory. */
bool pdf_stamps_add(const struct pdf_watermarks *seen, struct pdf_extras *extras);

#endif
