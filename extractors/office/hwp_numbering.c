#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/office/hwp.h"

enum kind {
    KIND_DIGITS,
    KIND_CIRCLED,
    KIND_UPPER_ROMAN,
    KIND_LOWER_ROMAN,
    KIND_UPPER_LETTERS,
    KIND_LOWER_LETTERS,
    KIND_SYLLABLES = 8,
    KIND_CONSONANTS = 10,
    KIND_HANGUL_NUMBERS = 12,
    KIND_HAN_NUMBERS = 13,
};

static void append_roman(struct buf *out, uint32_t value, bool is_upper)
{
    static const struct {
        uint16_t value;
        const char *upper, *lower;
    } digits[] = { { 1000, "M", "m" }, { 900, "CM", "cm" }, { 500, "D", "d" }, { 400, "CD", "cd" },
                   { 100, "C", "c" },  { 90, "XC", "xc" },  { 50, "L", "l" },  { 40, "XL", "xl" },
                   { 10, "X", "x" },   { 9, "IX", "ix" },   { 5, "V", "v" },   { 4, "IV", "iv" },
                   { 1, "I", "i" } };

    for (size_t i = 0; i < sizeof(digits) / sizeof(digits[0]); i++)
        for (; value >= digits[i].value; value -= digits[i].value)
            buf_printf(out, "%s", is_upper ? digits[i].upper : digits[i].lower);
}

/* The characters of a row that is counted through, each of three bytes; false: it is too short. */
static bool append_of_row(struct buf *out, const char *row, uint32_t value)
{
    if (value < 1 || value > strlen(row) / 3)
        return false;
    buf_append(out, row + (size_t)3 * (value - 1), 3);
    return true;
}

static void append_number(struct buf *out, unsigned kind, uint32_t value)
{
    bool is_done = value > 0 && value < 4000;

    switch (is_done ? kind : (unsigned)KIND_DIGITS) {
    case KIND_CIRCLED:
        is_done = value <= 20;
        if (is_done)
            utf8_append(out, 0x2460 + value - 1);
        break;
    case KIND_UPPER_ROMAN:
    case KIND_LOWER_ROMAN:
        append_roman(out, value, kind == KIND_UPPER_ROMAN);
        break;
    case KIND_UPPER_LETTERS:
    case KIND_LOWER_LETTERS:
        is_done = value <= 26;
        if (is_done)
            buf_append_char(out, (char)((kind == KIND_UPPER_LETTERS ? 'A' : 'a') + (int)value - 1));
        break;
    case KIND_SYLLABLES:
        is_done = append_of_row(out, "가나다라마바사아자차카타파하", value);
        break;
    case KIND_CONSONANTS:
        is_done = append_of_row(out, "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ", value);
        break;
    case KIND_HANGUL_NUMBERS:
        is_done = append_of_row(out, "일이삼사오육칠팔구십", value);
        break;
    case KIND_HAN_NUMBERS:
        is_done = append_of_row(out, "一二三四五六七八九十", value);
        break;
    default:
        is_done = false;
    }
    if (!is_done)
        buf_printf(out, "%u", value);
}

/* "^n": the numbers of all levels down to this one. */
static void append_path(struct buf *out, const struct hwp_numbering *numbering, unsigned level)
{
    for (unsigned i = 0; i <= level; i++)
        buf_printf(out, i ? ".%u" : "%u", numbering->counts[i]);
}

void hwp_numbering_count(struct hwp_numbering *numbering, unsigned level, struct hwp_mark *out)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(sizeof(out->text) - 1);
    unsigned number_count = 0, other_count = 0;
    const char *format;

    if (level >= HWP_LEVELS)
        level = HWP_LEVELS - 1;
    format = numbering->levels[level].format;
    for (unsigned i = 0; i <= level; i++) /* one that was passed over counts as its first */
        if (numbering->counts[i] == 0)
            numbering->counts[i] = numbering->levels[i].start - (i == level);
    numbering->counts[level]++;
    for (unsigned i = level + 1; i < HWP_LEVELS; i++)
        numbering->counts[i] = 0;
    for (; *format; format++) {
        char c = format[1];

        if (*format != '^' || c == '\0') {
            other_count += strchr(".)( ", *format) == NULL;
            buf_append_char(&text, *format);
            continue;
        }
        format++;
        number_count++;
        if (c == 'n' || c == 'N') {
            append_path(&text, numbering, level);
            other_count += level > 0;
            if (c == 'N')
                buf_append_char(&text, '.');
        } else if (c >= '1' && c < (char)('1' + HWP_LEVELS)) {
            append_number(&text, numbering->levels[c - '1'].kind, numbering->counts[c - '1']);
        }
    }
    out->is_plain =
        number_count == 1 && other_count == 0 && numbering->levels[level].kind == KIND_DIGITS;
    (void)snprintf(out->text, sizeof(out->text), "%s", text.data);
    (void)snprintf(out->number, sizeof(out->number), "%u", numbering->counts[level]);
}
