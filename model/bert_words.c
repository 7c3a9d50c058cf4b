#include <stdlib.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "base/utf8.h"
#include "model/tokenizer_parts.h"

/*
 * BERT's normalizer and pre-tokenizer. Nothing they do reaches over white space, so the text is
 * taken from one space to the next, and what is plain ASCII by a short way.
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

static void take_part(struct encoding *encoding, struct span text)
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

/* Printable ASCII without a space in it. */
static void take_plain(struct encoding *encoding, struct span text)
{
    struct tokenizer *self = encoding->tokenizer;
    size_t start = 0;

    for (size_t at = 0; at <= text.len && !encoding->status; at++) {
        if (at < text.len && !is_punctuation((unsigned char)text.data[at]))
            continue;
        buf_clear(&self->word);
        for (; start < at; start++) {
            char c = text.data[start];

            buf_append_char(&self->word,
                            self->lowers && (unsigned)(c - 'A') < 26 ? (char)(c | 0x20) : c);
        }
        end_word(encoding);
        if (at < text.len)
            encoding_take_word(encoding, (struct span){ text.data + at, 1 });
        start = at + 1;
    }
}

void bert_words(struct encoding *encoding, struct span text)
{
    for (size_t at = 0; at < text.len && !encoding->status;) {
        bool is_plain = true;
        size_t end = at;

        for (; end < text.len; end++) {
            unsigned char byte = (unsigned char)text.data[end];

            if (byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r')
                break;
            is_plain &= byte > ' ' && byte < 0x7F;
        }
        if (end > at && is_plain)
            take_plain(encoding, (struct span){ text.data + at, end - at });
        else if (end > at)
            take_part(encoding, (struct span){ text.data + at, end - at });
        at = end + 1;
    }
}
