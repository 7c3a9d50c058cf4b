/*
 * xhtml.h - pages and pieces of HTML inside other formats: EPUB chapters, feed entries.
 */
#ifndef EXTRACTORS_XHTML_H
#define EXTRACTORS_XHTML_H

#include "extractors/html/html_notes.h"
#include "ingest/writer.h"

enum xhtml_flags {
    XHTML_IS_XML = 1 << 0,
    /* Leaves a table of contents out, when most of the page is something else: a chapter of a book
     * often begins with a list of its own headings. */
    XHTML_DROP_CONTENTS = 1 << 1,
};

/* Sends all else of a page (UTF-8 or declared): nothing in it is boilerplate. */
NODISCARD enum status xhtml_emit(struct span text, unsigned flags, struct writer *writer,
                                 struct error *err);

/* The same of a page of a book, whose notes may stand on another. */
NODISCARD enum status xhtml_emit_page(struct span text, unsigned flags, struct html_note_book *book,
                                      struct writer *writer, struct error *err);

#endif
