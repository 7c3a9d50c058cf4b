/*
 * pdf_syntax.h - PDF's objects as they are written (ISO 32000-1, 7.2 and 7.3).
 *
 * No tree: each function moves a position over the bytes, or lends a part of them. All bear any
 * bytes; what they do not understand they refuse.
 */
#ifndef EXTRACTORS_PDF_SYNTAX_H
#define EXTRACTORS_PDF_SYNTAX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* One entry of a dictionary. */
struct pdf_pair {
    struct span key; /* without its slash */
    struct span value;
};

/* Behind white space and comments. */
size_t pdf_skip_space(struct span in, size_t at);

/* The next token, when it is an integer of at most 18 digits without a sign, or this word. *at is
 * moved behind it only then. */
bool pdf_read_integer(struct span in, size_t *at, uint64_t *out);
bool pdf_read_word(struct span in, size_t *at, const char *word);

/* The next token, when it is a number (7.3.3): finite, and cut off where it is absurdly long. */
bool pdf_read_number(struct span in, size_t *at, double *out);

/* Moves *at behind the next object, which may be a reference. */
bool pdf_skip_object(struct span in, size_t *at);

/* The next object, when it is a dictionary: what is between its brackets. */
bool pdf_read_dict(struct span in, size_t *at, struct span *out);
/* The next pair of a dictionary; false at its end and where it is broken: *at == dict.len tells
 * which. */
bool pdf_next_pair(struct span dict, size_t *at, struct pdf_pair *out);

/* What the dictionary has under this key; empty: nothing, or it is broken before. */
struct span pdf_dict_find(struct span dict, struct span key);

bool pdf_is_key(const struct pdf_pair *pair, const char *key);
/* Whether an object is this name. */
bool pdf_is_name(struct span object, const char *name);
/* The value of an object that is a bare integer and nothing else. */
bool pdf_is_integer(struct span object, uint64_t *out);

/* "12 0 obj" at *at: moves behind it. */
bool pdf_read_header(struct span in, size_t *at, uint64_t *number, uint64_t *generation);
/* Behind the dictionary of a stream: moves *at to the stream's first byte. */
bool pdf_read_stream_start(struct span in, size_t *at);

#endif
