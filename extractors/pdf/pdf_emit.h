/*
 * pdf_emit.h - sends the blocks of a PDF to the writer.
 */
#ifndef EXTRACTORS_PDF_EMIT_H
#define EXTRACTORS_PDF_EMIT_H

#include "extractors/pdf/pdf_appearance.h"
#include "extractors/pdf/pdf_structure.h"
#include "ingest/writer.h"

/* What stands on a page beside its text: a comment, a form's field, what a picture shows. */
struct pdf_extra {
    uint32_t page; /* 1-based; ascending */
    enum block_kind kind;
    unsigned flags;
    char *text; /* UTF-8 */
    float box[4];
};

struct pdf_extras {
    struct pdf_extra *items;
    size_t count, capacity;
    char **links; /* targets: pdf_word.link is an index from 1 */
    size_t link_count, link_capacity;
    struct pdf_appearances shown; /* of annotations without contents */
    size_t shown_next;            /* the first one that is not on a page before */
    size_t figure_next;           /* the same of the figures that are tagged */
    size_t button_count;          /* pressed ones that were looked for */
};

/* false: out of memory. */
bool pdf_emit(const struct pdf_doc *doc, const struct pdf_blocks *blocks,
              const struct pdf_extras *extras, struct writer *writer);

#endif
