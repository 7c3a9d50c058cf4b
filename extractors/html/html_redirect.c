#include "extractors/html/html_redirect.h"

#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/json.h"

#define TARGET_BYTES_MAX 8192u

/* The last words of the paths of pages that send on: "/url", "/ck/a", "/l.php". Pages that take an
 * address for something else, to share it or to translate it, have other names. */
static const char *const senders[] = { "/url",   "/l.php",    "/ck/a", "/redirect",
                                       "/redir", "/away.php", "/away", "/out",
                                       "/goto",  "/leave",    "/exit", "/linkfilter" };

/* The parameters that name the end. */
static const char *const parameters[] = { "url", "u", "q", "to", "target", "dest", "destination" };

/* Those of mail scanners have no path: the host says what they are. */
#define SCANNER_HOST "safelinks.protection."

static size_t end_before(struct span text, size_t from, const char *marks)
{
    while (from < text.len && !strchr(marks, text.data[from]))
        from++;
    return from;
}

static bool equals(struct span text, const char *word)
{
    return text.len == strlen(word) && !strncasecmp(text.data, word, text.len);
}

static bool ends(struct span text, const char *word)
{
    size_t len = strlen(word);

    return text.len >= len && !strncasecmp(text.data + text.len - len, word, len);
}

static bool is_full(struct span text)
{
    return (text.len > 8 && !strncasecmp(text.data, "https://", 8)) ||
           (text.len > 7 && !strncasecmp(text.data, "http://", 7));
}

/* Where the path begins; 0: not an address of the web. */
static size_t path_start(struct span address)
{
    return is_full(address) ? end_before(address, 8, "/?#") : 0;
}

static bool is_sender(struct span host, struct span path)
{
    for (size_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++)
        if (ends(path, senders[i]))
            return true;
    return equals(path, "/") && memmem(host.data, host.len, SCANNER_HOST, strlen(SCANNER_HOST));
}

static bool is_parameter(struct span name)
{
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
        if (equals(name, parameters[i]))
            return true;
    return false;
}

static int hex_value(char c)
{
    char lower = (char)(c | 0x20);

    return c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* An address has no blanks and no bytes past ASCII; what such a byte stands for is escaped. */
static void append_byte(struct buf *out, unsigned char byte)
{
    static const char digits[] = "0123456789ABCDEF";

    if (byte > ' ' && byte < 0x7F) {
        buf_append_char(out, (char)byte);
        return;
    }
    buf_append_char(out, '%');
    buf_append_char(out, digits[byte >> 4]);
    buf_append_char(out, digits[byte & 15]);
}

/* "https%3A%2F%2Fexample.org" */
static bool read_escaped(struct span value, struct buf *out)
{
    for (size_t i = 0; i < value.len; i++) {
        bool is_escape = value.data[i] == '%' && i + 2 < value.len &&
                         hex_value(value.data[i + 1]) >= 0 && hex_value(value.data[i + 2]) >= 0;

        append_byte(out, is_escape ? (unsigned char)(hex_value(value.data[i + 1]) * 16 +
                                                     hex_value(value.data[i + 2]))
                                   : (unsigned char)value.data[i]);
        i += is_escape ? 2 : 0;
    }
    return is_full(buf_span(out));
}

/* "a1aHR0cHM6Ly9leGFtcGxlLm9yZw": two letters, then base64 in the letters of file names (RFC 4648,
 * 5). It may be a path of the same host. */
static bool read_encoded(struct span value, struct span host, struct buf *out)
{
    CLEANUP(buf_release) struct buf letters = BUF_INIT(TARGET_BYTES_MAX);
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(TARGET_BYTES_MAX);

    if (value.len < 4 || memcmp(value.data, "a1", 2) != 0)
        return false;
    for (size_t i = 2; i < value.len; i++) {
        char c = value.data[i];

        buf_append_char(&letters, c == '-' ? '+' : c == '_' ? '/' : c);
    }
    while (letters.len % 4)
        buf_append_char(&letters, '=');
    if (buf_status(&letters, NULL) || !base64_decode(&bytes, buf_span(&letters)))
        return false;
    if (bytes.len > 1 && bytes.data[0] == '/' && bytes.data[1] != '/')
        buf_append(out, host.data, host.len);
    for (size_t i = 0; i < bytes.len; i++)
        append_byte(out, (unsigned char)bytes.data[i]);
    return is_full(buf_span(out));
}

void html_redirect_follow(struct buf *address)
{
    CLEANUP(buf_release) struct buf target = BUF_INIT(TARGET_BYTES_MAX);
    struct span whole = buf_span(address);
    size_t host_end = path_start(whole), path_end = end_before(whole, host_end, "?#"), end;
    struct span host = { whole.data, host_end };

    if (host_end == 0 || path_end == whole.len || whole.data[path_end] != '?' ||
        !is_sender(host, (struct span){ whole.data + host_end, path_end - host_end }))
        return;
    for (size_t at = path_end + 1; at < whole.len; at = end + 1) {
        size_t name_end = end_before(whole, at, "=&#");
        struct span value;

        end = end_before(whole, at, "&#");
        if (name_end < end && is_parameter((struct span){ whole.data + at, name_end - at })) {
            value = (struct span){ whole.data + name_end + 1, end - name_end - 1 };
            buf_clear(&target);
            if (!read_escaped(value, &target)) {
                buf_clear(&target);
                if (!read_encoded(value, host, &target))
                    continue;
            }
            if (!buf_status(&target, NULL)) {
                buf_clear(address);
                buf_append(address, target.data, target.len);
            }
            return;
        }
        if (end < whole.len && whole.data[end] == '#')
            return;
    }
}
