/*
 * xml_text.h - inside of xml.h: charsets, namespaces by address, references and internal entities.
 */
#ifndef EXTRACTORS_XML_TEXT_H
#define EXTRACTORS_XML_TEXT_H

#include "extractors/common/xml.h"

/* Makes *text UTF-8 without a byte order mark: as it is, or converted into converted. */
NODISCARD enum status xml_to_utf8(struct span *text, struct buf *converted, struct error *err);

/* enum xml_ns of a namespace's address. */
uint8_t xml_namespace(struct span address);

/* at is behind the '<' of a markup declaration. Remembers what internal entities stand for, and
 * passes over the rest. False: it has no end. */
bool xml_read_doctype(struct xml *xml);

/* Appends text with its references resolved. A reference to nothing known stays as it is. */
void xml_decode(struct xml *xml, struct span text, struct buf *out);
/* The same without entities of the document; out has room for text.len bytes. Returns the length.
 */
size_t xml_decode_attribute(struct span text, char *out);

#endif
