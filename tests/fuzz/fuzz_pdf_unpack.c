/*
 * fuzz_pdf_unpack.c - PDFs of any bytes: what is made of them begins with them, and holds within
 * its limits. The bytes are read as drawing operators too: what is left of them is fewer, and is
 * drawing operators again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/pdf/pdf_abridge.h"
#include "extractors/pdf/pdf_unpack.h"

static void abridge(struct span content)
{
    CLEANUP(buf_release) struct buf once = BUF_INIT((size_t)1 << 24), twice = BUF_INIT(once.limit);

    if (!pdf_abridge(content, &once)) {
        if (once.len != 0)
            abort();
        return;
    }
    if (once.len >= content.len)
        abort();
    (void)pdf_abridge(buf_span(&once), &twice);
    if (twice.len > once.len)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(PDF_UNPACK_BYTES_MAX);
    CLEANUP(pdf_objects_release) struct pdf_objects objects;
    struct span file = { (const char *)data, size };
    unsigned cut_count;

    abridge(file);
    if (pdf_unpack(file, size % 2 == 1, &out, &objects, &cut_count)) {
        if (out.len <= size || memcmp(out.data, data, size) != 0)
            abort();
    } else if (out.len != 0) {
        abort();
    }
    return 0;
}
