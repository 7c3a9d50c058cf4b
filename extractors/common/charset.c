/*
 * charset.c - decoding, and the runs that lead back to the file.
 *
 * A run is either the same bytes in both, or a unit of another charset: a few words, so that a
 * citation is as exact as a reader needs without a run for each letter.
 */
#include "extractors/common/charset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucnv.h>

#include "base/array.h"
#include "base/utf8.h"
#include "extractors/common/charset_own.h"

/* No charset takes more than four bytes for what takes one in UTF-8. */
#define SOURCE_BYTES_MAX (4 * EXTRACTION_TEXT_BYTES_MAX)
/* A text of odd bytes has a run for every few: from so many on they are joined to longer units. */
#define FINE_RUNS_MAX    ((size_t)1 << 20)
#define JOINED_BYTES_MAX 4096u
#define UNIT_BYTES       48u /* of the file; then a unit ends at the next space, or at twice that */

void decoded_release(struct decoded *decoded)
{
    buf_release(&decoded->storage);
    free(decoded->runs);
    decoded->runs = NULL;
}

/* What a reader of text never sees; line ends, tabs and form feeds stay. */
static bool is_dropped(uint32_t c)
{
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') ||
           (c >= 0x7F && c < 0xA0);
}

/* Makes the last run longer, as a unit. False: the two would look like the same bytes in both. */
static bool join_run(struct decoded *out, size_t length, size_t source_start, size_t source_length)
{
    struct source_run *last = &out->runs[out->run_count - 1];
    size_t joined = source_start + source_length - (size_t)last->source_start;

    if (last->length + length > JOINED_BYTES_MAX || last->length + length == joined ||
        joined > UINT32_MAX)
        return false;
    last->length += (uint32_t)length;
    last->source_length = (uint32_t)joined;
    return true;
}

static void add_run(struct decoded *out, size_t text_start, size_t source_start,
                    size_t source_length)
{
    size_t length = out->storage.len - text_start;

    if (length == 0 ||
        (out->run_count >= FINE_RUNS_MAX && join_run(out, length, source_start, source_length)))
        return;
    if (!array_reserve(&out->runs, &out->run_capacity, out->run_count)) {
        out->storage.failed = STATUS_NO_MEMORY;
        return;
    }
    out->runs[out->run_count++] = (struct source_run){ .text_start = (uint32_t)text_start,
                                                       .length = (uint32_t)length,
                                                       .source_start = source_start,
                                                       .source_length = (uint32_t)source_length };
}

static bool is_enough(const struct decoded *out)
{
    return out->storage.failed || out->storage.len > EXTRACTION_TEXT_BYTES_MAX;
}

/* ---- UTF-8 ---- */

/* The bytes from start that can be taken as they are. */
static size_t clean_run(struct span bytes, size_t start)
{
    size_t i = start;

    while (i < bytes.len) {
        unsigned char c = (unsigned char)bytes.data[i];
        uint32_t point;
        size_t taken;

        if (c >= 0x20 && c < 0x7F) {
            i++;
            continue;
        }
        taken = utf8_decode((struct span){ bytes.data + i, bytes.len - i }, &point);
        if ((point == UTF8_REPLACEMENT && taken == 1) || is_dropped(point))
            break;
        i += taken;
    }
    return i - start;
}

static void decode_utf8(struct span bytes, size_t start, struct decoded *out)
{
    while (start < bytes.len && !is_enough(out)) {
        size_t length = clean_run(bytes, start), text_start = out->storage.len;
        uint32_t c;

        buf_append(&out->storage, bytes.data + start, length);
        add_run(out, text_start, start, length);
        start += length;
        if (start == bytes.len)
            break;
        text_start = out->storage.len;
        length = utf8_decode((struct span){ bytes.data + start, bytes.len - start }, &c);
        if (c == UTF8_REPLACEMENT && length == 1) {
            utf8_append(&out->storage, c);
            add_run(out, text_start, start, length);
            out->repaired++;
        }
        start += length;
    }
}

/* ---- other charsets ---- */

struct converter {
    UConverter *icu; /* of Johab, that of EUC-KR; NULL: the table is all of it */
    bool is_single_byte, is_johab;
    uint32_t table[256]; /* of a single-byte charset */
};

static void fill_table(struct converter *converter)
{
    for (unsigned i = 0; i < 256; i++) {
        char byte = (char)i;
        const char *at = &byte;
        UErrorCode code = U_ZERO_ERROR;

        ucnv_resetToUnicode(converter->icu);
        converter->table[i] = (uint32_t)ucnv_getNextUChar(converter->icu, &at, at + 1, &code);
        if (U_FAILURE(code))
            converter->table[i] = UTF8_REPLACEMENT;
        /* Windows charsets leave bytes undefined that ICU maps to controls. */
    }
    ucnv_resetToUnicode(converter->icu);
}

static size_t next_johab(struct converter *converter, struct span rest, uint32_t *c)
{
    char euc_kr[2];
    const char *at = euc_kr;
    UErrorCode code = U_ZERO_ERROR;
    size_t taken = charset_johab_next(rest, c, euc_kr);

    if (*c == 0 && taken == 2) {
        UChar32 point = ucnv_getNextUChar(converter->icu, &at, euc_kr + 2, &code);

        *c = U_FAILURE(code) ? UTF8_REPLACEMENT : (uint32_t)point;
    }
    return taken;
}

/* The next character, and how many bytes it took. */
static size_t next_character(struct converter *converter, struct span rest, uint32_t *c)
{
    const char *at = rest.data;
    UErrorCode code = U_ZERO_ERROR;
    UChar32 point;

    if (converter->is_single_byte) {
        *c = converter->table[(unsigned char)*at];
        return 1;
    }
    if (converter->is_johab)
        return next_johab(converter, rest, c);
    point = ucnv_getNextUChar(converter->icu, &at, rest.data + rest.len, &code);
    *c = U_FAILURE(code) ? UTF8_REPLACEMENT : (uint32_t)point;
    if (code == U_INDEX_OUTOFBOUNDS_ERROR) { /* the rest only shifts back: no character */
        *c = 0;
        return rest.len;
    }
    return at == rest.data ? 1 : (size_t)(at - rest.data);
}

/* Same bytes as far as ASCII goes; only where the charset has ASCII at all. */
static size_t ascii_run(struct span rest)
{
    size_t i = 0;

    while (i < rest.len && ((rest.data[i] >= 0x20 && rest.data[i] < 0x7F) || rest.data[i] == '\n' ||
                            rest.data[i] == '\t' || rest.data[i] == '\r'))
        i++;
    return i;
}

static size_t decode_unit(struct converter *converter, struct span rest, struct decoded *out)
{
    size_t taken = 0;

    while (taken < rest.len && taken < (size_t)2 * UNIT_BYTES) {
        struct span left = { rest.data + taken, rest.len - taken };
        uint32_t c;
        size_t length = next_character(converter, left, &c);

        taken += length;
        if (is_dropped(c))
            continue;
        if (c == UTF8_REPLACEMENT)
            out->repaired++;
        utf8_append(&out->storage, c);
        if (taken >= UNIT_BYTES && (c == ' ' || c == '\n'))
            break;
        if (c == '\n' || (converter->is_single_byte &&
                          ascii_run((struct span){ rest.data + taken, rest.len - taken }) >= 16))
            break;
    }
    return taken;
}

static void decode_other(struct converter *converter, struct span bytes, size_t start,
                         struct decoded *out)
{
    while (start < bytes.len && !is_enough(out)) {
        size_t text_start = out->storage.len, length = 0;

        if (converter->is_single_byte)
            length = ascii_run((struct span){ bytes.data + start, bytes.len - start });
        if (length > 0)
            buf_append(&out->storage, bytes.data + start, length);
        else
            length =
                decode_unit(converter, (struct span){ bytes.data + start, bytes.len - start }, out);
        add_run(out, text_start, start, length);
        start += length;
    }
}

/* False: there is no such charset. */
static bool open_converter(struct converter *converter, const char *charset)
{
    UErrorCode code = U_ZERO_ERROR;

    if (strcmp(charset, CHARSET_VISCII) == 0) {
        converter->is_single_byte = true;
        charset_viscii_table(converter->table);
        return true;
    }
    converter->is_johab = strcmp(charset, CHARSET_JOHAB) == 0;
    converter->icu = ucnv_open(converter->is_johab ? "windows-949" : charset, &code);
    if (!converter->icu || U_FAILURE(code))
        return false;
    converter->is_single_byte =
        ucnv_getMaxCharSize(converter->icu) == 1 && ucnv_getMinCharSize(converter->icu) == 1;
    if (converter->is_single_byte) {
        fill_table(converter);
        converter->is_single_byte = converter->table['A'] == 'A'; /* not EBCDIC */
    }
    return true;
}

static enum status decode_with(const char *charset, struct span bytes, size_t start,
                               struct decoded *out, struct error *err)
{
    struct converter *converter = calloc(1, sizeof(*converter));

    if (!converter)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    if (!open_converter(converter, charset)) {
        free(converter);
        return error_set(err, STATUS_UNSUPPORTED, "the charset '%s' is not known", charset);
    }
    decode_other(converter, bytes, start, out);
    ucnv_close(converter->icu);
    free(converter);
    return STATUS_OK;
}

static size_t mark_length(struct span bytes, const char *charset)
{
    if (strcmp(charset, "UTF-8") == 0)
        return bytes.len >= 3 && memcmp(bytes.data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    if (strncmp(charset, "UTF-32", 6) == 0)
        return bytes.len >= 4 && (memcmp(bytes.data, "\xFF\xFE\0\0", 4) == 0 ||
                                  memcmp(bytes.data, "\0\0\xFE\xFF", 4) == 0)
                   ? 4
                   : 0;
    if (strncmp(charset, "UTF-16", 6) == 0 && bytes.len >= 2 &&
        (memcmp(bytes.data, "\xFF\xFE", 2) == 0 || memcmp(bytes.data, "\xFE\xFF", 2) == 0))
        return 2;
    return 0;
}

enum status charset_decode(struct span bytes, const char *declared, struct decoded *out,
                           struct error *err)
{
    enum status status = STATUS_OK;
    size_t start;

    *out = (struct decoded){ .storage = BUF_INIT(SOURCE_BYTES_MAX + 4096) };
    charset_detect(bytes, declared, out->charset);
    if (bytes.len > SOURCE_BYTES_MAX)
        bytes.len = SOURCE_BYTES_MAX;
    start = mark_length(bytes, out->charset);
    if (strcmp(out->charset, "UTF-8") == 0) {
        if (start == 0 && clean_run(bytes, 0) == bytes.len) {
            out->text = bytes;
            return STATUS_OK;
        }
        decode_utf8(bytes, start, out);
    } else {
        status = decode_with(out->charset, bytes, start, out, err);
    }
    out->text = buf_span(&out->storage);
    if (!status)
        status = buf_status(&out->storage, err);
    return status;
}
