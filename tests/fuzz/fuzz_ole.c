#include "tests/fuzz/office.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_extractor(&doc_extractor, data, size);
    fuzz_extractor(&xls_extractor, data, size);
    fuzz_extractor(&ppt_extractor, data, size);
    return 0;
}
