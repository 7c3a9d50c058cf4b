/*
 * pack.h - texts and layouts, compressed. The one door to zstd. Only for index/.
 */
#ifndef INDEX_PACK_H
#define INDEX_PACK_H

#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define PACK_BYTES_MAX ((size_t)512 << 20) /* of one thing, unpacked */

struct pack; /* contexts that are used again, and dictionaries by number */

/* NULL: out of memory. */
NODISCARD struct pack *pack_new(void);
void pack_free(struct pack *pack); /* NULL is fine */

/* Dictionaries are numbered from 1 and copied; 0 is none. */
bool pack_has_dictionary(const struct pack *pack, int64_t dictionary_id);
NODISCARD enum status pack_add_dictionary(struct pack *pack, int64_t dictionary_id,
                                          struct span dictionary, struct error *err);

/* Replaces out's content. */
NODISCARD enum status pack_compress(struct pack *pack, int64_t dictionary_id, struct span plain,
                                    struct buf *out, struct error *err);
/* STATUS_CORRUPT: packed is damaged. */
NODISCARD enum status pack_expand(struct pack *pack, int64_t dictionary_id, struct span packed,
                                  struct buf *out, struct error *err);

/* Trains a dictionary of at most max_bytes; sizes are those of the samples that lie one after the
 * other in samples. STATUS_LIMIT: too few to learn from. */
NODISCARD enum status pack_train(struct span samples, const size_t *sizes, size_t count,
                                 size_t max_bytes, struct buf *out, struct error *err);

#endif
