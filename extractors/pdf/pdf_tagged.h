/*
 * pdf_tagged.h - lines by the tags that their document's program gave them, where these hold.
 */
#ifndef EXTRACTORS_PDF_TAGGED_H
#define EXTRACTORS_PDF_TAGGED_H

#include "extractors/pdf/pdf_layout.h"

/* Do the tags of the lines hold: has most of the text one, and is no text cut by them? Once, when
 * all lines are known. */
void pdf_tagged_judge(struct pdf_doc *doc);

/* NULL: none that holds, or one that says nothing about blocks. */
const struct pdf_tag *pdf_line_tag(const struct pdf_doc *doc, const struct pdf_line *line);

#endif
