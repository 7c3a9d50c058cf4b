/*
 * html_emit.h - sends the text blocks of a page that are kept to the writer, with their structure.
 */
#ifndef EXTRACTORS_HTML_EMIT_H
#define EXTRACTORS_HTML_EMIT_H

#include "extractors/html/html_notes.h"
#include "ingest/writer.h"

/* roles (enum html_role) has one entry per block of page. A data table is emitted whole when most
 * of its text is kept. notes: those of the page. url is what the page says its own address is;
 * links are seen from it. */
void html_emit(const struct html_page *page, const uint8_t *roles, const struct html_notes *notes,
               struct span url, struct writer *writer);

/* Hidden text, to be kept apart. */
void html_emit_hidden(const struct html_page *page, struct writer *writer);

#endif
