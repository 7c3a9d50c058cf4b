#include "watch/table.h"

#include <stdlib.h>

#include "base/hash.h"

#define FIRST_CAPACITY 64

void *table_lookup(const struct table *table, uint64_t hash, table_equal_fn *equal, const void *key)
{
    size_t mask = table->capacity - 1;

    if (table->capacity == 0)
        return NULL;
    for (size_t i = hash & mask; table->slots[i].item; i = (i + 1) & mask)
        if (table->slots[i].hash == hash && equal(table->slots[i].item, key))
            return table->slots[i].item;
    return NULL;
}

static void place(struct table_slot *slots, size_t capacity, struct table_slot slot)
{
    size_t i = slot.hash & (capacity - 1);

    while (slots[i].item)
        i = (i + 1) & (capacity - 1);
    slots[i] = slot;
}

static enum status grow(struct table *table)
{
    size_t capacity = table->capacity ? table->capacity * 2 : FIRST_CAPACITY;
    struct table_slot *slots = calloc(capacity, sizeof(*slots));

    if (!slots)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < table->capacity; i++)
        if (table->slots[i].item)
            place(slots, capacity, table->slots[i]);
    free(table->slots);
    table->slots = slots;
    table->capacity = capacity;
    return STATUS_OK;
}

enum status table_add(struct table *table, uint64_t hash, void *item)
{
    if (table->count * 4 >= table->capacity * 3 && grow(table))
        return STATUS_NO_MEMORY;
    place(table->slots, table->capacity, (struct table_slot){ hash, item });
    table->count++;
    return STATUS_OK;
}

/* Closes the gap by moving later entries of the same run forward, so that no lookup stops early and
 * no tombstones pile up. */
void table_remove(struct table *table, uint64_t hash, const void *item)
{
    size_t mask = table->capacity - 1, gap;

    if (table->capacity == 0)
        return;
    for (gap = hash & mask; table->slots[gap].item != item; gap = (gap + 1) & mask)
        if (!table->slots[gap].item)
            return;
    for (size_t i = (gap + 1) & mask; table->slots[i].item; i = (i + 1) & mask) {
        size_t home = table->slots[i].hash & mask;

        if (((i - home) & mask) >= ((i - gap) & mask)) {
            table->slots[gap] = table->slots[i];
            gap = i;
        }
    }
    table->slots[gap] = (struct table_slot){ 0, NULL };
    table->count--;
}

void table_release(struct table *table)
{
    free(table->slots);
    *table = (struct table)TABLE_INIT;
}

uint64_t table_path_hash(uint64_t owner, struct span path)
{
    uint64_t hash = hash_table_key(path) ^ owner * 0x9E3779B97F4A7C15u;

    /* the low bits choose the slot, and FNV's are weak there for short keys */
    hash ^= hash >> 32;
    hash *= 0xD6E8FEB86659FD93u;
    return hash ^ hash >> 32;
}

bool path_is_below(struct span path, struct span folder)
{
    if (folder.len == 0)
        return true;
    return path.len >= folder.len && __builtin_memcmp(path.data, folder.data, folder.len) == 0 &&
           (path.len == folder.len || path.data[folder.len] == '/');
}
