/* Each path waits once, the newest event wins, and none is lost while its path is worked on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/queue.h"

static struct span of(const char *text)
{
    return (struct span){ text, strlen(text) };
}

static void add(struct queue *queue, const char *path, enum event event)
{
    assert_true(queue_add(queue, 1, of(path), event, OUTCOME_PENDING, NULL));
}

static void test_each_path_once(void **state)
{
    struct queue *queue = queue_new();
    struct entry *entry;

    (void)state;
    add(queue, "a", EVENT_LOOK);
    add(queue, "b", EVENT_LOOK);
    add(queue, "a", EVENT_REMOVE);
    assert_int_equal(queue_waiting(queue), 2);
    entry = queue_take(queue, 0);
    assert_string_equal(entry->path.data, "a");
    assert_int_equal(entry->event, EVENT_REMOVE);
    queue_done(queue, entry);
    entry = queue_take(queue, 0);
    assert_string_equal(entry->path.data, "b");
    queue_done(queue, entry);
    assert_null(queue_take(queue, 0));
    assert_true(queue_is_done(queue, queue_sequence(queue)));
    queue_free(queue);
}

static void test_event_during_work(void **state)
{
    struct queue *queue = queue_new();
    struct entry *entry;
    uint64_t ticket;

    (void)state;
    add(queue, "a", EVENT_LOOK);
    entry = queue_take(queue, 0);
    add(queue, "a", EVENT_LOOK);
    add(queue, "a", EVENT_REMOVE);
    ticket = queue_sequence(queue);
    assert_int_equal(queue_waiting(queue), 0); /* not twice at the same time */
    queue_done(queue, entry);
    assert_false(queue_is_done(queue, ticket));
    entry = queue_take(queue, 0);
    assert_non_null(entry);
    assert_int_equal(entry->event, EVENT_REMOVE);
    queue_done(queue, entry);
    assert_true(queue_is_done(queue, ticket));
    queue_free(queue);
}

/* A search that finds the file gone asks for a look: the removal that waits is not taken back. */
static void test_look_after_removal(void **state)
{
    struct queue *queue = queue_new();
    struct entry *entry;

    (void)state;
    add(queue, "a", EVENT_REMOVE);
    add(queue, "a", EVENT_LOOK);
    add(queue, "a", EVENT_LOOK);
    entry = queue_take(queue, 0);
    assert_int_equal(entry->event, EVENT_LOOK);
    assert_int_equal(entry->when_gone, EVENT_REMOVE);
    add(queue, "a", EVENT_HOLD); /* and the same while it is worked on */
    add(queue, "a", EVENT_LOOK);
    queue_defer(queue, entry, 0);
    entry = queue_take(queue, 0);
    assert_int_equal(entry->event, EVENT_LOOK);
    assert_int_equal(entry->when_gone, EVENT_HOLD);
    add(queue, "a", EVENT_LOOK);
    queue_done(queue, entry);
    entry = queue_take(queue, 0);
    assert_int_equal(entry->when_gone, EVENT_NONE); /* done is done */
    queue_done(queue, entry);
    queue_free(queue);
}

static void test_deferred(void **state)
{
    struct queue *queue = queue_new();
    struct entry *entry;

    (void)state;
    add(queue, "a", EVENT_LOOK);
    entry = queue_take(queue, 0);
    queue_defer(queue, entry, 100);
    assert_int_equal(queue_next_ms(queue), 100);
    assert_int_equal(queue_waiting(queue), 1);
    assert_null(queue_take(queue, 99));
    assert_false(queue_is_done(queue, queue_sequence(queue)));
    entry = queue_take(queue, 100);
    assert_non_null(entry);
    queue_done(queue, entry);
    assert_int_equal(queue_waiting(queue), 0);
    queue_free(queue);
}

static void test_many(void **state)
{
    struct queue *queue = queue_new();
    struct entry *entry;
    char path[32];
    int taken = 0;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        (void)snprintf(path, sizeof(path), "folder/%d", i % 10000);
        add(queue, path, EVENT_LOOK);
    }
    while ((entry = queue_take(queue, 0))) {
        (void)snprintf(path, sizeof(path), "folder/%d", taken++);
        assert_string_equal(entry->path.data, path); /* in order of arrival */
        queue_done(queue, entry);
    }
    assert_int_equal(taken, 10000);
    queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_path_once),
        cmocka_unit_test(test_event_during_work),
        cmocka_unit_test(test_look_after_removal),
        cmocka_unit_test(test_deferred),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
