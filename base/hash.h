/*
 * hash.h - names for content.
 *
 * SHA-256 names what must be told apart for ever: revisions, embedded inputs, fingerprints.
 * hash_table_key() only spreads keys over a table and is never stored.
 * The one door to nettle. It needs no memory and no setting up: libcrypto's first use allocates
 * thousands of times, and ends the process where one of them fails.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"

#define HASH_BYTES     32
#define HASH_HEX_BYTES 65 /* with its NUL */

struct hash {
    uint8_t bytes[HASH_BYTES];
};

struct hasher; /* a running SHA-256 */

void hash_of(struct span bytes, struct hash *out);

/* NULL: out of memory. */
NODISCARD struct hasher *hasher_new(void);
void hasher_add(struct hasher *hasher, struct span bytes);
/* Adds the length first, so that ("ab","c") and ("a","bc") differ. */
void hasher_add_field(struct hasher *hasher, struct span bytes);
void hasher_finish(struct hasher *hasher, struct hash *out);
void hasher_free(struct hasher *hasher);

void hash_to_hex(const struct hash *hash, char hex[HASH_HEX_BYTES]);
/* False when text is not exactly 64 hexadecimal digits. */
bool hash_from_hex(struct span text, struct hash *out);
bool hash_equal(const struct hash *a, const struct hash *b);
bool hash_is_zero(const struct hash *hash);

/* FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
uint64_t hash_table_key(struct span bytes);

#endif
