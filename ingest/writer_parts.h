/*
 * writer_parts.h - what the files of the writer share. For ingest/writer*.c only.
 *
 *   writer.c           events of an extractor ─▶ text, blocks, regions, links
 *   writer_emphasis.c  how words look
 *   writer_source.c    a text that is the file itself, and its blocks
 *   writer_finish.c    what stands beside the text (pages, metadata, hidden text), and the outcome
 */
#ifndef INGEST_WRITER_PARTS_H
#define INGEST_WRITER_PARTS_H

#include "ingest/writer.h"

#define FRAME_DEPTH_MAX    64u
#define LABELS_BYTES_MAX   ((size_t)16 << 20)
#define LINK_BYTES_MAX     2048u
#define METADATA_BYTES_MAX 8192u
#define LEVEL_COUNT        7u

/* An open block. A leaf becomes a block of the array when its first character arrives, so that
 * empty ones leave nothing, and so that a leaf which another interrupted goes on as a further
 * block. */
struct frame {
    enum block_kind kind;
    uint8_t level;
    uint16_t flags;
    uint32_t label;
    uint32_t block;   /* index of the block it is now, or BLOCK_NONE */
    bool is_implicit; /* a row or cell that the document left out: ends with the next real one */
    bool was_interrupted;
    bool is_inner_cell; /* of a table inside a cell, which is only text there */
    size_t text_before; /* tables, rows, cells: bytes of text when it began */
};

/* What must stand between the last character written and the next one. */
enum gap { GAP_NONE, GAP_SPACE, GAP_CELL, GAP_LINE, GAP_BLOCK };

struct writer {
    struct buf text, hidden, labels;
    size_t text_bytes_max;
    enum status failed;
    bool is_full, is_partial, is_source;
    bool is_span_dropped;       /* the last one: behind the end of the text */
    enum status problem_status; /* of the first problem, where that made it partial */
    char reason[240];
    char charset[32];

    struct frame frames[FRAME_DEPTH_MAX];
    unsigned depth;
    unsigned depth_dropped; /* begins past the deepest frame, whose ends must be passed over */
    enum gap gap;
    uint32_t open_heading[LEVEL_COUNT]; /* per level: its newest heading, BLOCK_NONE: none */

    struct region region; /* what comes next stands here */
    bool has_region;
    size_t open_region; /* index + 1 of the region that grows; 0: none */
    uint32_t link_target;
    uint32_t link_start; /* BLOCK_NONE: no character of the link was written yet */
    bool is_in_link;

    unsigned emphasis;                         /* bits: kinds that hold for what comes next */
    unsigned emphasis_begun;                   /* bits: kinds that were off since their last text */
    size_t last_emphasis[EMPHASIS_KIND_COUNT]; /* index + 1 of the newest of a kind; 0: none */

    struct block *blocks;
    size_t block_count, block_capacity;
    struct region *regions;
    size_t region_count, region_capacity;
    struct link *links;
    size_t link_count, link_capacity;
    struct emphasis *emphases;
    size_t emphasis_count, emphasis_capacity;
    struct source_run *runs;
    size_t run_count, run_capacity;
    struct page *pages;
    size_t page_count, page_capacity;
    struct metadata *metadata;
    size_t metadata_count, metadata_capacity;
};

/* Keeps a string and gives its offset; 0 for an empty one, and when there is no more room. */
uint32_t writer_keep_label(struct writer *writer, struct span text, size_t bytes_max);
/* The first failure stays: everything after it does nothing. */
bool writer_is_stuck(const struct writer *writer);
void writer_stick_no_memory(struct writer *writer);
/* Appends whole characters as far as the limit allows. */
void writer_append_bytes(struct writer *writer, const char *bytes, size_t len);
/* The text ends at len bytes; regions, links too. */
void writer_cut_text(struct writer *writer, size_t len);
/* A block of no length at text_start, as frame says. BLOCK_NONE: out of memory. */
uint32_t writer_add_block(struct writer *writer, const struct frame *frame, size_t text_start);
uint8_t writer_bounded_level(enum block_kind kind, unsigned level);
/* text[start, ..] was just written to the block that begins at block_start, with a gap before it
 * from gap_start on. Called when any emphasis is on. */
void writer_grow_emphasis(struct writer *writer, uint32_t block_start, size_t gap_start,
                          size_t start);
/* The gap that was just written from there on, in a cell, stands for the end of a line. */
void writer_mark_break(struct writer *writer, size_t start);
/* The text was cut to len bytes. */
void writer_cut_emphasis(struct writer *writer, size_t len);
/* Ends every block and link that is still open. */
void writer_close_all(struct writer *writer);

#endif
