/*
 * hwp.c - documents of Hancom's word processor since 2000: a compound file, in which all but the
 * header is deflated.
 */
#include "extractors/office/hwp.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "extractors/container/ole.h"
#include "extractors/extractors.h"

#define SIGNATURE "HWP Document File"

/* Table 3 */
enum flag {
    FLAG_PACKED = 1 << 0,
    FLAG_PASSWORD = 1 << 1,
    FLAG_FOR_READING = 1 << 2, /* made for distribution: its text is encrypted */
    FLAG_RIGHTS = 1 << 4,
    FLAG_CERTIFICATE = 1 << 8,
    FLAG_CERTIFICATE_RIGHTS = 1 << 10,
};

/* Some programs put the header of zlib in front, which Hancom's own do not. */
static bool has_zlib_header(struct span packed)
{
    unsigned head = ole_u8(packed, 0) << 8 | ole_u8(packed, 1);

    return (head & 0x0F00u) == 0x0800u && head % 31 == 0;
}

static enum status inflate_part(const struct source *source, struct span packed, struct buf *out,
                                struct error *err)
{
    char chunk[16384];
    z_stream stream = { .avail_in = (uInt)packed.len };
    enum status status = STATUS_OK;
    int result = Z_OK;

    stream.next_in = (Bytef *)(uintptr_t)packed.data;
    if (packed.len > OLE_STREAM_BYTES_MAX ||
        inflateInit2(&stream, has_zlib_header(packed) ? MAX_WBITS : -MAX_WBITS) != Z_OK)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    while (!status && result == Z_OK) {
        stream.next_out = (Bytef *)chunk;
        stream.avail_out = sizeof(chunk);
        result = inflate(&stream, Z_NO_FLUSH);
        buf_append(out, chunk, sizeof(chunk) - stream.avail_out);
        status = buf_status(out, err);
        if (!status)
            status = member_budget_charge(source->budget, sizeof(chunk) - stream.avail_out, err);
    }
    (void)inflateEnd(&stream);
    if (!status && result != Z_STREAM_END)
        status = error_set(err, STATUS_MALFORMED, "a packed part is broken");
    return status;
}

/* What could be read is kept in out. */
static enum status read_part(const struct source *source, const struct ole *ole, size_t index,
                             bool is_packed, struct buf *out, struct error *err)
{
    CLEANUP(buf_release) struct buf packed = BUF_INIT(HWP_PART_BYTES_MAX);
    enum status status;

    if (!is_packed)
        return ole_read(ole, index, out, err);
    status = ole_read(ole, index, &packed, err);
    if (status && packed.len == 0)
        return status;
    return inflate_part(source, buf_span(&packed), out, err);
}

static enum status check_header(struct span header, struct error *err)
{
    uint32_t flags = ole_u32(header, 36);

    if (header.len < 40 || memcmp(header.data, SIGNATURE, sizeof(SIGNATURE) - 1) != 0)
        return error_set(err, STATUS_MALFORMED, "no header of an HWP document");
    if (flags & FLAG_FOR_READING)
        return error_set(err, STATUS_UNSUPPORTED, "encrypted document, made for distribution");
    if (flags & (FLAG_PASSWORD | FLAG_RIGHTS | FLAG_CERTIFICATE | FLAG_CERTIFICATE_RIGHTS))
        return error_set(err, STATUS_UNSUPPORTED, "encrypted document");
    return STATUS_OK;
}

/* A broken section is a partial document; only what ends the pass is returned. */
static enum status read_sections(struct hwp *hwp, const struct ole *ole, bool is_packed,
                                 struct error *err)
{
    size_t folder = ole_lookup_in(ole, OLE_ROOT, "BodyText");

    if (folder == OLE_NONE)
        return error_set(err, STATUS_MALFORMED, "it has no text part");
    for (unsigned i = 0; i < HWP_SECTIONS_MAX && !writer_is_full(hwp->writer); i++) {
        CLEANUP(buf_release) struct buf section = BUF_INIT(HWP_PART_BYTES_MAX);
        struct error problem = { .status = STATUS_OK };
        char name[24];
        size_t index;

        (void)snprintf(name, sizeof(name), "Section%u", i);
        index = ole_lookup_in(ole, folder, name);
        if (index == OLE_NONE)
            break;
        if (read_part(hwp->source, ole, index, is_packed, &section, &problem)) {
            if (problem.status == STATUS_NO_MEMORY)
                return error_set(err, STATUS_NO_MEMORY, "out of memory");
            writer_problem(hwp->writer, &problem);
        }
        hwp_read_section(hwp, buf_span(&section));
        source_progress(hwp->source);
    }
    return STATUS_OK;
}

static enum status read_document(struct hwp *hwp, const struct ole *ole, struct error *err)
{
    CLEANUP(buf_release) struct buf header = BUF_INIT(4096);
    CLEANUP(buf_release) struct buf info = BUF_INIT(HWP_PART_BYTES_MAX);
    struct error problem = { .status = STATUS_OK };
    enum status status;
    bool is_packed;
    size_t index;

    (void)!ole_read_name(ole, "FileHeader", &header, NULL);
    status = check_header(buf_span(&header), err);
    if (status)
        return status;
    is_packed = (ole_u32(buf_span(&header), 36) & FLAG_PACKED) != 0;
    ole_metadata_of(ole, "\005HwpSummaryInformation", hwp->writer);
    index = ole_lookup_in(ole, OLE_ROOT, "DocInfo");
    if (index != OLE_NONE &&
        read_part(hwp->source, ole, index, is_packed, &info, &problem) == STATUS_NO_MEMORY)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    hwp_read_info(hwp, buf_span(&info));
    return read_sections(hwp, ole, is_packed, err);
}

static enum status hwp_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    CLEANUP(hwp_release) struct hwp hwp = HWP_INIT(source, writer);
    struct ole *ole = NULL;
    enum status status = ole_open(source->bytes, &ole, err);

    if (status)
        return status;
    status = read_document(&hwp, ole, err);
    ole_free(ole);
    if (!status && hwp.is_out_of_memory)
        status = error_set(err, STATUS_NO_MEMORY, "out of memory");
    return status;
}

static int hwp_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "application/x-hwp") == 0 && input->head.len > 8 &&
                   memcmp(input->head.data, "\xD0\xCF\x11\xE0", 4) == 0
               ? 100
               : 0;
}

const struct extractor hwp_extractor = {
    .name = "hwp",
    .version = 2,
    .bid = hwp_bid,
    .extract = hwp_extract,
};
