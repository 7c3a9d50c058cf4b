/*
 * html_told.h - text that a page gives to machines and draws for people only by a script: the
 * article in JSON-LD, a product's description.
 */
#ifndef EXTRACTORS_HTML_TOLD_H
#define EXTRACTORS_HTML_TOLD_H

#include "extractors/html/html_meta.h"
#include "extractors/html/html_page.h"
#include "ingest/writer.h"

/* Sends what the kept blocks do not have of it. True: that was the whole content, and the kept
 * blocks are not worth sending. */
bool html_told_send(const struct html_page *page, const struct html_meta *meta,
                    const uint8_t *roles, struct writer *writer);

#endif
