/*
 * pdf_extras.h - what stands on a page beside its drawn text: links, comments, values of forms,
 * what pictures show.
 */
#ifndef EXTRACTORS_PDF_EXTRAS_H
#define EXTRACTORS_PDF_EXTRAS_H

#include <poppler.h>

#include "extractors/pdf/pdf_emit.h"
#include "extractors/pdf/pdf_tags.h"

/* Reads what annotations show that have no contents; before any page. false: out of memory. */
bool pdf_extras_read_appearances(struct pdf_extras *extras, struct pdf_objects *objects,
                                 size_t page_count);

/* For the last page of doc, whose words are there: marks those that a link covers, and adds the
 * rest to extras. false: out of memory. */
bool pdf_extras_read(struct pdf_doc *doc, struct pdf_extras *extras, const struct pdf_tags *tags,
                     struct pdf_objects *objects, PopplerPage *page);

void pdf_extras_release(struct pdf_extras *extras);

/* Title, author, dates, producer, page count. False: there is no title that makes sense. */
bool pdf_metadata_send(PopplerDocument *document, struct writer *writer);

#endif
