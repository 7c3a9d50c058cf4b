/*
 * omml.h - Office math as LaTeX: "\frac{a}{b}", "x^{2}".
 */
#ifndef EXTRACTORS_OMML_H
#define EXTRACTORS_OMML_H

#include "extractors/common/xml.h"

#define OMML_BYTES_MAX ((size_t)64 << 10) /* of one formula; the rest of it is dropped */

/* xml stands at the start of a formula or any part of one, and is moved to its end. */
void omml_append(struct xml *xml, struct buf *out);

#endif
