/*
 * fuzz_hocr.c - what an OCR program answers: the words it gives must lie in their pages, and their
 * text in the text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "extractors/pdf/hocr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(hocr_release) struct hocr hocr = HOCR_INIT;

    if (hocr_read((struct span){ (const char *)data, size }, &hocr, NULL))
        return 0;
    for (size_t p = 0; p < hocr.page_count; p++) {
        const struct hocr_page *page = &hocr.pages[p];

        if ((size_t)page->word_start + page->word_count > hocr.word_count)
            abort();
        for (uint32_t i = 0; i < page->word_count; i++) {
            const struct hocr_word *word = &hocr.words[page->word_start + i];

            if (!(word->x0 >= 0.0F && word->x0 <= word->x1 && word->x1 <= page->width) ||
                !(word->y0 >= 0.0F && word->y0 <= word->y1) || word->text_length == 0 ||
                (size_t)word->text_start + word->text_length > hocr.text.len)
                abort();
        }
    }
    return 0;
}
