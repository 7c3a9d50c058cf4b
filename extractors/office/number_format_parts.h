/*
 * number_format_parts.h - what the files of number formats share. For
 * extractors/office/number_format*.c only.
 *
 *   number_format_parse.c  a code ─▶ its sections
 *   number_format_put.c    a section and a value ─▶ text
 *   number_date.c          the same for dates and durations
 *   number_format.c        those of a workbook
 *
 * A pattern is what the section shows, with these bytes where something of the number stands. All
 * other bytes stand for themselves.
 */
#ifndef EXTRACTORS_NUMBER_FORMAT_PARTS_H
#define EXTRACTORS_NUMBER_FORMAT_PARTS_H

#include "extractors/office/number_format.h"

enum number_place {
    PLACE_ZERO = 1, /* a digit, or 0 */
    PLACE_DIGIT,    /* a digit, or nothing */
    PLACE_POINT,
    PLACE_NUMBER, /* the whole of it: General, a fraction, with an exponent */
};

/* The largest number that General writes with all its digits: past it, doubles have gaps. */
void number_put_general(double value, struct buf *out);
void number_put_date(const struct number_section *section, double value, bool is_1904,
                     struct buf *out);
void number_put_duration(const struct number_section *section, double value, struct buf *out);

#define NUMBER_DAYS_MAX 2958466.0 /* 31 December 9999 */

#endif
