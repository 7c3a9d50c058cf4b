#include "base/utf8.h"
#include "model/tokenizer_parts.h"

/*
 * The words of GPT-2, as its published pattern has them:
 *
 *     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *
 * A space belongs to the word behind it; of several, only the last does.
 */

enum character_kind { KIND_SPACE, KIND_LETTER, KIND_NUMBER, KIND_OTHER };

/* \s is Unicode's White_Space, as in the library that the models were trained with. */
static enum character_kind kind_of(UChar32 c)
{
    uint32_t mask;

    if (c < 0x80) {
        if ((unsigned)((c | 0x20) - 'a') < 26)
            return KIND_LETTER;
        if ((unsigned)(c - '0') < 10)
            return KIND_NUMBER;
        return c == ' ' || (unsigned)(c - '\t') < 5 ? KIND_SPACE : KIND_OTHER;
    }
    mask = U_GET_GC_MASK(c);
    if (mask & U_GC_L_MASK)
        return KIND_LETTER;
    if (mask & U_GC_N_MASK)
        return KIND_NUMBER;
    return u_isUWhiteSpace(c) ? KIND_SPACE : KIND_OTHER;
}

/* The kind of the character at an offset, and where the next one is. */
static enum character_kind kind_at(struct span text, size_t at, size_t *next)
{
    uint32_t character;

    *next = at + utf8_decode((struct span){ text.data + at, text.len - at }, &character);
    return kind_of((UChar32)character);
}

/* 0: none begins here. */
static size_t contraction_length(struct span text, size_t at)
{
    char a = at + 1 < text.len ? text.data[at + 1] : '\0';
    char b = at + 2 < text.len ? text.data[at + 2] : '\0';

    if (text.data[at] != '\'')
        return 0;
    if (a == 's' || a == 't' || a == 'm' || a == 'd')
        return 2;
    return (a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l') ? 3 : 0;
}

static size_t run_end(struct span text, size_t at, enum character_kind kind)
{
    size_t next = at;

    while (at < text.len && kind_at(text, at, &next) == kind)
        at = next;
    return at;
}

/* White space: all of it at the text's end, else without its last character, unless it has only
 * that. */
static size_t space_end(struct span text, size_t start)
{
    size_t at = start, last = start, next = start;

    while (at < text.len && kind_at(text, at, &next) == KIND_SPACE) {
        last = at;
        at = next;
    }
    return at == text.len || last == start ? at : last;
}

static size_t word_end(struct span text, size_t at)
{
    size_t next = at, contraction = contraction_length(text, at);
    enum character_kind kind = kind_at(text, at, &next);

    if (contraction > 0)
        return at + contraction;
    if (text.data[at] == ' ' && next < text.len) {
        size_t after;

        kind = kind_at(text, next, &after);
        if (kind != KIND_SPACE)
            return run_end(text, after, kind);
    }
    return kind == KIND_SPACE ? space_end(text, at) : run_end(text, next, kind);
}

void byte_words(struct encoding *encoding, struct span text)
{
    for (size_t at = 0; at < text.len && !encoding->status;) {
        size_t end = word_end(text, at);

        encoding_take_word(encoding, (struct span){ text.data + at, end - at });
        at = end;
    }
}

/* Printable characters of Latin-1 stand for themselves, the other bytes for U+0100 and on. */
uint32_t byte_character(unsigned byte)
{
    if ((byte > 32 && byte < 127) || (byte > 160 && byte != 173))
        return byte;
    if (byte <= 32)
        return 256 + byte;
    return byte == 173 ? 256 + 67 : 256 + 33 + (byte - 127);
}
