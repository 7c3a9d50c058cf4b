/*
 * Tokens to sums of table rows. Everything is exact: rows hold small integers, so sixteen rows of
 * half-bytes fit into bytes, and these are widened once per group.
 */
#include <math.h>
#include <string.h>

#include "model/cpu_versions.h"
#include "model/semb_internal.h"

/* 16 half-bytes of 0..15 are at most 240: they add up in a byte. */
#define GROUP       16u
#define LANES       32u
#define IDS_AT_ONCE 256u

typedef uint8_t lanes __attribute__((vector_size(LANES)));

/* Adds LANES bytes of up to GROUP rows: their low halves to low, their high halves to high. Halves
 * are two's complement: with 8 added they are 0..15. */
FOR_SEVERAL_CPUS
static void add_half_bytes(const uint8_t *rows, size_t row_bytes, const int32_t *ids, size_t count,
                           size_t width, int32_t *low, int32_t *high)
{
    int32_t bias = 8 * (int32_t)count;

    for (size_t at = 0; at < width; at += LANES) {
        lanes low_sum = { 0 }, high_sum = { 0 };

        for (size_t i = 0; i < count; i++) {
            lanes row;

            memcpy(&row, rows + (size_t)ids[i] * row_bytes + at, LANES);
            row ^= 0x88;
            low_sum += row & 0x0F;
            high_sum += row >> 4;
        }
        for (size_t i = 0; i < LANES; i++) {
            low[at + i] += low_sum[i] - bias;
            high[at + i] += high_sum[i] - bias;
        }
    }
}

/* What is left when half a row is no multiple of LANES. */
static void add_half_bytes_slow(const uint8_t *row, size_t from, size_t width, int32_t *low,
                                int32_t *high)
{
    for (size_t i = from; i < width; i++) {
        low[i] += (int32_t)((row[i] & 0x0F) ^ 8) - 8;
        high[i] += (int32_t)((row[i] >> 4) ^ 8) - 8;
    }
}

/* Sums of bytes stay in range for 16 million tokens; beyond that they wrap, without harm. */
FOR_SEVERAL_CPUS
static void add_bytes(const uint8_t *row, size_t width, int32_t *sum)
{
    for (size_t i = 0; i < width; i++)
        sum[i] = (int32_t)((uint32_t)sum[i] + (uint32_t)(int32_t)(int8_t)row[i]);
}

static void add_group(const struct semb *semb, const int32_t *ids, size_t count, int32_t *sum)
{
    size_t width = semb->dimensions / 2, fast = width - width % LANES;

    add_half_bytes(semb->rows, semb->row_bytes, ids, count, fast, sum, sum + width);
    for (size_t i = 0; fast < width && i < count; i++)
        add_half_bytes_slow(semb->rows + (size_t)ids[i] * semb->row_bytes, fast, width, sum,
                            sum + width);
}

void semb_add_rows(const struct semb *semb, const int32_t *ids, size_t count, int32_t *sum)
{
    if (semb->bits == 8) {
        for (size_t i = 0; i < count; i++)
            add_bytes(semb->rows + (size_t)ids[i] * semb->row_bytes, semb->dimensions, sum);
        return;
    }
    for (size_t at = 0; at < count; at += GROUP)
        add_group(semb, ids + at, count - at < GROUP ? count - at : GROUP, sum);
}

struct counting_sink {
    struct semb_sink sink;
    int32_t ids[IDS_AT_ONCE];
    size_t total;
};

static void flush_count(struct semb_sink *sink)
{
    ((struct counting_sink *)sink)->total += sink->count;
    sink->count = 0;
}

size_t semb_count(const struct semb *semb, struct span text)
{
    struct counting_sink counting;

    counting.sink = (struct semb_sink){ counting.ids, 0, IDS_AT_ONCE, flush_count };
    counting.total = 0;
    semb_scan(semb, text, &counting.sink);
    return counting.total;
}

struct copying_sink {
    struct semb_sink sink;
    int32_t ids[IDS_AT_ONCE];
    int32_t *out;
    size_t total, room;
};

static void flush_copy(struct semb_sink *sink)
{
    struct copying_sink *copying = (struct copying_sink *)sink;
    size_t left = copying->room > copying->total ? copying->room - copying->total : 0;
    size_t taken = sink->count < left ? sink->count : left;

    if (taken > 0)
        memcpy(copying->out + copying->total, copying->ids, taken * sizeof(*copying->ids));
    copying->total += sink->count;
    sink->count = 0;
}

size_t semb_tokens(const struct semb *semb, struct span text, int32_t *ids, size_t room)
{
    struct copying_sink copying;

    copying.sink = (struct semb_sink){ copying.ids, 0, IDS_AT_ONCE, flush_copy };
    copying.out = ids;
    copying.total = 0;
    copying.room = room;
    semb_scan(semb, text, &copying.sink);
    return copying.total;
}

struct summing_sink {
    struct semb_sink sink;
    int32_t ids[IDS_AT_ONCE];
    const struct semb *semb;
    int32_t *sum;
    size_t total;
};

static void flush_sum(struct semb_sink *sink)
{
    struct summing_sink *summing = (struct summing_sink *)sink;

    semb_add_rows(summing->semb, summing->ids, sink->count, summing->sum);
    summing->total += sink->count;
    sink->count = 0;
}

size_t semb_sum(const struct semb *semb, struct span text, int32_t *sum)
{
    struct summing_sink summing;

    summing.sink = (struct semb_sink){ summing.ids, 0, IDS_AT_ONCE, flush_sum };
    summing.semb = semb;
    summing.sum = sum;
    summing.total = 0;
    memset(sum, 0, semb->dimensions * sizeof(*sum));
    semb_scan(semb, text, &summing.sink);
    return summing.total;
}

size_t semb_embed(const struct semb *semb, struct span text, float *vector)
{
    int32_t sum[SEMB_DIMENSIONS_MAX];
    size_t count = semb_sum(semb, text, sum);
    double square = 0, scale;

    for (size_t i = 0; i < semb->dimensions; i++)
        square += (double)sum[i] * sum[i];
    if (square <= 0) {
        memset(vector, 0, semb->dimensions * sizeof(*vector));
        vector[0] = 1;
        return count;
    }
    scale = 1 / sqrt(square);
    for (size_t i = 0; i < semb->dimensions; i++)
        vector[i] = (float)(sum[i] * scale);
    return count;
}
