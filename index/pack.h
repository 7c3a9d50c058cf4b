/*
 * pack.h - texts and layouts, compressed. The one door to zstd. Only for index/.
 */
#ifndef INDEX_PACK_H
#define INDEX_PACK_H

#include "base/buf.h"
#include "base/cleanup.h"

#define PACK_BYTES_MAX ((size_t)512 << 20) /* of one thing, unpacked */

struct pack; /* contexts that are used again */

/* NULL: out of memory. */
NODISCARD struct pack *pack_new(void);
void pack_free(struct pack *pack); /* NULL is fine */

/* PACK_AT_ONCE: what is packed again soon, in pieces that pack_reach() stops between. PACK_SMALL:
 * what nobody waits for, a tenth smaller. */
enum pack_effort { PACK_AT_ONCE, PACK_QUICK, PACK_SMALL };
/* Replaces out's content; what is stored has a checksum. */
NODISCARD enum status pack_compress(struct pack *pack, enum pack_effort effort, struct span plain,
                                    struct buf *out, struct error *err);
#define PACK_HEADER_BYTES 18u /* of the start of what is packed: enough for pack_size() */
/* Of what is packed, in bytes; SIZE_MAX: it is damaged. */
size_t pack_size(struct span start);
/* STATUS_CORRUPT: packed is damaged. */
NODISCARD enum status pack_expand(struct pack *pack, struct span packed, struct buf *out,
                                  struct error *err);

/* The same from its start on, only as far as is wanted: one thing at a time. Empties out; *len: of
 * all of it, in bytes. packed stays as it is until the next pack_begin(). */
NODISCARD enum status pack_begin(struct pack *pack, struct span packed, struct buf *out,
                                 size_t *len, struct error *err);
/* Until out has so many bytes, at most all. Its checksum stands at its end: it is compared only
 * once all is wanted. After an error nothing more can be had of it. */
NODISCARD enum status pack_reach(struct pack *pack, size_t wanted, struct buf *out,
                                 struct error *err);

#endif
