/*
 * text_block.h - a block of texts in memory, and as the bytes that a row of `text` has packed
 * (texts.h says how they lie).
 *
 * Appending that fails sticks in bytes and entries: buf_status() of both before a block is written.
 * Tests: test_texts.c. Only for index/texts.c.
 */
#ifndef INDEX_TEXT_BLOCK_H
#define INDEX_TEXT_BLOCK_H

#include <stdint.h>

#include "base/buf.h"

#define TEXT_BLOCK_BYTES_MAX   ((size_t)512 << 20)
#define TEXT_BLOCK_ENTRIES_MAX ((size_t)256 << 20)

struct text_entry {
    int64_t input_id;
    size_t start, len; /* of the block's bytes */
};

struct text_block {
    int64_t name;       /* its row; 0: it has none */
    struct buf bytes;   /* texts, and whatever stands before them */
    struct buf entries; /* struct text_entry, by input_id */
    size_t text_bytes;
};

#define TEXT_BLOCK_INIT                                                                            \
    {                                                                                              \
        .bytes = BUF_INIT(TEXT_BLOCK_BYTES_MAX), .entries = BUF_INIT(TEXT_BLOCK_ENTRIES_MAX)       \
    }
void text_block_clear(struct text_block *block); /* its memory stays */
void text_block_release(struct text_block *block);

/* input_id is greater than those of the block. */
void text_block_add(struct text_block *block, int64_t input_id, struct span text);

/* Lent until the block changes. */
size_t text_block_count(const struct text_block *block);
struct text_entry *text_block_entries(const struct text_block *block);
const struct text_entry *text_block_find(const struct text_block *block, int64_t input_id);
struct span text_block_text(const struct text_block *block, const struct text_entry *entry);

void text_block_encode(const struct text_block *block, struct buf *out); /* replaces its content */

enum text_block_decoded {
    TEXT_BLOCK_WHOLE,
    TEXT_BLOCK_IN_PART, /* block->bytes end within the list of texts */
    TEXT_BLOCK_NONE,    /* damaged; or entries.failed: no memory */
};
/* The entries of block->bytes, which a row gave: all of its len bytes, or as many as there are. */
enum text_block_decoded text_block_decode(struct text_block *block, size_t len);

#endif
