#include "extractors/detect/detect_prose.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* libmagic looks for strings and patterns in no more of a text than this. */
#define LOOKED_AT_BYTES 8192u

/* True when rest begins with one of starts, whatever its case. */
static bool begins(struct span rest, const char *const *starts)
{
    for (; *starts; starts++) {
        size_t length = strlen(*starts);

        if (rest.len >= length && strncasecmp(rest.data, *starts, length) == 0)
            return true;
    }
    return false;
}

/* With a field of mail or news, a signature, or a character that no prose begins with. */
static bool begins_as_other(struct span text)
{
    static const char *const signatures[] = { "#!",
                                              "N#!",
                                              "From ",
                                              "Article ",
                                              "Forward",
                                              "Pipe to",
                                              "WEBVTT",
                                              "-----BEGIN",
                                              "From:",
                                              "Return-Path:",
                                              "Received:",
                                              "Relay-Version:",
                                              "Path:",
                                              "Xref:",
                                              "Delivered-To:",
                                              "Message-ID:",
                                              "Date:",
                                              "Subject:",
                                              "To:",
                                              "MIME-Version:",
                                              "Content-",
                                              "X-",
                                              "BEGIN:",
                                              "{",
                                              "[",
                                              "\\",
                                              "'",
                                              "\xEF\xBB\xBF",
                                              "\xFF",
                                              "\xFE",
                                              NULL };

    return begins(text, signatures) || isdigit((unsigned char)text.data[0]);
}

/* A line of troff, Perl or a difference. */
static bool is_code_line(struct span rest)
{
    static const char *const starts[] = { "use ",       "use\t", "package ", "package\t",
                                          "eval ",      "diff ", "Index:",   "Only in ",
                                          "Common ",    "--- ",  "*** ",     "BEGIN",
                                          "sub ",       "my ",   "our ",     "require ",
                                          "-----BEGIN", NULL };

    if (rest.data[0] == '.' || rest.data[0] == '\'')
        return true;
    for (size_t i = 0; starts[i]; i++)
        if (rest.len >= strlen(starts[i]) && memcmp(rest.data, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

static bool is_tag(struct span rest)
{
    static const char *const starts[] = { "<!",    "<?",      "<html",  "<head",  "<title",
                                          "<body", "<script", "<style", "<table", "<a href",
                                          "<h1",   "<svg",    "<meta",  "<link",  "<base",
                                          "<font", "<img",    "<br",    NULL };

    return begins(rest, starts);
}

bool detect_is_prose(struct span head)
{
    struct span text = { head.data, head.len < LOOKED_AT_BYTES ? head.len : LOOKED_AT_BYTES };
    size_t at = 0;

    while (text.len > 0 && isspace((unsigned char)text.data[0]))
        text = (struct span){ text.data + 1, text.len - 1 };
    if (text.len == 0 || begins_as_other(text))
        return false;
    while (at < text.len) {
        const char *line = text.data + at;
        const char *end = memchr(line, '\n', text.len - at);
        size_t length = end ? (size_t)(end - line) : text.len - at;
        const char *tag = memchr(line, '<', length);

        if (length > 0 && is_code_line((struct span){ line, length }))
            return false;
        for (; tag; tag = memchr(tag + 1, '<', (size_t)(line + length - tag) - 1))
            if (is_tag((struct span){ tag, (size_t)(line + length - tag) }))
                return false;
        at += length + 1;
    }
    return true;
}
