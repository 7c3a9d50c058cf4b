/*
 * charsmap.h - SentencePiece's table of replacements ("precompiled_charsmap").
 *
 * A little-endian u32 with the size in bytes of a double-array trie, the trie's units (u32 each),
 * then the replacements, each ending in a NUL. At each place of a text the longest key that the
 * text goes on with is replaced. The units are those of the darts-clone library:
 *   bit 31: a leaf, its value in bits 0..30; else
 *   bits 0..7: label; bit 8: a leaf hangs below; bit 9: shift the offset by 8; bits 10..30: offset.
 */
#ifndef MODEL_CHARSMAP_H
#define MODEL_CHARSMAP_H

#include <stdint.h>

#include "base/buf.h"

struct charsmap {
    struct buf bytes;
    size_t unit_count;
    struct span replacements;
};

/* Takes the decoded table over. STATUS_MALFORMED: sizes that do not fit. */
NODISCARD enum status charsmap_take(struct charsmap *self, struct buf *bytes, struct error *err);
void charsmap_apply(const struct charsmap *self, struct span text, struct buf *out);
void charsmap_release(struct charsmap *self);

#endif
