/*
 * document.h - one document through detection and extraction, in this process.
 *
 * What the worker does for each request and each member, and what tests and fuzz targets call. A
 * compressed or signed single file ("notes.txt.gz", "notes.txt.p7m") is the document that is in it.
 */
#ifndef EXTRACTORS_DOCUMENT_H
#define EXTRACTORS_DOCUMENT_H

#include "extractors/cage/converter.h"

struct document_request {
    struct span bytes; /* borrowed until document_release() */
    struct span path;  /* a hint for detection, and for messages; may be empty */
    bool keep_boilerplate;
    void (*progress)(void *user); /* may be NULL */
    void *progress_user;
    struct member_budget *budget;  /* borrowed until document_release() */
    struct converters *converters; /* NULL: none */
};

struct document {
    struct detection found;
    struct source source;
    struct buf unpacked; /* of a compressed or signed single file */
    unsigned unpacked_depth;
    struct buf converted; /* what a converter made of it: source is that then */
    unsigned converted_depth;
    char converter[32];      /* its name and version; "": none */
    char media_type[96];     /* of the document, whatever was made of it */
    uint32_t left_out_count; /* links and devices in it, once its members were given */
    struct writer *writer;
    struct extraction extraction; /* lent by writer */
};

/* Detects and extracts. The outcome, in document->extraction, says how it went, with a reason; only
 * scope pass is returned as a status. document_release() in any case. */
NODISCARD enum status document_read(struct document *document, struct detector *detector,
                                    const struct document_request *request, struct error *err);

bool document_has_members(const struct document *document);
/* As extractor.members; what each returns ends it. Counts the depth in the budget. */
NODISCARD enum status document_members(struct document *document, member_fn *each, void *user,
                                       struct error *err);

/* Behind document_members(): says what was left out, or "" when nothing was. */
void document_explain_left_out(const struct document *document, char *reason, size_t room);

void document_release(struct document *document);

/* The limits for documents of that size when nobody gives any. */
struct member_budget document_budget(uint64_t outer_bytes);

#endif
