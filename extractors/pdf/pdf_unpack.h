/*
 * pdf_unpack.h - a PDF made cheap to read for poppler.
 *
 * Measured, poppler spends half of its time in its own inflater: it builds large tables for small
 * streams, and reads each font program again for every page, and objects out of object streams in
 * whole streams, of which it keeps five. So what text needs is inflated here, once, by zlib, and
 * appended to a copy of the file as an incremental update (ISO 32000-1, 7.5.6): streams without
 * their filter, the objects of object streams as objects of the file, and of font programs only
 * what poppler looks at for text. Drawing operators are there twice: whole for *objects, and
 * abridged (pdf_abridge.h) for poppler. The original stays in front as it is; pictures, and all
 * that is odd, stay as they are.
 */
#ifndef EXTRACTORS_PDF_UNPACK_H
#define EXTRACTORS_PDF_UNPACK_H

#include "extractors/pdf/pdf_objects.h"

/* True: out holds the file and its update. False: out is empty, the file is best read as it is.
 * keeps_drawing: pages will be drawn, so font programs and drawing operators stay whole.
 * *objects are those of what is to be read, out or the file; none, when the file is odd.
 * *cut_count tells how many streams were longer than any that are read, and lost their rest. */
bool pdf_unpack(struct span file, bool keeps_drawing, struct buf *out, struct pdf_objects *objects,
                unsigned *cut_count);

/* The limit for out. */
#define PDF_UNPACK_BYTES_MAX ((size_t)192 << 20)

#endif
