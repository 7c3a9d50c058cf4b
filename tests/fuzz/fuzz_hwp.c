#include "tests/fuzz/office.h"

#include "extractors/office/hwp.h"

/* As a file, and as one part of it that was unpacked. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source source = { .name = "fuzz", .keep_boilerplate = size & 1 };
    struct writer *writer = writer_new((size_t)1 << 20);
    struct hwp hwp = HWP_INIT(&source, writer);
    struct span bytes = { (const char *)data, size };
    struct extraction extraction;
    struct error problem;

    if (writer) {
        hwp_read_info(&hwp, bytes);
        hwp_read_section(&hwp, bytes);
        if (!writer_finish(writer, &extraction, &problem) &&
            extraction_check(&extraction, &problem))
            abort();
    }
    hwp_release(&hwp);
    writer_free(writer);
    fuzz_extractor(&hwp_extractor, data, size);
    return 0;
}
