/*
 * varint.h - numbers in as few bytes as they need: seven bits a byte, the lowest first, the highest
 * bit of a byte says that more follow. Signed ones zigzag: 0, -1, 1, -2 ...
 */
#ifndef BASE_VARINT_H
#define BASE_VARINT_H

#include <stdint.h>

#include "base/buf.h"

#define VARINT_BYTES_MAX 10

static inline void varint_append(struct buf *out, uint64_t value)
{
    char bytes[VARINT_BYTES_MAX];
    size_t len = 0;

    while (value >= 0x80) {
        bytes[len++] = (char)(value | 0x80);
        value >>= 7;
    }
    bytes[len++] = (char)value;
    buf_append(out, bytes, len);
}

static inline void varint_append_signed(struct buf *out, int64_t value)
{
    varint_append(out, ((uint64_t)value << 1) ^ (uint64_t)(value >> 63));
}

/* Once something was not there, failed is set and all further numbers are 0. */
struct varint_reader {
    const uint8_t *at, *end;
    bool failed;
};

static inline struct varint_reader varint_reader_of(struct span bytes)
{
    const uint8_t *start = (const uint8_t *)bytes.data;

    return (struct varint_reader){ start, start + bytes.len, false };
}

static inline uint64_t varint_take(struct varint_reader *in)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64 && in->at < in->end; shift += 7) {
        uint8_t byte = *in->at++;

        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    in->failed = true;
    return 0;
}

static inline int64_t varint_take_signed(struct varint_reader *in)
{
    uint64_t value = varint_take(in);

    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

#endif
