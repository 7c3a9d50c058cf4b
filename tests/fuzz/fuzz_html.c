/*
 * fuzz_html.c - any bytes as a page: the tree, the choice of blocks, and what is sent.
 *
 * The first byte says how: as HTML or XHTML, content alone or everything. (fuzz_extract.c reaches
 * HTML too, but only behind detection.)
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "extractors/extractors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source source = { .name = "fuzz", .media_type = "text/html" };
    struct extraction extraction;
    struct writer *writer;

    if (size == 0)
        return 0;
    source.bytes = (struct span){ (const char *)data + 1, size - 1 };
    source.extension = data[0] & 1 ? "xhtml" : "html";
    source.keep_boilerplate = data[0] & 2;
    writer = writer_new(EXTRACTION_TEXT_BYTES_MAX);
    if (writer && extractor_run(&html_extractor, &source, writer, &extraction, NULL) == STATUS_OK &&
        extraction_check(&extraction, NULL) != STATUS_OK)
        abort();
    writer_free(writer);
    return 0;
}
