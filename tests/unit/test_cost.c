/* What vectors cost: counted with the commit that stores them, once. */
#include "store_fixture.h"

static struct status_cost cost_of(struct fixture *fixture, int64_t model_id)
{
    struct snapshot *snapshot = NULL;
    struct index *index = NULL;
    struct status_cost cost;
    struct error err;

    assert_good(index_open(fixture->folder, INDEX_READ, &index, &err), &err);
    assert_good(snapshot_take(index, &snapshot, &err), &err);
    assert_good(status_read_cost(snapshot, model_id, 0, &cost, &err), &err);
    snapshot_free(snapshot);
    index_free(index);
    return cost;
}

static void assert_cost(struct fixture *fixture, int64_t model_id, uint64_t embedded_texts,
                        uint64_t embedded_tokens, uint64_t reused_texts, uint64_t reused_tokens)
{
    struct status_cost cost = cost_of(fixture, model_id);

    assert_int_equal(cost.embedded_texts, embedded_texts);
    assert_int_equal(cost.embedded_tokens, embedded_tokens);
    assert_int_equal(cost.reused_texts, reused_texts);
    assert_int_equal(cost.reused_tokens, reused_tokens);
}

/* Each paragraph is a text of its length / 4 + 1 tokens. */
static void test_an_edit(void **state)
{
    struct fixture fixture = fixture_new();

    (void)state;
    fixture_put(&fixture, "a.md", "", "One two three.\n\nFour five six seven.", 1);
    assert_cost(&fixture, fixture.model_id, 2, 4 + 6, 0, 0);
    fixture_put(&fixture, "a.md", "", "One two three.\n\nEight nine.", 2);
    assert_cost(&fixture, fixture.model_id, 3, 10 + 3, 1, 4);
    /* The same text elsewhere has its vector. */
    fixture_put(&fixture, "b.md", "", "Eight nine.", 3);
    assert_cost(&fixture, fixture.model_id, 3, 13, 2, 4 + 3);
    fixture_free(&fixture);
}

static void test_what_is_rolled_back(void **state)
{
    struct fixture fixture = fixture_new();
    struct made_extraction made = make_extraction(text_span("One two three."));
    struct document_key key = key_for(&fixture, "a.md", "");
    struct error err;

    (void)state;
    fixture_begin(&fixture);
    assert_good(fixture_put_made(&fixture, &key, &made, 1, &err), &err);
    fixture.store->ops->rollback(fixture.store);
    fixture_put(&fixture, "b.md", "", "Four five six seven.", 2);
    assert_cost(&fixture, fixture.model_id, 1, 6, 0, 0);
    made_release(&made);
    fixture_free(&fixture);
}

static void put_vector(struct fixture *fixture, int64_t model_id, const char *text)
{
    struct hash hash = hash_text(text_span(text));
    float vector[FIXTURE_DIMENSIONS];
    const float *list[1] = { vector };
    struct error err;

    fixture_vector(&hash, vector);
    fixture_begin(fixture);
    assert_good(
        fixture->store->ops->put_vectors(fixture->store, model_id, &hash, list, NULL, 1, &err),
        &err);
    fixture_commit(fixture);
}

/* What waited is counted when its vector comes, for each model. */
static void test_what_waited(void **state)
{
    struct fixture fixture = fixture_new();
    struct model_info other = fixture.model;
    int64_t other_id = 0;
    struct error err;

    (void)state;
    fixture.is_embedder_down = true;
    fixture_put(&fixture, "a.md", "", "One two three.", 1);
    assert_cost(&fixture, fixture.model_id, 0, 0, 0, 0);
    put_vector(&fixture, fixture.model_id, "One two three.");
    put_vector(&fixture, fixture.model_id, "One two three.");
    assert_cost(&fixture, fixture.model_id, 1, 4, 0, 0);

    other.fingerprint = hash_text(text_span("model two"));
    fixture_begin(&fixture);
    assert_good(fixture.store->ops->put_model(fixture.store, &other, MODEL_NEXT,
                                              text_span("embed-other"), &other_id, &err),
                &err);
    fixture_commit(&fixture);
    assert_cost(&fixture, other_id, 0, 0, 0, 0);
    put_vector(&fixture, other_id, "One two three.");
    assert_cost(&fixture, other_id, 1, 4, 0, 0);
    assert_cost(&fixture, fixture.model_id, 1, 4, 0, 0);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_an_edit),
                                        cmocka_unit_test(test_what_is_rolled_back),
                                        cmocka_unit_test(test_what_waited) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
