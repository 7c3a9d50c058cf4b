/*
 * mail_text.h - the plain text of a mail: paragraphs, quoted replies, lists, the signature.
 */
#ifndef EXTRACTORS_MAIL_TEXT_H
#define EXTRACTORS_MAIL_TEXT_H

#include "ingest/writer.h"

#define MAIL_QUOTE_DEPTH_MAX 32u

enum mail_text_flags {
    MAIL_TEXT_FLOWED = 1 << 0,       /* RFC 3676: a line that ends with a space goes on */
    MAIL_TEXT_DROPS_SPACES = 1 << 1, /* and that space is none of the text's */
};

/* Sends the blocks of a body in UTF-8. Lines that were wrapped are joined again. */
void mail_text_emit(struct span text, unsigned flags, struct writer *writer);

#endif
