#include "extractors/pdf/pdf_watermark.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/hash.h"

#define LARGER      2.2F  /* times the text */
#define SIZE_MIN    20.0F /* points */
#define SMALLER     0.6F  /* of its size: the words that run over it */
#define INK_TOP     0.3F  /* of a word's height: there its letters begin */
#define INK_BOTTOM  0.3F
#define INK_ACROSS  0.15F /* of its length, of one that lies aslant */
#define COVERED_MIN 4u    /* words of text over all of it */
#define WORDS_MAX   48u   /* of one style: more are text */
#define SAME_PLACE  4.0F
#define WORK_MAX    (size_t)20000000 /* words compared, of a page: then nothing more is one */

struct marked_page {
    struct pdf_doc *doc;
    struct pdf_word *words;
    size_t count;
    float size;  /* of its text */
    size_t work; /* done */
};

static float word_size(const struct marked_page *page, const struct pdf_word *word)
{
    return page->doc->styles[word->style].size;
}

/* Where on the page the word's letters are, whichever way it goes. */
static struct pdf_frame word_ink(const struct marked_page *page, const struct pdf_word *word)
{
    const struct pdf_page *at = &page->doc->pages[page->doc->page_count - 1];
    float across = (word->x1 - word->x0) * (word->rotation ? INK_ACROSS : 0.0F);
    float height = word->y1 - word->y0;
    float x0 = word->x0 + across, x1 = word->x1 - across;
    float y0 = word->y0 + INK_TOP * height, y1 = word->y1 - INK_BOTTOM * height;

    switch (word->rotation) {
    case 1:
        return (struct pdf_frame){ at->width - y1, x0, at->width - y0, x1 };
    case 2:
        return (struct pdf_frame){ at->width - x1, at->height - y1, at->width - x0,
                                   at->height - y0 };
    case 3:
        return (struct pdf_frame){ y0, at->height - x1, y1, at->height - x0 };
    default:
        return (struct pdf_frame){ x0, y0, x1, y1 };
    }
}

/* How many small words have their middles upon the letters of the large one? */
static size_t words_upon(const struct marked_page *page, const struct pdf_word *large)
{
    struct pdf_frame ink = word_ink(page, large);
    float size = word_size(page, large);
    size_t count = 0;

    for (size_t i = 0; i < page->count; i++) {
        const struct pdf_word *small = &page->words[i];
        float x = (small->x0 + small->x1) / 2.0F, y = (small->y0 + small->y1) / 2.0F;

        count += small->rotation == 0 && word_size(page, small) < SMALLER * size && x > ink.x0 &&
                 x < ink.x1 && y > ink.y0 && y < ink.y1;
    }
    return count;
}

/* Is text over most of the large words that have the style of this one? */
static bool style_is_watermark(struct marked_page *page, uint16_t style)
{
    size_t words = 0, covered = 0, over = 0;

    page->work += page->count;
    for (size_t i = 0; i < page->count && page->work <= WORK_MAX; i++) {
        size_t upon;

        if (page->words[i].style != style)
            continue;
        page->work += page->count;
        if (++words > WORDS_MAX || page->work > WORK_MAX)
            return false;
        upon = words_upon(page, &page->words[i]);
        over += upon;
        covered += upon > 0;
    }
    return page->work <= WORK_MAX && over >= COVERED_MIN && covered * 2 >= words;
}

static uint64_t word_hash(const struct marked_page *page, const struct pdf_word *word)
{
    return hash_table_key(pdf_word_text(page->doc, word));
}

/* Its place among those seen; seen->count: it was not. */
static size_t seen_find(const struct marked_page *page, const struct pdf_watermarks *seen,
                        const struct pdf_word *word)
{
    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i].style == word->style &&
            fabsf(seen->items[i].x0 - word->x0) < SAME_PLACE &&
            fabsf(seen->items[i].y0 - word->y0) < SAME_PLACE &&
            seen->items[i].text == word_hash(page, word))
            return i;
    return seen->count;
}

static void remember(const struct marked_page *page, struct pdf_watermarks *seen,
                     const struct pdf_word *word)
{
    size_t at = seen_find(page, seen, word);
    struct span text = pdf_word_text(page->doc, word);

    if (at < seen->count) {
        seen->items[at].is_repeated |= seen->items[at].page != page->doc->page_count;
        return;
    }
    if (seen->count == PDF_WATERMARKS_MAX)
        return;
    seen->items[at].text = word_hash(page, word);
    seen->items[at].x0 = word->x0;
    seen->items[at].y0 = word->y0;
    seen->items[at].style = word->style;
    seen->items[at].is_repeated = false;
    seen->items[at].page = (uint32_t)page->doc->page_count;
    seen->items[at].ink = word_ink(page, word);
    if (text.len > PDF_STAMP_BYTES_MAX) {
        text.len = PDF_STAMP_BYTES_MAX;
        while (text.len > 0 && ((unsigned char)text.data[text.len] & 0xC0U) == 0x80)
            text.len--;
    }
    memcpy(seen->items[at].word, text.data, text.len);
    seen->items[at].word_len = text.len;
    seen->count++;
}

/* Moves a word behind the others. */
static void put_aside(struct marked_page *page, size_t index)
{
    struct pdf_word word = page->words[index];
    size_t last = page->count - 1;

    memmove(page->words + index, page->words + index + 1, (last - index) * sizeof(word));
    page->words[last] = word;
}

/* The size of more than half of the page's words, if there is one. */
static float text_size(const struct marked_page *page)
{
    float size = 0.0F;
    size_t votes = 0;

    for (size_t i = 0; i < page->count; i++) {
        float other = word_size(page, &page->words[i]);

        if (votes == 0)
            size = other;
        votes += other == size ? 1U : 0U;
        votes -= other == size ? 0U : 1U;
    }
    return size;
}

void pdf_watermark_find(struct pdf_doc *doc, struct pdf_watermarks *seen)
{
    struct pdf_page *at = &doc->pages[doc->page_count - 1];
    struct marked_page page = { .doc = doc, .count = at->word_count };
    float large;
    uint16_t judged = 0;
    bool is_judged = false, is_watermark = false;
    size_t aside = 0;

    if (doc->failed || at->word_count == 0)
        return;
    page.words = doc->words + at->word_start;
    page.size = text_size(&page);
    large = fmaxf(LARGER * page.size, SIZE_MIN);
    for (size_t i = 0; i + aside < page.count && aside < WORDS_MAX;) {
        const struct pdf_word *word = &page.words[i];

        if (word_size(&page, word) < large) {
            i++;
            continue;
        }
        if (!is_judged || word->style != judged) {
            is_judged = true;
            judged = word->style;
            is_watermark = style_is_watermark(&page, judged);
        }
        if (!is_watermark && seen_find(&page, seen, word) == seen->count) {
            i++;
            continue;
        }
        remember(&page, seen, word);
        put_aside(&page, i);
        aside++;
    }
    at->aside_count = (uint32_t)aside;
}

/* Puts a paragraph behind what its page has already, and takes text. false: out of memory. */
static bool stamp_add(struct pdf_extras *extras, uint32_t page, char *text, struct pdf_frame box)
{
    size_t at = extras->count;

    if (!text || !array_reserve(&extras->items, &extras->capacity, extras->count)) {
        free(text);
        return false;
    }
    while (at > 0 && extras->items[at - 1].page > page)
        at--;
    memmove(extras->items + at + 1, extras->items + at,
            (extras->count - at) * sizeof(extras->items[0]));
    extras->items[at] = (struct pdf_extra){ .page = page,
                                            .kind = BLOCK_PARAGRAPH,
                                            .text = text,
                                            .box = { box.x0, box.y0, box.x1, box.y1 } };
    extras->count++;
    return true;
}

bool pdf_stamps_add(const struct pdf_watermarks *seen, struct pdf_extras *extras)
{
    for (size_t i = 0, end; i < seen->count; i = end) {
        char text[PDF_WATERMARKS_MAX * (PDF_STAMP_BYTES_MAX + 1) + 1];
        struct pdf_frame box = seen->items[i].ink;
        size_t len = 0;

        for (end = i; end < seen->count && seen->items[end].page == seen->items[i].page &&
                      seen->items[end].style == seen->items[i].style;
             end++) {
            struct span word = { seen->items[end].word, seen->items[end].word_len };

            if (seen->items[end].is_repeated)
                continue;
            /* Letters that lie aslant are words of their own. */
            if (len > 0 && pdf_text_chars(word) > 1)
                text[len++] = ' ';
            memcpy(text + len, word.data, word.len);
            len += word.len;
            box = (struct pdf_frame){ fminf(box.x0, seen->items[end].ink.x0),
                                      fminf(box.y0, seen->items[end].ink.y0),
                                      fmaxf(box.x1, seen->items[end].ink.x1),
                                      fmaxf(box.y1, seen->items[end].ink.y1) };
        }
        text[len] = '\0';
        if (len > 0 && !stamp_add(extras, seen->items[i].page, strdup(text), box))
            return false;
    }
    return true;
}
