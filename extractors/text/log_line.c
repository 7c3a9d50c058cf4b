#include "extractors/text/log_line.h"

#include <ctype.h>
#include <string.h>

#define STAMP_BYTES_MAX 72u /* "2001:db8:... - user [31/Jan/2024:10:20:30" */
#define PREFIX_WORDS    5u
#define LINES_SEEN      50u
#define LINES_NEEDED    4u

/* Is it of that shape? '0' stands for a digit, 'a' for a letter, the rest for itself. */
static bool has_shape(struct span text, const char *shape)
{
    size_t length = strlen(shape);

    if (text.len < length)
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (shape[i] == '0' ? !isdigit(c) : shape[i] == 'a' ? !isalpha(c) : c != shape[i])
            return false;
    }
    return true;
}

static bool is_any(struct span text, const char *const *shapes)
{
    for (; *shapes; shapes++)
        if (has_shape(text, *shapes))
            return true;
    return false;
}

/* "[   12.345678]": seconds since the machine started. */
static bool is_uptime(struct span line)
{
    size_t i = 1, digits = 0;

    if (line.len < 4 || line.data[0] != '[')
        return false;
    while (i < line.len && line.data[i] == ' ')
        i++;
    while (i + digits < line.len && isdigit((unsigned char)line.data[i + digits]))
        digits++;
    return digits > 0 &&
           has_shape((struct span){ line.data + i + digits, line.len - i - digits }, ".000000]");
}

enum log_stamp log_line_stamp(struct span line)
{
    static const char *const dates[] = { "0000-00-00", "0000/00/00", "00/aaa/0000", "00.00.0000",
                                         "aaa 00 ",    "aaa  0 ",    "00/00/0000",  NULL };
    static const char *const times[] = { "00:00:00", NULL };
    bool has_date = false;
    unsigned words = 0;

    if (line.len == 0 || isspace((unsigned char)line.data[0]))
        return LOG_NO_STAMP;
    if (is_uptime(line))
        return LOG_TIME;
    if (line.len > STAMP_BYTES_MAX)
        line.len = STAMP_BYTES_MAX;
    for (size_t i = 0; i < line.len && words <= PREFIX_WORDS; i++) {
        struct span rest = { line.data + i, line.len - i };

        words += line.data[i] == ' ';
        if (i > 0 && isalnum((unsigned char)line.data[i - 1]) &&
            !(has_date && line.data[i - 1] == 'T'))
            continue;
        has_date |= is_any(rest, dates);
        if (is_any(rest, times))
            return has_date ? LOG_DATE_AND_TIME : LOG_TIME;
    }
    return has_date ? LOG_TIME : LOG_NO_STAMP;
}

bool log_is_log(struct span head)
{
    unsigned lines = 0, stamped = 0;

    for (size_t at = 0; at < head.len && lines < LINES_SEEN;) {
        const char *newline = memchr(head.data + at, '\n', head.len - at);
        size_t end = newline ? (size_t)(newline - head.data) : head.len;

        /* What is indented is of the line above. */
        if (end > at && !isspace((unsigned char)head.data[at])) {
            lines++;
            stamped +=
                log_line_stamp((struct span){ head.data + at, end - at }) == LOG_DATE_AND_TIME;
        }
        at = end + 1;
    }
    return stamped >= LINES_NEEDED && stamped * 4 >= lines * 3;
}
