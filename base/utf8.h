/*
 * utf8.h - text is UTF-8 with an explicit length.
 *
 * Strict: overlong forms, surrogates and values above U+10FFFF are invalid (Unicode 15, table 3-7).
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdint.h>

#include "base/buf.h"

#define UTF8_REPLACEMENT 0xFFFDu

/* The bytes of the character at text's start where two or three bytes of the right kind are all
 * that it takes: U+00C0 to U+07FF, U+1000 to U+1FFF, U+3000 to U+CFFF, which are letters. 0: look
 * closer, with utf8_decode(). */
static inline size_t utf8_letter_bytes(const char *text, size_t bytes_left)
{
    const unsigned char *p = (const unsigned char *)text;

    if (bytes_left >= 2 && p[0] >= 0xC3 && p[0] <= 0xDF)
        return (p[1] & 0xC0) == 0x80 ? 2 : 0;
    if (bytes_left >= 3 && (p[0] == 0xE1 || (p[0] >= 0xE3 && p[0] <= 0xEC)))
        return (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80 ? 3 : 0;
    return 0;
}

/* Decodes one code point at *text, and says how many bytes it took (1..4; 0 at the end). A byte
 * that starts nothing valid gives UTF8_REPLACEMENT and takes 1. */
size_t utf8_decode(struct span text, uint32_t *code_point);
/* Writes 1..4 bytes; a value that is no scalar value is written as U+FFFD. */
size_t utf8_encode(uint32_t code_point, char out[4]);
void utf8_append(struct buf *buf, uint32_t code_point);

/* The length of the longest valid start of text; text.len when all of it is valid. */
size_t utf8_valid_prefix(struct span text);
bool utf8_is_valid(struct span text);
/* Appends text with each invalid byte as U+FFFD; returns how many there were. */
size_t utf8_append_repaired(struct buf *buf, struct span text);
/* True where offset is 0, text.len, or the first byte of a character. */
bool utf8_is_boundary(struct span text, size_t offset);
/* The code points of valid text. */
size_t utf8_length(struct span text);

/* Appends text so that a terminal shows it: control and bidi-control characters become \xNN or
 * \u{N}, invalid bytes \xNN. For messages, logs and tables. */
void utf8_append_printable(struct buf *buf, struct span text);
/* The same in place, for messages when there is no memory: all but printable ASCII becomes '?'. */
void utf8_make_plain(char *text, size_t len);

#endif
