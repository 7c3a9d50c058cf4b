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
    bool has_day, has_month, has_year, has_time, has_seconds;
    char prefix[12], suffix[12];
};

/* Reads a format code: "#,##0.00 [$EUR];-...". */
void number_format_parse(struct span code, struct number_format *out);
/* One of the formats that have no code in the file: ECMA-376 part 1, 18.8.30. */
void number_format_builtin(long id, struct number_format *out);

/* Appends value as shown. is_1904: days are counted from 1904. */
void number_format_put(const struct number_format *format, double value, bool is_1904,
                       struct buf *out);

#endif
