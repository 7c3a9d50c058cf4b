/*
 * ascii.h - words that mean the same in any case: markup, header fields, class names.
 */
#ifndef BASE_ASCII_H
#define BASE_ASCII_H

#include "base/buf.h"

/* Where word (not empty) first stands in text, its ASCII letters in any case; NULL: nowhere. */
const char *ascii_find(struct span text, const char *word);

/* The most of c in a row. */
size_t ascii_longest_run(struct span text, char c);

#endif
