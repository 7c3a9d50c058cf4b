/*
 * xhtml.h - pages and pieces of HTML inside other formats: EPUB chapters, feed entries.
 */
#ifndef EXTRACTORS_XHTML_H
#define EXTRACTORS_XHTML_H

#include "ingest/writer.h"

/* Sends all of a page (UTF-8 or declared): nothing in it is boilerplate. */
NODISCARD enum status xhtml_emit(struct span text, bool is_xml, struct writer *writer,
                                 struct error *err);

#endif
