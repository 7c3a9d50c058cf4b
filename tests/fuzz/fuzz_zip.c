/*
 * fuzz_zip.c - packages of any bytes: every part is read as far as its limits allow.
 */
#include <stdint.h>

#include "base/cleanup.h"
#include "extractors/container/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = { (const char *)data, size };
    struct zip *zip = NULL;

    (void)zip_package_type(bytes);
    if (zip_open(bytes, &zip, NULL))
        return 0;
    for (size_t i = 0; i < zip_count(zip) && i < 100; i++) {
        CLEANUP(buf_release) struct buf part = BUF_INIT((size_t)1 << 20);

        (void)!zip_read(zip, i, &part, NULL);
    }
    zip_free(zip);
    return 0;
}
