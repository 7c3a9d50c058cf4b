/*
 * texts.h - what is embedded (heading path, repeated header, text), by its input id, many to a
 * block.
 *
 * A block is one row of `text`: zstd over
 *
 *   count varint · (id, as the difference from the one before; bytes) varints · the texts
 *
 * Its row is named by its first id; ids ascend within a block and from block to block, so that the
 * block of an id is the last one whose name is not greater. Texts that stand together are alike:
 * a block takes two thirds of the room that its texts took one by one.
 *
 *  1. An input has exactly one text, a text has an input. What is forgotten leaves its block in the
 *     same transaction: no byte of it waits there for others to go.
 *  2. A text never changes, and its id is never given out again.
 *  3. A block of less than TEXTS_OPEN_BYTES at the end is made longer by the next commit, so that a
 *     thousand small commits do not leave a thousand small blocks.
 *  4. When there is time, full blocks are packed together by six, with more effort (tidy.h): a
 *     sixth less. The names of all but the first go.
 *
 * Tests: test_texts.c (each), test_store_model.c (1, 2), test_verify.c (damage). Only for index/.
 */
#ifndef INDEX_TEXTS_H
#define INDEX_TEXTS_H

#include "index/internal.h"

#define TEXTS_BLOCK_BYTES ((size_t)64 << 10) /* of texts, unpacked; one text may be longer */
#define TEXTS_OPEN_BYTES  ((size_t)16 << 10)

struct texts; /* one for an index: the block that is written, and the one that was read last */

NODISCARD struct texts *texts_new(void); /* NULL: out of memory */
void texts_free(struct texts *texts);    /* NULL is fine */

/* Replaces out's content. STATUS_CORRUPT: it is missing, or its block is damaged. */
NODISCARD enum status texts_load(struct index *index, int64_t input_id, struct buf *out,
                                 struct error *err);
/* The same without what stands behind it in its block, the block's checksum too: half the cost. For
 * whoever compares the text with its key, texts_check(). */
NODISCARD enum status texts_load_unchecked(struct index *index, int64_t input_id, struct buf *out,
                                           struct error *err);
/* STATUS_CORRUPT: it is another text that has this key. */
NODISCARD enum status texts_check(const struct index *index, int64_t input_id, struct span text,
                                  const struct index_key *key, struct error *err);

/* The next four in the store's transaction. input_id is greater than any before. */
NODISCARD enum status texts_put(struct index *index, int64_t input_id, struct span text,
                                struct error *err);
NODISCARD enum status texts_forget(struct index *index, int64_t input_id, struct error *err);
/* Before the commit, and before anything reads the table `text` itself. */
NODISCARD enum status texts_flush(struct index *index, struct error *err);
void texts_rollback(struct index *index);
/* In a transaction that puts and forgets nothing: packs the next blocks behind *after together, and
 * smaller; *after becomes the last of them, or one that is damaged, which stays as it is. *is_done:
 * there were none. */
NODISCARD enum status texts_pack(struct index *index, int64_t *after, bool *is_done,
                                 struct error *err);

/* A block that can't be read can't be written again without what is forgotten of it: it stays, and
 * so do those bytes; or, where that is wanted, it goes with all that it holds. */
void texts_drop_damaged_blocks(struct index *index, bool is_wanted);
/* Such blocks since it was asked last, those that texts_pack() passed over among them. */
uint64_t texts_take_damaged(struct index *index);

/* Takes out the blocks that can't be read, and with them their texts. */
NODISCARD enum status texts_drop_damaged(struct index *index, uint64_t *count, struct error *err);

/* A row of `input`, a text, or both. */
struct text_found {
    int64_t input_id, key; /* key: of its row */
    bool has_row, has_text;
    struct span text; /* lent for the call */
};
typedef enum status text_found_fn(void *user, const struct text_found *found, struct error *err);

/* By id, each row of `input` and each text once. With step, the blocks whose names are above whole
 * are looked at only one in so many, and nothing is told of the others. */
NODISCARD enum status texts_each(struct index *index, int64_t whole, unsigned step,
                                 text_found_fn *fn, void *user, struct error *err);

#endif
