/*
 * scan_kernel.h - the two inner loops over scan codes, as wide as the processor allows.
 */
#ifndef INDEX_SCAN_KERNEL_H
#define INDEX_SCAN_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#define SCAN_GROUP_SLOTS 8u
#define SCAN_PLANES      4u /* bits of a query's value against the sign bits */

/* A query against sign bits: value i is about low + step * (its bits in the planes). */
struct scan_planes {
    const uint64_t *planes; /* words of plane 0, then of plane 1 ... */
    unsigned words;         /* 64-bit words of a vector's sign bits */
    float low, step, sum;   /* sum: of all values */
};

struct scan_kernel {
    const char *name;
    /* scores[i] = factors[i] * (sum of the query's values, with the signs of slot i). */
    void (*score_bits)(const struct scan_planes *query, const uint64_t *bits, const float *factors,
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
