/*
 * calendar.c - calendars (iCalendar, RFC 5545) and address cards (vCard 2.1 to 4.0, RFC 6350).
 *
 * Each entry is a heading, then its times, places and people as fields, then what it says.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "extractors/common/charset.h"
#include "extractors/extractors.h"
#include "extractors/mail/mail_emit.h"
#include "extractors/mail/mail_text.h"

#define LINE_BYTES_MAX ((size_t)8 << 20)
#define NAME_BYTES_MAX 40u

enum shape {
    SHAPE_TEXT,
    SHAPE_PARTS, /* separated by ';' */
    SHAPE_TIME,
    SHAPE_PERSON, /* an address, with the name in the parameter CN */
    SHAPE_HEADING,
    SHAPE_PROSE,
};

/* In the order they are shown in: that of the file. */
static const struct {
    const char *name, *label;
    enum shape shape;
} properties[] = {
    { "SUMMARY", "", SHAPE_HEADING },
    { "DTSTART", "Start", SHAPE_TIME },
    { "DTEND", "End", SHAPE_TIME },
    { "DUE", "Due", SHAPE_TIME },
    { "COMPLETED", "Completed", SHAPE_TIME },
    { "LOCATION", "Location", SHAPE_TEXT },
    { "ORGANIZER", "Organizer", SHAPE_PERSON },
    { "ATTENDEE", "Attendee", SHAPE_PERSON },
    { "CONTACT", "Contact", SHAPE_TEXT },
    { "CATEGORIES", "Categories", SHAPE_TEXT },
    { "RRULE", "Repeats", SHAPE_TEXT },
    { "URL", "URL", SHAPE_TEXT },
    { "DESCRIPTION", "", SHAPE_PROSE },
    { "COMMENT", "", SHAPE_PROSE },
    { "X-WR-CALNAME", "Calendar", SHAPE_TEXT },
    { "X-WR-CALDESC", "", SHAPE_PROSE },
    { "FN", "", SHAPE_HEADING },
    { "NICKNAME", "Nickname", SHAPE_TEXT },
    { "ORG", "Organization", SHAPE_PARTS },
    { "TITLE", "Title", SHAPE_TEXT },
    { "ROLE", "Role", SHAPE_TEXT },
    { "TEL", "Phone", SHAPE_TEXT },
    { "EMAIL", "Email", SHAPE_TEXT },
    { "ADR", "Address", SHAPE_PARTS },
    { "BDAY", "Birthday", SHAPE_TIME },
    { "NOTE", "", SHAPE_PROSE },
};

struct reader {
    struct writer *writer;
    struct span rest;
    struct buf line, value; /* the line at hand, unfolded, and its value as text */
    char name[NAME_BYTES_MAX + 1];
    struct span parameters, raw;
    unsigned skip_depth; /* in a component that says nothing of its own: a time zone, an alarm */
    bool has_title;
};

static int calendar_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "text/calendar") == 0 ||
                   strcmp(input->media_type, "text/vcard") == 0
               ? 95
               : 0;
}

/* ---- lines ---- */

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

/* The value of a parameter, without its quotes; empty when there is none. */
static struct span parameter(const struct reader *reader, const char *name)
{
    struct span all = reader->parameters;
    size_t len = strlen(name);

    for (size_t at = 0; at < all.len; at++) {
        bool is_quoted;
        size_t start = at + len + 1, end;

        if (all.data[at] != ';')
            continue;
        if (all.len - at < len + 2 || strncasecmp(all.data + at + 1, name, len) != 0 ||
            all.data[start] != '=')
            continue;
        start++;
        is_quoted = start < all.len && all.data[start] == '"';
        start += is_quoted;
        for (end = start; end < all.len && all.data[end] != (is_quoted ? '"' : ';');)
            end++;
        return (struct span){ all.data + start, end - start };
    }
    return (struct span){ "", 0 };
}

static bool is_parameter(const struct reader *reader, const char *name, const char *value)
{
    struct span given = parameter(reader, name);

    return given.len == strlen(value) && strncasecmp(given.data, value, given.len) == 0;
}

/* [group.]NAME[;PARAMETER=value ...]:value */
static bool split_line(struct reader *reader)
{
    struct span line = buf_span(&reader->line);
    size_t colon = 0, name_end, start = 0;
    bool is_quoted = false;

    while (colon < line.len && (is_quoted || line.data[colon] != ':')) {
        is_quoted ^= line.data[colon] == '"';
        colon++;
    }
    if (colon == line.len)
        return false;
    for (name_end = 0; name_end < colon && line.data[name_end] != ';'; name_end++)
        if (line.data[name_end] == '.')
            start = name_end + 1;
    (void)snprintf(reader->name, sizeof(reader->name), "%.*s",
                   (int)(name_end - start < NAME_BYTES_MAX ? name_end - start : NAME_BYTES_MAX),
                   line.data + start);
    reader->parameters = (struct span){ line.data + name_end, colon - name_end };
    reader->raw = (struct span){ line.data + colon + 1, line.len - colon - 1 };
    return true;
}

/* A line that begins with white space goes on the one before. vCard 2.1 lets quoted-printable go on
 * by a '=' at the end. */
static bool next_line(struct reader *reader)
{
    struct span line;

    if (reader->rest.len == 0)
        return false;
    buf_clear(&reader->line);
    line = take_line(&reader->rest);
    buf_append(&reader->line, line.data, line.len);
    while (reader->rest.len > 0 && (reader->rest.data[0] == ' ' || reader->rest.data[0] == '\t')) {
        line = take_line(&reader->rest);
        buf_append(&reader->line, line.data + 1, line.len - 1);
    }
    if (!memmem(reader->line.data, reader->line.len, "QUOTED-PRINTABLE", 16))
        return true;
    while (reader->rest.len > 0 && reader->line.len > 0 &&
           reader->line.data[reader->line.len - 1] == '=') {
        reader->line.len--;
        line = take_line(&reader->rest);
        buf_append(&reader->line, line.data, line.len);
    }
    return true;
}

/* ---- values ---- */

static int hex_digit(char c)
{
    return isdigit((unsigned char)c)    ? c - '0'
           : isxdigit((unsigned char)c) ? (tolower((unsigned char)c) - 'a') + 10
                                        : -1;
}

/* Old cards have bytes in a charset of their own behind "=XX". */
static void decode_quoted(struct reader *reader, struct span raw, struct buf *out)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(LINE_BYTES_MAX);
    CLEANUP(decoded_release) struct decoded decoded = { .storage = BUF_INIT(0) };
    struct span charset = parameter(reader, "CHARSET");
    char name[CHARSET_NAME_BYTES];

    for (size_t i = 0; i < raw.len; i++) {
        int high = i + 2 < raw.len && raw.data[i] == '=' ? hex_digit(raw.data[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(raw.data[i + 2]) : -1;

        if (low < 0) {
            buf_append_char(&bytes, raw.data[i]);
            continue;
        }
        buf_append_char(&bytes, (char)(high << 4 | low));
        i += 2;
    }
    (void)snprintf(name, sizeof(name), "%.*s", (int)(charset.len < 30 ? charset.len : 30),
                   charset.data);
    if (!charset_decode(buf_span(&bytes), name, &decoded, NULL))
        buf_append(out, decoded.text.data, decoded.text.len);
}

/* RFC 5545, 3.3.11: "\n" is a line break, "\," a comma. Parts are put on one line. */
static void unescape(struct reader *reader, bool has_parts)
{
    CLEANUP(buf_release) struct buf quoted = BUF_INIT(LINE_BYTES_MAX);
    struct span raw = reader->raw;

    buf_clear(&reader->value);
    if (is_parameter(reader, "ENCODING", "QUOTED-PRINTABLE")) {
        decode_quoted(reader, raw, &quoted);
        raw = buf_span(&quoted);
    }
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.data[i];

        if (c == '\\' && i + 1 < raw.len) {
            c = raw.data[++i];
            buf_append_char(&reader->value, c == 'n' || c == 'N' ? '\n' : c);
        } else if (c == ';' && has_parts) {
            if (reader->value.len > 0 && reader->value.data[reader->value.len - 1] != ' ')
                buf_append(&reader->value, ", ", 2);
        } else {
            buf_append_char(&reader->value, c);
        }
    }
    while (has_parts && reader->value.len > 0 &&
           strchr(", ", reader->value.data[reader->value.len - 1]))
        reader->value.len--;
}

static bool has_digits(struct span text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (i >= text.len || !isdigit((unsigned char)text.data[i]))
            return false;
    return true;
}

/* 20240610T100000Z is 2024-06-10 10:00 UTC. */
static void read_time(struct reader *reader)
{
    struct span raw = reader->raw, zone = parameter(reader, "TZID");
    const char *t = raw.data;

    buf_clear(&reader->value);
    if (!has_digits(raw, 8)) {
        unescape(reader, false);
        return;
    }
    buf_printf(&reader->value, "%.4s-%.2s-%.2s", t, t + 4, t + 6);
    if (raw.len < 13 || t[8] != 'T' || !has_digits((struct span){ t + 9, raw.len - 9 }, 4))
        return;
    buf_printf(&reader->value, " %.2s:%.2s", t + 9, t + 11);
    if (t[raw.len - 1] == 'Z')
        buf_append(&reader->value, " UTC", 4);
    else if (zone.len > 0)
        buf_printf(&reader->value, " (%.*s)", (int)zone.len, zone.data);
}

/* ATTENDEE;CN=Lee Brook:mailto:lee@example.org */
static void read_person(struct reader *reader)
{
    struct span name = parameter(reader, "CN"), address = reader->raw;

    if (address.len > 7 && strncasecmp(address.data, "mailto:", 7) == 0)
        address = (struct span){ address.data + 7, address.len - 7 };
    buf_clear(&reader->value);
    if (name.len > 0 && !memmem(name.data, name.len, address.data, address.len))
        buf_printf(&reader->value, "%.*s <%.*s>", (int)name.len, name.data, (int)address.len,
                   address.data);
    else
        buf_append(&reader->value, address.data, address.len);
}

/* ---- entries ---- */

static void put_heading(struct reader *reader)
{
    unescape(reader, false);
    writer_block(reader->writer, BLOCK_HEADING, 1, buf_span(&reader->value));
    if (!reader->has_title)
        writer_metadata(reader->writer, "title", buf_span(&reader->value));
    reader->has_title = true;
}

static void put_property(struct reader *reader, const char *label, enum shape shape)
{
    switch (shape) {
    case SHAPE_HEADING:
        put_heading(reader);
        return;
    case SHAPE_PROSE:
        unescape(reader, false);
        mail_text_emit(buf_span(&reader->value), 0, reader->writer);
        return;
    case SHAPE_TIME:
        read_time(reader);
        break;
    case SHAPE_PERSON:
        read_person(reader);
        break;
    case SHAPE_TEXT:
    case SHAPE_PARTS:
        unescape(reader, shape == SHAPE_PARTS);
        break;
    }
    mail_emit_field(reader->writer, label, buf_span(&reader->value));
}

static bool says_nothing(struct span component)
{
    return (component.len == 9 && strncasecmp(component.data, "VTIMEZONE", 9) == 0) ||
           (component.len == 6 && strncasecmp(component.data, "VALARM", 6) == 0);
}

/* An entry's heading stands above its other lines, wherever the file has it: it is looked for from
 * the entry's begin to the next begin or end. */
static void find_heading(struct reader *reader)
{
    struct span rest = reader->rest;

    while (next_line(reader) && split_line(reader)) {
        if (strcasecmp(reader->name, "BEGIN") == 0 || strcasecmp(reader->name, "END") == 0)
            break;
        if (strcasecmp(reader->name, "SUMMARY") == 0 || strcasecmp(reader->name, "FN") == 0) {
            put_heading(reader);
            break;
        }
    }
    reader->rest = rest;
}

static void put_line(struct reader *reader)
{
    if (strcasecmp(reader->name, "BEGIN") == 0) {
        if (reader->skip_depth > 0 || says_nothing(reader->raw))
            reader->skip_depth++;
        else
            find_heading(reader);
        return;
    }
    if (strcasecmp(reader->name, "END") == 0) {
        reader->skip_depth -= reader->skip_depth > 0;
        return;
    }
    for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
        if (reader->skip_depth == 0 && properties[i].shape != SHAPE_HEADING &&
            strcasecmp(properties[i].name, reader->name) == 0)
            put_property(reader, properties[i].label, properties[i].shape);
}

static enum status calendar_extract(const struct source *source, struct writer *writer,
                                    struct error *err)
{
    CLEANUP(decoded_release) struct decoded decoded = { .storage = BUF_INIT(0) };
    struct reader reader = { .writer = writer,
                             .line = BUF_INIT(LINE_BYTES_MAX),
                             .value = BUF_INIT(LINE_BYTES_MAX) };
    enum status status = charset_decode(source->bytes, "", &decoded, err);

    reader.rest = decoded.text;
    while (!status && !writer_is_full(writer) && next_line(&reader))
        if (split_line(&reader))
            put_line(&reader);
    if (!status && (reader.line.failed || reader.value.failed))
        writer_partial(writer, "a line is larger than the limit");
    buf_release(&reader.line);
    buf_release(&reader.value);
    return status;
}

const struct extractor calendar_extractor = {
    .name = "calendar",
    .version = 1,
    .bid = calendar_bid,
    .extract = calendar_extract,
};
