#include "base/when.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND_MS INT64_C(1000)
#define DAY_S     INT64_C(86400)

static bool end_of_day(struct tm day, int64_t *out_ms)
{
    time_t seconds;

    day.tm_hour = 23;
    day.tm_min = 59;
    day.tm_sec = 59;
    day.tm_isdst = -1;
    seconds = mktime(&day);
    *out_ms = (int64_t)seconds * SECOND_MS + 999;
    return seconds != (time_t)-1;
}

static bool read_day_name(const char *text, int64_t now_ms, int64_t *out_ms)
{
    time_t now = (time_t)(now_ms / SECOND_MS);
    struct tm day;

    if (strcmp(text, "now") == 0) {
        *out_ms = now_ms;
        return true;
    }
    if ((strcmp(text, "today") != 0 && strcmp(text, "yesterday") != 0) || !localtime_r(&now, &day))
        return false;
    day.tm_mday -= *text == 'y';
    return end_of_day(day, out_ms);
}

/* Months and years go by the calendar; a day that the month does not have runs over into the next
 * one, as mktime() has it. */
static bool go_back(long count, const char *unit, int64_t now_ms, int64_t *out_ms)
{
    static const struct {
        const char *name;
        int64_t seconds;
    } units[] = {
        { "second", 1 }, { "minute", 60 }, { "hour", 3600 }, { "day", DAY_S }, { "week", 7 * DAY_S }
    };
    time_t now = (time_t)(now_ms / SECOND_MS);
    bool is_month = strcmp(unit, "month") == 0;
    struct tm day;

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(unit, units[i].name) != 0)
            continue;
        *out_ms = now_ms - count * units[i].seconds * SECOND_MS;
        return true;
    }
    if ((!is_month && strcmp(unit, "year") != 0) || count > 10000 || !localtime_r(&now, &day))
        return false;
    day.tm_mon -= is_month ? (int)count : 0;
    day.tm_year -= is_month ? 0 : (int)count;
    day.tm_isdst = -1;
    *out_ms = (int64_t)mktime(&day) * SECOND_MS;
    return true;
}

static bool read_ago(const char *text, int64_t now_ms, int64_t *out_ms)
{
    char unit[16];
    long count;
    int used = 0;
    size_t len;

    /* %5ld: no overflow. NOLINTNEXTLINE(cert-err34-c) */
    if (sscanf(text, "%5ld %15[a-z] ago%n", &count, unit, &used) != 2 || used == 0 || text[used] ||
        count < 0)
        return false;
    len = strlen(unit);
    if (len > 1 && unit[len - 1] == 's')
        unit[len - 1] = '\0';
    return go_back(count, unit, now_ms, out_ms);
}

/* "Z" or "+02:00" or "-0330"; nothing is local time. */
static bool read_zone(const char *text, bool *is_local, long *offset_s)
{
    int hours, minutes, used = 0;
    char sign;

    *is_local = *text == '\0';
    *offset_s = 0;
    if (*is_local || strcmp(text, "Z") == 0)
        return true;
    /* NOLINTNEXTLINE(cert-err34-c) */
    if (sscanf(text, "%c%2d:%2d%n", &sign, &hours, &minutes, &used) != 3 &&
        sscanf(text, "%c%2d%2d%n", &sign, &hours, &minutes, &used) != 3)
        return false;
    if (text[used] || (sign != '+' && sign != '-') || hours < 0 || hours > 14 || minutes < 0 ||
        minutes > 59)
        return false;
    *offset_s = (hours * 3600L + minutes * 60L) * (sign == '-' ? -1 : 1);
    return true;
}

static bool is_calendar(const struct tm *day)
{
    static const int lengths[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    return day->tm_mon >= 1 && day->tm_mon <= 12 && day->tm_mday >= 1 &&
           day->tm_mday <= lengths[day->tm_mon - 1] && day->tm_hour >= 0 && day->tm_hour <= 23 &&
           day->tm_min >= 0 && day->tm_min <= 59 && day->tm_sec >= 0 && day->tm_sec <= 60;
}

static bool read_date(const char *text, int64_t *out_ms)
{
    struct tm day = { .tm_isdst = -1 };
    bool is_local, has_time;
    long offset_s;
    int used = 0, more = 0;
    time_t seconds;

    /* NOLINTNEXTLINE(cert-err34-c) */
    if (sscanf(text, "%4d-%2d-%2d%n", &day.tm_year, &day.tm_mon, &day.tm_mday, &used) != 3 ||
        used != 10)
        return false;
    text += used;
    has_time = *text != '\0';
    if (has_time) {
        /* NOLINTNEXTLINE(cert-err34-c) */
        if ((*text != 'T' && *text != ' ') ||
            sscanf(text + 1, "%2d:%2d%n", &day.tm_hour, &day.tm_min, &more) != 2)
            return false;
        text += 1 + more;
        more = 0;
        /* NOLINTNEXTLINE(cert-err34-c) */
        if (sscanf(text, ":%2d%n", &day.tm_sec, &more) == 1)
            text += more;
    }
    if (!is_calendar(&day) || !read_zone(text, &is_local, &offset_s))
        return false;
    day.tm_year -= 1900;
    day.tm_mon -= 1;
    if (!has_time)
        return end_of_day(day, out_ms);
    seconds = is_local ? mktime(&day) : timegm(&day) - offset_s;
    *out_ms = (int64_t)seconds * SECOND_MS;
    return true;
}

bool when_read(const char *text, int64_t now_ms, int64_t *out_ms)
{
    return read_day_name(text, now_ms, out_ms) || read_ago(text, now_ms, out_ms) ||
           read_date(text, out_ms);
}

static bool is_day(const char *text)
{
    return strcmp(text, "today") == 0 || strcmp(text, "yesterday") == 0 ||
           (strlen(text) == 10 && strspn(text, "0123456789-") == 10);
}

bool when_read_start(const char *text, int64_t now_ms, int64_t *out_ms)
{
    struct tm day;
    time_t end_s;

    if (!when_read(text, now_ms, out_ms))
        return false;
    end_s = (time_t)(*out_ms / SECOND_MS);
    if (!is_day(text) || !localtime_r(&end_s, &day))
        return true;
    day.tm_hour = day.tm_min = day.tm_sec = 0;
    day.tm_isdst = -1;
    *out_ms = (int64_t)mktime(&day) * SECOND_MS;
    return true;
}
