/*
 * mail_text.h - the plain text of a mail: paragraphs, quoted replies, lists, the signature.
 */
#ifndef EXTRACTORS_MAIL_TEXT_H
#define EXTRACTORS_MAIL_TEXT_H

#include "ingest/writer.h"

#define MAIL_QUOTE_DEPTH_MAX 32u

/* Sends the blocks of a body in UTF-8. Lines that were wrapped are joined again. */
void mail_text_emit(struct span text, struct writer *writer);

#endif
