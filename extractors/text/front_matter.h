/*
 * front_matter.h - the fields in front of a Markdown text: YAML between "---", or TOML between
 * "+++".
 */
#ifndef EXTRACTORS_FRONT_MATTER_H
#define EXTRACTORS_FRONT_MATTER_H

#include "ingest/writer.h"

/* The bytes of the front matter with its marks and last newline; 0 when there is none. */
size_t front_matter_length(struct span text);

/* Each field becomes metadata and a BLOCK_FIELD. The writer has the whole text as its source. */
void front_matter_write(struct span text, size_t length, struct writer *writer);

#endif
