/*
 * scan_kernel.h - the inner loops over scan codes, as wide as the processor allows.
 *
 * What a query is worth with the signs of four dimensions is one of sixteen sums: they are made
 * once and looked up, sixteen slots with one instruction (André, Kermarrec, Le Scouarnec: Cache
 * locality is not enough: high-performance nearest neighbor search with product quantization fast
 * scan, 2015). The sums are whole numbers, so that every kernel gives the very same scores.
 */
#ifndef INDEX_SCAN_KERNEL_H
#define INDEX_SCAN_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#define SCAN_GROUP_SLOTS 16u

/* A query against sign bits: a slot's score is factor * (low + step * the sum of its entries). */
struct scan_table {
    /* For each byte of a slot's sign bits, 16 entries for its low half; then the same for its high
     * half. At most 127 each, and at most 65,535 for any slot's sum. */
    const uint8_t *entries;
    unsigned rows; /* bytes of a slot's sign bits: a multiple of 8 */
    float low, step;
};

struct scan_kernel {
    const char *name;
    /* bits: groups of 16 slots, byte r of all of them, then byte r + 1 ... */
    void (*score_bits)(const struct scan_table *table, const uint8_t *bits, const float *factors,
                       size_t groups, float *scores);
    /* The places of the scores that reach threshold, at most 65,536 of them; returns how many. */
    size_t (*pass)(const float *scores, size_t count, float threshold, uint16_t *places);
    int32_t (*dot)(const int8_t *a, const int8_t *b, size_t len); /* len: a multiple of 64 */
};

/* The best for this processor. */
const struct scan_kernel *scan_kernel(void);
/* All that this processor can run, for tests; NULL past the last. */
const struct scan_kernel *scan_kernel_at(unsigned which);

#endif
