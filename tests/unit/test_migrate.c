/* A database of an older schema becomes one of this one, whole or not at all, and a copy stays. */
#include "store_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/os.h"
#include "index/layout.h"
#include "index/migrate.h"
#include "index/texts.h"

#define NEXT (INDEX_SCHEMA_VERSION + 1)
#define LAST (INDEX_SCHEMA_VERSION + 2)

static const struct migration steps[] = {
    { NEXT, "ALTER TABLE source ADD COLUMN note TEXT NOT NULL DEFAULT 'new'", NULL },
    { LAST, "CREATE TABLE extra(x); INSERT INTO extra SELECT count(*) FROM document", NULL },
};

#define STEP_COUNT (sizeof(steps) / sizeof(steps[0]))

/* A base that the first version wrote, closed. */
static struct fixture old_base(void)
{
    struct fixture fixture = fixture_new();

    fixture_put(&fixture, "a.md", "", "A text of old.", 1);
    fixture_close(&fixture);
    assert_int_equal(fixture_number(&fixture, "PRAGMA user_version"), INDEX_SCHEMA_VERSION);
    return fixture;
}

static int64_t number_of_copy(struct fixture *fixture, int version, const char *text)
{
    struct fixture copy = *fixture;
    char from[128], to[128];

    (void)snprintf(copy.folder, sizeof(copy.folder), "%.40s-kept", fixture->folder);
    assert_int_equal(mkdir(copy.folder, 0700), 0);
    (void)snprintf(from, sizeof(from), "%s/index.db.schema-%d", fixture->folder, version);
    (void)snprintf(to, sizeof(to), "%s/index.db", copy.folder);
    assert_int_equal(rename(from, to), 0);
    copy.generation = fixture_number(&copy, text);
    (void)nftw(copy.folder, fixture_unlink, 8, FTW_DEPTH | FTW_PHYS);
    return copy.generation;
}

static void test_an_older_one(void **state)
{
    struct fixture fixture = old_base();
    struct index *index = NULL;
    struct error err;

    (void)state;
    assert_good(index_open(fixture.folder, INDEX_READ, &index, &err), &err);
    assert_int_equal(migrate_with(index, steps, STEP_COUNT, LAST, &err), STATUS_UNSUPPORTED);
    assert_non_null(strstr(err.text, "varve sync"));
    index_free(index);
    assert_good(index_open(fixture.folder, INDEX_WRITE, &index, &err), &err);
    assert_good(migrate_with(index, steps, STEP_COUNT, LAST, &err), &err);
    assert_good(migrate_with(index, steps, STEP_COUNT, LAST, &err), &err);
    index_free(index);
    assert_int_equal(fixture_number(&fixture, "PRAGMA user_version"), LAST);
    assert_int_equal(fixture_number(&fixture, "SELECT x FROM extra"), 1);
    assert_int_equal(fixture_number(&fixture, "SELECT note = 'new' FROM source"), 1);
    assert_int_equal(number_of_copy(&fixture, INDEX_SCHEMA_VERSION, "PRAGMA user_version"),
                     INDEX_SCHEMA_VERSION);
    /* This program is the older one now. */
    assert_int_equal(index_open(fixture.folder, INDEX_WRITE, &index, &err), STATUS_UNSUPPORTED);
    assert_non_null(strstr(err.text, "newer varve"));
    fixture_free(&fixture);
}

static void test_all_or_nothing(void **state)
{
    static const struct migration broken[] = {
        { NEXT, "ALTER TABLE source ADD COLUMN note TEXT NOT NULL DEFAULT 'new'", NULL },
        { LAST, "this is no SQL", NULL },
    };
    static const struct migration gap[] = { { LAST, "CREATE TABLE extra(x)", NULL } };
    struct fixture fixture = old_base();
    struct index *index = NULL;
    struct error err;

    (void)state;
    assert_good(index_open(fixture.folder, INDEX_WRITE, &index, &err), &err);
    assert_int_not_equal(migrate_with(index, broken, 2, LAST, &err), STATUS_OK);
    assert_int_equal(migrate_with(index, gap, 1, LAST, &err), STATUS_UNSUPPORTED);
    index_free(index);
    assert_int_equal(fixture_number(&fixture, "PRAGMA user_version"), INDEX_SCHEMA_VERSION);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM pragma_table_info('source')"
                                              " WHERE name = 'note'"),
                     0);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

/* ---- schema 5 ---- */

static const char to_5[] =
    "UPDATE change SET content_hash = ifnull(content_hash, (SELECT r.content_hash FROM revision r"
    " WHERE r.document_id = change.document_id AND r.born = change.generation));"
    "ALTER TABLE document DROP COLUMN good_stamp;"
    "UPDATE document SET kept_stamp = CASE WHEN kept_stamp IS NULL THEN stamp"
    " WHEN kept_stamp <> x'' THEN kept_stamp END,"
    " attempt_stamp = CASE WHEN length(attempt_stamp) < 9 THEN stamp ELSE attempt_stamp END,"
    " content_hash = CASE WHEN content_hash = x'' THEN (SELECT r.content_hash"
    " FROM revision r WHERE r.revision_id = document.revision_id) ELSE content_hash END;"
    "ALTER TABLE document RENAME COLUMN kept_stamp TO good_stamp;"
    "ALTER TABLE revision ADD COLUMN media_type TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE revision ADD COLUMN extractor TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE revision ADD COLUMN charset TEXT NOT NULL DEFAULT '';"
    "UPDATE revision SET (media_type, extractor, charset) = (SELECT media_type, extractor, charset"
    " FROM origin o WHERE o.origin_id = revision.origin_id);"
    "ALTER TABLE revision DROP COLUMN origin_id; DROP TABLE origin;"
    "DROP INDEX segment_copy; ALTER TABLE segment RENAME TO s;"
    "CREATE TABLE segment("
    " segment_id INTEGER PRIMARY KEY, document_id INTEGER NOT NULL,"
    " input_id INTEGER NOT NULL, text_bytes INTEGER NOT NULL,"
    " born INTEGER NOT NULL, died INTEGER);"
    "INSERT INTO segment SELECT segment_id, document_id, input_id, text_bytes, born, died FROM s;"
    "DROP TABLE s; CREATE INDEX segment_input ON segment(input_id);"
    "ALTER TABLE state DROP COLUMN secret; PRAGMA user_version = 5;";

static struct hash hash_of_input(struct index *index, int64_t input_id)
{
    struct buf plain = BUF_INIT(1 << 20);
    struct hash hash;
    struct error err;

    assert_good(texts_load(index, input_id, &plain, &err), &err);
    hash = hash_text(buf_span(&plain));
    buf_release(&plain);
    return hash;
}

/* Its keys were 16 bytes of each input's hash. */
static void put_layout_as_5(struct index *index, int64_t revision_id, struct span packed)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT(1 << 20);
    struct buf plain = BUF_INIT(1 << 20), made = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
    struct layout layout;
    struct error err;

    assert_good(pack_expand(index->pack, packed, &plain, &err), &err);
    assert_good(layout_decode(buf_span(&plain), &arena, &layout, &err), &err);
    buf_append_char(&made, 1);
    buf_append(&made, plain.data + 1, plain.len - 1 - layout.segment_count * INDEX_KEY_BYTES);
    for (size_t i = 0; i < layout.segment_count; i++) {
        struct hash hash = hash_of_input(index, layout.segments[i].input_id);

        buf_append(&made, (const char *)hash.bytes, 16);
    }
    assert_good(pack_compress(index->pack, PACK_QUICK, buf_span(&made), &out, &err), &err);
    assert_good(sql_run(&index->sql, "UPDATE revision SET layout = ?2 WHERE revision_id = ?1",
                        SQL_VALUES(sql_integer(revision_id), sql_blob(buf_span(&out))), &err),
                &err);
    buf_release(&plain);
    buf_release(&made);
    buf_release(&out);
}

static void make_5(struct index *index)
{
    sqlite3_stmt *row = NULL;
    struct error err;
    bool has_row = true;

    assert_good(sql_open(&index->sql,
                         "SELECT revision_id, layout FROM revision ORDER BY"
                         " revision_id DESC",
                         NULL, &row, &err),
                &err);
    while (!sql_step(&index->sql, row, &has_row, &err) && has_row)
        put_layout_as_5(index, sqlite3_column_int64(row, 0), sql_column_span(row, 1));
    sql_close(&row);
    assert_good(sql_script(&index->sql,
                           "CREATE TABLE input_5(key INTEGER NOT NULL, input_id INTEGER NOT NULL,"
                           " PRIMARY KEY(key, input_id)) WITHOUT ROWID",
                           &err),
                &err);
    assert_good(sql_open(&index->sql, "SELECT input_id FROM input", NULL, &row, &err), &err);
    while (!sql_step(&index->sql, row, &has_row, &err) && has_row) {
        struct hash hash = hash_of_input(index, sqlite3_column_int64(row, 0));
        int64_t key;

        memcpy(&key, hash.bytes, sizeof(key));
        assert_good(sql_run(&index->sql, "INSERT INTO input_5 VALUES(?, ?)",
                            SQL_VALUES(sql_integer(key), sql_integer(sqlite3_column_int64(row, 0))),
                            &err),
                    &err);
    }
    sql_close(&row);
    assert_good(
        sql_script(&index->sql, "DROP TABLE input; ALTER TABLE input_5 RENAME TO input", &err),
        &err);
    assert_good(sql_script(&index->sql, to_5, &err), &err);
}

/* ---- schema 1 ---- */

static const char to_1[] =
    "CREATE TABLE dictionary(dictionary_id INTEGER PRIMARY KEY, data BLOB NOT NULL);"
    "ALTER TABLE state RENAME COLUMN last_segment_id TO dictionary_id;"
    "UPDATE state SET dictionary_id = 0; ALTER TABLE state DROP COLUMN tokenizer_version;"
    "DROP INDEX revision_stemmer; ALTER TABLE revision DROP COLUMN stemmer;"
    "ALTER TABLE segment RENAME TO s; DROP INDEX segment_input;"
    "CREATE TABLE segment("
    " segment_id INTEGER PRIMARY KEY AUTOINCREMENT, document_id INTEGER NOT NULL,"
    " input_id INTEGER NOT NULL, text_bytes INTEGER NOT NULL,"
    " born INTEGER NOT NULL, died INTEGER);"
    "CREATE INDEX segment_input ON segment(input_id);"
    "INSERT INTO segment SELECT * FROM s; DROP TABLE s;"
    "ALTER TABLE input RENAME TO i;"
    "CREATE TABLE input("
    " input_id INTEGER PRIMARY KEY AUTOINCREMENT, key INTEGER NOT NULL, hash BLOB NOT NULL,"
    " dictionary_id INTEGER NOT NULL, data BLOB NOT NULL);"
    "CREATE INDEX input_key ON input(key);"
    "ALTER TABLE document RENAME COLUMN stage_id TO stage_fingerprint;"
    "ALTER TABLE revision RENAME COLUMN stage_id TO stage_fingerprint;"
    "UPDATE document SET stage_fingerprint = (SELECT fingerprint FROM stage"
    " WHERE stage_id = stage_fingerprint);"
    "UPDATE revision SET stage_fingerprint = (SELECT fingerprint FROM stage"
    " WHERE stage_id = stage_fingerprint);"
    "DROP TABLE stage;"
    "DROP TABLE cost; DROP INDEX waiting_failed; DROP TABLE waiting;"
    "CREATE TABLE waiting(model_id INTEGER NOT NULL, input_id INTEGER NOT NULL,"
    " is_failed INTEGER NOT NULL, PRIMARY KEY(model_id, input_id)) WITHOUT ROWID;"
    "CREATE INDEX waiting_failed ON waiting(model_id, input_id) WHERE is_failed = 1;"
    "PRAGMA user_version = 1;";

/* 9 numbers, little-endian: 8 bytes each, the last three 4. */
static struct span stamp_as_1(const struct file_stamp *stamp, char out[60])
{
    const uint64_t numbers[9] = { stamp->device,
                                  stamp->inode,
                                  stamp->size,
                                  (uint64_t)stamp->mtime_ns,
                                  (uint64_t)stamp->ctime_ns,
                                  (uint64_t)stamp->btime_ns,
                                  stamp->mode,
                                  stamp->uid,
                                  stamp->gid };
    size_t at = 0;

    for (size_t i = 0; i < 9; i++) {
        for (unsigned k = 0; k < (i < 6 ? 8u : 4u); k++)
            out[at++] = (char)(numbers[i] >> (8 * k));
    }
    return (struct span){ out, at };
}

static void put_input_as_1(struct index *index, int64_t key, int64_t input_id)
{
    struct buf plain = BUF_INIT(1 << 20), packed = BUF_INIT(1 << 20);
    struct hash hash;
    struct error err;

    assert_good(texts_load(index, input_id, &plain, &err), &err);
    assert_good(pack_compress(index->pack, PACK_QUICK, buf_span(&plain), &packed, &err), &err);
    hash = hash_text(buf_span(&plain));
    assert_good(sql_run(&index->sql, "INSERT INTO input VALUES(?, ?, ?, 0, ?)",
                        SQL_VALUES(sql_integer(input_id), sql_integer(key),
                                   sql_blob((struct span){ (const char *)hash.bytes + 8, 24 }),
                                   sql_blob(buf_span(&packed))),
                        &err),
                &err);
    buf_release(&plain);
    buf_release(&packed);
}

/* What this program wrote, as the one before it would have. */
static void make_1(struct fixture *fixture)
{
    struct index *index = NULL;
    sqlite3_stmt *row = NULL;
    struct error err;
    bool has_row = true;
    char bytes[60];

    assert_good(index_open(fixture->folder, INDEX_WRITE, &index, &err), &err);
    make_5(index);
    assert_good(sql_script(&index->sql, to_1, &err), &err);
    assert_good(sql_open(&index->sql, "SELECT key, input_id FROM i", NULL, &row, &err), &err);
    while (!sql_step(&index->sql, row, &has_row, &err) && has_row)
        put_input_as_1(index, sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1));
    sql_close(&row);
    for (uint64_t number = 1; number <= 4; number++) {
        struct file_stamp stamp = stamp_number(number);
        struct stamp_bytes now = stamp_encode(&stamp);

        assert_good(
            sql_run(&index->sql, "UPDATE document SET stamp = ?2, good_stamp = ?2 WHERE stamp = ?1",
                    SQL_VALUES(sql_blob(stamp_span(&now)), sql_blob(stamp_as_1(&stamp, bytes))),
                    &err),
            &err);
    }
    assert_good(sql_script(&index->sql, "DROP TABLE i; DROP TABLE text", &err), &err);
    index_free(index);
}

static void assert_found(struct fixture *fixture, const char *word, int64_t generation,
                         const char *wanted)
{
    struct buf found = BUF_INIT(1 << 20);

    fixture_search(fixture,
                   &(struct search_query){ .text = text_span(word),
                                           .mode = SEARCH_TEXT,
                                           .filter.generation = generation },
                   &found);
    assert_string_equal(found.data, wanted);
    buf_release(&found);
}

/* Texts, stamps, fingerprints and the past are what they were, and ids go on. */
static void test_from_1(void **state)
{
    struct fixture fixture = fixture_new();
    struct document_key key;
    struct document_record before = { 0 }, after = { 0 };
    int64_t segments, edited;
    bool is_known = false;
    struct error err;

    (void)state;
    fixture_put(&fixture, "a.md", "", "A text of clay.\n\nAnother of sand.", 1);
    fixture_put(&fixture, "b.md", "", "Another of sand.\n\n# Lake\n\nWith silt.", 2);
    edited = fixture.generation;
    fixture_put(&fixture, "a.md", "", "A text of gravel.\n\nAnother of sand.", 3);
    key = key_for(&fixture, "a.md", "");
    assert_good(fixture.store->ops->lookup(fixture.store, &key, &before, &is_known, &err), &err);
    segments = fixture_number(&fixture, "SELECT max(segment_id) FROM segment");
    fixture.store->ops->free(fixture.store);
    index_free(fixture.index);
    make_1(&fixture);
    fixture.store = NULL;
    fixture.index = NULL;
    fixture_reopen(&fixture);
    assert_int_equal(fixture_number(&fixture, "PRAGMA user_version"), INDEX_SCHEMA_VERSION);
    assert_sound(&fixture);
    assert_found(&fixture, "clay", edited, "a.md");
    assert_found(&fixture, "clay", 0, "");
    assert_found(&fixture, "gravel", 0, "a.md");
    assert_good(fixture.store->ops->lookup(fixture.store, &key, &after, &is_known, &err), &err);
    assert_true(is_known && os_stamp_equal(&before.stamp, &after.stamp) &&
                os_stamp_equal(&before.good_stamp, &after.good_stamp) &&
                hash_equal(&before.stage_fingerprint, &after.stage_fingerprint));
    fixture_put(&fixture, "c.md", "", "Another of sand.\n\nAnd of ash.", 4);
    assert_int_equal(fixture_number(&fixture, "SELECT min(segment_id) FROM segment JOIN document"
                                              " USING(document_id) WHERE path = CAST('c.md' AS"
                                              " BLOB)"),
                     segments + 1);
    assert_int_equal(fixture_number(&fixture, "SELECT embedded_texts FROM cost"), 1);
    assert_sound(&fixture);
    assert_int_equal(number_of_copy(&fixture, 1, "PRAGMA user_version"), 1);
    fixture_free(&fixture);
}

/* What was said twice is said once, and says the same. */
static void test_from_5(void **state)
{
    struct fixture fixture = fixture_new();
    struct file_stamp later = stamp_number(9);
    struct document_key key;
    struct document_record before = { 0 }, after = { 0 };
    int64_t hashes, copies;
    bool is_known = false;
    struct error err;

    (void)state;
    fixture_put(&fixture, "a.md", "", "A text of clay.\n\nAnother of sand.", 1);
    fixture_put(&fixture, "b.md", "", "Another of sand.\n\n# Lake\n\nWith silt.", 2);
    fixture_put(&fixture, "a.md", "", "A text of gravel.\n\nAnother of sand.", 3);
    key = key_for(&fixture, "b.md", "");
    fixture_begin(&fixture);
    assert_good(fixture.store->ops->put_failure(fixture.store, &key, &later, NULL, NULL,
                                                OUTCOME_MALFORMED, "torn", &err),
                &err);
    fixture_commit(&fixture);
    assert_good(fixture.store->ops->lookup(fixture.store, &key, &before, &is_known, &err), &err);
    copies = fixture_number(&fixture, "SELECT count(*) FROM segment WHERE copied_id IS NOT NULL");
    assert_true(copies > 0);
    hashes = fixture_number(&fixture, "SELECT count(*) FROM change WHERE content_hash IS NULL");
    fixture.store->ops->free(fixture.store);
    fixture.store = NULL;
    make_5(fixture.index);
    index_free(fixture.index);
    fixture.index = NULL;
    fixture_reopen(&fixture);
    assert_int_equal(fixture_number(&fixture, "PRAGMA user_version"), INDEX_SCHEMA_VERSION);
    assert_sound(&fixture);
    assert_found(&fixture, "gravel", 0, "a.md");
    assert_good(fixture.store->ops->lookup(fixture.store, &key, &after, &is_known, &err), &err);
    assert_true(is_known && os_stamp_equal(&before.stamp, &after.stamp) &&
                os_stamp_equal(&before.good_stamp, &after.good_stamp) &&
                !os_stamp_equal(&after.stamp, &after.good_stamp) &&
                hash_equal(&before.content_hash, &after.content_hash));
    assert_int_equal(
        fixture_number(&fixture, "SELECT count(*) FROM segment WHERE copied_id IS NOT NULL"),
        copies);
    assert_int_equal(
        fixture_number(&fixture, "SELECT count(*) FROM change WHERE content_hash IS NULL"), hashes);
    assert_int_equal(
        fixture_number(&fixture, "SELECT count(*) FROM document WHERE content_hash = x''"), 1);
    assert_int_equal(number_of_copy(&fixture, 5, "PRAGMA user_version"), 5);
    fixture_free(&fixture);
}

/* A process that is killed when a file grows beyond a limit: SIGXFSZ comes in the middle of a
 * write. */
static bool is_killed_beyond(const char *folder, size_t limit)
{
    const struct rlimit core = { 0, 0 }, size = { limit, limit };
    pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) {
        struct index *index = NULL;

        (void)signal(SIGXFSZ, SIG_DFL);
        (void)setrlimit(RLIMIT_CORE, &core);
        (void)setrlimit(RLIMIT_FSIZE, &size);
        _exit(index_open(folder, INDEX_WRITE, &index, NULL) ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGXFSZ : WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

static void test_killed_from_5(void **state)
{
    struct fixture fixture = fixture_new();
    size_t limit = 4096, killed = 0;
    char name[16], text[128];

    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        (void)snprintf(name, sizeof(name), "%u.md", i);
        (void)snprintf(text, sizeof(text), "The layer %u of clay.\n\nOn sand.", i);
        fixture_put(&fixture, name, "", text, i + 1);
    }
    fixture.store->ops->free(fixture.store);
    fixture.store = NULL;
    make_5(fixture.index);
    index_free(fixture.index);
    fixture.index = NULL;
    for (; is_killed_beyond(fixture.folder, limit); limit += 16384)
        killed += fixture_number(&fixture, "PRAGMA user_version") == 5;
    assert_true(killed > 10);
    fixture_reopen(&fixture);
    assert_int_equal(fixture_number(&fixture, "PRAGMA user_version"), INDEX_SCHEMA_VERSION);
    assert_sound(&fixture);
    assert_found(&fixture, "17", 0, "17.md");
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM document"), 60);
    assert_int_equal(number_of_copy(&fixture, 5, "PRAGMA user_version"), 5);
    fixture_free(&fixture);
}

/* What another tokenizer left is not what ours would look for, nor what it would delete: readers
 * say so, verify does, and the next writer makes all rows again. */
static void test_full_text_of_another_tokenizer(void **state)
{
    struct search_query query = { .text = text_span("clay"), .mode = SEARCH_TEXT };
    struct fixture fixture = fixture_new();
    struct snapshot *snapshot = NULL;
    struct search *search = NULL;
    struct index *reader = NULL;
    struct error err;

    (void)state;
    fixture_put(&fixture, "a.md", "", "A text of clay.\n\nAnother of sand.", 1);
    assert_int_equal(index_renewed_rows(fixture.index), 0);
    assert_good(sql_script(&fixture.index->sql,
                           "UPDATE state SET tokenizer_version = 0;"
                           "INSERT INTO fulltext(fulltext) VALUES('delete-all');"
                           "INSERT INTO fulltext(rowid, text) VALUES(1, 'klai'), (2, 'sant')",
                           &err),
                &err);
    assert_good(index_open(fixture.folder, INDEX_READ, &reader, &err), &err);
    assert_good(snapshot_take(reader, &snapshot, &err), &err);
    assert_int_equal(search_run(snapshot, &query, &search, &err), STATUS_UNSUPPORTED);
    assert_non_null(strstr(err.text, "varve sync"));
    snapshot_free(snapshot);
    index_free(reader);
    assert_int_not_equal(fixture_verify(&fixture, NULL, NULL), 0);
    fixture_reopen(&fixture);
    assert_int_equal(index_renewed_rows(fixture.index), 2);
    assert_found(&fixture, "clay", 0, "a.md");
    assert_found(&fixture, "klai", 0, "");
    fixture_put(&fixture, "a.md", "", "A text of gravel.", 2);
    assert_found(&fixture, "clay", 0, "");
    assert_sound(&fixture);
    fixture_reopen(&fixture);
    assert_int_equal(index_renewed_rows(fixture.index), 0);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_older_one),  cmocka_unit_test(test_all_or_nothing),
        cmocka_unit_test(test_from_1),        cmocka_unit_test(test_from_5),
        cmocka_unit_test(test_killed_from_5), cmocka_unit_test(test_full_text_of_another_tokenizer)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
