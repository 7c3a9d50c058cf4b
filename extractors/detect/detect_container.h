/*
 * detect_container.h - what kind of document an OLE container or an XML text is.
 */
#ifndef EXTRACTORS_DETECT_CONTAINER_H
#define EXTRACTORS_DETECT_CONTAINER_H

#include "base/buf.h"

#define DETECT_TYPE_BYTES 96u

/* Each writes the media type; false: bytes are no such container, and out is not touched. A zip
 * that is nothing else is application/zip, OLE application/x-ole-storage, XML application/xml. */
bool detect_zip(struct span bytes, char out[DETECT_TYPE_BYTES]);
bool detect_ole(struct span bytes, char out[DETECT_TYPE_BYTES]);
/* head: the start of a text in UTF-8 or another charset that has ASCII. */
bool detect_xml(struct span head, char out[DETECT_TYPE_BYTES]);

#endif
