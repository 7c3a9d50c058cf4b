#include <math.h>
#include <stdint.h>

#include "extractors/office/number_format_parts.h"

#define SECONDS_OF_DAY 86400

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

/* units: parts of a second as many as the section shows, 1, 10, 100 or 1000 to each. */
static void put_time(const struct number_section *section, int64_t units, int64_t per_second,
                     struct buf *out)
{
    int64_t seconds = units / per_second;

    buf_printf(out, "%02lld:%02lld", (long long)(seconds / 3600), (long long)(seconds / 60 % 60));
    if (section->has_seconds)
        buf_printf(out, ":%02lld", (long long)(seconds % 60));
    if (per_second > 1)
        buf_printf(out, ".%0*lld", section->seconds_decimals, (long long)(units % per_second));
}

static int64_t units_per_second(const struct number_section *section)
{
    int64_t per_second = 1;

    for (unsigned i = 0; i < section->seconds_decimals; i++)
        per_second *= 10;
    return per_second;
}

/* A weekday and a month are told with the date and the year that they are of: alone they would be
 * words of some language. */
static void put_day(const struct number_section *section, int64_t days, struct buf *out)
{
    bool is_weekday = section->has_weekday && !section->has_month && !section->has_day;
    int64_t year;
    unsigned month, day;

    civil_from_days(days, &year, &month, &day);
    if (is_weekday || (section->has_day && section->has_year))
        buf_printf(out, "%04lld-%02u-%02u", (long long)year, month, day);
    else if (section->has_day)
        buf_printf(out, "%02u-%02u", month, day);
    else if (section->has_month)
        buf_printf(out, "%04lld-%02u", (long long)year, month);
    else
        buf_printf(out, "%04lld", (long long)year);
}

void number_put_date(const struct number_section *section, double value, bool is_1904,
                     struct buf *out)
{
    int64_t per_second = units_per_second(section);
    double whole = floor(value);
    int64_t units = (int64_t)llround((value - whole) * SECONDS_OF_DAY * (double)per_second);

    if (units >= SECONDS_OF_DAY * per_second) {
        units -= SECONDS_OF_DAY * per_second;
        whole += 1;
    }
    if (section->has_year || section->has_month || section->has_day || section->has_weekday) {
        /* Day 1 is 1 January 1900, and there is a 29 February 1900 that never was. */
        int64_t days = (int64_t)whole + (is_1904 ? 1462 : 0);

        put_day(section, days - 25569 + (days < 60 && !is_1904), out);
        if (section->has_time)
            buf_append_char(out, ' ');
    }
    if (section->has_time)
        put_time(section, units, per_second, out);
}

void number_put_duration(const struct number_section *section, double value, struct buf *out)
{
    int64_t per_second = units_per_second(section);
    int64_t units = llround(fabs(value) * SECONDS_OF_DAY * (double)per_second);

    if (value < 0 && units > 0)
        buf_append_char(out, '-');
    put_time(section, units, per_second, out);
}
