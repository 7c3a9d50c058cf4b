/* What a worker might send: any bytes as a document. */
#include <stdint.h>
#include <stdlib.h>

#include "ingest/render.h"
#include "ingest/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT((size_t)16 << 20);
    struct wire_document document;

    if (!wire_decode_document((struct span){ (const char *)data, size }, &arena, &document, NULL)) {
        struct buf path = BUF_INIT((size_t)1 << 20);

        for (size_t i = 0; i < document.extraction.chunk_count; i++)
            extraction_chunk_input(&document.extraction, &document.extraction.chunks[i], &path);
        buf_clear(&path);
        render_extraction(&document.extraction, RENDER_MARKDOWN, &path);
        buf_release(&path);
    }
    arena_release(&arena);
    return 0;
}
