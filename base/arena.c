#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SLAB_SIZE ((size_t)64 * 1024)

struct arena_slab {
    struct arena_slab *older;
    size_t used, capacity; /* bytes of data */
    alignas(max_align_t) char data[];
};

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    struct arena_slab *slab = arena->slabs;
    void *result;

    if (arena->failed)
        return NULL;
    if (size > SIZE_MAX / 2 || size + align > arena->limit - arena->used) {
        arena->failed = STATUS_LIMIT;
        return NULL;
    }
    size = (size + align - 1) & ~(align - 1);

    if (!slab || slab->capacity - slab->used < size) {
        size_t capacity = size > SLAB_SIZE ? size : SLAB_SIZE;

        slab = calloc(1, sizeof(*slab) + capacity);
        if (!slab) {
            arena->failed = STATUS_NO_MEMORY;
            return NULL;
        }
        slab->capacity = capacity;
        slab->older = arena->slabs;
        arena->slabs = slab;
    }
    result = slab->data + slab->used;
    slab->used += size;
    arena->used += size;
    return result;
}

char *arena_copy(struct arena *arena, struct span text)
{
    char *copy = arena_alloc(arena, text.len + 1);

    if (copy && text.len)
        memcpy(copy, text.data, text.len);
    return copy;
}

void arena_release(struct arena *arena)
{
    while (arena->slabs) {
        struct arena_slab *older = arena->slabs->older;

        free(arena->slabs);
        arena->slabs = older;
    }
    arena->used = 0;
    arena->failed = STATUS_OK;
}
