#include "index/text_block.h"

#include <stdlib.h>

#include "base/varint.h"
#include "index/schema.h"

size_t text_block_count(const struct text_block *block)
{
    return block->entries.len / sizeof(struct text_entry);
}

struct text_entry *text_block_entries(const struct text_block *block)
{
    return (struct text_entry *)(void *)block->entries.data; /* malloc'd: aligned */
}

void text_block_clear(struct text_block *block)
{
    block->name = 0;
    block->text_bytes = 0;
    buf_clear(&block->bytes);
    buf_clear(&block->entries);
}

void text_block_release(struct text_block *block)
{
    buf_release(&block->bytes);
    buf_release(&block->entries);
}

void text_block_add(struct text_block *block, int64_t input_id, struct span text)
{
    struct text_entry entry = { input_id, block->bytes.len, text.len };

    buf_append(&block->bytes, text.data, text.len);
    buf_append(&block->entries, &entry, sizeof(entry));
    block->text_bytes += text.len;
}

static int compare_entries(const void *a, const void *b)
{
    int64_t x = ((const struct text_entry *)a)->input_id;
    int64_t y = ((const struct text_entry *)b)->input_id;

    return (x > y) - (x < y);
}

const struct text_entry *text_block_find(const struct text_block *block, int64_t input_id)
{
    struct text_entry key = { .input_id = input_id };
    size_t count = text_block_count(block);

    return count ? bsearch(&key, block->entries.data, count, sizeof(key), compare_entries) : NULL;
}

struct span text_block_text(const struct text_block *block, const struct text_entry *entry)
{
    return (struct span){ block->bytes.data + entry->start, entry->len };
}

void text_block_encode(const struct text_block *block, struct buf *out)
{
    const struct text_entry *entries = text_block_entries(block);
    size_t count = text_block_count(block);
    int64_t before = block->name;

    buf_clear(out);
    varint_append(out, count);
    for (size_t i = 0; i < count; i++) {
        varint_append(out, (uint64_t)(entries[i].input_id - before));
        varint_append(out, entries[i].len);
        before = entries[i].input_id;
    }
    for (size_t i = 0; i < count; i++)
        buf_append(out, block->bytes.data + entries[i].start, entries[i].len);
}

enum text_block_decoded text_block_decode(struct text_block *block, size_t len)
{
    enum text_block_decoded part = block->bytes.len < len ? TEXT_BLOCK_IN_PART : TEXT_BLOCK_NONE;
    struct varint_reader in = { (const uint8_t *)block->bytes.data,
                                (const uint8_t *)block->bytes.data + block->bytes.len, false };
    uint64_t count = varint_take(&in);
    int64_t input_id = block->name;
    size_t start;

    buf_clear(&block->entries);
    block->text_bytes = 0;
    for (uint64_t i = 0; i < count && !in.failed; i++) {
        uint64_t step = varint_take(&in);
        struct text_entry entry = { .len = varint_take(&in) };

        /* Ids are below 2^40 (schema.h). */
        if ((step == 0 && i > 0) || step > (uint64_t)1 << VECTOR_MODEL_SHIFT ||
            entry.len > len - block->text_bytes)
            return in.failed ? part : TEXT_BLOCK_NONE;
        input_id += (int64_t)step;
        entry.input_id = input_id;
        entry.start = block->text_bytes;
        block->text_bytes += entry.len;
        buf_append(&block->entries, &entry, sizeof(entry));
    }
    start = (size_t)(in.at - (const uint8_t *)block->bytes.data);
    if (in.failed)
        return part;
    if (block->entries.failed || block->text_bytes != len - start)
        return TEXT_BLOCK_NONE;
    for (size_t i = 0; i < text_block_count(block); i++)
        text_block_entries(block)[i].start += start;
    return TEXT_BLOCK_WHOLE;
}
