/*
 * number_format.h - how a spreadsheet shows a number: dates, percentages, currencies.
 *
 * Only as far as text needs it: a date is written as ISO 8601 does, whatever order its format has
 * (03/04 is read wrongly half of the time), and digits are not grouped (so that "12500" is found);
 * decimals, percent, currency signs and other literals are as the format says.
 */
#ifndef EXTRACTORS_NUMBER_FORMAT_H
#define EXTRACTORS_NUMBER_FORMAT_H

#include "base/buf.h"

#define NUMBER_FORMATS_MAX 4096u  /* written codes of one workbook */
#define NUMBER_STYLES_MAX  65536u /* its cell styles */

enum number_kind {
    NUMBER_GENERAL,
    NUMBER_FIXED,
    NUMBER_PERCENT,
    NUMBER_SCIENTIFIC,
    NUMBER_DATE,     /* with or without a time of day */
    NUMBER_DURATION, /* hours may be over 24 */
};

struct number_format {
    enum number_kind kind;
    unsigned char decimals_min, decimals_max;
    unsigned char thousands; /* times that a thousandth is shown: "0.0,," of 2500000 is 2.5 */
    bool has_day, has_month, has_year, has_time, has_seconds;
    bool hides_positive, hides_negative, hides_zero; /* by an empty section: "0;-0;", ";;;" */
    char prefix[12], suffix[12];
};

/* Reads a format code: "#,##0.00 [$EUR];-...". */
void number_format_parse(struct span code, struct number_format *out);
/* One of the formats that have no code in the file: ECMA-376 part 1, 18.8.30. */
void number_format_builtin(long id, struct number_format *out);

/* What the cell styles of a workbook show numbers as. Written codes come before the styles that
 * name them, as every edition writes them. */
struct number_formats {
    struct number_code *codes;
    size_t code_count, code_capacity;
    struct number_format *styles;
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
