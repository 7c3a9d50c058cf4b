/*
 * tnef.c - winmail.dat: what Outlook sends instead of attachments. [MS-OXTNEF]
 *
 * A row of attributes: level, number, length, bytes, checksum. Those of one attachment follow each
 * other. Properties as in MSG are packed into attributes of their own.
 */
#include <string.h>

#include "base/cleanup.h"
#include "extractors/extractors.h"
#include "extractors/mail/mail_emit.h"
#include "extractors/mail/msg.h"

#define SIGNATURE_BYTES 6u /* with the key that follows it */
#define NAMED_PROPERTY  0x8000u
#define MANY_VALUES     0x1000u
#define INTERFACE_BYTES 16u /* in front of an object's bytes: which kind it is */

/* 2.1.3.2 */
enum attribute_id {
    ATTRIBUTE_SUBJECT = 0x00018004,
    ATTRIBUTE_TITLE = 0x00018010,
    ATTRIBUTE_BODY = 0x0002800C,
    ATTRIBUTE_DATA = 0x0006800F,
    ATTRIBUTE_RENDERING = 0x00069002, /* the first of each attachment */
    ATTRIBUTE_PROPERTIES = 0x00069003,
    ATTRIBUTE_ATTACHMENT = 0x00069005, /* its properties */
    ATTRIBUTE_CODEPAGE = 0x00069007,
};

struct attribute {
    uint32_t id;
    struct span data;
};

struct attachment {
    struct span title, data, properties;
    bool is_open;
};

static int tnef_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "application/vnd.ms-tnef") == 0 ? 95 : 0;
}

static struct span part_of(struct span bytes, size_t start, size_t len)
{
    if (start > bytes.len)
        start = bytes.len;
    if (len > bytes.len - start)
        len = bytes.len - start;
    return (struct span){ bytes.data + start, len };
}

/* One that is cut off has what there is of it. */
static bool next_attribute(struct span *rest, struct attribute *out)
{
    uint32_t level = ole_u8(*rest, 0), len = ole_u32(*rest, 5);

    if (rest->len < 9 || level < 1 || level > 2)
        return false;
    out->id = ole_u32(*rest, 1);
    out->data = part_of(*rest, 9, len);
    *rest = part_of(*rest, (size_t)9 + len + 2, rest->len);
    return true;
}

static struct span attributes(struct span bytes)
{
    return part_of(bytes, SIGNATURE_BYTES, bytes.len);
}

/* ---- properties: 2.1.3.4 ---- */

static size_t padded(size_t len)
{
    return (len + 3) & ~(size_t)3;
}

/* Bytes of a value; 0: it has its length in front. */
static size_t fixed_bytes(unsigned type)
{
    switch (type) {
    case 0x02: /* 16 bits, and as many of nothing */
    case 0x03:
    case 0x04:
    case 0x0A:
    case 0x0B:
        return 4;
    case 0x05:
    case 0x06:
    case 0x07:
    case 0x14:
    case 0x40:
        return 8;
    case 0x48:
        return 16;
    default:
        return 0;
    }
}

/* Behind a named property's name. */
static size_t skip_name(struct span properties, size_t at)
{
    uint32_t kind = ole_u32(properties, at + 16), len = ole_u32(properties, at + 20);

    return kind == 0 ? at + 24 : at + 24 + padded(len);
}

/* The first value of a property. */
static bool find_property(struct span properties, unsigned wanted, struct span *value,
                          unsigned *type)
{
    uint32_t count = ole_u32(properties, 0);
    size_t at = 4;

    for (uint32_t i = 0; i < count && at + 4 <= properties.len; i++) {
        unsigned full = ole_u16(properties, at), id = ole_u16(properties, at + 2);
        size_t fixed = fixed_bytes(full & ~MANY_VALUES);
        uint32_t values = 1;

        at += 4;
        if (id >= NAMED_PROPERTY)
            at = skip_name(properties, at);
        if (full & MANY_VALUES || fixed == 0) {
            values = ole_u32(properties, at);
            at += 4;
        }
        for (uint32_t k = 0; k < values && at <= properties.len; k++) {
            size_t len = fixed ? fixed : ole_u32(properties, at);

            at += fixed ? 0 : 4;
            if (id == wanted && len > 0) {
                *value = part_of(properties, at, len);
                *type = full & ~MANY_VALUES;
                return true;
            }
            at += padded(len);
        }
    }
    return false;
}

/* ---- text ---- */

static void append_text(struct span value, unsigned type, const char *charset, struct buf *out)
{
    CLEANUP(decoded_release) struct decoded decoded = { .storage = BUF_INIT(0) };

    if (type == MSG_UNICODE)
        ole_append_utf16(out, value);
    else if (!charset_decode(value, charset, &decoded, NULL))
        buf_append(out, decoded.text.data, decoded.text.len);
    while (out->len > 0 && out->data[out->len - 1] == '\0')
        out->len--;
}

static void find_charset(struct span bytes, char charset[CHARSET_NAME_BYTES])
{
    struct span rest = attributes(bytes);
    struct attribute attribute;

    charset[0] = '\0';
    while (next_attribute(&rest, &attribute))
        if (attribute.id == ATTRIBUTE_CODEPAGE)
            msg_charset(ole_u32(attribute.data, 0), charset);
}

/* Appends the text that the property is. */
static void append_property(struct span properties, unsigned property, const char *charset,
                            struct buf *out)
{
    struct span value;
    unsigned type;

    if (find_property(properties, property, &value, &type) &&
        (type == MSG_UNICODE || type == MSG_STRING8))
        append_text(value, type, charset, out);
}

/* Plain text says the same as HTML with less around it, unless it only says to look at that. */
static enum status put_body(const struct source *source, const struct mail_body *plain,
                            struct span properties, struct writer *writer, struct error *err)
{
    struct mail_body html = { .bytes = { "", 0 }, .charset = "", .is_html = true };
    char charset[CHARSET_NAME_BYTES] = "";
    CLEANUP(buf_release) struct buf text = BUF_INIT(MAIL_BODY_BYTES_MAX);
    struct span value, codepage;
    unsigned type;

    if (find_property(properties, MSG_HTML, &html.bytes, &type) && type != MSG_BINARY) {
        append_text(html.bytes, type, plain->charset, &text);
        html.bytes = buf_span(&text);
        html.charset = "UTF-8";
    } else if (find_property(properties, MSG_INTERNET_CODEPAGE, &codepage, &type)) {
        msg_charset(ole_u32(codepage, 0), charset);
        html.charset = charset;
    }
    if (plain->bytes.len > 0 && !(html.bytes.len > 0 && mail_is_stub(plain->bytes, html.bytes)))
        return mail_emit_body(plain, writer, err);
    if (html.bytes.len > 0)
        return mail_emit_body(&html, writer, err);
    if (find_property(properties, MSG_RTF, &value, &type))
        return mail_emit_rtf(source, value, writer, err);
    return STATUS_OK;
}

static enum status tnef_extract(const struct source *source, struct writer *writer,
                                struct error *err)
{
    CLEANUP(buf_release) struct buf subject = BUF_INIT((size_t)1 << 20);
    CLEANUP(buf_release) struct buf text = BUF_INIT(MAIL_BODY_BYTES_MAX);
    struct span rest = attributes(source->bytes), properties = { "", 0 };
    struct attribute attribute;
    char charset[CHARSET_NAME_BYTES];
    struct mail_body plain = { .bytes = { "", 0 }, .charset = charset };

    find_charset(source->bytes, charset);
    while (next_attribute(&rest, &attribute)) {
        if (attribute.id == ATTRIBUTE_SUBJECT && subject.len == 0)
            append_text(attribute.data, MSG_STRING8, charset, &subject);
        else if (attribute.id == ATTRIBUTE_BODY)
            plain.bytes = attribute.data;
        else if (attribute.id == ATTRIBUTE_PROPERTIES)
            properties = attribute.data;
    }
    if (subject.len == 0)
        append_property(properties, MSG_SUBJECT, charset, &subject);
    if (plain.bytes.len == 0) {
        append_property(properties, MSG_BODY, charset, &text);
        plain.bytes = buf_span(&text);
        plain.charset = text.len > 0 ? "UTF-8" : charset;
    }
    mail_emit_field(writer, "Subject", buf_span(&subject));
    writer_metadata(writer, "title", buf_span(&subject));
    return put_body(source, &plain, properties, writer, err);
}

/* ---- attachments ---- */

static enum status give_attachment(const struct source *source, struct attachment *attachment,
                                   const char *charset, unsigned number, member_fn *each,
                                   void *user, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)1 << 20);
    CLEANUP(buf_release) struct buf name = BUF_INIT(MAIL_NAME_BYTES_MAX);
    struct span value, data = attachment->data;
    bool is_object = false;
    unsigned type;

    if (find_property(attachment->properties, MSG_ATTACHMENT_LONG_NAME, &value, &type))
        append_text(value, type, charset, &text);
    else
        append_text(attachment->title, MSG_STRING8, charset, &text);
    if (find_property(attachment->properties, MSG_ATTACHMENT_DATA, &value, &type) &&
        type == MSG_OBJECT) {
        is_object = true;
        data = part_of(value, INTERFACE_BYTES, value.len);
    }
    mail_append_name(&name, buf_span(&text), number, is_object ? ".dat" : "");
    return mail_give(source, buf_span(&name), data, NULL, each, user, err);
}

static enum status tnef_members(const struct source *source, member_fn *each, void *user,
                                struct error *err)
{
    struct span rest = attributes(source->bytes);
    struct attachment now = { .is_open = false };
    struct attribute attribute;
    char charset[CHARSET_NAME_BYTES];
    enum status status = STATUS_OK;
    unsigned number = 0;

    find_charset(source->bytes, charset);
    while (!status && next_attribute(&rest, &attribute)) {
        if (attribute.id == ATTRIBUTE_RENDERING) {
            if (now.is_open)
                status = give_attachment(source, &now, charset, ++number, each, user, err);
            now = (struct attachment){ .is_open = true };
        } else if (attribute.id == ATTRIBUTE_TITLE) {
            now.title = attribute.data;
        } else if (attribute.id == ATTRIBUTE_DATA) {
            now.data = attribute.data;
        } else if (attribute.id == ATTRIBUTE_ATTACHMENT) {
            now.properties = attribute.data;
        }
    }
    if (!status && now.is_open)
        status = give_attachment(source, &now, charset, ++number, each, user, err);
    return status;
}

const struct extractor tnef_extractor = {
    .name = "tnef",
    .version = 2,
    .bid = tnef_bid,
    .extract = tnef_extract,
    .members = tnef_members,
};
