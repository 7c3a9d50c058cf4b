#include "extractors/container/zip.h"

#include <libdeflate.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "base/array.h"
#include "base/cleanup.h"

/* APPNOTE.TXT 6.3.10, section 4.3. All numbers are little-endian. */
#define LOCAL_SIGNATURE   0x04034b50u
#define CENTRAL_SIGNATURE 0x02014b50u
#define END_SIGNATURE     0x06054b50u
#define LOCAL_BYTES       30u
#define CENTRAL_BYTES     46u
#define END_BYTES         22u
#define END_COMMENT_MAX   65535u
#define METHOD_STORED     0u
#define METHOD_DEFLATED   8u
#define FLAG_ENCRYPTED    1u
#define FLAG_DESCRIPTOR   8u
#define UNKNOWN_SIZE      UINT32_MAX

struct part {
    struct span name;
    uint64_t local_offset;
    uint32_t packed_bytes; /* UNKNOWN_SIZE: up to the end of the deflated data */
    uint32_t bytes;        /* as declared: a hint, which may be wrong */
    uint32_t name_hash;
    uint16_t method, flags;
};

struct zip {
    struct span bytes;
    struct part *parts;
    size_t part_count, part_capacity;
    size_t total_bytes; /* read so far, for ZIP_TOTAL_BYTES_MAX */
    z_stream inflater;  /* kept between parts: setting one up costs as much as a small part */
    bool has_inflater;
    struct libdeflate_decompressor *whole_inflater; /* kept, too; NULL until the first part */
};

static uint32_t read_u16(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;

    return (uint32_t)(b[0] | b[1] << 8);
}

static uint32_t read_u32(const char *p)
{
    return read_u16(p) | read_u16(p + 2) << 16;
}

static uint64_t read_u64(const char *p)
{
    return read_u32(p) | (uint64_t)read_u32(p + 4) << 32;
}

static unsigned char folded(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c == '\\' ? '/' : c);
}

static uint32_t hash_name(struct span name)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ folded(name.data[i])) * 16777619u;
    return hash;
}

static bool names_equal(struct span a, struct span b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (folded(a.data[i]) != folded(b.data[i]))
            return false;
    return true;
}

static bool add_part(struct zip *zip, struct part part)
{
    if (zip->part_count >= ZIP_PARTS_MAX)
        return true; /* what is left is out of reach, and that is all */
    if (!array_reserve(&zip->parts, &zip->part_capacity, zip->part_count))
        return false;
    if (part.name.len > 0 && part.name.data[0] == '/')
        part.name = (struct span){ part.name.data + 1, part.name.len - 1 };
    part.name_hash = hash_name(part.name);
    zip->parts[zip->part_count++] = part;
    return true;
}

/* ---- finding the parts ---- */

/* The end record: the last one whose comment ends where the file does, else the last one at all. */
static bool find_end(struct span bytes, size_t *at)
{
    size_t lowest =
        bytes.len > END_BYTES + END_COMMENT_MAX ? bytes.len - END_BYTES - END_COMMENT_MAX : 0;

    if (bytes.len < END_BYTES)
        return false;
    for (size_t i = bytes.len - END_BYTES + 1; i-- > lowest;) {
        if (bytes.data[i] == 'P' && read_u32(bytes.data + i) == END_SIGNATURE) {
            *at = i;
            return true;
        }
    }
    return false;
}

/* 4.5.3: with a value of 0xFFFFFFFF in the record, the 64-bit one is in extra field 1, in the order
 * unpacked, packed, offset. */
static void read_zip64(struct span extra, uint32_t unpacked, uint32_t packed, struct part *part)
{
    while (extra.len >= 4) {
        size_t size = read_u16(extra.data + 2);

        if (size > extra.len - 4)
            return;
        if (read_u16(extra.data) == 1) {
            const char *at = extra.data + 4, *end = at + size;

            if (unpacked == UINT32_MAX)
                at += 8;
            if (packed == UINT32_MAX && at + 8 <= end) {
                uint64_t wide = read_u64(at);

                part->packed_bytes = wide < UNKNOWN_SIZE ? (uint32_t)wide : UNKNOWN_SIZE;
                at += 8;
            }
            if (part->local_offset == UINT32_MAX && at + 8 <= end)
                part->local_offset = read_u64(at);
            return;
        }
        extra = (struct span){ extra.data + 4 + size, extra.len - 4 - size };
    }
}

/* Reads the entries between start and end. False: out of memory. *shift is what must be added to
 * all offsets (bytes in front of the archive). */
static bool read_directory(struct zip *zip, size_t start, size_t end, uint64_t shift)
{
    const char *data = zip->bytes.data;

    while (end - start >= CENTRAL_BYTES && read_u32(data + start) == CENTRAL_SIGNATURE) {
        const char *entry = data + start;
        size_t name_len = read_u16(entry + 28), extra_len = read_u16(entry + 30);
        size_t whole = CENTRAL_BYTES + name_len + extra_len + read_u16(entry + 32);
        struct part part = {
            .name = { entry + CENTRAL_BYTES, name_len },
            .local_offset = read_u32(entry + 42),
            .packed_bytes = read_u32(entry + 20),
            .bytes = read_u32(entry + 24),
            .method = (uint16_t)read_u16(entry + 10),
            .flags = (uint16_t)read_u16(entry + 8),
        };

        if (whole > end - start)
            return true;
        read_zip64((struct span){ entry + CENTRAL_BYTES + name_len, extra_len },
                   read_u32(entry + 24), read_u32(entry + 20), &part);
        part.local_offset += shift;
        if (!add_part(zip, part))
            return false;
        start += whole;
    }
    return true;
}

static bool is_local_header(const struct zip *zip, uint64_t offset)
{
    return offset <= zip->bytes.len && zip->bytes.len - offset >= LOCAL_BYTES &&
           read_u32(zip->bytes.data + offset) == LOCAL_SIGNATURE;
}

/* Without a directory: every local header that can be found, in the file's order. */
static bool scan_local_headers(struct zip *zip)
{
    const char *data = zip->bytes.data, *end = data + zip->bytes.len, *at = data;

    zip->part_count = 0;
    while (at && (size_t)(end - at) >= LOCAL_BYTES) {
        size_t name_len;
        struct part part;

        if (read_u32(at) != LOCAL_SIGNATURE) {
            at = memchr(at + 1, 'P', (size_t)(end - at - 1));
            continue;
        }
        name_len = read_u16(at + 26);
        if (name_len == 0 || name_len > (size_t)(end - at) - LOCAL_BYTES) {
            at++;
            continue;
        }
        part = (struct part){
            .name = { at + LOCAL_BYTES, name_len },
            .local_offset = (uint64_t)(at - data),
            .packed_bytes = read_u32(at + 18),
            .bytes = read_u32(at + 22),
            .method = (uint16_t)read_u16(at + 8),
            .flags = (uint16_t)read_u16(at + 6),
        };
        if (part.flags & FLAG_DESCRIPTOR)
            part.packed_bytes = part.bytes = UNKNOWN_SIZE;
        if (!add_part(zip, part))
            return false;
        at += LOCAL_BYTES + name_len;
        if (part.packed_bytes != UNKNOWN_SIZE && part.packed_bytes <= (size_t)(end - at))
            at += part.packed_bytes;
    }
    return true;
}

/* False: out of memory. */
static bool find_parts(struct zip *zip)
{
    size_t end;

    if (find_end(zip->bytes, &end)) {
        uint64_t size = read_u32(zip->bytes.data + end + 12);
        uint64_t offset = read_u32(zip->bytes.data + end + 16);

        /* The directory ends where the end record begins; with bytes in front of the archive its
         * offset is too small by their number. */
        if (offset + size <= end && read_u32(zip->bytes.data + end - size) == CENTRAL_SIGNATURE &&
            size >= CENTRAL_BYTES) {
            if (!read_directory(zip, end - (size_t)size, end, end - size - offset))
                return false;
        } else if (offset + CENTRAL_BYTES <= end && !read_directory(zip, (size_t)offset, end, 0)) {
            return false;
        }
    }
    for (size_t i = 0; i < zip->part_count; i++)
        if (is_local_header(zip, zip->parts[i].local_offset))
            return true;
    return scan_local_headers(zip);
}

enum status zip_open(struct span bytes, struct zip **out, struct error *err)
{
    struct zip *zip = calloc(1, sizeof(*zip));
    bool is_encrypted = true;

    if (!zip)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    zip->bytes = bytes;
    if (!find_parts(zip)) {
        zip_free(zip);
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    }
    if (zip->part_count == 0) {
        zip_free(zip);
        return error_set(err, STATUS_MALFORMED, "no zip package: it has no parts");
    }
    for (size_t i = 0; i < zip->part_count; i++)
        if (!(zip->parts[i].flags & FLAG_ENCRYPTED) && zip->parts[i].packed_bytes > 0)
            is_encrypted = false;
    if (is_encrypted && (zip->parts[0].flags & FLAG_ENCRYPTED)) {
        zip_free(zip);
        return error_set(err, STATUS_UNSUPPORTED, "encrypted package");
    }
    *out = zip;
    return STATUS_OK;
}

void zip_free(struct zip *zip)
{
    if (!zip)
        return;
    if (zip->has_inflater)
        (void)inflateEnd(&zip->inflater);
    libdeflate_free_decompressor(zip->whole_inflater);
    free(zip->parts);
    free(zip);
}

size_t zip_count(const struct zip *zip)
{
    return zip->part_count;
}

struct span zip_name(const struct zip *zip, size_t index)
{
    return zip->parts[index].name;
}

size_t zip_lookup(const struct zip *zip, struct span name)
{
    uint32_t hash;

    if (name.len > 0 && name.data[0] == '/')
        name = (struct span){ name.data + 1, name.len - 1 };
    hash = hash_name(name);
    for (size_t i = 0; i < zip->part_count; i++)
        if (zip->parts[i].name_hash == hash && names_equal(zip->parts[i].name, name))
            return i;
    return ZIP_NONE;
}

/* ---- reading a part ---- */

static bool reset_inflater(struct zip *zip)
{
    if (zip->has_inflater)
        return inflateReset(&zip->inflater) == Z_OK;
    zip->inflater = (z_stream){ .next_in = Z_NULL };
    zip->has_inflater = inflateInit2(&zip->inflater, -MAX_WBITS) == Z_OK;
    return zip->has_inflater;
}

static enum status check_size(struct zip *zip, size_t produced, size_t packed, struct error *err)
{
    if (produced > ZIP_PART_BYTES_MAX || zip->total_bytes + produced > ZIP_TOTAL_BYTES_MAX)
        return error_set(err, STATUS_LIMIT, "a part is larger than the limit when unpacked");
    if (produced > ZIP_RATIO_FREE_BYTES && produced / (packed + 1) > ZIP_RATIO_MAX)
        return error_set(err, STATUS_LIMIT, "a part unpacks to over %u times its size",
                         ZIP_RATIO_MAX);
    return STATUS_OK;
}

/* Three times as fast as zlib, but all or nothing, and into memory that is there before. False: it
 * is larger than it declares, broken, or so large that limits have to be watched; nothing is
 * appended then. */
static bool inflate_whole(struct zip *zip, const struct part *part, struct span packed,
                          struct buf *out)
{
    size_t produced = 0;

    if (part->bytes > ZIP_RATIO_FREE_BYTES || part->bytes > out->limit - out->len ||
        part->bytes + zip->total_bytes > ZIP_TOTAL_BYTES_MAX)
        return false;
    if (!zip->whole_inflater)
        zip->whole_inflater = libdeflate_alloc_decompressor();
    if (!zip->whole_inflater || !buf_reserve(out, part->bytes) ||
        libdeflate_deflate_decompress(zip->whole_inflater, packed.data, packed.len,
                                      out->data + out->len, part->bytes,
                                      &produced) != LIBDEFLATE_SUCCESS)
        return false;
    out->len += produced;
    out->data[out->len] = '\0';
    zip->total_bytes += produced;
    return true;
}

static enum status inflate_part(struct zip *zip, struct span packed, struct buf *out,
                                struct error *err)
{
    char block[32768];
    size_t produced = 0;
    enum status status = STATUS_OK;
    int result = Z_OK;

    if (!reset_inflater(zip))
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    zip->inflater.next_in = (Bytef *)(uintptr_t)packed.data;
    zip->inflater.avail_in = packed.len > UINT32_MAX ? UINT32_MAX : (uInt)packed.len;
    while (result == Z_OK && !status) {
        size_t got;

        zip->inflater.next_out = (Bytef *)block;
        zip->inflater.avail_out = sizeof(block);
        result = inflate(&zip->inflater, Z_NO_FLUSH);
        got = sizeof(block) - zip->inflater.avail_out;
        buf_append(out, block, got);
        produced += got;
        status = check_size(zip, produced, (size_t)zip->inflater.total_in, err);
        if (!status)
            status = buf_status(out, err);
        if (result == Z_OK && got == 0 && zip->inflater.avail_in == 0)
            result = Z_BUF_ERROR;
    }
    zip->total_bytes += produced;
    if (!status && result != Z_STREAM_END)
        status = error_set(err, STATUS_MALFORMED, "a part's compressed data is broken");
    return status;
}

/* The bytes of a part as packed: behind its local header, whose name and extra field may be of
 * other lengths than the directory's. */
static bool find_data(const struct zip *zip, const struct part *part, struct span *out)
{
    const char *header;
    uint64_t start;
    size_t left;

    if (!is_local_header(zip, part->local_offset))
        return false;
    header = zip->bytes.data + part->local_offset;
    start = part->local_offset + LOCAL_BYTES + read_u16(header + 26) + read_u16(header + 28);
    if (start > zip->bytes.len)
        return false;
    left = zip->bytes.len - (size_t)start;
    out->data = zip->bytes.data + start;
    out->len = part->packed_bytes < left ? part->packed_bytes : left;
    return true;
}

enum status zip_read(struct zip *zip, size_t index, struct buf *out, struct error *err)
{
    const struct part *part = &zip->parts[index];
    struct span packed;
    enum status status;

    if (part->flags & FLAG_ENCRYPTED)
        return error_set(err, STATUS_UNSUPPORTED, "encrypted part '%.*s'",
                         (int)(part->name.len > 100 ? 100 : part->name.len), part->name.data);
    if (!find_data(zip, part, &packed))
        return error_set(err, STATUS_MALFORMED, "a part lies outside the file");
    if (part->method == METHOD_DEFLATED)
        return inflate_whole(zip, part, packed, out) ? STATUS_OK
                                                     : inflate_part(zip, packed, out, err);
    if (part->method != METHOD_STORED)
        return error_set(err, STATUS_UNSUPPORTED, "compression method %u of a part",
                         (unsigned)part->method);
    status = check_size(zip, packed.len, packed.len, err);
    if (status)
        return status;
    zip->total_bytes += packed.len;
    buf_append(out, packed.data, packed.len);
    return buf_status(out, err);
}

enum status zip_read_name(struct zip *zip, struct span name, struct buf *out, struct error *err)
{
    size_t index = zip_lookup(zip, name);

    if (index == ZIP_NONE)
        return error_set(err, STATUS_MALFORMED, "the package has no part '%.*s'",
                         (int)(name.len > 100 ? 100 : name.len), name.data);
    return zip_read(zip, index, out, err);
}

/* ---- which package is it? ---- */

#define OOXML(rest) "application/vnd.openxmlformats-officedocument." rest
#define ODF(rest)   "application/vnd.oasis.opendocument." rest

/* A mimetype entry is trusted only when it names one of these. */
static const char *known_mimetype(struct span text)
{
    static const char *const types[] = {
        "application/hwp+zip",
        "application/epub+zip",
        ODF("text"),
        ODF("text-template"),
        ODF("text-master"),
        ODF("spreadsheet"),
        ODF("spreadsheet-template"),
        ODF("presentation"),
        ODF("presentation-template"),
        ODF("graphics"),
        ODF("graphics-template"),
    };

    while (text.len > 0 && strchr(" \t\r\n", text.data[text.len - 1]))
        text.len--;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (text.len == strlen(types[i]) && memcmp(types[i], text.data, text.len) == 0)
            return types[i];
    return NULL;
}

static const struct {
    const char *part, *type;
} parts_of_packages[] = {
    { "word/document.xml", OOXML("wordprocessingml.document") },
    { "xl/workbook.xml", OOXML("spreadsheetml.sheet") },
    { "xl/workbook.bin", "application/vnd.ms-excel.sheet.binary.macroenabled.12" },
    { "ppt/presentation.xml", OOXML("presentationml.presentation") },
    { "Contents/section0.xml", "application/hwp+zip" },
    { "META-INF/container.xml", "application/epub+zip" },
};

static const struct {
    const char *folder, *type;
} folders_of_packages[] = {
    { "word/", OOXML("wordprocessingml.document") },
    { "xl/", OOXML("spreadsheetml.sheet") },
    { "ppt/", OOXML("presentationml.presentation") },
};

static const char *type_by_mimetype(struct zip *zip)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(256);
    size_t index = zip_lookup(zip, (struct span){ "mimetype", 8 });

    if (index == ZIP_NONE || zip_read(zip, index, &text, NULL))
        return NULL;
    return known_mimetype(buf_span(&text));
}

/* Strict and unusual producers name the main part otherwise; the folder tells as well, provided
 * that this is an OPC package at all. */
static const char *type_by_folder(const struct zip *zip)
{
    if (zip_lookup(zip, (struct span){ "[Content_Types].xml", 19 }) == ZIP_NONE)
        return NULL;
    for (size_t i = 0; i < zip->part_count; i++)
        for (size_t k = 0; k < sizeof(folders_of_packages) / sizeof(folders_of_packages[0]); k++) {
            size_t len = strlen(folders_of_packages[k].folder);

            if (zip->parts[i].name.len > len &&
                strncasecmp(zip->parts[i].name.data, folders_of_packages[k].folder, len) == 0)
                return folders_of_packages[k].type;
        }
    return NULL;
}

const char *zip_package_type(struct span bytes)
{
    struct zip *zip = NULL;
    const char *type;

    if (bytes.len < LOCAL_BYTES ||
        memchr(bytes.data, 'P', 4096 < bytes.len ? 4096 : bytes.len) == NULL)
        return NULL;
    if (zip_open(bytes, &zip, NULL))
        return NULL;
    type = type_by_mimetype(zip);
    for (size_t i = 0; !type && i < sizeof(parts_of_packages) / sizeof(parts_of_packages[0]); i++) {
        const char *part = parts_of_packages[i].part;

        if (zip_lookup(zip, (struct span){ part, strlen(part) }) != ZIP_NONE)
            type = parts_of_packages[i].type;
    }
    if (!type)
        type = type_by_folder(zip);
    zip_free(zip);
    return type;
}
