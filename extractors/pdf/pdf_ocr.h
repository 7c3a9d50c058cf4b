/*
 * pdf_ocr.h - the pages of a PDF that are pictures of text, where OCR is on.
 */
#ifndef EXTRACTORS_PDF_OCR_H
#define EXTRACTORS_PDF_OCR_H

#include <poppler.h>

#include "extractors/pdf/ocr.h"

struct pdf_ocr {
    struct converters *ocr; /* NULL: off */
    unsigned page_count;    /* pages that were given to it */
    bool is_over;           /* no more of them, for the reason that writer has */
    struct ocr_page_list read;
};

#define PDF_OCR_INIT(source)                                                                       \
    {                                                                                              \
        .ocr = (source)->ocr, .read = {.text = BUF_INIT((size_t)64 << 10) }                        \
    }

/* True: this page, with so many characters of its own, is to be read when it shows pictures. */
bool pdf_ocr_wants(const struct pdf_ocr *ocr, size_t chars);

/* Renders the page, and puts what it says in place of the words of doc's last page, which it is.
 * What fails is said to writer. Only scope pass is returned. */
NODISCARD enum status pdf_ocr_page(struct pdf_ocr *ocr, PopplerPage *page, struct pdf_doc *doc,
                                   struct writer *writer, struct error *err);

#endif
