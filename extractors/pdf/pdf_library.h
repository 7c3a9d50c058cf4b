/*
 * pdf_library.h - keeps poppler's tables loaded.
 *
 * Poppler lists its character maps and reads its tables of glyph names with the first document, and
 * forgets them with the last one. In the cage it cannot list them: Chinese, Japanese and Korean
 * text whose maps are not in the document would be lost in silence, and each document would try
 * again.
 */
#ifndef EXTRACTORS_PDF_LIBRARY_H
#define EXTRACTORS_PDF_LIBRARY_H

struct pdf_library;

/* Held until pdf_library_free(). NULL: poppler refused, and documents are read as well as can be.
 */
struct pdf_library *pdf_library_load(void);
void pdf_library_free(struct pdf_library *library); /* NULL is fine */

#endif
