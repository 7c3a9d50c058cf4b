/*
 * fuzz_package.c - office packages, changed inside of their parts.
 *
 * A change to a package's own bytes mostly breaks its compression, so readers of parts would hardly
 * meet one. Here the parts are taken out, some of their bytes changed in a way that follows from
 * the input, and put into a new package without compression. Most parts stay as they are: what is
 * wrong in the first one, the list of the others, would hide these.
 */
#include <string.h>

#include "base/cleanup.h"
#include "extractors/container/zip.h"
#include "tests/fuzz/office.h"

#define CHANGED_EACH   3u /* parts */
#define PART_BYTES_MAX ((size_t)256 << 10)
#define PARTS_MAX      64u

struct package {
    struct buf bytes, directory;
    unsigned part_count;
};

static void put16(struct buf *out, uint32_t value)
{
    const char bytes[2] = { (char)(value & 255), (char)(value >> 8 & 255) };

    buf_append(out, bytes, sizeof(bytes));
}

static void put32(struct buf *out, uint32_t value)
{
    put16(out, value & 65535);
    put16(out, value >> 16);
}

/* What a local header and the directory say alike, from "version needed" on. */
static void put_entry(struct buf *out, struct span name, size_t size)
{
    put16(out, 20);
    put16(out, 0);
    put16(out, 0); /* stored */
    put32(out, 0);
    put32(out, 0); /* nobody looks at the checksum */
    put32(out, (uint32_t)size);
    put32(out, (uint32_t)size);
    put16(out, (uint32_t)name.len);
    put16(out, 0);
}

static void add_part(struct package *package, struct span name, struct span part)
{
    uint32_t offset = (uint32_t)package->bytes.len;

    put32(&package->bytes, 0x04034b50);
    put_entry(&package->bytes, name, part.len);
    buf_append(&package->bytes, name.data, name.len);
    buf_append(&package->bytes, part.data, part.len);
    put32(&package->directory, 0x02014b50);
    put16(&package->directory, 20);
    put_entry(&package->directory, name, part.len);
    put16(&package->directory, 0);
    put16(&package->directory, 0);
    put16(&package->directory, 0);
    put32(&package->directory, 0);
    put32(&package->directory, offset);
    buf_append(&package->directory, name.data, name.len);
    package->part_count++;
}

static void end_package(struct package *package)
{
    uint32_t offset = (uint32_t)package->bytes.len;

    buf_append(&package->bytes, package->directory.data, package->directory.len);
    put32(&package->bytes, 0x06054b50);
    put32(&package->bytes, 0);
    put16(&package->bytes, package->part_count);
    put16(&package->bytes, package->part_count);
    put32(&package->bytes, (uint32_t)package->directory.len);
    put32(&package->bytes, offset);
    put16(&package->bytes, 0);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Overwrites, and copies from elsewhere in the part: a name, an element, a record again. */
static void change(struct buf *part, uint32_t *seed)
{
    for (unsigned left = next_random(seed) % 4; left > 0 && part->len > 0; left--) {
        size_t at = next_random(seed) % part->len, from = next_random(seed) % part->len;
        size_t len = 1 + next_random(seed) % 32, later = at > from ? at : from;

        if (next_random(seed) % 3 > 0)
            part->data[at] = (char)next_random(seed);
        else if (later + len <= part->len)
            memmove(part->data + at, part->data + from, len);
        else
            part->len = at; /* cut off */
    }
    part->data[part->len] = '\0';
}

static const struct extractor *best_extractor(struct span bytes)
{
    const char *type = zip_package_type(bytes);
    struct bid_input input = {
        .head = bytes, .media_type = type ? type : "", .name = "", .extension = ""
    };
    const struct extractor *best = NULL;
    int most = 0;

    for (size_t i = 0; builtin_extractors[i]; i++) {
        int bid = builtin_extractors[i]->bid(&input);

        if (bid > most) {
            most = bid;
            best = builtin_extractors[i];
        }
    }
    return best;
}

static void repack(struct zip *zip, uint32_t seed, struct package *package)
{
    for (size_t i = 0; i < zip_count(zip) && i < PARTS_MAX; i++) {
        CLEANUP(buf_release) struct buf part = BUF_INIT(PART_BYTES_MAX);

        (void)!zip_read(zip, i, &part, NULL);
        if (part.len > 0 && next_random(&seed) % CHANGED_EACH == 0)
            change(&part, &seed);
        add_part(package, zip_name(zip, i), buf_span(&part));
    }
    end_package(package);
}

static void package_release(struct package *package)
{
    buf_release(&package->bytes);
    buf_release(&package->directory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(package_release)
    struct package package = {
        .bytes = BUF_INIT((size_t)32 << 20),
        .directory = BUF_INIT((size_t)1 << 20),
    };
    const struct extractor *extractor;
    struct zip *zip = NULL;
    uint32_t seed = 2166136261u; /* FNV-1a of the input */

    for (size_t i = 0; i < size; i++)
        seed = (seed ^ data[i]) * 16777619u;
    if (zip_open((struct span){ (const char *)data, size }, &zip, NULL))
        return 0;
    repack(zip, seed, &package);
    zip_free(zip);
    extractor = best_extractor(buf_span(&package.bytes));
    if (extractor && !package.bytes.failed)
        fuzz_extractor(extractor, (const uint8_t *)package.bytes.data, package.bytes.len);
    return 0;
}
