/*
 * fuzz_eval_set.c - any bytes as questions, and what stands behind the first form feed as
 * judgements.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "cli/eval_set.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *split = size ? memchr(data, '\f', size) : NULL;
    size_t first = split ? (size_t)(split - data) : size;
    struct span questions = { (const char *)data, first };
    struct span judgements = { (const char *)data + first + (split != NULL),
                               size - first - (split != NULL) };
    struct eval_set set;
    struct error err;

    if (eval_set_parse(questions, "questions", judgements, "judgements", &set, &err))
        return 0;
    for (size_t i = 0; i < set.count; i++) {
        if (set.questions[i].wanted_count == 0)
            abort(); /* one that nothing is wanted for is left out */
        for (size_t k = 0; k < set.questions[i].wanted_count; k++) {
            const struct eval_wanted *wanted = &set.questions[i].wanted[k];

            if (!eval_is_document(wanted->document, wanted->document) ||
                !eval_has_quote(wanted->quote, wanted->quote))
                abort();
        }
    }
    eval_set_release(&set);
    return 0;
}
