/*
 * office.h - one extractor on any bytes, whatever detection would say of them.
 */
#ifndef TESTS_FUZZ_OFFICE_H
#define TESTS_FUZZ_OFFICE_H

#include <stdint.h>
#include <stdlib.h>

#include "extractors/extractors.h"

static inline enum status fuzz_member(void *user, const struct member *member, struct error *err)
{
    size_t *bytes = user;

    (void)err;
    *bytes += member->path.len + member->bytes.len;
    return STATUS_OK;
}

/* What comes out must pass the checks that the daemon makes; members are taken as they come. */
static inline void fuzz_extractor_as(const struct extractor *extractor, const char *name,
                                     const char *extension, const char *media_type,
                                     const uint8_t *data, size_t size)
{
    struct member_budget budget = { .outer_bytes = size,
                                    .expanded_bytes_max = (uint64_t)16 << 20,
                                    .member_bytes_max = (uint64_t)16 << 20,
                                    .member_count_max = 1000,
                                    .depth_max = 4 };
    struct source source = {
        .name = name,
        .bytes = { (const char *)data, size },
        .media_type = media_type,
        .extension = extension,
        .keep_boilerplate = size & 1,
        .budget = &budget,
    };
    struct writer *writer = writer_new((size_t)1 << 20);
    struct extraction extraction;
    struct error problem;
    size_t member_bytes = 0;

    if (writer && !extractor_run(extractor, &source, writer, &extraction, &problem) &&
        extraction_check(&extraction, &problem))
        abort();
    writer_free(writer);
    if (extractor->members)
        (void)!extractor->members(&source, fuzz_member, &member_bytes, &problem);
}

static inline void fuzz_extractor(const struct extractor *extractor, const uint8_t *data,
                                  size_t size)
{
    fuzz_extractor_as(extractor, "fuzz", "", "", data, size);
}

#endif
