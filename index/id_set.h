/*
 * id_set.h - a set of row ids, a bit for each. Only for index/.
 */
#ifndef INDEX_ID_SET_H
#define INDEX_ID_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct id_set {
    uint8_t *bits; /* max / 8 + 1 bytes; NULL: there is no such set */
    int64_t max;   /* no id above is in it */
};

static inline bool id_set_has(const struct id_set *set, int64_t id)
{
    return id >= 0 && id <= set->max && set->bits[id / 8] & (1 << (id % 8));
}

static inline void id_set_add(struct id_set *set, int64_t id)
{
    if (id >= 0 && id <= set->max)
        set->bits[id / 8] |= (uint8_t)(1 << (id % 8));
}

#endif
