/*
 * pdf_appearance.h - annotations that show text without saying it: an appearance (ISO 32000-1,
 * 12.5.5), and no contents.
 *
 * poppler reads text from pages alone. An appearance is a form, and a form's drawing operators and
 * resources are what a page has too: so a second document is made, an update of the file (7.5.6)
 * whose pages are the appearances.
 */
#ifndef EXTRACTORS_PDF_APPEARANCE_H
#define EXTRACTORS_PDF_APPEARANCE_H

#include "extractors/pdf/pdf_objects.h"

/* Where an appearance is shown, in the order of pages and of their annotations. */
struct pdf_appearance {
    uint32_t page; /* 1-based */
    char *text;    /* UTF-8; NULL: not read yet, or none */
};

struct pdf_appearances {
    struct pdf_appearance *items;
    size_t count, capacity;
};

#define PDF_APPEARANCES_MAX 2000u

/* Those of free text and stamps on the first page_count pages. Where there are some, out becomes
 * the document whose pages they are; out is empty where there are none, or the file is odd. false:
 * out of memory. */
bool pdf_appearances_find(struct pdf_objects *objects, size_t page_count,
                          struct pdf_appearances *found, struct buf *out);
void pdf_appearances_release(struct pdf_appearances *appearances);

#endif
