#include "extractors/pdf/pdf_initials.h"

#include <math.h>
#include <string.h>
#include <unicode/uchar.h>

#include "base/utf8.h"

#define LARGER       1.7F             /* times the text */
#define NEAR         1.6F             /* ems of the text, between the letter and the lines */
#define OVER         0.3F             /* ems that they may run into it: letters are slanted */
#define FOOT         0.25F            /* of its size: what is below it within its box */
#define INITIALS_MAX 24u              /* of a page */
#define LINES_MAX    12u              /* beside one */
#define WORK_MAX     (size_t)20000000 /* words compared, of a page: then no more are looked at */

#define INITIAL_BYTES_MAX 6u /* a letter and a quote before it */

struct initials {
    struct pdf_doc *doc;
    struct pdf_word *words; /* of the page */
    size_t count;
    float size;  /* of the page's text */
    size_t work; /* done */
};

static float word_size(const struct initials *page, const struct pdf_word *word)
{
    return page->doc->styles[word->style].size;
}

/* The size of more than half of the page's words, if there is one: each votes for its own, or
 * against another. */
static float text_size(const struct initials *page)
{
    float size = 0.0F;
    size_t votes = 0;

    for (size_t i = 0; i < page->count; i++) {
        float other = word_size(page, &page->words[i]);

        if (votes == 0)
            size = other;
        if (size == other)
            votes++;
        else
            votes--;
    }
    return size;
}

static bool is_quote(uint32_t c)
{
    return c == '"' || c == '\'' || c == 0xAB || (c >= 0x2018 && c <= 0x201F) || c == 0xBF ||
           c == 0xA1;
}

/* Is the word one capital, perhaps with a quote before it? */
static bool is_initial(struct span text)
{
    uint32_t c;
    size_t at;

    if (text.len == 0 || text.len > INITIAL_BYTES_MAX)
        return false;
    at = utf8_decode(text, &c);
    if (is_quote(c) && at < text.len)
        at += utf8_decode((struct span){ text.data + at, text.len - at }, &c);
    return at == text.len && u_isupper((UChar32)c);
}

/* May the word be what follows its first letter: small letters, or capitals all of them? */
static bool is_rest(struct span text)
{
    size_t capitals = 0, small = 0;
    bool begins_small = false;

    for (size_t at = 0; at < text.len;) {
        bool is_first = at == 0;
        uint32_t c;

        at += utf8_decode((struct span){ text.data + at, text.len - at }, &c);
        if (is_first && !u_isalpha((UChar32)c))
            return false;
        begins_small |= is_first && u_islower((UChar32)c);
        capitals += u_isupper((UChar32)c) != 0;
        small += u_islower((UChar32)c) != 0;
    }
    return begins_small ? capitals == 0 : small == 0 && capitals > 0;
}

static bool is_in_line(const struct pdf_word *a, const struct pdf_word *b)
{
    return fminf(a->y1, b->y1) - fmaxf(a->y0, b->y0) > 0.5F * fminf(a->y1 - a->y0, b->y1 - b->y0);
}

/* Does the word begin a line right of the initial? */
static bool begins_beside(struct initials *page, const struct pdf_word *initial,
                          const struct pdf_word *word)
{
    float size = word_size(page, word), middle = (word->y0 + word->y1) / 2.0F;
    float foot = initial->y1 - FOOT * word_size(page, initial);

    if (word == initial || word->rotation != initial->rotation || middle < initial->y0 ||
        middle > fmaxf(foot, initial->y1 - size) || word->x0 < initial->x1 - OVER * size ||
        word->x0 > initial->x1 + NEAR * size || size * LARGER > word_size(page, initial))
        return false;
    for (size_t i = 0; i < page->count; i++) {
        const struct pdf_word *other = &page->words[i];

        if (++page->work > WORK_MAX)
            return false;
        if (other != initial && other != word && other->x0 < word->x0 && other->x1 > initial->x0 &&
            other->rotation == word->rotation && is_in_line(other, word))
            return false;
    }
    return true;
}

/* Is the letter a word of its own? Only where what follows it stands alone elsewhere on the page,
 * and not with the letter. */
static bool is_word(const struct initials *page, const struct pdf_word *initial,
                    const struct pdf_word *rest)
{
    struct span letter = pdf_word_text(page->doc, initial), tail = pdf_word_text(page->doc, rest);
    bool stands_alone = false;

    if (letter.len != 1 || !strchr("AIOEYU", letter.data[0]))
        return false;
    for (size_t i = 0; i < page->count; i++) {
        struct span text = pdf_word_text(page->doc, &page->words[i]);

        if (text.len == tail.len + 1 &&
            ((unsigned char)text.data[0] | 0x20U) == ((unsigned char)letter.data[0] | 0x20U) &&
            memcmp(text.data + 1, tail.data, tail.len) == 0)
            return false;
        stands_alone |= &page->words[i] != rest && text.len == tail.len &&
                        memcmp(text.data, tail.data, tail.len) == 0;
    }
    return stands_alone;
}

static void initial_set(struct initials *page, struct pdf_word *initial)
{
    struct pdf_word *beside[LINES_MAX], *first;
    size_t lines = 0, highest = 0;

    for (size_t i = 0; i < page->count && lines < LINES_MAX; i++)
        if (begins_beside(page, initial, &page->words[i]))
            beside[lines++] = &page->words[i];
    if (lines == 0)
        return;
    for (size_t i = 1; i < lines; i++)
        if (beside[i]->y0 < beside[highest]->y0)
            highest = i;
    first = beside[highest];
    if (!is_rest(pdf_word_text(page->doc, first)))
        return;
    if (lines == 1 && first->x0 - initial->x1 > OVER * word_size(page, first))
        return;
    if (!is_word(page, initial, first))
        first->flags |= PDF_WORD_GLUED;
    for (size_t i = 0; i < lines; i++)
        if (i != highest)
            beside[i]->x0 = fminf(beside[i]->x0, initial->x0);
    initial->y0 = first->y0;
    initial->y1 = first->y1;
    initial->x1 = first->x0;
    initial->style = first->style;
}

void pdf_initials_set(struct pdf_doc *doc)
{
    const struct pdf_page *page = &doc->pages[doc->page_count - 1];
    struct initials initials = { .doc = doc, .count = page->word_count };
    size_t found = 0;

    if (doc->failed || page->word_count == 0)
        return;
    initials.words = doc->words + page->word_start;
    initials.size = text_size(&initials);
    for (size_t i = 0; i < initials.count && found < INITIALS_MAX; i++) {
        if (word_size(&initials, &initials.words[i]) < LARGER * initials.size ||
            !is_initial(pdf_word_text(doc, &initials.words[i])))
            continue;
        found++;
        initial_set(&initials, &initials.words[i]);
    }
}
