/*
 * charset.h - any text to UTF-8, with the way back to the bytes of the file.
 *
 * What is told by a byte order mark or by being valid UTF-8 is believed first, then what was
 * declared, then statistics. NUL and control characters are left out; invalid bytes become U+FFFD
 * and are counted. The one door to uchardet.
 */
#ifndef EXTRACTORS_CHARSET_H
#define EXTRACTORS_CHARSET_H

#include "ingest/extraction.h"

#define CHARSET_NAME_BYTES 32u

struct decoded {
    struct span text;        /* UTF-8; either the bytes themselves, or storage */
    struct buf storage;      /* owned */
    struct source_run *runs; /* owned; NULL: text is the file byte for byte */
    size_t run_count, run_capacity;
    char charset[CHARSET_NAME_BYTES]; /* "UTF-8", "windows-1252" ... */
    size_t repaired;                  /* invalid sequences */
};

/* bytes must outlive out. declared: a name from the document or its surroundings, "" when there is
 * none; a hint. A little more than a text may hold is decoded, so that the writer says that it was
 * cut. decoded_release() in any case. */
NODISCARD enum status charset_decode(struct span bytes, const char *declared, struct decoded *out,
                                     struct error *err);
void decoded_release(struct decoded *decoded);

/* What decodes a charset of that name: ICU does not know all names, and what is labelled by a
 * standard often is what Windows made of it, with the same letters and more. Others are given back.
 * https://encoding.spec.whatwg.org/#names-and-labels */
const char *charset_superset(const char *name);
/* Writes the name of the charset that bytes are in. */
void charset_detect(struct span bytes, const char *declared, char out[CHARSET_NAME_BYTES]);

/* True where bytes look like UTF-16 without a mark: half of them NUL, always the same half. */
bool charset_is_bare_utf16(struct span head, bool *is_big_endian);

/* The same of UTF-32: units that are characters, each of them. head is a multiple of four bytes. */
bool charset_is_bare_utf32(struct span head, bool *is_big_endian);

/* True where bytes are text in some charset: few control characters, or a UTF-16 or UTF-32 mark. */
bool charset_is_text(struct span head);

#endif
