/*
 * tokenizer.h - text to the words of the full-text index: for documents and for questions.
 *
 *   - Letters and digits make words, in any script; case and diacritics are folded (NFKD, marks of
 *     Latin, Greek, Cyrillic, Hebrew and Arabic dropped; those of Indic scripts are part of the
 * word).
 *   - Scripts without spaces (Han, kana, Hangul, Thai, Lao, Khmer, Myanmar) give overlapping pairs
 * of characters. In a document the last character of a run also stands alone, so that a question of
 * one character (searched as a prefix) finds all.
 *   - camelCase and snake_case give their parts, and the whole at the place of the first part.
 *   - Endings are taken off: of words in Latin letters by Snowball's stemmer for the text's
 *     language, in Cyrillic ones by its Russian one, in Arabic by a short list. They see the word
 *     with its diacritics, which are folded in what is left.
 *
 * Without state, but for the stemmers' own memory.
 */
#ifndef INDEX_TOKENIZER_H
#define INDEX_TOKENIZER_H

#include <stdint.h>

#include "base/buf.h"

/* Raise it when the same text gives other words: the next writer makes the full text again then. */
#define TOKENIZER_VERSION     2
#define TOKENIZER_TOKEN_BYTES 64u /* a longer word is cut there */

struct token {
    struct span word;  /* folded; lives for the call */
    size_t start, end; /* bytes of the text it came from */
    bool is_whole;     /* the whole of an identifier: at the place of the token before it */
    bool is_ideograph; /* of a script without spaces */
    bool is_form;      /* the token before it, by another stemmer */
};

/* ---- stemmers ---- */

/* Their numbers are below TOKENIZER_STEMMERS_MAX; a set of them is a bit for each. */
#define TOKENIZER_STEMMERS_MAX 16u
#define TOKENIZER_ENGLISH      0u /* also of a language that is not known, or has none here */

/* Of a language as a document names it ("de-CH"). */
unsigned tokenizer_stemmer_of(struct span language);
/* "de": as it is stored. */
const char *tokenizer_stemmer_code(unsigned stemmer);

/* One user at a time. */
struct stemmers;
struct stemmers *stemmers_new(void); /* NULL: no memory */
void stemmers_free(struct stemmers *stemmers);

enum word_script { SCRIPT_LATIN, SCRIPT_CYRILLIC, SCRIPT_ARABIC, SCRIPT_OTHER };
enum word_script word_script_of(struct span word);
/* folded, for Arabic, or plain (in lower case with its diacritics) without its endings; lent until
 * the next call. data is NULL: no memory. */
struct span stemmers_stem(struct stemmers *stemmers, unsigned stemmer, struct span plain,
                          struct span folded);

/* ---- words ---- */

struct tokenizer_options {
    bool is_query;
    struct stemmers *stemmers; /* NULL: words are folded, and keep their endings */
    uint32_t wanted;           /* of the stemmers: each word is given once for each form it has */
};

/* Returns something other than 0 to end. */
typedef int token_fn(void *user, const struct token *token);

#define TOKENIZER_NO_MEMORY (-1)
/* Returns what fn returned last, or TOKENIZER_NO_MEMORY. Invalid UTF-8 separates. */
int tokenizer_run(struct span text, const struct tokenizer_options *options, token_fn *fn,
                  void *user);

#endif
