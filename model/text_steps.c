#include <stdlib.h>
#include <string.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "base/utf8.h"
#include "model/tokenizer_parts.h"

static bool is_ascii(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] >= 0x80)
            return false;
    return true;
}

static const UNormalizer2 *normalizer_of(enum text_step_kind kind, UErrorCode *code)
{
    switch (kind) {
    case STEP_COMPOSE:
        return unorm2_getNFCInstance(code);
    case STEP_DECOMPOSE:
        return unorm2_getNFDInstance(code);
    case STEP_COMPOSE_COMPATIBLE:
        return unorm2_getNFKCInstance(code);
    default:
        return unorm2_getNFKDInstance(code);
    }
}

static void append_units(struct buf *out, const UChar *units, int32_t len)
{
    for (int32_t i = 0; i < len;) {
        UChar32 c;

        U16_NEXT(units, i, len, c);
        utf8_append(out, (uint32_t)c);
    }
}

/* A character may become 18 units (Unicode Standard Annex #15, maximum expansion factors). */
static enum status normalize(enum text_step_kind kind, struct span text, struct buf *out,
                             struct error *err)
{
    UErrorCode code = U_ZERO_ERROR;
    const UNormalizer2 *normalizer = normalizer_of(kind, &code);
    size_t room = text.len * 7 + 64, used = 0;
    UChar *units = malloc((text.len + 1 + room) * sizeof(*units)), *result;
    int32_t len;

    if (!units)
        return error_set(err, STATUS_NO_MEMORY, "no memory to normalize a text");
    result = units + text.len + 1;
    while (text.len > 0) {
        uint32_t character;
        size_t taken = utf8_decode(text, &character);

        U16_APPEND_UNSAFE(units, used, (UChar32)character);
        text = (struct span){ text.data + taken, text.len - taken };
    }
    len = unorm2_normalize(normalizer, units, (int32_t)used, result, (int32_t)room, &code);
    if (U_SUCCESS(code))
        append_units(out, result, len);
    free(units);
    if (U_FAILURE(code))
        return error_set(err, STATUS_MALFORMED, "a text can't be normalized: %s",
                         u_errorName(code));
    return buf_status(out, err);
}

static void lower(struct span text, struct buf *out)
{
    while (text.len > 0) {
        uint32_t character;
        size_t taken = utf8_decode(text, &character);
        UChar from[2], to[8];
        UErrorCode code = U_ZERO_ERROR;
        int32_t count = 0, len;

        text = (struct span){ text.data + taken, text.len - taken };
        U16_APPEND_UNSAFE(from, count, (UChar32)character);
        len = u_strToLower(to, 8, from, count, "", &code);
        append_units(out, to, U_SUCCESS(code) ? len : 0);
    }
}

static void strip_marks(struct span text, struct buf *out)
{
    while (text.len > 0) {
        uint32_t character;
        size_t taken = utf8_decode(text, &character);

        if (u_charType((UChar32)character) != U_NON_SPACING_MARK)
            buf_append(out, text.data, taken);
        text = (struct span){ text.data + taken, text.len - taken };
    }
}

static void replace(const struct text_step *step, struct span text, struct buf *out)
{
    struct span from = buf_span(&step->from);

    for (size_t at = 0; at < text.len;) {
        if (text.len - at >= from.len && memcmp(text.data + at, from.data, from.len) == 0) {
            buf_append(out, step->to.data, step->to.len);
            at += from.len;
        } else {
            buf_append_char(out, text.data[at++]);
        }
    }
}

static void join_spaces(const struct text_step *step, struct span text, struct buf *out)
{
    for (size_t at = 0; at < text.len;) {
        size_t end = at;

        while (end < text.len && text.data[end] == ' ')
            end++;
        if (end - at >= 2)
            buf_append(out, step->to.data, step->to.len);
        else
            buf_append(out, text.data + at, end == at ? 1 : end - at);
        at = end == at ? at + 1 : end;
    }
}

static size_t spaces_at_start(struct span text)
{
    size_t at = 0;

    while (at < text.len) {
        uint32_t character;
        size_t taken = utf8_decode((struct span){ text.data + at, text.len - at }, &character);

        if (!u_isUWhiteSpace((UChar32)character))
            break;
        at += taken;
    }
    return at;
}

static size_t end_without_spaces(struct span text)
{
    size_t end = text.len;

    while (end > 0) {
        size_t start = end - 1;
        uint32_t character;

        while (!utf8_is_boundary(text, start))
            start--;
        (void)utf8_decode((struct span){ text.data + start, end - start }, &character);
        if (!u_isUWhiteSpace((UChar32)character))
            break;
        end = start;
    }
    return end;
}

static enum status apply(const struct text_step *step, struct span text, struct buf *out,
                         struct error *err)
{
    size_t start;

    switch (step->kind) {
    case STEP_COMPOSE:
    case STEP_DECOMPOSE:
    case STEP_COMPOSE_COMPATIBLE:
    case STEP_DECOMPOSE_COMPATIBLE:
        if (!is_ascii(text))
            return normalize(step->kind, text, out, err);
        buf_append(out, text.data, text.len);
        break;
    case STEP_LOWER:
        lower(text, out);
        break;
    case STEP_STRIP_MARKS:
        strip_marks(text, out);
        break;
    case STEP_REPLACE:
        replace(step, text, out);
        break;
    case STEP_JOIN_SPACES:
        join_spaces(step, text, out);
        break;
    case STEP_PREPEND:
        if (text.len > 0)
            buf_append(out, step->to.data, step->to.len);
        buf_append(out, text.data, text.len);
        break;
    case STEP_STRIP_LEFT:
        start = spaces_at_start(text);
        buf_append(out, text.data + start, text.len - start);
        break;
    case STEP_STRIP_RIGHT:
        buf_append(out, text.data, end_without_spaces(text));
        break;
    case STEP_CHARSMAP:
        charsmap_apply(&step->charsmap, text, out);
        break;
    }
    return buf_status(out, err);
}

enum status text_steps_apply(struct tokenizer *self, struct span text, struct span *out,
                             struct error *err)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < self->step_count && !status; i++) {
        struct buf done = self->other_text;

        buf_clear(&done);
        done.failed = STATUS_OK;
        status = apply(&self->steps[i], text, &done, err);
        self->other_text = self->text; /* where text is, until the next step has read it */
        self->text = done;
        text = buf_span(&self->text);
    }
    *out = text;
    return status;
}
