/*
 * number_format.h - how a spreadsheet shows a number: dates, percentages, currencies, and words.
 *
 * As a person sees it ("(555) 123-4567", "00042", "1 1/2", "Yes"), but for three things that text
 * is better for: a date is written as ISO 8601 does, whatever order its format has (03/04 is read
 * wrongly half of the time), digits are not grouped (so that "12500" is found), and what is below
 * zero has a minus, not parentheses or a colour.
 */
#ifndef EXTRACTORS_NUMBER_FORMAT_H
#define EXTRACTORS_NUMBER_FORMAT_H

#include <stdint.h>

#include "base/buf.h"

#define NUMBER_FORMATS_MAX       4096u  /* written codes of one workbook */
#define NUMBER_STYLES_MAX        65536u /* its cell styles */
#define NUMBER_PATTERN_BYTES_MAX 64u    /* literals past it are left out */
#define NUMBER_SECTIONS_MAX      3u     /* the fourth is for texts */

enum number_kind {
    NUMBER_GENERAL,
    NUMBER_FIXED,
    NUMBER_PERCENT,
    NUMBER_SCIENTIFIC,
    NUMBER_FRACTION,
    NUMBER_DATE,     /* with or without a time of day */
    NUMBER_DURATION, /* hours may be over 24 */
    NUMBER_WORDS,    /* no place for a number: "Yes" */
};

enum number_condition {
    NUMBER_ANY,
    NUMBER_LESS,
    NUMBER_LESS_EQUAL,
    NUMBER_EQUAL,
    NUMBER_NOT_EQUAL,
    NUMBER_GREATER_EQUAL,
    NUMBER_GREATER,
};

/* What stands between two semicolons of a format's code. */
struct number_section {
    enum number_kind kind;
    enum number_condition condition; /* on the value, with limit: [>=1000] */
    double limit;
    unsigned char whole_digits; /* places in front of the point */
    unsigned char decimals_min, decimals_max;
    unsigned char thousands; /* times that a thousandth is shown: "0.0,," of 2500000 is 2.5 */
    unsigned char seconds_decimals;
    unsigned char denominator_digits; /* of a fraction; 0: its denominator is given */
    unsigned short denominator;
    bool has_whole; /* of a fraction: 1 1/2, not 3/2 */
    bool has_day, has_weekday, has_month, has_year, has_time, has_seconds;
    bool is_empty;
    unsigned char pattern_len; /* bytes: literals, and places for digits (number_format_parts.h) */
    char pattern[NUMBER_PATTERN_BYTES_MAX];
};

struct number_format {
    struct number_section sections[NUMBER_SECTIONS_MAX];
    unsigned section_count; /* 1 or more */
    bool hides_text;        /* by an empty fourth section: ";;;" */
};

/* Reads a format code: "#,##0.00 [$EUR];-...". */
void number_format_parse(struct span code, struct number_format *out);
/* One of the formats that have no code in the file: ECMA-376 part 1, 18.8.30. */
void number_format_builtin(long id, struct number_format *out);

/* What the cell styles of a workbook show numbers as. Written codes come before the styles that
 * name them, as every edition writes them. */
struct number_formats {
    struct number_code *codes;
    size_t code_count, code_capacity, written_count;
    uint32_t *styles; /* positions in codes */
    size_t style_count, style_capacity;
};

/* false: out of memory. What is past the maximum is left out. */
bool number_formats_add_code(struct number_formats *formats, long id, struct span code);
/* The next style shows numbers in the format of that id, written or builtin. */
bool number_formats_add_style(struct number_formats *formats, long id);
/* Of a style by its position; General for those there are not. Never NULL. */
const struct number_format *number_formats_style(const struct number_formats *formats, long style);
void number_formats_release(struct number_formats *formats);

/* Appends value as shown. is_1904: days are counted from 1904. */
void number_format_put(const struct number_format *format, double value, bool is_1904,
                       struct buf *out);

#endif
