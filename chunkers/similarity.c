#include "chunkers/similarity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define REACH         (UNITS_LEFT + UNITS_RIGHT)
#define SLOTS         16u  /* a power of two that is not below it: a place is found by its bits */
#define COMPONENT_MAX 1023 /* 4096 products of these fit four int32_t lanes */

_Static_assert(REACH <= SLOTS && (SLOTS & (SLOTS - 1)) == 0, "the ring holds both sides");

/* A ring of the last units: their sums, and the dot products of all pairs in it. */
struct similarity {
    const struct meaning *meaning;
    size_t width;     /* dimensions, up to a multiple of 8 */
    int32_t *sum;     /* scratch */
    int16_t *vectors; /* SLOTS x width */
    int64_t dots[SLOTS][SLOTS];
    bool begins_section[SLOTS];
    size_t done; /* units whose similarities are filled */
};

struct similarity *similarity_new(const struct meaning *meaning)
{
    struct similarity *similarity = calloc(1, sizeof(*similarity));

    if (!similarity)
        return NULL;
    similarity->meaning = meaning;
    similarity->width = (meaning->dimensions + 7) & ~(size_t)7;
    similarity->sum = calloc(similarity->width, sizeof(*similarity->sum));
    similarity->vectors = calloc(SLOTS * similarity->width, sizeof(*similarity->vectors));
    if (!similarity->sum || !similarity->vectors) {
        similarity_free(similarity);
        return NULL;
    }
    return similarity;
}

void similarity_free(struct similarity *similarity)
{
    if (!similarity)
        return;
    free(similarity->sum);
    free(similarity->vectors);
    free(similarity);
}

/* The bits of the largest component, its sign aside. */
static uint32_t bits_of_largest(const int32_t *sum, size_t width)
{
    uint32_t bits = 0;
    size_t i = 0;

#if defined(__SSE2__)
    __m128i all = _mm_setzero_si128();
    uint32_t lanes[4];

    for (; i + 4 <= width; i += 4) {
        __m128i part;

        memcpy(&part, sum + i, sizeof(part));
        all = _mm_or_si128(all, _mm_xor_si128(part, _mm_srai_epi32(part, 31)));
    }
    memcpy(lanes, &all, sizeof(lanes));
    bits = lanes[0] | lanes[1] | lanes[2] | lanes[3];
#endif
    for (; i < width; i++)
        bits |= (uint32_t)(sum[i] ^ (sum[i] >> 31));
    return bits;
}

/* Halved until every component fits: the direction is what counts. */
static void store_vector(struct similarity *similarity, int16_t *vector)
{
    const int32_t *sum = similarity->sum;
    uint32_t bits = bits_of_largest(sum, similarity->width);
    int shift = 0;
    size_t i = 0;

    while (bits >> shift > COMPONENT_MAX)
        shift++;
#if defined(__SSE2__)
    for (; i + 8 <= similarity->width; i += 8) {
        __m128i low, high;

        memcpy(&low, sum + i, sizeof(low));
        memcpy(&high, sum + i + 4, sizeof(high));
        low = _mm_packs_epi32(_mm_srai_epi32(low, shift), _mm_srai_epi32(high, shift));
        memcpy(vector + i, &low, sizeof(low));
    }
#endif
    for (; i < similarity->width; i++)
        vector[i] = (int16_t)(sum[i] >> shift);
}

static int64_t dot_product(const int16_t *a, const int16_t *b, size_t width)
{
#if defined(__SSE2__)
    __m128i sum = _mm_setzero_si128();
    int32_t lanes[4];

    for (size_t i = 0; i < width; i += 8) {
        __m128i left, right;

        memcpy(&left, a + i, sizeof(left));
        memcpy(&right, b + i, sizeof(right));
        sum = _mm_add_epi32(sum, _mm_madd_epi16(left, right));
    }
    memcpy(lanes, &sum, sizeof(lanes));
    return (int64_t)lanes[0] + lanes[1] + lanes[2] + lanes[3];
#else
    int64_t sum = 0;

    for (size_t i = 0; i < width; i++)
        sum += (int32_t)a[i] * b[i];
    return sum;
#endif
}

/* Sum of dot products of units [from_a, to_a) with units [from_b, to_b). */
static int64_t dots_between(const struct similarity *similarity, size_t from_a, size_t to_a,
                            size_t from_b, size_t to_b)
{
    int64_t sum = 0;

    for (size_t a = from_a; a < to_a; a++)
        for (size_t b = from_b; b < to_b; b++)
            sum += similarity->dots[a % SLOTS][b % SLOTS];
    return sum;
}

static int16_t cosine(int64_t dot, int64_t left_square, int64_t right_square)
{
    double value;

    if (left_square <= 0 || right_square <= 0)
        return SIMILARITY_UNKNOWN;
    value = (double)dot / sqrt((double)left_square * (double)right_square);
    return (int16_t)lrint(value * 1000);
}

/* Fills the cut before unit `index`, when units up to `end` are in the ring. */
static void fill(const struct similarity *similarity, struct unit *items, size_t index, size_t end)
{
    size_t right = index + 1, left = index;
    int64_t right_square, left_square = 0, across = 0;

    while (right < end && right < index + UNITS_RIGHT && !similarity->begins_section[right % SLOTS])
        right++;
    right_square = dots_between(similarity, index, right, index, right);
    for (size_t i = 0; i < UNITS_LEFT; i++) {
        if (left > 0 && (left == index || !similarity->begins_section[left % SLOTS])) {
            left--;
            across += dots_between(similarity, left, left + 1, index, right);
            left_square += dots_between(similarity, left, left + 1, left, index) +
                           dots_between(similarity, left, left + 1, left + 1, index);
        }
        items[index].similarity[i] = cosine(across, left_square, right_square);
    }
}

size_t similarity_add(struct similarity *similarity, struct span text, struct unit *items,
                      size_t index, bool begins_section)
{
    size_t slot = index % SLOTS, width = similarity->width;
    int16_t *vector = similarity->vectors + slot * width;
    size_t tokens = similarity->meaning->sum(similarity->meaning, text, similarity->sum);

    store_vector(similarity, vector);
    similarity->begins_section[slot] = begins_section;
    for (size_t back = 0; back < REACH && back <= index; back++) {
        size_t other = (index - back) % SLOTS;

        similarity->dots[slot][other] = similarity->dots[other][slot] =
            dot_product(vector, similarity->vectors + other * width, width);
    }
    if (index + 1 >= UNITS_RIGHT) {
        fill(similarity, items, index + 1 - UNITS_RIGHT, index + 1);
        similarity->done = index + 2 - UNITS_RIGHT;
    }
    return tokens;
}

void similarity_end(struct similarity *similarity, struct unit *items, size_t count)
{
    for (size_t i = similarity->done; i < count; i++)
        fill(similarity, items, i, count);
    similarity->done = 0;
}
