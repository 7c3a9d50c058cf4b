/*
 * pair_map.h - two numbers to two numbers: the edges of a vocabulary's tree, and the merges of
 * byte-pair models.
 */
#ifndef MODEL_PAIR_MAP_H
#define MODEL_PAIR_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct pair_entry {
    uint64_t key; /* left << 32 | right, plus one; 0: an empty place */
    uint32_t first, second;
};

struct pair_map { /* all zero: empty */
    struct pair_entry *entries;
    size_t mask, count;
};

/* NULL: there is none. Borrowed until the next pair_map_put(). */
struct pair_entry *pair_map_find(const struct pair_map *map, uint32_t left, uint32_t right);
/* Finds the entry, or makes one with both values 0. STATUS_LIMIT: over 32 million. */
NODISCARD enum status pair_map_put(struct pair_map *map, uint32_t left, uint32_t right,
                                   struct pair_entry **out, struct error *err);
void pair_map_release(struct pair_map *map);

#endif
