/*
 * looks.h - what styles and runs of office formats say of how words look: yes, no, or nothing.
 */
#ifndef EXTRACTORS_LOOKS_H
#define EXTRACTORS_LOOKS_H

#include "ingest/writer.h"

struct looks { /* bits of enum emphasis_kind */
    uint8_t on, off;
};

static inline void looks_set(struct looks *looks, enum emphasis_kind kind, bool is_on)
{
    unsigned bit = 1u << kind;

    looks->on = (uint8_t)(is_on ? looks->on | bit : looks->on & ~bit);
    looks->off = (uint8_t)(is_on ? looks->off & ~bit : looks->off | bit);
}

/* What inner leaves open, outer says. */
static inline struct looks looks_within(struct looks outer, struct looks inner)
{
    return (struct looks){
        .on = (uint8_t)((outer.on & ~inner.off) | inner.on),
        .off = (uint8_t)((outer.off & ~inner.on) | inner.off),
    };
}

#endif
