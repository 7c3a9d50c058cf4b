/*
 * fuzz_pdf_unpack.c - PDFs of any bytes: what is made of them begins with them, and holds within
 * its limits.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/pdf_unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(PDF_UNPACK_BYTES_MAX);
    CLEANUP(pdf_objects_release) struct pdf_objects objects;
    struct span file = { (const char *)data, size };
    unsigned cut_count;

    if (pdf_unpack(file, size % 2 == 1, &out, &objects, &cut_count)) {
        if (out.len <= size || memcmp(out.data, data, size) != 0)
            abort();
    } else if (out.len != 0) {
        abort();
    }
    return 0;
}
