#include "extractors/pdf/pdf_flate.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "extractors/pdf/pdf_syntax.h"

#define BLOCK_BYTES 32768u

struct pdf_flate {
    z_stream stream;
    char block[BLOCK_BYTES];
};

unsigned pdf_flate_filters(struct span filter)
{
    unsigned count = 0;
    size_t at = 1, end;

    if (pdf_is_name(filter, "FlateDecode"))
        return 1;
    if (filter.len < 2 || filter.data[0] != '[')
        return 0;
    for (; (at = pdf_skip_space(filter, at)) < filter.len - 1; at = end, count++) {
        end = at;
        if (!pdf_skip_object(filter, &end) ||
            !pdf_is_name((struct span){ filter.data + at, end - at }, "FlateDecode"))
            return 0;
    }
    return count;
}

struct pdf_flate *pdf_flate_new(void)
{
    struct pdf_flate *flate = calloc(1, sizeof(*flate));

    if (flate && inflateInit(&flate->stream) != Z_OK) {
        free(flate);
        flate = NULL;
    }
    return flate;
}

void pdf_flate_free(struct pdf_flate *flate)
{
    if (flate)
        (void)inflateEnd(&flate->stream);
    free(flate);
}

enum pdf_flate_result pdf_flate_inflate(struct pdf_flate *flate, struct span packed,
                                        size_t bytes_max, struct buf *out)
{
    z_stream *stream = &flate->stream;
    size_t room = bytes_max;
    int result;

    if (inflateReset(stream) != Z_OK)
        return PDF_FLATE_BROKEN;
    stream->next_in = (Bytef *)(uintptr_t)packed.data;
    stream->avail_in = packed.len > UINT32_MAX ? UINT32_MAX : (uInt)packed.len;
    do {
        size_t got;

        stream->next_out = (Bytef *)flate->block;
        stream->avail_out = sizeof(flate->block);
        result = inflate(stream, Z_NO_FLUSH);
        got = sizeof(flate->block) - stream->avail_out;
        if (got > room) {
            buf_append(out, flate->block, room);
            return PDF_FLATE_CUT;
        }
        buf_append(out, flate->block, got);
        room -= got;
        if (out->failed || (result == Z_OK && got == 0))
            return PDF_FLATE_BROKEN;
    } while (result == Z_OK);
    return result == Z_STREAM_END ? PDF_FLATE_WHOLE : PDF_FLATE_BROKEN;
}

bool pdf_flate_unpredict(struct buf *data, size_t columns)
{
    enum { NONE = 0, SUB = 1, UP = 2 };
    size_t rows = data->len / (columns + 1);

    if (rows == 0)
        return false;
    for (size_t i = 0; i < rows; i++) {
        const unsigned char *from = (unsigned char *)data->data + i * (columns + 1);
        unsigned char *row = (unsigned char *)data->data + i * columns;
        unsigned char predictor = from[0];

        if (predictor > UP)
            return false;
        memmove(row, from + 1, columns);
        for (size_t c = predictor == SUB ? 1 : 0; c < columns && predictor == SUB; c++)
            row[c] = (unsigned char)(row[c] + row[c - 1]);
        for (size_t c = 0; c < columns && predictor == UP && i > 0; c++)
            row[c] = (unsigned char)(row[c] + *(row + c - columns));
    }
    data->len = rows * columns;
    data->data[data->len] = '\0';
    return true;
}
