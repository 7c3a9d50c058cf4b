/*
 * mail_emit.h - what mails of every format send: header fields, bodies, attachments.
 */
#ifndef EXTRACTORS_MAIL_EMIT_H
#define EXTRACTORS_MAIL_EMIT_H

#include "ingest/extractor.h"

#define MAIL_NAME_BYTES_MAX 255u
#define MAIL_BODY_BYTES_MAX ((size_t)64 << 20)

/* A body as its mail has it: not decoded. */
struct mail_body {
    struct span bytes;
    const char *charset; /* declared; "" when it is not */
    bool is_html;
    bool is_flowed, drops_spaces; /* format=flowed and delsp=yes of RFC 3676; plain text only */
};

/* One "name: value". Empty values are left out. */
void mail_emit_field(struct writer *writer, const char *name, struct span value);

/* Lines "name: value", folded ones joined, each as a field; what is no such line is left out. */
void mail_emit_report(struct span lines, struct writer *writer);

/* The blocks of a body: paragraphs and quoted replies of plain text, all of an HTML page. */
NODISCARD enum status mail_emit_body(const struct mail_body *body, struct writer *writer,
                                     struct error *err);

/* The same of packed RTF, as Outlook's formats have it; source is the document that it is in. */
NODISCARD enum status mail_emit_rtf(const struct source *source, struct span packed,
                                    struct writer *writer, struct error *err);

/* Is plain text only a hint to look at the HTML beside it? Both not decoded. */
bool mail_is_stub(struct span plain, struct span html);

/* Appends the name of an attachment so that it can be a part of a path, in UTF-8; suffix ends the
 * name of one that has none. */
void mail_append_name(struct buf *out, struct span given, unsigned number, const char *suffix);

/* Gives a member to each, counted against the budget. problem, unless NULL or STATUS_OK, says why
 * its bytes could not be read. */
NODISCARD enum status mail_give(const struct source *source, struct span name, struct span bytes,
                                const struct error *problem, member_fn *each, void *user,
                                struct error *err);

#endif
