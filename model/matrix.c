#include "model/matrix.h"

#include <string.h>

#include "model/cpu_versions.h"

#define LANES 8u
#define TILE  4u /* rows of b at once: that many sums stay in registers */

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

FOR_SEVERAL_CPUS
static void products_of_row(const float *a, const float *b, size_t rows, size_t width, float scale,
                            float *out)
{
    for (size_t row = 0; row < rows; row += TILE) {
        size_t count = rows - row < TILE ? rows - row : TILE;
        lanes sums[TILE] = { { 0 } };

        for (size_t at = 0; at < width; at += LANES) {
            lanes left;

            memcpy(&left, a + at, sizeof(left));
            for (size_t i = 0; i < TILE; i++) {
                lanes right;

                memcpy(&right, b + (row + (i < count ? i : 0)) * width + at, sizeof(right));
                sums[i] += left * right;
            }
        }
        for (size_t i = 0; i < count; i++) {
            float sum = 0;

            for (size_t lane = 0; lane < LANES; lane++)
                sum += sums[i][lane];
            out[row + i] = scale * sum;
        }
    }
}

void matrix_products(const float *a, const float *b, size_t rows, size_t width, float scale,
                     float *out)
{
    for (size_t row = 0; row < rows; row++)
        products_of_row(a + row * width, b, rows, width, scale, out + row * rows);
}

/* out[width] += factor * weight_i * b_i, over the rows of b; weights are `step` apart. */
FOR_SEVERAL_CPUS
static void mix_row(const float *weights, size_t step, const float *b, size_t rows, size_t width,
                    float factor, float *out)
{
    for (size_t at = 0; at < width; at += LANES) {
        lanes sum = { 0 };

        for (size_t row = 0; row < rows; row++) {
            lanes part;

            memcpy(&part, b + row * width + at, sizeof(part));
            sum += part * weights[row * step];
        }
        sum *= factor;
        memcpy(out + at, &sum, sizeof(sum));
    }
}

void matrix_mix(const float *weights, const float *b, size_t rows, size_t width, float factor,
                float *out)
{
    for (size_t row = 0; row < rows; row++)
        mix_row(weights + row * rows, 1, b, rows, width, factor, out + row * width);
}

void matrix_mix_transposed(const float *weights, const float *b, size_t rows, size_t width,
                           float factor, float *out)
{
    for (size_t row = 0; row < rows; row++)
        mix_row(weights + row, rows, b, rows, width, factor, out + row * width);
}
