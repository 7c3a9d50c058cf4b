#include "index/tokenizer.h"

#include <libstemmer.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Of words in Latin letters. The first takes those of a language that is not known or has none
 * here. What is stored is the code. */
static const struct {
    const char *code;     /* ISO 639-1 */
    const char *snowball; /* its name there */
} languages[] = {
    { "en", "english" }, { "de", "german" },     { "fr", "french" },    { "es", "spanish" },
    { "it", "italian" }, { "pt", "portuguese" }, { "nl", "dutch" },     { "sv", "swedish" },
    { "da", "danish" },  { "no", "norwegian" },  { "nb", "norwegian" }, { "nn", "norwegian" },
    { "fi", "finnish" }, { "hu", "hungarian" },  { "ro", "romanian" },  { "ca", "catalan" },
};

#define COUNT(list) (sizeof(list) / sizeof(*(list)))
_Static_assert(COUNT(languages) <= TOKENIZER_STEMMERS_MAX, "a set of them is 32 bits");

struct stemmers {
    struct sb_stemmer *latin[COUNT(languages)];
    struct sb_stemmer *russian;
};

static const char *const arabic_starts[] = { "وال", "بال", "كال", "فال", "ال", "لل" };
static const char *const arabic_endings[] = { "ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي" };

/* Arabic takes two bytes a letter. */
#define LETTER_BYTES ((size_t)2)
#define STEM_LETTERS 3u

unsigned tokenizer_stemmer_of(struct span language)
{
    size_t len = 0;

    while (len < language.len && language.data[len] != '-' && language.data[len] != '_')
        len++;
    for (unsigned i = 0; i < COUNT(languages); i++) {
        if (len != 2 || strncasecmp(language.data, languages[i].code, len) != 0)
            continue;
        /* One stemmer for all that share it. */
        for (unsigned k = 0; k < i; k++)
            if (strcmp(languages[k].snowball, languages[i].snowball) == 0)
                return k;
        return i;
    }
    return TOKENIZER_ENGLISH;
}

const char *tokenizer_stemmer_code(unsigned stemmer)
{
    return languages[stemmer].code;
}

struct stemmers *stemmers_new(void)
{
    struct stemmers *stemmers = calloc(1, sizeof(*stemmers));
    bool is_whole = stemmers != NULL;

    for (size_t i = 0; i < COUNT(languages) && is_whole; i++) {
        stemmers->latin[i] = sb_stemmer_new(languages[i].snowball, NULL);
        is_whole = stemmers->latin[i] != NULL;
    }
    if (is_whole)
        stemmers->russian = sb_stemmer_new("russian", NULL);
    if (is_whole && stemmers->russian)
        return stemmers;
    stemmers_free(stemmers);
    return NULL;
}

void stemmers_free(struct stemmers *stemmers)
{
    if (!stemmers)
        return;
    for (size_t i = 0; i < COUNT(languages); i++)
        sb_stemmer_delete(stemmers->latin[i]);
    sb_stemmer_delete(stemmers->russian);
    free(stemmers);
}

static bool ends_with(struct span word, const char *ending, size_t ending_len)
{
    return word.len >= ending_len &&
           memcmp(word.data + word.len - ending_len, ending, ending_len) == 0;
}

static struct span without_arabic_ending(struct span word)
{
    for (size_t i = 0; i < COUNT(arabic_endings); i++) {
        size_t len = strlen(arabic_endings[i]);

        if (ends_with(word, arabic_endings[i], len) &&
            word.len - len >= STEM_LETTERS * LETTER_BYTES)
            return (struct span){ word.data, word.len - len };
    }
    return word;
}

static struct span without_arabic_start(struct span word)
{
    for (size_t i = 0; i < COUNT(arabic_starts); i++) {
        size_t len = strlen(arabic_starts[i]);

        if (word.len >= len + (STEM_LETTERS - 1) * LETTER_BYTES &&
            memcmp(word.data, arabic_starts[i], len) == 0)
            return (struct span){ word.data + len, word.len - len };
    }
    return word;
}

static struct span snowball(struct sb_stemmer *stemmer, struct span word)
{
    const sb_symbol *stem = sb_stemmer_stem(stemmer, (const sb_symbol *)word.data, (int)word.len);

    return stem ? (struct span){ (const char *)stem, (size_t)sb_stemmer_length(stemmer) }
                : (struct span){ NULL, 0 };
}

/* By its first letter. U+0400..U+04FF start with bytes D0..D3, U+0600..U+06FF with D8..DB. */
enum word_script word_script_of(struct span word)
{
    unsigned char first = word.len ? (unsigned char)word.data[0] : 0;

    if (first < 0xcd)
        return SCRIPT_LATIN;
    if (first >= 0xd0 && first <= 0xd3)
        return SCRIPT_CYRILLIC;
    return first >= 0xd8 && first <= 0xdb ? SCRIPT_ARABIC : SCRIPT_OTHER;
}

struct span stemmers_stem(struct stemmers *stemmers, unsigned stemmer, struct span plain,
                          struct span folded)
{
    switch (word_script_of(folded)) {
    case SCRIPT_LATIN:
        return snowball(stemmers->latin[stemmer], plain);
    case SCRIPT_CYRILLIC:
        return snowball(stemmers->russian, plain);
    case SCRIPT_ARABIC:
        return without_arabic_ending(without_arabic_start(folded));
    default:
        return folded;
    }
}
