/*
 * mail.c - one mail (RFC 5322, MIME): its headers, the best of its bodies, its attachments.
 *
 * The one door to GMime, which parses what is broken without complaint. Bodies are decoded by
 * charset.c, as every other text is. Nothing is fetched: pictures and links stay names.
 */
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "extractors/common/charset.h"
#include "extractors/container/cms.h"
#include "extractors/extractors.h"
#include "extractors/far_bids.h"
#include "extractors/mail/mail_emit.h"

#define DEPTH_MAX 16u

/* What the walk over the parts is for: writer to send the bodies, each to give the attachments. */
struct walk {
    const struct source *source;
    struct writer *writer;
    member_fn *each;
    void *user;
    struct error *err;
    unsigned part;          /* leaves so far */
    unsigned message_depth; /* mails in mails; 1: the outermost */
};

static enum status walk_part(struct walk *walk, GMimeObject *part, bool is_unread, unsigned depth);

static void release_object(GMimeMessage **message)
{
    if (*message)
        g_object_unref(*message);
}

/* A mail taken out of a mailbox may still begin with the mailbox's own line. */
static struct span without_postmark(struct span bytes)
{
    const char *end;

    if (bytes.len < 5 || memcmp(bytes.data, "From ", 5) != 0)
        return bytes;
    end = memchr(bytes.data, '\n', bytes.len);
    if (!end)
        return bytes;
    return (struct span){ end + 1, bytes.len - (size_t)(end + 1 - bytes.data) };
}

static bool is_wide(struct span bytes)
{
    bool is_big_endian;

    return (bytes.len >= 2 &&
            (memcmp(bytes.data, "\xFF\xFE", 2) == 0 || memcmp(bytes.data, "\xFE\xFF", 2) == 0)) ||
           charset_is_bare_utf16(bytes, &is_big_endian);
}

static enum status parse(struct span bytes, GMimeMessage **out, struct error *err)
{
    GMimeStream *stream;
    GMimeParser *parser;

    g_mime_init();
    bytes = without_postmark(bytes);
    if (bytes.len >= 3 && memcmp(bytes.data, "\xEF\xBB\xBF", 3) == 0)
        bytes = (struct span){ bytes.data + 3, bytes.len - 3 };
    stream = g_mime_stream_mem_new_with_buffer(bytes.data, bytes.len);
    parser = g_mime_parser_new_with_stream(stream);
    *out = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    g_object_unref(stream);
    return *out ? STATUS_OK : error_set(err, STATUS_MALFORMED, "no mail can be read from it");
}

/* A whole mail in UTF-16 is turned to UTF-8 first: MIME knows bytes only. */
static enum status read_mail(const struct source *source, GMimeMessage **out, struct error *err)
{
    struct span head = { source->bytes.data, source->bytes.len < 4096 ? source->bytes.len : 4096 };
    CLEANUP(decoded_release) struct decoded decoded = { .storage = BUF_INIT(0) };
    enum status status;

    if (!is_wide(head))
        return parse(source->bytes, out, err);
    status = charset_decode(source->bytes, "", &decoded, err);
    return status ? status : parse(decoded.text, out, err);
}

/* ---- parts ---- */

static bool is_type(GMimeObject *part, const char *type, const char *subtype)
{
    GMimeContentType *content_type = g_mime_object_get_content_type(part);

    return content_type && g_mime_content_type_is_type(content_type, type, subtype);
}

static bool is_attachment(GMimeObject *part)
{
    const char *disposition = g_mime_object_get_disposition(part);

    return disposition && strcasecmp(disposition, "attachment") == 0;
}

static bool is_html(GMimeObject *part)
{
    return is_type(part, "text", "html") || is_type(part, "application", "xhtml+xml");
}

static bool is_body(GMimeObject *part)
{
    return GMIME_IS_PART(part) && !is_attachment(part) &&
           (is_type(part, "text", "plain") || is_html(part));
}

/* What stands for a part of an alternative: itself, or the first body in it. */
static GMimeObject *first_body(GMimeObject *part, unsigned depth)
{
    int count;

    if (is_body(part))
        return part;
    if (!GMIME_IS_MULTIPART(part) || depth >= DEPTH_MAX)
        return NULL;
    count = g_mime_multipart_get_count(GMIME_MULTIPART(part));
    for (int i = 0; i < count; i++) {
        GMimeObject *found =
            first_body(g_mime_multipart_get_part(GMIME_MULTIPART(part), i), depth + 1);

        if (found)
            return found;
    }
    return NULL;
}

/* Appends the bytes of a part without its transfer encoding. */
static enum status append_content(GMimeObject *part, struct buf *out, struct error *err)
{
    GMimeStream *stream = g_mime_stream_mem_new();
    GByteArray *bytes;

    if (GMIME_IS_MESSAGE_PART(part)) {
        GMimeMessage *message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));

        if (message)
            (void)g_mime_object_write_to_stream(GMIME_OBJECT(message), NULL, stream);
    } else if (GMIME_IS_PART(part)) {
        GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(part));

        if (content)
            (void)g_mime_data_wrapper_write_to_stream(content, stream);
    }
    bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    if (bytes && bytes->len > 0)
        buf_append(out, bytes->data, bytes->len);
    g_object_unref(stream);
    return buf_status(out, err);
}

/* ---- bodies ---- */

static bool has_parameter(GMimeObject *part, const char *name, const char *value)
{
    const char *given = g_mime_object_get_content_type_parameter(part, name);

    return given && strcasecmp(given, value) == 0;
}

static enum status put_body(struct walk *walk, GMimeObject *part)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(MAIL_BODY_BYTES_MAX);
    const char *charset = g_mime_object_get_content_type_parameter(part, "charset");
    enum status status = append_content(part, &bytes, walk->err);
    struct mail_body body = {
        .bytes = buf_span(&bytes),
        .charset = charset ? charset : "",
        .is_html = is_html(part),
        .is_flowed = has_parameter(part, "format", "flowed"),
        .drops_spaces = has_parameter(part, "delsp", "yes"),
    };

    return status ? status : mail_emit_body(&body, walk->writer, walk->err);
}

static bool is_stub_beside(GMimeObject *plain, GMimeObject *html)
{
    CLEANUP(buf_release) struct buf plain_bytes = BUF_INIT(MAIL_BODY_BYTES_MAX);
    CLEANUP(buf_release) struct buf html_bytes = BUF_INIT(MAIL_BODY_BYTES_MAX);

    return !append_content(plain, &plain_bytes, NULL) && !append_content(html, &html_bytes, NULL) &&
           mail_is_stub(buf_span(&plain_bytes), buf_span(&html_bytes));
}

/* Plain text says the same with less around it, unless it only says to look at the HTML. */
static int best_alternative(GMimeMultipart *multipart)
{
    int count = g_mime_multipart_get_count(multipart), plain = -1, html = -1;

    for (int i = 0; i < count; i++) {
        GMimeObject *body = first_body(g_mime_multipart_get_part(multipart, i), 0);

        if (body && is_html(body))
            html = i;
        else if (body && plain < 0)
            plain = i;
    }
    if (plain < 0 || html < 0)
        return plain < 0 ? html : plain;
    return is_stub_beside(first_body(g_mime_multipart_get_part(multipart, plain), 0),
                          first_body(g_mime_multipart_get_part(multipart, html), 0))
               ? html
               : plain;
}

/* ---- attachments ---- */

static const char *suffix_of(GMimeObject *part)
{
    return GMIME_IS_MESSAGE_PART(part)         ? ".eml"
           : is_html(part)                     ? ".html"
           : is_type(part, "text", "plain")    ? ".txt"
           : is_type(part, "text", "calendar") ? ".ics"
                                               : "";
}

static enum status give_attachment(struct walk *walk, GMimeObject *part)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(walk->source->budget->member_bytes_max);
    CLEANUP(buf_release) struct buf name = BUF_INIT(MAIL_NAME_BYTES_MAX);
    const char *given = g_mime_object_get_content_disposition_parameter(part, "filename");
    struct error problem = { .status = STATUS_OK };

    if (!given || !*given)
        given = g_mime_object_get_content_type_parameter(part, "name");
    if (!given)
        given = "";
    mail_append_name(&name, (struct span){ given, strlen(given) }, walk->part, suffix_of(part));
    (void)!append_content(part, &bytes, &problem);
    return mail_give(walk->source, buf_span(&name), buf_span(&bytes), &problem, walk->each,
                     walk->user, walk->err);
}

/* ---- headers ---- */

static void put_date(struct walk *walk, GMimeMessage *message)
{
    GDateTime *date = g_mime_message_get_date(message);
    char text[64];
    long minutes;

    if (!date)
        return;
    minutes = (long)(g_date_time_get_utc_offset(date) / G_TIME_SPAN_MINUTE);
    (void)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d%c%02ld:%02ld",
                   g_date_time_get_year(date), g_date_time_get_month(date),
                   g_date_time_get_day_of_month(date), g_date_time_get_hour(date),
                   g_date_time_get_minute(date), g_date_time_get_second(date),
                   minutes < 0 ? '-' : '+', labs(minutes) / 60, labs(minutes) % 60);
    writer_metadata(walk->writer, "date", (struct span){ text, strlen(text) });
}

static void put_headers(struct walk *walk, GMimeMessage *message, unsigned depth)
{
    static const struct {
        const char *name, *metadata;
    } headers[] = {
        { "Subject", "title" }, { "From", "author" }, { "To", NULL },
        { "Cc", NULL },         { "Bcc", NULL },      { "Date", NULL },
    };

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        const char *value = g_mime_object_get_header(GMIME_OBJECT(message), headers[i].name);

        if (!value || !*value)
            continue;
        if (i == 0 && walk->message_depth > 1) { /* a mail in a mail is a part with a title */
            writer_block(walk->writer, BLOCK_HEADING,
                         walk->message_depth < 7 ? walk->message_depth - 1 : 6,
                         (struct span){ value, strlen(value) });
            continue;
        }
        mail_emit_field(walk->writer, headers[i].name, (struct span){ value, strlen(value) });
        if (headers[i].metadata && depth == 0)
            writer_metadata(walk->writer, headers[i].metadata,
                            (struct span){ value, strlen(value) });
    }
    if (depth == 0)
        put_date(walk, message);
}

/* ---- the walk ---- */

static enum status walk_message(struct walk *walk, GMimeMessage *message, bool is_unread,
                                unsigned depth)
{
    GMimeObject *part = g_mime_message_get_mime_part(message);
    enum status status;

    walk->message_depth++;
    if (walk->writer && !is_unread)
        put_headers(walk, message, depth);
    status = part ? walk_part(walk, part, is_unread, depth + 1) : STATUS_OK;
    walk->message_depth--;
    return status;
}

/* Of an alternative one is read; what is attached to the others is still attached. */
static enum status walk_multipart(struct walk *walk, GMimeMultipart *multipart, bool is_unread,
                                  unsigned depth)
{
    bool is_alternative = is_type(GMIME_OBJECT(multipart), "multipart", "alternative");
    int count = g_mime_multipart_get_count(multipart);
    int best = is_alternative ? best_alternative(multipart) : -1;
    enum status status = STATUS_OK;

    if (is_type(GMIME_OBJECT(multipart), "multipart", "encrypted")) {
        if (walk->writer && !is_unread)
            writer_partial(walk->writer, "encrypted (OpenPGP)");
        return STATUS_OK;
    }
    if (is_type(GMIME_OBJECT(multipart), "multipart", "signed") && count > 1)
        count = 1; /* the second part is the signature */
    for (int i = 0; i < count && !status; i++)
        status = walk_part(walk, g_mime_multipart_get_part(multipart, i),
                           is_unread || (is_alternative && i != best), depth + 1);
    return status;
}

static bool is_smime(GMimeObject *part)
{
    return GMIME_IS_PART(part) && (is_type(part, "application", "pkcs7-mime") ||
                                   is_type(part, "application", "x-pkcs7-mime"));
}

/* Reads what is inside of a signed part in its place. *is_read says whether it could be. */
static enum status walk_smime(struct walk *walk, GMimeObject *part, bool is_unread, unsigned depth,
                              bool *is_read)
{
    CLEANUP(buf_release) struct buf wrapped = BUF_INIT(walk->source->budget->member_bytes_max);
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(walk->source->budget->member_bytes_max);
    CLEANUP(release_object) GMimeMessage *inner = NULL;
    struct error problem = { .status = STATUS_OK };
    GMimeObject *inner_part;

    if (append_content(part, &wrapped, &problem) ||
        cms_unwrap(buf_span(&wrapped), &bytes, &problem) ||
        parse(buf_span(&bytes), &inner, &problem)) {
        if (strncmp(problem.text, "encrypted", 9) == 0) {
            *is_read = true;
            if (walk->writer && !is_unread)
                writer_partial(walk->writer, "%s", problem.text);
        }
        return STATUS_OK;
    }
    *is_read = true;
    inner_part = g_mime_message_get_mime_part(inner);
    return inner_part ? walk_part(walk, inner_part, is_unread, depth + 1) : STATUS_OK;
}

/* What programs say of the fate of a mail (RFC 3464, 8098), and the headers of the one they mean:
 * lines like headers. */
static bool is_report(GMimeObject *part)
{
    return GMIME_IS_PART(part) && !is_attachment(part) &&
           (is_type(part, "message", "delivery-status") ||
            is_type(part, "message", "disposition-notification") ||
            is_type(part, "message", "feedback-report") || is_type(part, "text", "rfc822-headers"));
}

static enum status put_report(struct walk *walk, GMimeObject *part)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(MAIL_BODY_BYTES_MAX);
    enum status status = append_content(part, &bytes, walk->err);

    if (!status)
        mail_emit_report(buf_span(&bytes), walk->writer);
    return status;
}

static enum status walk_part(struct walk *walk, GMimeObject *part, bool is_unread, unsigned depth)
{
    bool is_read = false;
    enum status status;

    if (depth > DEPTH_MAX) {
        if (walk->writer)
            writer_partial(walk->writer, "parts nested deeper than %u", DEPTH_MAX);
        return STATUS_OK;
    }
    if (GMIME_IS_MULTIPART(part))
        return walk_multipart(walk, GMIME_MULTIPART(part), is_unread, depth);
    walk->part++;
    if (GMIME_IS_MESSAGE_PART(part) && !is_attachment(part)) {
        GMimeMessage *message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));

        return message ? walk_message(walk, message, is_unread, depth) : STATUS_OK;
    }
    if (is_smime(part)) {
        status = walk_smime(walk, part, is_unread, depth, &is_read);
        if (status || is_read)
            return status;
    }
    if (is_body(part))
        return walk->writer && !is_unread ? put_body(walk, part) : STATUS_OK;
    if (is_report(part))
        return walk->writer && !is_unread ? put_report(walk, part) : STATUS_OK;
    return walk->each ? give_attachment(walk, part) : STATUS_OK;
}

static enum status walk_mail(struct walk *walk)
{
    CLEANUP(release_object) GMimeMessage *message = NULL;
    enum status status = read_mail(walk->source, &message, walk->err);

    return status ? status : walk_message(walk, message, false, 0);
}

static enum status mail_extract(const struct source *source, struct writer *writer,
                                struct error *err)
{
    struct walk walk = { .source = source, .writer = writer, .err = err };

    return walk_mail(&walk);
}

static enum status mail_members(const struct source *source, member_fn *each, void *user,
                                struct error *err)
{
    struct walk walk = { .source = source, .each = each, .user = user, .err = err };

    return walk_mail(&walk);
}

#define TEXT_OF_(number) #number
#define TEXT_OF(number)  TEXT_OF_(number)

static const char *mail_library(void)
{
    return "gmime " TEXT_OF(GMIME_MAJOR_VERSION) "." TEXT_OF(GMIME_MINOR_VERSION) "." TEXT_OF(
        GMIME_MICRO_VERSION);
}

const struct extractor mail_extractor = {
    .name = "mail",
    .version = 12,
    .bid = mail_bid,
    .extract = mail_extract,
    .members = mail_members,
    .library = mail_library,
};
