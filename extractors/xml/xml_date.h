/*
 * xml_date.h - a date that document XML gives in parts, as ISO 8601.
 */
#ifndef EXTRACTORS_XML_DATE_H
#define EXTRACTORS_XML_DATE_H

#include "extractors/common/xml.h"

/* Appends the element at hand: <day>6</day><month>5</month><year>2024</year>, in whatever order, as
 * "2024-05-06", without what is not said; all else as the words it has. */
void xml_date_read(struct xml *xml, struct buf *out);

#endif
