#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/container/ole.h"
#include "extractors/office/hwp.h"

#define TAG_NUMBERING 23u /* HWPTAG_BEGIN + 7 */
#define TAG_SHAPE     25u /* HWPTAG_BEGIN + 9 */
#define SIZE_FOLLOWS  0xFFFu

/* 4.1: ten bits of tag, ten of level, twelve of size. One that is cut off has what there is of it.
 */
bool hwp_peek(const struct hwp_records *records, struct hwp_record *out, size_t *next)
{
    struct span bytes = records->bytes;
    uint32_t head = ole_u32(bytes, records->at);
    size_t size = head >> 20, start = records->at + 4;

    if (records->at >= bytes.len || bytes.len - records->at < 4)
        return false;
    if (size == SIZE_FOLLOWS) {
        size = ole_u32(bytes, start);
        start += 4;
    }
    out->tag = head & 0x3FFu;
    out->level = head >> 10 & 0x3FFu;
    out->data = ole_part(bytes, start, size);
    *next = start + size;
    return true;
}

/* Table 38: for each of seven levels 12 bytes and a format; then where the first and each starts.
 */
static void read_numbering(struct hwp *hwp, struct span data)
{
    struct hwp_numbering numbering = { .counts = { 0 } };
    size_t at = 0;

    for (unsigned i = 0; i < HWP_LEVELS; i++) {
        struct hwp_level *level = &numbering.levels[i];
        size_t bytes = 2 * (size_t)ole_u16(data, at + 12);
        CLEANUP(buf_release) struct buf format = BUF_INIT(HWP_FORMAT_BYTES - 1);

        level->kind = (uint8_t)(ole_u32(data, at) >> 5 & 15u);
        level->start = 1;
        ole_append_utf16(&format, ole_part(data, at + 14, bytes));
        memcpy(level->format, format.data, format.len);
        at += 14 + bytes;
    }
    for (unsigned i = 0; i < HWP_LEVELS && at + 2 + (size_t)4 * (i + 1) <= data.len; i++) {
        uint32_t start = ole_u32(data, at + 2 + (size_t)4 * i);

        if (start > 0 && start < 1000000)
            numbering.levels[i].start = start;
    }
    if (hwp->numbering_count >= HWP_NUMBERINGS_MAX)
        return;
    if (array_reserve(&hwp->numberings, &hwp->numbering_capacity, hwp->numbering_count))
        hwp->numberings[hwp->numbering_count++] = numbering;
    else
        hwp->is_out_of_memory = true;
}

/* Table 43 */
static void read_shape(struct hwp *hwp, struct span data)
{
    uint32_t bits = ole_u32(data, 0);
    struct hwp_shape shape = {
        .head = (uint8_t)(bits >> 23 & 3u),
        .level = (uint8_t)(bits >> 25 & 7u),
        .numbering = (uint16_t)ole_u16(data, 30),
    };

    if (hwp->shape_count >= HWP_SHAPES_MAX)
        return;
    if (array_reserve(&hwp->shapes, &hwp->shape_capacity, hwp->shape_count))
        hwp->shapes[hwp->shape_count++] = shape;
    else
        hwp->is_out_of_memory = true;
}

void hwp_read_info(struct hwp *hwp, struct span info)
{
    struct hwp_records records = { .bytes = info };
    struct hwp_record record;

    while (hwp_peek(&records, &record, &records.at)) {
        if (record.tag == TAG_NUMBERING)
            read_numbering(hwp, record.data);
        else if (record.tag == TAG_SHAPE)
            read_shape(hwp, record.data);
    }
}
