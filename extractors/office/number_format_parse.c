#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "extractors/common/xml.h"
#include "extractors/office/number_format_parts.h"

#define CODE_BYTES_MAX         4096u /* a program's own limit is 255 characters */
#define DECIMALS_MAX           15u
#define WHOLE_DIGITS_MAX       60u
#define SECONDS_DECIMALS_MAX   3u
#define DENOMINATOR_DIGITS_MAX 3u
#define DENOMINATOR_MAX        1000
#define LIMIT_BYTES_MAX        40u

struct parser {
    struct number_section *out;
    bool has_digits, is_after_point, has_general;
    char last; /* the last date letter, to tell minutes from months */
};

/* false: there is no more room. */
static bool put(struct parser *p, const char *bytes, size_t len)
{
    if (p->out->pattern_len + len > sizeof(p->out->pattern))
        return false;
    memcpy(p->out->pattern + p->out->pattern_len, bytes, len);
    p->out->pattern_len += (unsigned char)len;
    return true;
}

static bool put_place(struct parser *p, enum number_place place)
{
    char byte = (char)place;

    return put(p, &byte, 1);
}

/* What stands for itself; control characters are places in a pattern. */
static void put_literal(struct parser *p, struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] < ' ')
            return;
    (void)put(p, text.data, text.len);
}

static bool is_digit_place(char c)
{
    return c == PLACE_ZERO || c == PLACE_DIGIT;
}

static bool is_date(const struct parser *p)
{
    return p->out->kind == NUMBER_DATE || p->out->kind == NUMBER_DURATION;
}

/* Bytes of the character at the front. */
static size_t character(struct span code)
{
    size_t len = 1;

    while (len < code.len && ((unsigned char)code.data[len] & 0xC0) == 0x80)
        len++;
    return len;
}

static void read_condition(struct parser *p, struct span text)
{
    static const struct {
        const char *sign;
        enum number_condition condition;
    } signs[] = {
        { "<=", NUMBER_LESS_EQUAL }, { ">=", NUMBER_GREATER_EQUAL }, { "<>", NUMBER_NOT_EQUAL },
        { "<", NUMBER_LESS },        { ">", NUMBER_GREATER },        { "=", NUMBER_EQUAL },
    };
    char number[LIMIT_BYTES_MAX];

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        size_t len = strlen(signs[i].sign);

        if (text.len <= len || text.len - len >= sizeof(number) ||
            memcmp(text.data, signs[i].sign, len) != 0)
            continue;
        memcpy(number, text.data + len, text.len - len);
        number[text.len - len] = '\0';
        p->out->condition = signs[i].condition;
        p->out->limit = strtod(number, NULL);
        return;
    }
}

/* [h], [Red], [$EUR-407], [>100]; returns the bytes it takes. */
static size_t read_bracket(struct parser *p, struct span code)
{
    const char *close = memchr(code.data, ']', code.len);
    size_t len;

    if (!close)
        return code.len;
    len = (size_t)(close - code.data);
    if (len > 1 && code.data[1] == '$') {
        const char *dash = memchr(code.data + 2, '-', len - 2);

        put_literal(
            p, (struct span){ code.data + 2, (size_t)((dash ? dash : close) - code.data) - 2 });
    } else if (len > 1 && strchr("<>=", code.data[1])) {
        read_condition(p, (struct span){ code.data + 1, len - 1 });
    } else if (len > 1 && strchr("hHmMsS", code.data[1]) &&
               (len == 2 || strncasecmp(code.data + 1, code.data + 2, 1) == 0)) {
        p->out->kind = NUMBER_DURATION;
        p->out->has_time = true;
        p->out->has_seconds |= (code.data[1] | 32) == 's';
        p->last = 'h';
    }
    return len + 1;
}

static bool is_minutes(const struct parser *p, size_t count, struct span rest)
{
    size_t i = 0;

    while (i < rest.len && strchr(":. \\", rest.data[i]))
        i++;
    return count <= 2 && (p->last == 'h' || (i > 0 && i < rest.len && (rest.data[i] | 32) == 's'));
}

static void date_letter(struct parser *p, char c, size_t count, struct span rest)
{
    struct number_section *out = p->out;

    if (out->kind != NUMBER_DURATION)
        out->kind = NUMBER_DATE;
    switch (c) {
    case 'y':
    case 'e':
        out->has_year = true;
        break;
    case 'd':
        if (count > 2)
            out->has_weekday = true;
        else
            out->has_day = true;
        break;
    case 'h':
        out->has_time = true;
        break;
    case 's':
        out->has_time = out->has_seconds = true;
        break;
    default:
        if (is_minutes(p, count, rest))
            out->has_time = true;
        else
            out->has_month = true;
    }
    p->last = c;
}

static size_t count_same(struct span code)
{
    size_t i = 1;

    while (i < code.len && (code.data[i] | 32) == (code.data[0] | 32))
        i++;
    return i;
}

static void read_digit(struct parser *p, char c)
{
    struct number_section *out = p->out;

    p->has_digits = true;
    if (out->kind == NUMBER_GENERAL)
        out->kind = NUMBER_FIXED;
    if ((p->is_after_point ? out->decimals_max >= DECIMALS_MAX
                           : out->whole_digits >= WHOLE_DIGITS_MAX) ||
        !put_place(p, c == '0' ? PLACE_ZERO : PLACE_DIGIT))
        return;
    if (!p->is_after_point) {
        out->whole_digits++;
        return;
    }
    out->decimals_max++;
    if (c == '0')
        out->decimals_min = out->decimals_max;
}

/* A point: in front of decimals, of those of a second, or a sign between the parts of a date. */
static size_t read_point(struct parser *p, struct span code)
{
    size_t zeros = 0;

    while (zeros + 1 < code.len && code.data[zeros + 1] == '0')
        zeros++;
    if (is_date(p)) {
        if (p->out->has_seconds)
            p->out->seconds_decimals =
                (unsigned char)(zeros < SECONDS_DECIMALS_MAX ? zeros : SECONDS_DECIMALS_MAX);
        return zeros + 1;
    }
    if (!p->is_after_point)
        (void)put_place(p, PLACE_POINT);
    p->is_after_point = true;
    return 1;
}

/* Takes places back to the first, for one of the number as a whole; what stands between them goes
 * with them. true: there was anything between. */
static bool join_places(struct parser *p)
{
    struct number_section *out = p->out;
    unsigned char first = 0, len = out->pattern_len;
    int places = 0;

    while (first < len && !is_digit_place(out->pattern[first]) &&
           out->pattern[first] != PLACE_POINT)
        first++;
    for (unsigned char i = first; i < len; i++)
        places += is_digit_place(out->pattern[i]) || out->pattern[i] == PLACE_POINT;
    out->pattern_len = first;
    (void)put_place(p, PLACE_NUMBER);
    return places < len - first;
}

/* "# ?/8": code is what stands behind the slash. Returns the bytes of the denominator. */
static size_t read_fraction(struct parser *p, struct span code)
{
    struct number_section *out = p->out;
    size_t len = 0;
    long given = 0;

    for (; len < code.len && strchr("0123456789#?", code.data[len]) && code.data[len]; len++)
        if (code.data[len] >= '0' && code.data[len] <= '9' && given < DENOMINATOR_MAX)
            given = given * 10 + code.data[len] - '0';
    out->kind = NUMBER_FRACTION;
    out->denominator = (unsigned short)(given < DENOMINATOR_MAX ? given : DENOMINATOR_MAX);
    out->denominator_digits =
        (unsigned char)(len < DENOMINATOR_DIGITS_MAX ? len : DENOMINATOR_DIGITS_MAX);
    out->has_whole = join_places(p);
    return len;
}

/* "0.0E+00": what stands behind the sign says how many digits the exponent has at least. */
static size_t read_exponent(struct parser *p, struct span code)
{
    size_t len = 2;

    while (len < code.len && strchr("0#?", code.data[len]) && code.data[len])
        len++;
    p->out->kind = NUMBER_SCIENTIFIC;
    (void)join_places(p);
    return len;
}

/* A sign that is no letter and has no quotes. */
static size_t read_sign(struct parser *p, struct span code)
{
    struct number_section *out = p->out;
    size_t len = character(code);

    switch (code.data[0]) {
    case ',': /* between digits it groups them; behind the last one it takes off three of them */
        if (p->has_digits && (code.len == 1 || !strchr("0#?", code.data[1])))
            out->thousands++;
        return 1;
    case '%':
        out->kind = NUMBER_PERCENT;
        (void)put(p, "%", 1);
        return 1;
    case '/':
        if (p->has_digits && !p->is_after_point && out->kind == NUMBER_FIXED && code.len > 1 &&
            strchr("0123456789#?", code.data[1]))
            return 1 + read_fraction(p, (struct span){ code.data + 1, code.len - 1 });
        break;
    case '@': /* a number is told as it is where a text would be */
        if (!p->has_general)
            (void)put_place(p, PLACE_NUMBER);
        p->has_general = true;
        return 1;
    default:
        break;
    }
    put_literal(p, (struct span){ code.data, len });
    return len;
}

static size_t read_letter(struct parser *p, struct span code)
{
    char lower = (char)(code.data[0] | 32);

    if (lower == 'e' && code.len > 1 && (code.data[1] == '+' || code.data[1] == '-') &&
        p->has_digits)
        return read_exponent(p, code);
    if (code.len >= 5 && strncasecmp(code.data, "AM/PM", 5) == 0)
        return 5;
    if (code.len >= 3 && strncasecmp(code.data, "A/P", 3) == 0)
        return 3;
    if (code.len >= 7 && strncasecmp(code.data, "General", 7) == 0) {
        (void)put_place(p, PLACE_NUMBER);
        p->has_general = true;
        return 7;
    }
    if (!p->has_digits && strchr("ydhsme", lower)) {
        size_t count = count_same(code);

        date_letter(p, lower, count, (struct span){ code.data + count, code.len - count });
        return count;
    }
    put_literal(p, (struct span){ code.data, 1 });
    return 1;
}

/* One element at the front of code; returns the bytes it takes. */
static size_t read_element(struct parser *p, struct span code)
{
    struct span rest = { code.data + 1, code.len - 1 };
    char c = code.data[0];
    const char *close;

    switch (c) {
    case '"':
        close = memchr(rest.data, '"', rest.len);
        if (!close)
            return code.len;
        put_literal(p, (struct span){ rest.data, (size_t)(close - rest.data) });
        return (size_t)(close - code.data) + 1;
    case '\\':
    case '!':
        if (rest.len > 0)
            put_literal(p, (struct span){ rest.data, character(rest) });
        return 1 + (rest.len > 0 ? character(rest) : 0);
    case '_': /* as wide as a character; filled with one */
    case '*':
        return 1 + (rest.len > 0 ? character(rest) : 0);
    case '[':
        return read_bracket(p, code);
    case '0':
    case '#':
    case '?':
        read_digit(p, c);
        return 1;
    case '.':
        return read_point(p, code);
    default:
        break;
    }
    if ((c | 32) >= 'a' && (c | 32) <= 'z')
        return read_letter(p, code);
    return read_sign(p, code);
}

/* Bytes of a blank or an apostrophe that may group digits; 0: none. */
static size_t grouping(struct span text)
{
    static const char *const signs[] = { " ", "'", "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89" };

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        if (span_starts(text, signs[i]))
            return strlen(signs[i]);
    return 0;
}

/* How many digits stand in a row from there on. */
static size_t count_places(const struct number_section *section, size_t from)
{
    size_t count = 0;

    while (from + count < section->pattern_len && is_digit_place(section->pattern[from + count]))
        count++;
    return count;
}

/* Digits are not grouped by blanks either: "# ##0". */
static void drop_grouping(struct number_section *section)
{
    for (size_t i = 1; i < section->pattern_len; i++) {
        struct span rest = { section->pattern + i, section->pattern_len - i };
        size_t len = grouping(rest);

        if (len == 0 || !is_digit_place(section->pattern[i - 1]) ||
            count_places(section, i + len) != 3)
            continue;
        memmove(section->pattern + i, section->pattern + i + len, rest.len - len);
        section->pattern_len -= (unsigned char)len;
    }
}

static void read_section(struct span code, struct number_section *out)
{
    struct parser p = { .out = out };

    *out = (struct number_section){ .kind = NUMBER_GENERAL, .is_empty = code.len == 0 };
    while (code.len > 0) {
        size_t taken = read_element(&p, code);

        if (taken > code.len)
            taken = code.len;
        code = (struct span){ code.data + taken, code.len - taken };
    }
    drop_grouping(out);
    if (out->kind == NUMBER_GENERAL && !p.has_general && out->pattern_len > 0)
        out->kind = NUMBER_WORDS;
    else if (out->kind == NUMBER_GENERAL && !p.has_general)
        (void)put_place(&p, PLACE_NUMBER);
    if (out->kind == NUMBER_PERCENT && !p.has_digits && !p.has_general)
        out->kind = NUMBER_WORDS;
}

/* Up to the semicolon that ends it. */
static struct span cut_section(struct span code)
{
    size_t i = 0;

    while (i < code.len && code.data[i] != ';') {
        const char *close = NULL;

        if (code.data[i] == '"' || code.data[i] == '[')
            close = memchr(code.data + i + 1, code.data[i] == '"' ? '"' : ']', code.len - i - 1);
        if (close)
            i = (size_t)(close - code.data);
        else if (strchr("\\!_*", code.data[i]) && i + 1 < code.len)
            i++;
        i++;
    }
    return (struct span){ code.data, i < code.len ? i : code.len };
}

void number_format_parse(struct span code, struct number_format *out)
{
    bool has_next = true;
    unsigned count = 0;

    *out = (struct number_format){ .section_count = 0 };
    if (code.len > CODE_BYTES_MAX)
        code.len = CODE_BYTES_MAX;
    for (; has_next && count <= NUMBER_SECTIONS_MAX; count++) {
        struct span section = cut_section(code);

        if (count < NUMBER_SECTIONS_MAX)
            read_section(section, &out->sections[out->section_count++]);
        else
            out->hides_text = section.len == 0;
        has_next = section.len < code.len;
        if (has_next)
            code = (struct span){ section.data + section.len + 1, code.len - section.len - 1 };
    }
}
