/*
 * document.h - one document through detection and extraction, in this process.
 *
 * What the worker does for each request and each member, and what tests and fuzz targets call.
 */
#ifndef EXTRACTORS_DOCUMENT_H
#define EXTRACTORS_DOCUMENT_H

#include "extractors/detect.h"

struct document_request {
    struct span bytes;
    struct span path; /* a hint for detection, and for messages; may be empty */
    bool keep_boilerplate;
    void (*progress)(void *user); /* may be NULL */
    void *progress_user;
};

/* Fills *out, which writer lends. The outcome says how it went, with a reason; only scope pass is
 * returned as a status. *found says what the document was taken for. */
NODISCARD enum status document_extract(struct detector *detector,
                                       const struct document_request *request,
                                       struct writer *writer, struct detection *found,
                                       struct extraction *out, struct error *err);

#endif
