#include "index/scan_kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* So far ahead of what is looked at, the next is asked for. */
#define AHEAD_BYTES 2048

/* The groups of four quarters in turn: the processor reads ahead by itself, but not into another
 * page, and in four pages at once better than in one. A twelfth of a scan's time, where the codes
 * lie in memory. */
static inline size_t group_at(size_t turn, size_t groups)
{
    return groups % 4 ? turn : turn % 4 * (groups / 4) + turn / 4;
}

static void score_bits_portable(const struct scan_table *table, const uint8_t *bits,
                                const float *factors, size_t groups, float *scores)
{
    const uint8_t *low = table->entries, *high = low + (size_t)table->rows * 16;

    for (size_t g = 0; g < groups; g++, bits += (size_t)table->rows * SCAN_GROUP_SLOTS) {
        unsigned sums[SCAN_GROUP_SLOTS] = { 0 };

        for (size_t r = 0; r < table->rows; r++) {
            for (size_t slot = 0; slot < SCAN_GROUP_SLOTS; slot++) {
                uint8_t byte = bits[r * SCAN_GROUP_SLOTS + slot];

                sums[slot] += low[r * 16 + (byte & 15)] + (unsigned)high[r * 16 + (byte >> 4)];
            }
        }
        for (size_t slot = 0; slot < SCAN_GROUP_SLOTS; slot++)
            scores[g * SCAN_GROUP_SLOTS + slot] = (table->low + table->step * (float)sums[slot]) *
                                                  factors[g * SCAN_GROUP_SLOTS + slot];
    }
}

static size_t pass_portable(const float *scores, size_t count, float threshold, uint16_t *places)
{
    size_t passed = 0;

    /* Few pass, so the branch is foretold. */
    for (size_t i = 0; i < count; i++) {
        if (scores[i] >= threshold)
            places[passed++] = (uint16_t)i;
    }
    return passed;
}

static int32_t dot_portable(const int8_t *a, const int8_t *b, size_t len)
{
    int32_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum += a[i] * b[i];
    return sum;
}

static const struct scan_kernel portable = { "portable", score_bits_portable, pass_portable,
                                             dot_portable };

#if defined(__x86_64__)

/* Two rows at a time. The bytes of a sum are added up in two ways, those at even places and those
 * at odd ones: `even` has both, 256 times the odd ones too much, which is taken off at the end. */
__attribute__((target("avx2"))) static void score_bits_avx2(const struct scan_table *table,
                                                            const uint8_t *bits,
                                                            const float *factors, size_t groups,
                                                            float *scores)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256 base = _mm256_set1_ps(table->low), step = _mm256_set1_ps(table->step);
    const uint8_t *low = table->entries, *high = low + (size_t)table->rows * 16;

    for (size_t turn = 0; turn < groups; turn++) {
        size_t g = group_at(turn, groups);
        const uint8_t *own = bits + g * table->rows * SCAN_GROUP_SLOTS;
        __m256i even = _mm256_setzero_si256(), odd = even;

        for (size_t at = 0; at < (size_t)table->rows * 16; at += 32) {
            __m256i word = _mm256_loadu_si256((const __m256i *)(const void *)(own + at));
            __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(low + at));
            __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(high + at));
            __m256i sum;

            a = _mm256_shuffle_epi8(a, _mm256_and_si256(word, nibble));
            b = _mm256_shuffle_epi8(b, _mm256_and_si256(_mm256_srli_epi16(word, 4), nibble));
            sum = _mm256_add_epi8(a, b);
            even = _mm256_add_epi16(even, sum);
            odd = _mm256_add_epi16(odd, _mm256_srli_epi16(sum, 8));
        }
        even = _mm256_sub_epi16(even, _mm256_slli_epi16(odd, 8));
        for (size_t half = 0; half < 2; half++) {
            __m256i both =
                half ? _mm256_unpackhi_epi16(even, odd) : _mm256_unpacklo_epi16(even, odd);
            __m128i sums =
                _mm_add_epi16(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
            __m256 score = _mm256_cvtepi32_ps(_mm256_cvtepu16_epi32(sums));
            size_t slot = g * SCAN_GROUP_SLOTS + half * 8;

            score = _mm256_add_ps(base, _mm256_mul_ps(step, score));
            score = _mm256_mul_ps(score, _mm256_loadu_ps(factors + slot));
            _mm256_storeu_ps(scores + slot, score);
        }
    }
}

__attribute__((target("avx2"))) static int32_t dot_avx2(const int8_t *a, const int8_t *b,
                                                        size_t len)
{
    __m256i sum = _mm256_setzero_si256();
    int32_t parts[8];
    int32_t total = 0;

    for (size_t i = 0; i < len; i += 16) {
        __m256i x = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(a + i)));
        __m256i y = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(b + i)));

        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(x, y));
    }
    _mm256_storeu_si256((__m256i *)(void *)parts, sum);
    for (int i = 0; i < 8; i++)
        total += parts[i];
    return total;
}

__attribute__((target("avx2"))) static size_t pass_avx2(const float *scores, size_t count,
                                                        float threshold, uint16_t *places)
{
    const __m256 least = _mm256_set1_ps(threshold);
    size_t passed = 0, i = 0;

    for (; i + 8 <= count; i += 8) {
        __m256 reach = _mm256_cmp_ps(_mm256_loadu_ps(scores + i), least, _CMP_GE_OQ);

        for (int mask = _mm256_movemask_ps(reach); mask; mask &= mask - 1)
            places[passed++] = (uint16_t)(i + (size_t)__builtin_ctz((unsigned)mask));
    }
    for (; i < count; i++) {
        if (scores[i] >= threshold)
            places[passed++] = (uint16_t)i;
    }
    return passed;
}

static const struct scan_kernel avx2 = { "avx2", score_bits_avx2, pass_avx2, dot_avx2 };

#define AVX512 "avx512f,avx512bw,avx512dq,avx512vl"

/* As above, four rows at a time. rows is a constant where this is inlined, so that the table stays
 * in registers. */
__attribute__((target(AVX512), always_inline)) static inline void
score_rows_avx512(const struct scan_table *table, const uint8_t *bits, const float *factors,
                  size_t groups, float *scores, size_t rows)
{
    const __m512i nibble = _mm512_set1_epi8(15);
    const __m512 base = _mm512_set1_ps(table->low), step = _mm512_set1_ps(table->step);
    const uint8_t *low = table->entries, *high = low + rows * 16;

    for (size_t turn = 0; turn < groups; turn++) {
        size_t g = group_at(turn, groups);
        const uint8_t *own = bits + g * rows * SCAN_GROUP_SLOTS;
        __m512i even = _mm512_setzero_si512(), odd = even;
        __m256i evens, odds, sums;
        __m512 score;

        for (size_t at = 0; at < rows * 16; at += 64) {
            __m512i word = _mm512_loadu_si512(own + at), sum;
            __m512i a = _mm512_loadu_si512(low + at), b = _mm512_loadu_si512(high + at);

            _mm_prefetch((const char *)own + at + AHEAD_BYTES, _MM_HINT_T0);
            a = _mm512_shuffle_epi8(a, _mm512_and_si512(word, nibble));
            b = _mm512_shuffle_epi8(b, _mm512_and_si512(_mm512_srli_epi16(word, 4), nibble));
            sum = _mm512_add_epi8(a, b);
            even = _mm512_add_epi16(even, sum);
            odd = _mm512_add_epi16(odd, _mm512_srli_epi16(sum, 8));
        }
        even = _mm512_sub_epi16(even, _mm512_slli_epi16(odd, 8));
        evens = _mm256_add_epi16(_mm512_castsi512_si256(even), _mm512_extracti64x4_epi64(even, 1));
        odds = _mm256_add_epi16(_mm512_castsi512_si256(odd), _mm512_extracti64x4_epi64(odd, 1));
        /* Of each half of 128 bits: slots 0 to 7, then 8 to 15. */
        sums = _mm256_unpacklo_epi16(evens, odds);
        odds = _mm256_unpackhi_epi16(evens, odds);
        sums = _mm256_add_epi16(_mm256_permute2x128_si256(sums, odds, 0x20),
                                _mm256_permute2x128_si256(sums, odds, 0x31));
        score = _mm512_cvtepi32_ps(_mm512_cvtepu16_epi32(sums));
        score = _mm512_add_ps(base, _mm512_mul_ps(step, score));
        score = _mm512_mul_ps(score, _mm512_loadu_ps(factors + g * SCAN_GROUP_SLOTS));
        _mm512_storeu_ps(scores + g * SCAN_GROUP_SLOTS, score);
    }
}

__attribute__((target(AVX512))) static void score_bits_avx512(const struct scan_table *table,
                                                              const uint8_t *bits,
                                                              const float *factors, size_t groups,
                                                              float *scores)
{
    if (table->rows == 32) /* 256 dimensions: the model that is shipped */
        score_rows_avx512(table, bits, factors, groups, scores, 32);
    else
        score_rows_avx512(table, bits, factors, groups, scores, table->rows);
}

__attribute__((target(AVX512))) static int32_t dot_avx512(const int8_t *a, const int8_t *b,
                                                          size_t len)
{
    __m512i sum = _mm512_setzero_si512();

    for (size_t i = 0; i < len; i += 32) {
        __m512i x =
            _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)(a + i)));
        __m512i y =
            _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)(b + i)));

        sum = _mm512_add_epi32(sum, _mm512_madd_epi16(x, y));
    }
    return _mm512_reduce_add_epi32(sum);
}

static const struct scan_kernel avx512 = { "avx512", score_bits_avx512, pass_avx2, dot_avx512 };

const struct scan_kernel *scan_kernel_at(unsigned which)
{
    const struct scan_kernel *all[4] = { NULL };
    unsigned count = 0;

    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        all[count++] = &avx512;
    if (__builtin_cpu_supports("avx2"))
        all[count++] = &avx2;
    all[count] = &portable;
    return which < 4 ? all[which] : NULL;
}

#elif defined(__aarch64__)

static void score_bits_neon(const struct scan_table *table, const uint8_t *bits,
                            const float *factors, size_t groups, float *scores)
{
    const uint8_t *low = table->entries, *high = low + (size_t)table->rows * 16;

    for (size_t g = 0; g < groups; g++, bits += (size_t)table->rows * SCAN_GROUP_SLOTS) {
        uint16x8_t sums[2] = { vdupq_n_u16(0), vdupq_n_u16(0) };
        uint16_t all[SCAN_GROUP_SLOTS];

        for (size_t at = 0; at < (size_t)table->rows * 16; at += 16) {
            uint8x16_t word = vld1q_u8(bits + at);
            uint8x16_t a = vqtbl1q_u8(vld1q_u8(low + at), vandq_u8(word, vdupq_n_u8(15)));
            uint8x16_t b = vqtbl1q_u8(vld1q_u8(high + at), vshrq_n_u8(word, 4));
            uint8x16_t sum = vaddq_u8(a, b);

            sums[0] = vaddw_u8(sums[0], vget_low_u8(sum));
            sums[1] = vaddw_u8(sums[1], vget_high_u8(sum));
        }
        vst1q_u16(all, sums[0]);
        vst1q_u16(all + 8, sums[1]);
        for (size_t slot = 0; slot < SCAN_GROUP_SLOTS; slot++)
            scores[g * SCAN_GROUP_SLOTS + slot] = (table->low + table->step * (float)all[slot]) *
                                                  factors[g * SCAN_GROUP_SLOTS + slot];
    }
}

/* The compiler vectorises the others by itself. */
static const struct scan_kernel neon = { "neon", score_bits_neon, pass_portable, dot_portable };

const struct scan_kernel *scan_kernel_at(unsigned which)
{
    return which == 0 ? &neon : which == 1 ? &portable : NULL;
}

#else

const struct scan_kernel *scan_kernel_at(unsigned which)
{
    return which == 0 ? &portable : NULL;
}

#endif

const struct scan_kernel *scan_kernel(void)
{
    return scan_kernel_at(0);
}
