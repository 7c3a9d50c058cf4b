/* Nothing is deleted by accident, and what is deleted is gone: the guards, and what they decide. */
#include "tests/unit/memory_store.c"
#include "tests/unit/watch_fixture.c"

#include "watch/guard.h"

static void shares_and_emptiness(void **state)
{
    static const struct guard_limits limits = { .share_documents = 100, .share_percent = 50 };
    static const struct {
        struct guard_batch batch;
        enum guard_verdict verdict;
    } cases[] = {
        { { .known = 1000, .gone = 0 }, GUARD_REMOVE },
        { { .known = 1000, .gone = 1 }, GUARD_REMOVE },
        { { .known = 1000, .gone = 500 }, GUARD_REMOVE },
        { { .known = 1000, .gone = 501 }, GUARD_HOLD },
        { { .known = 110, .gone = 100 }, GUARD_REMOVE }, /* not more than the number */
        { { .known = 110, .gone = 101 }, GUARD_HOLD },
        { { .known = 600, .gone = 101, .recent = 400 }, GUARD_HOLD }, /* in two steps */
        { { .known = 600, .gone = 1, .recent = 400 }, GUARD_REMOVE },
        { { .known = 1, .gone = 1, .is_emptied = true }, GUARD_HOLD }, /* only missing */
        { { .known = 1, .gone = 1, .is_emptied = true, .has_events = true }, GUARD_REMOVE },
        { { .known = 2, .gone = 2, .is_emptied = true, .has_events = true }, GUARD_HOLD },
        { { .known = 2, .gone = 2, .has_events = true }, GUARD_REMOVE }, /* others came */
    };
    struct guard_window window = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        if (guard_judge(&limits, &cases[i].batch) != cases[i].verdict)
            fail_msg("case %zu", i);
    assert_int_equal(guard_window_count(&window, 1000000), 0);
    guard_window_add(&window, 1000000, 5);
    guard_window_add(&window, 1000100, 7);
    assert_int_equal(guard_window_count(&window, 1000200), 12);
    assert_int_equal(guard_window_count(&window, 1000000 + GUARD_WINDOW_MS), 0);
    assert_true(guard_accepts_root(0, 0));
    assert_false(guard_accepts_root(10, 5));
    assert_true(guard_accepts_root(10, 6));
}

static void fill(const struct fixture *f, int count)
{
    char name[32];

    for (int i = 0; i < count; i++) {
        (void)snprintf(name, sizeof(name), "f%03d", i);
        put_file(f, name, name);
    }
}

static void drop(const struct fixture *f, int from, int to)
{
    char name[32];

    for (int i = from; i < to; i++) {
        (void)snprintf(name, sizeof(name), "f%03d", i);
        delete_path(f, name);
    }
}

static void a_mass_deletion_is_held_until_approved(void **state)
{
    struct watch_source_state source;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    fill(&f, 200);
    fixture_start(&f);
    fixture_fresh(&f);
    drop(&f, 0, 150);
    fixture_settle(&f);
    assert_int_equal(f.counts.removed, 0);
    assert_int_equal(f.counts.held, 150);
    assert_int_equal(memory_store_count(f.store, f.source_id), 200);
    assert_true(watch_read_source(f.watch, f.source_id, &source));
    assert_int_equal(source.held, 150);
    /* a scan changes nothing about it, and tells nothing twice */
    watch_scan(f.watch, 0);
    fixture_fresh(&f);
    assert_int_equal(f.counts.held, 150);
    assert_int_equal(f.counts.removed, 0);
    /* what comes back is no longer held */
    put_file(&f, "f007", "f007");
    fixture_fresh(&f);
    assert_false(memory_store_document(f.store, f.source_id, "f007", "")->is_held);
    /* an ordinary deletion goes through beside it */
    delete_path(&f, "f199");
    fixture_fresh(&f);
    assert_unknown(&f, "f199");
    watch_approve(f.watch, f.source_id);
    fixture_fresh(&f);
    assert_int_equal(f.counts.removed, 150);
    assert_store_is_tree(&f);
    fixture_end(&f);
}

static void slices_count_together(void **state)
{
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    fill(&f, 220);
    fixture_start(&f);
    fixture_fresh(&f);
    for (int i = 0; i < 200; i += 20) {
        drop(&f, i, i + 20);
        fixture_fresh(&f);
    }
    assert_true(f.counts.held > 0);
    assert_true(f.counts.removed <= 120);
    assert_int_equal(f.counts.removed + f.counts.held, 200);
    fixture_end(&f);
}

static void deletions_while_off(void **state)
{
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    fill(&f, 150);
    fixture_start(&f);
    fixture_fresh(&f);
    fixture_stop(&f);
    drop(&f, 0, 10);
    fixture_start(&f);
    fixture_fresh(&f);
    assert_int_equal(f.counts.removed, 10);
    assert_store_is_tree(&f);
    fixture_stop(&f);
    drop(&f, 10, 130);
    fixture_start(&f);
    fixture_fresh(&f);
    assert_int_equal(f.counts.removed, 10);
    assert_int_equal(f.counts.held, 120);
    fixture_end(&f);
}

static void an_emptied_source_is_held(void **state)
{
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    fill(&f, 3);
    fixture_start(&f);
    fixture_fresh(&f);
    fixture_stop(&f);
    drop(&f, 0, 3);
    fixture_start(&f);
    fixture_fresh(&f);
    assert_int_equal(f.counts.removed, 0);
    assert_int_equal(f.counts.held, 3);
    /* back again: as if nothing had been */
    fill(&f, 3);
    fixture_fresh(&f);
    assert_store_is_tree(&f);
    for (int i = 0; i < 3; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "f%03d", i);
        assert_false(memory_store_document(f.store, f.source_id, name, "")->is_held);
    }
    fixture_end(&f);
}

static void the_last_document_may_go_before_our_eyes(void **state)
{
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    fill(&f, 1);
    fixture_start(&f);
    fixture_fresh(&f);
    drop(&f, 0, 1);
    fixture_settle(&f);
    assert_int_equal(f.counts.removed, 1);
    fixture_end(&f);
}

/* An empty mount point, or a stranger: nothing goes. A restored copy: accepted. */
static void another_folder_in_its_place(void **state)
{
    struct watch_source_state source;
    struct fixture f;
    char away[128];

    (void)state;
    fixture_begin(&f);
    fill(&f, 20);
    fixture_start(&f);
    fixture_fresh(&f);
    fixture_stop(&f);
    (void)snprintf(away, sizeof(away), "%s/away", f.top);
    assert_int_equal(rename(f.folder, away), 0);
    assert_int_equal(mkdir(f.folder, 0755), 0);
    put_file(&f, "stranger", "stranger");
    fixture_start(&f);
    fixture_fresh(&f);
    assert_true(watch_read_source(f.watch, f.source_id, &source));
    assert_true(source.is_offline);
    assert_non_null(strstr(source.trouble, "another folder"));
    assert_int_equal(f.counts.removed + f.counts.held, 0);
    assert_unknown(&f, "stranger");
    /* a copy of most of it, as from a backup */
    fill(&f, 15);
    fixture_fresh(&f);
    assert_true(watch_read_source(f.watch, f.source_id, &source));
    assert_false(source.is_offline);
    assert_int_equal(f.counts.removed, 5);
    assert_store_is_tree(&f);
    fixture_end(&f);
}

static void a_stranger_may_be_approved(void **state)
{
    struct fixture f;
    char away[128];

    (void)state;
    fixture_begin(&f);
    fill(&f, 5);
    fixture_start(&f);
    fixture_fresh(&f);
    fixture_stop(&f);
    (void)snprintf(away, sizeof(away), "%s/away", f.top);
    assert_int_equal(rename(f.folder, away), 0);
    assert_int_equal(mkdir(f.folder, 0755), 0);
    put_file(&f, "other", "other");
    fixture_start(&f);
    fixture_fresh(&f);
    assert_int_equal(memory_store_count(f.store, f.source_id), 5);
    watch_approve(f.watch, f.source_id);
    fixture_fresh(&f);
    assert_store_is_tree(&f);
    put_file(&f, "other", "edited");
    fixture_fresh(&f);
    assert_text(&f, "other", "edited");
    fixture_end(&f);
}

/* Without events at all: `varve sync`. */
static void scan_only(void **state)
{
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    f.options.is_scan_only = true;
    fill(&f, 12);
    fixture_start(&f);
    assert_store_is_tree(&f);
    assert_int_equal(f.counts.indexed, 12);
    put_file(&f, "f001", "edited");
    drop(&f, 2, 4);
    move_path(&f, "f005", "renamed");
    watch_scan(f.watch, 0);
    fixture_settle(&f);
    assert_store_is_tree(&f);
    assert_int_equal(f.counts.indexed, 13);
    assert_int_equal(f.counts.removed, 2);
    assert_int_equal(f.counts.moved, 1);
    f.counts = (struct fixture_counts){ 0 };
    watch_scan(f.watch, 0);
    fixture_settle(&f);
    assert_int_equal(f.counts.changed, 0); /* nothing changed: nothing is told */
    fixture_fresh(&f);
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_and_emptiness),
        cmocka_unit_test(a_mass_deletion_is_held_until_approved),
        cmocka_unit_test(slices_count_together),
        cmocka_unit_test(deletions_while_off),
        cmocka_unit_test(an_emptied_source_is_held),
        cmocka_unit_test(the_last_document_may_go_before_our_eyes),
        cmocka_unit_test(another_folder_in_its_place),
        cmocka_unit_test(a_stranger_may_be_approved),
        cmocka_unit_test(scan_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
