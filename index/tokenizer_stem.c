#include "index/tokenizer.h"

#include <string.h>

/* Longest first: the first that fits is taken. */
static const char *const russian_endings[] = {
    "иями", "ями", "ами", "ией", "иям", "иях", "ием", "ого", "его", "ому", "ему",
    "ыми",  "ими", "ая",  "яя",  "ое",  "ее",  "ые",  "ие",  "ый",  "ий",  "ой",
    "ей",   "ую",  "юю",  "ых",  "их",  "ым",  "им",  "ом",  "ем",  "ам",  "ям",
    "ах",   "ях",  "ов",  "ев",  "ью",  "ия",  "ию",  "ии",  "ья",  "ье",  "а",
    "е",    "и",   "й",   "о",   "у",   "ы",   "ь",   "ю",   "я",
};
static const char *const arabic_starts[] = { "وال", "بال", "كال", "فال", "ال", "لل" };
static const char *const arabic_endings[] = { "ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي" };

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

/* Both scripts take two bytes a letter. */
#define LETTER_BYTES ((size_t)2)
#define STEM_LETTERS 3u

static bool ends_with(const char *word, size_t len, const char *ending, size_t ending_len)
{
    return len >= ending_len && memcmp(word + len - ending_len, ending, ending_len) == 0;
}

static size_t drop_ending(const char *word, size_t len, const char *const *endings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t ending_len = strlen(endings[i]);

        if (ends_with(word, len, endings[i], ending_len) &&
            len - ending_len >= STEM_LETTERS * LETTER_BYTES)
            return len - ending_len;
    }
    return len;
}

static size_t arabic_start(const char *word, size_t len)
{
    for (size_t i = 0; i < COUNT(arabic_starts); i++) {
        size_t start_len = strlen(arabic_starts[i]);

        if (len >= start_len + STEM_LETTERS * LETTER_BYTES - LETTER_BYTES &&
            memcmp(word, arabic_starts[i], start_len) == 0)
            return start_len;
    }
    return 0;
}

/* U+0400..U+04FF start with bytes D0..D3, U+0600..U+06FF with D8..DB. */
size_t tokenizer_stem(char *word, size_t len, size_t *skip)
{
    unsigned char first = (unsigned char)word[0];

    *skip = 0;
    if (first >= 0xd0 && first <= 0xd3)
        return drop_ending(word, len, russian_endings, COUNT(russian_endings));
    if (first >= 0xd8 && first <= 0xdb) {
        *skip = arabic_start(word, len);
        return drop_ending(word + *skip, len - *skip, arabic_endings, COUNT(arabic_endings));
    }
    return len;
}
