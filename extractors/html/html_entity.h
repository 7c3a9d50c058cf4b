/*
 * html_entity.h - character references: &amp; &#8212; &#x2014;
 */
#ifndef EXTRACTORS_HTML_ENTITY_H
#define EXTRACTORS_HTML_ENTITY_H

#include "base/buf.h"

/* Appends text with its references decoded, as browsers do: a name that is none stays as it is,
 * numbers 128 to 159 mean windows-1252, and the names of old count without a semicolon ("&notit;"
 * is "¬it;"), unless in_attribute a letter, a digit or "=" follows ("?a=1&copy=2"). */
void html_entity_decode(struct buf *out, struct span text, bool in_attribute);

#endif
