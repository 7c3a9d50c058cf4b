#include "extractors/detect/detect_mail.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define LINES_MAX 400u

enum kind {
    FROM = 1 << 0,
    TO = 1 << 1,
    SUBJECT = 1 << 2,
    DATE = 1 << 3,
    PROGRAM = 1 << 4, /* written by what sends and receives */
    CONTENT = 1 << 5,
    TYPE = 1 << 6,
    OTHER = 1 << 7,
};

static const struct {
    const char *name;
    unsigned kind;
} headers[] = {
    { "from", FROM },
    { "sender", FROM },
    { "to", TO },
    { "cc", TO },
    { "reply-to", TO },
    { "newsgroups", TO },
    { "subject", SUBJECT },
    { "date", DATE },
    { "received", PROGRAM },
    { "return-path", PROGRAM },
    { "message-id", PROGRAM },
    { "delivered-to", PROGRAM },
    { "dkim-signature", PROGRAM },
    { "content-type", TYPE },
    { "content-transfer-encoding", CONTENT },
    { "content-disposition", CONTENT },
    { "content-id", CONTENT },
    { "content-description", CONTENT },
    { "mime-version", CONTENT },
};

/* The kind of a header line; 0: it is none. */
static unsigned kind_of(struct span line)
{
    const char *colon = memchr(line.data, ':', line.len);
    size_t len = colon ? (size_t)(colon - line.data) : 0;

    if (len == 0)
        return 0;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)line.data[i]) && !strchr("-_.", line.data[i]))
            return 0;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        if (len == strlen(headers[i].name) && strncasecmp(line.data, headers[i].name, len) == 0)
            return headers[i].kind;
    return OTHER;
}

static struct span take_line(struct span *rest)
{
    const char *end = memchr(rest->data, '\n', rest->len);
    size_t len = end ? (size_t)(end - rest->data) : rest->len;
    struct span line = { rest->data, len };

    *rest = (struct span){ rest->data + len + (end ? 1 : 0), rest->len - len - (end ? 1 : 0) };
    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    return line;
}

/* The kinds of headers that head begins with; 0: it begins with something else. */
static unsigned headers_of(struct span head)
{
    unsigned seen = 0;

    for (unsigned lines = 0; head.len > 0 && lines < LINES_MAX; lines++) {
        struct span line = take_line(&head);
        unsigned kind;

        if (line.len == 0)
            break;
        if (lines > 0 && (line.data[0] == ' ' || line.data[0] == '\t'))
            continue; /* goes on with the header before it */
        kind = kind_of(line);
        if (kind == 0)
            return 0;
        seen |= kind;
    }
    return seen;
}

enum mail_likeness detect_mail(struct span head, bool *is_box)
{
    unsigned seen;

    *is_box = head.len > 5 && memcmp(head.data, "From ", 5) == 0;
    if (*is_box)
        (void)take_line(&head);
    seen = headers_of(head);
    if (seen & PROGRAM && seen & FROM && seen & (TO | SUBJECT | DATE))
        return MAIL_CERTAIN;
    /* What is in signed mail has no headers but those of its content. */
    if (seen & TYPE && !(seen & ~(unsigned)(TYPE | CONTENT)))
        return MAIL_CERTAIN;
    if (seen & FROM && seen & SUBJECT && seen & (TO | DATE | TYPE))
        return MAIL_LIKELY;
    return MAIL_NOT;
}

bool detect_mail_was_sent(struct span head)
{
    unsigned seen = headers_of(head);

    return seen & FROM && seen & (TO | PROGRAM) && seen & (SUBJECT | DATE);
}
