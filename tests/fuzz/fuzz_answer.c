/* A plugin's answer, byte for byte from outside. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "embed/answer.h"

#define DIMENSIONS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Of exactly its size, so that the sanitizer sees a byte read or written too far. */
    float *vector = malloc(DIMENSIONS * sizeof(*vector));
    struct vector_refusal refusal;
    struct answer answer;
    enum vector_kind kind;

    if (!vector || answer_read((struct span){ (const char *)data, size }, &answer, NULL)) {
        free(vector);
        return 0;
    }
    do {
        if (!answer.has_vectors ||
            answer_next_vector(&answer, vector, DIMENSIONS, &kind, &refusal, NULL))
            break;
        if (kind == VECTOR_VALUES)
            (void)vector_check(vector, DIMENSIONS);
    } while (kind != VECTOR_END);
    free(vector);
    return 0;
}
