/*
 * pdf_string.h - a PDF's text strings (ISO 32000-1, 7.3.4 and 7.9.2.2), for what poppler does not
 * tell.
 */
#ifndef EXTRACTORS_PDF_STRING_H
#define EXTRACTORS_PDF_STRING_H

#include <stdbool.h>

#include "base/buf.h"

#define PDF_STRING_BYTES_MAX 16384u /* as written: a longer one is no string */

/* Appends what the object says, when it is a string: UTF-8, white space as single blanks, none
 * around it; controls, and escapes that tell a language, are left out. false: it is none, or has
 * nothing to say. */
bool pdf_string_text(struct span object, struct buf *out);

#endif
