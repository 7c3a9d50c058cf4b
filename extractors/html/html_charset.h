/*
 * html_charset.h - which charset an HTML document is in, as browsers tell.
 */
#ifndef EXTRACTORS_HTML_CHARSET_H
#define EXTRACTORS_HTML_CHARSET_H

#include "base/buf.h"
#include "base/status.h"

/* Appends bytes as valid UTF-8 without a byte order mark. charset receives its name. told is
 * what the document came with (a mail part's header), "" when there was nothing; it is believed
 * before what stands in the document. The order is
 * that of browsers: byte order mark, what the document declares; then UTF-8 when it is that, and
 * windows-1252. A declaration that the bytes contradict yields: pages were often saved by programs
 * that converted the text and left the declaration. */
NODISCARD enum status html_decode(struct span bytes, const char *told, struct buf *out,
                                  char charset[32], struct error *err);

#endif
