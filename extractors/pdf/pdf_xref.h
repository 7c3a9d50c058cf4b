/*
 * pdf_xref.h - where the objects of a PDF are: its cross-reference sections, newest first
 * (ISO 32000-1, 7.5.4 and 7.5.8).
 *
 * Reads only what is as the standard says. Poppler repairs the rest, so a file that is refused here
 * is no broken file.
 */
#ifndef EXTRACTORS_PDF_XREF_H
#define EXTRACTORS_PDF_XREF_H

#include <stdint.h>

#include "extractors/pdf/pdf_flate.h"

enum pdf_place {
    PDF_PLACE_NONE,
    PDF_PLACE_FREE,
    PDF_PLACE_FILE,   /* at offset, under generation */
    PDF_PLACE_STREAM, /* in the object stream with number offset, as its generation-th object */
};

struct pdf_object {
    uint64_t offset;
    uint32_t generation;
    enum pdf_place place;
};

struct pdf_xref {
    struct pdf_object *objects; /* by number */
    uint32_t count, capacity;
    struct span trailer; /* the newest: what is in its dictionary, lent by the file */
    uint64_t start;      /* offset of the newest section */
    size_t work_bytes;   /* read so far */
    bool is_stream;      /* the newest section is a stream, so what is added must be one */
};

/* False: encrypted, damaged, too large, or no memory. pdf_xref_release() in any case. */
bool pdf_xref_read(struct span file, struct pdf_flate *flate, struct pdf_xref *out);
void pdf_xref_release(struct pdf_xref *xref);

#endif
