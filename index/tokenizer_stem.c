#include "index/tokenizer.h"

#include <libstemmer.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"

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

#define RUSSIAN          COUNT(languages) /* stands behind them */
#define KNOWN_COUNT      4096u            /* most words of a text come again soon */
#define KNOWN_WORD_BYTES 24u              /* longer words are rare */

struct stemmers {
    struct sb_stemmer *all[COUNT(languages) + 1];
    /* Stems of the words seen last, each at the place that its hash gives. */
    struct known {
        char word[KNOWN_WORD_BYTES], stem[KNOWN_WORD_BYTES];
        uint8_t word_len, stem_len, stemmer; /* word_len 0: free */
    } known[KNOWN_COUNT];
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

    for (size_t i = 0; i <= RUSSIAN && is_whole; i++) {
        stemmers->all[i] = sb_stemmer_new(i < RUSSIAN ? languages[i].snowball : "russian", NULL);
        is_whole = stemmers->all[i] != NULL;
    }
    if (is_whole)
        return stemmers;
    stemmers_free(stemmers);
    return NULL;
}

void stemmers_free(struct stemmers *stemmers)
{
    if (!stemmers)
        return;
    for (size_t i = 0; i <= RUSSIAN; i++)
        sb_stemmer_delete(stemmers->all[i]);
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

static struct span snowball(struct stemmers *stemmers, unsigned at, struct span word)
{
    uint64_t key = hash_table_key(word) + at * UINT64_C(0x9E3779B97F4A7C15);
    struct known *known = &stemmers->known[(key ^ key >> 32) % KNOWN_COUNT];
    struct sb_stemmer *stemmer = stemmers->all[at];
    const sb_symbol *stem;
    size_t len;

    if (known->word_len == word.len && word.len > 0 && known->stemmer == at &&
        memcmp(known->word, word.data, word.len) == 0)
        return (struct span){ known->stem, known->stem_len };
    stem = sb_stemmer_stem(stemmer, (const sb_symbol *)word.data, (int)word.len);
    if (!stem)
        return (struct span){ NULL, 0 };
    len = (size_t)sb_stemmer_length(stemmer);
    if (word.len > KNOWN_WORD_BYTES || len > KNOWN_WORD_BYTES)
        return (struct span){ (const char *)stem, len };
    memcpy(known->word, word.data, word.len);
    memcpy(known->stem, stem, len);
    known->word_len = (uint8_t)word.len;
    known->stem_len = (uint8_t)len;
    known->stemmer = (uint8_t)at;
    return (struct span){ known->stem, len };
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
        return snowball(stemmers, stemmer, plain);
    case SCRIPT_CYRILLIC:
        return snowball(stemmers, RUSSIAN, plain);
    case SCRIPT_ARABIC:
        return without_arabic_ending(without_arabic_start(folded));
    default:
        return folded;
    }
}
