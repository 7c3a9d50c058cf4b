#include "chunkers/units.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "chunkers/long_text.h"
#include "chunkers/sentence_split.h"
#include "chunkers/similarity.h"

#define WINDOW_UNITS_MAX   32768u
#define WINDOW_UNITS_MEAN  4096u  /* one paragraph's start in so many ends a window */
#define BYTES_PER_SIZE     16u    /* text with few tokens for its bytes counts as if it had more */
#define SIZE_LEAST         2u     /* of a unit, so that a chunk has not too many of them */
#define GROUP_BYTES        48u    /* of words, where a clause alone is over the maximum */
#define SENTENCE_BYTES_MAX 65536u /* a longer one is taken in parts */
#define PATH_BYTES_MAX     8192u

struct unit_reader {
    const struct extraction *extraction;
    const struct chunk_options *options;
    unsigned flags;
    struct similarity *similarity; /* NULL without UNITS_MEANING */
    bool counts_by_meaning;        /* one pass gives both */

    size_t block;   /* the next block to read */
    bool is_inside; /* of it: the window ended there, go on at offset, with cut */
    size_t offset;
    enum cut cut;
    size_t last_block; /* the leaf before it, or SIZE_MAX */
    bool saw_rule;     /* between them */
    uint32_t heading;  /* whose path was counted last */
    uint32_t path_tokens;
    uint32_t usable_heading; /* heading, or BLOCK_NONE when its path is too long */
    struct buf path;

    size_t table_end;  /* text offset where the table we are in ends */
    size_t body_start; /* where its rows below the header begin */
    bool has_header;   /* to repeat: header is set */
    struct unit_table header;

    size_t previous_end; /* of the last unit's text; 0: none */
    struct units *out;   /* during unit_reader_next() */
    enum status failed;
};

DEFINE_POINTER_CLEANUP(struct unit_reader, unit_reader_free);
DEFINE_POINTER_CLEANUP(struct long_text, long_text_free);

enum status unit_reader_new(const struct extraction *extraction,
                            const struct chunk_options *options, unsigned flags,
                            struct unit_reader **out, struct error *err)
{
    CLEANUP(unit_reader_free_ptr) struct unit_reader *reader = calloc(1, sizeof(*reader));

    if (!reader)
        return error_set(err, STATUS_NO_MEMORY, "cannot begin to chunk");
    reader->extraction = extraction;
    reader->options = options;
    reader->flags = flags;
    reader->last_block = SIZE_MAX;
    reader->heading = reader->usable_heading = BLOCK_NONE;
    reader->path = (struct buf)BUF_INIT(PATH_BYTES_MAX);
    if (flags & UNITS_MEANING) {
        const char *a = options->meaning->fingerprint, *b = options->counter->fingerprint;

        reader->similarity = similarity_new(options->meaning);
        if (!reader->similarity)
            return error_set(err, STATUS_NO_MEMORY, "cannot begin to chunk");
        reader->counts_by_meaning = strcmp(a, b) == 0;
    }
    *out = TAKE(reader);
    return STATUS_OK;
}

void unit_reader_free(struct unit_reader *reader)
{
    if (!reader)
        return;
    similarity_free(reader->similarity);
    buf_release(&reader->path);
    free(reader);
}

void units_release(struct units *units)
{
    free(units->items);
    free(units->tables);
    *units = (struct units){ 0 };
}

static struct span text_between(const struct unit_reader *reader, size_t start, size_t end)
{
    return (struct span){ reader->extraction->text.data + start, end - start };
}

static size_t count_tokens(const struct unit_reader *reader, size_t start, size_t end)
{
    const struct token_counter *counter = reader->options->counter;

    return end > start ? counter->count(counter, text_between(reader, start, end)) : 0;
}

static bool grow(void **items, size_t *capacity, size_t item_bytes)
{
    size_t wanted = *capacity ? *capacity * 2 : 256;
    void *moved = realloc(*items, wanted * item_bytes);

    if (!moved)
        return false;
    *items = moved;
    *capacity = wanted;
    return true;
}

/* 1 + the index of the current table's header in this window's tables. */
static uint32_t header_index(struct unit_reader *reader)
{
    struct units *units = reader->out;
    void *tables = units->tables;

    if (units->table_count > 0 &&
        units->tables[units->table_count - 1].text_start == reader->header.text_start)
        return (uint32_t)units->table_count;
    if (units->table_count == units->table_capacity) {
        if (!grow(&tables, &units->table_capacity, sizeof(*units->tables))) {
            reader->failed = STATUS_NO_MEMORY;
            return 0;
        }
        units->tables = tables;
    }
    units->tables[units->table_count++] = reader->header;
    return (uint32_t)units->table_count;
}

/* White space and list marks rarely have tokens: look before counting. */
static size_t gap_tokens(const struct unit_reader *reader, size_t start, size_t end)
{
    if (start == 0 || space_skip((struct span){ reader->extraction->text.data, end }, start) == end)
        return 0;
    return count_tokens(reader, start, end);
}

/* Whether the window ends before this unit: its own text decides. If so, the next window begins
 * with it. */
static bool ends_window(struct unit_reader *reader, size_t start, size_t end, enum cut cut)
{
    bool is_place =
        cut >= CUT_PARAGRAPH || cut == CUT_ROW || cut == CUT_CODE_BLANK || cut == CUT_CODE_TOP;
    bool is_full = reader->out->count >= WINDOW_UNITS_MAX;
    struct span text = text_between(reader, start, end);

    if (reader->out->count == 0 || cut == CUT_NEVER || (!is_place && !is_full))
        return false;
    text.len = text.len < 32 ? text.len : 32;
    if (!is_full && (hash_table_key(text) >> 20) % WINDOW_UNITS_MEAN != 0)
        return false;
    reader->is_inside = true;
    reader->offset = start;
    reader->cut = cut;
    return true;
}

static void append(struct unit_reader *reader, struct unit *unit, size_t tokens)
{
    struct units *units = reader->out;
    void *items = units->items;
    size_t bytes = unit->text_end - unit->text_start, size;

    if (units->count == units->capacity) {
        if (!grow(&items, &units->capacity, sizeof(*units->items))) {
            reader->failed = STATUS_NO_MEMORY;
            return;
        }
        units->items = items;
    }
    if (reader->has_header && unit->text_start >= reader->body_start &&
        unit->text_start < reader->table_end)
        unit->table = header_index(reader);
    units->items[units->count] = *unit;
    if (reader->similarity) {
        size_t counted = similarity_add(reader->similarity,
                                        text_between(reader, unit->text_start, unit->text_end),
                                        units->items, units->count, unit->cut >= CUT_RULE);

        tokens = reader->counts_by_meaning ? counted : tokens;
    }
    size = bytes / BYTES_PER_SIZE > SIZE_LEAST ? bytes / BYTES_PER_SIZE : SIZE_LEAST;
    units->items[units->count].tokens = (uint32_t)tokens;
    units->items[units->count].size = (uint32_t)(tokens > size ? tokens : size);
    units->count++;
}

static void put_unit(struct unit_reader *reader, size_t start, size_t end, enum cut cut,
                     size_t tokens)
{
    size_t gap = gap_tokens(reader, reader->previous_end, start);
    struct unit unit = {
        .text_start = (uint32_t)start,
        .text_end = (uint32_t)end,
        .heading = reader->usable_heading,
        .gap_tokens = (uint16_t)(gap < UINT16_MAX ? gap : UINT16_MAX),
        .path_tokens = (uint16_t)reader->path_tokens,
        .cut = (uint8_t)cut,
    };

    reader->previous_end = end;
    append(reader, &unit, tokens);
}

static size_t piece_limit(const struct unit_reader *reader)
{
    size_t used = reader->path_tokens + (reader->has_header ? reader->header.tokens : 0) + 1;
    size_t maximum = reader->options->maximum_tokens;

    return maximum > used ? maximum - used : 1;
}

/* Tokens, counted now unless the meaning counts them later and even the densest text would fit. */
static size_t tokens_of_piece(const struct unit_reader *reader, size_t start, size_t end)
{
    if (reader->counts_by_meaning && end - start < piece_limit(reader))
        return 0;
    return count_tokens(reader, start, end);
}

static bool piece_fits(const struct unit_reader *reader, size_t start, size_t end, size_t tokens)
{
    size_t limit = piece_limit(reader);

    return tokens <= limit && (end - start) / BYTES_PER_SIZE <= limit;
}

static void put_long_word(struct unit_reader *reader, size_t start, size_t end, enum cut cut)
{
    CLEANUP(long_text_free_ptr)
    struct long_text *cuts = long_text_new(reader->extraction->text, start, end);

    if (!cuts) {
        reader->failed = STATUS_NO_MEMORY;
        return;
    }
    for (size_t at = start; at < end && !reader->failed;) {
        size_t next = long_text_next(cuts, at);
        size_t trimmed = space_trim(reader->extraction->text, at, next);

        if (trimmed > at) {
            put_unit(reader, at, trimmed, cut, count_tokens(reader, at, trimmed));
            cut = CUT_INSIDE;
        }
        at = next;
    }
}

/* A few words at a time; each group begins where the one before ended, so groups stay put, too. */
static void put_words(struct unit_reader *reader, size_t start, size_t end, enum cut cut)
{
    struct span text = { reader->extraction->text.data, end };

    for (size_t at = start; at < end && !reader->failed; cut = CUT_WORD) {
        size_t next = word_next(text, at), trimmed, tokens;

        while (next < end) {
            size_t more = word_next(text, next);

            if (more - at > GROUP_BYTES)
                break;
            next = more;
        }
        trimmed = space_trim(text, at, next);
        tokens = count_tokens(reader, at, trimmed);
        if (piece_fits(reader, at, trimmed, tokens))
            put_unit(reader, at, trimmed, cut, tokens);
        else
            put_long_word(reader, at, trimmed, cut);
        at = next;
    }
}

/* A piece of any length: as one unit, or by clauses, words and less. */
static void put_piece(struct unit_reader *reader, size_t start, size_t end, enum cut cut)
{
    struct span text = { reader->extraction->text.data, end };
    size_t tokens = tokens_of_piece(reader, start, end);

    if (piece_fits(reader, start, end, tokens)) {
        put_unit(reader, start, end, cut, tokens);
        return;
    }
    for (size_t clause = start; clause < end && !reader->failed; cut = CUT_CLAUSE) {
        size_t clause_after = clause_next(text, clause);
        size_t clause_end = space_trim(text, clause, clause_after);

        tokens = count_tokens(reader, clause, clause_end);
        if (piece_fits(reader, clause, clause_end, tokens)) {
            put_unit(reader, clause, clause_end, cut, tokens);
            clause = clause_after;
            continue;
        }
        put_words(reader, clause, clause_after, cut);
        clause = clause_after;
    }
}

/* Where the part of an endless sentence that begins at `start` ends: at a space, or where no mark
 * follows that belongs to the character before. */
static size_t slice_end(struct span text, size_t start)
{
    size_t end = start + SENTENCE_BYTES_MAX;

    if (end >= text.len)
        return text.len;
    for (size_t back = 0; back < SENTENCE_BYTES_MAX / 2; back++)
        if (text.data[end - back - 1] == ' ' || text.data[end - back - 1] == '\n')
            return grapheme_boundary(text, end - back);
    return grapheme_boundary(text, end);
}

/* What the white space between two sentences of a block says about a cut there. */
static enum cut sentence_cut(struct span text, size_t start, size_t gap)
{
    switch (line_break_kind(text, start, gap)) {
    case LINE_HEADING:
        return CUT_HEADING_6;
    case LINE_PARAGRAPH:
        return CUT_PARAGRAPH;
    case LINE_ITEM:
        return CUT_ITEM;
    default:
        return CUT_SENTENCE;
    }
}

static void put_sentences(struct unit_reader *reader, size_t start, size_t end, enum cut cut)
{
    struct span text = { reader->extraction->text.data, end };

    for (size_t at = space_skip(text, start); at < end && !reader->failed;) {
        size_t next = sentence_next((struct span){ text.data, slice_end(text, at) }, at);
        size_t trimmed = sentence_trim(text, at, next);

        if (trimmed > at) {
            if (ends_window(reader, at, trimmed, cut))
                return;
            put_piece(reader, at, trimmed, cut);
            cut = cut == CUT_HEADING_6 ? CUT_NEVER : sentence_cut(text, at, trimmed);
        }
        at = next;
    }
}

/* A line that closes what is above it does not begin a unit of its own. */
static bool is_closing(char c)
{
    return c == '}' || c == ')' || c == ']' || c == '>';
}

static void put_lines(struct unit_reader *reader, size_t start, size_t end, enum cut cut)
{
    struct span text = { reader->extraction->text.data, end };
    bool is_first = true, saw_blank = false;

    for (size_t at = start; at < end && !reader->failed;) {
        size_t next = line_next(text, at), trimmed = space_trim(text, at, next);

        if (trimmed <= at) {
            saw_blank = true;
        } else {
            bool is_indented = text.data[at] == ' ' || text.data[at] == '\t';

            if (!is_first)
                cut = !saw_blank                                 ? CUT_CODE_LINE
                      : is_indented || is_closing(text.data[at]) ? CUT_CODE_BLANK
                                                                 : CUT_CODE_TOP;
            if (ends_window(reader, at, trimmed, cut))
                return;
            put_piece(reader, at, trimmed, cut);
            is_first = saw_blank = false;
        }
        at = next;
    }
}

/* The path of the heading that a block stands under, counted once per heading. */
static void use_heading(struct unit_reader *reader, uint32_t heading)
{
    size_t maximum = reader->options->maximum_tokens, tokens;

    if (heading == reader->heading)
        return;
    reader->heading = reader->usable_heading = heading;
    buf_clear(&reader->path);
    extraction_heading_path(reader->extraction, heading, &reader->path);
    tokens = reader->options->counter->count(reader->options->counter, buf_span(&reader->path));
    /* A path that leaves no room for text is left out. */
    if (reader->path.failed || tokens > maximum / 3) {
        reader->path.failed = STATUS_OK;
        reader->usable_heading = BLOCK_NONE;
        tokens = 0;
    }
    reader->path_tokens = (uint32_t)tokens;
}

static void begin_table(struct unit_reader *reader, size_t index)
{
    const struct extraction *extraction = reader->extraction;
    const struct block *table = &extraction->blocks[index];
    size_t header_end = 0, header_start = 0;

    reader->table_end = table->text_end;
    reader->body_start = table->text_start;
    reader->has_header = false;
    for (size_t i = index + 1; i < extraction->block_count; i++) {
        const struct block *row = &extraction->blocks[i];

        if (row->text_start >= table->text_end ||
            (row->kind == BLOCK_ROW && !(row->flags & BLOCK_HEADER)))
            break;
        if (row->kind != BLOCK_ROW)
            continue;
        header_start = header_end ? header_start : row->text_start;
        header_end = row->text_end;
    }
    if (header_end <= header_start)
        return;
    reader->header =
        (struct unit_table){ (uint32_t)header_start, (uint32_t)header_end,
                             (uint32_t)count_tokens(reader, header_start, header_end) };
    reader->body_start = header_end;
    reader->has_header = reader->header.tokens <= reader->options->maximum_tokens / 4;
}

static bool is_heading(const struct block *block)
{
    return block->kind == BLOCK_HEADING || block->kind == BLOCK_TITLE;
}

static enum cut heading_cut(const struct block *block)
{
    unsigned level = block->level < 1 ? 1 : block->level > 6 ? 6 : block->level;

    return block->kind == BLOCK_TITLE ? CUT_TITLE : (enum cut)(CUT_HEADING_6 + (6 - level));
}

/* "as follows:" */
static bool leads(const struct unit_reader *reader, const struct block *before)
{
    struct span text = extraction_block_text(reader->extraction, before);
    size_t end = space_trim(text, 0, text.len);

    return (end > 0 && text.data[end - 1] == ':') ||
           (end > 2 && memcmp(text.data + end - 3, "\xEF\xBC\x9A", 3) == 0);
}

/* What a cut between two blocks would be. */
static enum cut cut_between(const struct unit_reader *reader, const struct block *before,
                            const struct block *block)
{
    if (is_heading(block)) {
        bool is_below =
            is_heading(before) && (before->kind == BLOCK_TITLE || before->level < block->level);

        return is_below ? CUT_NEVER : heading_cut(block);
    }
    if (is_heading(before))
        return CUT_NEVER;
    if (reader->saw_rule)
        return CUT_RULE;
    if (block->kind == BLOCK_ROW && before->kind == BLOCK_ROW &&
        before->text_start < reader->table_end && block->text_start < reader->table_end &&
        before->text_end > 0)
        return before->flags & BLOCK_HEADER ? CUT_NEVER : CUT_ROW;
    if (block->flags & BLOCK_CONTINUES || block->kind == BLOCK_CAPTION ||
        before->kind == BLOCK_CAPTION || before->kind == BLOCK_TERM)
        return CUT_LEAD;
    if (leads(reader, before) && block->kind != BLOCK_PARAGRAPH)
        return CUT_LEAD;
    if (block->kind == before->kind) {
        bool is_item = block->kind == BLOCK_LIST_ITEM || block->kind == BLOCK_FIELD;

        if (block->kind == BLOCK_LIST_ITEM && block->level > before->level)
            return CUT_LEAD;
        return is_item ? CUT_ITEM : CUT_PARAGRAPH;
    }
    return block->kind == BLOCK_CODE || before->kind == BLOCK_CODE ? CUT_PARAGRAPH : CUT_BLOCK;
}

static void put_whole(struct unit_reader *reader, size_t block_start, size_t block_end,
                      enum cut cut)
{
    struct span text = { reader->extraction->text.data, block_end };
    size_t start = space_skip(text, block_start), end = space_trim(text, start, block_end);

    if (end > start && !ends_window(reader, start, end, cut))
        put_piece(reader, start, end, cut);
}

/* is_inside is set again when the window ends in, or before, the block. */
static void put_block(struct unit_reader *reader, size_t index)
{
    const struct extraction *extraction = reader->extraction;
    const struct block *block = &extraction->blocks[index];
    size_t start = block->text_start;
    enum cut cut = CUT_TITLE;

    if (reader->is_inside) {
        start = reader->offset;
        cut = reader->cut;
    } else if (reader->last_block != SIZE_MAX) {
        cut = cut_between(reader, &extraction->blocks[reader->last_block], block);
    }
    reader->is_inside = false;
    use_heading(reader, block->heading);
    if (block->text_start >= reader->table_end)
        reader->has_header = false;
    if (block->kind == BLOCK_CODE || (reader->flags & UNITS_CODE))
        put_lines(reader, start, block->text_end, cut);
    else if (is_heading(block) || block->kind == BLOCK_ROW)
        put_whole(reader, start, block->text_end, cut);
    else
        put_sentences(reader, start, block->text_end, cut);
    if (reader->is_inside)
        return;
    reader->last_block = index;
    reader->saw_rule = false;
}

static void read_block(struct unit_reader *reader)
{
    size_t index = reader->block;

    switch (reader->extraction->blocks[index].kind) {
    case BLOCK_CELL:
        break;
    case BLOCK_RULE:
        reader->saw_rule = true;
        break;
    case BLOCK_TABLE:
        begin_table(reader, index);
        break;
    default:
        put_block(reader, index);
        break;
    }
    if (!reader->is_inside)
        reader->block++;
}

enum status unit_reader_next(struct unit_reader *reader, struct units *units, struct error *err)
{
    units->count = units->table_count = 0;
    reader->out = units;
    do
        if (reader->block < reader->extraction->block_count)
            read_block(reader);
    while (reader->block < reader->extraction->block_count && !reader->is_inside &&
           !reader->failed);
    if (reader->similarity)
        similarity_end(reader->similarity, units->items, units->count);
    if (reader->failed)
        return error_set(err, reader->failed, "cannot hold a document's sentences");
    return STATUS_OK;
}
