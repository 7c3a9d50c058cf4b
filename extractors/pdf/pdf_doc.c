/* The flat arrays of struct pdf_doc. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "extractors/pdf/pdf_layout.h"

#define TYPED_SIGNS_PERCENT 3u

void pdf_doc_release(struct pdf_doc *doc)
{
    buf_release(&doc->text);
    free(doc->styles);
    free(doc->words);
    free(doc->segments);
    free(doc->ordered);
    free(doc->lines);
    free(doc->pages);
    free(doc->rules);
    free(doc->frames.items);
    *doc = (struct pdf_doc)PDF_DOC_INIT;
}

void pdf_doc_add_page(struct pdf_doc *doc, float width, float height)
{
    if (doc->failed || !array_reserve(&doc->pages, &doc->page_capacity, doc->page_count)) {
        doc->failed = true;
        return;
    }
    doc->pages[doc->page_count++] = (struct pdf_page){
        .width = width,
        .height = height,
        .word_start = (uint32_t)doc->word_count,
    };
}

uint16_t pdf_doc_add_style(struct pdf_doc *doc, float size, uint16_t font, uint16_t flags)
{
    size_t first = doc->style_count > 64 ? doc->style_count - 64 : 0;

    if (!isfinite(size) || size < 0.0F)
        size = 0.0F;
    for (size_t i = doc->style_count; i > first; i--) {
        const struct pdf_style *style = &doc->styles[i - 1];

        if (style->font == font && style->flags == flags && fabsf(style->size - size) < 0.05F)
            return (uint16_t)(i - 1);
    }
    if (doc->style_count > UINT16_MAX)
        return UINT16_MAX;
    if (!array_reserve(&doc->styles, &doc->style_capacity, doc->style_count)) {
        doc->failed = true;
        return 0;
    }
    doc->styles[doc->style_count] = (struct pdf_style){ size, font, flags };
    return (uint16_t)doc->style_count++;
}

void pdf_doc_add_word(struct pdf_doc *doc, const struct pdf_word *word, struct span text)
{
    struct pdf_word *added;

    if (doc->failed || doc->page_count == 0 || doc->style_count == 0 || text.len == 0 ||
        text.len > PDF_WORD_LEN_MAX)
        return;
    if (!isfinite(word->x0) || !isfinite(word->y0) || !isfinite(word->x1) || !isfinite(word->y1) ||
        word->x1 < word->x0 || word->y1 < word->y0)
        return;
    if (doc->word_count >= PDF_WORDS_MAX ||
        !array_reserve(&doc->words, &doc->word_capacity, doc->word_count)) {
        doc->failed = true;
        return;
    }
    added = &doc->words[doc->word_count];
    *added = *word;
    added->text_start = (uint32_t)doc->text.len;
    added->text_len = (uint16_t)text.len;
    if (added->style >= doc->style_count)
        added->style = 0;
    buf_append(&doc->text, text.data, text.len);
    if (doc->text.failed) {
        doc->failed = true;
        return;
    }
    doc->word_count++;
    doc->pages[doc->page_count - 1].word_count++;
}

struct span pdf_word_text(const struct pdf_doc *doc, const struct pdf_word *word)
{
    return (struct span){ doc->text.data + word->text_start, word->text_len };
}

/* Characters that programs have many of, and prose few. */
static size_t code_signs(struct span text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += text.data[i] && strchr("{}<>=_|\\;*&#$[]~^`", text.data[i]);
    return count;
}

void pdf_doc_settle_styles(struct pdf_doc *doc)
{
    size_t mono = 0, all = 0, signs = 0;

    for (size_t i = 0; i < doc->word_count; i++) {
        all += doc->words[i].text_len;
        if (!(doc->styles[doc->words[i].style].flags & PDF_MONO))
            continue;
        mono += doc->words[i].text_len;
        signs += code_signs(pdf_word_text(doc, &doc->words[i]));
    }
    if (mono * 10 < all * 8 || signs * 100 > mono * TYPED_SIGNS_PERCENT)
        return;
    for (size_t i = 0; i < doc->style_count; i++)
        doc->styles[i].flags &= (uint16_t)~PDF_MONO;
}

float pdf_doc_body_size(const struct pdf_doc *doc)
{
    enum { BUCKETS = 400 }; /* of a quarter point: up to 100 points */
    size_t chars[BUCKETS] = { 0 };
    size_t best = 0;

    for (size_t i = 0; i < doc->line_count; i++) {
        float bucket = doc->lines[i].size * 4.0F + 0.5F;

        if (bucket >= 1.0F && bucket < (float)BUCKETS)
            chars[(size_t)bucket] += doc->lines[i].char_count;
    }
    for (size_t i = 1; i < BUCKETS; i++)
        if (chars[i] > chars[best])
            best = i;
    return (float)best / 4.0F;
}

uint16_t pdf_doc_body_font(const struct pdf_doc *doc)
{
    size_t *chars = calloc(doc->style_count + 1, sizeof(chars[0]));
    size_t best = 0;

    if (!chars || doc->style_count == 0) {
        free(chars);
        return 0;
    }
    for (size_t i = 0; i < doc->line_count; i++)
        chars[doc->lines[i].style] += doc->lines[i].char_count;
    for (size_t i = 1; i < doc->style_count; i++)
        if (chars[i] > chars[best])
            best = i;
    free(chars);
    return doc->styles[best].font;
}
