/*
 * chunkers.h - the chunking strategies there are.
 *
 * To add one: write chunkers/NAME.c with one `const struct chunker`, and add its row in
 * strategies.c.
 */
#ifndef CHUNKERS_CHUNKERS_H
#define CHUNKERS_CHUNKERS_H

#include "ingest/chunker.h"

extern const struct chunker semantic_chunker;  /* the default: structure, sentences and meaning */
extern const struct chunker structure_chunker; /* the same without a model */
extern const struct chunker parents_chunker;   /* semantic, small: a section is read around each */
extern const struct chunker sentence_chunker;  /* whole sentences up to the target */
extern const struct chunker fixed_chunker;     /* so many tokens, with overlap */
extern const struct chunker code_chunker;      /* top-level units of source code */
extern const struct chunker table_chunker;     /* one row each, or few, with the header repeated */

#define CHUNKER_DEFAULT "semantic"

extern const struct chunker *const builtin_chunkers[]; /* ends with NULL */

/* NULL: there is none of that name. */
const struct chunker *chunker_find(const char *name);

#endif
