/* A database of an older schema becomes one of this one, whole or not at all, and a copy stays. */
#include "store_fixture.h"

#include <sys/stat.h>

#include "index/migrate.h"

#define NEXT (INDEX_SCHEMA_VERSION + 1)
#define LAST (INDEX_SCHEMA_VERSION + 2)

static const struct migration steps[] = {
    { NEXT, "ALTER TABLE source ADD COLUMN note TEXT NOT NULL DEFAULT 'new'" },
    { LAST, "CREATE TABLE extra(x); INSERT INTO extra SELECT count(*) FROM document" },
};

#define STEP_COUNT (sizeof(steps) / sizeof(steps[0]))

/* A base that the first version wrote, closed. */
static struct fixture old_base(void)
{
    struct fixture fixture = fixture_new();

    fixture_put(&fixture, "a.md", "", "A text of old.", 1);
    fixture.store->ops->free(fixture.store);
    index_free(fixture.index);
    fixture.store = NULL;
    fixture.index = NULL;
    assert_int_equal(fixture_number(&fixture, "PRAGMA user_version"), INDEX_SCHEMA_VERSION);
    return fixture;
}

static int64_t number_of_copy(struct fixture *fixture, const char *text)
{
    struct fixture copy = *fixture;
    char from[128], to[128];

    (void)snprintf(copy.folder, sizeof(copy.folder), "%.40s-kept", fixture->folder);
    assert_int_equal(mkdir(copy.folder, 0700), 0);
    (void)snprintf(from, sizeof(from), "%s/index.db.schema-%d", fixture->folder,
                   INDEX_SCHEMA_VERSION);
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
    assert_int_equal(number_of_copy(&fixture, "PRAGMA user_version"), INDEX_SCHEMA_VERSION);
    /* This program is the older one now. */
    assert_int_equal(index_open(fixture.folder, INDEX_WRITE, &index, &err), STATUS_UNSUPPORTED);
    assert_non_null(strstr(err.text, "newer varve"));
    fixture_free(&fixture);
}

static void test_all_or_nothing(void **state)
{
    static const struct migration broken[] = {
        { NEXT, "ALTER TABLE source ADD COLUMN note TEXT NOT NULL DEFAULT 'new'" },
        { LAST, "this is no SQL" },
    };
    static const struct migration gap[] = { { LAST, "CREATE TABLE extra(x)" } };
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

/* What a base of version 1 did not have; the rest of it is as now. */
static const char back_to_1[] =
    "DROP TABLE cost; DROP INDEX waiting_failed; DROP TABLE waiting;"
    "CREATE TABLE waiting(model_id INTEGER NOT NULL, input_id INTEGER NOT NULL,"
    " is_failed INTEGER NOT NULL, PRIMARY KEY(model_id, input_id)) WITHOUT ROWID;"
    "CREATE INDEX waiting_failed ON waiting(model_id, input_id) WHERE is_failed = 1;"
    "PRAGMA user_version = 1";

/* The real steps, from the first version on: it is whole, and works on. */
static void test_from_the_first(void **state)
{
    struct fixture fixture = old_base();

    (void)state;
    fixture_damage(&fixture, back_to_1);
    fixture_reopen(&fixture);
    assert_int_equal(fixture_number(&fixture, "PRAGMA user_version"), INDEX_SCHEMA_VERSION);
    assert_sound(&fixture);
    fixture_put(&fixture, "b.md", "", "A text of now.", 2);
    assert_int_equal(fixture_number(&fixture, "SELECT embedded_texts FROM cost"), 1);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_an_older_one),
                                        cmocka_unit_test(test_from_the_first),
                                        cmocka_unit_test(test_all_or_nothing) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
