#include "extractors/pdf/pdf_hyphen.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define HYPHEN_LENGTH 3 /* of U+2010 and U+2011 in UTF-8 */

static bool is_punctuation(unsigned char c)
{
    return c < 0x80 && !isalnum(c);
}

/* Without punctuation around it. */
static struct span word_core(struct span text)
{
    while (text.len && is_punctuation((unsigned char)text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len && is_punctuation((unsigned char)text.data[text.len - 1]))
        text.len--;
    return text;
}

static uint64_t hash_more(uint64_t hash, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        hash = (hash ^ (c < 0x80 ? (unsigned char)tolower(c) : c)) * 0x100000001B3u;
    }
    return hash;
}

static uint64_t hash_pair(struct span left, struct span right)
{
    uint64_t hash = hash_more(hash_more(0xCBF29CE484222325u, left), right);

    return hash ? hash : 1;
}

static bool wordset_has(const struct pdf_wordset *set, uint64_t hash)
{
    if (set->capacity == 0)
        return false;
    for (size_t i = hash & (set->capacity - 1); set->hashes[i]; i = (i + 1) & (set->capacity - 1))
        if (set->hashes[i] == hash)
            return true;
    return false;
}

static void wordset_put(uint64_t *hashes, size_t capacity, uint64_t hash)
{
    size_t i = hash & (capacity - 1);

    while (hashes[i])
        i = (i + 1) & (capacity - 1);
    hashes[i] = hash;
}

static bool wordset_add(struct pdf_wordset *set, uint64_t hash)
{
    if (wordset_has(set, hash))
        return true;
    if (set->count * 2 >= set->capacity) {
        size_t capacity = set->capacity ? set->capacity * 2 : 1024;
        uint64_t *grown = calloc(capacity, sizeof(grown[0]));

        if (!grown)
            return false;
        for (size_t i = 0; i < set->capacity; i++)
            if (set->hashes[i])
                wordset_put(grown, capacity, set->hashes[i]);
        free(set->hashes);
        set->hashes = grown;
        set->capacity = capacity;
    }
    wordset_put(set->hashes, set->capacity, hash);
    set->count++;
    return true;
}

size_t pdf_hyphen_length(struct span text)
{
    if (text.len >= 1 && text.data[text.len - 1] == '-')
        return 1;
    if (text.len >= HYPHEN_LENGTH &&
        (memcmp(text.data + text.len - HYPHEN_LENGTH, "\xE2\x80\x90", HYPHEN_LENGTH) == 0 ||
         memcmp(text.data + text.len - HYPHEN_LENGTH, "\xE2\x80\x91", HYPHEN_LENGTH) == 0))
        return HYPHEN_LENGTH;
    return 0;
}

bool pdf_wordset_build(struct pdf_wordset *set, const struct pdf_doc *doc)
{
    bool wanted = false;

    *set = (struct pdf_wordset){ 0 };
    for (size_t i = 0; i < doc->line_count && !wanted; i++) {
        const struct pdf_line *line = &doc->lines[i];
        const struct pdf_word *last = &doc->ordered[line->word_start + line->word_count - 1];

        wanted = pdf_hyphen_length(pdf_word_text(doc, last)) != 0;
    }
    for (size_t i = 0; i < doc->line_count && wanted; i++) {
        const struct pdf_line *line = &doc->lines[i];

        for (uint32_t w = 0; w < line->word_count; w++) {
            struct span text = pdf_word_text(doc, &doc->ordered[line->word_start + w]);

            if (w + 1 == line->word_count && pdf_hyphen_length(text))
                continue;
            text = word_core(text);
            if (text.len > 2 && !wordset_add(set, hash_pair(text, (struct span){ "", 0 })))
                return false;
        }
    }
    return true;
}

void pdf_wordset_release(struct pdf_wordset *set)
{
    free(set->hashes);
    *set = (struct pdf_wordset){ 0 };
}

static uint32_t first_char(struct span text)
{
    uint32_t c = 0;

    utf8_decode(text, &c);
    return c;
}

static uint32_t last_char(struct span text)
{
    size_t start = text.len;
    uint32_t c = 0;

    while (start > 0 && ((unsigned char)text.data[--start] & 0xC0U) == 0x80U)
        ;
    utf8_decode((struct span){ text.data + start, text.len - start }, &c);
    return c;
}

/* Scripts that put no space between words. Hangul does. */
static bool is_spaceless(uint32_t c)
{
    return (c >= 0x2E80 && c <= 0x312F) || (c >= 0x31A0 && c <= 0x9FFF) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE4F) ||
           (c >= 0xFF01 && c <= 0xFF60) || (c >= 0x20000 && c <= 0x3FFFF) ||
           (c >= 0x0E00 && c <= 0x0EFF);
}

static bool is_lower_letter(uint32_t c)
{
    if (c < 0x80)
        return c >= 'a' && c <= 'z';
    /* Latin-1 and Latin Extended-A (small letters are odd there, roughly), Greek, Cyrillic. */
    return (c >= 0xDF && c <= 0xFF) || (c >= 0x100 && c <= 0x17F) || (c >= 0x3B1 && c <= 0x3CE) ||
           (c >= 0x430 && c <= 0x45F);
}

static bool is_letter(uint32_t c)
{
    return (c < 0x80 && isalpha((int)c)) || c >= 0xC0;
}

/* "2026" "/" "01": figures and signs among right-to-left text come as words of their own, too. */
static bool figures_touch(const struct pdf_word *left, const struct pdf_word *right, float size)
{
    float gap = fminf(fabsf(left->x0 - right->x1), fabsf(right->x0 - left->x1));

    return !((left->flags | right->flags) & (PDF_WORD_RTL | PDF_WORD_LTR)) && gap < 0.06F * size &&
           left->style == right->style && fabsf(left->y1 - right->y1) < 0.06F * size;
}

enum pdf_joint pdf_word_joint(const struct pdf_doc *doc, const struct pdf_word *left,
                              const struct pdf_word *right)
{
    if (right->flags & PDF_WORD_GLUED)
        return PDF_JOINT_NONE;
    /* Right-to-left letters often come one by one, marks as words of their own. */
    if ((left->flags & PDF_WORD_RTL) && !(right->flags & PDF_WORD_LTR) &&
        fabsf(left->x0 - right->x1) < 0.06F * doc->styles[left->style].size)
        return PDF_JOINT_NONE;
    if (figures_touch(left, right, doc->styles[left->style].size))
        return PDF_JOINT_NONE;
    if (is_spaceless(last_char(pdf_word_text(doc, left))) &&
        is_spaceless(first_char(pdf_word_text(doc, right))))
        return PDF_JOINT_NONE;
    return PDF_JOINT_SPACE;
}

enum pdf_joint pdf_line_joint(const struct pdf_wordset *set, const struct pdf_doc *doc,
                              const struct pdf_word *last, const struct pdf_word *first)
{
    struct span left = pdf_word_text(doc, last), right = pdf_word_text(doc, first);
    size_t hyphen = pdf_hyphen_length(left);
    struct span stem = word_core((struct span){ left.data, left.len - hyphen });
    struct span tail = word_core(right);

    if (last->flags & PDF_WORD_HYPHEN)
        return PDF_JOINT_NONE; /* the soft hyphen is gone already */
    if (hyphen == 0)
        return is_spaceless(last_char(left)) && is_spaceless(first_char(right)) ? PDF_JOINT_NONE
                                                                                : PDF_JOINT_SPACE;
    if (left.len == hyphen || !is_letter(last_char((struct span){ left.data, left.len - hyphen })))
        return is_letter(first_char(right)) || left.len == hyphen ? PDF_JOINT_SPACE
                                                                  : PDF_JOINT_NONE;
    if (wordset_has(set, hash_pair(stem, tail)))
        return PDF_JOINT_DROP;
    {
        uint64_t hash = hash_more(0xCBF29CE484222325u, stem);

        hash = hash_more(hash_more(hash, (struct span){ left.data + left.len - hyphen, hyphen }),
                         tail);
        if (wordset_has(set, hash))
            return PDF_JOINT_NONE;
    }
    /* "state-of-the-" has hyphens of its own; an upper-case letter begins a name. */
    if (memchr(stem.data, '-', stem.len) || !is_lower_letter(first_char(right)))
        return PDF_JOINT_NONE;
    return PDF_JOINT_DROP;
}
