#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/office/number_format_parts.h"

#define WHOLE_MAX       9007199254740992.0 /* 2^53: as doubles, whole numbers have gaps from here on */
#define FIXED_MAX       1e15
#define SHOWN_BYTES_MAX 512

void number_put_general(double value, struct buf *out)
{
    if (value == floor(value) && fabs(value) < WHOLE_MAX) /* a long one is a number of something */
        buf_printf(out, "%.0f", value == 0 ? 0.0 : value);
    else
        buf_printf(out, "%.10G", value);
}

/* What printf() rounds as Excel does, which counts in 15 decimal digits and rounds a half away from
 * zero: 0.2395 is 24.0% there, though the double is a little less. Half a unit of the last of the
 * 15 digits is added, where fewer are shown. */
static double with_halves_up(double value, int decimals)
{
    int exponent = value == 0 ? 0 : (int)floor(log10(fabs(value)));

    if (value == 0 || decimals + exponent >= 14)
        return value;
    return value + copysign(0.5 * pow(10, exponent - 14), value);
}

/* ---- the number as a whole ---- */

/* The nearest fraction whose denominator has that many digits. part: from 0 to 1. */
static void nearest_fraction(const struct number_section *section, double part, unsigned *numerator,
                             unsigned *denominator)
{
    unsigned most = 1;
    double best = 2;

    *numerator = 0;
    *denominator = section->denominator;
    if (section->denominator > 0) {
        *numerator = (unsigned)llround(part * section->denominator);
        return;
    }
    for (unsigned i = 0; i < section->denominator_digits; i++)
        most *= 10;
    for (unsigned d = 1; d < most; d++) {
        double n = round(part * d), error = fabs(part - n / d);

        if (error < best - 1e-12) {
            best = error;
            *numerator = (unsigned)n;
            *denominator = d;
        }
    }
}

/* "1 1/2", or "3/2" where there is no place for the whole. value: not below zero. */
static void put_fraction(const struct number_section *section, double value, struct buf *out)
{
    double whole = floor(value);
    unsigned numerator, denominator;

    nearest_fraction(section, value - whole, &numerator, &denominator);
    if (numerator == denominator) {
        whole += 1;
        numerator = 0;
    }
    if (!section->has_whole) {
        buf_printf(out, "%.0f/%u", whole * denominator + numerator, denominator);
        return;
    }
    if (whole > 0 || numerator == 0)
        buf_printf(out, "%.0f", whole);
    if (numerator > 0)
        buf_printf(out, "%s%u/%u", whole > 0 ? " " : "", numerator, denominator);
}

/* Exponents are multiples of the places in front of the point. value: not below zero. */
static void put_scientific(const struct number_section *section, double value, struct buf *out)
{
    int exponent = value == 0 ? 0 : (int)floor(log10(value)), step = section->whole_digits;

    value = with_halves_up(value, (int)section->decimals_max - exponent);
    if (step <= 1) {
        buf_printf(out, "%.*E", (int)section->decimals_max, value);
        return;
    }
    exponent = (int)floor((double)exponent / step) * step;
    buf_printf(out, "%.*fE%+03d", (int)section->decimals_max, value / pow(10, exponent), exponent);
}

static void put_number(const struct number_section *section, double value, struct buf *out)
{
    if (section->kind == NUMBER_FRACTION && value < WHOLE_MAX)
        put_fraction(section, value, out);
    else if (section->kind == NUMBER_SCIENTIFIC)
        put_scientific(section, value, out);
    else
        number_put_general(value, out);
}

/* ---- digit by digit ---- */

struct digits {
    char text[SHOWN_BYTES_MAX];
    unsigned whole, decimals; /* how many are in front of the point, and behind it */
};

/* Zeros in front are no digits, and those at the end only as far as the section shows them. */
static void take_digits(const struct number_section *section, double value, struct digits *digits)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(SHOWN_BYTES_MAX);
    unsigned decimals = section->decimals_max;

    buf_printf(&text, "%.*f", (int)decimals, value);
    if (text.failed) /* the writer fails on its own */
        return;
    digits->whole = (unsigned)(text.len - decimals - (decimals > 0));
    while (decimals > section->decimals_min && text.data[digits->whole + decimals] == '0')
        decimals--;
    digits->decimals = decimals;
    memcpy(digits->text, text.data, digits->whole);
    if (decimals > 0)
        memcpy(digits->text + digits->whole, text.data + digits->whole + 1, decimals);
    if (digits->whole == 1 && digits->text[0] == '0' && decimals == 0)
        digits->whole = 0;
}

/* What a place in front of the point shows; left: how many places there are from it on. The first
 * shows all that has none. */
static void put_whole(const struct number_section *section, const struct digits *digits,
                      unsigned left, bool is_zero_shown, struct buf *out)
{
    bool is_first = left == section->whole_digits;
    unsigned from = left >= digits->whole ? 0 : digits->whole - left;

    if (is_first && digits->whole > left)
        buf_append(out, digits->text, digits->whole - left + 1);
    else if (left <= digits->whole)
        buf_append_char(out, digits->text[from]);
    else if (is_zero_shown)
        buf_append_char(out, '0');
}

/* Puts digits where the pattern has places for them. value: not below zero. */
static void put_pattern(const struct number_section *section, double value, struct buf *out)
{
    struct digits digits = { .whole = 0 };
    unsigned left = section->whole_digits, decimal = 0;

    if (section->kind == NUMBER_FIXED || section->kind == NUMBER_PERCENT)
        take_digits(section, value, &digits);
    for (unsigned i = 0; i < section->pattern_len; i++) {
        char c = section->pattern[i];

        if (c == PLACE_NUMBER) {
            put_number(section, value, out);
        } else if (c == PLACE_POINT) {
            if (left == 0 && section->whole_digits == 0)
                buf_append(out, digits.text, digits.whole);
            if (digits.decimals > 0)
                buf_append_char(out, '.');
            left = 0;
            decimal = 1;
        } else if ((c == PLACE_ZERO || c == PLACE_DIGIT) && decimal == 0) {
            put_whole(section, &digits, left--, c == PLACE_ZERO, out);
        } else if (c == PLACE_ZERO || c == PLACE_DIGIT) {
            if (decimal <= digits.decimals)
                buf_append_char(out, digits.text[digits.whole + decimal - 1]);
            decimal++;
        } else {
            buf_append_char(out, c);
        }
    }
}

/* ---- which section, and the sign ---- */

static bool holds(const struct number_section *section, double value)
{
    switch (section->condition) {
    case NUMBER_LESS:
        return value < section->limit;
    case NUMBER_LESS_EQUAL:
        return value <= section->limit;
    case NUMBER_EQUAL:
        return value == section->limit;
    case NUMBER_NOT_EQUAL:
        return value != section->limit;
    case NUMBER_GREATER_EQUAL:
        return value >= section->limit;
    case NUMBER_GREATER:
        return value > section->limit;
    case NUMBER_ANY:
        break;
    }
    return true;
}

/* Sections without a condition are for numbers above, below and of zero; the last is for all that
 * no other is for. NULL: nothing is for it. */
static const struct number_section *section_for(const struct number_format *format, double value)
{
    const struct number_section *sections = format->sections;
    unsigned count = format->section_count;

    if (sections[0].condition == NUMBER_ANY && (count < 2 || !sections[1].condition)) {
        unsigned at = value < 0 ? 1 : value > 0 || count < 3 ? 0 : 2;

        return &sections[at < count ? at : 0];
    }
    for (unsigned i = 0; i < count; i++) {
        bool is_for = sections[i].condition ? holds(&sections[i], value)
                      : i + 1 == count      ? true
                      : i == 0              ? value > 0
                                            : value < 0;

        if (is_for)
            return &sections[i];
    }
    return NULL;
}

/* The section is for numbers below zero alone: its own text says that they are, not a minus. */
static bool is_of_negative(const struct number_format *format, const struct number_section *section)
{
    const struct number_section *first = &format->sections[0];

    if (section->condition)
        return (section->condition == NUMBER_LESS || section->condition == NUMBER_LESS_EQUAL) &&
               section->limit <= 0;
    /* The last of two is for all that the first is not for: "[>=1000]0.0,\"k\";0". */
    if (first->condition && format->section_count == 2)
        return section != first && first->limit <= 0 &&
               (first->condition == NUMBER_GREATER || first->condition == NUMBER_GREATER_EQUAL);
    return section == &format->sections[1];
}

static bool is_word_byte(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Whether both sections write the same words around the number. */
static bool has_same_words(const struct number_section *a, const struct number_section *b)
{
    unsigned i = 0, j = 0;

    for (;; i++, j++) {
        while (i < a->pattern_len && !is_word_byte(a->pattern[i]))
            i++;
        while (j < b->pattern_len && !is_word_byte(b->pattern[j]))
            j++;
        if (i == a->pattern_len || j == b->pattern_len)
            return i == a->pattern_len && j == b->pattern_len;
        if (a->pattern[i] != b->pattern[j])
            return false;
    }
}

static void cut(struct buf *text, size_t at)
{
    memmove(text->data + at, text->data + at + 1, text->len - at);
    text->len--;
}

/* Takes parentheses around all digits, or a minus in front of them, away; false: there is none. */
static bool take_sign(struct buf *text)
{
    char *open = memchr(text->data, '(', text->len), *close = memchr(text->data, ')', text->len);
    size_t first = strcspn(text->data, "0123456789");
    char *minus = memchr(text->data, '-', first);

    if (open && close && open < text->data + first && close > text->data + first) {
        cut(text, (size_t)(close - text->data));
        cut(text, (size_t)(open - text->data));
        return true;
    }
    if (minus)
        cut(text, (size_t)(minus - text->data));
    return minus != NULL;
}

static bool has_digit_above_zero(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] >= '1' && text.data[i] <= '9')
            return true;
    return false;
}

static bool has_word(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (is_word_byte(text.data[i]))
            return true;
    return false;
}

static void append_trimmed(struct span text, bool has_minus, struct buf *out)
{
    while (text.len > 0 && text.data[0] == ' ')
        text = (struct span){ text.data + 1, text.len - 1 };
    while (text.len > 0 && text.data[text.len - 1] == ' ')
        text.len--;
    if (has_minus && text.len > 0)
        buf_append_char(out, '-');
    buf_append(out, text.data, text.len);
}

/* A value as a section shows it that has places for it, or words. */
static void put_shown(const struct number_format *format, const struct number_section *section,
                      double value, struct buf *out)
{
    CLEANUP(buf_release) struct buf shown = BUF_INIT(SHOWN_BYTES_MAX);
    double size = fabs(value);
    bool has_minus = value < 0;

    if (section->kind == NUMBER_PERCENT)
        size *= 100;
    if (section->kind == NUMBER_FIXED || section->kind == NUMBER_PERCENT)
        size = with_halves_up(size / pow(1000, section->thousands), section->decimals_max);
    put_pattern(section, size, &shown);
    if (has_minus && is_of_negative(format, section) && !take_sign(&shown) &&
        !has_same_words(section, &format->sections[0]))
        has_minus = false;
    if (section->kind == NUMBER_FIXED || section->kind == NUMBER_PERCENT)
        has_minus = has_minus && has_digit_above_zero(buf_span(&shown));
    append_trimmed(buf_span(&shown), has_minus && section->kind != NUMBER_WORDS, out);
}

/* A dash or nothing where zero would stand says less than the number, as others are shown. */
static bool says_nothing(const struct number_format *format, const struct number_section *section,
                         double value)
{
    CLEANUP(buf_release) struct buf shown = BUF_INIT(SHOWN_BYTES_MAX);

    if (section == &format->sections[0])
        return false;
    put_shown(format, section, value, &shown);
    return !has_word(buf_span(&shown));
}

static void put_in_section(const struct number_format *format, const struct number_section *section,
                           double value, bool is_1904, struct buf *out)
{
    switch (section->kind) {
    case NUMBER_DATE:
        if (value < 0 || value > NUMBER_DAYS_MAX)
            number_put_general(value, out);
        else
            number_put_date(section, value, is_1904, out);
        return;
    case NUMBER_DURATION:
        if (fabs(value) > NUMBER_DAYS_MAX)
            number_put_general(value, out);
        else
            number_put_duration(section, value, out);
        return;
    case NUMBER_FIXED:
    case NUMBER_PERCENT:
        if (fabs(value) >= FIXED_MAX)
            number_put_general(value, out);
        else
            put_shown(format, section, value, out);
        return;
    case NUMBER_GENERAL:
    case NUMBER_SCIENTIFIC:
    case NUMBER_FRACTION:
    case NUMBER_WORDS:
        put_shown(format, section, value, out);
    }
}

void number_format_put(const struct number_format *format, double value, bool is_1904,
                       struct buf *out)
{
    const struct number_section *section;

    if (!isfinite(value) || fabs(value) > 1e300) {
        buf_printf(out, "%g", value);
        return;
    }
    section = section_for(format, value);
    if (!section) {
        number_put_general(value, out);
        return;
    }
    /* Where there are sections for all three, an empty one shows nothing. */
    if (section->is_empty && format->section_count >= NUMBER_SECTIONS_MAX)
        return;
    if (section->is_empty || (section->kind != NUMBER_DATE && section->kind != NUMBER_DURATION &&
                              says_nothing(format, section, value)))
        section = &format->sections[0];
    put_in_section(format, section, value, is_1904, out);
}
