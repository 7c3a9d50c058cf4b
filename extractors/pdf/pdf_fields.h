/*
 * pdf_fields.h - which of a form's buttons is pressed (ISO 32000-1, 12.7.4.2.4), which poppler does
 * not tell.
 */
#ifndef EXTRACTORS_PDF_FIELDS_H
#define EXTRACTORS_PDF_FIELDS_H

#include "extractors/pdf/pdf_objects.h"

/* Appends what the button that fills this area of the page (0-based) stands for: left, bottom,
 * right, top, from the page's corner. Nothing: it is not found, or says no more than that it is on.
 */
void pdf_button_choice(struct pdf_objects *objects, size_t page_index, const double area[4],
                       struct buf *out);

#endif
