#include "extractors/container/cms.h"

#include <string.h>

#define TAG_INTEGER     0x02u
#define TAG_OCTETS      0x04u
#define TAG_OBJECT      0x06u
#define TAG_SEQUENCE    0x30u
#define TAG_SET         0x31u
#define TAG_CONTEXT_0   0xA0u
#define TAG_CONSTRUCTED 0x20u

/* 1.2.840.113549.1.7 of PKCS #7; then 1 data, 2 signed, 3 enveloped, 6 encrypted. */
static const char pkcs7[] = "\x2A\x86\x48\x86\xF7\x0D\x01\x07";
/* 1.2.840.113549.1.9.16.1 of S/MIME; then 9 compressed, 23 enveloped with a code of its own. */
static const char smime[] = "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01";

struct element {
    unsigned tag;
    bool is_indefinite;  /* it ends at an end mark, not after so many bytes */
    struct span content; /* to the end of what there is, when is_indefinite */
};

/* Takes the header of the element that *rest begins with, and leaves its content in *rest. One that
 * is cut off ends where the bytes do. False: there is none. X.690, 8.1. */
static bool take_header(struct span *rest, struct element *out)
{
    size_t at = 2, len;

    if (rest->len < 2)
        return false;
    out->tag = (unsigned char)rest->data[0];
    len = (unsigned char)rest->data[1];
    if ((out->tag & 0x1F) == 0x1F) /* numbers of more than a byte do not occur here */
        return false;
    out->is_indefinite = len == 0x80;
    if (len > 0x80) {
        size_t count = len & 0x7F;

        if (count > 8 || count > rest->len - 2)
            return false;
        len = 0;
        for (size_t i = 0; i < count; i++)
            len = len << 8 | (unsigned char)rest->data[at++];
    }
    *rest = (struct span){ rest->data + at, rest->len - at };
    if (out->is_indefinite || len > rest->len)
        len = rest->len;
    out->content = (struct span){ rest->data, len };
    return true;
}

static bool is_end_mark(const struct element *element)
{
    return element->tag == 0 && element->content.len == 0;
}

static void skip(struct span *rest, size_t len)
{
    *rest = (struct span){ rest->data + len, rest->len - len };
}

/* Takes a whole element. */
static bool take(struct span *rest, struct element *out)
{
    struct element inner;
    size_t depth = 1;

    if (!take_header(rest, out))
        return false;
    if (!out->is_indefinite) {
        skip(rest, out->content.len);
        return true;
    }
    while (depth > 0 && take_header(rest, &inner)) {
        if (inner.is_indefinite)
            depth++;
        else if (is_end_mark(&inner))
            depth--;
        else
            skip(rest, inner.content.len);
    }
    return true;
}

/* The content of the next element when it is of that tag. */
static bool enter(struct span *rest, unsigned tag, struct span *content)
{
    struct element element;

    if (!take(rest, &element) || element.tag != tag)
        return false;
    *content = element.content;
    return true;
}

/* Octets in one piece, or in a row of pieces, nested or not. */
static bool append_octets(struct span rest, struct buf *out)
{
    struct element element;
    size_t open = 0;

    do {
        if (!take_header(&rest, &element))
            return false;
        if (element.tag == TAG_OCTETS) {
            buf_append(out, element.content.data, element.content.len);
            skip(&rest, element.content.len);
            if (open == 0)
                return true;
        } else if (element.tag == (TAG_OCTETS | TAG_CONSTRUCTED)) {
            if (open++ == 0)
                rest = element.content;
        } else if (is_end_mark(&element)) {
            if (open > 0)
                open--;
        } else {
            return false;
        }
    } while (open > 0 && rest.len > 0);
    return true;
}

static bool is_object(struct span object, const char *start, size_t start_len, char last)
{
    return object.len == start_len + 1 && memcmp(object.data, start, start_len) == 0 &&
           object.data[start_len] == last;
}

/* The outermost element's object and content. */
static bool open_info(struct span bytes, struct span *object, struct span *content)
{
    struct span info;

    return enter(&bytes, TAG_SEQUENCE, &info) && enter(&info, TAG_OBJECT, object) &&
           enter(&info, TAG_CONTEXT_0, content);
}

static bool is_signed(struct span object)
{
    return is_object(object, pkcs7, sizeof(pkcs7) - 1, 2);
}

static bool is_encrypted(struct span object)
{
    return is_object(object, pkcs7, sizeof(pkcs7) - 1, 3) ||
           is_object(object, pkcs7, sizeof(pkcs7) - 1, 6) ||
           is_object(object, smime, sizeof(smime) - 1, 23);
}

bool cms_begins(struct span head)
{
    struct element info, object;

    return take_header(&head, &info) && info.tag == TAG_SEQUENCE && take_header(&head, &object) &&
           object.tag == TAG_OBJECT &&
           (is_signed(object.content) || is_encrypted(object.content) ||
            is_object(object.content, smime, sizeof(smime) - 1, 9));
}

/* SignedData: version, the digests' algorithms, the content with its type; then certificates and
 * signatures, which nobody looks at. */
enum status cms_unwrap(struct span bytes, struct buf *out, struct error *err)
{
    struct span object, content, parts, skipped, inner, octets;

    if (!open_info(bytes, &object, &content))
        return error_set(err, STATUS_MALFORMED, "no signed data can be read from it");
    if (is_encrypted(object))
        return error_set(err, STATUS_UNSUPPORTED, "encrypted (S/MIME)");
    if (!is_signed(object))
        return error_set(err, STATUS_UNSUPPORTED, "a kind of CMS that nothing here reads");
    if (!enter(&content, TAG_SEQUENCE, &parts) || !enter(&parts, TAG_INTEGER, &skipped) ||
        !enter(&parts, TAG_SET, &skipped) || !enter(&parts, TAG_SEQUENCE, &inner) ||
        !enter(&inner, TAG_OBJECT, &object))
        return error_set(err, STATUS_MALFORMED, "signed data without a beginning");
    if (!enter(&inner, TAG_CONTEXT_0, &octets))
        return error_set(err, STATUS_UNSUPPORTED, "a signature without what it signs");
    if (!append_octets(octets, out))
        return error_set(err, STATUS_MALFORMED, "its signed content is broken");
    return buf_status(out, err);
}
