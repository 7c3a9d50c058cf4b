#include "extractors/pdf/pdf_hidden.h"

#define BLANK     240                /* gray of 255 */
#define PAIRS_MAX ((size_t)64 << 20) /* of words and paints that are compared on one page */

bool pdf_hidden_is_likely(const struct pdf_doc *doc, size_t page_index)
{
    const struct pdf_page *page = &doc->pages[page_index];

    for (uint32_t i = 0; i < page->word_count; i++)
        if (doc->words[page->word_start + i].flags & (PDF_WORD_WHITE | PDF_WORD_INVISIBLE))
            return true;
    return false;
}

static bool paint_touches(const struct pdf_paint *paint, const struct pdf_word *word)
{
    return paint->x0 < word->x1 && paint->x1 > word->x0 && paint->y0 < word->y1 &&
           paint->y1 > word->y0;
}

static bool paint_covers(const struct pdf_paint *paint, const struct pdf_word *word)
{
    return paint->kind == PDF_PAINT_BOX && paint->alpha == 255 && paint->x0 <= word->x0 &&
           paint->x1 >= word->x1 && paint->y0 <= word->y0 && paint->y1 >= word->y1;
}

static bool paint_is_blank(const struct pdf_paint *paint)
{
    return 255U - (255U - paint->gray) * paint->alpha / 255U >= BLANK;
}

static bool word_is_blank(const struct pdf_paints *paints, const struct pdf_word *word)
{
    if (word->rotation != 0)
        return false;
    /* From the top: what a blank box covers does not matter. */
    for (size_t i = paints->count; i > 0; i--) {
        const struct pdf_paint *paint = &paints->items[i - 1];

        if (!paint_touches(paint, word))
            continue;
        if (!paint_is_blank(paint))
            return false;
        if (paint_covers(paint, word))
            return true;
    }
    return true;
}

void pdf_hidden_take(struct pdf_doc *doc, const struct pdf_paints *paints, struct buf *hidden)
{
    struct pdf_page *page = &doc->pages[doc->page_count - 1];
    struct pdf_word *words = doc->words + page->word_start;
    uint32_t kept = 0;
    unsigned unseen;

    if (doc->failed || page->word_count * paints->count > PAIRS_MAX)
        return;
    /* Letters with a line around them may be white within. */
    unseen = PDF_WORD_INVISIBLE | (paints->has_outlined_text ? 0U : PDF_WORD_WHITE);
    for (uint32_t i = 0; i < page->word_count; i++) {
        if (words[i].flags & unseen && word_is_blank(paints, &words[i])) {
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
