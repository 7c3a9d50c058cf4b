#include <stdlib.h>
#include <string.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "base/utf8.h"
#include "model/tokenizer_parts.h"

/*
 * BERT's normalizer and pre-tokenizer. Nothing they do reaches over white space, punctuation or an
 * ideograph, so the text is taken in parts between them, and what is plain ASCII by a short way.
 */

static bool is_space(UChar32 c)
{
    return c == '\t' || c == '\n' || c == '\r' || u_isUWhiteSpace(c);
}

static bool is_control(UChar32 c)
{
    if (c == '\t' || c == '\n' || c == '\r')
        return false;
    return (U_GET_GC_MASK(c) & U_GC_C_MASK) != 0;
}

static bool is_punctuation(UChar32 c)
{
    return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) ||
           (c >= 123 && c <= 126) || u_ispunct(c);
}

/* The blocks that BERT's own code names. */
static bool is_chinese(UChar32 c)
{
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
           (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
           (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

static void append_utf16(struct buf *out, UChar32 c)
{
    UChar units[2];
    int32_t count = 0;

    U16_APPEND_UNSAFE(units, count, c);
    buf_append(out, units, (size_t)count * sizeof(units[0]));
}

static void clean(const struct tokenizer *self, struct span text, struct buf *out)
{
    while (text.len > 0) {
        uint32_t code_point;
        size_t taken = utf8_decode(text, &code_point);
        UChar32 c = (UChar32)code_point;

        text = (struct span){ text.data + taken, text.len - taken };
        if (self->cleans && (c == 0 || c == 0xFFFD || is_control(c)))
            continue;
        if (self->cleans && is_space(c))
            c = ' ';
        if (self->spaces_chinese && is_chinese(c)) {
            append_utf16(out, ' ');
            append_utf16(out, c);
            append_utf16(out, ' ');
        } else {
            append_utf16(out, c);
        }
    }
}

static enum status decompose(struct buf *text, struct error *err)
{
    CLEANUP(buf_release) struct buf source = *text;
    UErrorCode code = U_ZERO_ERROR;
    const UNormalizer2 *nfd = unorm2_getNFDInstance(&code);
    size_t room = source.len * 2 + 64; /* NFD has at most 4 units for one, which has 2 bytes */
    int32_t len;
    UChar *units;

    *text = (struct buf)BUF_INIT(TOKENIZER_TEXT_BYTES_MAX * 4);
    units = malloc(room * sizeof(*units));
    if (!units)
        return error_set(err, STATUS_NO_MEMORY, "no memory to normalize a text");
    len = unorm2_normalize(nfd, (const UChar *)(const void *)source.data,
                           (int32_t)(source.len / sizeof(UChar)), units, (int32_t)room, &code);
    if (U_SUCCESS(code))
        buf_append(text, units, (size_t)len * sizeof(*units));
    free(units);
    if (U_FAILURE(code))
        return error_set(err, STATUS_MALFORMED, "a text can't be normalized: %s",
                         u_errorName(code));
    return buf_status(text, err);
}

/* The character in lower case, which may be several. */
static void append_lower(const struct tokenizer *self, UChar32 c, struct buf *word)
{
    UChar from[2], to[8];
    UErrorCode code = U_ZERO_ERROR;
    int32_t count = 0, len;

    if (!self->lowers) {
        utf8_append(word, (uint32_t)c);
        return;
    }
    U16_APPEND_UNSAFE(from, count, c);
    len = u_strToLower(to, 8, from, count, "", &code);
    for (int32_t i = 0; U_SUCCESS(code) && i < len;) {
        UChar32 lower;

        U16_NEXT(to, i, len, lower);
        utf8_append(word, (uint32_t)lower);
    }
}

static void end_word(struct encoding *encoding)
{
    struct buf *word = &encoding->tokenizer->word;

    if (word->failed)
        encoding_fail(encoding, buf_status(word, encoding->err));
    else
        encoding_take_word(encoding, buf_span(word));
    buf_clear(word);
}

static void split_units(struct encoding *encoding, const struct buf *text)
{
    const struct tokenizer *self = encoding->tokenizer;
    struct buf *word = &encoding->tokenizer->word;
    const UChar *units = (const UChar *)(const void *)text->data;
    int32_t len = (int32_t)(text->len / sizeof(*units));

    for (int32_t i = 0; i < len && !encoding->status;) {
        UChar32 c;

        U16_NEXT(units, i, len, c);
        if (self->strips_accents && u_charType(c) == U_NON_SPACING_MARK)
            continue;
        if (is_space(c)) {
            end_word(encoding);
        } else if (is_punctuation(c)) {
            end_word(encoding);
            append_lower(self, c, word);
            end_word(encoding);
        } else {
            append_lower(self, c, word);
        }
    }
    end_word(encoding);
}

/* By ICU, as a whole. */
static void take_hard_part(struct encoding *encoding, struct span text)
{
    const struct tokenizer *self = encoding->tokenizer;
    CLEANUP(buf_release) struct buf units = BUF_INIT(TOKENIZER_TEXT_BYTES_MAX * 6);
    enum status status;

    clean(self, text, &units);
    status = buf_status(&units, encoding->err);
    if (!status && self->strips_accents)
        status = decompose(&units, encoding->err);
    encoding_fail(encoding, status);
    if (!status)
        split_units(encoding, &units);
}

#define CHARACTERS 4096u /* 64 KiB */

enum { CHARACTER_DROPPED, CHARACTER_LETTER, CHARACTER_SPACE, CHARACTER_ALONE, CHARACTER_HARD };

/* A character that is left of a decomposition. */
static unsigned kind_of_left(const struct tokenizer *self, UChar32 c)
{
    /* Its place may depend on its neighbours. */
    if (self->strips_accents && u_getCombiningClass(c) != 0)
        return CHARACTER_HARD;
    if (is_space(c))
        return CHARACTER_SPACE;
    return is_punctuation(c) ? CHARACTER_ALONE : CHARACTER_LETTER;
}

/* What c stands for, taken apart where accents are stripped: at most 24 units, or -1. */
static int32_t take_apart(const struct tokenizer *self, UChar32 c, UChar *units)
{
    UErrorCode code = U_ZERO_ERROR;
    int32_t len = -1;

    if (self->strips_accents)
        len = unorm2_getDecomposition(unorm2_getNFDInstance(&code), c, units, 24, &code);
    if (U_FAILURE(code))
        return -1;
    if (len < 0) {
        len = 0;
        U16_APPEND_UNSAFE(units, len, c);
    }
    return len;
}

/* Appends what is left of c in lower case to word, and says what it is; CHARACTER_HARD: not one
 * thing. */
static unsigned fold_character(const struct tokenizer *self, UChar32 c, struct buf *word)
{
    UChar units[24];
    int32_t len;
    unsigned kind = CHARACTER_DROPPED;

    if (self->cleans && (c == 0 || c == 0xFFFD || is_control(c)))
        return CHARACTER_DROPPED;
    if (self->spaces_chinese && is_chinese(c))
        return CHARACTER_HARD;
    len = take_apart(self, c, units);
    if (len < 0)
        return CHARACTER_HARD;
    for (int32_t i = 0; i < len;) {
        unsigned other;

        U16_NEXT(units, i, len, c);
        if (self->strips_accents && u_charType(c) == U_NON_SPACING_MARK)
            continue;
        other = kind_of_left(self, c);
        if (other == CHARACTER_HARD ||
            (kind != CHARACTER_DROPPED && (kind != CHARACTER_LETTER || other != CHARACTER_LETTER)))
            return CHARACTER_HARD;
        kind = other;
        append_lower(self, c, word);
    }
    return kind;
}

static const struct bert_character *character_of(struct tokenizer *self, uint32_t code_point)
{
    struct bert_character *character = &self->characters[code_point % CHARACTERS];
    struct buf word = BUF_INIT(64);

    if (character->code_point_plus_one == code_point + 1)
        return character;
    character->kind = (uint8_t)fold_character(self, (UChar32)code_point, &word);
    character->length = 0;
    if (word.failed || word.len > BERT_CHARACTER_BYTES)
        character->kind = CHARACTER_HARD;
    else if (character->kind != CHARACTER_HARD)
        memcpy(character->utf8, word.data, character->length = (uint8_t)word.len);
    character->code_point_plus_one = code_point + 1;
    buf_release(&word);
    return character;
}

static bool has_hard(struct tokenizer *self, struct span text)
{
    while (text.len > 0) {
        uint32_t code_point;
        size_t taken = utf8_decode(text, &code_point);

        if (character_of(self, code_point)->kind == CHARACTER_HARD)
            return true;
        text = (struct span){ text.data + taken, text.len - taken };
    }
    return false;
}

static void take_part(struct encoding *encoding, struct span text)
{
    struct tokenizer *self = encoding->tokenizer;
    struct buf *word = &self->word;

    if (!self->characters)
        self->characters = calloc(CHARACTERS, sizeof(*self->characters));
    if (!self->characters || has_hard(self, text)) {
        take_hard_part(encoding, text);
        return;
    }
    while (text.len > 0 && !encoding->status) {
        uint32_t code_point;
        size_t taken = utf8_decode(text, &code_point);
        const struct bert_character *character = character_of(self, code_point);

        text = (struct span){ text.data + taken, text.len - taken };
        if (character->kind == CHARACTER_SPACE || character->kind == CHARACTER_ALONE)
            end_word(encoding);
        if (character->kind != CHARACTER_SPACE)
            buf_append(word, character->utf8, character->length);
        if (character->kind == CHARACTER_ALONE)
            end_word(encoding);
    }
    end_word(encoding);
}

/* Letters and digits of ASCII. */
static void take_plain(struct encoding *encoding, struct span text)
{
    struct buf *word = &encoding->tokenizer->word;

    if (!encoding->tokenizer->lowers) {
        encoding_take_word(encoding, text);
        return;
    }
    buf_append(word, text.data, text.len);
    for (size_t i = 0; i < word->len; i++)
        if ((unsigned)(word->data[i] - 'A') < 26)
            word->data[i] |= 0x20;
    end_word(encoding);
}

/* What a byte of a text is. */
enum { BYTE_PART, BYTE_PLAIN, BYTE_SPACE, BYTE_PUNCTUATION, BYTE_CHINESE };

static unsigned byte_kind(unsigned char byte)
{
    if (byte >= 0x80)
        return byte >= 0xE4 && byte <= 0xE9 ? BYTE_CHINESE : BYTE_PART;
    if ((unsigned)((byte | 0x20) - 'a') < 26 || (unsigned)(byte - '0') < 10)
        return BYTE_PLAIN;
    if (byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r')
        return BYTE_SPACE;
    return byte > ' ' && byte < 0x7F ? BYTE_PUNCTUATION : BYTE_PART;
}

/* An ideograph of the large block at text[at], where a byte says that there may be one. */
static bool is_ideograph(const struct tokenizer *self, struct span text, size_t at)
{
    const unsigned char *bytes = (const unsigned char *)text.data + at;

    return self->spaces_chinese && text.len - at >= 3 && (bytes[0] != 0xE4 || bytes[1] >= 0xB8);
}

/* Takes the part at text[at], up to a byte or an ideograph that is a word of its own, or to a
 * space; returns its end. What is normalised in it does not reach beyond: canonical order and
 * decomposition don't go over a character of combining class zero. */
static size_t take_next(struct encoding *encoding, struct span text, size_t at)
{
    struct span part = { text.data + at, 0 };
    size_t before = encoding->count, end = at;
    bool is_plain = true;

    for (; end < text.len; end++) {
        unsigned kind = byte_kind((unsigned char)text.data[end]);

        if (kind == BYTE_SPACE || kind == BYTE_PUNCTUATION ||
            (kind == BYTE_CHINESE && is_ideograph(encoding->tokenizer, text, end)))
            break;
        is_plain &= kind == BYTE_PLAIN;
    }
    part.len = end - at;
    if (encoding_count_part(encoding, part))
        return end;
    if (is_plain)
        take_plain(encoding, part);
    else
        take_part(encoding, part);
    encoding_keep_part(encoding, part, before);
    return end;
}

void bert_words(struct encoding *encoding, struct span text)
{
    for (size_t at = 0; at < text.len && !encoding->status;) {
        size_t length = 1;

        switch (byte_kind((unsigned char)text.data[at])) {
        case BYTE_SPACE:
            at++;
            continue;
        case BYTE_CHINESE:
            length = is_ideograph(encoding->tokenizer, text, at) ? 3 : 0;
            break;
        case BYTE_PUNCTUATION:
            break;
        default:
            length = 0;
        }
        if (length > 0)
            encoding_take_word(encoding, (struct span){ text.data + at, length });
        else
            length = take_next(encoding, text, at) - at;
        at += length;
    }
}
