/*
 * array.h - room at the end of a growing array.
 *
 *     if (array_reserve(&writer->blocks, &writer->block_capacity, writer->block_count))
 *         writer->blocks[writer->block_count++] = block;
 */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/* Makes room for one more item of item_bytes behind count; false: out of memory, nothing changed.
 * items: a pointer to a pointer of any type, which is why it is none to void *. */
bool array_reserve_bytes(void *items, size_t *capacity, size_t count, size_t item_bytes);

/* items is a pointer to a typed pointer. */
#define array_reserve(items, capacity, count)                                                      \
    array_reserve_bytes((items), (capacity), (count), sizeof(**(items)))

#endif
