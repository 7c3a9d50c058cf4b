#include "ingest/writer_parts.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/utf8.h"

struct writer *writer_new(size_t text_bytes_max)
{
    struct writer *writer = calloc(1, sizeof(*writer));

    if (!writer)
        return NULL;
    if (text_bytes_max > EXTRACTION_MADE_BYTES_MAX)
        text_bytes_max = EXTRACTION_MADE_BYTES_MAX;
    writer->text_bytes_max = text_bytes_max;
    writer->text = (struct buf)BUF_INIT(text_bytes_max);
    writer->hidden = (struct buf)BUF_INIT(text_bytes_max);
    writer->labels = (struct buf)BUF_INIT(LABELS_BYTES_MAX);
    buf_append_char(&writer->labels, '\0');
    for (size_t i = 0; i < LEVEL_COUNT; i++)
        writer->open_heading[i] = BLOCK_NONE;
    return writer;
}

void writer_free(struct writer *writer)
{
    if (!writer)
        return;
    buf_release(&writer->text);
    buf_release(&writer->hidden);
    buf_release(&writer->labels);
    free(writer->blocks);
    free(writer->regions);
    free(writer->links);
    free(writer->emphases);
    free(writer->runs);
    free(writer->pages);
    free(writer->metadata);
    free(writer);
}

bool writer_is_stuck(const struct writer *writer)
{
    return writer->failed != STATUS_OK;
}

void writer_stick_no_memory(struct writer *writer)
{
    writer->failed = STATUS_NO_MEMORY;
}

uint32_t writer_keep_label(struct writer *writer, struct span text, size_t bytes_max)
{
    size_t start = writer->labels.len;

    if (text.len > bytes_max) {
        text.len = bytes_max;
        while (text.len > 0 && ((unsigned char)text.data[text.len] & 0xC0) == 0x80)
            text.len--;
    }
    if (text.len == 0 || start + 4 * text.len + 1 > LABELS_BYTES_MAX)
        return 0;
    (void)utf8_append_repaired(&writer->labels, text);
    for (size_t i = start; i < writer->labels.len; i++)
        if (writer->labels.data[i] == '\0')
            writer->labels.data[i] = ' ';
    buf_append_char(&writer->labels, '\0');
    if (writer->labels.failed == STATUS_NO_MEMORY)
        writer_stick_no_memory(writer);
    return (uint32_t)start;
}

/* The heading that holds a block of that kind and level, and the new state of the open headings. */
static uint32_t heading_above(struct writer *writer, enum block_kind kind, unsigned level,
                              uint32_t index)
{
    bool is_heading = kind == BLOCK_HEADING || kind == BLOCK_TITLE;
    unsigned own = kind == BLOCK_TITLE ? 0 : level;
    unsigned from = is_heading ? own : LEVEL_COUNT;
    uint32_t above = BLOCK_NONE;

    for (unsigned i = from; i-- > 0;) {
        if (writer->open_heading[i] != BLOCK_NONE) {
            above = writer->open_heading[i];
            break;
        }
    }
    if (is_heading) {
        writer->open_heading[own] = index;
        for (unsigned i = own + 1; i < LEVEL_COUNT; i++)
            writer->open_heading[i] = BLOCK_NONE;
    }
    return above;
}

void writer_headings_end(struct writer *writer)
{
    for (unsigned i = 1; i < LEVEL_COUNT; i++)
        writer->open_heading[i] = BLOCK_NONE;
}

uint8_t writer_bounded_level(enum block_kind kind, unsigned level)
{
    if (kind == BLOCK_HEADING)
        return (uint8_t)(level < 1 ? 1 : level > 6 ? 6 : level);
    if (kind == BLOCK_TITLE)
        return 0;
    return (uint8_t)(level > 255 ? 255 : level);
}

uint32_t writer_add_block(struct writer *writer, const struct frame *frame, size_t text_start)
{
    uint32_t index = (uint32_t)writer->block_count;
    struct block block = {
        .kind = (uint8_t)frame->kind,
        .level = frame->level,
        .flags = frame->flags,
        .text_start = (uint32_t)text_start,
        .text_end = (uint32_t)text_start,
        .label = frame->label,
    };

    if (!array_reserve(&writer->blocks, &writer->block_capacity, writer->block_count)) {
        writer_stick_no_memory(writer);
        return BLOCK_NONE;
    }
    block.heading = heading_above(writer, frame->kind, frame->level, index);
    writer->blocks[writer->block_count++] = block;
    return index;
}

/* ---- text, regions and links ---- */

static void grow_region(struct writer *writer, size_t start)
{
    if (!writer->has_region)
        return;
    if (!writer->open_region) {
        if (!array_reserve(&writer->regions, &writer->region_capacity, writer->region_count)) {
            writer_stick_no_memory(writer);
            return;
        }
        writer->regions[writer->region_count] = writer->region;
        writer->regions[writer->region_count].text_start = (uint32_t)start;
        writer->open_region = ++writer->region_count;
    }
    writer->regions[writer->open_region - 1].text_end = (uint32_t)writer->text.len;
}

void writer_append_bytes(struct writer *writer, const char *bytes, size_t len)
{
    size_t start = writer->text.len, room = writer->text_bytes_max - start;

    if (len > room) {
        len = room;
        while (len > 0 && ((unsigned char)bytes[len] & 0xC0) == 0x80)
            len--;
        writer->is_full = true;
    }
    buf_append(&writer->text, bytes, len);
    if (writer->text.failed == STATUS_NO_MEMORY)
        writer_stick_no_memory(writer);
}

static struct span gap_text(enum gap gap)
{
    static const struct span texts[] = {
        [GAP_NONE] = { "", 0 },   [GAP_SPACE] = { " ", 1 },    [GAP_CELL] = { "; ", 2 },
        [GAP_LINE] = { "\n", 1 }, [GAP_BLOCK] = { "\n\n", 2 },
    };

    return texts[gap];
}

static struct frame *top(struct writer *writer)
{
    return writer->depth ? &writer->frames[writer->depth - 1] : NULL;
}

static bool is_container(enum block_kind kind)
{
    return kind == BLOCK_TABLE || kind == BLOCK_ROW;
}

static struct frame *open_cell(struct writer *writer)
{
    for (unsigned i = writer->depth; i-- > 0;) {
        if (writer->frames[i].kind == BLOCK_CELL)
            return &writer->frames[i];
        if (is_container(writer->frames[i].kind))
            return NULL;
    }
    return NULL;
}

/* A paragraph in a list item is the list item. */
static bool takes_paragraphs(enum block_kind kind)
{
    return kind == BLOCK_LIST_ITEM || kind == BLOCK_QUOTE || kind == BLOCK_FOOTNOTE ||
           kind == BLOCK_CAPTION || kind == BLOCK_TERM;
}

static struct frame *leaf_frame(struct writer *writer)
{
    struct frame *frame = top(writer);

    while (frame && frame->kind == BLOCK_PARAGRAPH && frame > writer->frames &&
           takes_paragraphs(frame[-1].kind)) {
        frame[-1].was_interrupted |= frame->was_interrupted;
        frame--;
    }
    return frame;
}

static bool is_tight(enum block_kind kind)
{
    return kind == BLOCK_LIST_ITEM || kind == BLOCK_FIELD || kind == BLOCK_TERM;
}

static void open_leaf(struct writer *writer)
{
    static const struct frame loose = { .kind = BLOCK_PARAGRAPH, .block = BLOCK_NONE };
    struct frame *frame = leaf_frame(writer);
    struct block *last = writer->block_count ? &writer->blocks[writer->block_count - 1] : NULL;
    struct frame fresh = frame ? *frame : loose;

    if (!frame && writer->depth < FRAME_DEPTH_MAX) {
        frame = &writer->frames[writer->depth++];
        *frame = loose;
    }
    if (writer->text.len > 0) {
        enum gap gap =
            last && last->kind == fresh.kind && is_tight(fresh.kind) && !fresh.was_interrupted
                ? GAP_LINE
                : GAP_BLOCK;
        struct span text = gap_text(gap);

        writer_append_bytes(writer, text.data, text.len);
    }
    writer->gap = GAP_NONE;
    if (fresh.was_interrupted && takes_paragraphs(fresh.kind))
        fresh.flags |= BLOCK_CONTINUES;
    if (writer->is_full || writer_is_stuck(writer))
        return;
    fresh.block = writer_add_block(writer, &fresh, writer->text.len);
    if (frame)
        frame->block = fresh.block;
}

static struct block *block_of(struct writer *writer, const struct frame *frame)
{
    return frame && frame->block != BLOCK_NONE ? &writer->blocks[frame->block] : NULL;
}

/* A cell is one line. What divides the cells of a table inside it is as in cell_text.h, but behind
 * a label that ends in a colon. */
static struct span gap_in_cell(const struct writer *writer)
{
    bool is_label = writer->text.len > 0 && writer->text.data[writer->text.len - 1] == ':';

    return gap_text(writer->gap == GAP_CELL && !is_label ? GAP_CELL : GAP_SPACE);
}

/* Appends len bytes that are shown, behind whatever gap is due. */
static void put_visible(struct writer *writer, const char *bytes, size_t len)
{
    struct frame *frame = open_cell(writer);
    size_t gap_start, start;
    struct block *block;

    if (!frame) {
        frame = leaf_frame(writer);
        if (!frame || frame->block == BLOCK_NONE) {
            open_leaf(writer);
            frame = leaf_frame(writer);
        }
    }
    block = block_of(writer, frame);
    if (!block || writer->is_full || writer_is_stuck(writer))
        return;
    gap_start = writer->text.len;
    if (writer->text.len > block->text_start && writer->gap != GAP_NONE) {
        bool is_cell = frame->kind == BLOCK_CELL;
        struct span text = is_cell ? gap_in_cell(writer) : gap_text(writer->gap);

        writer_append_bytes(writer, text.data, text.len);
        if (is_cell && writer->gap >= GAP_LINE)
            writer_mark_break(writer, gap_start);
    }
    writer->gap = GAP_NONE;
    start = writer->text.len;
    writer_append_bytes(writer, bytes, len);
    block->text_end = (uint32_t)writer->text.len;
    grow_region(writer, start);
    if (writer->emphasis && frame->kind != BLOCK_CODE)
        writer_grow_emphasis(writer, block->text_start, gap_start, start);
    if (writer->is_in_link && writer->link_start == BLOCK_NONE)
        writer->link_start = (uint32_t)start;
}

static void want_gap(struct writer *writer, enum gap gap)
{
    if (gap > writer->gap)
        writer->gap = gap;
}

/* A table or row that gets text directly is given the row and cell that the document left out. */
static void open_implicit_cell(struct writer *writer)
{
    struct frame *frame = top(writer);

    if (frame && frame->kind == BLOCK_TABLE) {
        writer_begin(writer, BLOCK_ROW, 0);
        top(writer)->is_implicit = true;
    }
    frame = top(writer);
    if (frame && frame->kind == BLOCK_ROW) {
        writer_begin(writer, BLOCK_CELL, 0);
        top(writer)->is_implicit = true;
    }
}

static bool is_folded_space(uint32_t c)
{
    return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 || c == 0x2028 ||
           c == 0x2029;
}

static bool is_dropped(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xFEFF;
}

/* ---- eight bytes at once, the first in the lowest ---- */

#define ONES UINT64_C(0x0101010101010101)
#define TOPS (ONES << 7)

static uint64_t eight_bytes(const char *text)
{
    uint64_t bytes;

    memcpy(&bytes, text, sizeof(bytes));
    return le64toh(bytes);
}

/* The top bit of each byte that is not from ' ' to '~'. */
static uint64_t unprintable(uint64_t bytes)
{
    return (bytes | ~((bytes | TOPS) - ONES * ' ') | ((bytes & ~TOPS) + ONES)) & TOPS;
}

/* How many of the eight bytes, from the first on, are from ' ' to '~', with no space beside another
 * one. */
static size_t plain_bytes(uint64_t bytes, bool is_behind_space)
{
    uint64_t unlike_space = bytes ^ ONES * ' ';
    uint64_t spaces = ~(((unlike_space & ~TOPS) + ~TOPS) | unlike_space) & TOPS;
    uint64_t ends = unprintable(bytes) | (spaces & (spaces << 8 | (is_behind_space ? 0x80 : 0)));

    return ends ? (size_t)__builtin_ctzll(ends) / 8 : sizeof(bytes);
}

/* The same of the last bytes of text, of which less than eight are left. */
static size_t plain_end(struct span text, bool is_behind_space)
{
    uint64_t bytes = 0;
    size_t plain;

    for (size_t i = text.len; i-- > 0;)
        bytes = bytes << 8 | (unsigned char)text.data[i];
    plain = plain_bytes(bytes, is_behind_space);
    return plain < text.len ? plain : text.len;
}

/* The bytes up to the next one that folding has to look at: words with one space between them. */
static size_t plain_run(struct span text)
{
    size_t i = 0;

    while (i < text.len) {
        struct span rest = { text.data + i, text.len - i };
        bool is_behind_space = i == 0 || text.data[i - 1] == ' ';
        size_t plain = rest.len < 8 ? plain_end(rest, is_behind_space)
                                    : plain_bytes(eight_bytes(rest.data), is_behind_space);
        size_t len;
        uint32_t c;

        i += plain;
        if (plain == 8 || i == text.len)
            continue;
        if ((unsigned char)text.data[i] < 0x80)
            break;
        while ((len = utf8_letter_bytes(text.data + i, text.len - i)) > 0)
            i += len;
        if (i == text.len || (unsigned char)text.data[i] < 0x80)
            continue;
        len = utf8_decode((struct span){ text.data + i, text.len - i }, &c);
        if (c == UTF8_REPLACEMENT || is_folded_space(c) || is_dropped(c))
            break;
        i += len;
    }
    return i > 0 && text.data[i - 1] == ' ' ? i - 1 : i;
}

/* The bytes up to the next one that code has to look at. */
static size_t plain_code_run(struct span text)
{
    size_t i = 0;

    while (text.len - i >= 8 && !unprintable(eight_bytes(text.data + i)))
        i += 8;
    while (i < text.len && text.data[i] < 0x7F &&
           (text.data[i] >= 0x20 || text.data[i] == '\n' || text.data[i] == '\t'))
        i++;
    return i;
}

/* How many bytes of folded space text begins with. */
static size_t ascii_spaces(struct span text)
{
    size_t i = 0;

    while (i < text.len && (text.data[i] == ' ' || (text.data[i] >= '\t' && text.data[i] <= '\r')))
        i++;
    return i;
}

static void put_folded(struct writer *writer, struct span text)
{
    char bytes[4];

    while (text.len > 0 && !writer->is_full && !writer_is_stuck(writer)) {
        size_t taken = ascii_spaces(text);

        if (taken > 0) {
            want_gap(writer, GAP_SPACE);
        } else if ((taken = plain_run(text)) > 0) {
            put_visible(writer, text.data, taken);
        } else {
            uint32_t c;

            taken = utf8_decode(text, &c);
            if (is_folded_space(c))
                want_gap(writer, GAP_SPACE);
            else if (!is_dropped(c))
                put_visible(writer, bytes, utf8_encode(c, bytes));
        }
        text = (struct span){ text.data + taken, text.len - taken };
    }
}

/* Code keeps its spaces and lines; empty lines in front are dropped here, those behind at the end.
 */
static void put_code(struct writer *writer, struct span text)
{
    char bytes[4];

    while (text.len > 0 && !writer->is_full && !writer_is_stuck(writer)) {
        bool is_started = leaf_frame(writer)->block != BLOCK_NONE;
        size_t taken = is_started ? plain_code_run(text) : 0;

        if (taken > 0) {
            put_visible(writer, text.data, taken);
        } else {
            uint32_t c;

            taken = utf8_decode(text, &c);
            if (c == '\r') {
                c = '\n';
                taken = text.len > 1 && text.data[1] == '\n' ? 2 : 1;
            }
            if ((c == '\n' || c == '\t' || !is_dropped(c)) && (c != '\n' || is_started))
                put_visible(writer, bytes, utf8_encode(c, bytes));
        }
        text = (struct span){ text.data + taken, text.len - taken };
    }
}

void writer_text(struct writer *writer, struct span utf8)
{
    struct frame *frame;

    if (writer_is_stuck(writer) || writer->is_full || utf8.len == 0)
        return;
    frame = top(writer);
    if (frame && is_container(frame->kind)) {
        size_t i = 0;

        while (i < utf8.len && strchr(" \t\r\n\f", utf8.data[i]) && utf8.data[i])
            i++;
        if (i == utf8.len)
            return;
        open_implicit_cell(writer);
        frame = top(writer);
    }
    if (frame && frame->kind == BLOCK_CODE && !open_cell(writer))
        put_code(writer, utf8);
    else
        put_folded(writer, utf8);
}

void writer_break(struct writer *writer)
{
    struct frame *frame = top(writer);

    if (writer_is_stuck(writer))
        return;
    if (frame && frame->kind == BLOCK_CODE && !open_cell(writer))
        put_code(writer, (struct span){ "\n", 1 });
    else
        want_gap(writer, GAP_LINE);
}

/* ---- blocks ---- */

/* Drops white space that ended up at the end of a block. */
static void trim_block(struct writer *writer, const struct frame *frame)
{
    struct block *block = block_of(writer, frame);

    if (!block || frame->kind != BLOCK_CODE)
        return;
    while (block->text_end > block->text_start &&
           strchr(" \t\n", writer->text.data[block->text_end - 1]))
        block->text_end--;
}

void writer_cut_text(struct writer *writer, size_t len)
{
    writer->text.len = len;
    if (writer->text.capacity)
        writer->text.data[len] = '\0';
    while (writer->region_count > 0 && writer->regions[writer->region_count - 1].text_start >= len)
        writer->region_count--;
    if (writer->region_count > 0 && writer->regions[writer->region_count - 1].text_end > len)
        writer->regions[writer->region_count - 1].text_end = (uint32_t)len;
    writer->open_region = 0;
    while (writer->link_count > 0 && writer->links[writer->link_count - 1].text_end > len)
        writer->link_count--;
    if (writer->link_start != BLOCK_NONE && writer->link_start >= len)
        writer->link_start = BLOCK_NONE;
    writer_cut_emphasis(writer, len);
}

/* A row without a word, or a table without a row, leaves nothing. */
static void end_container(struct writer *writer, struct frame *frame)
{
    struct block *block = block_of(writer, frame);
    bool is_empty = true;

    if (!block)
        return;
    for (size_t i = frame->block + 1; i < writer->block_count; i++)
        if (writer->blocks[i].kind != BLOCK_CELL ||
            writer->blocks[i].text_end > writer->blocks[i].text_start)
            is_empty = false;
    if (is_empty) {
        writer->block_count = frame->block;
        writer_cut_text(writer, frame->text_before);
        return;
    }
    if (frame->kind == BLOCK_ROW)
        block->text_end = (uint32_t)writer->text.len;
    else
        block->text_end = writer->blocks[writer->block_count - 1].text_end;
    if (frame->kind == BLOCK_TABLE)
        for (size_t i = frame->block + 1; i < writer->block_count; i++)
            if (writer->blocks[i].kind == BLOCK_ROW && writer->blocks[i].text_end > block->text_end)
                block->text_end = writer->blocks[i].text_end;
}

/* Is a row of a table inside a cell being written? It goes on one line. */
static bool is_in_inner_cell(struct writer *writer)
{
    for (unsigned i = writer->depth; i-- > 0;)
        if (writer->frames[i].is_inner_cell)
            return true;
    return false;
}

/* Between what stands in a cell: cells of a table inside it, what those hold, or paragraphs. */
static enum gap inner_gap(struct writer *writer, bool is_inner_cell)
{
    if (is_inner_cell)
        return GAP_CELL;
    return is_in_inner_cell(writer) ? GAP_SPACE : GAP_LINE;
}

static void close_top(struct writer *writer)
{
    struct frame *frame = top(writer);

    if (is_container(frame->kind))
        end_container(writer, frame);
    else
        trim_block(writer, frame);
    writer->depth--;
    if (!open_cell(writer))
        writer->gap = GAP_NONE;
    else
        want_gap(writer, inner_gap(writer, frame->is_inner_cell));
    if (writer->depth > 0 && !is_container(top(writer)->kind) && top(writer)->kind != BLOCK_CELL) {
        struct frame *outer = top(writer);

        if (outer->block != BLOCK_NONE && frame->block != BLOCK_NONE)
            outer->was_interrupted = true;
    }
}

static void interrupt(struct writer *writer, struct frame *frame)
{
    if (is_container(frame->kind) || frame->kind == BLOCK_CELL || frame->block == BLOCK_NONE)
        return;
    trim_block(writer, frame);
    frame->block = BLOCK_NONE;
    frame->was_interrupted = true;
    writer->gap = GAP_NONE;
}

static void begin_container(struct writer *writer, struct frame *frame)
{
    frame->text_before = writer->text.len;
    frame->block = writer_add_block(writer, frame, writer->text.len);
}

/* The first cell of a row puts what separates the row from what stands before it. */
static void begin_cell(struct writer *writer, struct frame *cell)
{
    struct frame *row = cell - 1;
    struct block *row_block = block_of(writer, row), *table_block;
    bool is_first = row_block && row->block + 1 == writer->block_count;
    bool is_first_row =
        row > writer->frames && block_of(writer, row - 1) && row[-1].block + 1 == row->block;

    if (!row_block)
        return;
    if (!is_first)
        writer_append_bytes(writer, "\t", 1);
    else if (writer->text.len > 0)
        writer_append_bytes(writer, "\n\n", is_first_row ? 2 : 1);
    if (is_first) {
        row_block->text_start = row_block->text_end = (uint32_t)writer->text.len;
        table_block = is_first_row ? block_of(writer, row - 1) : NULL;
        if (table_block)
            table_block->text_start = table_block->text_end = (uint32_t)writer->text.len;
    }
    writer->gap = GAP_NONE;
    cell->block = writer_add_block(writer, cell, writer->text.len);
}

static void close_implicit(struct writer *writer, enum block_kind kind)
{
    while (writer->depth > 0 && top(writer)->is_implicit &&
           (kind == BLOCK_ROW || (kind == BLOCK_CELL && top(writer)->kind == BLOCK_CELL)))
        close_top(writer);
}

/* Tables inside a cell, and rows or cells outside a table, are only text. */
static enum block_kind fitting_kind(struct writer *writer, enum block_kind kind)
{
    struct frame *outer = top(writer);

    if (open_cell(writer))
        return BLOCK_PARAGRAPH;
    if (kind == BLOCK_ROW && (!outer || outer->kind != BLOCK_TABLE))
        return BLOCK_PARAGRAPH;
    if (kind == BLOCK_CELL && (!outer || outer->kind != BLOCK_ROW))
        return BLOCK_PARAGRAPH;
    return kind;
}

void writer_begin(struct writer *writer, enum block_kind kind, unsigned level)
{
    struct frame *frame, *outer;
    bool is_inner_cell;

    assert(!writer->is_source);
    if (writer_is_stuck(writer))
        return;
    if (writer->depth == FRAME_DEPTH_MAX) {
        writer->depth_dropped++;
        want_gap(writer, GAP_SPACE);
        return;
    }
    close_implicit(writer, kind);
    if (kind == BLOCK_CELL && top(writer) && top(writer)->kind == BLOCK_TABLE) {
        writer_begin(writer, BLOCK_ROW, 0);
        top(writer)->is_implicit = true;
    } else if (top(writer) && is_container(top(writer)->kind) && kind != BLOCK_CELL &&
               (kind != BLOCK_ROW || top(writer)->kind == BLOCK_ROW)) {
        open_implicit_cell(writer);
    }
    if (writer->depth == FRAME_DEPTH_MAX) {
        writer->depth_dropped++;
        return;
    }
    outer = top(writer);
    is_inner_cell = kind == BLOCK_CELL && open_cell(writer);
    kind = fitting_kind(writer, kind);
    if (open_cell(writer))
        want_gap(writer, inner_gap(writer, is_inner_cell));
    else if (outer)
        interrupt(writer, outer);
    frame = &writer->frames[writer->depth++];
    *frame = (struct frame){ .kind = kind,
                             .level = writer_bounded_level(kind, level),
                             .block = BLOCK_NONE,
                             .is_inner_cell = is_inner_cell };
    if (is_container(kind))
        begin_container(writer, frame);
    else if (kind == BLOCK_CELL)
        begin_cell(writer, frame);
}

void writer_end(struct writer *writer)
{
    if (writer_is_stuck(writer))
        return;
    if (writer->depth_dropped > 0) {
        writer->depth_dropped--;
        return;
    }
    while (writer->depth > 0 && top(writer)->is_implicit)
        close_top(writer);
    if (writer->depth > 0)
        close_top(writer);
}

void writer_flags(struct writer *writer, unsigned block_flags)
{
    struct frame *frame = leaf_frame(writer);
    struct block *block = block_of(writer, frame);

    if (writer_is_stuck(writer) || writer->is_span_dropped)
        return;
    if (writer->is_source && writer->block_count > 0)
        block = &writer->blocks[writer->block_count - 1];
    else if (frame)
        frame->flags |= (uint16_t)block_flags;
    if (block)
        block->flags |= (uint16_t)block_flags;
}

void writer_label(struct writer *writer, struct span label)
{
    struct frame *frame = leaf_frame(writer);
    struct block *block = block_of(writer, frame);
    uint32_t kept;

    if (writer_is_stuck(writer) || writer->is_span_dropped)
        return;
    kept = writer_keep_label(writer, label, EXTRACTION_LABEL_BYTES_MAX);
    if (writer->is_source && writer->block_count > 0)
        block = &writer->blocks[writer->block_count - 1];
    else if (frame)
        frame->label = kept;
    if (block)
        block->label = kept;
}

void writer_block(struct writer *writer, enum block_kind kind, unsigned level, struct span utf8)
{
    writer_begin(writer, kind, level);
    writer_text(writer, utf8);
    writer_end(writer);
}

/* A link that runs a program leads nowhere. */
static bool is_program(struct span target)
{
    static const char *const schemes[] = { "javascript:", "vbscript:" };

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (target.len >= strlen(schemes[i]) &&
            strncasecmp(target.data, schemes[i], strlen(schemes[i])) == 0)
            return true;
    return false;
}

void writer_link_begin(struct writer *writer, struct span target)
{
    if (writer_is_stuck(writer))
        return;
    writer_link_end(writer);
    if (is_program(target))
        return;
    writer->link_target = writer_keep_label(writer, target, LINK_BYTES_MAX);
    writer->link_start = BLOCK_NONE;
    writer->is_in_link = writer->link_target != 0;
}

void writer_link_end(struct writer *writer)
{
    if (writer_is_stuck(writer) || !writer->is_in_link)
        return;
    writer->is_in_link = false;
    if (writer->link_start == BLOCK_NONE || writer->link_start >= writer->text.len)
        return;
    if (!array_reserve(&writer->links, &writer->link_capacity, writer->link_count)) {
        writer_stick_no_memory(writer);
        return;
    }
    writer->links[writer->link_count++] = (struct link){
        .text_start = writer->link_start,
        .text_end = (uint32_t)writer->text.len,
        .target = writer->link_target,
    };
}

void writer_region(struct writer *writer, uint32_t page, const float box[4], struct span label)
{
    struct region region = { .page = page };

    if (writer_is_stuck(writer))
        return;
    if (box) {
        region.x0 = box[0];
        region.y0 = box[1];
        region.x1 = box[2];
        region.y1 = box[3];
    }
    region.label = writer_keep_label(writer, label, EXTRACTION_LABEL_BYTES_MAX);
    writer->region = region;
    writer->has_region = true;
    writer->open_region = 0;
}

void writer_region_none(struct writer *writer)
{
    writer->has_region = false;
    writer->open_region = 0;
}

void writer_close_all(struct writer *writer)
{
    while (writer->depth > 0)
        close_top(writer);
    writer_link_end(writer);
}
