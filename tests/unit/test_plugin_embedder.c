/* The plugin host against a plugin that misbehaves in every way we could think of. The plugin is
 * this program itself, started as "test_plugin_embedder --plugin MODE DIMENSIONS BATCH WINDOW
 * [SALT-FILE]". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/os.h"
#include "embed/plugin_embedder.h"

extern char **environ;

#define DIMENSIONS 24
#define TEXTS      80

/* ---- the plugin ---- */

static unsigned plugin_dimensions;
static uint64_t plugin_salt;

static void make_vector(struct span text, float *out, unsigned dimensions, uint64_t salt)
{
    uint64_t state = hash_table_key(text) ^ salt;

    for (unsigned i = 0; i < dimensions; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        out[i] = (float)((double)(state >> 40) / (1 << 24) - 0.5);
    }
}

static void put_vector(struct json_writer *json, struct span text, bool as_numbers, float spoil,
                       unsigned dimensions)
{
    CLEANUP(buf_release) struct buf base64 = BUF_INIT(1 << 20);
    float vector[EMBED_DIMENSIONS_MAX];

    make_vector(text, vector, dimensions, plugin_salt);
    if (!isfinite(spoil))
        vector[3] = spoil;
    else if (spoil == 0)
        memset(vector, 0, sizeof(vector));
    if (as_numbers) {
        json_put_array_begin(json, NULL);
        for (unsigned i = 0; i < dimensions; i++)
            json_put_number(json, NULL, (double)vector[i]);
        json_put_array_end(json);
        return;
    }
    base64_append(&base64, (struct span){ (const char *)vector, dimensions * sizeof(float) });
    json_put_string(json, NULL, buf_span(&base64));
}

static void say(struct buf *line)
{
    buf_append_char(line, '\n');
    if (os_write_all(1, buf_span(line), "stdout", NULL))
        _exit(9);
    buf_clear(line);
}

static void flood(int fd, size_t bytes, char byte)
{
    char block[4096];

    memset(block, byte, sizeof(block));
    for (size_t done = 0; done < bytes; done += sizeof(block))
        if (write(fd, block, sizeof(block)) < 0)
            _exit(9);
}

/* What it does before it would answer a request with the poison in it. */
static void misbehave(const char *mode, struct buf *line)
{
    if (strcmp(mode, "crash") == 0)
        raise(SIGSEGV);
    if (strcmp(mode, "exit") == 0)
        _exit(4);
    if (strcmp(mode, "hang") == 0)
        for (;;)
            pause();
    while (strcmp(mode, "drip") == 0) {
        if (write(1, " ", 1) < 0)
            _exit(9);
        (void)usleep(5000);
    }
    while (strcmp(mode, "alive") == 0) {
        buf_printf(line, "{\"progress\":true}");
        say(line);
        (void)usleep(5000);
    }
    if (strcmp(mode, "garbage") == 0) {
        buf_printf(line, "Loading model ... 100%%");
        say(line);
    }
    if (strcmp(mode, "unknown") == 0) {
        buf_printf(line, "{\"id\":1000000,\"vectors\":[]}");
        say(line);
    }
    while (strcmp(mode, "flood-out") == 0)
        flood(1, 1 << 20, 'x');
    if (strcmp(mode, "flood-err") == 0)
        flood(2, 8 << 20, 'e');
    if (strcmp(mode, "lines-err") == 0)
        flood(2, 1 << 20, '\n');
}

static void answer(const char *mode, const struct json *root, struct buf *line)
{
    const struct json *texts = json_lookup(root, "texts");
    int64_t id = json_read_integer(json_lookup(root, "id"), -1);
    struct json_writer json = JSON_WRITER(line);
    bool has_poison = false;

    for (size_t i = 0; i < json_count(texts); i++)
        has_poison |= strstr(json_read_string(json_at(texts, i)).data, "POISON") != NULL;
    if (has_poison)
        misbehave(mode, line);
    if (strcmp(mode, "later") == 0 && id % 3 == 0) {
        buf_printf(line, "{\"id\":%lld,\"error\":\"rate limit\",\"retry\":true}", (long long)id);
        say(line);
        return;
    }
    if (strcmp(mode, "never") == 0 && has_poison) {
        buf_printf(line, "{\"id\":%lld,\"error\":\"bad words\"}", (long long)id);
        say(line);
        return;
    }
    json_put_object_begin(&json, NULL);
    json_put_integer(&json, "id", id);
    json_put_text(&json, "comment", "a field that nobody knows: \"vectors\": [");
    json_put_array_begin(&json, "vectors");
    for (size_t i = 0; i < json_count(texts); i++) {
        struct span text = json_read_string(json_at(texts, i));
        bool is_poison = strstr(text.data, "POISON") != NULL;
        bool is_short = is_poison && strcmp(mode, "wrong-dim") == 0;

        if (is_poison && strcmp(mode, "too-few") == 0)
            continue;
        if (is_poison && strcmp(mode, "refuse") == 0) {
            json_put_object_begin(&json, NULL);
            json_put_text(&json, "error", "too rude");
            json_put_object_end(&json);
            continue;
        }
        put_vector(&json, text, strcmp(mode, "numbers") == 0,
                   is_poison && strcmp(mode, "nan") == 0    ? NAN
                   : is_poison && strcmp(mode, "inf") == 0  ? INFINITY
                   : is_poison && strcmp(mode, "zero") == 0 ? 0
                                                            : 1,
                   plugin_dimensions - is_short);
    }
    json_put_array_end(&json);
    json_put_object_end(&json);
    if (has_poison && strcmp(mode, "duplicate") == 0) {
        if (os_write_all(1, buf_span(line), "stdout", NULL) || write(1, "\n", 1) != 1)
            _exit(9);
    }
    say(line);
    if (strcmp(mode, "crash-after") == 0 && has_poison)
        raise(SIGSEGV);
}

static void hello(const char *mode, const struct json *root, char **argv, struct buf *line)
{
    struct span cookie = json_read_string(json_lookup(json_lookup(root, "hello"), "cookie"));

    if (strcmp(mode, "no-cookie") == 0)
        cookie = (struct span){ "x", 1 };
    buf_printf(line,
               "{\"hello\":{\"protocol\":1,\"name\":\"embed-test\",\"cookie\":\"%.*s\","
               "\"model\":\"test\",\"dimensions\":%u,\"fingerprint\":\"f00\",\"max_batch\":%s,"
               "\"window\":%s,\"novelty\":{\"a\":[1,2]},\"fusion_weight\":0.2}}",
               (int)cookie.len, cookie.data, plugin_dimensions, argv[4], argv[5]);
    say(line);
}

static int run_plugin(char **argv)
{
    const char *mode = argv[2];
    CLEANUP(buf_release) struct buf line = BUF_INIT(16 << 20);
    CLEANUP(buf_release) struct buf salt = BUF_INIT(1 << 10);
    char *text = NULL;
    size_t capacity = 0;
    ssize_t len;

    plugin_dimensions = (unsigned)strtoul(argv[3], NULL, 10);
    if (argv[6] && os_read_file(argv[6], &salt, NULL) == STATUS_OK)
        plugin_salt = hash_table_key(buf_span(&salt));
    if (strcmp(mode, "crash-start") == 0) {
        (void)fprintf(stderr, "no model at '/srv/models/x'\n");
        return 3;
    }
    while ((len = getline(&text, &capacity, stdin)) > 0) {
        struct json *root = NULL;

        if (json_parse((struct span){ text, (size_t)len }, &root, NULL))
            return 5;
        if (json_lookup(root, "hello"))
            hello(mode, root, argv, &line);
        else
            answer(mode, root, &line);
        json_free(root);
    }
    free(text);
    return 0;
}

/* ---- the tests ---- */

struct bench {
    struct loop *loop;
    struct embedder *embedder;
    struct embed_item items[TEXTS];
    float vectors[TEXTS][DIMENSIONS];
    char texts[TEXTS][64];
    bool is_done;
    char batch[8], window[8];
    const char *arguments[8];
};

static size_t count_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;

    while (readdir(folder))
        count++;
    (void)closedir(folder);
    return count;
}

static void bench_start_with(struct bench *bench, const char *mode, unsigned batch, unsigned window,
                             const char *salt, const char *canaries)
{
    struct plugin_embedder_options options = {
        .plugin = { .arguments = bench->arguments,
                    .environment = (const char *const *)environ,
                    .setting = "'plugin' in varve.conf",
                    .backoff_first_ms = 1,
                    .backoff_most_ms = 50,
                    .grace_ms = 500 },
        .batch_ms = 500,
        .silence_ms = 250,
        .canary_folder = canaries,
    };

    memset(bench, 0, sizeof(*bench));
    (void)snprintf(bench->batch, sizeof(bench->batch), "%u", batch);
    (void)snprintf(bench->window, sizeof(bench->window), "%u", window);
    bench->arguments[0] = "/proc/self/exe";
    bench->arguments[1] = "--plugin";
    bench->arguments[2] = mode;
    bench->arguments[3] = "24";
    bench->arguments[4] = bench->batch;
    bench->arguments[5] = bench->window;
    bench->arguments[6] = salt;
    assert_int_equal(loop_new(&bench->loop, NULL), STATUS_OK);
    assert_int_equal(plugin_embedder_new(bench->loop, &options, &bench->embedder, NULL), STATUS_OK);
}

static void bench_start(struct bench *bench, const char *mode, unsigned batch, unsigned window)
{
    bench_start_with(bench, mode, batch, window, NULL, NULL);
}

static void bench_end(struct bench *bench)
{
    if (bench->embedder)
        bench->embedder->ops->free(bench->embedder);
    loop_free(bench->loop);
    errno = 0;
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD); /* no zombie, no child left */
}

static void on_done(void *user, struct embed_item *items, size_t count)
{
    struct bench *bench = user;

    assert_ptr_equal(items, bench->items);
    assert_int_equal(count, TEXTS);
    assert_false(bench->is_done);
    bench->is_done = true;
}

static void wait_for(struct bench *bench, enum embedder_state state)
{
    int64_t end_ms = os_monotonic_ms() + 60000;

    while (bench->embedder->ops->state(bench->embedder) != state) {
        assert_true(os_monotonic_ms() < end_ms);
        assert_int_equal(loop_step(bench->loop, 1000, NULL), STATUS_OK);
    }
}

static void submit(struct bench *bench, size_t poison)
{
    for (size_t i = 0; i < TEXTS; i++) {
        (void)snprintf(bench->texts[i], sizeof(bench->texts[i]), "text %zu \"\\\n%s", i,
                       i == poison ? " POISON" : "");
        bench->items[i] = (struct embed_item){ .text = { bench->texts[i], strlen(bench->texts[i]) },
                                               .vector = bench->vectors[i],
                                               .status = STATUS_CORRUPT };
    }
    bench->is_done = false;
    assert_int_equal(bench->embedder->ops->submit(bench->embedder, EMBED_PASSAGE, bench->items,
                                                  TEXTS, on_done, bench, NULL),
                     STATUS_OK);
}

static void wait_done(struct bench *bench)
{
    int64_t end_ms = os_monotonic_ms() + 120000;

    while (!bench->is_done) {
        assert_true(os_monotonic_ms() < end_ms);
        assert_int_equal(loop_step(bench->loop, 1000, NULL), STATUS_OK);
    }
}

static void check_items(const struct bench *bench, size_t poison, enum status expected)
{
    for (size_t i = 0; i < TEXTS; i++) {
        float vector[DIMENSIONS];

        if (bench->items[i].status != (i == poison ? expected : STATUS_OK))
            fail_msg("text %zu: %s: %s", i, status_name(bench->items[i].status),
                     bench->items[i].error.text);
        make_vector(bench->items[i].text, vector, DIMENSIONS, 0);
        for (unsigned k = 0; bench->items[i].status == STATUS_OK && k < DIMENSIONS; k++)
            assert_true(fabsf(vector[k] - bench->vectors[i][k]) < 1e-6f);
    }
}

static void test_misbehaviours(void **state)
{
    static const struct {
        const char *mode;
        enum status expected; /* of the poison */
        unsigned batch_most;
    } cases[] = {
        { "good", STATUS_OK, 64 },           { "numbers", STATUS_OK, 64 },
        { "crash", STATUS_MALFORMED, 64 },   { "exit", STATUS_MALFORMED, 64 },
        { "crash-after", STATUS_OK, 64 },    { "hang", STATUS_MALFORMED, 8 },
        { "drip", STATUS_MALFORMED, 1 },     { "alive", STATUS_MALFORMED, 1 },
        { "garbage", STATUS_MALFORMED, 64 }, { "wrong-dim", STATUS_MALFORMED, 64 },
        { "too-few", STATUS_MALFORMED, 64 }, { "nan", STATUS_MALFORMED, 64 },
        { "inf", STATUS_MALFORMED, 64 },     { "zero", STATUS_MALFORMED, 64 },
        { "duplicate", STATUS_OK, 64 }, /* the first of the two answers was right */
        { "unknown", STATUS_MALFORMED, 64 }, { "flood-out", STATUS_MALFORMED, 64 },
        { "flood-err", STATUS_OK, 64 },      { "lines-err", STATUS_OK, 64 },
        { "refuse", STATUS_MALFORMED, 64 },  { "never", STATUS_MALFORMED, 64 },
        { "later", STATUS_OK, 64 },
    };
    static const unsigned batches[] = { 1, 8, 64 };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (size_t k = 0; k < 3 && batches[k] <= cases[i].batch_most; k++) {
            struct bench *bench = calloc(1, sizeof(*bench));
            size_t poison = (i * 31 + k * 17) % TEXTS, fds = count_fds();

            bench_start(bench, cases[i].mode, batches[k], k == 1 ? 4 : 1);
            wait_for(bench, EMBEDDER_READY);
            submit(bench, poison);
            wait_done(bench);
            check_items(bench, poison, cases[i].expected);
            if (getenv("SHOW"))
                printf("%s batch %u: %u starts\n", cases[i].mode, batches[k],
                       plugin_embedder_starts(bench->embedder));
            bench_end(bench);
            assert_int_equal(count_fds(), fds);
            free(bench);
        }
}

static void test_starts_fail(void **state)
{
    static const struct {
        const char *mode, *said;
    } cases[] = {
        { "crash-start", "no model at '/srv/models/x'" },
        { "no-cookie", "cookie" },
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bench bench;
        struct error error;

        bench_start(&bench, cases[i].mode, 8, 1);
        wait_for(&bench, EMBEDDER_DOWN);
        assert_non_null(strstr(bench.embedder->ops->trouble(bench.embedder), cases[i].said));
        assert_non_null(strstr(bench.embedder->ops->trouble(bench.embedder), "next try in"));
        assert_null(bench.embedder->ops->model(bench.embedder));
        assert_int_equal(bench.embedder->ops->submit(bench.embedder, EMBED_QUERY, bench.items, 1,
                                                     on_done, &bench, &error),
                         STATUS_BUSY);
        bench_end(&bench);
    }
}

static void test_missing(void **state)
{
    struct bench bench;
    struct plugin_embedder_options options = {
        .plugin = { .arguments = (const char *const[]){ "/varve-nowhere/plugin", NULL },
                    .setting = "'plugin' in varve.conf" },
    };

    (void)state;
    memset(&bench, 0, sizeof(bench));
    assert_int_equal(loop_new(&bench.loop, NULL), STATUS_OK);
    assert_int_equal(plugin_embedder_new(bench.loop, &options, &bench.embedder, NULL), STATUS_OK);
    wait_for(&bench, EMBEDDER_DOWN);
    assert_string_equal(bench.embedder->ops->trouble(bench.embedder),
                        "cannot start '/varve-nowhere/plugin': No such file or directory; next "
                        "try in 1 s; set 'plugin' in varve.conf");
    bench_end(&bench);
}

/* A plugin that dies on every text must not make every text a failure. */
static void test_circuit(void **state)
{
    struct bench bench;

    (void)state;
    bench_start(&bench, "crash", 8, 2);
    wait_for(&bench, EMBEDDER_READY);
    submit(&bench, 0);
    for (size_t i = 0; i < TEXTS; i++) {
        (void)snprintf(bench.texts[i], sizeof(bench.texts[i]), "POISON %zu", i);
        bench.items[i].text.len = strlen(bench.texts[i]);
    }
    /* The first request was written already, with the texts as they were. */
    wait_done(&bench);
    for (size_t i = 0; i < TEXTS; i++)
        assert_true(bench.items[i].status != STATUS_CORRUPT);
    assert_int_equal(bench.items[TEXTS - 1].status, STATUS_BUSY);
    assert_int_equal(bench.embedder->ops->state(bench.embedder), EMBEDDER_DOWN);
    /* It is tried again by itself, and a good text closes the circuit. */
    wait_for(&bench, EMBEDDER_READY);
    submit(&bench, TEXTS);
    wait_done(&bench);
    check_items(&bench, TEXTS, STATUS_OK);
    assert_string_equal(bench.embedder->ops->trouble(bench.embedder), "");
    bench_end(&bench);
}

static void kill_plugin(struct bench *bench)
{
    pid_t id = plugin_embedder_process_id(bench->embedder);
    unsigned starts = plugin_embedder_starts(bench->embedder);

    assert_true(id > 0);
    assert_int_equal(kill(id, SIGKILL), 0);
    while (plugin_embedder_starts(bench->embedder) == starts)
        assert_int_equal(loop_step(bench->loop, 1000, NULL), STATUS_OK);
    wait_for(bench, EMBEDDER_READY);
}

static void test_canary(void **state)
{
    char folder[] = "/tmp/varve-test-XXXXXX", salt[64], command[96];
    struct bench bench;
    struct hash first, second;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(salt, sizeof(salt), "%s/salt", folder);
    assert_int_equal(os_replace_file(salt, (struct span){ "a", 1 }, 0600, NULL), STATUS_OK);
    bench_start_with(&bench, "good", 3, 2, salt, folder);
    wait_for(&bench, EMBEDDER_READY);
    first = bench.embedder->ops->model(bench.embedder)->fingerprint;
    kill_plugin(&bench);
    assert_true(hash_equal(&first, &bench.embedder->ops->model(bench.embedder)->fingerprint));
    assert_int_equal(os_replace_file(salt, (struct span){ "b", 1 }, 0600, NULL), STATUS_OK);
    kill_plugin(&bench);
    second = bench.embedder->ops->model(bench.embedder)->fingerprint;
    assert_false(hash_equal(&first, &second));
    bench_end(&bench);
    bench_start_with(&bench, "good", 3, 2, salt, folder); /* remembers, also in another process */
    wait_for(&bench, EMBEDDER_READY);
    assert_true(hash_equal(&second, &bench.embedder->ops->model(bench.embedder)->fingerprint));
    bench_end(&bench);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

/* Killed from outside while it works: nobody is blamed. */
static void test_killed(void **state)
{
    struct bench bench;

    (void)state;
    bench_start(&bench, "good", 4, 3);
    wait_for(&bench, EMBEDDER_READY);
    for (int round = 0; round < 20; round++) {
        submit(&bench, TEXTS);
        for (int i = 0; i < round % 5; i++)
            assert_int_equal(loop_step(bench.loop, 10, NULL), STATUS_OK);
        if (plugin_embedder_process_id(bench.embedder) > 0)
            assert_int_equal(kill(plugin_embedder_process_id(bench.embedder), SIGKILL), 0);
        wait_done(&bench);
        check_items(&bench, TEXTS, STATUS_OK);
    }
    bench_end(&bench);
}

/* kill -9 of the host leaves no plugin. */
static void test_host_killed(void **state)
{
    int pipe_fds[2];
    pid_t host, plugin = 0;

    (void)state;
    assert_int_equal(pipe(pipe_fds), 0);
    host = fork();
    if (host == 0) {
        struct bench bench;
        pid_t id;

        bench_start(&bench, "good", 8, 1);
        wait_for(&bench, EMBEDDER_READY);
        id = plugin_embedder_process_id(bench.embedder);
        if (write(pipe_fds[1], &id, sizeof(id)) != (ssize_t)sizeof(id))
            _exit(1);
        for (;;)
            pause();
    }
    assert_int_equal(read(pipe_fds[0], &plugin, sizeof(plugin)), sizeof(plugin));
    assert_int_equal(kill(plugin, 0), 0);
    assert_int_equal(kill(host, SIGKILL), 0);
    assert_int_equal(waitpid(host, NULL, 0), host);
    for (int i = 0; i < 500 && kill(plugin, 0) == 0; i++) {
        char path[64], status[256] = "";
        FILE *file;

        (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)plugin);
        file = fopen(path, "r");
        if (file && !fgets(status, sizeof(status), file))
            status[0] = '\0';
        if (file)
            (void)fclose(file);
        if (strstr(status, ") Z "))
            break; /* dead; whoever adopted it has not reaped it yet */
        (void)usleep(10000);
        assert_true(i < 499);
    }
    (void)close(pipe_fds[0]);
    (void)close(pipe_fds[1]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_misbehaviours), cmocka_unit_test(test_starts_fail),
        cmocka_unit_test(test_missing),       cmocka_unit_test(test_circuit),
        cmocka_unit_test(test_canary),        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_host_killed),
    };

    if (argc > 5 && strcmp(argv[1], "--plugin") == 0)
        return run_plugin(argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
