/*
 * table.h - a hash table of borrowed pointers, for paths, watches and folders.
 *
 * Open addressing with linear probing; the caller gives hashes and says what equals what.
 */
#ifndef WATCH_TABLE_H
#define WATCH_TABLE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"

struct table_slot {
    uint64_t hash;
    void *item; /* NULL: free */
};

struct table {
    struct table_slot *slots;
    size_t capacity; /* 0 or a power of two */
    size_t count;
};

typedef bool table_equal_fn(const void *item, const void *key);

#define TABLE_INIT                                                                                 \
    {                                                                                              \
        0                                                                                          \
    }

/* NULL: none. */
void *table_lookup(const struct table *table, uint64_t hash, table_equal_fn *equal,
                   const void *key);
/* item must not be in it yet. STATUS_NO_MEMORY leaves the table as it was. */
NODISCARD enum status table_add(struct table *table, uint64_t hash, void *item);
/* Takes out that very pointer; one that is not there is fine. */
void table_remove(struct table *table, uint64_t hash, const void *item);
void table_release(struct table *table); /* not the items */

/* A hash of a path within something numbered: a source, a parent folder. */
uint64_t table_path_hash(uint64_t owner, struct span path);
static inline bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || __builtin_memcmp(a.data, b.data, a.len) == 0);
}
/* True where path is folder itself or lies below it; every path lies below "". */
bool path_is_below(struct span path, struct span folder);

#endif
