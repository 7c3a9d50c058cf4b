#include "index/scan_kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static float score_of(const struct scan_planes *query, uint64_t ones, uint64_t weighted,
                      float factor)
{
    float positive = query->low * (float)ones + query->step * (float)weighted;

    return (2 * positive - query->sum) * factor;
}

static void score_bits_portable(const struct scan_planes *query, const uint64_t *bits,
                                const float *factors, size_t groups, float *scores)
{
    for (size_t g = 0; g < groups; g++) {
        const uint64_t *group = bits + g * query->words * SCAN_GROUP_SLOTS;

        for (size_t slot = 0; slot < SCAN_GROUP_SLOTS; slot++) {
            uint64_t ones = 0, weighted = 0;

            for (unsigned w = 0; w < query->words; w++) {
                uint64_t word = group[(size_t)w * SCAN_GROUP_SLOTS + slot];

                ones += (uint64_t)__builtin_popcountll(word);
                for (unsigned p = 0; p < SCAN_PLANES; p++)
                    weighted +=
                        (uint64_t)__builtin_popcountll(word & query->planes[p * query->words + w])
                        << p;
            }
            scores[g * SCAN_GROUP_SLOTS + slot] =
                score_of(query, ones, weighted, factors[g * SCAN_GROUP_SLOTS + slot]);
        }
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

/* Population count of bytes by table, summed to 64-bit lanes. */
__attribute__((target("avx2"))) static __m256i count_avx2(__m256i bits)
{
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1,
                                           2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i nibble = _mm256_set1_epi8(0x0f);
    __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(bits, nibble));
    __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(bits, 4), nibble));

    return _mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256());
}

__attribute__((target("avx2"))) static void score_bits_avx2(const struct scan_planes *query,
                                                            const uint64_t *bits,
                                                            const float *factors, size_t groups,
                                                            float *scores)
{
    for (size_t half = 0; half < groups * 2; half++) {
        const uint64_t *group =
            bits + (half / 2) * query->words * SCAN_GROUP_SLOTS + (half & 1) * 4;
        __m256i ones = _mm256_setzero_si256(), weighted = _mm256_setzero_si256();
        uint64_t all[2][4];

        for (unsigned w = 0; w < query->words; w++) {
            __m256i word = _mm256_loadu_si256(
                (const __m256i *)(const void *)(group + (size_t)w * SCAN_GROUP_SLOTS));

            ones = _mm256_add_epi64(ones, count_avx2(word));
            for (unsigned p = 0; p < SCAN_PLANES; p++) {
                __m256i plane = _mm256_set1_epi64x((long long)query->planes[p * query->words + w]);
                __m256i count = count_avx2(_mm256_and_si256(word, plane));

                weighted = _mm256_add_epi64(weighted, _mm256_slli_epi64(count, (int)p));
            }
        }
        _mm256_storeu_si256((__m256i *)(void *)all[0], ones);
        _mm256_storeu_si256((__m256i *)(void *)all[1], weighted);
        for (size_t slot = 0; slot < 4; slot++)
            scores[half * 4 + slot] =
                score_of(query, all[0][slot], all[1][slot], factors[half * 4 + slot]);
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

#define AVX512 "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq"

/* words is a constant where this is inlined, so that the planes stay in registers. */
__attribute__((target(AVX512), always_inline)) static inline void
score_words_avx512(const struct scan_planes *query, const uint64_t *bits, const float *factors,
                   size_t groups, float *scores, unsigned words)
{
    const __m256 low = _mm256_set1_ps(2 * query->low), step = _mm256_set1_ps(2 * query->step);
    const __m256 sum = _mm256_set1_ps(query->sum);

    for (size_t g = 0; g < groups; g++, bits += (size_t)words * SCAN_GROUP_SLOTS) {
        __m512i ones = _mm512_setzero_si512();
        __m512i counts[SCAN_PLANES] = { ones, ones, ones, ones };
        __m256 score;

        for (unsigned w = 0; w < words; w++) {
            __m512i word = _mm512_loadu_si512(bits + (size_t)w * SCAN_GROUP_SLOTS);

            ones = _mm512_add_epi64(ones, _mm512_popcnt_epi64(word));
            for (unsigned p = 0; p < SCAN_PLANES; p++) {
                __m512i plane = _mm512_set1_epi64((long long)query->planes[p * words + w]);
                __m512i both = _mm512_and_si512(word, plane);

                counts[p] = _mm512_add_epi64(counts[p], _mm512_popcnt_epi64(both));
            }
        }
        for (unsigned p = SCAN_PLANES - 1; p-- > 0;)
            counts[p] = _mm512_add_epi64(counts[p], _mm512_slli_epi64(counts[p + 1], 1));
        score = _mm256_mul_ps(_mm512_cvtepu64_ps(ones), low);
        score = _mm256_add_ps(score, _mm256_mul_ps(_mm512_cvtepu64_ps(counts[0]), step));
        score = _mm256_sub_ps(score, sum);
        score = _mm256_mul_ps(score, _mm256_loadu_ps(factors + g * SCAN_GROUP_SLOTS));
        _mm256_storeu_ps(scores + g * SCAN_GROUP_SLOTS, score);
    }
}

__attribute__((target(AVX512))) static void score_bits_avx512(const struct scan_planes *query,
                                                              const uint64_t *bits,
                                                              const float *factors, size_t groups,
                                                              float *scores)
{
    if (query->words == 4) /* 256 dimensions: the model that is shipped */
        score_words_avx512(query, bits, factors, groups, scores, 4);
    else
        score_words_avx512(query, bits, factors, groups, scores, query->words);
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
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vpopcntdq"))
        all[count++] = &avx512;
    if (__builtin_cpu_supports("avx2"))
        all[count++] = &avx2;
    all[count] = &portable;
    return which < 4 ? all[which] : NULL;
}

#else

/* NEON and others: the compiler vectorises the portable loops. */
const struct scan_kernel *scan_kernel_at(unsigned which)
{
    return which == 0 ? &portable : NULL;
}

#endif

const struct scan_kernel *scan_kernel(void)
{
    return scan_kernel_at(0);
}
