/*
 * ocr.h - text in pictures, by an OCR program that the broker runs. Off unless configured.
 *
 * The words go where a PDF's own words go (pdf_layout.h), with their boxes in points: so columns,
 * headings, tables and paragraphs are found in a scan as in any page.
 */
#ifndef EXTRACTORS_OCR_H
#define EXTRACTORS_OCR_H

#include "extractors/cage/converter.h"
#include "extractors/pdf/pdf_layout.h"
#include "ingest/extractor.h"

#define OCR_PROBLEM_BYTES 160u

/* Recognises a rendered page (a PGM of that many dots an inch), and replaces the words of doc's
 * last page by what it says, when that is more. Not is_read: nothing was changed, and problem says
 * why;
 * "": there are no words. Only scope pass is returned. */
NODISCARD enum status ocr_read_page(struct converters *ocr, struct span picture, float dpi,
                                    struct pdf_doc *doc, bool *is_read,
                                    char problem[OCR_PROBLEM_BYTES], struct error *err);

/* Recognises a picture file (PNG, JPEG, TIFF with its pages ...), and adds a page with its words
 * for each of its pages. As above. */
NODISCARD enum status ocr_read_picture(struct converters *ocr, struct span picture,
                                       const char *extension, struct pdf_doc *doc, bool *is_read,
                                       char problem[OCR_PROBLEM_BYTES], struct error *err);

/* "1-3, 7": adds a page to that list, in ascending order. */
struct ocr_page_list {
    uint32_t first, last; /* of the run that is not yet in text */
    struct buf text;
};
void ocr_page_list_add(struct ocr_page_list *list, uint32_t page);
/* Ends the list, and sends it as metadata "ocr_pages"; nothing when it is empty. */
void ocr_page_list_send(struct ocr_page_list *list, struct writer *writer);

/* A document that is a picture. Chosen by document.c, where OCR is on: it makes no bid. */
extern const struct extractor picture_extractor;

#endif
