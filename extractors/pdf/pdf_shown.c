#include "extractors/pdf/pdf_shown.h"

#include <math.h>
#include <stdlib.h>

/* Of a word's height, from its top: where its base line is looked for. */
#define BASE_FROM 0.45F
#define BASE_TO   1.05F
#define SLACK     0.3F /* of its height, by which a word may begin before it is shown */
#define LOOK_MAX  4000u

static int show_compare(const void *left, const void *right)
{
    const struct pdf_show *a = left, *b = right;

    if (a->y != b->y)
        return a->y < b->y ? -1 : 1;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return a->mark < b->mark ? -1 : a->mark > b->mark;
}

static size_t first_from(const struct pdf_shows *shows, float y)
{
    size_t low = 0, high = shows->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (shows->items[middle].y < y)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The show that the word belongs to: the last one in its line that does not begin behind it. */
static const struct pdf_show *word_show(const struct pdf_shows *shows, const struct pdf_word *word)
{
    float height = fmaxf(word->y1 - word->y0, 1.0F);
    float until = word->y0 + BASE_TO * height, x = word->x0 + SLACK * height;
    size_t first = first_from(shows, word->y0 + BASE_FROM * height);
    const struct pdf_show *best = NULL;

    for (size_t i = first; i < shows->count && i < first + LOOK_MAX; i++) {
        const struct pdf_show *show = &shows->items[i];

        if (show->y > until)
            break;
        if (show->x <= x && (!best || show->x > best->x))
            best = show;
    }
    return best;
}

void pdf_shown_assign(struct pdf_doc *doc, struct pdf_shows *shows, const struct pdf_tags *tags)
{
    const struct pdf_page *page = &doc->pages[doc->page_count - 1];
    uint32_t index = (uint32_t)doc->page_count - 1;

    if (shows->count == 0)
        return;
    qsort(shows->items, shows->count, sizeof(shows->items[0]), show_compare);
    for (uint32_t i = 0; i < page->word_count; i++) {
        struct pdf_word *word = &doc->words[page->word_start + i];
        const struct pdf_show *show = word->rotation == 0 ? word_show(shows, word) : NULL;

        if (!show)
            continue;
        if (show->mark >= 0)
            word->tag = pdf_tags_find(tags, index, show->mark);
        else if (show->mark == PDF_SHOW_ARTIFACT)
            word->flags |= PDF_WORD_ARTIFACT;
        word->flags |= show->is_invisible ? PDF_WORD_INVISIBLE : 0U;
    }
}
