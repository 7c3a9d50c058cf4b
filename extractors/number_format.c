#include "extractors/number_format.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"

#define DECIMALS_MAX 15u
#define DAYS_MAX     2958466.0          /* 31 December 9999 */
#define WHOLE_MAX    9007199254740992.0 /* 2^53: as doubles, whole numbers have gaps from here on */

static void add_literal(char *text, size_t room, const char *bytes, size_t len)
{
    size_t have = strlen(text);

    if (have + len < room) {
        memcpy(text + have, bytes, len);
        text[have + len] = '\0';
    }
}

struct parser {
    struct number_format *out;
    bool has_digits, is_after_point, has_minutes, has_hours;
    char last; /* the last date letter, to tell minutes from months */
};

static void literal(struct parser *p, const char *bytes, size_t len)
{
    if (p->has_digits)
        add_literal(p->out->suffix, sizeof(p->out->suffix), bytes, len);
    else
        add_literal(p->out->prefix, sizeof(p->out->prefix), bytes, len);
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

        literal(p, code.data + 2, (size_t)((dash ? dash : close) - code.data) - 2);
    } else if (len > 1 && strchr("hHmMsS", code.data[1]) &&
               (len == 2 || strncasecmp(code.data + 1, code.data + 2, 1) == 0)) {
        p->out->kind = NUMBER_DURATION;
        p->out->has_time = true;
        p->last = 'h';
    }
    return len + 1;
}

static void date_letter(struct parser *p, char c, size_t count, struct span rest)
{
    if (p->out->kind != NUMBER_DURATION)
        p->out->kind = NUMBER_DATE;
    switch (c) {
    case 'y':
    case 'e':
        p->out->has_year = true;
        break;
    case 'd':
        p->out->has_day = true;
        break;
    case 'h':
        p->out->has_time = true;
        break;
    case 's':
        p->out->has_time = p->out->has_seconds = true;
        break;
    default: { /* m: minutes behind hours or in front of seconds */
        size_t i = 0;

        while (i < rest.len && strchr(":. \\", rest.data[i]))
            i++;
        if (count <= 2 && (p->last == 'h' || (i > 0 && i < rest.len && (rest.data[i] | 32) == 's')))
            p->out->has_time = true;
        else
            p->out->has_month = true;
    }
    }
    p->last = c;
}

static size_t read_run(struct span code)
{
    size_t i = 1;

    while (i < code.len && (code.data[i] | 32) == (code.data[0] | 32))
        i++;
    return i;
}

static void read_digit(struct parser *p, char c)
{
    struct number_format *out = p->out;

    p->has_digits = true;
    if (out->kind == NUMBER_GENERAL)
        out->kind = NUMBER_FIXED;
    if (p->is_after_point && out->decimals_max < DECIMALS_MAX) {
        out->decimals_max++;
        if (c == '0')
            out->decimals_min = out->decimals_max;
    }
}

/* One element at the front of code; returns the bytes it takes. */
static size_t read_element(struct parser *p, struct span code)
{
    struct number_format *out = p->out;
    char c = code.data[0], lower = (char)(c | 32);
    const char *close;

    switch (c) {
    case '"':
        close = memchr(code.data + 1, '"', code.len - 1);
        if (!close)
            return code.len;
        literal(p, code.data + 1, (size_t)(close - code.data - 1));
        return (size_t)(close - code.data) + 1;
    case '\\':
    case '!':
        if (code.len > 1)
            literal(p, code.data + 1, 1);
        return 2;
    case '_':
    case '*':
        return 2;
    case '[':
        return read_bracket(p, code);
    case '0':
    case '#':
    case '?':
        read_digit(p, c);
        return 1;
    case '.':
        p->is_after_point = true;
        return 1;
    case ',': /* between digits it groups them; behind the last one it takes off three of them */
        if (p->has_digits && (code.len == 1 || !strchr("0#?", code.data[1])))
            out->thousands++;
        return 1;
    case '%':
        out->kind = NUMBER_PERCENT;
        return 1;
    default:
        break;
    }
    if (lower == 'e' && code.len > 1 && (code.data[1] == '+' || code.data[1] == '-')) {
        out->kind = NUMBER_SCIENTIFIC;
        return code.len;
    }
    if (code.len >= 5 && strncasecmp(code.data, "AM/PM", 5) == 0)
        return 5;
    if (code.len >= 7 && strncasecmp(code.data, "General", 7) == 0)
        return 7;
    if (lower == 'y' || lower == 'd' || lower == 'h' || lower == 's' || lower == 'm' ||
        (lower == 'e' && !p->has_digits)) {
        size_t count = read_run(code);

        date_letter(p, lower, count, (struct span){ code.data + count, code.len - count });
        return count;
    }
    if (c == '/' && p->has_digits) { /* a fraction: shown as a decimal */
        out->kind = NUMBER_GENERAL;
        return code.len;
    }
    if ((unsigned char)c >= 0x80 || c == '$' || c == '(' || c == '+')
        literal(p, &c, c == '(' ? 0 : 1);
    return 1;
}

/* Up to the semicolon that ends it; returns what is from there on. */
static struct span read_section(struct span code, struct number_format *out)
{
    struct parser p = { .out = out };

    *out = (struct number_format){ .kind = NUMBER_GENERAL };
    while (code.len > 0 && code.data[0] != ';') {
        size_t taken = read_element(&p, code);

        if (taken > code.len)
            taken = code.len;
        code = (struct span){ code.data + taken, code.len - taken };
    }
    return code;
}

/* The first section says what numbers look like. Where there are three or more, for numbers above,
 * below and of zero, an empty one shows nothing. */
void number_format_parse(struct span code, struct number_format *out)
{
    struct span rest = read_section(code, out);
    bool is_empty[4] = { rest.data == code.data };
    unsigned count = 1;

    for (; rest.len > 0 && count < 4; count++) {
        struct span section = { rest.data + 1, rest.len - 1 };
        struct number_format other;

        rest = read_section(section, &other);
        is_empty[count] = rest.data == section.data;
    }
    if (count < 3)
        return;
    out->hides_positive = is_empty[0];
    out->hides_negative = is_empty[1];
    out->hides_zero = is_empty[2];
}

void number_format_builtin(long id, struct number_format *out)
{
    static const struct {
        unsigned char id;
        const char *code;
    } known[] = {
        { 1, "0" },          { 2, "0.00" },         { 3, "#,##0" },     { 4, "#,##0.00" },
        { 9, "0%" },         { 10, "0.00%" },       { 11, "0.00E+00" }, { 12, "# ?/?" },
        { 13, "# ?\?/?\?" }, { 14, "mm-dd-yy" },    { 15, "d-mmm-yy" }, { 16, "d-mmm" },
        { 17, "mmm-yy" },    { 18, "h:mm" },        { 19, "h:mm:ss" },  { 20, "h:mm" },
        { 21, "h:mm:ss" },   { 22, "m/d/yy h:mm" }, { 37, "#,##0" },    { 38, "#,##0" },
        { 39, "#,##0.00" },  { 40, "#,##0.00" },    { 41, "#,##0" },    { 42, "$#,##0" },
        { 43, "#,##0.00" },  { 44, "$#,##0.00" },   { 45, "mm:ss" },    { 46, "[h]:mm:ss" },
        { 47, "mm:ss.0" },   { 48, "0.0E+0" },
    };

    *out = (struct number_format){ .kind = NUMBER_GENERAL };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].id == id)
            number_format_parse((struct span){ known[i].code, strlen(known[i].code) }, out);
    if ((id >= 27 && id <= 36) || (id >= 50 && id <= 58)) /* dates of East Asian editions */
        number_format_parse((struct span){ "yyyy-mm-dd", 10 }, out);
}

/* ---- of a workbook ---- */

struct number_code {
    long id;
    struct number_format format;
};

bool number_formats_add_code(struct number_formats *formats, long id, struct span code)
{
    struct number_code *added;

    if (formats->code_count >= NUMBER_FORMATS_MAX)
        return true;
    if (!array_reserve(&formats->codes, &formats->code_capacity, formats->code_count))
        return false;
    added = &formats->codes[formats->code_count++];
    added->id = id;
    number_format_parse(code, &added->format);
    return true;
}

bool number_formats_add_style(struct number_formats *formats, long id)
{
    struct number_format *added;

    if (formats->style_count >= NUMBER_STYLES_MAX)
        return true;
    if (!array_reserve(&formats->styles, &formats->style_capacity, formats->style_count))
        return false;
    added = &formats->styles[formats->style_count++];
    for (size_t i = 0; i < formats->code_count; i++) {
        if (formats->codes[i].id == id) {
            *added = formats->codes[i].format;
            return true;
        }
    }
    number_format_builtin(id, added);
    return true;
}

const struct number_format *number_formats_style(const struct number_formats *formats, long style)
{
    static const struct number_format general = { .kind = NUMBER_GENERAL };

    return style >= 0 && (size_t)style < formats->style_count ? &formats->styles[style] : &general;
}

void number_formats_release(struct number_formats *formats)
{
    free(formats->codes);
    free(formats->styles);
    *formats = (struct number_formats){ .codes = NULL };
}

/* ---- writing ---- */

/* Days since 1 January 1970 to a date: the usual arithmetic on years that begin in March. */
static void civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    int64_t era, shifted = days + 719468;
    unsigned day_of_era, year_of_era, day_of_year, shifted_month;

    era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    day_of_era = (unsigned)(shifted - era * 146097);
    year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    shifted_month = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    *month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    *year = (int64_t)year_of_era + era * 400 + (*month <= 2);
}

static void put_general(double value, struct buf *out)
{
    if (value == floor(value) && fabs(value) < WHOLE_MAX) /* a long one is a number of something */
        buf_printf(out, "%.0f", value == 0 ? 0.0 : value);
    else
        buf_printf(out, "%.10G", value);
}

static void put_time(const struct number_format *format, int64_t seconds, struct buf *out)
{
    buf_printf(out, "%02lld:%02lld", (long long)(seconds / 3600), (long long)(seconds / 60 % 60));
    if (format->has_seconds)
        buf_printf(out, ":%02lld", (long long)(seconds % 60));
}

static void put_date(const struct number_format *format, double value, bool is_1904,
                     struct buf *out)
{
    double whole = floor(value);
    int64_t seconds = (int64_t)llround((value - whole) * 86400), year;
    unsigned month, day;

    if (seconds >= 86400) {
        seconds -= 86400;
        whole += 1;
    }
    if (format->has_year || format->has_month || format->has_day) {
        /* Day 1 is 1 January 1900, and there is a 29 February 1900 that never was. */
        int64_t days = (int64_t)whole + (is_1904 ? 1462 : 0);

        civil_from_days(days - 25569 + (days < 60 && !is_1904), &year, &month, &day);
        if (format->has_day && !format->has_year)
            buf_printf(out, "%02u-%02u", month, day);
        else if (format->has_day)
            buf_printf(out, "%04lld-%02u-%02u", (long long)year, month, day);
        else if (format->has_month && format->has_year)
            buf_printf(out, "%04lld-%02u", (long long)year, month);
        else if (format->has_year)
            buf_printf(out, "%04lld", (long long)year);
        else
            buf_printf(out, "%02u", month);
        if (format->has_time)
            buf_append_char(out, ' ');
    }
    if (format->has_time)
        put_time(format, seconds, out);
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

static void put_fixed(const struct number_format *format, double value, struct buf *out)
{
    unsigned decimals = format->decimals_max;
    size_t start;

    value = with_halves_up(value / pow(1000, format->thousands), (int)decimals);
    if (value < 0 && fabs(value) * pow(10, decimals) < 0.5)
        value = 0;
    if (value < 0)
        buf_append_char(out, '-');
    buf_append(out, format->prefix, strlen(format->prefix));
    start = out->len;
    buf_printf(out, "%.*f", (int)decimals, fabs(value));
    while (decimals > format->decimals_min && out->len > start && out->data[out->len - 1] == '0') {
        out->data[--out->len] = '\0';
        decimals--;
    }
    if (out->len > start && out->data[out->len - 1] == '.')
        out->data[--out->len] = '\0';
    if (format->kind == NUMBER_PERCENT)
        buf_append_char(out, '%');
    buf_append(out, format->suffix, strlen(format->suffix));
}

static void put_scientific(const struct number_format *format, double value, struct buf *out)
{
    int exponent = value == 0 ? 0 : (int)floor(log10(fabs(value)));

    value = with_halves_up(value, (int)format->decimals_max - exponent);
    buf_printf(out, "%.*E", (int)format->decimals_max, value);
}

void number_format_put(const struct number_format *format, double value, bool is_1904,
                       struct buf *out)
{
    if (!isfinite(value) || fabs(value) > 1e300) {
        buf_printf(out, "%g", value);
        return;
    }
    if (value > 0   ? format->hides_positive
        : value < 0 ? format->hides_negative
                    : format->hides_zero)
        return;
    switch (format->kind) {
    case NUMBER_GENERAL:
        put_general(value, out);
        break;
    case NUMBER_FIXED:
        if (fabs(value) < 1e15)
            put_fixed(format, value, out);
        else
            put_general(value, out);
        break;
    case NUMBER_PERCENT:
        if (fabs(value) < 1e13)
            put_fixed(format, value * 100, out);
        else
            put_general(value, out);
        break;
    case NUMBER_SCIENTIFIC:
        put_scientific(format, value, out);
        break;
    case NUMBER_DATE:
        if (value < 0 || value > DAYS_MAX)
            put_general(value, out);
        else
            put_date(format, value, is_1904, out);
        break;
    case NUMBER_DURATION:
        if (fabs(value) > DAYS_MAX)
            put_general(value, out);
        else
            put_time(format, llround(fabs(value) * 86400), out);
        break;
    }
}
