/*
 * writer.h - builds an extraction from the events an extractor sends.
 *
 * Errors stick: after the first one every call does nothing, so extractors need not check; whoever
 * runs the extractor does, once. The text limit is not an error: the text ends there, the writer
 * says so with writer_is_full(), and the outcome becomes partial.
 *
 * Two ways to make blocks, not mixed in one document:
 *   - writer_begin / writer_text / writer_end: the writer collects the text and puts separators
 *     between blocks. White space in text is folded to one space and trimmed, except in code.
 *   - writer_source() once with the whole text, then writer_span() for each block in order: for
 *     formats whose text is the file itself (plain text, Markdown, source code, CSV).
 */
#ifndef INGEST_WRITER_H
#define INGEST_WRITER_H

#include "ingest/extraction.h"

struct writer;

/* text_bytes_max: of text that is made here, at most EXTRACTION_MADE_BYTES_MAX. NULL: out of
 * memory.
 */
NODISCARD struct writer *writer_new(size_t text_bytes_max);
void writer_free(struct writer *writer); /* NULL is fine */

/* Nest as extraction.h allows: table > row > cell. Another kind inside an open leaf ends that leaf
 * first and goes on after it. An empty leaf (cells aside) is dropped. */
void writer_begin(struct writer *writer, enum block_kind kind, unsigned level);
void writer_text(struct writer *writer, struct span utf8); /* invalid bytes become U+FFFD */
void writer_break(struct writer *writer);                  /* a line break inside a block */
void writer_end(struct writer *writer);
/* What follows is below none of the headings so far, but for the document's title: another slide.
 */
void writer_headings_end(struct writer *writer);
/* For the block that is open, or after writer_span() for that one. */
void writer_flags(struct writer *writer, unsigned block_flags);
void writer_label(struct writer *writer, struct span label);
/* writer_begin(), writer_text(), writer_end(). */
void writer_block(struct writer *writer, enum block_kind kind, unsigned level, struct span utf8);

void writer_link_begin(struct writer *writer, struct span target);
void writer_link_end(struct writer *writer);

/* What follows is emphasised as the bits of kinds say (1u << EMPHASIS_BOLD ...), until the next
 * call; returns the bits before, to go back to. The text is the same as without it. */
unsigned writer_emphasis(struct writer *writer, unsigned kinds);

/* What follows stands here, until the next call. label may be empty. */
void writer_region(struct writer *writer, uint32_t page, const float box[4], struct span label);
/* The same with no box, page or label: what follows stands nowhere. */
void writer_region_none(struct writer *writer);

/* The file itself is the text (after decoding), up to EXTRACTION_TEXT_BYTES_MAX, and so far as it
 * has EXTRACTION_BLOCKS_MAX blocks. runs may be NULL when text is the file byte for
 * byte; they are copied. */
void writer_source(struct writer *writer, struct span text, const struct source_run *runs,
                   size_t run_count);
void writer_span(struct writer *writer, enum block_kind kind, unsigned level, size_t text_start,
                 size_t text_end);

void writer_page(struct writer *writer, float width, float height, bool has_images);
void writer_metadata(struct writer *writer, const char *name,
                     struct span value); /* empty: dropped */
void writer_hidden(struct writer *writer, struct span utf8);
void writer_charset(struct writer *writer, const char *charset);
/* A part could not be read: the outcome becomes partial, with the first reason given. */
void writer_partial(struct writer *writer, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same, for what problem says. Where the document then has no text at all, that is no fact
 * about the document but what problem made of it, and problem's status is the outcome. */
void writer_problem(struct writer *writer, const struct error *problem);

bool writer_is_full(const struct writer *writer);
/* How many bytes of text, and how many blocks, there are so far. */
size_t writer_text_bytes(const struct writer *writer);
size_t writer_block_count(const struct writer *writer);
/* What was written since the text had that many bytes; lent until the next call. */
struct span writer_text_since(const struct writer *writer, size_t text_bytes);

/* Closes what is open and lends the extraction: it lives as long as the writer, and has no chunks.
 * outcome is complete, partial, or no text. Returns what stuck: STATUS_NO_MEMORY. */
NODISCARD enum status writer_finish(struct writer *writer, struct extraction *out,
                                    struct error *err);

#endif
