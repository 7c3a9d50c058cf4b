/*
 * when.h - a moment, as people write it.
 */
#ifndef BASE_WHEN_H
#define BASE_WHEN_H

#include <stdint.h>

#include "base/status.h"

/* Reads "now", "today", "yesterday", "N UNIT ago" (second, minute, hour, day, week, month, year; an
 * s behind it is fine), or a date of ISO 8601: "2026-03-01", "2026-03-01T12:00", "2026-03-01
 * 12:00:30", with Z or an offset "+02:00" behind, else in local time. A day without a time is its
 * last moment, so that what was written on it counts. Both times are in ms since 1970. False: text
 * is none of these. */
bool when_read(const char *text, int64_t now_ms, int64_t *out_ms);
/* The same for the beginning of a time: a day without a time is its first moment. */
bool when_read_start(const char *text, int64_t now_ms, int64_t *out_ms);

#endif
