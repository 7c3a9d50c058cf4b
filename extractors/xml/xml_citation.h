/*
 * xml_citation.h - a reference whose parts are elements with nothing between them:
 * "Brown T, Davis K. The title. J Neurosci. 2002;15(3):234-241".
 */
#ifndef EXTRACTORS_XML_CITATION_H
#define EXTRACTORS_XML_CITATION_H

#include "extractors/common/xml.h"
#include "ingest/writer.h"

/* Reads the element that just started up to its end, into the block that is open. */
void xml_citation_read(struct xml *xml, struct writer *writer);

#endif
