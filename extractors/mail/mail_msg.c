/*
 * mail_msg.c - one item that Outlook saved: its headers, the best of its bodies, its attachments.
 *
 * A message or an OLE object that is attached has no bytes of its own: as a member it is the same
 * file with its folder as the root.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/cleanup.h"
#include "extractors/extractors.h"
#include "extractors/mail/mail_emit.h"
#include "extractors/mail/msg.h"

#define FIELD_BYTES_MAX ((size_t)1 << 20)
#define RECIPIENTS_MAX  5000u

enum { RECIPIENT_TO = 1, RECIPIENT_CC = 2, RECIPIENT_BCC = 3 };
enum { METHOD_MESSAGE = 5 };

DEFINE_POINTER_CLEANUP(struct ole, ole_free);

static int msg_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "application/vnd.ms-outlook") == 0 ? 96 : 0;
}

/* ---- headers ---- */

/* "Name <address>", or the one of them that there is. An address without '@' is a path in some
 * company's directory. */
static void append_person(const struct msg_object *object, const unsigned names[2],
                          const unsigned addresses[3], struct buf *out)
{
    CLEANUP(buf_release) struct buf name = BUF_INIT(FIELD_BYTES_MAX);
    CLEANUP(buf_release) struct buf address = BUF_INIT(FIELD_BYTES_MAX);

    for (size_t i = 0; i < 2 && name.len == 0; i++)
        (void)msg_text(object, names[i], &name);
    for (size_t i = 0; i < 3 && !memchr(address.data, '@', address.len); i++) {
        buf_clear(&address);
        (void)msg_text(object, addresses[i], &address);
    }
    if (!memchr(address.data, '@', address.len) && name.len > 0)
        buf_clear(&address);
    if (out->len > 0 && name.len + address.len > 0)
        buf_append(out, ", ", 2);
    if (address.len == 0 || memmem(name.data, name.len, address.data, address.len))
        buf_append(out, name.data, name.len);
    else if (name.len == 0)
        buf_append(out, address.data, address.len);
    else
        buf_printf(out, "%s <%s>", name.data, address.data);
}

/* The address of "Name <address>"; empty: it has none. */
static struct span address_of(struct span person)
{
    const char *open = memrchr(person.data, '<', person.len);

    if (!memchr(person.data, '@', person.len))
        return (struct span){ "", 0 };
    if (!open || person.data[person.len - 1] != '>')
        return person;
    open++;
    return (struct span){ open, person.len - (size_t)(open - person.data) - 1 };
}

/* By their addresses where both have one, else by their names. */
static bool is_same_person(struct span a, struct span b)
{
    struct span x = address_of(a), y = address_of(b);

    if (x.len > 0 && y.len > 0)
        return x.len == y.len && strncasecmp(x.data, y.data, x.len) == 0;
    if (a.len > b.len)
        return is_same_person(b, a);
    /* "Ann" is "Ann <ann@example.org>", and not "Anna". */
    return strncasecmp(a.data, b.data, a.len) == 0 &&
           (a.len == 0 || a.len == b.len ||
            (b.len > a.len + 2 && memcmp(b.data + a.len, " <", 2) == 0));
}

/* Who wrote it, and who sent it, where that is told and another. */
static void append_senders(const struct msg_object *message, struct buf *from, struct buf *sender)
{
    static const unsigned from_names[] = { MSG_REPRESENTING_NAME, MSG_REPRESENTING_NAME };
    static const unsigned from_addresses[] = { MSG_REPRESENTING_SMTP_ADDRESS,
                                               MSG_REPRESENTING_ADDRESS, MSG_REPRESENTING_ADDRESS };
    static const unsigned names[] = { MSG_SENDER_NAME, MSG_SENDER_NAME };
    static const unsigned addresses[] = { MSG_SENDER_SMTP_ADDRESS, MSG_SENDER_ADDRESS,
                                          MSG_SENDER_ADDRESS };

    append_person(message, from_names, from_addresses, from);
    append_person(message, names, addresses, sender);
    if (from->len == 0)
        buf_append(from, sender->data, sender->len);
    if (is_same_person(buf_span(from), buf_span(sender)))
        buf_clear(sender);
}

/* The folders of a message whose names begin so, one after the other; OLE_NONE at the end. */
static size_t next_part(const struct msg_object *message, size_t at, const char *start)
{
    char name[33];

    at = at == OLE_NONE ? ole_first_child(message->ole, message->folder)
                        : ole_next_child(message->ole, at);
    for (; at != OLE_NONE; at = ole_next_child(message->ole, at)) {
        ole_name(message->ole, at, name);
        if (ole_is_folder(message->ole, at) && strncmp(name, start, strlen(start)) == 0)
            return at;
    }
    return OLE_NONE;
}

static void append_recipients(const struct msg_object *message, unsigned kind, struct buf *out)
{
    static const unsigned names[] = { MSG_DISPLAY_NAME, MSG_DISPLAY_NAME };
    static const unsigned addresses[] = { MSG_SMTP_ADDRESS, MSG_ADDRESS, MSG_ADDRESS };
    size_t at = OLE_NONE;

    for (unsigned count = 0; count < RECIPIENTS_MAX; count++) {
        struct msg_object person;
        uint64_t is_kind = RECIPIENT_TO;

        at = next_part(message, at, "__recip_version1.0_#");
        if (at == OLE_NONE)
            return;
        msg_open(message->ole, at, message, &person);
        (void)msg_number(&person, MSG_RECIPIENT_TYPE, MSG_INT32, &is_kind);
        if ((is_kind & 0xF) == kind)
            append_person(&person, names, addresses, out);
        msg_release(&person);
    }
}

static void put_recipients(const struct msg_object *message, const char *name, unsigned kind,
                           unsigned display, struct writer *writer)
{
    CLEANUP(buf_release) struct buf value = BUF_INIT(FIELD_BYTES_MAX);

    append_recipients(message, kind, &value);
    if (value.len == 0)
        (void)msg_text(message, display, &value);
    mail_emit_field(writer, name, buf_span(&value));
}

static bool time_text(const struct msg_object *message, unsigned property, char out[64])
{
    int64_t seconds;
    time_t when;
    struct tm utc;

    if (!msg_time(message, property, &seconds))
        return false;
    when = (time_t)seconds;
    return gmtime_r(&when, &utc) && strftime(out, 64, "%Y-%m-%dT%H:%M:%S+00:00", &utc) > 0;
}

static void put_time(const struct msg_object *message, const char *name, unsigned property,
                     struct writer *writer)
{
    char text[64];

    if (time_text(message, property, text))
        mail_emit_field(writer, name, (struct span){ text, strlen(text) });
}

/* When it was sent, else received; of a draft, when it was begun. */
static void put_date(const struct msg_object *message, struct writer *writer)
{
    char text[64];

    if (!time_text(message, MSG_SUBMIT_TIME, text) &&
        !time_text(message, MSG_DELIVERY_TIME, text) && !time_text(message, MSG_CREATED_TIME, text))
        return;
    mail_emit_field(writer, "Date", (struct span){ text, strlen(text) });
    writer_metadata(writer, "date", (struct span){ text, strlen(text) });
}

static bool is_class(const struct msg_object *message, const char *start)
{
    CLEANUP(buf_release) struct buf class = BUF_INIT(FIELD_BYTES_MAX);

    (void)msg_text(message, MSG_CLASS, &class);
    return class.len >= strlen(start) && strncasecmp(class.data, start, strlen(start)) == 0;
}

static void put_headers(const struct msg_object *message, struct writer *writer)
{
    CLEANUP(buf_release) struct buf subject = BUF_INIT(FIELD_BYTES_MAX);
    CLEANUP(buf_release) struct buf from = BUF_INIT(FIELD_BYTES_MAX);
    CLEANUP(buf_release) struct buf sender = BUF_INIT(FIELD_BYTES_MAX);

    (void)msg_text(message, MSG_SUBJECT, &subject);
    append_senders(message, &from, &sender);
    mail_emit_field(writer, "Subject", buf_span(&subject));
    mail_emit_field(writer, "From", buf_span(&from));
    mail_emit_field(writer, "Sender", buf_span(&sender));
    writer_metadata(writer, "title", buf_span(&subject));
    writer_metadata(writer, "author", buf_span(&from));
    put_recipients(message, "To", RECIPIENT_TO, MSG_DISPLAY_TO, writer);
    put_recipients(message, "Cc", RECIPIENT_CC, MSG_DISPLAY_CC, writer);
    put_recipients(message, "Bcc", RECIPIENT_BCC, MSG_DISPLAY_BCC, writer);
    put_date(message, writer);
    if (is_class(message, "IPM.Appointment") || is_class(message, "IPM.Schedule")) {
        put_time(message, "Start", MSG_START_TIME, writer);
        put_time(message, "End", MSG_END_TIME, writer);
    }
}

/* [MS-OXOCNTC]: what a card says of a person, where it has a number of its own. */
static void put_card(const struct msg_object *message, struct writer *writer)
{
    static const struct {
        unsigned property;
        const char *name;
    } fields[] = {
        { 0x3001, "Name" },       { 0x3A16, "Company" }, { 0x3A18, "Department" },
        { 0x3A17, "Job title" },  { 0x3A08, "Phone" },   { 0x3A1C, "Mobile" },
        { 0x3A09, "Home phone" }, { 0x3A24, "Fax" },     { 0x3A15, "Address" },
        { 0x3A51, "Web page" },
    };

    if (!is_class(message, "IPM.Contact"))
        return;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        CLEANUP(buf_release) struct buf value = BUF_INIT(FIELD_BYTES_MAX);

        if (msg_text(message, fields[i].property, &value))
            mail_emit_field(writer, fields[i].name, buf_span(&value));
    }
}

/* ---- bodies ---- */

static enum status put_plain(const struct buf *text, struct writer *writer, struct error *err)
{
    struct mail_body body = { .bytes = buf_span(text), .charset = "UTF-8" };

    return mail_emit_body(&body, writer, err);
}

/* HTML is bytes in the code page of the internet; some programs store it as a string. */
static enum status put_html(const struct msg_object *message, const struct buf *html,
                            bool is_string, struct writer *writer, struct error *err)
{
    char charset[CHARSET_NAME_BYTES] = "";
    struct mail_body body = { .bytes = buf_span(html), .charset = charset, .is_html = true };
    uint64_t codepage = 0;

    if (is_string)
        (void)snprintf(charset, sizeof(charset), "UTF-8");
    else if (msg_number(message, MSG_INTERNET_CODEPAGE, MSG_INT32, &codepage))
        msg_charset(codepage, charset);
    return mail_emit_body(&body, writer, err);
}

/* Plain text says the same with less around it, unless it only says to look at the HTML. */
static enum status put_body(const struct source *source, const struct msg_object *message,
                            struct writer *writer, struct error *err)
{
    CLEANUP(buf_release) struct buf plain = BUF_INIT(MAIL_BODY_BYTES_MAX);
    CLEANUP(buf_release) struct buf other = BUF_INIT(MAIL_BODY_BYTES_MAX);
    struct error problem = { .status = STATUS_OK };
    bool has_plain = msg_text(message, MSG_BODY, &plain), is_string = false;
    bool has_html = msg_bytes(message, MSG_HTML, MSG_BINARY, &other, &problem);
    enum status status = STATUS_OK;

    if (!has_html)
        has_html = is_string = msg_text(message, MSG_HTML, &other);
    if (has_plain && !(has_html && mail_is_stub(buf_span(&plain), buf_span(&other))))
        return put_plain(&plain, writer, err);
    if (has_html)
        status = put_html(message, &other, is_string, writer, err);
    else if (msg_bytes(message, MSG_RTF, MSG_BINARY, &other, &problem))
        status = mail_emit_rtf(source, buf_span(&other), writer, err);
    if (problem.status)
        writer_problem(writer, &problem);
    return status;
}

static enum status msg_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    CLEANUP(ole_free_ptr) struct ole *ole = NULL;
    CLEANUP(msg_release) struct msg_object message = { .fixed = BUF_INIT(0) };
    enum status status = ole_open(source->bytes, &ole, err);

    if (status)
        return status;
    msg_open(ole, OLE_ROOT, NULL, &message);
    put_headers(&message, writer);
    put_card(&message, writer);
    return put_body(source, &message, writer, err);
}

/* ---- attachments ---- */

static void append_attachment_name(const struct msg_object *attachment, unsigned number,
                                   bool is_message, struct buf *out)
{
    static const unsigned names[] = { MSG_ATTACHMENT_LONG_NAME, MSG_ATTACHMENT_NAME,
                                      MSG_DISPLAY_NAME };
    CLEANUP(buf_release) struct buf name = BUF_INIT(FIELD_BYTES_MAX);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && name.len == 0; i++)
        (void)msg_text(attachment, names[i], &name);
    if (is_message && name.len > 0 &&
        (name.len < 4 || strcasecmp(name.data + name.len - 4, ".msg") != 0))
        buf_append(&name, ".msg", 4);
    mail_append_name(out, buf_span(&name), number, is_message ? ".msg" : "");
}

static enum status give_attachment(const struct source *source, const struct msg_object *attachment,
                                   unsigned number, member_fn *each, void *user, struct error *err)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(source->budget->member_bytes_max);
    CLEANUP(buf_release) struct buf name = BUF_INIT(MAIL_NAME_BYTES_MAX);
    struct error problem = { .status = STATUS_OK };
    size_t folder = msg_folder(attachment, MSG_ATTACHMENT_DATA);
    uint64_t method = 0;

    (void)msg_number(attachment, MSG_ATTACHMENT_METHOD, MSG_INT32, &method);
    append_attachment_name(attachment, number, folder != OLE_NONE && method == METHOD_MESSAGE,
                           &name);
    if (folder != OLE_NONE)
        ole_append_rooted(attachment->ole, folder, &bytes);
    else
        (void)msg_bytes(attachment, MSG_ATTACHMENT_DATA, MSG_BINARY, &bytes, &problem);
    (void)!buf_status(&bytes, &problem);
    return mail_give(source, buf_span(&name), buf_span(&bytes), &problem, each, user, err);
}

static enum status msg_members(const struct source *source, member_fn *each, void *user,
                               struct error *err)
{
    CLEANUP(ole_free_ptr) struct ole *ole = NULL;
    CLEANUP(msg_release) struct msg_object message = { .fixed = BUF_INIT(0) };
    enum status status = ole_open(source->bytes, &ole, err);
    size_t at = OLE_NONE;

    if (status)
        return status;
    msg_open(ole, OLE_ROOT, NULL, &message);
    for (unsigned number = 1; !status; number++) {
        struct msg_object attachment;

        at = next_part(&message, at, "__attach_version1.0_#");
        if (at == OLE_NONE)
            break;
        msg_open(ole, at, &message, &attachment);
        status = give_attachment(source, &attachment, number, each, user, err);
        msg_release(&attachment);
    }
    return status;
}

const struct extractor msg_extractor = {
    .name = "msg",
    .version = 8,
    .bid = msg_bid,
    .extract = msg_extract,
    .members = msg_members,
};
