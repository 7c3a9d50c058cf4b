/*
 * fold.h - what the static model's tokeniser sees of a character: its kind, and its folded form
 * (lower case, without marks). From a generated table, so no Unicode library is asked, and a model
 * gives the same tokens on every machine.
 */
#ifndef MODEL_FOLD_H
#define MODEL_FOLD_H

#include <stddef.h>
#include <stdint.h>

#define FOLD_UTF8_MAX 12

enum fold_kind {
    FOLD_SEPARATOR, /* ends a word */
    FOLD_WORD,      /* part of a word */
    FOLD_ALONE,     /* a word of its own: ideographs, kana, Hangul syllables */
    FOLD_MARK,      /* dropped */
};

struct fold_map {
    uint8_t length;
    char utf8[FOLD_UTF8_MAX];
};

/* Folds the character at text[0], where length > 0: writes its folded form, if it has one, with
 * zeros behind it up to FOLD_UTF8_MAX, and how many bytes it has, and says how many bytes of text
 * it took. A byte that cannot start a character, or a character that is cut off, is one separator.
 */
size_t fold_next(const uint8_t *text, size_t length, enum fold_kind *kind, char *out,
                 size_t *out_length);

#endif
