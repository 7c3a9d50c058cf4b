#include "extractors/pdf/pdf_unpack.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/pdf/pdf_abridge.h"
#include "extractors/pdf/pdf_syntax.h"
#include "extractors/pdf/pdf_xref.h"

#define FILE_BYTES_MAX   ((size_t)64 << 20)
#define STREAM_BYTES_MAX ((size_t)32 << 20) /* at which poppler takes some seconds */
#define UPDATE_BYTES_MAX ((size_t)96 << 20) /* of all streams: what is behind stays packed */
#define DICT_BYTES_MAX   ((size_t)64 << 10)
#define FILTERS_MAX      4u
#define FONT_HEAD_BYTES  ((size_t)16 << 10) /* the readable part of a font program: some KiB */
#define TYPE1_END        "currentfile eexec"

/* What a stream's dictionary says. */
struct stream {
    struct span dict;
    size_t data; /* offset in the file */
    uint64_t object_count, first;
    unsigned filters;
    bool is_unwanted; /* or odd */
    bool is_objects, is_bare_cff;
    bool has_length1, has_length2;
};

struct unpacker {
    struct span file;
    bool keeps_drawing;
    struct pdf_xref xref;
    struct pdf_flate *flate;
    struct buf inflated, spare; /* of one stream */
    uint64_t *offsets;          /* in the update, by number; 0: not there */
    uint64_t *whole_offsets;    /* of streams that are abridged there; 0: it is not */
    size_t update_count;
    size_t work_bytes; /* read and inflated so far: objects that overlap cost it again and again */
    struct buf *out;
    unsigned cut_count;
};

static void unpacker_release(struct unpacker *unpacker)
{
    pdf_xref_release(&unpacker->xref);
    pdf_flate_free(unpacker->flate);
    buf_release(&unpacker->inflated);
    buf_release(&unpacker->spare);
    free(unpacker->offsets);
    free(unpacker->whole_offsets);
}

/* ---- which streams ---- */

static void judge_type(struct stream *stream, struct span type)
{
    static const char *const unwanted[] = { "XRef", "EmbeddedFile", "Metadata", "Pattern" };

    stream->is_objects = pdf_is_name(type, "ObjStm");
    for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++)
        stream->is_unwanted |= pdf_is_name(type, unwanted[i]);
}

static void judge_subtype(struct stream *stream, struct span subtype)
{
    stream->is_unwanted |= pdf_is_name(subtype, "Image") || pdf_is_name(subtype, "OpenType");
    stream->is_bare_cff = pdf_is_name(subtype, "CIDFontType0C");
}

static void judge_pair(struct stream *stream, const struct pdf_pair *pair)
{
    static const char *const unwanted[] = { "DecodeParms", "F",           "FunctionType",
                                            "ShadingType", "PatternType", "Alternate",
                                            "Width" };

    if (pdf_is_key(pair, "Type"))
        judge_type(stream, pair->value);
    else if (pdf_is_key(pair, "Subtype"))
        judge_subtype(stream, pair->value);
    else if (pdf_is_key(pair, "Filter"))
        stream->filters += pdf_flate_filters(pair->value);
    else if (pdf_is_key(pair, "N"))
        stream->is_unwanted |= !pdf_is_integer(pair->value, &stream->object_count);
    else if (pdf_is_key(pair, "First"))
        stream->is_unwanted |= !pdf_is_integer(pair->value, &stream->first);
    else if (pdf_is_key(pair, "Length1"))
        stream->has_length1 = true;
    else if (pdf_is_key(pair, "Length2"))
        stream->has_length2 = true;
    for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++)
        stream->is_unwanted |= pdf_is_key(pair, unwanted[i]);
    /* An escaped key may be any of these. */
    stream->is_unwanted |= memchr(pair->key.data, '#', pair->key.len) != NULL;
}

/* False: no stream, or one to be left as it is. */
static bool read_stream(struct unpacker *unpacker, uint32_t number, struct stream *out)
{
    const struct pdf_object *object = &unpacker->xref.objects[number];
    struct span file = unpacker->file;
    uint64_t found_number, found_generation;
    struct pdf_pair pair;
    size_t at, inside = 0;

    *out = (struct stream){ .filters = 0 };
    if (object->place != PDF_PLACE_FILE || object->offset >= file.len)
        return false;
    if (file.len - object->offset > DICT_BYTES_MAX)
        file.len = object->offset + DICT_BYTES_MAX;
    at = pdf_skip_space(file, object->offset);
    unpacker->work_bytes += at - object->offset;
    if (!pdf_read_header(file, &at, &found_number, &found_generation) || found_number != number ||
        found_generation != object->generation)
        return false;
    at = pdf_skip_space(file, at);
    if (at == file.len || file.data[at] != '<')
        return false;
    if (!pdf_read_dict(file, &at, &out->dict)) {
        unpacker->work_bytes += DICT_BYTES_MAX;
        return false;
    }
    unpacker->work_bytes += out->dict.len;
    if (!pdf_read_stream_start(file, &at))
        return false;
    out->data = at;
    while (pdf_next_pair(out->dict, &inside, &pair))
        judge_pair(out, &pair);
    return inside == out->dict.len && !out->is_unwanted && out->filters > 0 &&
           out->filters <= FILTERS_MAX;
}

/* ---- inflating ---- */

static bool has_type1_end(const struct buf *data, size_t *end)
{
    const char *found;

    if (data->len < 2 || memcmp(data->data, "%!", 2) != 0)
        return false;
    found = memmem(data->data, data->len, TYPE1_END, sizeof(TYPE1_END) - 1);
    if (found)
        *end = (size_t)(found - data->data) + sizeof(TYPE1_END) - 1;
    return found != NULL;
}

static bool is_truetype(const struct buf *data)
{
    return data->len >= 4 &&
           (memcmp(data->data, "\0\1\0\0", 4) == 0 || memcmp(data->data, "true", 4) == 0);
}

/* Of a font program poppler reads for text: of Type 1 the name and encoding, which stand before
 * the encrypted part; of TrueType, and of CFF for composite fonts, what kind of font it is. */
static bool inflate_font(struct unpacker *unpacker, const struct stream *stream, struct span packed)
{
    struct buf *data = &unpacker->inflated;
    size_t end = FONT_HEAD_BYTES;

    if ((!stream->has_length1 && !stream->is_bare_cff) || stream->filters != 1 ||
        pdf_flate_inflate(unpacker->flate, packed, FONT_HEAD_BYTES, data) == PDF_FLATE_BROKEN)
        return false;
    if (!(stream->has_length2 ? has_type1_end(data, &end)
                              : stream->is_bare_cff || is_truetype(data)))
        return false;
    if (data->len > end)
        data->len = end;
    return true;
}

/* Leaves the data in unpacker->inflated. */
static bool inflate(struct unpacker *unpacker, const struct stream *stream)
{
    struct span packed = { unpacker->file.data + stream->data, unpacker->file.len - stream->data };
    enum pdf_flate_result result = PDF_FLATE_WHOLE;

    buf_clear(&unpacker->inflated);
    if (!unpacker->keeps_drawing && inflate_font(unpacker, stream, packed))
        return true;
    for (unsigned i = 0; i < stream->filters && result == PDF_FLATE_WHOLE; i++) {
        struct buf taken = unpacker->spare;

        buf_clear(&taken);
        result = pdf_flate_inflate(unpacker->flate, packed, STREAM_BYTES_MAX, &taken);
        unpacker->spare = unpacker->inflated;
        unpacker->inflated = taken;
        packed = buf_span(&unpacker->inflated);
    }
    unpacker->work_bytes += unpacker->inflated.len;
    unpacker->cut_count += result == PDF_FLATE_CUT;
    return result != PDF_FLATE_BROKEN;
}

/* ---- the update ---- */

static void begin_object(struct unpacker *unpacker, uint32_t number, uint32_t generation)
{
    unpacker->update_count += unpacker->offsets[number] == 0;
    unpacker->offsets[number] = unpacker->out->len;
    buf_printf(unpacker->out, "%u %u obj\n", number, generation);
}

static void append_span(struct buf *out, struct span bytes)
{
    buf_append(out, bytes.data, bytes.len);
}

static void append_pair(struct buf *out, const struct pdf_pair *pair)
{
    buf_append_char(out, '/');
    append_span(out, pair->key);
    buf_append_char(out, ' ');
    append_span(out, pair->value);
    buf_append_char(out, '\n');
}

static void append_stream(struct unpacker *unpacker, const struct stream *stream, uint32_t number,
                          struct span data)
{
    struct buf *out = unpacker->out;
    struct pdf_pair pair;
    size_t at = 0;

    begin_object(unpacker, number, unpacker->xref.objects[number].generation);
    buf_append(out, "<<", 2);
    while (pdf_next_pair(stream->dict, &at, &pair))
        if (!pdf_is_key(&pair, "Filter") && !pdf_is_key(&pair, "Length"))
            append_pair(out, &pair);
    buf_printf(out, "/Length %zu>>\nstream\n", data.len);
    append_span(out, data);
    buf_append(out, "\nendstream\nendobj\n", 18);
}

/* The stream, and behind it what poppler is to read in its place. */
static void append_streams(struct unpacker *unpacker, const struct stream *stream, uint32_t number)
{
    append_stream(unpacker, stream, number, buf_span(&unpacker->inflated));
    if (unpacker->keeps_drawing || !pdf_abridge(buf_span(&unpacker->inflated), &unpacker->spare))
        return;
    unpacker->whole_offsets[number] = unpacker->offsets[number];
    append_stream(unpacker, stream, number, buf_span(&unpacker->spare));
}

/* 7.5.7: pairs of number and offset, then the objects. Those that are not current, because another
 * section has them elsewhere, are left out. */
static void append_objects(struct unpacker *unpacker, const struct stream *stream, uint32_t number)
{
    struct span data = buf_span(&unpacker->inflated);
    size_t header = 0;
    uint64_t member, offset, next_member, next;

    if (!pdf_read_integer(data, &header, &next_member) || !pdf_read_integer(data, &header, &next) ||
        next != 0)
        return;
    for (uint64_t i = 0; i < stream->object_count; i++) {
        const struct pdf_object *object;

        member = next_member;
        offset = next;
        next = data.len - stream->first;
        if (i + 1 < stream->object_count && (!pdf_read_integer(data, &header, &next_member) ||
                                             !pdf_read_integer(data, &header, &next)))
            return;
        if (header > stream->first || next < offset || next > data.len - stream->first)
            return;
        object = member < unpacker->xref.count ? &unpacker->xref.objects[member] : NULL;
        if (!object || object->place != PDF_PLACE_STREAM || object->offset != number ||
            object->generation != i || unpacker->offsets[member] != 0)
            continue;
        begin_object(unpacker, (uint32_t)member, 0);
        buf_append(unpacker->out, data.data + stream->first + offset, next - offset);
        buf_append(unpacker->out, "\nendobj\n", 8);
    }
}

static void append_unpacked(struct unpacker *unpacker, uint32_t number)
{
    struct stream stream;

    if (!read_stream(unpacker, number, &stream) || !inflate(unpacker, &stream))
        return;
    if (!stream.is_objects)
        append_streams(unpacker, &stream, number);
    else if (stream.first <= unpacker->inflated.len)
        append_objects(unpacker, &stream, number);
}

/* ---- its cross-reference section ---- */

/* The newest trailer's entries, but those that belong to its own section. */
static void append_trailer(struct unpacker *unpacker, bool with_size)
{
    static const char *const own[] = { "Length",  "Filter", "DecodeParms", "W",   "Index",
                                       "XRefStm", "Type",   "Prev",        "Size" };
    struct pdf_pair pair;
    size_t at = 0, count = sizeof(own) / sizeof(own[0]) - (with_size ? 1 : 0);

    while (pdf_next_pair(unpacker->xref.trailer, &at, &pair)) {
        bool is_own = false;

        for (size_t i = 0; i < count; i++)
            is_own |= pdf_is_key(&pair, own[i]);
        if (!is_own)
            append_pair(unpacker->out, &pair);
    }
    buf_printf(unpacker->out, "/Prev %llu", (unsigned long long)unpacker->xref.start);
}

/* The end of the run of updated objects that begins at first. */
static uint32_t run_end(const struct unpacker *unpacker, uint32_t first)
{
    while (first < unpacker->xref.count && unpacker->offsets[first] != 0)
        first++;
    return first;
}

static uint32_t generation_of(const struct unpacker *unpacker, uint32_t number)
{
    const struct pdf_object *object = &unpacker->xref.objects[number];

    return object->place == PDF_PLACE_STREAM ? 0 : object->generation;
}

static void append_table(struct unpacker *unpacker)
{
    struct buf *out = unpacker->out;

    buf_printf(out, "xref\n");
    for (uint32_t i = 0, end; i < unpacker->xref.count; i = end + 1) {
        end = run_end(unpacker, i);
        if (end > i)
            buf_printf(out, "%u %u\n", i, end - i);
        for (uint32_t n = i; n < end; n++)
            buf_printf(out, "%010llu %05u n \n", (unsigned long long)unpacker->offsets[n],
                       generation_of(unpacker, n));
    }
    buf_printf(out, "trailer\n<<");
    append_trailer(unpacker, true);
    buf_printf(out, ">>\n");
}

static void append_row(struct buf *out, uint64_t offset, uint32_t generation)
{
    unsigned char row[1 + 4 + 2] = { 1 };

    for (unsigned i = 0; i < 4; i++)
        row[1 + i] = (unsigned char)(offset >> (24 - 8 * i));
    row[5] = (unsigned char)(generation >> 8);
    row[6] = (unsigned char)generation;
    buf_append(out, row, sizeof(row));
}

/* The section is an object itself, behind all others. */
static void append_section_stream(struct unpacker *unpacker, size_t start)
{
    struct buf *out = unpacker->out;
    uint32_t own = unpacker->xref.count;

    buf_printf(out, "%u 0 obj\n<</Type /XRef /W [1 4 2] /Size %u /Index [", own, own + 1);
    for (uint32_t i = 0, end; i < own; i = end + 1) {
        end = run_end(unpacker, i);
        if (end > i)
            buf_printf(out, "%u %u ", i, end - i);
    }
    buf_printf(out, "%u 1]\n", own);
    append_trailer(unpacker, false);
    buf_printf(out, "/Length %zu>>\nstream\n", (unpacker->update_count + 1) * 7);
    for (uint32_t i = 0; i < own; i++)
        if (unpacker->offsets[i] != 0)
            append_row(out, unpacker->offsets[i], generation_of(unpacker, i));
    append_row(out, start, 0);
    buf_printf(out, "\nendstream\nendobj\n");
}

static bool append_update(struct unpacker *unpacker)
{
    struct buf *out = unpacker->out;
    size_t start, work_bytes_max = unpacker->file.len + UPDATE_BYTES_MAX;

    append_span(out, unpacker->file);
    buf_append_char(out, '\n');
    for (uint32_t i = 0; i < unpacker->xref.count && unpacker->work_bytes < work_bytes_max; i++)
        append_unpacked(unpacker, i);
    if (unpacker->update_count == 0)
        return false;
    start = out->len;
    if (unpacker->xref.is_stream)
        append_section_stream(unpacker, start);
    else
        append_table(unpacker);
    buf_printf(out, "startxref\n%zu\n%%%%EOF\n", start);
    return !out->failed;
}

/* Where all objects are now. The offsets change hands. */
static void objects_take(struct unpacker *unpacker, struct span bytes, struct pdf_objects *out)
{
    const struct pdf_xref *xref = &unpacker->xref;

    for (uint32_t i = 0; i < xref->count; i++) {
        if (unpacker->whole_offsets[i] != 0)
            unpacker->offsets[i] = unpacker->whole_offsets[i];
        else if (unpacker->offsets[i] == 0 && xref->objects[i].place == PDF_PLACE_FILE)
            unpacker->offsets[i] = xref->objects[i].offset;
    }
    out->bytes = bytes;
    out->trailer = xref->trailer;
    out->count = xref->count;
    out->offsets = TAKE(unpacker->offsets);
}

bool pdf_unpack(struct span file, bool keeps_drawing, struct buf *out, struct pdf_objects *objects,
                unsigned *cut_count)
{
    CLEANUP(unpacker_release)
    struct unpacker unpacker = { .file = file,
                                 .keeps_drawing = keeps_drawing,
                                 .inflated = BUF_INIT(STREAM_BYTES_MAX),
                                 .spare = BUF_INIT(STREAM_BYTES_MAX),
                                 .flate = pdf_flate_new(),
                                 .out = out };

    bool is_updated;

    *objects = (struct pdf_objects){ 0 };
    *cut_count = 0;
    if (!unpacker.flate || file.len > FILE_BYTES_MAX ||
        !pdf_xref_read(file, unpacker.flate, &unpacker.xref))
        return false;
    unpacker.offsets = calloc(unpacker.xref.count + 1, sizeof(unpacker.offsets[0]));
    unpacker.whole_offsets = calloc(unpacker.xref.count + 1, sizeof(unpacker.offsets[0]));
    if (!unpacker.offsets || !unpacker.whole_offsets)
        return false;
    is_updated = append_update(&unpacker);
    if (!is_updated && unpacker.update_count > 0) {
        buf_release(out);
        return false;
    }
    if (!is_updated)
        buf_release(out);
    objects_take(&unpacker, is_updated ? buf_span(out) : file, objects);
    *cut_count = unpacker.cut_count;
    return is_updated;
}
