/*
 * no_embedder.h - an embedder for runs that embed nothing: it is always down.
 */
#ifndef INGEST_NO_EMBEDDER_H
#define INGEST_NO_EMBEDDER_H

#include "ingest/embedder.h"

/* Static; its free() does nothing. */
struct embedder *embedder_none(void);

#endif
