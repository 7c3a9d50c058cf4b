#include "model/pair_map.h"

#include <stdlib.h>

#define PLACES_LEAST ((size_t)1 << 10)
#define PLACES_MAX   ((size_t)1 << 26)

static uint64_t key_of(uint32_t left, uint32_t right)
{
    return ((uint64_t)left << 32 | right) + 1;
}

static struct pair_entry *find_place(const struct pair_map *map, uint64_t key)
{
    /* Multiplicative hashing: Knuth, volume 3, section 6.4; the constant is 2^64 over the golden
     * ratio. */
    uint64_t hash = key * 0x9E3779B97F4A7C15u;
    size_t at = (size_t)(hash ^ hash >> 32) & map->mask;

    while (map->entries[at].key != 0 && map->entries[at].key != key)
        at = (at + 1) & map->mask;
    return &map->entries[at];
}

struct pair_entry *pair_map_find(const struct pair_map *map, uint32_t left, uint32_t right)
{
    struct pair_entry *entry;

    if (!map->entries)
        return NULL;
    entry = find_place(map, key_of(left, right));
    return entry->key ? entry : NULL;
}

static enum status grow(struct pair_map *map, struct error *err)
{
    size_t places = map->entries ? (map->mask + 1) * 2 : PLACES_LEAST;
    struct pair_map larger = { .mask = places - 1, .count = map->count };

    if (places > PLACES_MAX)
        return error_set(err, STATUS_LIMIT, "the vocabulary is too large");
    larger.entries = calloc(places, sizeof(*larger.entries));
    if (!larger.entries)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a vocabulary");
    for (size_t i = 0; map->entries && i <= map->mask; i++)
        if (map->entries[i].key)
            *find_place(&larger, map->entries[i].key) = map->entries[i];
    free(map->entries);
    *map = larger;
    return STATUS_OK;
}

enum status pair_map_put(struct pair_map *map, uint32_t left, uint32_t right,
                         struct pair_entry **out, struct error *err)
{
    struct pair_entry *entry = pair_map_find(map, left, right);
    enum status status = STATUS_OK;

    if (!entry) {
        if (!map->entries || map->count * 2 > map->mask)
            status = grow(map, err);
        if (status)
            return status;
        entry = find_place(map, key_of(left, right));
        entry->key = key_of(left, right);
        map->count++;
    }
    *out = entry;
    return STATUS_OK;
}

void pair_map_release(struct pair_map *map)
{
    free(map->entries);
    *map = (struct pair_map){ .entries = NULL };
}
