/* Any line as a reranker's hello or answer: what is taken is finite, or refused one by one. */
#include <math.h>
#include <stdlib.h>

#include "embed/rerank.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span line = { (const char *)data, size };
    struct rerank_hello hello;
    struct json *root = NULL;
    double scores[4];
    bool is_answer = false;

    for (size_t count = 0; count <= 4; count++) {
        if (rerank_read_answer(line, 1, count, scores, &is_answer, NULL))
            continue;
        for (size_t i = 0; is_answer && i < count; i++)
            if (isinf(scores[i]))
                abort();
    }
    if (json_parse(line, &root, NULL) == STATUS_OK &&
        rerank_read_hello(root, &hello, NULL) == STATUS_OK &&
        (hello.model[0] == '\0' || hello.batch_count < 1 || hello.batch_bytes < 1))
        abort();
    json_free(root);
    return 0;
}
