/*
 * code.h - source code that stands in another document, cut at its top-level units.
 */
#ifndef EXTRACTORS_CODE_H
#define EXTRACTORS_CODE_H

#include "extractors/text/code_language.h"

/* Writes text, which must live for the call, as blocks of code with the language as their label. */
void code_write(const struct source *source, struct writer *writer,
                const struct code_language *language, struct span text);

#endif
