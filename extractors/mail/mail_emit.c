#include "extractors/mail/mail_emit.h"

#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/common/charset.h"
#include "extractors/extractors.h"
#include "extractors/html/html_charset.h"
#include "extractors/html/xhtml.h"
#include "extractors/mail/mail_text.h"
#include "extractors/mail/rtf_packed.h"

#define STUB_BYTES_MAX 160u /* "Your program shows no HTML" is no body */
#define STUB_RATIO     4u

void mail_emit_field(struct writer *writer, const char *name, struct span value)
{
    if (value.len == 0)
        return;
    writer_begin(writer, BLOCK_FIELD, 0);
    writer_text(writer, (struct span){ name, strlen(name) });
    writer_text(writer, (struct span){ ": ", 2 });
    writer_text(writer, value);
    writer_end(writer);
}

void mail_emit_report(struct span lines, struct writer *writer)
{
    bool is_open = false;

    for (size_t at = 0; at < lines.len && !writer_is_full(writer);) {
        const char *end = memchr(lines.data + at, '\n', lines.len - at);
        size_t len = end ? (size_t)(end - lines.data) - at : lines.len - at;
        struct span line = { lines.data + at, len };
        bool is_folded = len > 0 && (line.data[0] == ' ' || line.data[0] == '\t');

        at += len + 1;
        if (is_open && !is_folded) {
            writer_end(writer);
            is_open = false;
        }
        if (is_open) {
            writer_text(writer, line);
        } else if (!is_folded && memchr(line.data, ':', line.len)) {
            writer_begin(writer, BLOCK_FIELD, 0);
            writer_text(writer, line);
            is_open = true;
        }
    }
    if (is_open)
        writer_end(writer);
}

static enum status emit_html(const struct mail_body *body, struct writer *writer, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(MAIL_BODY_BYTES_MAX * 3);
    char charset[CHARSET_NAME_BYTES];
    enum status status = html_decode(body->bytes, body->charset, &text, charset, err);

    return status ? status : xhtml_emit(buf_span(&text), 0, writer, err);
}

enum status mail_emit_body(const struct mail_body *body, struct writer *writer, struct error *err)
{
    CLEANUP(decoded_release) struct decoded decoded = { .storage = BUF_INIT(0) };
    enum status status;

    if (body->is_html)
        return emit_html(body, writer, err);
    status = charset_decode(body->bytes, body->charset, &decoded, err);
    if (status)
        return status;
    if (decoded.repaired > 0)
        writer_charset(writer, decoded.charset);
    mail_text_emit(decoded.text,
                   (body->is_flowed ? MAIL_TEXT_FLOWED : 0) |
                       (body->drops_spaces ? MAIL_TEXT_DROPS_SPACES : 0),
                   writer);
    return STATUS_OK;
}

enum status mail_emit_rtf(const struct source *source, struct span packed, struct writer *writer,
                          struct error *err)
{
    CLEANUP(buf_release) struct buf rtf = BUF_INIT(MAIL_BODY_BYTES_MAX);
    struct source inner = *source;
    struct error problem = { .status = STATUS_OK };

    if (rtf_unpack(packed, &rtf, &problem))
        writer_problem(writer, &problem);
    inner.bytes = buf_span(&rtf);
    return rtf.len > 0 ? rtf_extractor.extract(&inner, writer, err) : STATUS_OK;
}

/* Bytes that are neither white space nor between angle brackets; enough is enough. */
static size_t visible_bytes(struct span bytes, bool is_markup, size_t enough)
{
    bool is_in_tag = false;
    size_t count = 0;

    for (size_t i = 0; i < bytes.len && count < enough; i++) {
        if (is_markup && bytes.data[i] == '<')
            is_in_tag = true;
        if (!is_in_tag && !isspace((unsigned char)bytes.data[i]))
            count++;
        if (bytes.data[i] == '>')
            is_in_tag = false;
    }
    return count;
}

bool mail_is_stub(struct span plain, struct span html)
{
    size_t plain_bytes = visible_bytes(plain, false, STUB_BYTES_MAX + 1);
    size_t wanted = plain_bytes * STUB_RATIO + 1;

    return plain_bytes <= STUB_BYTES_MAX && visible_bytes(html, true, wanted) == wanted;
}

void mail_append_name(struct buf *out, struct span given, unsigned number, const char *suffix)
{
    if (given.len > MAIL_NAME_BYTES_MAX / 4) { /* the extension is at the end */
        size_t cut = given.len - MAIL_NAME_BYTES_MAX / 4;

        while (cut < given.len && ((unsigned char)given.data[cut] & 0xC0) == 0x80)
            cut++; /* not inside a character */
        given = (struct span){ given.data + cut, given.len - cut };
    }
    (void)utf8_append_repaired(out, given);
    for (size_t i = 0; i < out->len; i++)
        if (out->data[i] == '/' || (unsigned char)out->data[i] < ' ' || out->data[i] == 0x7F)
            out->data[i] = '_';
    if (out->len == 0 || strcmp(out->data, ".") == 0 || strcmp(out->data, "..") == 0) {
        buf_clear(out);
        buf_printf(out, "part-%u%s", number, suffix);
    }
}

enum status mail_give(const struct source *source, struct span name, struct span bytes,
                      const struct error *problem, member_fn *each, void *user, struct error *err)
{
    struct member_budget *budget = source->budget;
    struct member member = { .path = name, .bytes = bytes, .outcome = OUTCOME_PENDING };
    enum status status;

    if (++budget->member_count > budget->member_count_max)
        return error_set(err, STATUS_LIMIT, "more than %u members", budget->member_count_max);
    source_progress(source);
    if (problem && problem->status) {
        member.bytes = (struct span){ NULL, 0 };
        member.outcome = extractor_outcome(problem->status, problem);
        member.reason = problem->text;
        return each(user, &member, err);
    }
    status = member_budget_charge(budget, bytes.len, err);
    if (status)
        return status;
    if (bytes.len > budget->member_bytes_max) {
        member.bytes = (struct span){ NULL, 0 };
        member.outcome = outcome_of_status(STATUS_LIMIT);
        member.reason = "larger than a member may be";
    }
    return each(user, &member, err);
}
