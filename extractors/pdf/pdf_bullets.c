#include "extractors/pdf/pdf_bullets.h"

#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"

#define WORDS_MAX   20000u /* of a page */
#define WIDTH_MIN   0.12F  /* ems, as all below */
#define WIDTH_MAX   0.9F
#define HANGING_MAX 0.6F /* wide: what is larger may be a picture beside a note */
#define GAP_MIN     0.1F
#define GAP_MAX     2.2F
#define ROOM        1.0F  /* to what stands left of it */
#define PLACE       0.15F /* how far things at the same place are apart */
#define ROW_MIN     0.8F  /* from one row to the next */
#define HIGH        0.2F  /* of the word's box, the part above it */
#define LOW         0.1F  /* and below */
#define WHITE       240
#define RUNNING_ON  2.0F /* of the height of a line, from it to the next one */
#define BLANK       0.25F
#define BOX_MIN     0.55F
#define KNOWN_WIDTH 0.1F /* apart, of looks that are the same: a ring is wider than a disc */
#define KNOWN_GAP   0.15F
#define TICK_MIN    0.3F /* of the box's width */
#define TICK_MAX    0.8F
#define BULLET      ((struct span){ "\xE2\x80\xA2", 3 })
#define EMPTY_BOX   ((struct span){ "[ ]", 3 })
#define TICKED_BOX  ((struct span){ "[x]", 3 })

/* A dot with the word that it may be the bullet of. */
struct candidate {
    struct pdf_dot dot;
    struct pdf_word word;
    float em, gap; /* points */
    bool is_box, is_ticked;
    bool is_bullet;
};

struct page {
    const struct pdf_doc *doc;
    const struct pdf_word *words;
    size_t word_count;
    struct candidate *items;
    size_t count;
    bool has_ticks; /* then boxes without one are empty */
};

static void page_release(struct page *page)
{
    free(page->items);
}

static float word_em(const struct page *page, const struct pdf_word *word)
{
    return page->doc->styles[word->style].size;
}

static float width_of(const struct pdf_dot *dot)
{
    return fmaxf(dot->x1 - dot->x0, dot->y1 - dot->y0);
}

static float middle_of(const struct pdf_dot *dot)
{
    return (dot->y0 + dot->y1) / 2.0F;
}

static bool is_within(float a, float b, float most)
{
    return fabsf(a - b) <= most;
}

/* ---- the words beside them ---- */

/* Does the dot stand where the small letters of the word's line do? */
static bool is_in_row(const struct pdf_dot *dot, const struct pdf_word *word)
{
    float height = word->y1 - word->y0, middle = middle_of(dot);

    return word->rotation == 0 && middle > word->y0 + HIGH * height &&
           middle < word->y1 - LOW * height;
}

/* The word on the dot's right; NULL: none, or the dot is in the middle of text. */
static const struct pdf_word *word_beside(const struct page *page, const struct pdf_dot *dot)
{
    const struct pdf_word *found = NULL;

    for (size_t i = 0; i < page->word_count; i++) {
        const struct pdf_word *word = &page->words[i];
        float em = word_em(page, word);

        if (word->x1 <= dot->x0 - ROOM * em || word->x0 > dot->x1 + GAP_MAX * em ||
            !is_in_row(dot, word))
            continue;
        if (word->x0 < dot->x1)
            return NULL;
        if (!found || word->x0 < found->x0)
            found = word;
    }
    return found;
}

/* Its program has said that it is an item's, or a cell's. */
static bool is_told(const struct page *page, const struct pdf_word *word)
{
    const struct pdf_tag *tag =
        word->tag && word->tag <= page->doc->tag_count ? &page->doc->tags[word->tag - 1] : NULL;

    return tag &&
           (tag->kind == PDF_TAG_ITEM || tag->kind == PDF_TAG_CELL || tag->kind == PDF_TAG_HEADING);
}

static bool candidate_of(const struct page *page, const struct pdf_dot *dot, struct candidate *out)
{
    const struct pdf_word *word = word_beside(page, dot);
    float em, gap;

    if (!word || is_told(page, word) ||
        word->flags & (PDF_WORD_INVISIBLE | PDF_WORD_ARTIFACT | PDF_WORD_RTL))
        return false;
    em = word_em(page, word);
    gap = word->x0 - dot->x1;
    *out = (struct candidate){ .dot = *dot, .word = *word, .em = em, .gap = gap };
    return width_of(dot) >= WIDTH_MIN * em && width_of(dot) <= WIDTH_MAX * em &&
           gap >= GAP_MIN * em && (dot->gray < WHITE || word->flags & PDF_WORD_WHITE);
}

/* Do both lie at the same place: a ring and its ground, a box and its tick? */
static bool lies_upon(const struct pdf_dot *a, const struct pdf_dot *b)
{
    return fminf(a->x1, b->x1) > fmaxf(a->x0, b->x0) && fminf(a->y1, b->y1) > fmaxf(a->y0, b->y0);
}

/* Is there another dot in its row, as near as a letter would be? Then they are a drawing, or points
 * that somebody got. */
static bool is_in_company(const struct pdf_dots *dots, const struct pdf_dot *dot, float em)
{
    for (size_t i = 0; i < dots->count; i++) {
        const struct pdf_dot *other = &dots->items[i];

        if (is_within(middle_of(other), middle_of(dot), 0.4F * em) && !lies_upon(other, dot) &&
            other->x0 < dot->x1 + GAP_MAX * em && other->x1 > dot->x0 - GAP_MAX * em)
            return true;
    }
    return false;
}

/* Is there something smaller in it, of another colour? */
static bool is_ticked(const struct pdf_dots *dots, const struct pdf_dot *dot)
{
    for (size_t i = 0; i < dots->count; i++) {
        const struct pdf_dot *other = &dots->items[i];
        float width = width_of(other) / width_of(dot);

        if (width >= TICK_MIN && width <= TICK_MAX && lies_upon(other, dot) &&
            (other->colour != dot->colour || dot->kind == PDF_DOT_OUTLINED))
            return true;
    }
    return false;
}

/* Of what lies at one place the widest is taken. */
static void candidate_add(struct page *page, const struct candidate *candidate)
{
    for (size_t i = 0; i < page->count; i++) {
        struct candidate *other = &page->items[i];

        if (!lies_upon(&other->dot, &candidate->dot))
            continue;
        if (width_of(&candidate->dot) > width_of(&other->dot))
            *other = *candidate;
        return;
    }
    page->items[page->count++] = *candidate;
}

static void candidates_find(struct page *page, const struct pdf_dots *dots)
{
    for (size_t i = 0; i < dots->count; i++) {
        const struct pdf_dot *dot = &dots->items[i];
        struct candidate candidate;

        if (!candidate_of(page, dot, &candidate) || is_in_company(dots, dot, candidate.em))
            continue;
        if (width_of(dot) >= BOX_MIN * candidate.em && dot->kind != PDF_DOT_PICTURE) {
            candidate.is_ticked = is_ticked(dots, dot);
            candidate.is_box = candidate.is_ticked || dot->kind == PDF_DOT_OUTLINED;
        }
        candidate_add(page, &candidate);
    }
}

/* ---- what they are ---- */

/* Boxes that are ticked may be of another colour. */
static bool looks_like(const struct candidate *a, const struct candidate *b)
{
    return (a->is_box && b->is_box) ||
           (a->dot.colour == b->dot.colour && a->dot.kind == b->dot.kind);
}

static bool is_repeated(const struct page *page, const struct candidate *candidate)
{
    const struct pdf_dot *dot = &candidate->dot;
    float near = PLACE * candidate->em;

    for (size_t i = 0; i < page->count; i++) {
        const struct candidate *other = &page->items[i];

        if (is_within(other->dot.x0, dot->x0, near) &&
            is_within(other->word.x0, candidate->word.x0, near) &&
            is_within(width_of(&other->dot), width_of(dot), near) && looks_like(other, candidate) &&
            !is_within(middle_of(&other->dot), middle_of(dot), ROW_MIN * candidate->em))
            return true;
    }
    return false;
}

/* Does the word begin the next line of what the candidate's word begins? */
static bool begins_next_line(const struct page *page, const struct candidate *candidate,
                             const struct pdf_word *word)
{
    const struct pdf_word *first = &candidate->word;
    float height = first->y1 - first->y0, em = candidate->em;

    if (word->rotation != 0 || !is_within(word->x0, first->x0, PLACE * em) ||
        !is_within(word_em(page, word), em, 0.05F * em) || word->y0 < first->y0 + 0.5F * height ||
        word->y0 > first->y0 + RUNNING_ON * height)
        return false;
    for (size_t i = 0; i < page->word_count; i++) {
        const struct pdf_word *other = &page->words[i];

        if (other != word && other->x0 < word->x0 && other->x1 > candidate->dot.x0 - ROOM * em &&
            other->y0 < word->y1 && other->y1 > (word->y0 + word->y1) / 2.0F)
            return false;
    }
    for (size_t i = 0; i < page->count; i++)
        if (is_within(page->items[i].word.x0, word->x0, em) && is_in_row(&page->items[i].dot, word))
            return false;
    return true;
}

static bool hangs(const struct page *page, const struct candidate *candidate)
{
    if (width_of(&candidate->dot) > HANGING_MAX * candidate->em ||
        candidate->dot.kind == PDF_DOT_PICTURE)
        return false;
    for (size_t i = 0; i < page->word_count; i++)
        if (begins_next_line(page, candidate, &page->words[i]))
            return true;
    return false;
}

static struct pdf_bullet_look look_of(const struct candidate *candidate)
{
    return (struct pdf_bullet_look){ width_of(&candidate->dot) / candidate->em,
                                     candidate->gap / candidate->em };
}

static bool is_known(const struct pdf_bullets *seen, const struct candidate *candidate)
{
    struct pdf_bullet_look look = look_of(candidate);

    for (size_t i = 0; i < seen->count; i++)
        if (is_within(seen->known[i].width, look.width, KNOWN_WIDTH) &&
            is_within(seen->known[i].gap, look.gap, KNOWN_GAP))
            return true;
    return false;
}

static void bullets_choose(struct page *page, struct pdf_bullets *seen)
{
    for (size_t i = 0; i < page->count; i++) {
        struct candidate *candidate = &page->items[i];

        candidate->is_bullet = is_repeated(page, candidate) || hangs(page, candidate);
        if (candidate->is_bullet && seen->count < PDF_BULLETS_KNOWN && !is_known(seen, candidate))
            seen->known[seen->count++] = look_of(candidate);
    }
    for (size_t i = 0; i < page->count; i++) {
        page->items[i].is_bullet |= is_known(seen, &page->items[i]);
        page->has_ticks |= page->items[i].is_bullet && page->items[i].is_ticked;
    }
}

/* As high as the word and nearly up to it, so that both are of one line and no cells of a table.
 * What a box says follows the bullet, as in a list of tasks. */
static void bullet_add(struct pdf_doc *doc, const struct candidate *candidate, bool has_ticks)
{
    struct pdf_word word = candidate->word, box;

    word.x0 = candidate->dot.x0;
    word.x1 = fmaxf(candidate->dot.x1, candidate->word.x0 - BLANK * candidate->em);
    word.link = 0;
    word.flags = PDF_WORD_BREAK | (word.flags & PDF_WORD_WHITE);
    box = word;
    box.flags &= (uint8_t)~PDF_WORD_BREAK;
    if (candidate->is_box && has_ticks)
        box.x0 = word.x1 = (word.x0 + word.x1) / 2.0F;
    pdf_doc_add_word(doc, &word, BULLET);
    if (candidate->is_box && has_ticks)
        pdf_doc_add_word(doc, &box, candidate->is_ticked ? TICKED_BOX : EMPTY_BOX);
}

void pdf_bullets_write(struct pdf_doc *doc, const struct pdf_dots *dots, struct pdf_bullets *seen)
{
    const struct pdf_page *at = &doc->pages[doc->page_count - 1];
    CLEANUP(page_release)
    struct page page = { .doc = doc, .word_count = at->word_count };

    if (doc->failed || dots->count == 0 || dots->count > PDF_DOTS_MAX || at->word_count > WORDS_MAX)
        return;
    page.words = doc->words + at->word_start;
    page.items = malloc(dots->count * sizeof(page.items[0]));
    if (!page.items) {
        doc->failed = true;
        return;
    }
    candidates_find(&page, dots);
    bullets_choose(&page, seen);
    for (size_t i = 0; i < page.count; i++)
        if (page.items[i].is_bullet)
            bullet_add(doc, &page.items[i], page.has_ticks);
}
