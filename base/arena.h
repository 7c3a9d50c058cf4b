/*
 * arena.h - memory that dies together.
 *
 * One arena per document revision holds its blocks and their text. Nothing in
 * an arena is freed alone; arena_release() frees it all. What must outlive the
 * revision is copied out.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/buf.h"
#include "base/status.h"

struct arena_slab;

struct arena {
    struct arena_slab *slabs; /* newest first */
    size_t used;              /* bytes handed out, for the limit */
    size_t limit;             /* bytes */
    enum status failed;       /* why arena_alloc() first returned NULL */
};

#define ARENA_INIT(max_bytes)                                                                      \
    {                                                                                              \
        .limit = (max_bytes)                                                                       \
    }

/* Zeroed memory, aligned for any type; NULL when the limit or memory is out. */
NODISCARD void *arena_alloc(struct arena *arena, size_t size);
NODISCARD char *arena_copy(struct arena *arena, struct span text); /* NUL-terminated */
void arena_release(struct arena *arena);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))

#endif
