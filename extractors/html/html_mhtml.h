/*
 * html_mhtml.h - a page saved with its parts in one file (RFC 2557).
 */
#ifndef EXTRACTORS_HTML_MHTML_H
#define EXTRACTORS_HTML_MHTML_H

#include "base/buf.h"

/* Does head, the first bytes of a file, begin such a file? */
bool mhtml_begins(struct span head);

/* Appends the bytes of the page itself: the first part that is HTML, decoded. charset receives what
 * its header says, or "". False: there is none. */
bool mhtml_page(struct span bytes, struct buf *out, char charset[32]);

#endif
