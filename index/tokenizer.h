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
 *   - Arabic and Russian endings are taken off here; English ones by FTS5's porter, above this.
 *
 * Pure and without state.
 */
#ifndef INDEX_TOKENIZER_H
#define INDEX_TOKENIZER_H

#include "base/buf.h"

/* Raise it when the same text gives other words: the next writer makes the full text again then. */
#define TOKENIZER_VERSION     1
#define TOKENIZER_TOKEN_BYTES 64u /* a longer word is cut there */

struct token {
    struct span word;  /* folded; lives for the call */
    size_t start, end; /* bytes of the text it came from */
    bool is_whole;     /* the whole of an identifier: at the place of the token before it */
    bool is_ideograph; /* of a script without spaces */
};

/* Returns something other than 0 to end. */
typedef int token_fn(void *user, const struct token *token);

/* Returns what fn returned last. Invalid UTF-8 separates. */
int tokenizer_run(struct span text, bool is_query, token_fn *fn, void *user);

/* Takes endings off a folded word by its script; returns the new length. */
size_t tokenizer_stem(char *word, size_t len, size_t *skip);

#endif
