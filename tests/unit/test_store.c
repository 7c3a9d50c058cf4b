/* The store: what put, edit, copy, rename, delete, revert and failure leave behind. */
#include "store_fixture.h"

static const char handbook[] = "# Refunds\n\nWithin fourteen days the buyer may return it.\n\n"
                               "Postage is paid by the seller.\n\n# Opening hours\n\n"
                               "Monday to Friday, nine to five.";
static const char handbook_edited[] = "# Refunds\n\nWithin thirty days the buyer may return it.\n\n"
                                      "Postage is paid by the seller.\n\n# Opening hours\n\n"
                                      "Monday to Friday, nine to five.";

static struct document_record look_up(struct fixture *fixture, const char *path, const char *member,
                                      bool *is_known)
{
    struct document_key key = key_for(fixture, path, member);
    struct document_record record = { 0 };
    struct error err;

    assert_good(fixture->store->ops->lookup(fixture->store, &key, &record, is_known, &err), &err);
    return record;
}

static void assert_hits(struct fixture *fixture, const char *words, const char *paths)
{
    struct buf found = BUF_INIT(1 << 16);
    struct search_query query = { .text = text_span(words), .mode = SEARCH_TEXT };

    fixture_search(fixture, &query, &found);
    assert_string_equal(found.data, paths);
    buf_release(&found);
}

static void test_put_and_look_up(void **state)
{
    struct fixture fixture = fixture_new();
    struct document_record record;
    bool is_known = true;

    (void)state;
    record = look_up(&fixture, "a.md", "", &is_known);
    assert_false(is_known);
    fixture_put(&fixture, "a.md", "", handbook, 3);
    record = look_up(&fixture, "a.md", "", &is_known);
    assert_true(is_known && record.has_text && !record.is_held);
    assert_int_equal(record.outcome, OUTCOME_COMPLETE);
    assert_true(record.stamp.inode == 3 && record.good_stamp.inode == 3);
    assert_int_equal(record.attempt_count, 0);
    assert_hits(&fixture, "postage", "a.md");
    assert_sound(&fixture);
    fixture_free(&fixture);
}

static void test_edit_writes_only_what_is_new(void **state)
{
    struct fixture fixture = fixture_new();

    (void)state;
    fixture_put(&fixture, "a.md", "", handbook, 1);
    fixture_put(&fixture, "a.md", "", handbook_edited, 2);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM segment"), 4);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM segment WHERE died IS NULL"),
                     3);
    assert_int_equal(fixture_number(&fixture,
                                    "SELECT reused * 100 + added * 10 + dropped FROM revision"
                                    " WHERE died IS NULL"),
                     211);
    assert_hits(&fixture, "fourteen", "");
    assert_hits(&fixture, "thirty", "a.md");
    assert_sound(&fixture);
    fixture_free(&fixture);
}

static void test_copy_and_revert_need_no_vector(void **state)
{
    struct fixture fixture = fixture_new();

    (void)state;
    fixture_put(&fixture, "a.md", "", handbook, 1);
    fixture_put(&fixture, "a.md", "", handbook_edited, 2);
    fixture.is_embedder_down = true;
    fixture_put(&fixture, "copy.md", "", handbook_edited, 3);
    fixture_put(&fixture, "a.md", "", handbook, 4);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM vector"), 4);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM waiting"), 0);
    /* A revert is a new life: no id is used twice. */
    assert_int_equal(fixture_number(&fixture, "SELECT count(DISTINCT segment_id) FROM segment"), 8);
    assert_hits(&fixture, "fourteen", "a.md");
    assert_hits(&fixture, "nine", "a.md copy.md");
    assert_sound(&fixture);
    fixture_free(&fixture);
}

static void test_move_and_remove(void **state)
{
    struct fixture fixture = fixture_new();
    struct store *store = fixture.store;
    struct document_key zip = key_for(&fixture, "b.zip", "");
    struct document_key new_zip = key_for(&fixture, "x/c.zip", "");
    struct file_stamp stamp = stamp_number(1);
    struct error err;
    bool is_known;

    (void)state;
    fixture_put(&fixture, "b.zip", "", "The list of its members.", 1);
    fixture_put(&fixture, "b.zip", "in.md", "An inner text about geese.", 1);
    fixture_put(&fixture, "b.zip", "deep.zip!/in.md", "A deeper text about geese too.", 1);
    fixture_begin(&fixture);
    assert_good(store->ops->move(store, &zip, &new_zip, &stamp, &err), &err);
    fixture_commit(&fixture);
    assert_hits(&fixture, "inner", "x/c.zip");
    (void)look_up(&fixture, "x/c.zip", "deep.zip!/in.md", &is_known);
    assert_true(is_known);
    (void)look_up(&fixture, "b.zip", "in.md", &is_known);
    assert_false(is_known);
    fixture_begin(&fixture);
    assert_good(store->ops->remove(store, &new_zip, &err), &err);
    fixture_commit(&fixture);
    assert_hits(&fixture, "geese", "");
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM document WHERE died IS NULL"),
                     0);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM change"), 3 + 3 + 3);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

static void test_attempts_count_one_content(void **state)
{
    struct fixture fixture = fixture_new();
    struct store *store = fixture.store;
    struct document_key key = key_for(&fixture, "bomb.pdf", "");
    struct file_stamp first = stamp_number(1), second = stamp_number(2);
    struct document_record record;
    struct error err;
    bool is_known;

    (void)state;
    for (int i = 0; i < 3; i++) {
        fixture_begin(&fixture);
        assert_good(store->ops->attempt(store, &key, &first, &err), &err);
        fixture_commit(&fixture);
    }
    record = look_up(&fixture, "bomb.pdf", "", &is_known);
    assert_int_equal(record.attempt_count, 3);
    assert_int_equal(record.outcome, OUTCOME_PENDING);
    fixture_begin(&fixture);
    assert_good(store->ops->attempt(store, &key, &second, &err), &err);
    fixture_commit(&fixture);
    record = look_up(&fixture, "bomb.pdf", "", &is_known);
    assert_int_equal(record.attempt_count, 1);
    assert_int_equal(record.stamp.inode, 2);
    fixture_put(&fixture, "bomb.pdf", "", "It was harmless.", 2);
    record = look_up(&fixture, "bomb.pdf", "", &is_known);
    assert_int_equal(record.attempt_count, 0);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

static void test_failure_keeps_the_last_good_revision(void **state)
{
    struct fixture fixture = fixture_new();
    struct store *store = fixture.store;
    struct document_key key = key_for(&fixture, "a.md", "");
    struct file_stamp stamp = stamp_number(9);
    struct hash hash = hash_text(text_span("broken"));
    struct document_record record;
    struct error err;
    bool is_known;

    (void)state;
    fixture_put(&fixture, "a.md", "", handbook, 1);
    fixture_begin(&fixture);
    assert_good(store->ops->put_failure(store, &key, &stamp, &hash, &hash, OUTCOME_MALFORMED,
                                        "no end of file", &err),
                &err);
    fixture_commit(&fixture);
    record = look_up(&fixture, "a.md", "", &is_known);
    assert_int_equal(record.outcome, OUTCOME_MALFORMED);
    assert_true(record.has_text);
    assert_true(record.stamp.inode == 9 && record.good_stamp.inode == 1);
    assert_hits(&fixture, "postage", "a.md");
    /* Touched: still the same broken content, so the text's own stamp stays. */
    stamp = stamp_number(10);
    fixture_begin(&fixture);
    assert_good(store->ops->touch(store, &key, &stamp, (struct span){ NULL, 0 }, &err), &err);
    fixture_commit(&fixture);
    record = look_up(&fixture, "a.md", "", &is_known);
    assert_true(record.stamp.inode == 10 && record.good_stamp.inode == 1);
    fixture_put(&fixture, "a.md", "", handbook_edited, 11);
    record = look_up(&fixture, "a.md", "", &is_known);
    assert_int_equal(record.outcome, OUTCOME_COMPLETE);
    assert_int_equal(record.good_stamp.inode, 11);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

struct waiting_list {
    struct hash hashes[16];
    size_t count;
};

static enum status collect_waiting(void *user, const struct hash *hash, struct span input,
                                   struct error *err)
{
    struct waiting_list *list = user;
    struct hash again = hash_text(input);

    (void)err;
    assert_true(hash_equal(hash, &again));
    assert_true(list->count < 16);
    list->hashes[list->count++] = *hash;
    return STATUS_OK;
}

static void test_waiting_for_the_embedder(void **state)
{
    struct fixture fixture = fixture_new();
    struct store *store = fixture.store;
    struct waiting_list list = { .count = 0 };
    float vectors[16][FIXTURE_DIMENSIONS];
    const float *vector_list[16];
    bool is_failed[16] = { false, true, false };
    struct store_counts counts;
    struct document_record record;
    struct error err;
    bool is_known;

    (void)state;
    fixture.is_embedder_down = true;
    fixture_put(&fixture, "a.md", "", handbook, 1);
    assert_hits(&fixture, "postage", "a.md");
    assert_good(store->ops->counts(store, &counts, &err), &err);
    assert_int_equal(counts.waiting_segments, 3);
    assert_sound(&fixture);
    assert_good(store->ops->each_waiting(store, fixture.model_id, 10, collect_waiting, &list, &err),
                &err);
    assert_int_equal(list.count, 3);
    for (size_t i = 0; i < list.count; i++) {
        fixture_vector(&list.hashes[i], vectors[i]);
        vector_list[i] = is_failed[i] ? NULL : vectors[i];
    }
    fixture_begin(&fixture);
    assert_good(store->ops->put_vectors(store, fixture.model_id, list.hashes, vector_list,
                                        is_failed, list.count, &err),
                &err);
    fixture_commit(&fixture);
    assert_good(store->ops->counts(store, &counts, &err), &err);
    assert_int_equal(counts.waiting_segments, 0);
    record = look_up(&fixture, "a.md", "", &is_known);
    assert_int_equal(record.outcome, OUTCOME_EMBED_FAILED);
    /* The two that came are told to the feed, in one change. */
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM change WHERE operation = 5"),
                     1);
    list.count = 0;
    assert_good(store->ops->each_waiting(store, fixture.model_id, 10, collect_waiting, &list, &err),
                &err);
    assert_int_equal(list.count, 0);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

static void test_another_model_waits_for_all(void **state)
{
    struct fixture fixture = fixture_new();
    struct store *store = fixture.store;
    struct model_info other = fixture.model;
    struct store_counts counts;
    struct error err;
    int64_t model_id;

    (void)state;
    fixture_put(&fixture, "a.md", "", handbook, 1);
    other.fingerprint = hash_text(text_span("model two"));
    fixture_begin(&fixture);
    assert_good(store->ops->put_model(store, &other, MODEL_CURRENT, text_span("embed-other"),
                                      &model_id, &err),
                &err);
    fixture_commit(&fixture);
    assert_int_not_equal(model_id, fixture.model_id);
    assert_good(store->ops->counts(store, &counts, &err), &err);
    assert_int_equal(counts.waiting_segments, 3);
    assert_sound(&fixture);
    /* Back again: its vectors were kept. */
    fixture_begin(&fixture);
    assert_good(store->ops->put_model(store, &fixture.model, MODEL_CURRENT,
                                      text_span("embed-fixture"), &model_id, &err),
                &err);
    fixture_commit(&fixture);
    assert_int_equal(model_id, fixture.model_id);
    assert_good(store->ops->counts(store, &counts, &err), &err);
    assert_int_equal(counts.waiting_segments, 0);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

static void test_what_is_no_slice_is_refused(void **state)
{
    struct fixture fixture = fixture_new();
    struct made_extraction made = make_extraction(text_span("One paragraph.\n\nAnother one."));
    struct document_key key = key_for(&fixture, "a.md", "");
    struct error err;

    (void)state;
    fixture_begin(&fixture);
    made.chunks[1].text_end += 1;
    assert_int_equal(fixture_put_made(&fixture, &key, &made, 1, &err), STATUS_CORRUPT);
    made.chunks[1].text_end -= 2; /* inside the text, but not what was hashed */
    assert_int_equal(fixture_put_made(&fixture, &key, &made, 1, &err), STATUS_CORRUPT);
    fixture.store->ops->rollback(fixture.store);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM document"), 0);
    assert_sound(&fixture);
    made_release(&made);
    fixture_free(&fixture);
}

static void test_rollback_leaves_nothing(void **state)
{
    struct fixture fixture = fixture_new();
    struct made_extraction made = make_extraction(text_span(handbook));
    struct document_key key = key_for(&fixture, "a.md", "");
    int64_t generation = fixture.generation;
    struct error err;

    (void)state;
    fixture_begin(&fixture);
    assert_good(fixture_put_made(&fixture, &key, &made, 1, &err), &err);
    fixture.store->ops->rollback(fixture.store);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM segment"), 0);
    fixture_begin(&fixture);
    fixture_commit(&fixture);
    assert_int_equal(fixture.generation, generation);
    made_release(&made);
    fixture_free(&fixture);
}

static void test_one_writer(void **state)
{
    struct fixture fixture = fixture_new();
    struct index *other = NULL;
    struct error err;
    char pid[32];

    (void)state;
    (void)snprintf(pid, sizeof(pid), "process %lld ", (long long)getpid());
    assert_int_equal(index_open(fixture.folder, INDEX_WRITE, &other, &err), STATUS_BUSY);
    assert_non_null(strstr(err.text, pid));
    assert_int_equal(index_writer_pid(fixture.folder), getpid());
    assert_good(index_open(fixture.folder, INDEX_READ, &other, &err), &err);
    index_free(other);
    fixture_close(&fixture);
    assert_int_equal(index_writer_pid(fixture.folder), 0);
    fixture_damage(&fixture, "PRAGMA user_version = 99");
    assert_int_equal(index_open(fixture.folder, INDEX_READ, &other, &err), STATUS_UNSUPPORTED);
    fixture_free(&fixture);
}

static enum status count_document(void *user, const struct document_record *record,
                                  struct error *err)
{
    struct buf *out = user;

    (void)err;
    buf_printf(out, "%.*s%s%.*s ", (int)record->key.path.len, record->key.path.data,
               record->key.member.len ? "!/" : "", (int)record->key.member.len,
               record->key.member.data);
    return STATUS_OK;
}

static void test_each_in_path_order(void **state)
{
    struct fixture fixture = fixture_new();
    struct store *store = fixture.store;
    struct buf out = BUF_INIT(1 << 12);
    struct error err;

    (void)state;
    fixture_put(&fixture, "b/z.zip", "", "Zed.", 1);
    fixture_put(&fixture, "b/z.zip", "m", "Em.", 1);
    fixture_put(&fixture, "b/a", "", "Ay.", 1);
    fixture_put(&fixture, "b0", "", "Zero.", 1);
    fixture_put(&fixture, "b.md", "", "Dot.", 1);
    assert_good(
        store->ops->each(store, fixture.source_id, text_span(""), count_document, &out, &err),
        &err);
    assert_string_equal(out.data, "b.md b/a b/z.zip b/z.zip!/m b0 ");
    buf_clear(&out);
    assert_good(
        store->ops->each(store, fixture.source_id, text_span("b"), count_document, &out, &err),
        &err);
    assert_string_equal(out.data, "b/a b/z.zip b/z.zip!/m ");
    buf_release(&out);
    fixture_free(&fixture);
}

/* Each region lies in each chunk: more boxes than there is room for, and none past it. */
static void test_chunks_over_each_other(void **state)
{
    struct fixture fixture = fixture_new();
    char text[3000];
    struct region regions[40];
    struct made_extraction made;
    struct document_key key = key_for(&fixture, "a.md", "");
    struct error err;

    (void)state;
    memset(text, 'x', sizeof(text));
    made = make_extraction((struct span){ text, sizeof(text) });
    made.extraction.chunk_count = 0;
    for (size_t i = 0; i < 2000; i++)
        make_chunk(&made, i, sizeof(text), BLOCK_NONE);
    for (uint32_t i = 0; i < 40; i++)
        regions[i] = (struct region){
            .text_start = 2100 + i, .text_end = 2101 + i, .page = i + 1, .x0 = (float)i
        };
    made.extraction.regions = regions;
    made.extraction.region_count = 40;
    fixture_begin(&fixture);
    assert_good(fixture_put_made(&fixture, &key, &made, 1, &err), &err);
    fixture_commit(&fixture);
    made_release(&made);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM segment"), 2000);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_and_look_up),
        cmocka_unit_test(test_edit_writes_only_what_is_new),
        cmocka_unit_test(test_copy_and_revert_need_no_vector),
        cmocka_unit_test(test_move_and_remove),
        cmocka_unit_test(test_attempts_count_one_content),
        cmocka_unit_test(test_failure_keeps_the_last_good_revision),
        cmocka_unit_test(test_waiting_for_the_embedder),
        cmocka_unit_test(test_another_model_waits_for_all),
        cmocka_unit_test(test_what_is_no_slice_is_refused),
        cmocka_unit_test(test_rollback_leaves_nothing),
        cmocka_unit_test(test_one_writer),
        cmocka_unit_test(test_each_in_path_order),
        cmocka_unit_test(test_chunks_over_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
