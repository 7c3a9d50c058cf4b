/*
 * latex_math.h - the words and signs of a formula as LaTeX writes them.
 */
#ifndef EXTRACTORS_LATEX_MATH_H
#define EXTRACTORS_LATEX_MATH_H

#include <stdint.h>

#include "base/buf.h"

/* "\alpha " for an alpha; a letter in bold, italic or double-struck is the plain one. */
void latex_math_symbol(struct buf *out, uint32_t c);
/* Letters, digits and signs; what has a meaning in LaTeX is escaped. LaTeX shows no blank of a
 * formula, so that between words is said. is_aligned: "&" stands for a column. */
void latex_math_text(struct buf *out, struct span text, bool is_aligned);
/* Words that are no mathematics: units, "if", "otherwise". */
void latex_math_words(struct buf *out, struct span text);
/* "sin": does LaTeX have a command of that name? */
bool latex_math_is_function(struct span name);
/* Blanks at both ends of what stands from start on go: the dollar signs around a formula touch it,
 * and none is escaped. */
void latex_math_trim(struct buf *out, size_t start);

#endif
