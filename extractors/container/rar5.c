#include "extractors/container/rar5.h"

#include <string.h>

enum header_type { HEADER_FILE = 2 };
enum header_flags { HEADER_HAS_EXTRA = 1 << 0, HEADER_HAS_DATA = 1 << 1 };
enum file_flags { FILE_HAS_TIME = 1 << 1, FILE_HAS_CRC = 1 << 2 };
enum extra_type { EXTRA_ENCRYPTION = 1 };

#define CRC_BYTES 4u

static const char signature[] = "Rar!\x1a\7\1"; /* and its NUL */

/* Seven bits a byte, the lowest first. Takes it off the front of rest; false: it does not end. */
static bool take_number(struct span *rest, uint64_t *out)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < 10 && i < rest->len; i++) {
        value |= (uint64_t)(rest->data[i] & 0x7f) << 7 * i;
        if (rest->data[i] & 0x80)
            continue;
        *out = value;
        *rest = (struct span){ rest->data + i + 1, rest->len - i - 1 };
        return true;
    }
    return false;
}

static bool skip_bytes(struct span *rest, uint64_t count)
{
    if (count > rest->len)
        return false;
    *rest = (struct span){ rest->data + count, rest->len - count };
    return true;
}

struct header {
    uint64_t type, flags;
    struct span fields, extra;
};

/* Takes the header at rar5->at, and moves behind its data. */
static bool next_header(struct rar5 *rar5, struct header *out)
{
    struct span rest = { rar5->archive.data + rar5->at, rar5->archive.len - rar5->at };
    uint64_t length, extra_bytes = 0, data_bytes = 0;
    size_t end;

    *out = (struct header){ .type = 0 };
    rar5->at = rar5->archive.len;
    if (!skip_bytes(&rest, CRC_BYTES) || !take_number(&rest, &length) || length > rest.len)
        return false;
    end = rar5->archive.len - rest.len + (size_t)length;
    rest.len = (size_t)length;
    if (!take_number(&rest, &out->type) || !take_number(&rest, &out->flags) ||
        ((out->flags & HEADER_HAS_EXTRA) && !take_number(&rest, &extra_bytes)) ||
        ((out->flags & HEADER_HAS_DATA) && !take_number(&rest, &data_bytes)) ||
        extra_bytes > rest.len || data_bytes > rar5->archive.len - end)
        return false;
    out->fields = (struct span){ rest.data, rest.len - (size_t)extra_bytes };
    out->extra = (struct span){ rest.data + out->fields.len, (size_t)extra_bytes };
    rar5->at = end + (size_t)data_bytes;
    return true;
}

static bool has_name(const struct header *file, struct span name)
{
    struct span rest = file->fields;
    uint64_t flags, skipped, length;

    /* flags, size, attributes, [time], [checksum], compression, system, name */
    return take_number(&rest, &flags) && take_number(&rest, &skipped) &&
           take_number(&rest, &skipped) &&
           skip_bytes(&rest,
                      (flags & FILE_HAS_TIME ? 4u : 0u) + (flags & FILE_HAS_CRC ? 4u : 0u)) &&
           take_number(&rest, &skipped) && take_number(&rest, &skipped) &&
           take_number(&rest, &length) && length == name.len && rest.len >= name.len &&
           memcmp(rest.data, name.data, name.len) == 0;
}

static bool has_encryption(struct span extra)
{
    uint64_t length, type;

    while (take_number(&extra, &length) && length <= extra.len) {
        struct span record = { extra.data, (size_t)length };

        if (take_number(&record, &type) && type == EXTRA_ENCRYPTION)
            return true;
        (void)skip_bytes(&extra, length);
    }
    return false;
}

void rar5_open(struct rar5 *rar5, struct span archive)
{
    bool is_ours =
        archive.len >= sizeof(signature) && memcmp(archive.data, signature, sizeof(signature)) == 0;

    *rar5 = (struct rar5){ archive, is_ours ? sizeof(signature) : archive.len };
}

bool rar5_is_encrypted(struct rar5 *rar5, struct span name)
{
    struct header header;

    while (next_header(rar5, &header))
        if (header.type == HEADER_FILE && has_name(&header, name))
            return has_encryption(header.extra);
    return false;
}
