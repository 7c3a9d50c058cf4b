#include "extractors/pdf/pdf_xref.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/pdf/pdf_syntax.h"

#define OBJECTS_MAX     1000000u
#define SECTIONS_MAX    512u /* one for each time the file was saved */
#define SECTION_BYTES   ((size_t)32 << 20)
#define TAIL_BYTES      1024u /* Acrobat looks for the end within as many, and so does poppler */
#define WORK_BYTES_MAX  ((size_t)64 << 20) /* of all sections: they may overlap */
#define GENERATION_MAX  65535u
#define FIELD_BYTES_MAX 8u
#define ENTRY_BYTES_MIN 6u /* "0 0 n" and a space: no entry of a table is shorter */

struct section {
    struct span dict; /* trailer, or the stream's */
    uint64_t previous, hybrid;
    bool has_previous, has_hybrid, is_stream;
};

/* Room for the objects with numbers below count. */
static bool reserve(struct pdf_xref *xref, uint64_t count)
{
    struct pdf_object *grown;
    uint64_t room = 2 * (uint64_t)xref->capacity;

    if (count > OBJECTS_MAX)
        return false;
    if (count > xref->capacity) {
        room = room > count ? room : count;
        grown = realloc(xref->objects, room * sizeof(grown[0]));
        if (!grown)
            return false;
        memset(grown + xref->capacity, 0, (room - xref->capacity) * sizeof(grown[0]));
        xref->objects = grown;
        xref->capacity = (uint32_t)room;
    }
    if (count > xref->count)
        xref->count = (uint32_t)count;
    return true;
}

/* What a newer section said stands. */
static void add(struct pdf_xref *xref, uint64_t number, struct pdf_object object)
{
    if (xref->objects[number].place == PDF_PLACE_NONE)
        xref->objects[number] = object;
}

/* ---- tables ---- */

static bool read_table_entry(struct span file, size_t *at, struct pdf_object *out)
{
    uint64_t offset, generation;

    if (!pdf_read_integer(file, at, &offset) || !pdf_read_integer(file, at, &generation) ||
        generation > GENERATION_MAX)
        return false;
    *out = (struct pdf_object){ offset, (uint32_t)generation, PDF_PLACE_FILE };
    if (pdf_read_word(file, at, "n"))
        return true;
    out->place = PDF_PLACE_FREE;
    return pdf_read_word(file, at, "f");
}

static bool read_table(struct pdf_xref *xref, struct span file, size_t at, struct section *section)
{
    size_t start = at;

    while (!pdf_read_word(file, &at, "trailer")) {
        uint64_t first, count;

        if (!pdf_read_integer(file, &at, &first) || !pdf_read_integer(file, &at, &count) ||
            first > OBJECTS_MAX || count > (file.len - at) / ENTRY_BYTES_MIN ||
            !reserve(xref, first + count))
            return false;
        for (uint64_t i = 0; i < count; i++) {
            struct pdf_object object;

            if (!read_table_entry(file, &at, &object))
                return false;
            /* A known fault: a table that says it begins at 1 and begins at 0. */
            if (first == 1 && i == 0 && object.place == PDF_PLACE_FREE)
                return false;
            add(xref, first + i, object);
        }
    }
    xref->work_bytes += at - start;
    return pdf_read_dict(file, &at, &section->dict);
}

/* ---- streams ---- */

struct stream_section {
    struct span index;
    uint64_t size, columns, length;
    uint64_t widths[3];
    bool has_index, has_widths, has_size, has_length, is_packed, is_predicted;
};

/* "[1 2 1]" */
static bool read_widths(struct span array, uint64_t widths[3])
{
    size_t at = 1;

    for (size_t i = 0; i < 3; i++)
        if (array.len < 2 || !pdf_read_integer(array, &at, &widths[i]) ||
            widths[i] > FIELD_BYTES_MAX)
            return false;
    return array.data[0] == '[';
}

static bool read_parameters(struct span value, struct stream_section *out)
{
    struct span dict;
    struct pdf_pair pair;
    size_t at = 0, end = 0;
    uint64_t number;

    if (value.len > 2 && value.data[0] == '[')
        end = 1;
    if (!pdf_read_dict(value, &end, &dict))
        return false;
    while (pdf_next_pair(dict, &at, &pair)) {
        if (!pdf_is_integer(pair.value, &number))
            return false;
        if (pdf_is_key(&pair, "Predictor")) {
            out->is_predicted = number >= 10;
            if (number > 1 && number < 10)
                return false;
        } else if (pdf_is_key(&pair, "Columns")) {
            out->columns = number;
        } else if ((pdf_is_key(&pair, "Colors") && number != 1) ||
                   (pdf_is_key(&pair, "BitsPerComponent") && number != 8)) {
            return false;
        }
    }
    return at == dict.len && out->columns > 0 && out->columns < 1024;
}

static bool read_stream_dict(struct span dict, struct stream_section *out)
{
    struct pdf_pair pair;
    size_t at = 0;

    while (pdf_next_pair(dict, &at, &pair)) {
        bool ok = true;

        if (pdf_is_key(&pair, "W")) {
            ok = out->has_widths = read_widths(pair.value, out->widths);
        } else if (pdf_is_key(&pair, "Size")) {
            ok = out->has_size = pdf_is_integer(pair.value, &out->size);
        } else if (pdf_is_key(&pair, "Index")) {
            out->index = pair.value;
            ok = out->has_index = pair.value.data[0] == '[';
        } else if (pdf_is_key(&pair, "DecodeParms")) {
            ok = read_parameters(pair.value, out);
        } else if (pdf_is_key(&pair, "Filter")) {
            ok = out->is_packed = pdf_flate_filters(pair.value) == 1;
        } else if (pdf_is_key(&pair, "Length")) {
            out->has_length = pdf_is_integer(pair.value, &out->length);
        }
        if (!ok)
            return false;
    }
    return at == dict.len && out->has_widths && out->has_size &&
           (out->is_packed || (out->has_length && !out->is_predicted));
}

static uint64_t read_field(const unsigned char **at, uint64_t width)
{
    uint64_t value = 0;

    for (uint64_t i = 0; i < width; i++)
        value = value << 8 | *(*at)++;
    return value;
}

static bool add_rows(struct pdf_xref *xref, const struct stream_section *section, uint64_t first,
                     uint64_t count, const unsigned char **at)
{
    const uint64_t *widths = section->widths;

    if (!reserve(xref, first + count))
        return false;
    for (uint64_t i = first; i < first + count; i++) {
        uint64_t kind = widths[0] ? read_field(at, widths[0]) : 1;
        uint64_t offset = read_field(at, widths[1]), generation = read_field(at, widths[2]);

        if (kind > 2 || (kind == 1 && generation > GENERATION_MAX) || generation > UINT32_MAX)
            return false;
        add(xref, i,
            (struct pdf_object){ offset, (uint32_t)generation,
                                 kind == 0   ? PDF_PLACE_FREE
                                 : kind == 1 ? PDF_PLACE_FILE
                                             : PDF_PLACE_STREAM });
    }
    return true;
}

static bool read_rows(struct pdf_xref *xref, const struct stream_section *section, struct span data)
{
    uint64_t row = section->widths[0] + section->widths[1] + section->widths[2];
    const unsigned char *at = (const unsigned char *)data.data;
    uint64_t first = 0, count = section->size, left;
    size_t index = 1;

    if (row == 0)
        return false;
    left = data.len / row;
    if (!section->has_index)
        return first + count <= OBJECTS_MAX && count <= left &&
               add_rows(xref, section, first, count, &at);
    while (pdf_read_integer(section->index, &index, &first)) {
        if (!pdf_read_integer(section->index, &index, &count) || first > OBJECTS_MAX ||
            count > left || !add_rows(xref, section, first, count, &at))
            return false;
        left -= count;
    }
    return true;
}

static bool read_stream(struct pdf_xref *xref, struct span file, size_t at, struct pdf_flate *flate,
                        struct section *section)
{
    CLEANUP(buf_release) struct buf data = BUF_INIT(SECTION_BYTES);
    struct stream_section stream = { .columns = 1 };
    uint64_t number, generation;

    if (!pdf_read_header(file, &at, &number, &generation) ||
        !pdf_read_dict(file, &at, &section->dict) || !pdf_read_stream_start(file, &at) ||
        !read_stream_dict(section->dict, &stream))
        return false;
    section->is_stream = true;
    if (!stream.is_packed) { /* Firefox saves it so */
        struct span bare = { file.data + at, stream.length };

        xref->work_bytes += stream.length;
        return stream.length <= file.len - at && read_rows(xref, &stream, bare);
    }
    if (pdf_flate_inflate(flate, (struct span){ file.data + at, file.len - at }, SECTION_BYTES,
                          &data) != PDF_FLATE_WHOLE)
        return false;
    xref->work_bytes += data.len;
    if (stream.is_predicted && !pdf_flate_unpredict(&data, stream.columns))
        return false;
    return read_rows(xref, &stream, buf_span(&data));
}

/* ---- the chain ---- */

static bool read_links(struct section *section)
{
    struct pdf_pair pair;
    size_t at = 0;

    while (pdf_next_pair(section->dict, &at, &pair)) {
        if (pdf_is_key(&pair, "Encrypt"))
            return false;
        if (pdf_is_key(&pair, "Prev")) {
            section->has_previous = true;
            if (!pdf_is_integer(pair.value, &section->previous))
                return false;
        }
        if (pdf_is_key(&pair, "XRefStm")) {
            section->has_hybrid = true;
            if (!pdf_is_integer(pair.value, &section->hybrid))
                return false;
        }
    }
    return at == section->dict.len;
}

static bool read_section(struct pdf_xref *xref, struct span file, uint64_t offset,
                         struct pdf_flate *flate, struct section *section)
{
    size_t at = offset;

    *section = (struct section){ .is_stream = false };
    if (offset >= file.len)
        return false;
    if (pdf_read_word(file, &at, "xref"))
        return read_table(xref, file, at, section) && read_links(section);
    return read_stream(xref, file, at, flate, section) && read_links(section);
}

static bool find_start(struct span file, uint64_t *out)
{
    static const char word[] = "startxref";
    size_t length = sizeof(word) - 1, first = file.len > TAIL_BYTES ? file.len - TAIL_BYTES : 0;

    for (size_t at = file.len; at >= first + length; at--) {
        size_t behind = at;

        if (memcmp(file.data + at - length, word, length) == 0)
            return pdf_read_integer(file, &behind, out);
    }
    return false;
}

bool pdf_xref_read(struct span file, struct pdf_flate *flate, struct pdf_xref *out)
{
    struct section section = { .has_previous = true };
    unsigned count = 0;

    *out = (struct pdf_xref){ .objects = NULL };
    /* Offsets count from the header: poppler moves the start of a file with something before it. */
    if (file.len < 5 || memcmp(file.data, "%PDF-", 5) != 0 || !find_start(file, &out->start))
        return false;
    for (uint64_t at = out->start; section.has_previous; at = section.previous) {
        struct section hybrid;

        if (++count > SECTIONS_MAX || out->work_bytes > WORK_BYTES_MAX ||
            !read_section(out, file, at, flate, &section))
            return false;
        if (count == 1) {
            out->trailer = section.dict;
            out->is_stream = section.is_stream;
        }
        if (section.has_hybrid && !read_section(out, file, section.hybrid, flate, &hybrid))
            return false;
    }
    return true;
}

void pdf_xref_release(struct pdf_xref *xref)
{
    free(xref->objects);
    *xref = (struct pdf_xref){ .objects = NULL };
}
