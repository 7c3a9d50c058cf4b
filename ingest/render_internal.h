/*
 * render_internal.h - what the files of render share.
 */
#ifndef INGEST_RENDER_INTERNAL_H
#define INGEST_RENDER_INTERNAL_H

#include "ingest/render.h"

void render_markdown(const struct extraction *extraction, struct buf *out);
void render_json(const struct extraction *extraction, struct buf *out);

#endif
