/*
 * long_text.h - where to cut text that has no spaces: between words of scripts that write none (by
 * ICU's dictionaries), otherwise between graphemes.
 */
#ifndef CHUNKERS_LONG_TEXT_H
#define CHUNKERS_LONG_TEXT_H

#include "base/buf.h"

struct long_text;

/* For text[start, end), which must outlive it. NULL: out of memory. */
NODISCARD struct long_text *long_text_new(struct span text, size_t start, size_t end);
void long_text_free(struct long_text *cuts); /* NULL is fine */
/* The next place to cut behind offset; the end of the text at last. */
size_t long_text_next(struct long_text *cuts, size_t offset);

/* The first offset from the given one on where no character or grapheme is cut, by the marks and
 * joiners that begin there; gives up after a few dozen of them. */
size_t grapheme_boundary(struct span text, size_t offset);

#endif
