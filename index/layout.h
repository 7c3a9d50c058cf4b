/*
 * layout.h - what a revision consists of: its segments in order, and where each stands.
 *
 * Stored as one blob per revision. Numbers are zigzag varints, column after column, each as the
 * difference from what its neighbours foretell, so that zstd finds little to store:
 *
 *   version u8 · flags · segments n · boxes b · strings s · metadata m · chunks dropped, if flagged
 *   string lengths s · string bytes · metadata (name, value) m · columns of n · columns of b · keys
 * 8 n
 *
 * String 0 is empty. Only for index/.
 */
#ifndef INDEX_LAYOUT_H
#define INDEX_LAYOUT_H

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "index/internal.h"

#define LAYOUT_BYTES_MAX ((size_t)256 << 20) /* unpacked; and of what is read from it */

enum layout_flags {
    LAYOUT_IS_FILE_RANGE = 1 << 0, /* source ranges are bytes of the file */
    LAYOUT_HAS_HIDDEN = 1 << 1,
    LAYOUT_HAS_DROPPED = 1 << 2, /* set by layout_encode() */
};

struct layout_box {
    uint32_t page, label; /* label: a string */
    float x0, y0, x1, y1; /* kept to a tenth of a point */
};

struct layout_segment {
    int64_t segment_id, input_id;
    struct index_key key;          /* of the embedded input */
    uint32_t text_start, text_end; /* of the extracted text */
    uint64_t source_start, source_end;
    uint32_t heading, repeat; /* strings: heading path; a table's header put in front */
    uint32_t first_page, last_page;
    uint32_t kind; /* enum block_kind of its first block */
    uint32_t token_count;
    uint32_t box_start, box_count;
};

struct layout_pair {
    uint32_t name, value; /* strings */
};

struct layout {
    unsigned flags;
    uint32_t chunks_dropped; /* not among the segments: they said nothing, or nothing new */
    struct layout_segment *segments;
    size_t segment_count;
    struct layout_box *boxes;
    size_t box_count;
    struct span *strings;
    size_t string_count;
    struct layout_pair *metadata;
    size_t metadata_count;
};

struct span layout_string(const struct layout *layout, uint32_t string);
/* The position of a segment; segment_count when it is not in it. */
size_t layout_find(const struct layout *layout, int64_t segment_id);

/* Appends; out's errors stick. */
void layout_encode(const struct layout *layout, struct buf *out);
/* All memory, bytes included, comes from arena. STATUS_CORRUPT: bytes are no layout. */
NODISCARD enum status layout_decode(struct span bytes, struct arena *arena, struct layout *out,
                                    struct error *err);

#endif
