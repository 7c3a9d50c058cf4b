#include "index/texts.h"

#include <stdlib.h>
#include <string.h>

#include "index/text_block.h"

#define LIST_BYTES ((size_t)4 << 10) /* unpacked at first, for the list of a block's texts */

struct texts {
    struct text_block open;   /* put in this transaction, or taken up again from its row */
    struct text_block cached; /* read last; it may be older than the row: texts do not change */
    struct buf cached_row;    /* of it: what of bytes is not unpacked yet */
    size_t cached_len;        /* of all its bytes */
    struct buf forgotten;     /* int64_t, in this transaction */
    struct buf plain, packed;
    bool is_begun; /* the last block was looked at in this transaction */
    bool drops_damaged;
    uint64_t damaged;
};

/* No memory is no damage: what is damaged may be dropped. */
static enum status no_block(const struct text_block *block, int64_t name, struct error *err)
{
    return block->entries.failed
               ? buf_status(&block->entries, err)
               : error_set(err, STATUS_CORRUPT, "block %lld of texts is damaged", (long long)name);
}

static enum status block_read(struct index *index, struct text_block *block, int64_t name,
                              struct span data, struct error *err)
{
    enum status status;

    text_block_clear(block);
    status = pack_expand(index->pack, data, &block->bytes, err);
    block->name = name;
    if (!status && text_block_decode(block, block->bytes.len) != TEXT_BLOCK_WHOLE)
        status = no_block(block, name, err);
    if (status)
        text_block_clear(block);
    return status;
}

/* ---- rows ---- */

static const char row_of[] =
    "SELECT name, data FROM text WHERE name <= ? ORDER BY name DESC LIMIT 1";

static enum status read_row(struct index *index, const char *text, const struct sql_value *values,
                            struct text_block *block, bool *is_there, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    enum status status = sql_open(&index->sql, text, values, &row, err);

    if (!status)
        status = sql_step(&index->sql, row, is_there, err);
    if (status || !*is_there)
        return status;
    return block_read(index, block, sqlite3_column_int64(row, 0), sql_column_span(row, 1), err);
}

static enum status read_block_of(struct index *index, int64_t input_id, struct text_block *block,
                                 bool *is_there, struct error *err)
{
    return read_row(index, row_of, SQL_VALUES(sql_integer(input_id)), block, is_there, err);
}

/* A block without texts has no row. */
static enum status write_block(struct index *index, const struct text_block *block,
                               enum pack_effort effort, struct error *err)
{
    struct texts *texts = index->texts;
    enum status status = buf_status(&block->bytes, err);

    if (!status)
        status = buf_status(&block->entries, err);
    if (status)
        return status;
    if (text_block_count(block) == 0)
        return sql_run(&index->sql, "DELETE FROM text WHERE name = ?",
                       SQL_VALUES(sql_integer(block->name)), err);
    text_block_encode(block, &texts->plain);
    status = buf_status(&texts->plain, err);
    if (!status)
        status = pack_compress(index->pack, effort, buf_span(&texts->plain), &texts->packed, err);
    return status
               ? status
               : sql_run(&index->sql, "INSERT OR REPLACE INTO text VALUES(?, ?)",
                         SQL_VALUES(sql_integer(block->name), sql_blob(buf_span(&texts->packed))),
                         err);
}

/* ---- reading ---- */

static enum status give(const struct text_block *block, const struct text_entry *entry,
                        struct buf *out, struct error *err)
{
    struct span text = text_block_text(block, entry);

    buf_clear(out);
    buf_append(out, text.data, text.len);
    return buf_status(out, err);
}

/* As much of the row as lists the block's texts. */
static enum status begin_cached(struct index *index, int64_t name, struct span data,
                                struct error *err)
{
    struct texts *texts = index->texts;
    struct text_block *cached = &texts->cached;
    enum text_block_decoded decoded = TEXT_BLOCK_IN_PART;
    enum status status;

    text_block_clear(cached);
    buf_clear(&texts->cached_row);
    buf_append(&texts->cached_row, data.data, data.len);
    status = buf_status(&texts->cached_row, err);
    if (!status)
        status = pack_begin(index->pack, buf_span(&texts->cached_row), &cached->bytes,
                            &texts->cached_len, err);
    cached->name = name;
    for (size_t wanted = LIST_BYTES; !status && decoded == TEXT_BLOCK_IN_PART; wanted *= 4) {
        status = pack_reach(index->pack, wanted, &cached->bytes, err);
        decoded = status ? TEXT_BLOCK_NONE : text_block_decode(cached, texts->cached_len);
        if (!status && decoded == TEXT_BLOCK_NONE)
            status = no_block(cached, name, err);
    }
    return status;
}

static enum status read_cached(struct index *index, int64_t input_id, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool is_there = false;
    enum status status =
        sql_open(&index->sql, row_of, SQL_VALUES(sql_integer(input_id)), &row, err);

    if (!status)
        status = sql_step(&index->sql, row, &is_there, err);
    if (status || !is_there)
        return status;
    return begin_cached(index, sqlite3_column_int64(row, 0), sql_column_span(row, 1), err);
}

static enum status load(struct index *index, int64_t input_id, bool is_checked, struct buf *out,
                        struct error *err)
{
    struct texts *texts = index->texts;
    const struct text_entry *entry = text_block_find(&texts->open, input_id);
    enum status status = STATUS_OK;

    if (entry)
        return give(&texts->open, entry, out, err);
    if (!text_block_find(&texts->cached, input_id))
        status = read_cached(index, input_id, err);
    entry = status ? NULL : text_block_find(&texts->cached, input_id);
    if (!status && !entry)
        return error_set(err, STATUS_CORRUPT, "text %lld is missing", (long long)input_id);
    if (!status)
        status = pack_reach(index->pack, is_checked ? texts->cached_len : entry->start + entry->len,
                            &texts->cached.bytes, err);
    if (!status)
        return give(&texts->cached, entry, out, err);
    text_block_clear(&texts->cached);
    return status;
}

enum status texts_load(struct index *index, int64_t input_id, struct buf *out, struct error *err)
{
    return load(index, input_id, true, out, err);
}

enum status texts_load_unchecked(struct index *index, int64_t input_id, struct buf *out,
                                 struct error *err)
{
    return load(index, input_id, false, out, err);
}

enum status texts_check(const struct index *index, int64_t input_id, struct span text,
                        const struct index_key *key, struct error *err)
{
    struct index_key own;
    struct hash hash;

    hash_of(text, &hash);
    index_key(index, &hash, &own);
    if (memcmp(own.bytes, key->bytes, sizeof(own.bytes)) == 0)
        return STATUS_OK;
    return error_set(err, STATUS_CORRUPT, "text %lld is not what its hash says",
                     (long long)input_id);
}

/* ---- writing ---- */

/* The last block, if it is short, becomes the open one. One that is damaged is left to verify. */
static enum status take_up_last(struct index *index, struct error *err)
{
    struct texts *texts = index->texts;
    bool is_there = false;
    enum status status;

    texts->is_begun = true;
    status = read_row(index, "SELECT name, data FROM text ORDER BY name DESC LIMIT 1", NULL,
                      &texts->open, &is_there, err);
    if (status == STATUS_CORRUPT)
        return STATUS_OK;
    if (!status && texts->open.text_bytes >= TEXTS_OPEN_BYTES)
        text_block_clear(&texts->open);
    return status;
}

static enum status write_open(struct index *index, struct error *err)
{
    struct text_block *open = &index->texts->open;
    enum status status =
        text_block_count(open) ? write_block(index, open, PACK_AT_ONCE, err) : STATUS_OK;

    text_block_clear(open);
    return status;
}

enum status texts_put(struct index *index, int64_t input_id, struct span text, struct error *err)
{
    struct text_block *open = &index->texts->open;
    enum status status = index->texts->is_begun ? STATUS_OK : take_up_last(index, err);

    if (!status && open->text_bytes && open->text_bytes + text.len > TEXTS_BLOCK_BYTES)
        status = write_open(index, err);
    if (status)
        return status;
    if (text_block_count(open) == 0)
        open->name = input_id;
    text_block_add(open, input_id, text);
    status = buf_status(&open->bytes, err);
    return status ? status : buf_status(&open->entries, err);
}

enum status texts_forget(struct index *index, int64_t input_id, struct error *err)
{
    buf_append(&index->texts->forgotten, &input_id, sizeof(input_id));
    return buf_status(&index->texts->forgotten, err);
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* A block that holds the first of ids, and can't be read. It goes whole where that is wanted, else
 * stays as it is; *count: the ids that it may hold. */
static enum status forget_in_damaged(struct index *index, const int64_t *ids, size_t id_count,
                                     size_t *count, struct error *err)
{
    int64_t name = 0, next = INT64_MAX;
    enum status status = sql_read_integer(&index->sql, "SELECT max(name) FROM text WHERE name <= ?",
                                          SQL_VALUES(sql_integer(ids[0])), 0, &name, err);

    if (!status)
        status = sql_read_integer(&index->sql, "SELECT min(name) FROM text WHERE name > ?",
                                  SQL_VALUES(sql_integer(ids[0])), INT64_MAX, &next, err);
    for (*count = 1; *count < id_count && ids[*count] < next;)
        ++*count;
    index->texts->damaged++;
    if (status || !index->texts->drops_damaged)
        return status;
    return sql_run(&index->sql, "DELETE FROM text WHERE name = ?", SQL_VALUES(sql_integer(name)),
                   err);
}

/* Writes a block again without the first of ids, as many as stand in it; *count says how many. */
static enum status forget_in_block(struct index *index, const int64_t *ids, size_t id_count,
                                   size_t *count, struct error *err)
{
    struct text_block before = TEXT_BLOCK_INIT, after = TEXT_BLOCK_INIT;
    const struct text_entry *entries;
    bool is_there = false;
    enum status status = read_block_of(index, ids[0], &before, &is_there, err);

    *count = 1;
    if (status == STATUS_CORRUPT) {
        text_block_release(&before);
        return forget_in_damaged(index, ids, id_count, count, err);
    }
    after.name = before.name;
    entries = text_block_entries(&before);
    for (size_t i = 0; !status && i < text_block_count(&before); i++) {
        if (bsearch(&entries[i].input_id, ids, id_count, sizeof(*ids), compare_ids))
            continue;
        text_block_add(&after, entries[i].input_id, text_block_text(&before, &entries[i]));
    }
    while (!status && *count < id_count && text_block_count(&before) &&
           ids[*count] <= entries[text_block_count(&before) - 1].input_id)
        (*count)++;
    if (!status && text_block_count(&after) < text_block_count(&before))
        status = write_block(index, &after, PACK_QUICK, err);
    text_block_release(&before);
    text_block_release(&after);
    return status;
}

void texts_drop_damaged_blocks(struct index *index, bool is_wanted)
{
    index->texts->drops_damaged = is_wanted;
}

uint64_t texts_take_damaged(struct index *index)
{
    uint64_t damaged = index->texts->damaged;

    index->texts->damaged = 0;
    return damaged;
}

static enum status write_forgotten(struct index *index, struct error *err)
{
    struct texts *texts = index->texts;
    int64_t *ids = (int64_t *)(void *)texts->forgotten.data;
    size_t id_count = texts->forgotten.len / sizeof(*ids), done = 0;
    enum status status = STATUS_OK;

    if (id_count == 0)
        return STATUS_OK;
    text_block_clear(&texts->cached);
    qsort(ids, id_count, sizeof(*ids), compare_ids);
    while (!status && done < id_count) {
        size_t count = 0;

        status = forget_in_block(index, ids + done, id_count - done, &count, err);
        done += count;
    }
    buf_clear(&texts->forgotten);
    return status;
}

enum status texts_flush(struct index *index, struct error *err)
{
    enum status status = write_open(index, err);

    if (!status)
        status = write_forgotten(index, err);
    index->texts->is_begun = false;
    return status;
}

void texts_rollback(struct index *index)
{
    text_block_clear(&index->texts->open);
    /* What was read in the transaction may have been written in it. */
    text_block_clear(&index->texts->cached);
    buf_clear(&index->texts->forgotten);
    index->texts->is_begun = false;
}

/* ---- packing blocks together ---- */

#define ONE_BYTES_MAX      (TEXTS_BLOCK_BYTES / 8 * 9) /* a block and its list of texts, unpacked */
#define SMALL_BYTES_MAX    (2 * ONE_BYTES_MAX)         /* pairs are what was packed before */
#define TOGETHER_BYTES_MAX (6 * ONE_BYTES_MAX)
#define TOGETHER_MAX       16

/* Blocks that follow each other. */
struct group {
    int64_t names[TOGETHER_MAX];
    size_t count, bytes;
};

static void close_blob(sqlite3_blob **blob)
{
    (void)sqlite3_blob_close(*blob);
}

/* Of a block, unpacked, from its first bytes alone: reading all of them is what this spares. *blob
 * is NULL at first, and the caller's to close. */
static enum status block_size(struct index *index, sqlite3_blob **blob, int64_t name, size_t *out,
                              struct error *err)
{
    char start[PACK_HEADER_BYTES];
    int len = 0;
    int code = *blob ? sqlite3_blob_reopen(*blob, name)
                     : sqlite3_blob_open(index->sql.db, "main", "text", "data", name, 0, blob);

    if (code == SQLITE_OK) {
        len = sqlite3_blob_bytes(*blob);
        len = len < (int)sizeof(start) ? len : (int)sizeof(start);
        code = sqlite3_blob_read(*blob, start, len, 0);
    }
    if (code != SQLITE_OK)
        return sql_error(&index->sql, "read", err);
    *out = pack_size((struct span){ start, (size_t)len });
    return STATUS_OK;
}

/* The next small blocks that are worth packing together; none: there are no more. The last block is
 * left to the next commit. */
static enum status find_group(struct index *index, int64_t after, struct group *group,
                              struct error *err)
{
    CLEANUP(close_blob) sqlite3_blob *blob = NULL;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status = sql_open(&index->sql,
                                  "SELECT name FROM text WHERE name > ?"
                                  " AND name < (SELECT max(name) FROM text) ORDER BY name",
                                  SQL_VALUES(sql_integer(after)), &row, err);

    *group = (struct group){ .count = 0 };
    while (!status) {
        int64_t name;
        size_t bytes = 0;

        status = sql_step(&index->sql, row, &has_row, err);
        if (status || !has_row)
            break;
        name = sqlite3_column_int64(row, 0);
        status = block_size(index, &blob, name, &bytes, err);
        if (status)
            break;
        if (bytes > TOGETHER_BYTES_MAX - group->bytes || bytes > SMALL_BYTES_MAX ||
            group->count == TOGETHER_MAX) {
            if (group->count > 1)
                return STATUS_OK;
            *group = (struct group){ .count = 0 };
        }
        if (bytes > SMALL_BYTES_MAX)
            continue;
        group->names[group->count++] = name;
        group->bytes += bytes;
    }
    /* What follows may still make it full. */
    if (group->count < 2 || group->bytes < TOGETHER_BYTES_MAX * 3 / 4)
        group->count = 0;
    return status;
}

/* All of a group in one; *damaged is the block that can't be read, if one can't. */
static enum status read_group(struct index *index, const struct group *group,
                              struct text_block *whole, int64_t *damaged, struct error *err)
{
    struct text_block part = TEXT_BLOCK_INIT;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < group->count && !status && !*damaged; i++) {
        bool is_there = false;

        status = read_block_of(index, group->names[i], &part, &is_there, err);
        for (size_t k = 0; k < text_block_count(&part) && !status; k++)
            text_block_add(whole, text_block_entries(&part)[k].input_id,
                           text_block_text(&part, &text_block_entries(&part)[k]));
        if (status == STATUS_CORRUPT) {
            *damaged = group->names[i];
            status = STATUS_OK;
        }
    }
    text_block_release(&part);
    return status;
}

/* Nothing is written before all of it was read. */
static enum status pack_group(struct index *index, const struct group *group, int64_t *damaged,
                              struct error *err)
{
    struct text_block whole = TEXT_BLOCK_INIT;
    enum status status;

    whole.name = group->names[0];
    status = read_group(index, group, &whole, damaged, err);
    for (size_t i = 1; i < group->count && !status && !*damaged; i++)
        status = sql_run(&index->sql, "DELETE FROM text WHERE name = ?",
                         SQL_VALUES(sql_integer(group->names[i])), err);
    if (!status && !*damaged)
        status = write_block(index, &whole, PACK_SMALL, err);
    text_block_release(&whole);
    return status;
}

enum status texts_pack(struct index *index, int64_t *after, bool *is_done, struct error *err)
{
    struct group group;
    int64_t damaged = 0;
    enum status status = find_group(index, *after, &group, err);

    *is_done = !status && group.count == 0;
    if (status || *is_done)
        return status;
    status = pack_group(index, &group, &damaged, err);
    if (status)
        return status;
    index->texts->damaged += damaged != 0;
    *after = damaged ? damaged : group.names[group.count - 1];
    return STATUS_OK;
}

/* ---- all of them ---- */

struct walk {
    sqlite3_stmt *blocks, *inputs; /* both by id, one row ahead */
    bool has_block, has_input;
    struct text_block block;
    bool is_sound; /* of block */
    text_found_fn *fn;
    void *user;
};

static enum status next_input(struct index *index, struct walk *walk, struct error *err)
{
    return sql_step(&index->sql, walk->inputs, &walk->has_input, err);
}

/* Rows of input below limit, and the texts of the block, side by side. */
static enum status walk_block(struct index *index, struct walk *walk, int64_t limit, bool is_told,
                              struct error *err)
{
    const struct text_entry *entries = text_block_entries(&walk->block);
    size_t count = text_block_count(&walk->block), at = 0;
    enum status status = STATUS_OK;

    while (!status) {
        int64_t row_id = walk->has_input ? sqlite3_column_int64(walk->inputs, 0) : INT64_MAX;
        int64_t text_id = at < count ? entries[at].input_id : INT64_MAX;
        struct text_found found = { .input_id = row_id < text_id ? row_id : text_id };

        found.has_row = row_id < limit && row_id <= text_id;
        found.has_text = text_id != INT64_MAX && text_id <= row_id;
        if (!found.has_row && !found.has_text)
            return STATUS_OK;
        if (found.has_row)
            found.key = sqlite3_column_int64(walk->inputs, 1);
        if (found.has_text)
            found.text = text_block_text(&walk->block, &entries[at++]);
        if (is_told)
            status = walk->fn(walk->user, &found, err);
        if (!status && found.has_row)
            status = next_input(index, walk, err);
    }
    return status;
}

static enum status walk_all(struct index *index, struct walk *walk, int64_t whole, unsigned step,
                            struct error *err)
{
    uint64_t number = 0;
    enum status status = next_input(index, walk, err);

    if (!status)
        status = sql_step(&index->sql, walk->blocks, &walk->has_block, err);
    /* What stands before the first block has none. */
    if (!status)
        status = walk_block(index, walk,
                            walk->has_block ? sqlite3_column_int64(walk->blocks, 0) : INT64_MAX,
                            true, err);
    while (!status && walk->has_block) {
        int64_t name = sqlite3_column_int64(walk->blocks, 0);
        bool is_told = name <= whole || number++ % step == 0;

        if (!is_told)
            text_block_clear(&walk->block);
        else
            status = block_read(index, &walk->block, name, sql_column_span(walk->blocks, 1), err);
        if (status == STATUS_CORRUPT)
            status = STATUS_OK; /* its rows have no text then */
        if (!status)
            status = sql_step(&index->sql, walk->blocks, &walk->has_block, err);
        if (!status)
            status = walk_block(index, walk,
                                walk->has_block ? sqlite3_column_int64(walk->blocks, 0) : INT64_MAX,
                                is_told, err);
    }
    return status;
}

enum status texts_each(struct index *index, int64_t whole, unsigned step, text_found_fn *fn,
                       void *user, struct error *err)
{
    struct walk walk = { .block = TEXT_BLOCK_INIT, .fn = fn, .user = user };
    enum status status =
        sql_open(&index->sql, "SELECT name, data FROM text ORDER BY name", NULL, &walk.blocks, err);

    if (!status)
        status = sql_open(&index->sql, "SELECT input_id, key FROM input ORDER BY input_id", NULL,
                          &walk.inputs, err);
    if (!status)
        status = walk_all(index, &walk, whole, step, err);
    sql_close(&walk.blocks);
    sql_close(&walk.inputs);
    text_block_release(&walk.block);
    return status;
}

enum status texts_drop_damaged(struct index *index, uint64_t *count, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    struct text_block block = TEXT_BLOCK_INIT;
    bool has_row = true;
    enum status status =
        sql_open(&index->sql, "SELECT name, data FROM text ORDER BY name DESC", NULL, &row, err);

    *count = 0;
    while (!status) {
        int64_t name;

        status = sql_step(&index->sql, row, &has_row, err);
        if (status || !has_row)
            break;
        name = sqlite3_column_int64(row, 0);
        status = block_read(index, &block, name, sql_column_span(row, 1), err);
        if (status != STATUS_CORRUPT)
            continue;
        ++*count;
        /* The cursor has passed it. */
        status = sql_run(&index->sql, "DELETE FROM text WHERE name = ?",
                         SQL_VALUES(sql_integer(name)), err);
    }
    text_block_release(&block);
    return status;
}

struct texts *texts_new(void)
{
    struct texts *texts = malloc(sizeof(*texts));

    if (texts)
        *texts = (struct texts){ .open = TEXT_BLOCK_INIT,
                                 .cached = TEXT_BLOCK_INIT,
                                 .cached_row = BUF_INIT(TEXT_BLOCK_BYTES_MAX),
                                 .forgotten = BUF_INIT(TEXT_BLOCK_ENTRIES_MAX),
                                 .plain = BUF_INIT(TEXT_BLOCK_BYTES_MAX),
                                 .packed = BUF_INIT(TEXT_BLOCK_BYTES_MAX) };
    return texts;
}

void texts_free(struct texts *texts)
{
    if (!texts)
        return;
    text_block_release(&texts->open);
    text_block_release(&texts->cached);
    buf_release(&texts->cached_row);
    buf_release(&texts->forgotten);
    buf_release(&texts->plain);
    buf_release(&texts->packed);
    free(texts);
}
