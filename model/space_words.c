#include <string.h>

#include "base/utf8.h"
#include "model/tokenizer_parts.h"

/*
 * SentencePiece's words: a sign stands for each space, and begins a word. Where the settings say
 * so, all white space parts words beforehand, and each of them gets the sign in front.
 */

static bool is_white_space(struct span text, size_t at, size_t *next)
{
    uint32_t character;

    *next = at + utf8_decode((struct span){ text.data + at, text.len - at }, &character);
    return u_isUWhiteSpace((UChar32)character);
}

static void end_word(struct encoding *encoding)
{
    struct buf *word = &encoding->tokenizer->word;

    if (word->failed)
        encoding_fail(encoding, buf_status(word, encoding->err));
    else if (word->len > 0)
        encoding_take_word(encoding, buf_span(word));
    buf_clear(word);
}

/* One part of the text, without white space when that parts words. */
static void take_part(struct encoding *encoding, struct span text)
{
    struct tokenizer *self = encoding->tokenizer;
    struct span sign = buf_span(&self->sign);
    bool has_sign = text.len >= sign.len && memcmp(text.data, sign.data, sign.len) == 0;
    size_t start = 0;

    if (self->adds_space && !has_sign && text.data[0] != ' ')
        buf_append(&self->word, sign.data, sign.len);
    for (size_t at = 0; at < text.len && !encoding->status;) {
        bool is_space = text.data[at] == ' ';
        bool is_sign = is_space || (text.len - at >= sign.len &&
                                    memcmp(text.data + at, sign.data, sign.len) == 0);

        if (!is_sign) {
            at++;
            continue;
        }
        buf_append(&self->word, text.data + start, at - start);
        if (self->splits_at_sign)
            end_word(encoding);
        buf_append(&self->word, sign.data, sign.len);
        at += is_space ? 1 : sign.len;
        start = at;
    }
    buf_append(&self->word, text.data + start, text.len - start);
    end_word(encoding);
}

void space_words(struct encoding *encoding, struct span text)
{
    size_t start = 0, next = 0;

    if (!encoding->tokenizer->splits_white_space) {
        if (text.len > 0)
            take_part(encoding, text);
        return;
    }
    for (size_t at = 0; at < text.len && !encoding->status; at = next) {
        if (!is_white_space(text, at, &next))
            continue;
        if (at > start)
            take_part(encoding, (struct span){ text.data + start, at - start });
        start = next;
    }
    if (text.len > start && !encoding->status)
        take_part(encoding, (struct span){ text.data + start, text.len - start });
}
