/*
 * dbf.c - tables of dBase, FoxPro and what came after them, as GIS programs still write them.
 *
 * A header, a description of each field, then records of fixed length. Texts of memo fields stand
 * in a file beside it (.dbt, .fpt), which we do not have.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucnv.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/common/charset.h"
#include "extractors/container/ole.h"
#include "extractors/extractors.h"

#define FIELDS_MAX       2048u
#define CELLS_MAX        ((size_t)2 << 20)
#define HEADER_BYTES     32u
#define FIELD_BYTES      32u
#define HEADER_BYTES_7   68u
#define FIELD_BYTES_7    48u
#define SAMPLE_BYTES_MAX ((size_t)64 << 10)
#define END_OF_FIELDS    0x0D
#define BACK_LINK_BYTES  263u /* FoxPro: the database that the table is of */

struct field {
    struct span name;
    char type;
    size_t offset, len; /* in the record */
    unsigned decimals;
};

struct dbf {
    struct span bytes;
    size_t header_len, record_len, record_count;
    bool is_7, is_foxpro;
    struct field fields[FIELDS_MAX];
    size_t field_count;
    size_t elsewhere_count; /* values that stand in another file */
    UConverter *converter;
    struct buf value;
};

static void dbf_free(struct dbf **owned)
{
    if (!*owned)
        return;
    if ((*owned)->converter)
        ucnv_close((*owned)->converter);
    buf_release(&(*owned)->value);
    free(*owned);
}

/* ---- the header ---- */

/* "ID", in bytes up to a zero or to all of them. */
static struct span name_of(struct span bytes)
{
    const char *zero = memchr(bytes.data, '\0', bytes.len);

    if (zero)
        bytes.len = (size_t)(zero - bytes.data);
    while (bytes.len > 0 && bytes.data[bytes.len - 1] == ' ')
        bytes.len--;
    return bytes;
}

/* False: none of the types there are. */
static bool read_field(struct dbf *dbf, struct span bytes, struct field *field)
{
    size_t name_bytes = dbf->is_7 ? 32 : 11;
    size_t at = dbf->is_7 ? 33 : 16;

    field->name = name_of(ole_part(bytes, 0, name_bytes));
    field->type = bytes.data[name_bytes];
    field->len = ole_u8(bytes, at);
    field->decimals = ole_u8(bytes, at + 1);
    if (field->type == 'C') { /* long texts have the upper half of their length there */
        field->len += (size_t)256 * field->decimals;
        field->decimals = 0;
    }
    return field->type != '\0' && strchr("CNFLDMIYTBGPVQW0@O+", field->type) && field->len > 0;
}

/* False: no such file. bytes may be no more than its beginning. */
static bool read_header(struct dbf *dbf, struct span bytes)
{
    unsigned version = ole_u8(bytes, 0);
    size_t at, step, offset = 1; /* behind the mark of deleted records */

    dbf->bytes = bytes;
    dbf->is_7 = (version & 7) == 4;
    dbf->is_foxpro = version >= 0x30 && version <= 0x32;
    dbf->header_len = ole_u16(bytes, 8);
    dbf->record_len = ole_u16(bytes, 10);
    dbf->record_count = ole_u32(bytes, 4);
    at = dbf->is_7 ? HEADER_BYTES_7 : HEADER_BYTES;
    step = dbf->is_7 ? FIELD_BYTES_7 : FIELD_BYTES;
    if (dbf->header_len <= at || ole_u8(bytes, 2) > 12 || ole_u8(bytes, 3) > 31)
        return false;
    while (dbf->field_count < FIELDS_MAX && at + step <= dbf->header_len &&
           at + step <= bytes.len && ole_u8(bytes, at) != END_OF_FIELDS) {
        struct field *field = &dbf->fields[dbf->field_count];

        if (!read_field(dbf, ole_part(bytes, at, step), field))
            return false;
        field->offset = offset;
        offset += field->len;
        dbf->field_count++;
        at += step;
    }
    return dbf->field_count > 0 && offset <= dbf->record_len;
}

/* ---- charset ---- */

/* The byte that says in which language the table was made; 0: it does not say. */
static unsigned codepage_of(unsigned driver)
{
    static const struct {
        uint8_t driver;
        uint16_t codepage;
    } known[] = {
        { 0x01, 437 },  { 0x02, 850 },  { 0x03, 1252 },  { 0x04, 10000 }, { 0x08, 865 },
        { 0x09, 437 },  { 0x0A, 850 },  { 0x0B, 437 },   { 0x0D, 437 },   { 0x0E, 850 },
        { 0x0F, 437 },  { 0x10, 850 },  { 0x11, 437 },   { 0x12, 850 },   { 0x13, 932 },
        { 0x14, 850 },  { 0x15, 437 },  { 0x16, 850 },   { 0x17, 865 },   { 0x18, 437 },
        { 0x19, 437 },  { 0x1A, 850 },  { 0x1B, 437 },   { 0x1C, 863 },   { 0x1D, 850 },
        { 0x1F, 852 },  { 0x22, 852 },  { 0x23, 852 },   { 0x24, 860 },   { 0x25, 850 },
        { 0x26, 866 },  { 0x37, 850 },  { 0x40, 852 },   { 0x4D, 936 },   { 0x4E, 949 },
        { 0x4F, 950 },  { 0x50, 874 },  { 0x57, 1252 },  { 0x58, 1252 },  { 0x59, 1252 },
        { 0x64, 852 },  { 0x65, 866 },  { 0x66, 865 },   { 0x67, 861 },   { 0x6A, 737 },
        { 0x6B, 857 },  { 0x6C, 863 },  { 0x78, 950 },   { 0x79, 949 },   { 0x7A, 936 },
        { 0x7B, 932 },  { 0x7C, 874 },  { 0x7D, 1255 },  { 0x7E, 1256 },  { 0x86, 737 },
        { 0x87, 852 },  { 0x88, 857 },  { 0x96, 10007 }, { 0x97, 10029 }, { 0x98, 10006 },
        { 0xC8, 1250 }, { 0xC9, 1251 }, { 0xCA, 1254 },  { 0xCB, 1253 },  { 0xCC, 1257 },
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].driver == driver)
            return known[i].codepage;
    return 0;
}

static bool is_plain(struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if ((unsigned char)bytes.data[i] >= 0x80)
            return false;
    return true;
}

static struct span record_at(const struct dbf *dbf, size_t number)
{
    return ole_part(dbf->bytes, dbf->header_len + number * dbf->record_len, dbf->record_len);
}

static bool is_text(const struct field *field)
{
    return field->type == 'C' || field->type == 'V';
}

/* Texts that are not ASCII say whether they are UTF-8, whatever is declared. */
static void open_charset(struct dbf *dbf, struct writer *writer)
{
    CLEANUP(buf_release) struct buf sample = BUF_INIT(SAMPLE_BYTES_MAX);
    char declared[CHARSET_NAME_BYTES] = "", name[CHARSET_NAME_BYTES];
    unsigned codepage = codepage_of(ole_u8(dbf->bytes, 29));
    UErrorCode code = U_ZERO_ERROR;

    for (size_t i = 0; i < dbf->record_count && !sample.failed; i++) {
        for (size_t k = 0; k < dbf->field_count; k++) {
            struct span text =
                ole_part(record_at(dbf, i), dbf->fields[k].offset, dbf->fields[k].len);

            if (!is_text(&dbf->fields[k]) || is_plain(text))
                continue;
            buf_append(&sample, text.data, text.len);
            buf_append_char(&sample, '\n');
        }
    }
    if (codepage == 10000)
        (void)snprintf(declared, sizeof(declared), "macintosh");
    else if (codepage > 0)
        (void)snprintf(declared, sizeof(declared), "cp%u", codepage);
    charset_detect(buf_span(&sample), declared, name);
    writer_charset(writer, name);
    dbf->converter = ucnv_open(name, &code);
    if (U_FAILURE(code)) {
        code = U_ZERO_ERROR;
        dbf->converter = ucnv_open("windows-1252", &code);
    }
    if (U_FAILURE(code))
        dbf->converter = NULL;
}

static void append_text(struct dbf *dbf, struct span bytes)
{
    const char *source = bytes.data, *end = bytes.data + bytes.len;
    UErrorCode code = U_ZERO_ERROR;

    if (is_plain(bytes) || !dbf->converter) {
        buf_append(&dbf->value, bytes.data, bytes.len);
        return;
    }
    ucnv_reset(dbf->converter);
    while (source < end) {
        uint32_t c = (uint32_t)ucnv_getNextUChar(dbf->converter, &source, end, &code);

        if (code == U_INDEX_OUTOFBOUNDS_ERROR)
            break;
        utf8_append(&dbf->value, U_SUCCESS(code) ? c : UTF8_REPLACEMENT);
        code = U_ZERO_ERROR;
    }
}

/* ---- values ---- */

static uint64_t big_endian(struct span bytes)
{
    uint64_t value = 0;

    for (size_t i = 0; i < bytes.len && i < 8; i++)
        value = value << 8 | (unsigned char)bytes.data[i];
    return value;
}

static void append_double(struct buf *out, uint64_t bits, unsigned decimals)
{
    double value;

    memcpy(&value, &bits, sizeof(value));
    if (!isfinite(value))
        return;
    if (decimals > 0 && decimals < 16 && fabs(value) < 1e15)
        buf_printf(out, "%.*f", (int)decimals, value);
    else
        buf_printf(out, "%.15g", value);
}

/* dBase 7 writes numbers so that they sort as bytes: negative ones are turned round. */
static void append_sortable(struct buf *out, const struct field *field, struct span bytes)
{
    uint64_t bits = big_endian(bytes), sign = (uint64_t)1 << 63;

    if (field->type == 'O')
        append_double(out, bits & sign ? bits ^ sign : ~bits, field->decimals);
    else if (bits != 0)
        buf_printf(out, "%d", (int32_t)((uint32_t)bits ^ 0x80000000u));
}

/* A day as its number, counted since 4713 BC. */
static void append_day(struct buf *out, uint32_t day)
{
    /* Fliegel and Van Flandern */
    int64_t l = (int64_t)day + 68569, n = 4 * l / 146097, year, month;

    l -= (146097 * n + 3) / 4;
    year = 4000 * (l + 1) / 1461001;
    l -= 1461 * year / 4 - 31;
    month = 80 * l / 2447;
    buf_printf(out, "%04d-%02d-%02d", (int)(100 * (n - 49) + year + month / 11),
               (int)(month + 2 - 12 * (month / 11)), (int)(l - 2447 * month / 80));
}

static void append_moment(struct buf *out, struct span bytes)
{
    uint32_t day = ole_u32(bytes, 0), seconds = (ole_u32(bytes, 4) + 500) / 1000;

    if (day == 0)
        return;
    append_day(out, day);
    if (seconds > 0)
        buf_printf(out, " %02u:%02u:%02u", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

static void append_money(struct buf *out, int64_t value)
{
    uint64_t amount = value < 0 ? -(uint64_t)value : (uint64_t)value;

    buf_printf(out, "%s%llu.", value < 0 ? "-" : "", (unsigned long long)(amount / 10000));
    if (amount % 100 == 0)
        buf_printf(out, "%02u", (unsigned)(amount % 10000 / 100));
    else
        buf_printf(out, "%04u", (unsigned)(amount % 10000));
}

static struct span trimmed(struct span bytes)
{
    bytes = name_of(bytes);
    while (bytes.len > 0 && bytes.data[0] == ' ')
        bytes = (struct span){ bytes.data + 1, bytes.len - 1 };
    return bytes;
}

static void append_day_of_digits(struct buf *out, struct span day)
{
    if (day.len == 8)
        buf_printf(out, "%.4s-%.2s-%.2s", day.data, day.data + 4, day.data + 6);
    else
        buf_append(out, day.data, day.len);
}

static void append_truth(struct buf *out, struct span truth)
{
    if (truth.len == 1 && strchr("TtYy", truth.data[0]))
        buf_append(out, "true", 4);
    else if (truth.len == 1 && strchr("FfNn", truth.data[0]))
        buf_append(out, "false", 5);
}

/* A text of changing length has it in its last byte, unless it fills all. */
static struct span varying(struct span bytes)
{
    size_t len = bytes.len > 0 ? (unsigned char)bytes.data[bytes.len - 1] : 0;

    return len < bytes.len ? (struct span){ bytes.data, len } : bytes;
}

static bool is_number_in_bytes(const struct dbf *dbf, const struct field *field)
{
    return field->type == 'B' && dbf->is_foxpro && field->len == 8;
}

/* Is the value in another file, or of a kind that is no text? */
static bool is_elsewhere(const struct dbf *dbf, const struct field *field)
{
    return strchr("MGPWQ@", field->type) || (field->type == 'B' && !is_number_in_bytes(dbf, field));
}

static bool is_shown(const struct dbf *dbf, const struct field *field)
{
    return field->type != '0' && !is_elsewhere(dbf, field);
}

static void append_value(struct dbf *dbf, const struct field *field, struct span bytes)
{
    struct buf *out = &dbf->value;

    switch (field->type) {
    case 'C':
        append_text(dbf, trimmed(bytes));
        break;
    case 'V':
        append_text(dbf, varying(bytes));
        break;
    case 'D':
        append_day_of_digits(out, trimmed(bytes));
        break;
    case 'L':
        append_truth(out, trimmed(bytes));
        break;
    case 'I':
    case '+':
    case 'O':
        if (dbf->is_7)
            append_sortable(out, field, bytes);
        else
            buf_printf(out, "%d", (int32_t)ole_u32(bytes, 0));
        break;
    case 'Y':
        append_money(out, (int64_t)ole_u64(bytes, 0));
        break;
    case 'T':
        append_moment(out, bytes);
        break;
    case 'B':
        append_double(out, ole_u64(bytes, 0), field->decimals);
        break;
    default: /* digits, as they are shown */
        append_text(dbf, trimmed(bytes));
    }
}

/* ---- the table ---- */

static void put_header(struct dbf *dbf, struct writer *writer)
{
    writer_begin(writer, BLOCK_TABLE, 1);
    writer_begin(writer, BLOCK_ROW, 0);
    writer_flags(writer, BLOCK_HEADER);
    for (size_t i = 0; i < dbf->field_count; i++) {
        if (!is_shown(dbf, &dbf->fields[i]))
            continue;
        buf_clear(&dbf->value);
        append_text(dbf, dbf->fields[i].name);
        writer_block(writer, BLOCK_CELL, 1, buf_span(&dbf->value));
    }
    writer_end(writer);
}

/* Blanks, zeros, or nothing: the number of a block in the other file is not there. */
static bool is_blank(struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (bytes.data[i] != ' ' && bytes.data[i] != '\0' && bytes.data[i] != '0')
            return false;
    return true;
}

static void put_record(struct dbf *dbf, struct span record, struct writer *writer)
{
    writer_begin(writer, BLOCK_ROW, 0);
    for (size_t i = 0; i < dbf->field_count; i++) {
        const struct field *field = &dbf->fields[i];
        struct span bytes = ole_part(record, field->offset, field->len);

        if (!is_shown(dbf, field)) {
            dbf->elsewhere_count += is_elsewhere(dbf, field) && !is_blank(bytes);
            continue;
        }
        buf_clear(&dbf->value);
        if (bytes.len == field->len)
            append_value(dbf, field, bytes);
        writer_block(writer, BLOCK_CELL, 1, buf_span(&dbf->value));
    }
    writer_end(writer);
}

static enum status dbf_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    CLEANUP(dbf_free) struct dbf *dbf = calloc(1, sizeof(*dbf));
    size_t there, i = 0;

    if (!dbf)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    dbf->value = (struct buf)BUF_INIT((size_t)1 << 20);
    if (!read_header(dbf, source->bytes))
        return error_set(err, STATUS_MALFORMED, "its header describes no table");
    there = source->bytes.len > dbf->header_len
                ? (source->bytes.len - dbf->header_len) / dbf->record_len
                : 0;
    if (dbf->record_count > there) {
        writer_partial(writer, "%zu of %zu records are there", there, dbf->record_count);
        dbf->record_count = there;
    }
    open_charset(dbf, writer);
    put_header(dbf, writer);
    for (; i < dbf->record_count && !writer_is_full(writer); i++) {
        struct span record = record_at(dbf, i);

        if (i * dbf->field_count > CELLS_MAX) {
            writer_partial(writer, "more than %zu cells", CELLS_MAX);
            break;
        }
        if (record.data[0] != '*') /* deleted */
            put_record(dbf, record, writer);
        if (i % 1024 == 0)
            source_progress(source);
    }
    writer_end(writer);
    if (dbf->elsewhere_count > 0)
        writer_partial(writer, "%zu values of memo and other fields stand in another file",
                       dbf->elsewhere_count);
    return dbf->value.failed == STATUS_NO_MEMORY ? error_set(err, STATUS_NO_MEMORY, "out of memory")
                                                 : STATUS_OK;
}

/* There is no signature: libmagic knows most by their look, the name and the end of the list of
 * fields tell the others. */
static int dbf_bid(const struct bid_input *input)
{
    size_t header_len = ole_u16(input->head, 8);

    if (strcmp(input->media_type, "application/x-dbf") == 0)
        return 95;
    if (strcmp(input->extension, "dbf") != 0 || header_len < HEADER_BYTES + FIELD_BYTES + 1)
        return 0;
    return ole_u8(input->head, header_len - 1) == END_OF_FIELDS ||
                   ole_u8(input->head, header_len - BACK_LINK_BYTES - 1) == END_OF_FIELDS
               ? 90
               : 0;
}

const struct extractor dbf_extractor = {
    .name = "dbf",
    .version = 1,
    .bid = dbf_bid,
    .extract = dbf_extract,
};
