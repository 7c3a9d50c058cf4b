/*
 * log_line.h - which lines of a log begin an entry. What stands between is of the entry above.
 */
#ifndef EXTRACTORS_LOG_LINE_H
#define EXTRACTORS_LOG_LINE_H

#include "base/buf.h"

enum log_stamp {
    LOG_NO_STAMP,
    LOG_TIME,          /* "10:20:30", "[   12.345678]" */
    LOG_DATE_AND_TIME, /* "2024-01-31T10:20:30", "Jan 31 10:20:30", "[31/Jan/2024:10:20:30" */
};

/* Of a line at the margin, by its first bytes: before the stamp may stand a host, a level, a
 * bracket. */
enum log_stamp log_line_stamp(struct span line);

/* Text whose lines mostly begin with a date and a time. */
bool log_is_log(struct span head);

#endif
