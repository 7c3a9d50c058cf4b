#include "chunkers/long_text.h"

#include <stdlib.h>
#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>

#include "base/utf8.h"

/* Iterators get slices, for their indexes are 32 bits wide and their dictionaries slow. */
#define SLICE_BYTES 8192u
/* Without word boundaries (hashes, encoded data), at least so many bytes a piece. */
#define PIECE_BYTES 32u
/* A piece of words has at least so many: single marks would make too many pieces. */
#define WORDS_BYTES 12u

struct long_text {
    struct span text;
    size_t end, slice_start, slice_end;
    UText *utext;
    UBreakIterator *words, *graphemes;
};

struct long_text *long_text_new(struct span text, size_t start, size_t end)
{
    struct long_text *cuts = calloc(1, sizeof(*cuts));
    UErrorCode code = U_ZERO_ERROR;

    if (!cuts)
        return NULL;
    cuts->text = text;
    cuts->end = end;
    cuts->slice_start = cuts->slice_end = start;
    cuts->words = ubrk_open(UBRK_WORD, "", NULL, 0, &code);
    cuts->graphemes = ubrk_open(UBRK_CHARACTER, "", NULL, 0, &code);
    if (U_FAILURE(code)) {
        long_text_free(cuts);
        return NULL;
    }
    return cuts;
}

void long_text_free(struct long_text *cuts)
{
    if (!cuts)
        return;
    if (cuts->words)
        ubrk_close(cuts->words);
    if (cuts->graphemes)
        ubrk_close(cuts->graphemes);
    if (cuts->utext)
        utext_close(cuts->utext);
    free(cuts);
}

static bool load_slice(struct long_text *cuts, size_t start)
{
    UErrorCode code = U_ZERO_ERROR;
    size_t end = cuts->end - start > SLICE_BYTES ? start + SLICE_BYTES : cuts->end;

    while (end < cuts->end && ((uint8_t)cuts->text.data[end] & 0xC0) == 0x80)
        end++;
    cuts->slice_start = start;
    cuts->slice_end = end;
    cuts->utext =
        utext_openUTF8(cuts->utext, cuts->text.data + start, (int64_t)(end - start), &code);
    ubrk_setUText(cuts->words, cuts->utext, &code);
    ubrk_setUText(cuts->graphemes, cuts->utext, &code);
    return U_SUCCESS(code);
}

static size_t whole_character(const struct long_text *cuts, size_t offset)
{
    while (offset < cuts->end && ((uint8_t)cuts->text.data[offset] & 0xC0) == 0x80)
        offset++;
    return offset < cuts->end ? offset : cuts->end;
}

size_t long_text_next(struct long_text *cuts, size_t offset)
{
    size_t into;
    int32_t word, next;

    /* A slice is left before its last cut, which its end might have made. */
    if ((offset + SLICE_BYTES / 4 >= cuts->slice_end && cuts->slice_end < cuts->end) ||
        cuts->slice_end == cuts->slice_start) {
        if (!load_slice(cuts, offset))
            return whole_character(cuts, offset + PIECE_BYTES);
    }
    into = offset - cuts->slice_start;
    word = ubrk_following(cuts->words, (int32_t)(into + WORDS_BYTES - 1));
    if (word != UBRK_DONE && (size_t)word - into <= (size_t)2 * PIECE_BYTES)
        return cuts->slice_start + (size_t)word;
    next = ubrk_following(cuts->graphemes, (int32_t)(into + PIECE_BYTES - 1));
    if (next == UBRK_DONE)
        return cuts->slice_end;
    return cuts->slice_start + (size_t)next;
}

size_t grapheme_boundary(struct span text, size_t offset)
{
    bool joins = false;

    while (offset < text.len && ((uint8_t)text.data[offset] & 0xC0) == 0x80)
        offset++;
    for (unsigned marks = 0; marks < 32 && offset < text.len; marks++) {
        uint32_t c = 0;
        size_t length = utf8_decode((struct span){ text.data + offset, text.len - offset }, &c);

        bool is_joiner = c == 0x200D; /* what follows it, too */

        if (!joins && !is_joiner && !u_hasBinaryProperty((UChar32)c, UCHAR_GRAPHEME_EXTEND))
            break;
        joins = is_joiner;
        offset += length;
    }
    return offset;
}
