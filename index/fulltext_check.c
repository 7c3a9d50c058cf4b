#include "index/fulltext_check.h"

#include <stdlib.h>
#include <string.h>

#include "index/postings.h"
#include "index/texts.h"
#include "index/tokenizer.h"
#include "index/verify.h"
#include "index/writer.h"

#define ROWS_ARENA_MAX ((size_t)1 << 30)
#define BATCH_BYTES    ((size_t)4 << 20) /* of text in the table in memory */
#define BATCH_ROWS     4096u

/* ---- the rows that should be there ---- */

static enum status revision_rows(struct index *index, int64_t revision_id, unsigned step,
                                 fulltext_row_fn *fn, void *user, struct error *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT(ROWS_ARENA_MAX);
    CLEANUP(buf_release) struct buf input = BUF_INIT(ROWS_ARENA_MAX);
    struct fulltext_row row = { 0 };
    struct layout layout = { 0 };
    enum status status = revision_load(index, revision_id, &arena, &layout, &row.title, err);

    if (!status)
        status = revision_stemmer(index, revision_id, &row.stemmer, err);
    if (status)
        return status == STATUS_CORRUPT ? STATUS_OK : status;
    for (size_t i = 0; i < layout.segment_count && !status; i++) {
        const struct layout_segment *segment = &layout.segments[i];
        size_t len = segment->text_end - segment->text_start;

        if (segment->segment_id > VERIFY_SAMPLE_WHOLE && segment->segment_id % step != 0)
            continue;
        status = texts_load(index, segment->input_id, &input, err);
        if (status == STATUS_CORRUPT || (!status && len > input.len)) {
            status = STATUS_OK;
            continue;
        }
        if (status)
            break;
        row.segment_id = segment->segment_id;
        row.text = (struct span){ input.data + input.len - len, len };
        row.headings = layout_string(&layout, segment->heading);
        status = fn(user, &row, err);
    }
    return status;
}

enum status fulltext_each_row(struct index *index, unsigned step, fulltext_row_fn *fn, void *user,
                              struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status = sql_open(
        &index->sql, "SELECT revision_id FROM revision WHERE died IS NULL", NULL, &row, err);

    while (!status) {
        status = sql_step(&index->sql, row, &has_row, err);
        if (status || !has_row)
            break;
        status = revision_rows(index, sqlite3_column_int64(row, 0), step, fn, user, err);
    }
    return status;
}

/* ---- every word of a table, as one number a row ---- */

struct word_sum {
    int64_t segment_id;
    uint64_t sum;
    /* Of each word, how often the row has it, as FTS5's vocabulary and as postings.h say. */
    uint64_t often, found;
    uint64_t last_word, last_found; /* what the last word gave to found */
};

struct word_sums {
    struct word_sum *all; /* by segment_id */
    size_t count;
};

/* splitmix64's finish: http://prng.di.unimi.it/splitmix64.c */
static uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = ((const struct word_sum *)a)->segment_id;
    int64_t y = ((const struct word_sum *)b)->segment_id;

    return (x > y) - (x < y);
}

static struct word_sum *find_sum(const struct word_sums *sums, int64_t segment_id)
{
    struct word_sum key = { .segment_id = segment_id };

    return sums->count ? bsearch(&key, sums->all, sums->count, sizeof(key), compare_ids) : NULL;
}

/* Rows whose segment is not among sums are passed over. */
static enum status sum_words(struct sql *sql, const char *query, const struct word_sums *sums,
                             struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status = sql_open(sql, query, NULL, &row, err);

    while (!status) {
        struct word_sum *sum;
        uint64_t word;

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        sum = find_sum(sums, sqlite3_column_int64(row, 1));
        if (!sum)
            continue;
        word = hash_table_key(sql_column_span(row, 0)) ^ hash_table_key(sql_column_span(row, 2));
        sum->sum += mix(word * 31 + (uint64_t)sqlite3_column_int64(row, 3));
        sum->often += mix(hash_table_key(sql_column_span(row, 0)));
    }
    return status;
}

/* ---- comparing ---- */

struct comparison {
    struct index *index;
    struct sql memory;
    bool every_word;
    struct word_sums stored;
    int64_t batch[BATCH_ROWS];
    size_t batch_count, batch_bytes;
    uint64_t count;
    fulltext_wrong_fn *wrong;
    void *user;
};

static enum status open_memory(struct sql *memory, struct error *err)
{
    enum status status;

    if (sqlite3_open_v2(":memory:", &memory->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        return error_set(err, STATUS_NO_MEMORY, "no memory to check the full text");
    status = fulltext_register(memory, err);
    if (status)
        return status;
    return sql_script(
        memory, FULLTEXT_TABLE "CREATE VIRTUAL TABLE words USING fts5vocab(fulltext, instance)",
        err);
}

/* Each word as a search reads it: in the rows that were deleted since, too, which the vocabulary
 * passes over. What can't be read is STATUS_CORRUPT. */
static enum status match_words(struct sql *sql, struct error *err)
{
    int64_t count = 0;

    return sql_read_integer(sql,
                            "SELECT count((SELECT max(rank) FROM fulltext WHERE fulltext MATCH"
                            " '\"' || replace(term, '\"', '\"\"') || '\"')) FROM temp.terms",
                            NULL, 0, &count, err);
}

/* ---- the same words as postings.h finds them: that goes by other bytes than the vocabulary ----
 */

struct looking_up {
    struct word_sums *sums;
    uint64_t word, word_count; /* its hash; it is the word of that number */
};

/* Of two lists of a word the later one counts. */
static void count_found(void *user, int64_t row, uint64_t place_count)
{
    const struct looking_up *looking_up = user;
    struct word_sum *sum = find_sum(looking_up->sums, row);

    if (!sum)
        return;
    if (sum->last_word == looking_up->word_count)
        sum->found -= sum->last_found;
    sum->last_word = looking_up->word_count;
    sum->last_found = looking_up->word * place_count;
    sum->found += sum->last_found;
}

static enum status look_up_words(struct sql *sql, const struct postings_table *table,
                                 struct word_sums *sums, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    struct looking_up looking_up = { .sums = sums };
    bool has_row = true;
    enum status status = sql_open(sql, "SELECT term FROM temp.terms", NULL, &row, err);

    while (!status) {
        struct postings postings;
        struct span word;

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        word = sql_column_span(row, 0);
        looking_up.word = mix(hash_table_key(word));
        looking_up.word_count++;
        status = postings_load(sql, table, word, &postings, err);
        for (size_t i = 0; !status && i < postings.list_count; i++)
            postings_each(&postings.lists[i], count_found, &looking_up);
        if (!status)
            postings_release(&postings);
    }
    return status;
}

/* A table of another kind is FTS5's alone to read. */
static enum status check_postings(struct sql *sql, struct word_sums *sums, struct error *err)
{
    struct postings_table table = { .segments = NULL };
    struct error problem = { 0 };
    enum status status = postings_open(sql, &table, &problem);

    if (status == STATUS_UNSUPPORTED) {
        for (size_t i = 0; i < sums->count; i++)
            sums->all[i].found = sums->all[i].often;
        return STATUS_OK;
    }
    if (!status)
        status = postings_check(sql, &table, &problem);
    if (!status)
        status = look_up_words(sql, &table, sums, &problem);
    postings_close(&table);
    return status ? error_set(err, status, "%s", problem.text) : STATUS_OK;
}

/* The vocabulary is a table in this connection's temporary database, which query_only forbids; the
 * file is open as it is. */
static enum status read_stored(struct comparison *comparison, struct error *err)
{
    struct sql *sql = &comparison->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    int64_t room = 0;
    bool has_row = true;
    enum status status =
        sql_read_integer(sql, "SELECT count(*) FROM fulltext_docsize", NULL, 0, &room, err);

    if (status)
        return status;
    comparison->stored.all = calloc((size_t)room + 1, sizeof(*comparison->stored.all));
    if (!comparison->stored.all)
        return error_set(err, STATUS_NO_MEMORY, "no memory to check the full text");
    status = sql_open(sql, "SELECT id FROM fulltext_docsize ORDER BY id", NULL, &row, err);
    while (!status && comparison->stored.count < (size_t)room) {
        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        comparison->stored.all[comparison->stored.count++].segment_id =
            sqlite3_column_int64(row, 0);
    }
    if (!status)
        status = sql_script(sql,
                            "PRAGMA query_only = OFF; CREATE VIRTUAL TABLE IF NOT EXISTS temp.words"
                            " USING fts5vocab('main', 'fulltext', 'instance');"
                            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.terms"
                            " USING fts5vocab('main', 'fulltext', 'row')",
                            err);
    if (!status)
        status = match_words(sql, err);
    if (!status)
        status = sum_words(sql, "SELECT term, doc, col, \"offset\" FROM temp.words",
                           &comparison->stored, err);
    if (!status)
        status = check_postings(sql, &comparison->stored, err);
    if (!status && comparison->index->mode == INDEX_READ)
        status = sql_script(sql, "PRAGMA query_only = ON", err);
    return status;
}

/* *is_same also when there is no such row: another check tells of it. */
static enum status compare_sizes(struct comparison *comparison, int64_t segment_id, bool *is_same,
                                 struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *stored = NULL;
    CLEANUP(sql_close) sqlite3_stmt *made = NULL;
    bool has_stored = false, has_made = false;
    struct span a, b;
    enum status status =
        sql_open(&comparison->index->sql, "SELECT sz FROM fulltext_docsize WHERE id = ?",
                 SQL_VALUES(sql_integer(segment_id)), &stored, err);

    *is_same = true;
    if (!status)
        status = sql_step(&comparison->index->sql, stored, &has_stored, err);
    if (!status)
        status = sql_open(&comparison->memory, "SELECT sz FROM fulltext_docsize WHERE id = ?",
                          SQL_VALUES(sql_integer(segment_id)), &made, err);
    if (!status)
        status = sql_step(&comparison->memory, made, &has_made, err);
    if (status || !has_stored || !has_made)
        return status;
    a = sql_column_span(stored, 0);
    b = sql_column_span(made, 0);
    *is_same = a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
    return STATUS_OK;
}

static enum status compare_batch(struct comparison *comparison, struct error *err)
{
    struct word_sums made = { .all = calloc(BATCH_ROWS, sizeof(struct word_sum)),
                              .count = comparison->batch_count };
    enum status status = sql_script(&comparison->memory, "COMMIT", err);

    if (!made.all)
        return error_set(err, STATUS_NO_MEMORY, "no memory to check the full text");
    for (size_t i = 0; i < made.count; i++)
        made.all[i].segment_id = comparison->batch[i];
    qsort(made.all, made.count, sizeof(*made.all), compare_ids);
    if (!status && comparison->every_word)
        status = sum_words(&comparison->memory, "SELECT term, doc, col, \"offset\" FROM words",
                           &made, err);
    for (size_t i = 0; i < made.count && !status; i++) {
        struct word_sum *stored = find_sum(&comparison->stored, made.all[i].segment_id);
        bool is_same = true;

        status = compare_sizes(comparison, made.all[i].segment_id, &is_same, err);
        if (comparison->every_word && stored)
            is_same = is_same && stored->sum == made.all[i].sum && stored->often == stored->found;
        if (!status && !is_same)
            comparison->wrong(comparison->user, made.all[i].segment_id);
    }
    free(made.all);
    comparison->batch_count = comparison->batch_bytes = 0;
    if (!status)
        status = sql_script(&comparison->memory,
                            "INSERT INTO fulltext(fulltext) VALUES('delete-all')", err);
    return status;
}

static enum status add_row(void *user, const struct fulltext_row *row, struct error *err)
{
    struct comparison *comparison = user;
    enum status status = STATUS_OK;

    if (comparison->batch_count == 0)
        status = sql_script(&comparison->memory, "BEGIN", err);
    if (!status)
        status = fulltext_put(&comparison->memory, row, err);
    if (status)
        return status;
    comparison->count++;
    comparison->batch[comparison->batch_count++] = row->segment_id;
    comparison->batch_bytes += row->text.len + row->headings.len + row->title.len;
    if (comparison->batch_count < BATCH_ROWS && comparison->batch_bytes < BATCH_BYTES)
        return STATUS_OK;
    return compare_batch(comparison, err);
}

enum status fulltext_check(struct index *index, unsigned step, bool every_word,
                           fulltext_wrong_fn *wrong, void *user, uint64_t *count, struct error *err)
{
    struct comparison *comparison = calloc(1, sizeof(*comparison));
    enum status status;

    if (!comparison)
        return error_set(err, STATUS_NO_MEMORY, "no memory to check the full text");
    comparison->index = index;
    comparison->memory.name = "the full text in memory";
    comparison->every_word = every_word;
    comparison->wrong = wrong;
    comparison->user = user;
    status = open_memory(&comparison->memory, err);
    if (!status && every_word)
        status = read_stored(comparison, err);
    if (!status)
        status = fulltext_each_row(index, step, add_row, comparison, err);
    if (!status && comparison->batch_count)
        status = compare_batch(comparison, err);
    *count = comparison->count;
    sql_release(&comparison->memory);
    free(comparison->stored.all);
    free(comparison);
    return status;
}

/* ---- again from nothing ---- */

struct rebuild {
    struct index *index;
    uint64_t count;
};

static enum status put_row(void *user, const struct fulltext_row *row, struct error *err)
{
    struct rebuild *rebuild = user;

    rebuild->count++;
    return fulltext_put(&rebuild->index->sql, row, err);
}

enum status fulltext_rebuild(struct index *index, uint64_t *count, struct error *err)
{
    struct rebuild rebuild = { .index = index };
    enum status status = sql_script(&index->sql, "DROP TABLE fulltext;" FULLTEXT_TABLE, err);

    if (!status)
        status = fulltext_each_row(index, 1, put_row, &rebuild, err);
    if (!status)
        status = sql_run(&index->sql, "UPDATE state SET tokenizer_version = ?",
                         SQL_VALUES(sql_integer(TOKENIZER_VERSION)), err);
    *count = rebuild.count;
    return status;
}

enum status fulltext_renew(struct index *index, uint64_t *count, struct error *err)
{
    bool is_current = false;
    enum status status = fulltext_is_current(&index->sql, &is_current, err);

    *count = 0;
    if (status || is_current)
        return status;
    status = sql_script(&index->sql, "BEGIN IMMEDIATE", err);
    if (status)
        return status;
    status = fulltext_rebuild(index, count, err);
    if (!status)
        status = sql_script(&index->sql, "COMMIT", err);
    if (status)
        (void)sqlite3_exec(index->sql.db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}
