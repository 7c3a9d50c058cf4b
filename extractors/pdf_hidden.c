#include "extractors/pdf_hidden.h"

#include <math.h>

#define BLANK 240 /* gray of 255 */

bool pdf_hidden_is_likely(const struct pdf_doc *doc, size_t page_index)
{
    const struct pdf_page *page = &doc->pages[page_index];

    for (uint32_t i = 0; i < page->word_count; i++)
        if (doc->words[page->word_start + i].flags & PDF_WORD_WHITE)
            return true;
    return false;
}

static size_t pixel_at(float place, size_t limit)
{
    if (!(place > 0.0F))
        return 0;
    return place < (float)limit ? (size_t)place : limit;
}

static bool word_is_blank(const struct pdf_picture *picture, const struct pdf_word *word)
{
    size_t x0 = pixel_at(word->x0, picture->width), x1 = pixel_at(word->x1, picture->width);
    size_t y0 = pixel_at(word->y0, picture->height), y1 = pixel_at(word->y1, picture->height);

    if (word->rotation != 0)
        return false;
    for (size_t y = y0; y < y1; y++)
        for (size_t x = x0; x < x1; x++)
            if (picture->gray[y * picture->width + x] < BLANK)
                return false;
    return true;
}

void pdf_hidden_take(struct pdf_doc *doc, const struct pdf_picture *picture, struct buf *hidden)
{
    struct pdf_page *page = &doc->pages[doc->page_count - 1];
    struct pdf_word *words = doc->words + page->word_start;
    uint32_t kept = 0;

    if (doc->failed || !picture->gray)
        return;
    for (uint32_t i = 0; i < page->word_count; i++) {
        if (words[i].flags & PDF_WORD_WHITE && word_is_blank(picture, &words[i])) {
            struct span text = pdf_word_text(doc, &words[i]);

            if (hidden->len)
                buf_append_char(hidden, ' ');
            buf_append(hidden, text.data, text.len);
        } else {
            words[kept++] = words[i];
        }
    }
    doc->word_count -= page->word_count - kept;
    page->word_count = kept;
}
