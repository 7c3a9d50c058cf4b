/*
 * render.h - an extraction for people and other programs: Markdown, plain text, JSON.
 */
#ifndef INGEST_RENDER_H
#define INGEST_RENDER_H

#include "ingest/extraction.h"

enum render_format { RENDER_MARKDOWN, RENDER_TEXT, RENDER_JSON };

/* "markdown", "text", "json"; false for anything else. */
bool render_format_from_name(const char *name, enum render_format *out);

/* Appends the whole extraction; a text that is Markdown itself is given as it is, and plain text is
 * without blocks that stand beside it (BLOCK_ASIDE). Errors stick in out. JSON is one object on one
 * line, ended by a newline. */
void render_extraction(const struct extraction *extraction, enum render_format format,
                       struct buf *out);
/* The same, for one of several behind each other: an empty line stands between two of which both
 * have text. *is_behind: whether one had text so far. */
void render_behind(const struct extraction *extraction, enum render_format format, bool *is_behind,
                   struct buf *out);

/* "paragraph", "list item" ...; static, never NULL. */
const char *block_kind_name(enum block_kind kind);
/* "bold", "italic", "code", "struck", "raised", "lowered"; static, never NULL. */
const char *emphasis_kind_name(enum emphasis_kind kind);

#endif
