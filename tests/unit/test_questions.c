/* The log of questions: what is kept, bounded, judged, and forgotten. */
#include "store_fixture.h"

#include "index/questions.h"

struct seen {
    char texts[32][64];
    enum failure failures[32];
    size_t hits[32], count;
};

static enum status see(void *user, const struct question *question, struct error *err)
{
    struct seen *seen = user;

    (void)err;
    (void)snprintf(seen->texts[seen->count], sizeof(seen->texts[0]), "%.*s",
                   (int)question->text.len, question->text.data);
    seen->failures[seen->count] = question_failure(question);
    seen->hits[seen->count++] = question->hit_count;
    return STATUS_OK;
}

static struct seen read_all(struct question_log *log)
{
    struct seen seen = { .count = 0 };
    struct error err;

    assert_good(question_log_each(log, 0, see, &seen, &err), &err);
    return seen;
}

static int64_t put(struct question_log *log, const char *text, int64_t asked_ms, size_t hit_count,
                   double coverage, int64_t kept_count, int64_t kept_days)
{
    struct question_hit hits[QUESTION_HITS_MAX] = { { .document_id = 1, .segment_id = 1 } };
    struct question question = { .asked_ms = asked_ms,
                                 .asker = 7,
                                 .text = text_span(text),
                                 .filter = text_span(""),
                                 .coverage = coverage,
                                 .hits = hits,
                                 .hit_count = hit_count };
    int64_t id = 0;
    struct error err;

    assert_good(question_log_put(log, &question, kept_count, kept_days, &id, &err), &err);
    return id;
}

static void test_failures(void **state)
{
    struct fixture fixture = fixture_new();
    struct question_log *log = NULL;
    struct seen seen;
    struct error err;
    int64_t id;

    (void)state;
    assert_int_equal(question_log_open(fixture.folder, false, &log, &err), STATUS_UNREADABLE);
    assert_good(question_log_open(fixture.folder, true, &log, &err), &err);
    put(log, "nothing", 1000, 0, 0, 100, 0);
    put(log, "weak", 1000, 2, 0.4, 100, 0);
    id = put(log, "fine", 1000, 2, 0.5, 100, 0);
    seen = read_all(log);
    assert_int_equal(seen.count, 3);
    assert_string_equal(seen.texts[0], "fine");
    assert_int_equal(seen.failures[0], FAILURE_NONE);
    assert_int_equal(seen.failures[1], FAILURE_WEAK);
    assert_int_equal(seen.failures[2], FAILURE_NOTHING);
    assert_good(question_log_judge(log, id, 1, VERDICT_BAD, &err), &err);
    assert_int_equal(read_all(log).failures[0], FAILURE_BAD);
    assert_good(question_log_judge(log, id, 0, VERDICT_BAD, &err), &err);
    assert_int_equal(read_all(log).failures[0], FAILURE_TOLD);
    assert_good(question_log_judge(log, id, 2, VERDICT_GOOD, &err), &err);
    assert_int_equal(read_all(log).failures[0], FAILURE_NONE);
    assert_int_equal(question_log_judge(log, id, 3, VERDICT_GOOD, &err), STATUS_UNREADABLE);
    assert_int_equal(question_log_judge(log, id + 1, 0, VERDICT_GOOD, &err), STATUS_UNREADABLE);
    question_log_free(log);
    fixture_free(&fixture);
}

static void test_bounds(void **state)
{
    static char longest[QUESTION_BYTES_MAX + 100];
    struct fixture fixture = fixture_new();
    struct question_log *log = NULL;
    struct seen seen;
    struct error err;
    uint64_t count = 0;

    (void)state;
    assert_good(question_log_open(fixture.folder, true, &log, &err), &err);
    for (int i = 0; i < 20; i++)
        put(log, "again", 1000 + i, QUESTION_HITS_MAX, 1, 5, 0);
    seen = read_all(log);
    assert_int_equal(seen.count, 5);
    assert_int_equal(seen.hits[0], QUESTION_HITS_MAX);
    /* A day is 86,400,000 ms: what was asked before it goes. */
    put(log, "late", 1010 + 86400000, 1, 1, 100, 1);
    seen = read_all(log);
    assert_int_equal(seen.count, 6);
    put(log, "later", 1018 + 86400000, 1, 1, 100, 1);
    assert_int_equal(read_all(log).count, 4);
    /* Too long: cut between characters. */
    memset(longest, 'a', sizeof(longest) - 1);
    memcpy(longest + QUESTION_BYTES_MAX - 1, "\xc3\xa9", 2);
    put(log, longest, 1 << 30, 1, 1, 1, 0);
    assert_int_equal(read_all(log).count, 1);
    assert_good(question_log_forget(log, 0, INT64_MAX, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_int_equal(read_all(log).count, 0);
    question_log_free(log);
    fixture_free(&fixture);
}

/* Those that led to a document that is gone go with it, and nothing else does. */
static void test_erased(void **state)
{
    struct fixture fixture = fixture_new();
    struct question_log *log = NULL;
    struct error err;
    uint64_t count = 0;

    (void)state;
    assert_good(questions_forget_erased(fixture.index, &count, &err), &err);
    assert_good(question_log_open(fixture.folder, true, &log, &err), &err);
    fixture_put(&fixture, "a.md", "", "A text.", 1); /* document 1 */
    put(log, "kept", 1000, 1, 1, 100, 0);
    put(log, "kept too", 1000, 0, 1, 100, 0);
    assert_good(questions_forget_erased(fixture.index, &count, &err), &err);
    assert_int_equal(count, 0);
    fixture_damage(&fixture, "PRAGMA foreign_keys = OFF; DELETE FROM document");
    assert_good(questions_forget_erased(fixture.index, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_string_equal(read_all(log).texts[0], "kept too");
    question_log_free(log);
    fixture_free(&fixture);
}

static void test_damage(void **state)
{
    struct fixture fixture = fixture_new();
    struct question_log *log = NULL;
    struct error err;
    char path[128];
    FILE *file;

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/questions.db", fixture.folder);
    file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 200; i++)
        (void)fputs("this is no database at all", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(question_log_open(fixture.folder, true, &log, &err), STATUS_CORRUPT);
    assert_non_null(strstr(err.text, "questions.db"));
    assert_null(log);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_failures),
                                        cmocka_unit_test(test_bounds),
                                        cmocka_unit_test(test_erased),
                                        cmocka_unit_test(test_damage) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
