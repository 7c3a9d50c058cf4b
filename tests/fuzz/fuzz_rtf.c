#include "tests/fuzz/office.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_extractor(&rtf_extractor, data, size);
    return 0;
}
