/*
 * matrix.h - the three products that training needs, over row-major floats whose width is a
 * multiple of 8. Sums are taken in another order on other processors: results agree to rounding
 * only.
 */
#ifndef MODEL_MATRIX_H
#define MODEL_MATRIX_H

#include <stddef.h>

/* out[rows x rows] = scale * a * transposed b, of a and b [rows x width]. */
void matrix_products(const float *a, const float *b, size_t rows, size_t width, float scale,
                     float *out);
/* out[rows x width] = factor * weights * b, of weights [rows x rows]. */
void matrix_mix(const float *weights, const float *b, size_t rows, size_t width, float factor,
                float *out);
/* The same with the weights transposed. */
void matrix_mix_transposed(const float *weights, const float *b, size_t rows, size_t width,
                           float factor, float *out);

#endif
