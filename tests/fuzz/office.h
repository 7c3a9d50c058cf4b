/*
 * office.h - one extractor on any bytes, whatever detection would say of them.
 */
#ifndef TESTS_FUZZ_OFFICE_H
#define TESTS_FUZZ_OFFICE_H

#include <stdint.h>
#include <stdlib.h>

#include "extractors/extractors.h"

/* What comes out must pass the checks that the daemon makes. */
static inline void fuzz_extractor(const struct extractor *extractor, const uint8_t *data,
                                  size_t size)
{
    struct source source = {
        .name = "fuzz",
        .bytes = { (const char *)data, size },
        .media_type = "",
        .extension = "",
        .keep_boilerplate = size & 1,
    };
    struct writer *writer = writer_new((size_t)1 << 20);
    struct extraction extraction;
    struct error problem;

    if (writer && !extractor_run(extractor, &source, writer, &extraction, &problem) &&
        extraction_check(&extraction, &problem))
        abort();
    writer_free(writer);
}

#endif
