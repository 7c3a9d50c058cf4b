#include "base/array.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_FIRST_CAPACITY 16

bool array_reserve_bytes(void *items, size_t *capacity, size_t count, size_t item_bytes)
{
    size_t wanted;
    void *grown;

    if (count < *capacity)
        return true;
    wanted = *capacity ? *capacity * 2 : ARRAY_FIRST_CAPACITY;
    if (wanted > SIZE_MAX / item_bytes)
        return false;
    memcpy(&grown, items, sizeof(grown));
    grown = realloc(grown, wanted * item_bytes);
    if (!grown)
        return false;
    memcpy(items, &grown, sizeof(grown));
    *capacity = wanted;
    return true;
}
