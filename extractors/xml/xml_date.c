#include "extractors/xml/xml_date.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

#define PART_BYTES_MAX 32u
#define DATE_BYTES_MAX 4096u

struct date {
    unsigned year, month, day; /* 0: not said */
    bool has_more;             /* a season, a string */
};

/* 0: it is no number up to max. */
static unsigned number_up_to(const char *text, unsigned max)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    while (*end && strchr(" \t\r\n", *end))
        end++;
    return *end == '\0' && number <= max ? (unsigned)number : 0;
}

/* "5", "May", "August" */
static unsigned month_of(const char *text)
{
    static const char names[][4] = { "jan", "feb", "mar", "apr", "may", "jun",
                                     "jul", "aug", "sep", "oct", "nov", "dec" };
    unsigned month = number_up_to(text, 12);

    for (unsigned i = 0; month == 0 && i < 12; i++)
        if (!strncasecmp(text, names[i], 3))
            month = i + 1;
    return month;
}

static void read_part(struct date *date, struct span name, const char *text)
{
    while (*text && strchr(" \t\r\n", *text))
        text++;
    if (span_is(name, "year"))
        date->year = number_up_to(text, 9999);
    else if (span_is(name, "month"))
        date->month = month_of(text);
    else if (span_is(name, "day"))
        date->day = number_up_to(text, 31);
    else
        date->has_more = true;
}

/* The words of the element, for those that are in no parts. */
static void read_words(struct xml *xml, unsigned depth, struct date *date, struct buf *out)
{
    CLEANUP(buf_release) struct buf part = BUF_INIT(PART_BYTES_MAX);

    while (xml_within(xml, depth)) {
        if (xml->event == XML_TEXT) {
            buf_append(out, xml->text.data, xml->text.len);
        } else if (xml->event == XML_START && xml->depth == depth + 1) {
            struct span name = xml->name;

            buf_clear(&part);
            part.failed = STATUS_OK;
            buf_append_char(out, ' ');
            xml_collect(xml, &part);
            buf_append(out, part.data, part.len);
            read_part(date, name, part.data);
            buf_append_char(out, ' ');
        } else {
            buf_append_char(out, ' ');
        }
    }
}

void xml_date_read(struct xml *xml, struct buf *out)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(DATE_BYTES_MAX);
    struct date date = { 0 };

    read_words(xml, xml->depth, &date, &words);
    if (date.year == 0 || date.has_more) {
        buf_append(out, words.data, words.len);
        return;
    }
    buf_printf(out, "%04u", date.year);
    if (date.month)
        buf_printf(out, "-%02u", date.month);
    if (date.month && date.day)
        buf_printf(out, "-%02u", date.day);
}
