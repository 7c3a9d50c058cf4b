/* The sink supervisor over a real index: nothing left out, order kept, whatever the sink does. The
 * sink is this program itself ("--plugin MODE FILE"), which writes down what it applied, or build's
 * sink-jsonl, beside which it lies. */
#include "store_fixture.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/os.h"
#include "feed/sink.h"

extern char **environ;

/* ---- the sink ---- */

static void answer_hello(const char *mode, const struct json *hello)
{
    bool is_ahead = strcmp(mode, "ahead") == 0;

    printf("{\"hello\":{\"protocol\":1,\"name\":\"s\",\"cookie\":\"%s\",\"window\":4%s}}\n",
           json_read_string(json_lookup(hello, "cookie")).data,
           is_ahead ? ",\"position\":1000000" : "");
}

/* In that order: apply, then acknowledge. What comes between is where it may crash. */
static void take_change(const char *mode, FILE *file, const struct json *change, unsigned count)
{
    static bool has_refused; /* what comes behind a nack is not applied */

    int64_t sequence = json_read_integer(json_lookup(change, "seq"), -1);
    const char *op = json_read_string(json_lookup(change, "op")).data;

    if (has_refused)
        return;
    if (strcmp(mode, "refuse") == 0 && sequence == 3) {
        has_refused = true;
        printf("{\"nack\":3,\"error\":\"no such table\",\"retry\":false}\n");
        return;
    }
    if (strcmp(mode, "later") == 0 && count == 2) {
        has_refused = true;
        printf("{\"nack\":%" PRId64 ",\"error\":\"busy\",\"retry\":true}\n", sequence);
        return;
    }
    (void)fprintf(file, "%" PRId64 " %s\n", sequence, op);
    (void)fflush(file);
    if (strcmp(mode, "crash") == 0 && count == 3)
        raise(SIGSEGV);
    if (strcmp(mode, "liar") == 0)
        sequence += 1000;
    if (strcmp(mode, "mute") == 0 && count == 1)
        return;
    printf("{\"ack\":%" PRId64 "}\n", sequence);
}

static int run_plugin(const char *mode, const char *path)
{
    FILE *file = fopen(path, "a");
    char *line = NULL;
    size_t capacity = 0;
    unsigned count = 0;
    ssize_t len;

    while (file && (len = getline(&line, &capacity, stdin)) > 0) {
        struct json *root = NULL;

        if (json_parse((struct span){ line, (size_t)len }, &root, NULL))
            return 5;
        if (json_lookup(root, "hello"))
            answer_hello(mode, json_lookup(root, "hello"));
        else
            take_change(mode, file, root, ++count);
        (void)fflush(stdout);
        json_free(root);
    }
    free(line);
    return file ? fclose(file) : 1;
}

/* ---- the tests ---- */

struct bench {
    struct fixture fixture;
    struct loop *loop;
    struct sink *sink;
    char path[128], program[512];
    const char *arguments[8];
};

static void fill(struct bench *bench)
{
    struct fixture *fixture = &bench->fixture;
    struct error err;
    struct document_key key, to;

    for (unsigned i = 0; i < 12; i++) {
        char name[32], text[256];

        (void)snprintf(name, sizeof(name), "n%u.txt", i);
        (void)snprintf(text, sizeof(text), "# Title %u\n\nA paragraph, \"%u\".\n\nAnother one.", i,
                       i);
        fixture_put(fixture, name, "", text, i + 1);
    }
    fixture_put(fixture, "n3.txt", "", "# Title 3\n\nIt changed.\n\nAnother one.", 30);
    key = key_for(fixture, "n4.txt", "");
    to = key_for(fixture, "moved \xFF.txt", "");
    fixture_begin(fixture);
    assert_good(fixture->store->ops->remove(fixture->store, &key, &err), &err);
    fixture_commit(fixture);
    key = key_for(fixture, "n5.txt", "");
    fixture_begin(fixture);
    assert_good(fixture->store->ops->move(fixture->store, &key, &to,
                                          &(struct file_stamp){ .inode = 6 }, &err),
                &err);
    fixture_commit(fixture);
}

static void open_sink(struct bench *bench)
{
    struct sink_options options = {
        .plugin = { .arguments = bench->arguments,
                    .environment = (const char *const *)environ,
                    .backoff_first_ms = 1,
                    .backoff_most_ms = 20,
                    .grace_ms = 500 },
        .name = "test",
        .writer = bench->fixture.index,
        .silence_ms = 300,
        .poll_ms = 10,
    };
    struct error err;

    assert_good(loop_new(&bench->loop, &err), &err);
    assert_good(sink_new(bench->loop, &options, &bench->sink, &err), &err);
}

static void close_sink(struct bench *bench)
{
    sink_free(bench->sink);
    loop_free(bench->loop);
    bench->sink = NULL;
    errno = 0;
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void bench_start(struct bench *bench, const char *mode)
{
    memset(bench, 0, sizeof(*bench));
    bench->fixture = fixture_new();
    (void)snprintf(bench->path, sizeof(bench->path), "%s/applied", bench->fixture.folder);
    bench->arguments[0] = "/proc/self/exe";
    bench->arguments[1] = "--plugin";
    bench->arguments[2] = mode;
    bench->arguments[3] = bench->path;
    fill(bench);
}

static void bench_end(struct bench *bench)
{
    if (bench->sink)
        close_sink(bench);
    fixture_free(&bench->fixture);
}

static int64_t newest_change(struct bench *bench)
{
    return fixture_number(&bench->fixture, "SELECT max(sequence) FROM change");
}

static void wait_for_ack(struct bench *bench, int64_t sequence)
{
    int64_t end_ms = os_monotonic_ms() + 60000;

    while (sink_acknowledged(bench->sink) < sequence) {
        if (os_monotonic_ms() > end_ms)
            fail_msg("stays at %" PRId64 ": %s", sink_acknowledged(bench->sink),
                     sink_trouble(bench->sink));
        assert_int_equal(loop_step(bench->loop, 100, NULL), STATUS_OK);
    }
}

/* Each change was applied at least once, and the first times are in order. */
static void check_applied(struct bench *bench, int64_t newest)
{
    FILE *file = fopen(bench->path, "r");
    char line[128];
    int64_t highest = 0;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        int64_t sequence = strtoll(line, NULL, 10);

        assert_true(sequence <= highest + 1);
        if (sequence > highest)
            highest = sequence;
    }
    assert_int_equal(highest, newest);
    (void)fclose(file);
}

static void test_modes(void **state)
{
    static const char *const modes[] = { "good", "crash", "later", "mute" };

    (void)state;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        struct bench bench;
        int64_t newest;

        bench_start(&bench, modes[i]);
        newest = newest_change(&bench);
        assert_true(newest >= 15);
        open_sink(&bench);
        wait_for_ack(&bench, newest);
        check_applied(&bench, newest);
        fixture_put(&bench.fixture, "late.txt", "", "One more.", 99);
        sink_wake(bench.sink);
        wait_for_ack(&bench, newest + 1);
        close_sink(&bench);
        assert_int_equal(
            fixture_number(&bench.fixture, "SELECT sequence FROM consumer WHERE name = 'test'"),
            newest + 1);
        check_applied(&bench, newest + 1);
        bench_end(&bench);
    }
}

static void test_goes_on_after_restart(void **state)
{
    struct bench bench;
    int64_t newest;

    (void)state;
    bench_start(&bench, "good");
    newest = newest_change(&bench);
    open_sink(&bench);
    wait_for_ack(&bench, 5);
    close_sink(&bench);
    open_sink(&bench);
    wait_for_ack(&bench, newest);
    close_sink(&bench);
    check_applied(&bench, newest);
    bench_end(&bench);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *mode, *said;
    } cases[] = {
        { "refuse", "could not apply change 3: no such table" },
        { "ahead", "another knowledge base" },
        { "liar", "which was not sent" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench bench;
        int64_t end_ms = os_monotonic_ms() + 20000;

        bench_start(&bench, cases[i].mode);
        open_sink(&bench);
        while (!strstr(sink_trouble(bench.sink), cases[i].said)) {
            assert_true(os_monotonic_ms() < end_ms);
            assert_int_equal(loop_step(bench.loop, 100, NULL), STATUS_OK);
        }
        assert_true(sink_acknowledged(bench.sink) <= 2);
        bench_end(&bench);
    }
}

static void find_program(struct bench *bench, const char *name)
{
    struct buf folder = BUF_INIT(OS_PATH_MAX);

    assert_int_equal(os_executable_folder(&folder, NULL), STATUS_OK);
    (void)snprintf(bench->program, sizeof(bench->program), "%s/../%s", folder.data, name);
    buf_release(&folder);
}

/* Every change is in the file exactly once, in order, also when the sink is killed again and again
 * and its file ends in the middle of a line. */
static void test_sink_jsonl(void **state)
{
    struct bench bench;
    struct buf text = BUF_INIT(1 << 24);
    int64_t newest, expected = 1;

    (void)state;
    bench_start(&bench, "");
    find_program(&bench, "sink-jsonl");
    if (access(bench.program, X_OK) != 0) {
        bench_end(&bench);
        skip();
    }
    bench.arguments[0] = bench.program;
    bench.arguments[1] = bench.path;
    bench.arguments[2] = NULL;
    newest = newest_change(&bench);
    for (uint64_t round = 0; round < 5; round++) {
        FILE *file;
        char name[32];

        open_sink(&bench);
        (void)snprintf(name, sizeof(name), "r%u.txt", (unsigned)round);
        fixture_put(&bench.fixture, name, "", name, 100 + round);
        wait_for_ack(&bench, ++newest);
        assert_true(sink_process_id(bench.sink) > 0);
        assert_int_equal(kill(sink_process_id(bench.sink), SIGKILL), 0);
        (void)usleep(5000);
        close_sink(&bench);
        file = fopen(bench.path, "a");
        assert_non_null(file);
        (void)fprintf(file, "{\"seq\":%" PRId64 ",\"op\":\"pu", newest + 1);
        (void)fclose(file);
    }
    open_sink(&bench);
    wait_for_ack(&bench, newest);
    close_sink(&bench);
    assert_int_equal(os_read_file(bench.path, &text, NULL), STATUS_OK);
    for (const char *at = text.data, *end; (end = strchr(at, '\n')); at = end + 1) {
        struct json *root = NULL;

        assert_int_equal(json_parse((struct span){ at, (size_t)(end - at) }, &root, NULL),
                         STATUS_OK);
        assert_int_equal(json_read_integer(json_lookup(root, "seq"), -1), expected++);
        for (size_t i = 0; i < json_count(json_lookup(root, "segments")); i++) {
            struct span vector =
                json_read_string(json_lookup(json_at(json_lookup(root, "segments"), i), "vector"));

            assert_int_equal(vector.len, (FIXTURE_DIMENSIONS * sizeof(float) + 2) / 3 * 4);
        }
        json_free(root);
    }
    assert_int_equal(expected, newest + 1);
    buf_release(&text);
    bench_end(&bench);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_goes_on_after_restart),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_sink_jsonl),
    };

    if (argc == 4 && strcmp(argv[1], "--plugin") == 0)
        return run_plugin(argv[2], argv[3]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
