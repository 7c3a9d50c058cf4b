#include "extractors/container/ole.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicode/ucnv.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "ingest/writer.h"

#define HEADER_BYTES 512u
#define ENTRY_BYTES  128u
#define HEADER_DIFAT 109u
#define CHAIN_END    0xFFFFFFFAu /* this and above are no sector numbers */
#define TYPE_FOLDER  1u
#define TYPE_STREAM  2u
#define TYPE_ROOT    5u
#define MINI_SECTOR  64u
#define NO_ENTRY     0xFFFFFFFFu

struct ole {
    struct span bytes;
    size_t sector_bytes, sector_count;
    uint32_t *fat;
    size_t fat_count;
    uint32_t *mini_fat;
    size_t mini_fat_count;
    struct buf directory, mini_stream;
    size_t mini_cutoff;
    uint32_t *first_child, *next_child; /* per entry; NO_ENTRY: none */
};

uint32_t ole_u8(struct span bytes, size_t offset)
{
    return offset < bytes.len ? (unsigned char)bytes.data[offset] : 0;
}

uint32_t ole_u16(struct span bytes, size_t offset)
{
    const unsigned char *p = (const unsigned char *)bytes.data + offset;

    if (offset >= bytes.len || bytes.len - offset < 2)
        return 0;
    return (uint32_t)(p[0] | p[1] << 8);
}

uint32_t ole_u32(struct span bytes, size_t offset)
{
    if (offset >= bytes.len || bytes.len - offset < 4)
        return 0;
    return ole_u16(bytes, offset) | ole_u16(bytes, offset + 2) << 16;
}

uint64_t ole_u64(struct span bytes, size_t offset)
{
    if (offset >= bytes.len || bytes.len - offset < 8)
        return 0;
    return ole_u32(bytes, offset) | (uint64_t)ole_u32(bytes, offset + 4) << 32;
}

struct span ole_part(struct span bytes, size_t offset, size_t len)
{
    if (offset > bytes.len)
        return (struct span){ "", 0 };
    if (len > bytes.len - offset)
        len = bytes.len - offset;
    return (struct span){ bytes.data + offset, len };
}

/* The bytes of a sector; shorter at the end of a file that was cut off. */
static struct span sector(const struct ole *ole, uint32_t number)
{
    size_t start = ((size_t)number + 1) * ole->sector_bytes, len = ole->sector_bytes;

    if (start >= ole->bytes.len)
        return (struct span){ "", 0 };
    if (len > ole->bytes.len - start)
        len = ole->bytes.len - start;
    return (struct span){ ole->bytes.data + start, len };
}

/* Appends the sectors of a chain, up to size bytes. */
static enum status read_chain(const struct ole *ole, uint32_t first, size_t size, struct buf *out)
{
    size_t steps = 0, left = size;

    while (left > 0 && first < CHAIN_END && steps++ <= ole->sector_count) {
        struct span part = sector(ole, first);

        if (part.len == 0)
            break;
        if (part.len > left)
            part.len = left;
        buf_append(out, part.data, part.len);
        left -= part.len;
        first = first < ole->fat_count ? ole->fat[first] : CHAIN_END;
    }
    return out->failed ? out->failed : left == 0 ? STATUS_OK : STATUS_MALFORMED;
}

static enum status read_mini_chain(const struct ole *ole, uint32_t first, size_t size,
                                   struct buf *out)
{
    size_t steps = 0, left = size;

    while (left > 0 && first < CHAIN_END && steps++ <= ole->mini_fat_count) {
        size_t start = (size_t)first * MINI_SECTOR, len = MINI_SECTOR;

        if (start >= ole->mini_stream.len)
            break;
        if (len > ole->mini_stream.len - start)
            len = ole->mini_stream.len - start;
        if (len > left)
            len = left;
        buf_append(out, ole->mini_stream.data + start, len);
        left -= len;
        first = first < ole->mini_fat_count ? ole->mini_fat[first] : CHAIN_END;
    }
    return out->failed ? out->failed : left == 0 ? STATUS_OK : STATUS_MALFORMED;
}

/* ---- opening ---- */

static void add_fat_sector(struct ole *ole, uint32_t number)
{
    struct span part = sector(ole, number);

    for (size_t i = 0; i + 4 <= part.len && ole->fat_count < ole->sector_count; i += 4)
        ole->fat[ole->fat_count++] = ole_u32(part, i);
}

static bool read_fat(struct ole *ole)
{
    uint32_t next = ole_u32(ole->bytes, 68);
    size_t per_sector = ole->sector_bytes / 4, steps = 0;

    ole->fat = calloc(ole->sector_count + 1, sizeof(ole->fat[0]));
    if (!ole->fat)
        return false;
    for (size_t i = 0; i < HEADER_DIFAT; i++) {
        uint32_t number = ole_u32(ole->bytes, 76 + 4 * i);

        if (number < CHAIN_END)
            add_fat_sector(ole, number);
    }
    while (next < CHAIN_END && steps++ <= ole->sector_count) {
        struct span part = sector(ole, next);

        for (size_t i = 0; i + 1 < per_sector && 4 * i + 4 <= part.len; i++)
            if (ole_u32(part, 4 * i) < CHAIN_END)
                add_fat_sector(ole, ole_u32(part, 4 * i));
        next = part.len == ole->sector_bytes ? ole_u32(part, part.len - 4) : CHAIN_END;
    }
    return true;
}

static bool read_mini(struct ole *ole)
{
    CLEANUP(buf_release) struct buf table = BUF_INIT(OLE_STREAM_BYTES_MAX);
    struct span directory = buf_span(&ole->directory);
    uint64_t size = ole_u32(directory, 120);

    (void)!read_chain(ole, ole_u32(ole->bytes, 60), ole->bytes.len, &table);
    ole->mini_fat_count = table.len / 4;
    ole->mini_fat = calloc(ole->mini_fat_count + 1, sizeof(ole->mini_fat[0]));
    if (!ole->mini_fat)
        return false;
    for (size_t i = 0; i < ole->mini_fat_count; i++)
        ole->mini_fat[i] = ole_u32(buf_span(&table), 4 * i);
    if (ole_u8(directory, 66) == TYPE_ROOT)
        (void)!read_chain(ole, ole_u32(directory, 116),
                          size < ole->bytes.len ? (size_t)size : ole->bytes.len, &ole->mini_stream);
    return true;
}

/* Empty when there is no such entry. */
static struct span entry(const struct ole *ole, size_t index)
{
    if (index >= ole->directory.len / ENTRY_BYTES)
        return (struct span){ "", 0 };
    return (struct span){ ole->directory.data + index * ENTRY_BYTES, ENTRY_BYTES };
}

/* The entries of a folder are a binary tree, left and right of its child. Each entry is taken once,
 * whatever loops there are, by the first folder that leads to it. */
static void link_children(struct ole *ole, size_t folder, uint32_t *stack, bool *is_taken)
{
    uint32_t *last = &ole->first_child[folder];
    uint32_t at = ole_u32(entry(ole, folder), 76);
    size_t depth = 0, count = ole_count(ole);

    for (;;) {
        if (at < count && !is_taken[at]) {
            is_taken[at] = true;
            stack[depth++] = at;
            at = ole_u32(entry(ole, at), 68);
            continue;
        }
        if (depth == 0)
            return;
        at = stack[--depth];
        *last = at;
        last = &ole->next_child[at];
        at = ole_u32(entry(ole, at), 72);
    }
}

static bool read_tree(struct ole *ole)
{
    size_t count = ole_count(ole);
    uint32_t *stack = calloc(count + 1, sizeof(*stack));
    bool *is_taken = calloc(count + 1, sizeof(*is_taken));

    ole->first_child = malloc((count + 1) * sizeof(ole->first_child[0]));
    ole->next_child = malloc((count + 1) * sizeof(ole->next_child[0]));
    if (stack && is_taken && ole->first_child && ole->next_child) {
        memset(ole->first_child, 0xFF, (count + 1) * sizeof(ole->first_child[0]));
        memset(ole->next_child, 0xFF, (count + 1) * sizeof(ole->next_child[0]));
        is_taken[OLE_ROOT] = true;
        for (size_t i = 0; i < count; i++)
            if (ole_is_folder(ole, i))
                link_children(ole, i, stack, is_taken);
    }
    free(stack);
    free(is_taken);
    return stack && is_taken && ole->first_child && ole->next_child;
}

enum status ole_open(struct span bytes, struct ole **out, struct error *err)
{
    static const char signature[] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
    struct ole *ole;
    unsigned shift;

    if (bytes.len < HEADER_BYTES || memcmp(bytes.data, signature, 8) != 0)
        return error_set(err, STATUS_MALFORMED, "no OLE compound file");
    shift = ole_u16(bytes, 30);
    if (shift < 7 || shift > 16)
        return error_set(err, STATUS_MALFORMED, "sectors of an impossible size");
    ole = calloc(1, sizeof(*ole));
    if (!ole)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    ole->bytes = bytes;
    ole->sector_bytes = (size_t)1 << shift;
    ole->sector_count = bytes.len / ole->sector_bytes + 1;
    ole->mini_cutoff = ole_u32(bytes, 56);
    ole->directory = (struct buf)BUF_INIT((size_t)OLE_ENTRIES_MAX * ENTRY_BYTES);
    ole->mini_stream = (struct buf)BUF_INIT(OLE_STREAM_BYTES_MAX);
    if (read_fat(ole)) {
        (void)!read_chain(ole, ole_u32(bytes, 48), (size_t)OLE_ENTRIES_MAX * ENTRY_BYTES,
                          &ole->directory);
        if (read_mini(ole) && read_tree(ole)) {
            *out = ole;
            return STATUS_OK;
        }
    }
    ole_free(ole);
    return error_set(err, STATUS_NO_MEMORY, "out of memory");
}

void ole_free(struct ole *ole)
{
    if (!ole)
        return;
    free(ole->fat);
    free(ole->mini_fat);
    free(ole->first_child);
    free(ole->next_child);
    buf_release(&ole->directory);
    buf_release(&ole->mini_stream);
    free(ole);
}

/* ---- streams ---- */

size_t ole_count(const struct ole *ole)
{
    return ole->directory.len / ENTRY_BYTES;
}

void ole_name(const struct ole *ole, size_t index, char out[33])
{
    struct span data = entry(ole, index);
    size_t count = ole_u16(data, 64) / 2, len = 0;

    for (size_t i = 0; i < count && i < 32; i++) {
        uint32_t c = ole_u16(data, 2 * i);

        if (c == 0)
            break;
        out[len++] = (char)(c < 0x80 ? c : '?');
    }
    out[len] = '\0';
}

bool ole_is_folder(const struct ole *ole, size_t index)
{
    uint32_t type = index < ole_count(ole) ? ole_u8(entry(ole, index), 66) : 0;

    return type == TYPE_FOLDER || type == TYPE_ROOT;
}

static size_t index_of(uint32_t number)
{
    return number == NO_ENTRY ? OLE_NONE : number;
}

size_t ole_first_child(const struct ole *ole, size_t folder)
{
    return folder < ole_count(ole) ? index_of(ole->first_child[folder]) : OLE_NONE;
}

size_t ole_next_child(const struct ole *ole, size_t child)
{
    return child < ole_count(ole) ? index_of(ole->next_child[child]) : OLE_NONE;
}

static bool is_named(const struct ole *ole, size_t index, const char *name)
{
    char have[33];

    ole_name(ole, index, have);
    return strcasecmp(have, name) == 0;
}

size_t ole_lookup_in(const struct ole *ole, size_t folder, const char *name)
{
    for (size_t i = ole_first_child(ole, folder); i != OLE_NONE; i = ole_next_child(ole, i))
        if (is_named(ole, i, name))
            return i;
    return OLE_NONE;
}

size_t ole_lookup(const struct ole *ole, const char *name)
{
    size_t found = ole_lookup_in(ole, OLE_ROOT, name);

    if (found != OLE_NONE && ole_u8(entry(ole, found), 66) == TYPE_STREAM)
        return found;
    for (size_t i = 0; i < ole_count(ole); i++)
        if (ole_u8(entry(ole, i), 66) == TYPE_STREAM && is_named(ole, i, name))
            return i;
    return OLE_NONE;
}

/* Where entry 0 leads to is all that says which folder is the root. */
void ole_append_rooted(const struct ole *ole, size_t folder, struct buf *out)
{
    size_t start = out->len;
    size_t root = ((size_t)ole_u32(ole->bytes, 48) + 1) * ole->sector_bytes;

    buf_append(out, ole->bytes.data, ole->bytes.len);
    if (out->failed || folder >= ole_count(ole) || root + ENTRY_BYTES > ole->bytes.len)
        return;
    memcpy(out->data + start + root + 76, entry(ole, folder).data + 76, 4);
}

enum status ole_read(const struct ole *ole, size_t index, struct buf *out, struct error *err)
{
    struct span data = entry(ole, index);
    uint32_t first = ole_u32(data, 116);
    size_t size = ole_u32(data, 120);
    enum status status;

    if (size > OLE_STREAM_BYTES_MAX)
        return error_set(err, STATUS_LIMIT, "a stream larger than the limit");
    if (size < ole->mini_cutoff)
        status = read_mini_chain(ole, first, size, out);
    else
        status = read_chain(ole, first, size, out);
    if (status)
        return error_set(err, status, "a stream is cut off or its chain is broken");
    return STATUS_OK;
}

enum status ole_read_name(const struct ole *ole, const char *name, struct buf *out,
                          struct error *err)
{
    size_t index = ole_lookup(ole, name);

    if (index == OLE_NONE)
        return error_set(err, STATUS_MALFORMED, "there is no stream '%s'", name);
    return ole_read(ole, index, out, err);
}

/* ---- text ---- */

void ole_append_utf16(struct buf *out, struct span units)
{
    for (size_t i = 0; i + 2 <= units.len; i += 2) {
        uint32_t c = ole_u16(units, i);

        if (c >= 0xD800 && c < 0xDC00 && i + 4 <= units.len) {
            uint32_t low = ole_u16(units, i + 2);

            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                i += 2;
            }
        }
        utf8_append(out, c);
    }
}

void ole_append_codepage(struct buf *out, struct span bytes, unsigned codepage)
{
    const char *source = bytes.data, *end = bytes.data + bytes.len;
    UErrorCode code = U_ZERO_ERROR;
    UConverter *converter;
    char name[24];
    size_t plain = 0;

    while (plain < bytes.len && (unsigned char)bytes.data[plain] < 0x80)
        plain++;
    buf_append(out, bytes.data, plain);
    source += plain;
    if (source == end)
        return;
    (void)snprintf(name, sizeof(name), codepage == 10000 ? "macintosh" : "windows-%u",
                   codepage ? codepage : 1252);
    converter = ucnv_open(name, &code);
    if (U_FAILURE(code)) {
        code = U_ZERO_ERROR;
        converter = ucnv_open("windows-1252", &code);
    }
    while (U_SUCCESS(code) && source < end) {
        uint32_t c = (uint32_t)ucnv_getNextUChar(converter, &source, end, &code);

        if (U_SUCCESS(code))
            utf8_append(out, c);
    }
    if (converter)
        ucnv_close(converter);
}

/* ---- metadata ---- */

static void put_property(struct writer *writer, const char *name, struct span section,
                         size_t offset, unsigned codepage)
{
    CLEANUP(buf_release) struct buf value = BUF_INIT(65536);
    uint32_t type = ole_u16(section, offset), len = ole_u32(section, offset + 4);

    if ((type != 30 && type != 31) || offset + 8 > section.len)
        return;
    if (type == 31)
        len = len < 32768 ? len * 2 : 0;
    if (len > section.len - offset - 8)
        len = (uint32_t)(section.len - offset - 8);
    if (type == 31)
        ole_append_utf16(&value, (struct span){ section.data + offset + 8, len });
    else if (codepage == 65001)
        (void)utf8_append_repaired(&value, (struct span){ section.data + offset + 8, len });
    else
        ole_append_codepage(&value, (struct span){ section.data + offset + 8, len }, codepage);
    while (value.len > 0 && (value.data[value.len - 1] == '\0' || value.data[value.len - 1] == ' '))
        value.len--;
    writer_metadata(writer, name, buf_span(&value));
}

/* [MS-OLEPS]: property 2 title, 3 subject, 4 author, 5 keywords; 1 is the code page. */
void ole_metadata(const struct ole *ole, struct writer *writer)
{
    ole_metadata_of(ole, "\005SummaryInformation", writer);
}

void ole_metadata_of(const struct ole *ole, const char *name, struct writer *writer)
{
    static const struct {
        uint32_t id;
        const char *name;
    } known[] = { { 2, "title" }, { 3, "subject" }, { 4, "author" }, { 5, "keywords" } };
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)1 << 20);
    struct span section;
    size_t start, count;
    unsigned codepage = 1252;

    (void)!ole_read_name(ole, name, &text, NULL);
    start = ole_u32(buf_span(&text), 44);
    if (start + 8 > text.len)
        return;
    section = (struct span){ text.data + start, text.len - start };
    count = ole_u32(section, 4);
    for (size_t i = 0; i < count && i < 64; i++)
        if (ole_u32(section, 8 + 8 * i) == 1)
            codepage = ole_u16(section, ole_u32(section, 12 + 8 * i) + (size_t)4);
    for (size_t i = 0; i < count && i < 64; i++)
        for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
            if (ole_u32(section, 8 + 8 * i) == known[k].id)
                put_property(writer, known[k].name, section, ole_u32(section, 12 + 8 * i),
                             codepage);
}
