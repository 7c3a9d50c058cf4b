#include <stdlib.h>
#include <string.h>

#include <unicode/ustring.h>

#include "base/utf8.h"
#include "model/tokenizer_parts.h"

/*
 * Words by regular expressions, as a tokenizer.json may have them. They are written for Oniguruma,
 * and run by ICU: where the two mean different characters by a name, the set is written out.
 */

#define PATTERN_BYTES_MAX ((size_t)1 << 16)
/* Texts are hostile: a step is a tenth of a millisecond or so, and what can be gone back to is
 * bounded.
 */
#define MATCH_STEPS_MAX 10000
#define STACK_BYTES_MAX (64 << 20)

static const char *meant_by(char escape)
{
    switch (escape) {
    case 's':
        return "\\p{White_Space}";
    case 'S':
        return "\\P{White_Space}";
    case 'w':
        return "[\\p{L}\\p{M}\\p{Nd}\\p{Pc}]";
    case 'W':
        return "[^\\p{L}\\p{M}\\p{Nd}\\p{Pc}]";
    case 'h':
        return "[0-9a-fA-F]";
    default:
        return NULL;
    }
}

static void translate(struct span pattern, struct buf *out)
{
    for (size_t i = 0; i < pattern.len; i++) {
        bool is_escape = pattern.data[i] == '\\' && i + 1 < pattern.len;
        const char *meant = is_escape ? meant_by(pattern.data[i + 1]) : NULL;

        if (meant)
            buf_append(out, meant, strlen(meant));
        else
            buf_append(out, pattern.data + i, is_escape ? 2 : 1);
        i += is_escape;
    }
}

/* Sets units to text, and count to how many units it has. */
static enum status set_units(struct word_pattern *pattern, struct span text, int32_t *count,
                             struct error *err)
{
    UErrorCode code = U_ZERO_ERROR;

    /* No character has more units than bytes. */
    if (text.len >= pattern->unit_capacity) {
        UChar *units = realloc(pattern->units, (text.len + 1) * sizeof(*units));

        if (!units)
            return error_set(err, STATUS_NO_MEMORY, "no memory for a text's words");
        pattern->units = units;
        pattern->unit_capacity = text.len + 1;
    }
    u_strFromUTF8(pattern->units, (int32_t)pattern->unit_capacity, count, text.data,
                  (int32_t)text.len, &code);
    return U_SUCCESS(code) ? STATUS_OK
                           : error_set(err, STATUS_MALFORMED, "a text for words is not UTF-8");
}

enum status word_pattern_open(struct word_pattern *out, struct span pattern, bool is_literal,
                              unsigned parts, struct error *err)
{
    CLEANUP(buf_release) struct buf ours = BUF_INIT(PATTERN_BYTES_MAX);
    UErrorCode code = U_ZERO_ERROR;
    int32_t count = 0;
    enum status status;

    if (is_literal)
        buf_append(&ours, pattern.data, pattern.len);
    else
        translate(pattern, &ours);
    status = buf_status(&ours, err);
    *out = (struct word_pattern){ .parts = parts };
    if (!status)
        status = set_units(out, buf_span(&ours), &count, err);
    if (!status) {
        out->regex = uregex_open(out->units, count, is_literal ? UREGEX_LITERAL : UREGEX_MULTILINE,
                                 NULL, &code);
        uregex_setTimeLimit(out->regex, MATCH_STEPS_MAX, &code);
        uregex_setStackLimit(out->regex, STACK_BYTES_MAX, &code);
        if (U_FAILURE(code))
            status = error_set(err, STATUS_UNSUPPORTED,
                               "tokenizer.json: its pattern '%.80s' is not known", ours.data);
    }
    if (status)
        word_pattern_release(out);
    return status;
}

void word_pattern_release(struct word_pattern *pattern)
{
    uregex_close(pattern->regex);
    free(pattern->units);
    *pattern = (struct word_pattern){ .regex = NULL };
}

/* The byte that is `units` behind the one at `at`. */
static size_t byte_behind(struct span text, size_t at, int32_t units)
{
    while (units > 0) {
        uint32_t character;

        at += utf8_decode((struct span){ text.data + at, text.len - at }, &character);
        units -= U16_LENGTH(character);
    }
    return at;
}

static void cut(struct encoding *encoding, size_t index, struct span text);

/* A word of one pattern while it is not known where it ends. */
struct open_word {
    struct span text;
    bool ends_with_match;
};

static bool joins(unsigned parts, bool is_match, bool next_is_match)
{
    if (is_match == next_is_match)
        return parts & PATTERN_JOINS_ALIKE;
    return parts & (is_match ? PATTERN_JOINS_GAP_TO_MATCH : PATTERN_JOINS_MATCH_TO_GAP);
}

/* The next match, or what stands between two; they follow each other without a gap. */
static void take_piece(struct encoding *encoding, size_t index, struct open_word *word,
                       struct span piece, bool is_match)
{
    unsigned parts = encoding->tokenizer->patterns[index].parts;

    if (piece.len == 0 || !(parts & (is_match ? PATTERN_MATCHES : PATTERN_GAPS)))
        return;
    if (parts & PATTERN_INVERTED)
        is_match = !is_match;
    if (word->text.len > 0 && joins(parts, word->ends_with_match, is_match)) {
        word->text.len += piece.len;
    } else {
        cut(encoding, index + 1, word->text);
        word->text = piece;
    }
    word->ends_with_match = is_match;
}

/* Each pattern sees only one piece that those before it left. */
static void cut(struct encoding *encoding, size_t index, struct span text)
{
    struct word_pattern *pattern = &encoding->tokenizer->patterns[index];
    struct open_word word = { .ends_with_match = false };
    UErrorCode code = U_ZERO_ERROR;
    size_t at = 0, unit_at = 0;
    int32_t unit_count = 0;

    if (text.len == 0 || encoding->status)
        return;
    if (index == encoding->tokenizer->pattern_count) {
        encoding_take_word(encoding, text);
        return;
    }
    encoding_fail(encoding, set_units(pattern, text, &unit_count, encoding->err));
    uregex_setText(pattern->regex, pattern->units, unit_count, &code);
    while (!encoding->status && uregex_findNext(pattern->regex, &code)) {
        int32_t start_unit = uregex_start(pattern->regex, 0, &code);
        int32_t end_unit = uregex_end(pattern->regex, 0, &code);
        size_t start = byte_behind(text, at, start_unit - (int32_t)unit_at);
        size_t end = byte_behind(text, start, end_unit - start_unit);

        take_piece(encoding, index, &word, (struct span){ text.data + at, start - at }, false);
        take_piece(encoding, index, &word, (struct span){ text.data + start, end - start }, true);
        at = end;
        unit_at = (size_t)end_unit;
    }
    if (U_FAILURE(code))
        encoding_fail(encoding, error_set(encoding->err, STATUS_LIMIT,
                                          "a text's words take too long to be found"));
    take_piece(encoding, index, &word, (struct span){ text.data + at, text.len - at }, false);
    cut(encoding, index + 1, word.text);
}

void pattern_words(struct encoding *encoding, struct span text)
{
    cut(encoding, 0, text);
}
