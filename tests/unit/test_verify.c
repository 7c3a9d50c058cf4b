/* verify: finds nothing on a good base, and each kind of damage that is planted; repair mends it.
 */
#include "store_fixture.h"

#include <dirent.h>

#include "index/repair.h"

struct expected {
    const char *check;
    bool is_found;
};

static void look_for(void *user, const char *check, const char *text)
{
    struct expected *expected = user;

    (void)text;
    expected->is_found |= strcmp(check, expected->check) == 0;
}

/* Two documents, one edited and one removed, so that there is a past. */
static struct fixture lived_in(void)
{
    struct fixture fixture = fixture_new();
    struct document_key key = key_for(&fixture, "gone.md", "");
    struct error err;

    fixture_put(&fixture, "a.md", "", "# One\n\nThe first text.\n\nThe second text.", 1);
    fixture_put(&fixture, "gone.md", "", "It will be removed.", 2);
    fixture_put(&fixture, "b.md", "", "Another document.\n\nWith two paragraphs.", 3);
    fixture_put(&fixture, "a.md", "", "# One\n\nThe first text, edited.\n\nThe second text.", 4);
    fixture_begin(&fixture);
    assert_good(fixture.store->ops->remove(fixture.store, &key, &err), &err);
    fixture_commit(&fixture);
    fixture.is_embedder_down = true;
    fixture_put(&fixture, "c.md", "", "It waits for a vector.", 5);
    return fixture;
}

static const struct {
    const char *check, *damage;
} cases[] = {
    { "generation", "UPDATE state SET generation = 2" },
    { "generation", "UPDATE state SET last_segment_id = 1" },
    { "generation", "UPDATE segment SET born = 99 WHERE segment_id = 1" },
    { "generation", "DELETE FROM generation WHERE generation = (SELECT max(generation)"
                    " FROM generation)" },
    { "revision-document", "UPDATE document SET revision_id = NULL WHERE document_id = 1" },
    { "revision-document", "UPDATE document SET revision_id = 1 WHERE document_id = 3" },
    { "lifetime", "UPDATE segment SET died = born - 1 WHERE died IS NOT NULL" },
    { "orphan", "DELETE FROM document WHERE document_id = 2" },
    { "orphan", "DELETE FROM input WHERE input_id = 1" },
    { "orphan", "INSERT INTO input VALUES(1, 999)" },
    { "orphan", "INSERT INTO vector VALUES((1 << 40) + 999, x'00')" },
    { "orphan", "DELETE FROM model" },
    { "orphan", "DELETE FROM source" },
    { "orphan", "DELETE FROM origin" },
    { "waiting", "DELETE FROM waiting" },
    { "waiting", "INSERT INTO waiting VALUES(7, 2, 0, 9)" },
    { "waiting", "UPDATE state SET next_model_id = 7" },
    { "waiting", "INSERT INTO waiting VALUES(1, 2, 0, 9)" },
    { "waiting", "DELETE FROM vector WHERE vector_id = (1 << 40) + 2" },
    { "fulltext-rows", "DELETE FROM fulltext_docsize WHERE id = 2" },
    { "fulltext-rows", "INSERT INTO fulltext_docsize VALUES(999, x'010000')" },
    { "fulltext-text", "UPDATE fulltext_docsize SET sz = x'050000' WHERE id = 2" },
    { "feed", "DELETE FROM change WHERE sequence = 2" },
    { "feed", "UPDATE change SET generation = 99 WHERE sequence = 2" },
    { "feed", "UPDATE state SET sequence = sequence + 1" },
    { "feed", "INSERT INTO consumer VALUES('sink', 999)" },
    { "layout-segment", "DELETE FROM segment WHERE segment_id = 2" },
    { "layout-segment", "UPDATE segment SET copied_id = 4 WHERE segment_id = 2" },
    { "layout-segment", "UPDATE segment SET text_bytes = 1 WHERE segment_id = 2" },
    { "layout-segment", "UPDATE segment SET died = born WHERE segment_id = 2" },
    { "layout-segment", "UPDATE segment SET died = NULL WHERE segment_id = 1" },
    { "layout", "UPDATE revision SET layout = x'1234' WHERE revision_id = 1" },
    { "layout", "UPDATE revision SET layout = (SELECT layout FROM revision WHERE"
                " revision_id = 2) WHERE revision_id = 3" },
    { "text-hash", "UPDATE text SET data = x'28b52ffd0000'" },
    { "text-hash", "DELETE FROM text" },
    { "text-hash", "UPDATE text SET name = name + 1" },
    { "text-hash", "UPDATE input SET key = key + 1 WHERE input_id = 1" },
    { "text-hash", "DELETE FROM input WHERE input_id = 1" },
    { "text-hash", "UPDATE state SET secret = randomblob(16)" },
    { "scan", "UPDATE scan SET slots = slots - 1" },
    { "scan", "UPDATE scan SET epoch = 77" },
    { "scan", "UPDATE vector SET data = (SELECT data FROM vector WHERE vector_id ="
              " (1 << 40) + 2) WHERE vector_id = (1 << 40) + 1" },
    { "vector", "UPDATE vector SET data = zeroblob(64) WHERE vector_id = (1 << 40) + 1" },
    { "vector", "UPDATE vector SET data = zeroblob(63) WHERE vector_id = (1 << 40) + 1" },
    { "vector", "UPDATE vector SET data = CAST(x'0000c07f' || zeroblob(60) AS BLOB)"
                " WHERE vector_id = (1 << 40) + 1" },
};

#define CASE_COUNT (sizeof(cases) / sizeof(cases[0]))

static void count_mended(void *user, const char *what, uint64_t count)
{
    assert_non_null(what);
    *(uint64_t *)user += count;
}

struct repairing {
    uint64_t *mended;
    /* First and last of those whose vectors are not their model's; 0: none is looked at. */
    int64_t first_wrong, last_wrong;
};

static void count_repaired(void *user, const char *what, uint64_t count)
{
    count_mended(((struct repairing *)user)->mended, what, count);
}

static bool is_right(void *user, const struct verify_vector *vector)
{
    const struct repairing *repairing = user;

    return vector->input_id < repairing->first_wrong || vector->input_id > repairing->last_wrong;
}

/* As `varve verify --repair` does, and what the daemon does then: reads the documents again. */
static void repair_with(struct fixture *fixture, struct repair_report *report,
                        struct repairing *repairing)
{
    struct repair_options options = { .mended = count_repaired,
                                      .vector = repairing->first_wrong ? is_right : NULL,
                                      .user = repairing };
    struct index *index = NULL;
    struct error err;

    if (fixture->store)
        fixture_close(fixture);
    assert_good(index_open(fixture->folder, INDEX_WRITE, &index, &err), &err);
    assert_good(repair_run(index, &options, report, &err), &err);
    index_free(index);
}

static void repair_base(struct fixture *fixture, struct repair_report *report, uint64_t *mended)
{
    repair_with(fixture, report, &(struct repairing){ .mended = mended });
}

static void read_again(struct fixture *fixture)
{
    struct error err;

    fixture_reopen(fixture);
    fixture_begin(fixture);
    assert_good(fixture->store->ops->put_source(fixture->store, text_span("/home/docs"),
                                                &fixture->source_id, &err),
                &err);
    assert_good(fixture->store->ops->put_model(fixture->store, &fixture->model, MODEL_CURRENT,
                                               text_span("embed-fixture"), &fixture->model_id,
                                               &err),
                &err);
    fixture_commit(fixture);
    fixture->is_embedder_down = false;
    fixture_put(fixture, "a.md", "", "# One\n\nThe first text, edited.\n\nThe second text.", 4);
    fixture_put(fixture, "b.md", "", "Another document.\n\nWith two paragraphs.", 3);
    fixture_put(fixture, "c.md", "", "It waits for a vector.", 5);
}

static void assert_finds(struct fixture *fixture, const char *words, const char *paths)
{
    struct search_query query = { .text = text_span(words),
                                  .mode = SEARCH_TEXT,
                                  .vector_weight = -1 };
    struct buf found = BUF_INIT(4096);

    fixture_search(fixture, &query, &found);
    assert_string_equal(found.data, paths);
    buf_release(&found);
}

static void test_each_damage_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASE_COUNT; i++) {
        struct fixture fixture = lived_in();
        struct expected expected = { .check = cases[i].check };

        assert_sound(&fixture);
        fixture_damage(&fixture, cases[i].damage);
        assert_true(fixture_verify(&fixture, look_for, &expected) > 0);
        if (!expected.is_found)
            fail_msg("'%s' is not found by %s", cases[i].damage, cases[i].check);
        fixture_free(&fixture);
    }
}

static void test_each_damage_is_mended(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASE_COUNT; i++) {
        struct fixture fixture = lived_in();
        struct repair_report report = REPAIR_REPORT_INIT;
        uint64_t mended = 0;

        fixture_damage(&fixture, cases[i].damage);
        repair_base(&fixture, &report, &mended);
        assert_true(report.found > 0);
        assert_true(mended > 0);
        if (fixture_verify(&fixture, print_found, NULL) != 0)
            fail_msg("'%s' is not mended", cases[i].damage);
        read_again(&fixture);
        assert_sound(&fixture);
        assert_finds(&fixture, "+first +edited", "a.md");
        assert_finds(&fixture, "+paragraphs", "b.md");
        buf_release(&report.aside);
        fixture_free(&fixture);
    }
}

static enum status give_vector(void *user, const struct hash *hash, struct span input,
                               struct error *err)
{
    (void)input;
    (void)err;
    *(struct hash *)user = *hash;
    return STATUS_OK;
}

/* Of the model that is built beside the one that is searched, too. */
static void test_the_next_models_scan_file(void **state)
{
    struct fixture fixture = lived_in();
    struct expected expected = { .check = "scan-next" };
    struct repair_report report = REPAIR_REPORT_INIT;
    struct model_info model = fixture.model;
    float values[FIXTURE_DIMENSIONS];
    const float *vector = values;
    struct hash hash = { 0 };
    int64_t next_id = 0;
    uint64_t mended = 0;
    struct error err;

    (void)state;
    model.fingerprint = hash_text(text_span("model two"));
    fixture_begin(&fixture);
    assert_good(fixture.store->ops->put_model(fixture.store, &model, MODEL_NEXT,
                                              text_span("embed-fixture"), &next_id, &err),
                &err);
    assert_good(
        fixture.store->ops->each_waiting(fixture.store, next_id, 1, give_vector, &hash, &err),
        &err);
    fixture_vector(&hash, values);
    assert_good(
        fixture.store->ops->put_vectors(fixture.store, next_id, &hash, &vector, NULL, 1, &err),
        &err);
    fixture_commit(&fixture);
    assert_sound(&fixture);
    fixture_damage(&fixture, "UPDATE scan SET slots = 0 WHERE model_id = (SELECT next_model_id"
                             " FROM state)");
    assert_true(fixture_verify(&fixture, look_for, &expected) > 0);
    assert_true(expected.is_found);
    repair_base(&fixture, &report, &mended);
    assert_true(mended > 0);
    fixture_reopen(&fixture);
    assert_sound(&fixture);
    buf_release(&report.aside);
    fixture_free(&fixture);
}

static void test_nothing_wrong_is_left_alone(void **state)
{
    struct fixture fixture = lived_in();
    struct repair_report report = REPAIR_REPORT_INIT;
    int64_t generation = fixture.generation;
    uint64_t mended = 0;

    (void)state;
    repair_base(&fixture, &report, &mended);
    assert_int_equal(report.found, 0);
    assert_int_equal(mended, 0);
    assert_int_equal(fixture_number(&fixture, "SELECT generation FROM state"), generation);
    fixture_free(&fixture);
}

/* Only the document that is damaged is read again; the others keep revision and vectors. */
static void test_the_smallest_part(void **state)
{
    static const char live[] = "SELECT count(*) FROM document WHERE revision_id IS NOT NULL";
    struct fixture fixture = lived_in();
    struct repair_report report = REPAIR_REPORT_INIT;
    uint64_t mended = 0;

    (void)state;
    fixture_damage(&fixture, "UPDATE revision SET layout = x'1234' WHERE revision_id = 3");
    repair_base(&fixture, &report, &mended);
    assert_int_equal(report.documents, 1);
    assert_int_equal(report.revisions, 1);
    assert_int_equal(fixture_number(&fixture, live), 2);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM document WHERE outcome = 0"),
                     1);
    fixture_damage(&fixture, "UPDATE segment SET text_bytes = 1 WHERE segment_id = 2");
    repair_base(&fixture, &report, &mended);
    assert_int_equal(report.documents, 1);
    assert_int_equal(fixture_number(&fixture, live), 2);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

/* One word of the full text's own index, past SQLite's and FTS5's checks. */
static void test_a_wrong_word(void **state)
{
    struct fixture fixture = lived_in();
    struct expected expected = { .check = "fulltext-text" };
    struct repair_report report = REPAIR_REPORT_INIT;
    char path[128];
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    uint64_t mended = 0;
    bool is_planted = false;

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/index.db", fixture.folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT id, block FROM fulltext_data", -1, &row, NULL),
                     SQLITE_OK);
    while (!is_planted && sqlite3_step(row) == SQLITE_ROW) {
        size_t len = (size_t)sqlite3_column_bytes(row, 1);
        const char *at = sqlite3_column_blob(row, 1);
        char *copy = malloc(len + 1);
        char *word;
        sqlite3_stmt *update = NULL;

        assert_non_null(copy);
        memcpy(copy, at, len);
        word = memmem(copy, len, "anoth", 5);
        if (word) {
            word[4] = 'u';
            assert_int_equal(sqlite3_prepare_v2(db,
                                                "UPDATE fulltext_data SET block = ? WHERE id = ?",
                                                -1, &update, NULL),
                             SQLITE_OK);
            sqlite3_bind_blob(update, 1, copy, (int)len, SQLITE_STATIC);
            sqlite3_bind_int64(update, 2, sqlite3_column_int64(row, 0));
            sqlite3_reset(row);
            assert_int_equal(sqlite3_step(update), SQLITE_DONE);
            sqlite3_finalize(update);
            is_planted = true;
        }
        free(copy);
    }
    sqlite3_finalize(row);
    sqlite3_close(db);
    assert_true(is_planted);
    assert_true(fixture_verify(&fixture, look_for, &expected) > 0);
    assert_true(expected.is_found);
    repair_base(&fixture, &report, &mended);
    assert_int_equal(report.documents, 0);
    assert_sound(&fixture);
    assert_finds(&fixture, "another", "b.md");
    fixture_free(&fixture);
}

#define LEAF_HEAD ((size_t)4)

struct leaf {
    int64_t id;
    struct buf block;
    size_t index_start; /* behind the terms' lists: where each term begins */
};

/* The largest one. */
static void read_leaf(const struct fixture *fixture, struct leaf *out)
{
    char path[128];
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    const uint8_t *data;

    (void)snprintf(path, sizeof(path), "%s/index.db", fixture->folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT id, block FROM fulltext_data WHERE id > 10"
                                        " ORDER BY length(block) DESC LIMIT 1",
                                        -1, &row, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    data = sqlite3_column_blob(row, 1);
    *out = (struct leaf){ .id = sqlite3_column_int64(row, 0),
                          .block = BUF_INIT(65536),
                          .index_start = (size_t)data[2] << 8 | data[3] };
    buf_append(&out->block, (const char *)data, (size_t)sqlite3_column_bytes(row, 1));
    sqlite3_finalize(row);
    sqlite3_close(db);
}

static void write_leaf(const struct fixture *fixture, const struct leaf *leaf)
{
    char path[128];
    sqlite3 *db = NULL;
    sqlite3_stmt *update = NULL;

    (void)snprintf(path, sizeof(path), "%s/index.db", fixture->folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "UPDATE fulltext_data SET block = ? WHERE id = ?", -1,
                                        &update, NULL),
                     SQLITE_OK);
    sqlite3_bind_blob(update, 1, leaf->block.data, (int)leaf->block.len, SQLITE_STATIC);
    sqlite3_bind_int64(update, 2, leaf->id);
    assert_int_equal(sqlite3_step(update), SQLITE_DONE);
    sqlite3_finalize(update);
    sqlite3_close(db);
}

/* Each word of the documents, one that was removed, and one that never was. */
static const struct {
    const char *word, *paths;
} words[] = { { "first", "a.md" },      { "text", "a.md a.md" }, { "edited", "a.md" },
              { "second", "a.md" },     { "another", "b.md" },   { "document", "b.md" },
              { "paragraphs", "b.md" }, { "two", "b.md" },       { "waits", "c.md" },
              { "vector", "c.md" },     { "removed", "" },       { "never", "" } };

static bool searches_are_right(struct fixture *fixture)
{
    struct index *index = NULL;
    struct snapshot *snapshot = NULL;
    struct error err;
    bool is_right = true;

    assert_good(index_open(fixture->folder, INDEX_READ, &index, &err), &err);
    assert_good(snapshot_take(index, &snapshot, &err), &err);
    for (size_t i = 0; i < sizeof(words) / sizeof(*words) && is_right; i++) {
        struct search_query query = { .text = text_span(words[i].word),
                                      .mode = SEARCH_TEXT,
                                      .vector_weight = -1 };
        struct search *search = NULL;
        struct buf found = BUF_INIT(4096);
        struct hit hit;
        bool has_hit = true;

        is_right = search_run(snapshot, &query, &search, &err) == STATUS_OK;
        while (is_right) {
            is_right = search_next(search, &hit, &has_hit, &err) == STATUS_OK;
            if (!is_right || !has_hit)
                break;
            for (size_t k = 0; k < hit.place_count; k++)
                buf_printf(&found, "%s%.*s", found.len > 0 ? " " : "", (int)hit.places[k].path.len,
                           hit.places[k].path.data);
        }
        is_right = is_right && strcmp(found.data, words[i].paths) == 0;
        search_free(search);
        buf_release(&found);
    }
    snapshot_free(snapshot);
    index_free(index);
    return is_right;
}

/* True: searches are not as they were, and verify finds why. */
static bool is_harmed(struct fixture *fixture, struct leaf *leaf, size_t at, unsigned bit)
{
    leaf->block.data[at] ^= (char)(1 << bit);
    write_leaf(fixture, leaf);
    if (searches_are_right(fixture))
        return false;
    if (fixture_verify(fixture, NULL, NULL) == 0)
        fail_msg("leaf %lld, byte %zu, bit %u: nothing is found", (long long)leaf->id, at, bit);
    return true;
}

/* Of what tells a search where the leaf's words and rows begin, which FTS5's vocabulary does not
 * look at. */
static void test_each_bit_of_the_words_places(void **state)
{
    struct fixture fixture = lived_in();
    struct repair_report report = REPAIR_REPORT_INIT;
    struct leaf leaf;
    uint64_t mended = 0;
    size_t count, harmed = 0, last = 0;

    (void)state;
    read_leaf(&fixture, &leaf);
    assert_true(searches_are_right(&fixture));
    count = 8 * (leaf.block.len - leaf.index_start + LEAF_HEAD);
    for (size_t i = 0; i < count; i++) {
        size_t at = i / 8 < LEAF_HEAD ? i / 8 : leaf.index_start + i / 8 - LEAF_HEAD;

        if (is_harmed(&fixture, &leaf, at, i % 8)) {
            harmed++;
            last = i;
        }
        leaf.block.data[at] ^= (char)(1 << i % 8);
    }
    assert_true(harmed > 0);
    assert_true(is_harmed(&fixture, &leaf, leaf.index_start + last / 8 - LEAF_HEAD, last % 8));
    repair_base(&fixture, &report, &mended);
    assert_sound(&fixture);
    assert_true(searches_are_right(&fixture));
    buf_release(&report.aside);
    buf_release(&leaf.block);
    fixture_free(&fixture);
}

/* The scan file and a database that can't be read go aside, and are all there. */
static unsigned files_aside(const struct fixture *fixture, const char *name)
{
    DIR *folder = opendir(fixture->folder);
    struct dirent *entry;
    unsigned count = 0;

    assert_non_null(folder);
    while ((entry = readdir(folder))) {
        char path[700];

        (void)snprintf(path, sizeof(path), "%s/%s/%s", fixture->folder, entry->d_name, name);
        count += strncmp(entry->d_name, "aside-", 6) == 0 && access(path, F_OK) == 0;
    }
    closedir(folder);
    return count;
}

static void test_moved_aside(void **state)
{
    struct fixture fixture = lived_in();
    struct repair_report report = REPAIR_REPORT_INIT;
    struct buf aside = BUF_INIT(8192);
    struct error err;
    char path[128];
    uint64_t mended = 0;
    FILE *file;

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/scan-1-1", fixture.folder);
    assert_int_equal(truncate(path, 4096), 0);
    assert_true(fixture_verify(&fixture, NULL, NULL) > 0);
    repair_base(&fixture, &report, &mended);
    assert_true(report.aside.len > 0);
    assert_int_equal(files_aside(&fixture, "scan-1-1"), 1);
    assert_sound(&fixture);
    fixture_reopen(&fixture);
    assert_int_equal(repair_start_over(fixture.folder, &aside, &err), STATUS_BUSY);
    fixture_close(&fixture);
    (void)snprintf(path, sizeof(path), "%s/index.db", fixture.folder);
    file = fopen(path, "r+b");
    assert_non_null(file);
    for (int i = 0; i < 200; i++)
        assert_true(fputs("This is no database. ", file) >= 0);
    (void)fclose(file);
    assert_int_equal(index_open(fixture.folder, INDEX_WRITE, &fixture.index, &err), STATUS_CORRUPT);
    fixture.index = NULL;
    assert_good(repair_start_over(fixture.folder, &aside, &err), &err);
    assert_int_equal(files_aside(&fixture, "index.db"), 1);
    read_again(&fixture);
    assert_sound(&fixture);
    assert_finds(&fixture, "another", "b.md");
    buf_release(&aside);
    buf_release(&report.aside);
    fixture_free(&fixture);
}

/* A sample says that some are wrong, also where only the newest are; then each is looked at. */
static void test_all_vectors_that_are_not_the_models(void **state)
{
    enum { COUNT = VERIFY_VECTORS_MAX * 3, SOUND = VERIFY_VECTORS_MAX * 2 };
    struct fixture fixture = fixture_new();
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)1 << 20);
    struct repair_report report = REPAIR_REPORT_INIT;
    uint64_t mended = 0;

    (void)state;
    for (int i = 0; i < COUNT; i++)
        buf_printf(&text, "Paragraph %d.\n\n", i);
    fixture_put(&fixture, "a.md", "", text.data, 1);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM vector"), COUNT);
    repair_with(&fixture, &report, &(struct repairing){ &mended, SOUND + 1, COUNT });
    fixture_reopen(&fixture);
    assert_true(report.found > 0 && report.found < COUNT - SOUND);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM vector"), SOUND);
    assert_int_equal(
        fixture_number(&fixture, "SELECT max(vector_id & ((1 << 40) - 1)) FROM vector"), SOUND);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM waiting"), COUNT - SOUND);
    buf_release(&report.aside);
    fixture_free(&fixture);
}

/* Its text waits for another one, as a new text does; the others keep theirs. */
static void test_a_vector_that_is_not_the_models(void **state)
{
    struct fixture fixture = fixture_new();
    struct repair_report report = REPAIR_REPORT_INIT;
    uint64_t mended = 0;
    int64_t vectors;

    (void)state;
    fixture_put(&fixture, "a.md", "", "One.\n\nTwo.\n\nThree.", 1);
    vectors = fixture_number(&fixture, "SELECT count(*) FROM vector");
    repair_with(&fixture, &report, &(struct repairing){ &mended, 1, 1 });
    assert_int_equal(report.found, 1);
    assert_int_equal(mended, 2); /* the vector, and what waits */
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM vector"), vectors - 1);
    assert_int_equal(fixture_number(&fixture, "SELECT input_id FROM waiting"), 1);
    fixture_reopen(&fixture);
    assert_sound(&fixture);
    buf_release(&report.aside);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_each_damage_is_found),
                                        cmocka_unit_test(test_each_damage_is_mended),
                                        cmocka_unit_test(test_a_vector_that_is_not_the_models),
                                        cmocka_unit_test(test_all_vectors_that_are_not_the_models),
                                        cmocka_unit_test(test_the_next_models_scan_file),
                                        cmocka_unit_test(test_nothing_wrong_is_left_alone),
                                        cmocka_unit_test(test_the_smallest_part),
                                        cmocka_unit_test(test_a_wrong_word),
                                        cmocka_unit_test(test_each_bit_of_the_words_places),
                                        cmocka_unit_test(test_moved_aside) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
