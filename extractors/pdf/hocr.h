/*
 * hocr.h - the words that an OCR program found, from hOCR: XHTML with boxes in its title
 * attributes.
 *
 * hOCR 1.2: http://kba.github.io/hocr-spec/1.2/
 */
#ifndef EXTRACTORS_HOCR_H
#define EXTRACTORS_HOCR_H

#include <stdint.h>

#include "base/buf.h"

struct hocr_word {
    float x0, y0, x1, y1; /* pixels from the picture's top left */
    float size;           /* of its line's font, pixels from ascenders to descenders; 0: unknown */
    uint32_t text_start, text_length;
    uint8_t confidence; /* percent */
    bool begins_line;
};

struct hocr_page {
    float width, height; /* pixels */
    uint32_t word_start, word_count;
};

struct hocr {
    struct hocr_page *pages;
    size_t page_count, page_capacity;
    struct hocr_word *words;
    size_t word_count, word_capacity;
    struct buf text;
};

#define HOCR_INIT                                                                                  \
    {                                                                                              \
        .text = BUF_INIT((size_t)32 << 20)                                                         \
    }

/* Adds to *out. Boxes that are not inside of their page, and words without one, are left out.
 * STATUS_MALFORMED: there is no page in it. */
NODISCARD enum status hocr_read(struct span hocr, struct hocr *out, struct error *err);
void hocr_release(struct hocr *hocr);

struct span hocr_word_text(const struct hocr *hocr, const struct hocr_word *word);

#endif
