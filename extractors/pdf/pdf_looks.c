#include "extractors/pdf/pdf_looks.h"

#include <stdlib.h>

#include "base/array.h"

/* For sorting: blocks refer to looks by their place, which stays. */
struct ranked {
    struct pdf_look *look;
};

bool pdf_looks_equal(const struct pdf_look *a, const struct pdf_look *b)
{
    return abs(a->size - b->size) <= 1 && a->bold == b->bold && a->capitals == b->capitals &&
           a->italic == b->italic && a->is_faint == b->is_faint;
}

struct pdf_look *pdf_looks_find(struct pdf_looks *looks, const struct pdf_look *wanted)
{
    for (size_t i = 0; i < looks->count; i++)
        if (pdf_looks_equal(&looks->items[i], wanted))
            return &looks->items[i];
    if (!array_reserve(&looks->items, &looks->capacity, looks->count))
        return NULL;
    looks->items[looks->count] = *wanted;
    return &looks->items[looks->count++];
}

/* Larger first; then bold, then capitals. A look that opens the document and does not come back is
 * the title's. */
static int look_by_weight(const void *left, const void *right)
{
    const struct pdf_look *a = ((const struct ranked *)left)->look;
    const struct pdf_look *b = ((const struct ranked *)right)->look;

    if (a->is_title != b->is_title)
        return (int)b->is_title - (int)a->is_title;
    if (a->size != b->size)
        return b->size - a->size;
    if (a->bold != b->bold)
        return (int)b->bold - (int)a->bold;
    if (a->capitals != b->capitals)
        return (int)b->capitals - (int)a->capitals;
    return (int)a->italic - (int)b->italic;
}

unsigned pdf_look_listed(const struct pdf_look *look)
{
    size_t best = 0;

    for (size_t i = 1; i < 7; i++)
        if (look->listed[i] > look->listed[best])
            best = i;
    return (unsigned)best;
}

/* The depth of the numbers at the level of the look: the least, or, where the outline tells the
 * level, that of most; 0: few of them are numbered. *greatest is the greatest one. */
static unsigned look_depths(const struct pdf_look *look, unsigned *greatest)
{
    size_t numbered = 0;
    unsigned least = 0, most = 0;

    *greatest = 0;
    for (unsigned i = 0; i < 4; i++) {
        numbered += look->depths[i];
        if (!look->depths[i])
            continue;
        least = least ? least : i + 1;
        most = most && look->depths[most - 1] >= look->depths[i] ? most : i + 1;
        *greatest = i + 1;
    }
    if (numbered * 2 < look->count)
        return *greatest = 0;
    return pdf_look_listed(look) ? most : least;
}

unsigned pdf_look_depth(const struct pdf_look *look)
{
    unsigned greatest;

    return look_depths(look, &greatest);
}

/* Do capitals, or upright letters, tell headings above those of another look of their size? Where
 * the document has them first, or one right above one of the others. */
static bool look_is_above(const struct pdf_looks *looks, const struct pdf_look *look,
                          const struct pdf_look *other)
{
    size_t index = (size_t)(other - looks->items);

    if (look->capitals == other->capitals && look->italic == other->italic)
        return false;
    return look->first < other->first || (index < 64 && (look->above >> index & 1));
}

enum number_kind { NUMBER_DIGITS, NUMBER_ROMAN, NUMBER_LETTER };

static enum number_kind look_number_kind(const struct pdf_look *look)
{
    if (look->digits)
        return NUMBER_DIGITS;
    return look->letters ? NUMBER_LETTER : NUMBER_ROMAN;
}

/* Sizes that hardly differ, and looks that differ in weight alone at a size above the text's, are
 * one level, if none is above the other. Numbers tell how far apart two levels are, where both
 * looks are numbered. */
bool pdf_looks_rank(struct pdf_looks *looks, int body_size)
{
    struct ranked *ranked = calloc(looks->count + 1, sizeof(ranked[0]));
    unsigned level = 0, deepest = 0, numbered_level = 0, numbered_depth = 0, title_levels = 0;
    enum number_kind numbered_kind = NUMBER_DIGITS;
    size_t count = 0;
    const struct pdf_look *leader = NULL;

    if (!ranked)
        return false;
    for (size_t i = 0; i < looks->count; i++) {
        if (looks->items[i].kept)
            ranked[count++].look = &looks->items[i];
        if (looks->items[i].is_title)
            title_levels = 1; /* outlines leave out the document's own title */
    }
    qsort(ranked, count, sizeof(ranked[0]), look_by_weight);
    for (size_t i = 0; i < count; i++) {
        struct pdf_look *look = ranked[i].look;
        unsigned greatest, depth = look_depths(look, &greatest);
        bool is_alike = leader && !leader->is_title && look->size * 100 >= leader->size * 91 &&
                        !look_is_above(looks, leader, look) &&
                        (look->size * 100 > body_size * 108 || leader->bold == look->bold);

        if (pdf_look_listed(look)) {
            look->level = pdf_look_listed(look) + title_levels;
        } else if (depth && numbered_depth &&
                   (is_alike || depth > 1 || look_number_kind(look) == numbered_kind)) {
            int wanted = (int)numbered_level + (int)depth - (int)numbered_depth;

            look->level = wanted < 1 ? 1 : (unsigned)wanted;
        } else {
            look->level = is_alike ? level : deepest + 1;
        }
        look->level = look->level > 6 ? 6 : look->level;
        if (!is_alike)
            leader = look;
        level = look->level;
        deepest = level + greatest - depth;
        if (depth && !numbered_depth) {
            numbered_depth = depth;
            numbered_level = look->level;
            numbered_kind = look_number_kind(look);
        }
    }
    free(ranked);
    return true;
}

unsigned pdf_look_level(const struct pdf_look *look, unsigned depth)
{
    unsigned least = pdf_look_depth(look), level = look->level;

    if (depth > least && least)
        level += depth - least;
    return level > 6 ? 6 : level;
}
