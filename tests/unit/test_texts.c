/* Texts by their ids, many to a block: small commits share one, what is forgotten leaves, and two
 * texts with one key are two. */
#include "store_fixture.h"

#include "index/retain.h"
#include "index/texts.h"

#define BLOCKS "SELECT count(*) FROM text"

/* A paragraph of its own for each number, of about bytes. */
static void append_paragraph(struct buf *out, unsigned number, size_t bytes)
{
    size_t start = out->len;

    buf_printf(out, "%sParagraph %u", out->len ? "\n\n" : "", number);
    for (unsigned i = 0; out->len - start < bytes; i++)
        buf_printf(out, " word%u", (number * 31 + i * 7) % 9999);
}

static void assert_text(struct fixture *fixture, int64_t input_id, const char *wanted)
{
    struct buf text = BUF_INIT(1 << 20);
    struct error err;

    assert_good(texts_load(fixture->index, input_id, &text, &err), &err);
    assert_string_equal(text.data, wanted);
    buf_release(&text);
}

static void test_small_commits_share_a_block(void **state)
{
    struct fixture fixture = fixture_new();
    char path[32], text[64];

    (void)state;
    for (unsigned i = 0; i < 50; i++) {
        (void)snprintf(path, sizeof(path), "%u.md", i);
        (void)snprintf(text, sizeof(text), "A note about clay, number %u.", i);
        fixture_put(&fixture, path, "", text, 1);
        if (i % 10 == 0)
            fixture_reopen(&fixture);
    }
    assert_int_equal(fixture_number(&fixture, BLOCKS), 1);
    assert_text(&fixture, 1, "A note about clay, number 0.");
    assert_text(&fixture, 50, "A note about clay, number 49.");
    assert_sound(&fixture);
    fixture_free(&fixture);
}

static void test_blocks_are_bounded(void **state)
{
    struct fixture fixture = fixture_new();
    struct buf text = BUF_INIT(1 << 20);
    int64_t blocks;

    (void)state;
    for (unsigned i = 0; i < 300; i++)
        append_paragraph(&text, i, 1000);
    fixture_put(&fixture, "a.md", "", text.data, 1);
    blocks = fixture_number(&fixture, BLOCKS);
    assert_in_range(blocks, text.len / TEXTS_BLOCK_BYTES, text.len / TEXTS_BLOCK_BYTES + 2);
    /* One that is longer than a block has its own. */
    buf_clear(&text);
    append_paragraph(&text, 1000, TEXTS_BLOCK_BYTES * 2);
    fixture_put(&fixture, "b.md", "", text.data, 1);
    assert_text(&fixture, 301, text.data);
    assert_sound(&fixture);
    buf_release(&text);
    fixture_free(&fixture);
}

static void test_what_is_forgotten_leaves_its_block(void **state)
{
    struct fixture fixture = fixture_new();
    struct document_key key = key_for(&fixture, "b.md", "");
    struct erase_report report;
    struct buf text = BUF_INIT(1 << 20);
    struct error err;

    (void)state;
    fixture_put(&fixture, "a.md", "", "The first.\n\nThe second.", 1);
    fixture_put(&fixture, "b.md", "", "A secret.\n\nThe second.", 1);
    fixture_put(&fixture, "c.md", "", "The last.", 1);
    assert_good(retain_erase(fixture.index, &key, 1, false, &report, &err), &err);
    assert_int_equal(report.texts, 1);
    assert_int_equal(report.texts_kept, 1);
    assert_int_equal(texts_load(fixture.index, 3, &text, &err), STATUS_CORRUPT);
    assert_text(&fixture, 2, "The second.");
    assert_text(&fixture, 5, "The last.");
    assert_sound(&fixture);
    buf_release(&text);
    fixture_free(&fixture);
}

static void test_all_of_a_block_forgotten(void **state)
{
    struct fixture fixture = fixture_new();
    struct document_key key = key_for(&fixture, "a.md", "");
    struct erase_report report;
    struct error err;

    (void)state;
    fixture_put(&fixture, "a.md", "", "The only one.", 1);
    assert_good(retain_erase(fixture.index, &key, 1, false, &report, &err), &err);
    assert_int_equal(fixture_number(&fixture, BLOCKS), 0);
    /* Its id is not given out again. */
    fixture_put(&fixture, "a.md", "", "The only one.", 1);
    assert_int_equal(fixture_number(&fixture, "SELECT input_id FROM input"), 2);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

static void put_paragraphs(struct fixture *fixture, const char *path, unsigned first,
                           unsigned count)
{
    struct buf text = BUF_INIT(1 << 22);

    for (unsigned i = 0; i < count; i++)
        append_paragraph(&text, first + i, 1000);
    fixture_put(fixture, path, "", text.data, first + 1);
    buf_release(&text);
}

/* Every text is what it was, fewer blocks hold them, and a second time finds nothing to do. */
static void test_full_blocks_are_packed_together(void **state)
{
    struct fixture fixture = fixture_new();
    struct buf before = BUF_INIT(1 << 22), after = BUF_INIT(1 << 22);
    struct tidy_work work;
    struct error err;
    int64_t blocks, generation;

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        put_paragraphs(&fixture, i % 2 ? "a.md" : "b.md", i * 100, 80);
    blocks = fixture_number(&fixture, BLOCKS);
    generation = fixture_number(&fixture, "SELECT generation FROM state");
    assert_good(texts_load(fixture.index, 333, &before, &err), &err);
    work = (struct tidy_work){ .after = 0 };
    fixture_tidy(&fixture, &work);
    assert_true(work.steps > 0);
    assert_in_range(fixture_number(&fixture, BLOCKS), blocks / 6, blocks / 6 + 2);
    assert_int_equal(fixture_number(&fixture, "SELECT generation FROM state"), generation);
    assert_int_equal(fixture_number(&fixture, "SELECT count(DISTINCT segid) FROM fulltext_idx"), 1);
    fixture_reopen(&fixture);
    assert_good(texts_load(fixture.index, 333, &after, &err), &err);
    assert_string_equal(after.data, before.data);
    assert_sound(&fixture);
    work = (struct tidy_work){ .after = 0 };
    fixture_tidy(&fixture, &work);
    assert_int_equal(work.steps, 0);
    /* New texts go behind them, and are packed in their turn. */
    put_paragraphs(&fixture, "c.md", 2000, 300);
    assert_sound(&fixture);
    work = (struct tidy_work){ .after = 0 };
    fixture_tidy(&fixture, &work);
    assert_true(work.steps > 0);
    assert_sound(&fixture);
    buf_release(&before);
    buf_release(&after);
    fixture_free(&fixture);
}

/* What is erased leaves a block that was packed with others, too. */
static void test_erasing_what_was_packed_together(void **state)
{
    struct fixture fixture = fixture_new();
    struct document_key key = key_for(&fixture, "secret.md", "");
    struct erase_report report;
    struct tidy_work work;
    struct buf text = BUF_INIT(1 << 20);
    struct error err;

    (void)state;
    put_paragraphs(&fixture, "a.md", 0, 40);
    fixture_put(&fixture, "secret.md", "", "A secret.", 1);
    put_paragraphs(&fixture, "b.md", 100, 600);
    work = (struct tidy_work){ .after = 0 };
    fixture_tidy(&fixture, &work);
    assert_true(work.steps > 0);
    assert_text(&fixture, 41, "A secret.");
    assert_good(retain_erase(fixture.index, &key, 1, false, &report, &err), &err);
    assert_int_equal(report.texts, 1);
    assert_int_equal(texts_load(fixture.index, 41, &text, &err), STATUS_CORRUPT);
    assert_sound(&fixture);
    buf_release(&text);
    fixture_free(&fixture);
}

/* The block of that text, a whole one, is no zstd any more. */
static void damage_block_of(struct fixture *fixture, int64_t input_id)
{
    char damage[160];

    (void)snprintf(damage, sizeof(damage),
                   "UPDATE text SET data = CAST('A secret.' AS BLOB) WHERE name ="
                   " (SELECT max(name) FROM text WHERE name <= %lld)",
                   (long long)input_id);
    fixture_damage(fixture, damage);
    fixture_reopen(fixture);
}

static void remove_document(struct fixture *fixture, const char *path)
{
    struct document_key key = key_for(fixture, path, "");
    struct error err;

    fixture_begin(fixture);
    assert_good(fixture->store->ops->remove(fixture->store, &key, &err), &err);
    fixture_commit(fixture);
}

#define HAS_SECRET "SELECT count(*) FROM text WHERE instr(data, CAST('A secret.' AS BLOB))"

/* What was past is erased with all of its block; of what lives, nothing that can't be undone is
 * done by halves; and neither keeps others from being erased. */
static void test_erasing_from_a_damaged_block(void **state)
{
    struct fixture fixture = fixture_new();
    struct document_key keys[] = { key_for(&fixture, "live.md", ""),
                                   key_for(&fixture, "gone.md", ""),
                                   key_for(&fixture, "c.md", "") };
    struct erase_report report;
    struct buf text = BUF_INIT(1 << 20);
    struct error err;

    (void)state;
    fixture_put(&fixture, "gone.md", "", "A secret.", 1);
    fixture_put(&fixture, "live.md", "", "Another one.", 1);
    put_paragraphs(&fixture, "a.md", 0, 90);
    put_paragraphs(&fixture, "b.md", 100, 90);
    fixture_put(&fixture, "c.md", "", "The last.", 1);
    remove_document(&fixture, "gone.md");
    damage_block_of(&fixture, 1);
    assert_int_equal(fixture_number(&fixture, HAS_SECRET), 1);
    assert_good(retain_erase(fixture.index, keys, 3, false, &report, &err), &err);
    assert_int_equal(report.documents, 2);
    assert_int_equal(report.damaged, 1);
    assert_int_equal(report.left, 1);
    assert_true(strlen(report.left_why) > 0);
    assert_int_equal(fixture_number(&fixture, HAS_SECRET), 0);
    assert_int_equal(texts_load(fixture.index, 183, &text, &err), STATUS_CORRUPT);
    buf_release(&text);
    fixture_free(&fixture);
}

/* Collecting takes nothing that lives with it, and says that bytes stay. */
static void test_collecting_from_a_damaged_block(void **state)
{
    struct fixture fixture = fixture_new();
    struct retain_policy policy = { .everything = true };
    struct retain_report report;
    struct error err;

    (void)state;
    fixture_put(&fixture, "gone.md", "", "A secret.\n\nAnd another.", 1);
    fixture_put(&fixture, "live.md", "", "Another one.", 1);
    remove_document(&fixture, "gone.md");
    damage_block_of(&fixture, 1);
    assert_good(retain_collect(fixture.index, &policy, &report, &err), &err);
    assert_int_equal(report.texts, 2);
    assert_int_equal(report.damaged, 1);
    assert_int_equal(fixture_number(&fixture, HAS_SECRET), 1);
    fixture_free(&fixture);
}

/* A sanitizer has its own allocations. */
#ifndef __SANITIZE_ADDRESS__
static long allocations, failing; /* failing: the number of the one that fails; 0: none */

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *old, size_t bytes);

static bool is_failing(void)
{
    return failing && ++allocations == failing;
}

void *malloc(size_t bytes)
{
    return is_failing() ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    return is_failing() ? NULL : __libc_calloc(count, bytes);
}

void *realloc(void *old, size_t bytes)
{
    return is_failing() ? NULL : __libc_realloc(old, bytes);
}

/* What can't be read for want of memory is not damaged: a damaged block may be dropped. */
static void test_no_memory_is_no_damage(void **state)
{
    struct fixture fixture = fixture_new();
    struct error err;

    (void)state;
    fixture_put(&fixture, "a.md", "", "The first.\n\nThe second.", 1);
    for (long at = 1; allocations >= at - 1; at++) {
        enum status status;
        struct buf text = BUF_INIT(1 << 20);

        texts_free(fixture.index->texts); /* what was read last is forgotten */
        fixture.index->texts = texts_new();
        assert_non_null(fixture.index->texts);
        /* The statement is ready: what fails is the reading. */
        assert_int_equal(texts_load(fixture.index, 99, &text, &err), STATUS_CORRUPT);
        texts_free(fixture.index->texts);
        fixture.index->texts = texts_new();
        assert_non_null(fixture.index->texts);
        allocations = 0;
        failing = at;
        status = texts_load(fixture.index, 1, &text, &err);
        failing = 0;
        if (status)
            assert_int_equal(status, STATUS_NO_MEMORY);
        buf_release(&text);
    }
    assert_text(&fixture, 1, "The first.");
    fixture_free(&fixture);
}
#endif

static void test_packing_passes_over_a_damaged_block(void **state)
{
    struct fixture fixture = fixture_new();
    struct buf before = BUF_INIT(1 << 22), after = BUF_INIT(1 << 22);
    struct tidy_work work = { .after = 0 };
    struct error err;
    int64_t blocks;

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        put_paragraphs(&fixture, i % 2 ? "a.md" : "b.md", i * 100, 80);
    /* Its first bytes, which say how long it is, are right. */
    fixture_damage(&fixture, "UPDATE text SET data = substr(data, 1, 2000) WHERE name ="
                             " (SELECT max(name) FROM text WHERE name <= 70)");
    fixture_reopen(&fixture);
    blocks = fixture_number(&fixture, BLOCKS);
    assert_good(texts_load(fixture.index, 10, &before, &err), &err);
    fixture_tidy(&fixture, &work);
    assert_int_equal(work.damaged, 1);
    assert_in_range(fixture_number(&fixture, BLOCKS), blocks / 2, blocks / 2 + 3);
    assert_good(texts_load(fixture.index, 10, &after, &err), &err);
    assert_string_equal(after.data, before.data);
    buf_release(&before);
    buf_release(&after);
    fixture_free(&fixture);
}

static void assert_same_unchecked(struct fixture *fixture, int64_t input_id)
{
    struct buf start = BUF_INIT(1 << 20), checked = BUF_INIT(1 << 20);
    struct error err;

    assert_good(texts_load_unchecked(fixture->index, input_id, &start, &err), &err);
    assert_good(texts_load(fixture->index, input_id, &checked, &err), &err);
    assert_string_equal(start.data, checked.data);
    buf_release(&start);
    buf_release(&checked);
}

/* In any order, and whatever was unpacked before. */
static void test_a_block_is_unpacked_as_far_as_is_wanted(void **state)
{
    struct fixture fixture = fixture_new();
    struct tidy_work work = { .after = 0 };
    struct buf text = BUF_INIT(1 << 22), tiny = BUF_INIT(1 << 22);
    struct error err;

    (void)state;
    for (unsigned i = 0; i < 5; i++)
        put_paragraphs(&fixture, i % 2 ? "a.md" : "b.md", i * 100, 80);
    fixture_tidy(&fixture, &work);
    assert_true(work.steps > 0);
    fixture_reopen(&fixture);
    for (int64_t i = 0; i < 400; i += 7) {
        assert_good(texts_load_unchecked(fixture.index, 1 + i, &text, &err), &err);
        assert_good(texts_load_unchecked(fixture.index, 400 - i, &text, &err), &err);
        assert_good(texts_load_unchecked(fixture.index, 1 + i * 3 % 400, &text, &err), &err);
        assert_same_unchecked(&fixture, 1 + i * 11 % 400);
    }
    /* Its list of texts is longer than what is unpacked of it at first. */
    for (unsigned i = 0; i < 4000; i++)
        buf_printf(&tiny, "%sT%u", i ? "\n\n" : "", i);
    fixture_put(&fixture, "tiny.md", "", tiny.data, 1);
    fixture_reopen(&fixture);
    assert_good(texts_load_unchecked(fixture.index, 4399, &text, &err), &err);
    assert_string_equal(text.data, "T3998");
    assert_same_unchecked(&fixture, 401);
    assert_int_equal(texts_load_unchecked(fixture.index, 4401, &text, &err), STATUS_CORRUPT);
    buf_release(&text);
    buf_release(&tiny);
    fixture_free(&fixture);
}

/* The checksum stands behind all texts, and is no reason not to read the first of them. */
static void test_who_unpacks_all_looks_at_the_checksum(void **state)
{
    struct fixture fixture = fixture_new();
    struct buf text = BUF_INIT(1 << 20);
    struct error err;

    (void)state;
    put_paragraphs(&fixture, "a.md", 0, 50);
    fixture_damage(&fixture, "UPDATE text SET data = CAST(substr(data, 1, length(data) - 4)"
                             " || x'01020304' AS BLOB) WHERE name = 1");
    fixture_reopen(&fixture);
    assert_good(texts_load_unchecked(fixture.index, 3, &text, &err), &err);
    assert_int_equal(texts_load(fixture.index, 3, &text, &err), STATUS_CORRUPT);
    assert_int_equal(texts_load(fixture.index, 3, &text, &err), STATUS_CORRUPT);
    assert_good(texts_load_unchecked(fixture.index, 3, &text, &err), &err);
    buf_release(&text);
    fixture_free(&fixture);
}

/* What is shown is compared with its key instead: here all keys are wrong. */
static void test_a_hit_is_the_text_that_its_layout_names(void **state)
{
    struct fixture fixture = fixture_new();
    struct search_query query = { .text = text_span("clay"), .mode = SEARCH_TEXT };
    struct snapshot *snapshot = NULL;
    struct search *search = NULL;
    struct error err;
    struct hit hit;
    bool has_hit;

    (void)state;
    fixture_put(&fixture, "a.md", "", "A note about clay.", 1);
    fixture_damage(&fixture, "UPDATE state SET secret = zeroblob(16)");
    fixture_reopen(&fixture);
    assert_good(snapshot_take(fixture.index, &snapshot, &err), &err);
    assert_good(search_run(snapshot, &query, &search, &err), &err);
    assert_int_equal(search_next(search, &hit, &has_hit, &err), STATUS_CORRUPT);
    search_free(search);
    snapshot_free(snapshot);
    fixture_free(&fixture);
}

static void test_rollback_forgets(void **state)
{
    struct fixture fixture = fixture_new();
    struct made_extraction made = make_extraction(text_span("Another one."));
    struct document_key key = key_for(&fixture, "b.md", "");
    struct buf text = BUF_INIT(1 << 20);
    struct error err;

    (void)state;
    fixture_put(&fixture, "a.md", "", "The first.", 1);
    fixture_begin(&fixture);
    assert_good(fixture_put_made(&fixture, &key, &made, 1, &err), &err);
    assert_text(&fixture, 2, "Another one.");
    fixture.store->ops->rollback(fixture.store);
    assert_int_equal(texts_load(fixture.index, 2, &text, &err), STATUS_CORRUPT);
    fixture_put(&fixture, "b.md", "", "One more.", 1);
    assert_text(&fixture, 2, "One more.");
    assert_sound(&fixture);
    buf_release(&text);
    made_release(&made);
    fixture_free(&fixture);
}

/* A key is four bytes: another text with the same one gets an input, and a vector, of its
 * own. Planted, for two such texts are not at hand. */
static void test_one_key_two_texts(void **state)
{
    struct fixture fixture = fixture_new();
    struct hash hash = hash_text(text_span("Another one."));
    struct index_key key;
    char damage[128];

    (void)state;
    fixture_put(&fixture, "a.md", "", "The first.", 1);
    index_key(fixture.index, &hash, &key);
    (void)snprintf(damage, sizeof(damage), "UPDATE input SET key = %lld",
                   (long long)input_key(&key));
    fixture_damage(&fixture, damage);
    fixture_reopen(&fixture);
    fixture_put(&fixture, "b.md", "", "Another one.", 1);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM input"), 2);
    assert_int_equal(fixture_number(&fixture, "SELECT count(DISTINCT key) FROM input"), 1);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM vector"), 2);
    assert_text(&fixture, 2, "Another one.");
    fixture_put(&fixture, "c.md", "", "Another one.", 1);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM input"), 2);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_commits_share_a_block),
        cmocka_unit_test(test_blocks_are_bounded),
        cmocka_unit_test(test_what_is_forgotten_leaves_its_block),
        cmocka_unit_test(test_all_of_a_block_forgotten),
        cmocka_unit_test(test_full_blocks_are_packed_together),
        cmocka_unit_test(test_erasing_what_was_packed_together),
        cmocka_unit_test(test_erasing_from_a_damaged_block),
        cmocka_unit_test(test_collecting_from_a_damaged_block),
        cmocka_unit_test(test_packing_passes_over_a_damaged_block),
#ifndef __SANITIZE_ADDRESS__
        cmocka_unit_test(test_no_memory_is_no_damage),
#endif
        cmocka_unit_test(test_a_block_is_unpacked_as_far_as_is_wanted),
        cmocka_unit_test(test_who_unpacks_all_looks_at_the_checksum),
        cmocka_unit_test(test_a_hit_is_the_text_that_its_layout_names),
        cmocka_unit_test(test_rollback_forgets),
        cmocka_unit_test(test_one_key_two_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
