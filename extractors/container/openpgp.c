#include "extractors/container/openpgp.h"

#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

/* RFC 9580, 5. */
enum packet_tag {
    TAG_SESSION_KEY_OF_KEY = 1,
    TAG_SESSION_KEY_OF_PASSWORD = 3,
    TAG_ENCRYPTED = 9,
    TAG_MARKER = 10,
    TAG_ENCRYPTED_WITH_CHECK = 18,
    TAG_ENCRYPTED_WITH_TAGS = 20,
};

/* ---- packets ---- */

static bool take_number(struct span *rest, unsigned byte_count, size_t *out)
{
    *out = 0;
    if (rest->len < byte_count)
        return false;
    for (unsigned i = 0; i < byte_count; i++)
        *out = *out << 8 | (unsigned char)rest->data[i];
    *rest = (struct span){ rest->data + byte_count, rest->len - byte_count };
    return true;
}

/* A length without an end of its own goes to the end of the file, and so does the first piece of
 * several: nobody looks behind it. */
static bool take_length(struct span *rest, bool is_old, unsigned kind, size_t *out)
{
    size_t first;

    if (is_old && kind == 3) {
        *out = rest->len;
        return true;
    }
    if (is_old)
        return take_number(rest, 1u << kind, out);
    if (!take_number(rest, 1, &first))
        return false;
    *out = first < 192 ? first : rest->len;
    if (first >= 192 && first < 224) {
        if (!take_number(rest, 1, out))
            return false;
        *out += (first - 192) * 256 + 192;
    } else if (first == 255) {
        return take_number(rest, 4, out);
    }
    return true;
}

static unsigned tag_of(unsigned char first)
{
    if (!(first & 0x80))
        return 0;
    return first & 0x40 ? first & 0x3F : first >> 2 & 0x0F;
}

/* body is what the file has of it. */
static bool take_packet(struct span *rest, unsigned *tag, struct span *body)
{
    unsigned char first;
    size_t length;

    if (rest->len == 0)
        return false;
    first = (unsigned char)rest->data[0];
    *tag = tag_of(first);
    *rest = (struct span){ rest->data + 1, rest->len - 1 };
    if (*tag == 0 || !take_length(rest, !(first & 0x40), first & 3, &length))
        return false;
    *body = (struct span){ rest->data, length < rest->len ? length : rest->len };
    *rest = (struct span){ rest->data + body->len, rest->len - body->len };
    return true;
}

static bool is_session_key(unsigned tag, struct span body)
{
    unsigned char version = body.len > 4 ? (unsigned char)body.data[0] : 0;

    return (tag == TAG_SESSION_KEY_OF_KEY && (version == 2 || version == 3 || version == 6)) ||
           (tag == TAG_SESSION_KEY_OF_PASSWORD && version >= 4 && version <= 6);
}

static bool is_encrypted_data(unsigned tag)
{
    return tag == TAG_ENCRYPTED || tag == TAG_ENCRYPTED_WITH_CHECK ||
           tag == TAG_ENCRYPTED_WITH_TAGS;
}

/* Two kinds of packets, one behind the other: a first byte alone may be anything. */
static bool are_encrypted_packets(struct span rest)
{
    struct span body;
    unsigned tag;
    bool has_key = false;

    while (take_packet(&rest, &tag, &body)) {
        if (is_encrypted_data(tag))
            return has_key && body.len > 0;
        if (tag != TAG_MARKER && !is_session_key(tag, body))
            return false;
        has_key = has_key || tag != TAG_MARKER;
    }
    return false;
}

/* ---- ASCII: RFC 9580, 6.2 ---- */

static struct span without_space(struct span text)
{
    while (text.len > 0 && isspace((unsigned char)text.data[0]))
        text = (struct span){ text.data + 1, text.len - 1 };
    return text;
}

static bool begins(struct span text, const char *start)
{
    return text.len >= strlen(start) && memcmp(text.data, start, strlen(start)) == 0;
}

static bool take_line(struct span *text, struct span *line)
{
    const char *end = memchr(text->data, '\n', text->len);

    if (!end)
        return false;
    *line = (struct span){ text->data, (size_t)(end - text->data) };
    *text = (struct span){ end + 1, text->len - line->len - 1 };
    return true;
}

/* A message may be signed only: its first byte tells. */
static bool is_encrypted_armour(struct span text)
{
    CLEANUP(buf_release) struct buf start = BUF_INIT(8);
    struct span line;
    unsigned tag;

    do {
        if (!take_line(&text, &line)) /* "-----BEGIN", "Version: ..." */
            return false;
    } while (without_space(line).len > 0);
    if (text.len < 4 || !base64_decode(&start, (struct span){ text.data, 4 }) || start.len == 0)
        return false;
    tag = tag_of((unsigned char)start.data[0]);
    return is_encrypted_data(tag) || tag == TAG_SESSION_KEY_OF_KEY ||
           tag == TAG_SESSION_KEY_OF_PASSWORD;
}

/* Words around a message are a text. */
static bool has_text_behind(struct span text)
{
    static const char end[] = "\n-----END PGP MESSAGE";
    const char *at = memmem(text.data, text.len, end, sizeof(end) - 1);
    struct span line, rest;

    if (!at)
        return false;
    rest = (struct span){ at + 1, text.len - (size_t)(at + 1 - text.data) };
    return take_line(&rest, &line) && without_space(rest).len > 0;
}

bool openpgp_is_encrypted(struct span bytes)
{
    struct span text;

    if (bytes.len == 0)
        return false;
    if (bytes.data[0] & 0x80)
        return are_encrypted_packets(bytes);
    text = without_space(bytes);
    return begins(text, "-----BEGIN PGP MESSAGE") && is_encrypted_armour(text) &&
           !has_text_behind(text);
}

/* ---- text signed in place: RFC 9580, 7 ---- */

/* "Hash: SHA256" */
static bool is_armour_header(struct span line)
{
    size_t i = 0;

    while (i < line.len && isalpha((unsigned char)line.data[i]))
        i++;
    return i > 0 && i + 1 < line.len && line.data[i] == ':' && line.data[i + 1] == ' ';
}

size_t openpgp_header_bytes(struct span text)
{
    struct span rest = text, behind, line;

    if (!take_line(&rest, &line))
        return text.len;
    for (behind = rest; take_line(&behind, &line); rest = behind) {
        if (without_space(line).len == 0)
            return text.len - behind.len;
        if (!is_armour_header(line))
            break;
    }
    return text.len - rest.len;
}

/* What is signed, as it is written, and the signature behind it with all that follows. */
static bool split_signed(struct span bytes, struct span *text, struct span *signature)
{
    static const char begin[] = "\n-----BEGIN PGP SIGNATURE";
    struct span all = without_space(bytes);
    const char *at;
    size_t header;

    if (!begins(all, "-----BEGIN PGP SIGNED MESSAGE-----"))
        return false;
    header = openpgp_header_bytes(all);
    /* Of no text at all, the line's end is that of the header. */
    at = memmem(all.data + header - 1, all.len - header + 1, begin, sizeof(begin) - 1);
    if (!at)
        return false;
    *text = (struct span){ all.data + header,
                           at < all.data + header ? 0 : (size_t)(at + 1 - all.data) - header };
    *signature = (struct span){ at + 1, all.len - (size_t)(at + 1 - all.data) };
    return true;
}

/* Up to its end there is nothing but armour, and nothing behind it. */
static bool is_signature_alone(struct span text)
{
    static const char end[] = "\n-----END PGP SIGNATURE";
    const char *at = memmem(text.data, text.len, end, sizeof(end) - 1);
    struct span rest, line;

    if (!at)
        return false;
    rest = (struct span){ at + 1, text.len - (size_t)(at + 1 - text.data) };
    return !take_line(&rest, &line) || without_space(rest).len == 0;
}

bool openpgp_is_signed_text(struct span bytes)
{
    struct span text, signature;

    return split_signed(bytes, &text, &signature) && is_signature_alone(signature);
}

bool openpgp_is_signature(struct span bytes)
{
    struct span text = without_space(bytes);

    return begins(text, "-----BEGIN PGP SIGNATURE-----") && is_signature_alone(text);
}

enum status openpgp_unwrap(struct span bytes, struct buf *out, struct error *err)
{
    struct span text, signature, line;

    if (!split_signed(bytes, &text, &signature))
        return error_set(err, STATUS_MALFORMED, "the signed text has no signature");
    while (take_line(&text, &line)) {
        if (begins(line, "- ")) /* a dash in front would look like armour */
            line = (struct span){ line.data + 2, line.len - 2 };
        buf_append(out, line.data, line.len);
        buf_append_char(out, '\n');
    }
    return buf_status(out, err);
}

bool openpgp_begins_armour(struct span head)
{
    return begins(without_space(head), "-----BEGIN PGP ");
}
