/*
 * markdown.h - Markdown inside of other formats.
 */
#ifndef EXTRACTORS_MARKDOWN_H
#define EXTRACTORS_MARKDOWN_H

#include "ingest/writer.h"

/* Gives text to the writer as its source, with its blocks. runs: as in writer_source(). */
NODISCARD enum status markdown_write(struct span text, const struct source_run *runs,
                                     size_t run_count, struct writer *writer, struct error *err);

#endif
