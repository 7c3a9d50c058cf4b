#include "extractors/html/html_mhtml.h"

#include <string.h>

#include "base/ascii.h"
#include "base/json.h"

#define BOUNDARY_BYTES_MAX 200u
#define HEADER_BYTES_MAX   ((size_t)64 << 10)
#define PARTS_MAX          10000u

/* The headers of a file or part, unfolded, and what follows them. */
struct part {
    struct buf headers;
    struct span body;
};

/* Lines up to the empty one; a line that begins with white space goes on the one before. */
static void read_headers(struct span bytes, struct part *part)
{
    size_t at = 0;

    while (at < bytes.len && at < HEADER_BYTES_MAX) {
        const char *end = memchr(bytes.data + at, '\n', bytes.len - at);
        size_t len = end ? (size_t)(end - bytes.data) - at : bytes.len - at;
        struct span line = { bytes.data + at, len };

        at += len + (end ? 1 : 0);
        if (line.len > 0 && line.data[line.len - 1] == '\r')
            line.len--;
        if (line.len == 0)
            break;
        if (line.data[0] != ' ' && line.data[0] != '\t')
            buf_append_char(&part->headers, '\n');
        buf_append(&part->headers, line.data, line.len);
    }
    part->body = (struct span){ bytes.data + at, bytes.len - at };
}

/* The value of a header, to the end of its line. */
static struct span header(const struct part *part, const char *name)
{
    struct span all = buf_span(&part->headers);
    const char *at = ascii_find(all, name), *end;

    if (!at)
        return (struct span){ "", 0 };
    at += strlen(name);
    end = memchr(at, '\n', (size_t)(all.data + all.len - at));
    return (struct span){ at, end ? (size_t)(end - at) : (size_t)(all.data + all.len - at) };
}

/* name="value" or name=value in a header. */
static bool parameter(struct span value, const char *name, char *out, size_t out_size)
{
    const char *at = ascii_find(value, name), *end = value.data + value.len;
    size_t len = 0;

    if (!at)
        return false;
    at += strlen(name);
    if (at < end && *at == '"')
        at++;
    while (at < end && *at != '"' && *at != ';' && *at > ' ' && len + 1 < out_size)
        out[len++] = *at++;
    out[len] = '\0';
    return len > 0;
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

static void decode_quoted_printable(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        size_t left = text.len - i - 1;

        if (text.data[i] != '=') {
            buf_append_char(out, text.data[i]);
        } else if (left >= 1 && text.data[i + 1] == '\n') {
            i++;
        } else if (left >= 2 && text.data[i + 1] == '\r' && text.data[i + 2] == '\n') {
            i += 2;
        } else if (left >= 2 && hex(text.data[i + 1]) >= 0 && hex(text.data[i + 2]) >= 0) {
            buf_append_char(out, (char)(hex(text.data[i + 1]) * 16 + hex(text.data[i + 2])));
            i += 2;
        } else {
            buf_append_char(out, '=');
        }
    }
}

static void decode_base64(struct span text, struct buf *out)
{
    struct buf bare = BUF_INIT(out->limit);

    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] > ' ')
            buf_append_char(&bare, text.data[i]);
    if (!base64_decode(out, buf_span(&bare)))
        buf_append(out, text.data, text.len);
    buf_release(&bare);
}

static void decode(const struct part *part, struct buf *out)
{
    struct span encoding = header(part, "\ncontent-transfer-encoding:");

    if (ascii_find(encoding, "quoted-printable"))
        decode_quoted_printable(part->body, out);
    else if (ascii_find(encoding, "base64"))
        decode_base64(part->body, out);
    else
        buf_append(out, part->body.data, part->body.len);
}

static bool is_html(const struct part *part)
{
    struct span type = header(part, "\ncontent-type:");

    return ascii_find(type, "text/html") || ascii_find(type, "application/xhtml+xml");
}

static struct span next_part(struct span *rest, const char *boundary)
{
    size_t len = strlen(boundary);
    const char *end = memmem(rest->data, rest->len, boundary, len);
    struct span part = { rest->data, end ? (size_t)(end - rest->data) : rest->len };
    size_t used = end ? part.len + len : rest->len;

    *rest = (struct span){ rest->data + used, rest->len - used };
    /* The line end before a boundary belongs to the boundary. */
    while (end && part.len > 0 && strchr("\r\n", part.data[part.len - 1]))
        part.len--;
    return part;
}

/* "Name:", as RFC 5322 has it: printable, without spaces. */
static bool begins_with_header(struct span head)
{
    size_t i = 0;

    while (i < head.len && head.data[i] > ' ' && head.data[i] < 0x7F && head.data[i] != ':')
        i++;
    return i > 0 && i < head.len && head.data[i] == ':';
}

bool mhtml_begins(struct span head)
{
    struct part part = { .headers = BUF_INIT(HEADER_BYTES_MAX) };
    struct span type;
    bool is_ours;

    if (!begins_with_header(head))
        return false;
    read_headers(head, &part);
    type = header(&part, "\ncontent-type:");
    /* What was sent to somebody is a mail, though it looks the same. */
    is_ours = ascii_find(type, "multipart/related") != NULL &&
              !ascii_find(buf_span(&part.headers), "\nto:") &&
              !ascii_find(buf_span(&part.headers), "\nreceived:") &&
              (ascii_find(type, "text/html") ||
               ascii_find(buf_span(&part.headers), "\nsnapshot-content-location:"));
    buf_release(&part.headers);
    return is_ours;
}

static bool take_html(struct span bytes, struct buf *out, char charset[32])
{
    struct part part = { .headers = BUF_INIT(HEADER_BYTES_MAX) };
    bool is_taken;

    /* The rest of the boundary's own line comes first. */
    while (bytes.len > 0 && strchr("\r\n \t", bytes.data[0]))
        bytes = (struct span){ bytes.data + 1, bytes.len - 1 };
    read_headers(bytes, &part);
    is_taken = is_html(&part);
    if (is_taken) {
        charset[0] = '\0';
        (void)parameter(header(&part, "\ncontent-type:"), "charset=", charset, 32);
        decode(&part, out);
    }
    buf_release(&part.headers);
    return is_taken;
}

bool mhtml_page(struct span bytes, struct buf *out, char charset[32])
{
    struct part top = { .headers = BUF_INIT(HEADER_BYTES_MAX) };
    char boundary[BOUNDARY_BYTES_MAX + 2] = "--";
    bool is_found = false;

    read_headers(bytes, &top);
    if (parameter(header(&top, "\ncontent-type:"), "boundary=", boundary + 2, BOUNDARY_BYTES_MAX)) {
        struct span rest = top.body;

        (void)next_part(&rest, boundary);
        for (unsigned parts = 0; !is_found && rest.len > 0 && parts < PARTS_MAX; parts++)
            is_found = take_html(next_part(&rest, boundary), out, charset);
    }
    buf_release(&top.headers);
    return is_found;
}
