/* verify: finds nothing on a good base, and each kind of damage that is planted. */
#include "store_fixture.h"

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

static void test_each_damage_is_found(void **state)
{
    static const struct {
        const char *check, *damage;
    } cases[] = {
        { "generation", "UPDATE state SET generation = 2" },
        { "generation", "UPDATE segment SET born = 99 WHERE segment_id = 1" },
        { "generation", "DELETE FROM generation WHERE generation = (SELECT max(generation)"
                        " FROM generation)" },
        { "revision-document", "UPDATE document SET revision_id = NULL WHERE document_id = 1" },
        { "revision-document", "UPDATE document SET revision_id = 1 WHERE document_id = 3" },
        { "lifetime", "UPDATE segment SET died = born - 1 WHERE died IS NOT NULL" },
        { "orphan", "DELETE FROM document WHERE document_id = 2" },
        { "orphan", "DELETE FROM input WHERE input_id = 1" },
        { "orphan",
          "INSERT INTO input(key, hash, dictionary_id, data) VALUES(1, x'00', 0, x'00')" },
        { "orphan", "INSERT INTO vector VALUES((1 << 40) + 999, x'00')" },
        { "orphan", "DELETE FROM model" },
        { "orphan", "DELETE FROM source" },
        { "waiting", "DELETE FROM waiting" },
        { "waiting", "INSERT INTO waiting VALUES(7, 2, 0)" },
        { "waiting", "UPDATE state SET next_model_id = 7" },
        { "waiting", "INSERT INTO waiting VALUES(1, 2, 0)" },
        { "waiting", "DELETE FROM vector WHERE vector_id = (1 << 40) + 2" },
        { "fulltext-rows", "DELETE FROM fulltext_docsize WHERE id = 2" },
        { "fulltext-rows", "INSERT INTO fulltext_docsize VALUES(999, x'010000')" },
        { "feed", "DELETE FROM change WHERE sequence = 2" },
        { "feed", "UPDATE change SET generation = 99 WHERE sequence = 2" },
        { "feed", "UPDATE state SET sequence = sequence + 1" },
        { "feed", "INSERT INTO consumer VALUES('sink', 999)" },
        { "layout-segment", "DELETE FROM segment WHERE segment_id = 2" },
        { "layout-segment", "UPDATE segment SET input_id = 4 WHERE segment_id = 2" },
        { "layout-segment", "UPDATE segment SET text_bytes = 1 WHERE segment_id = 2" },
        { "layout-segment", "UPDATE segment SET died = born WHERE segment_id = 2" },
        { "layout-segment", "UPDATE segment SET died = NULL WHERE segment_id = 1" },
        { "layout", "UPDATE revision SET layout = x'1234' WHERE revision_id = 1" },
        { "layout", "UPDATE revision SET layout = (SELECT layout FROM revision WHERE"
                    " revision_id = 2) WHERE revision_id = 3" },
        { "text-hash", "UPDATE input SET data = (SELECT data FROM input WHERE input_id = 2)"
                       " WHERE input_id = 1" },
        { "text-hash", "UPDATE input SET data = x'28b52ffd0000' WHERE input_id = 1" },
        { "text-hash", "UPDATE input SET key = key + 1 WHERE input_id = 1" },
        { "scan", "UPDATE scan SET slots = slots - 1" },
        { "scan", "UPDATE scan SET epoch = 77" },
        { "scan", "UPDATE vector SET data = (SELECT data FROM vector WHERE vector_id ="
                  " (1 << 40) + 2) WHERE vector_id = (1 << 40) + 1" },
        { "vector", "UPDATE vector SET data = zeroblob(64) WHERE vector_id = (1 << 40) + 1" },
        { "vector", "UPDATE vector SET data = zeroblob(63) WHERE vector_id = (1 << 40) + 1" },
        { "vector", "UPDATE vector SET data = CAST(x'0000c07f' || zeroblob(60) AS BLOB)"
                    " WHERE vector_id = (1 << 40) + 1" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
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

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_each_damage_is_found) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
