/*
 * Tokens to sums of table rows. Everything is exact: rows hold small integers, so sixteen rows of
 * half-bytes fit into bytes, and these are widened once per group.
 */
#include <math.h>
#include <string.h>

#include "model/cpu_versions.h"
#include "model/semb_internal.h"

/* 16 half-bytes of 0..15 are at most 240: they add up in a byte. And 4,096 add up in two. */
#define GROUP       16u
#define ROWS_MAX    4096u
#define LANES       32u
#define IDS_AT_ONCE 128u /* their rows stay in the nearest cache */

typedef uint8_t lanes __attribute__((vector_size(LANES)));
typedef uint16_t pairs __attribute__((vector_size(LANES)));

/* Sums of LANES bytes, those at even places apart from those at odd ones, so that none is moved. */
struct lane_sums {
    pairs even, odd;
};

static inline __attribute__((always_inline)) void add_lanes(struct lane_sums *sums,
                                                            const lanes *bytes)
{
    sums->even += (pairs)*bytes & 0xFF;
    sums->odd += (pairs)*bytes >> 8;
}

static inline __attribute__((always_inline)) void take_lanes(const struct lane_sums *sums,
                                                             int32_t bias, int32_t *out)
{
    for (size_t i = 0; i < LANES / 2; i++) {
        out[2 * i] += sums->even[i] - bias;
        out[2 * i + 1] += sums->odd[i] - bias;
    }
}

/* Adds LANES bytes of up to ROWS_MAX rows: their low halves to low, their high halves to high.
 * Halves are two's complement: with 8 added they are 0..15. */
FOR_SEVERAL_CPUS
static void add_half_bytes(const uint8_t *rows, size_t row_bytes, const int32_t *ids, size_t count,
                           size_t width, int32_t *low, int32_t *high)
{
    int32_t bias = 8 * (int32_t)count;

    for (size_t at = 0; at < width; at += LANES) {
        struct lane_sums lows = { 0 }, highs = { 0 };

        for (size_t i = 0; i < count;) {
            size_t end = count - i < GROUP ? count : i + GROUP;
            lanes low_sum = { 0 }, high_sum = { 0 };

            for (; i < end; i++) {
                lanes row;

                memcpy(&row, rows + (size_t)ids[i] * row_bytes + at, LANES);
                row ^= 0x88;
                low_sum += row & 0x0F;
                high_sum += row >> 4;
            }
            add_lanes(&lows, &low_sum);
            add_lanes(&highs, &high_sum);
        }
        take_lanes(&lows, bias, low + at);
        take_lanes(&highs, bias, high + at);
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
    for (size_t at = 0; at < count; at += ROWS_MAX)
        add_group(semb, ids + at, count - at < ROWS_MAX ? count - at : ROWS_MAX, sum);
}

static void take_nothing(struct semb_sink *sink)
{
    (void)sink;
}

size_t semb_count(const struct semb *semb, struct span text)
{
    int32_t ids[IDS_AT_ONCE];
    struct semb_sink sink = { .ids = ids, .room = IDS_AT_ONCE, .take = take_nothing };

    semb_scan(semb, text, &sink);
    return sink.total;
}

struct copying_sink {
    struct semb_sink sink;
    int32_t *out;
    size_t room;
};

static void take_copy(struct semb_sink *sink)
{
    struct copying_sink *copying = (struct copying_sink *)sink;
    size_t left = copying->room > sink->total ? copying->room - sink->total : 0;
    size_t taken = sink->count < left ? sink->count : left;

    if (taken > 0)
        memcpy(copying->out + sink->total, sink->ids, taken * sizeof(*sink->ids));
}

size_t semb_tokens(const struct semb *semb, struct span text, int32_t *ids, size_t room)
{
    int32_t some[IDS_AT_ONCE];
    struct copying_sink copying = {
        .sink = { .ids = some, .room = IDS_AT_ONCE, .take = take_copy },
        .out = ids,
        .room = room,
    };

    semb_scan(semb, text, &copying.sink);
    return copying.sink.total;
}

struct summing_sink {
    struct semb_sink sink;
    const struct semb *semb;
    int32_t *sum;
};

static void take_sum(struct semb_sink *sink)
{
    struct summing_sink *summing = (struct summing_sink *)sink;

    semb_add_rows(summing->semb, sink->ids, sink->count, summing->sum);
}

size_t semb_sum(const struct semb *semb, struct span text, int32_t *sum)
{
    int32_t ids[IDS_AT_ONCE];
    struct summing_sink summing = {
        .sink = { .ids = ids,
                  .room = IDS_AT_ONCE,
                  .rows = semb->rows,
                  .row_bytes = semb->row_bytes,
                  .take = take_sum },
        .semb = semb,
        .sum = sum,
    };

    memset(sum, 0, semb->dimensions * sizeof(*sum));
    semb_scan(semb, text, &summing.sink);
    return summing.sink.total;
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
