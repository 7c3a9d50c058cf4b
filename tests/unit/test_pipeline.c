/*
 * test_pipeline.c - the real pipeline, workers and files, over a store and an embedder in memory.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/os.h"
#include "ingest/pipeline.h"
#include "ingest/pipeline_parts.h"
#include "tests/unit/memory_store.c"

#define DIMENSIONS 4u
#define STEPS_MAX  300 /* a pass that takes more of them stands still */
#define WAITING    8

/* Answers only when the test lets it: until then a request is under way. */
struct tiny_embedder {
    struct embedder base;
    struct model_info info;
    enum embedder_state state;
    bool is_holding;
    struct tiny_request {
        struct embed_item *items;
        size_t count;
        embed_done_fn *done;
        void *user;
    } requests[WAITING];
    size_t request_count, text_count;
};

struct bench {
    char folder[64];
    int folder_fd;
    int64_t source_id;
    struct loop *loop;
    struct store *store;
    struct pool *pool;
    struct tiny_embedder embedder;
    struct pipeline *pipeline;
};

/* ---- the embedder ---- */

static enum embedder_state tiny_state(const struct embedder *embedder)
{
    return ((const struct tiny_embedder *)embedder)->state;
}

static const struct model_info *tiny_model(const struct embedder *embedder)
{
    const struct tiny_embedder *tiny = (const struct tiny_embedder *)embedder;

    return tiny->info.dimensions ? &tiny->info : NULL;
}

static const char *tiny_trouble(const struct embedder *embedder)
{
    (void)embedder;
    return "";
}

static enum status tiny_submit(struct embedder *embedder, enum embed_kind kind,
                               struct embed_item *items, size_t count, embed_done_fn *done,
                               void *user, struct error *err)
{
    struct tiny_embedder *tiny = (struct tiny_embedder *)embedder;

    (void)kind;
    if (tiny->state != EMBEDDER_READY || tiny->request_count == WAITING)
        return error_set(err, STATUS_BUSY, "not now");
    tiny->requests[tiny->request_count++] =
        (struct tiny_request){ .items = items, .count = count, .done = done, .user = user };
    return STATUS_OK;
}

static void tiny_answer(struct tiny_embedder *tiny)
{
    struct tiny_request requests[WAITING];
    size_t request_count = tiny->request_count;

    memcpy(requests, tiny->requests, sizeof(requests));
    tiny->request_count = 0;
    for (size_t r = 0; r < request_count; r++) {
        for (size_t i = 0; i < requests[r].count; i++) {
            struct embed_item *item = &requests[r].items[i];

            for (unsigned d = 0; d < DIMENSIONS; d++)
                item->vector[d] = (float)(item->text.len + d + tiny->info.fingerprint.bytes[0]);
            item->status = STATUS_OK;
        }
        tiny->text_count += requests[r].count;
        requests[r].done(requests[r].user, requests[r].items, requests[r].count);
    }
}

static const struct embedder_ops tiny_ops = {
    .state = tiny_state, .model = tiny_model, .trouble = tiny_trouble, .submit = tiny_submit
};

static void tiny_become(struct tiny_embedder *tiny, unsigned char mark)
{
    tiny->state = EMBEDDER_READY;
    tiny->info = (struct model_info){ .dimensions = DIMENSIONS, .fingerprint.bytes = { mark } };
    (void)snprintf(tiny->info.name, sizeof(tiny->info.name), "tiny-%u", mark);
}

/* ---- the bench ---- */

static void open_bench(struct bench *bench)
{
    static const char worker_name[] = "/../varve-extract";
    CLEANUP(buf_release) struct buf program = BUF_INIT(OS_PATH_MAX);
    struct pool_options pool_options = POOL_OPTIONS_DEFAULT;
    struct pipeline_options options = {
        .file_bytes_max = 1 << 20,
        .plugin = "embed-test",
        .chunking = { .chunker = "structure", .target_tokens = 256, .maximum_tokens = 512 },
        .boundary_fingerprint = "none",
        .commit_documents = 64,
        .commit_ms = 5,
        .attempts_max = 3,
        .expanded_bytes_max = 16 << 20,
        .member_bytes_max = 1 << 20,
        .member_count_max = 100,
        .depth_max = 4
    };
    struct span name;

    *bench = (struct bench){ .folder = "/tmp/varve-pipeline-XXXXXX" };
    assert_non_null(mkdtemp(bench->folder));
    bench->folder_fd = open(bench->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(bench->folder_fd >= 0);
    bench->embedder.base.ops = &tiny_ops;
    tiny_become(&bench->embedder, 1);
    assert_int_equal(os_executable_folder(&program, NULL), STATUS_OK);
    buf_append(&program, worker_name, sizeof(worker_name) - 1);
    pool_options.worker_path = program.data;
    pool_options.worker_count = 1;
    pool_options.sandbox = getenv("VARVE_TEST_SANDBOX");
    assert_int_equal(loop_new(&bench->loop, NULL), STATUS_OK);
    bench->store = memory_store_new();
    assert_int_equal(pool_new(bench->loop, &pool_options, &bench->pool, NULL), STATUS_OK);
    assert_int_equal(pipeline_new(bench->loop, bench->store, bench->pool, &bench->embedder.base,
                                  &options, &bench->pipeline, NULL),
                     STATUS_OK);
    name = (struct span){ bench->folder, strlen(bench->folder) };
    assert_int_equal(bench->store->ops->begin(bench->store, NULL), STATUS_OK);
    assert_int_equal(bench->store->ops->put_source(bench->store, name, &bench->source_id, NULL),
                     STATUS_OK);
    assert_int_equal(bench->store->ops->commit(bench->store, &(int64_t){ 0 }, NULL), STATUS_OK);
    assert_int_equal(pipeline_add_source(bench->pipeline, bench->source_id, bench->folder_fd, NULL),
                     STATUS_OK);
}

static void close_bench(struct bench *bench)
{
    static const char *const names[] = { "a.txt", "b.txt" };

    pool_free(bench->pool);
    pipeline_free(bench->pipeline);
    bench->store->ops->free(bench->store);
    loop_free(bench->loop);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        (void)unlinkat(bench->folder_fd, names[i], 0);
    (void)close(bench->folder_fd);
    assert_int_equal(rmdir(bench->folder), 0);
}

static void save(const struct bench *bench, const char *name, const char *text)
{
    int fd = openat(bench->folder_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(os_write_all(fd, (struct span){ text, strlen(text) }, name, NULL), STATUS_OK);
    (void)close(fd);
}

static void changed(struct bench *bench, const char *name)
{
    pipeline_changed(bench->pipeline, bench->source_id, (struct span){ name, strlen(name) });
}

static void removed(struct bench *bench, const char *name)
{
    pipeline_removed(bench->pipeline, bench->source_id, (struct span){ name, strlen(name) });
}

static void step(struct bench *bench)
{
    assert_int_equal(loop_step(bench->loop, 20, NULL), STATUS_OK);
    assert_int_equal(pipeline_status(bench->pipeline, NULL), STATUS_OK);
    if (!bench->embedder.is_holding)
        tiny_answer(&bench->embedder);
}

static void finish(struct bench *bench)
{
    uint64_t ticket = pipeline_ticket(bench->pipeline);

    for (int i = 0; !pipeline_is_done(bench->pipeline, ticket); i++) {
        assert_true(i < STEPS_MAX);
        step(bench);
    }
    for (int i = 0; !pipeline_is_idle(bench->pipeline); i++) {
        assert_true(i < STEPS_MAX);
        step(bench);
    }
}

static void await_request(struct bench *bench)
{
    for (int i = 0; bench->embedder.request_count == 0; i++) {
        assert_true(i < STEPS_MAX);
        step(bench);
    }
}

static void await_vectors(struct bench *bench)
{
    for (int i = 0; !pipeline_is_embedded(bench->pipeline); i++) {
        assert_true(i < STEPS_MAX);
        step(bench);
    }
}

static void assert_text(const struct bench *bench, const char *name, const char *wanted)
{
    struct span text = memory_store_text(bench->store, bench->source_id, name, "");

    assert_non_null(text.data);
    assert_true(text.len >= strlen(wanted));
    assert_memory_equal(text.data, wanted, strlen(wanted));
}

static bool is_there(const struct bench *bench, const char *name)
{
    return memory_store_document(bench->store, bench->source_id, name, "") != NULL;
}

static enum status count_one(void *user, const struct hash *input_hash, struct span input,
                             struct error *err)
{
    (void)input_hash;
    (void)input;
    (void)err;
    ++*(size_t *)user;
    return STATUS_OK;
}

static size_t waiting_for(const struct bench *bench, int64_t model_id)
{
    size_t count = 0;

    assert_int_equal(
        bench->store->ops->each_waiting(bench->store, model_id, 100, count_one, &count, NULL),
        STATUS_OK);
    return count;
}

static int64_t id_of_model(const struct bench *bench)
{
    int64_t model_id = 0;

    assert_int_equal(bench->store->ops->begin(bench->store, NULL), STATUS_OK);
    assert_int_equal(bench->store->ops->put_model(bench->store, &bench->embedder.info,
                                                  MODEL_CURRENT, (struct span){ "embed-test", 10 },
                                                  &model_id, NULL),
                     STATUS_OK);
    bench->store->ops->rollback(bench->store);
    return model_id;
}

/* ---- the tests ---- */

static void new_unchanged_edited(void **state)
{
    struct bench bench;
    struct pipeline_progress progress;

    (void)state;
    open_bench(&bench);
    save(&bench, "a.txt", "The first light.\n");
    changed(&bench, "a.txt");
    finish(&bench);
    assert_text(&bench, "a.txt", "The first light.");
    assert_int_equal(bench.embedder.text_count, 1);
    changed(&bench, "a.txt");
    finish(&bench);
    save(&bench, "a.txt", "The first light.\n"); /* another stamp, the same bytes */
    changed(&bench, "a.txt");
    finish(&bench);
    pipeline_read_progress(bench.pipeline, &progress);
    assert_int_equal(progress.unchanged, 2);
    assert_int_equal(progress.committed, 1);
    assert_int_equal(bench.embedder.text_count, 1);
    save(&bench, "a.txt", "A second evening.\n");
    changed(&bench, "a.txt");
    finish(&bench);
    assert_text(&bench, "a.txt", "A second evening.");
    assert_int_equal(bench.embedder.text_count, 2);
    close_bench(&bench);
}

static void removed_while_at_work(void **state)
{
    struct bench bench;

    (void)state;
    open_bench(&bench);
    bench.embedder.is_holding = true;
    save(&bench, "a.txt", "Soon to go.\n");
    changed(&bench, "a.txt");
    await_request(&bench);
    assert_int_equal(unlinkat(bench.folder_fd, "a.txt", 0), 0);
    removed(&bench, "a.txt");
    changed(&bench, "a.txt"); /* as a search does that finds it gone */
    bench.embedder.is_holding = false;
    finish(&bench);
    assert_false(is_there(&bench, "a.txt"));
    close_bench(&bench);
}

static void edited_while_at_work(void **state)
{
    struct bench bench;
    uint64_t ticket;

    (void)state;
    open_bench(&bench);
    bench.embedder.is_holding = true;
    save(&bench, "a.txt", "Before.\n");
    changed(&bench, "a.txt");
    await_request(&bench);
    save(&bench, "a.txt", "After the edit.\n");
    changed(&bench, "a.txt");
    ticket = pipeline_ticket(bench.pipeline);
    assert_false(pipeline_is_done(bench.pipeline, ticket));
    bench.embedder.is_holding = false;
    for (int i = 0; !pipeline_is_done(bench.pipeline, ticket); i++) {
        assert_true(i < STEPS_MAX);
        step(&bench);
    }
    assert_text(&bench, "a.txt", "After the edit.");
    close_bench(&bench);
}

static void renamed(void **state)
{
    struct bench bench;
    uint64_t ticket;

    (void)state;
    open_bench(&bench);
    save(&bench, "a.txt", "Under another name.\n");
    changed(&bench, "a.txt");
    finish(&bench);
    assert_int_equal(renameat(bench.folder_fd, "a.txt", bench.folder_fd, "b.txt"), 0);
    pipeline_moved(bench.pipeline, bench.source_id, (struct span){ "a.txt", 5 },
                   (struct span){ "b.txt", 5 });
    ticket = pipeline_ticket(bench.pipeline);
    for (int i = 0; !pipeline_is_done(bench.pipeline, ticket); i++) {
        assert_true(i < STEPS_MAX);
        step(&bench);
    }
    assert_false(is_there(&bench, "a.txt"));
    assert_text(&bench, "b.txt", "Under another name.");
    assert_int_equal(bench.embedder.text_count, 1);
    close_bench(&bench);
}

static void embedder_down_then_up(void **state)
{
    struct bench bench;

    (void)state;
    open_bench(&bench);
    bench.embedder.state = EMBEDDER_DOWN;
    bench.embedder.info.dimensions = 0;
    save(&bench, "a.txt", "Text first, its vector later.\n");
    changed(&bench, "a.txt");
    finish(&bench);
    assert_text(&bench, "a.txt", "Text first");
    assert_false(pipeline_is_embedded(bench.pipeline));
    tiny_become(&bench.embedder, 1);
    await_vectors(&bench);
    finish(&bench);
    assert_int_equal(bench.embedder.text_count, 1);
    assert_int_equal(waiting_for(&bench, id_of_model(&bench)), 0);
    close_bench(&bench);
}

/* A store that knows inputs by short keys takes some for others; and the vector that was there may
 * have gone by the time of the commit. */
static void a_vector_that_was_not_there(void **state)
{
    struct bench bench;

    (void)state;
    open_bench(&bench);
    memory_store_mistake(bench.store);
    save(&bench, "a.txt", "Its key is that of another text.\n");
    changed(&bench, "a.txt");
    finish(&bench);
    assert_false(pipeline_is_embedded(bench.pipeline) &&
                 waiting_for(&bench, id_of_model(&bench)) > 0);
    await_vectors(&bench);
    assert_int_equal(bench.embedder.text_count, 1);
    assert_int_equal(waiting_for(&bench, id_of_model(&bench)), 0);
    close_bench(&bench);
}

/* The answer to a request of the old model comes from the new one, which other work has made known
 * meanwhile: it belongs to neither. */
static void model_changes_under_way(void **state)
{
    struct bench bench;
    int64_t old_id;

    (void)state;
    open_bench(&bench);
    bench.embedder.is_holding = true;
    save(&bench, "a.txt", "Asked of one.\n");
    changed(&bench, "a.txt");
    await_request(&bench);
    old_id = id_of_model(&bench);
    tiny_become(&bench.embedder, 2);
    save(&bench, "b.txt", "Asked of another one.\n");
    changed(&bench, "b.txt");
    for (int i = 0; bench.embedder.request_count < 2; i++) {
        assert_true(i < STEPS_MAX);
        step(&bench);
    }
    bench.embedder.is_holding = false;
    finish(&bench);
    await_vectors(&bench);
    finish(&bench);
    assert_text(&bench, "a.txt", "Asked of one.");
    assert_int_equal(waiting_for(&bench, id_of_model(&bench)), 0);
    assert_int_equal(waiting_for(&bench, old_id), 2); /* no vector was taken for the old model's */
    close_bench(&bench);
}

static struct pipeline_models models_of(const struct bench *bench)
{
    struct pipeline_models models;

    pipeline_read_models(bench->pipeline, &models);
    return models;
}

/* Steps the bench and a second embedder until the model it builds is complete. */
static void await_build(struct bench *bench, struct tiny_embedder *other)
{
    for (int i = 0; !models_of(bench).is_built; i++) {
        assert_true(i < STEPS_MAX);
        step(bench);
        tiny_answer(other);
    }
}

/* What was there, and what comes meanwhile, gets the other model's vectors; the first one goes on
 * until the other is asked to take over, and then what is new goes to that one alone. */
static void built_beside_and_taken_over(void **state)
{
    struct tiny_embedder other = { .base.ops = &tiny_ops };
    struct bench bench;
    size_t text_count;

    (void)state;
    open_bench(&bench);
    tiny_become(&other, 2);
    save(&bench, "a.txt", "There before.\n");
    changed(&bench, "a.txt");
    finish(&bench);
    pipeline_build(bench.pipeline, &other.base, "embed-other", false);
    await_build(&bench, &other);
    assert_int_equal(other.text_count, 1);
    save(&bench, "b.txt", "There meanwhile.\n");
    changed(&bench, "b.txt");
    finish(&bench);
    assert_int_equal(bench.embedder.text_count, 2);
    await_build(&bench, &other);
    assert_int_equal(other.text_count, 2);
    assert_ptr_equal(models_of(&bench).serving, &bench.embedder.base);
    assert_int_equal(waiting_for(&bench, 2), 0);

    pipeline_build(bench.pipeline, &other.base, "embed-other", true);
    for (int i = 0; models_of(&bench).serving != &other.base; i++) {
        assert_true(i < STEPS_MAX);
        step(&bench);
    }
    assert_null(models_of(&bench).building);
    text_count = bench.embedder.text_count;
    save(&bench, "a.txt", "There after.\n");
    changed(&bench, "a.txt");
    for (int i = 0; other.text_count < 3; i++) {
        assert_true(i < STEPS_MAX);
        step(&bench);
        tiny_answer(&other);
    }
    finish(&bench);
    assert_int_equal(bench.embedder.text_count, text_count);
    assert_text(&bench, "a.txt", "There after.");
    close_bench(&bench);
}

static void disk_full_and_room_again(void **state)
{
    struct bench bench;
    struct error problem;

    (void)state;
    open_bench(&bench);
    save(&bench, "a.txt", "The first light.\n");
    changed(&bench, "a.txt");
    finish(&bench);
    memory_store_fill(bench.store, true);
    save(&bench, "b.txt", "No room for the sea.\n");
    changed(&bench, "b.txt");
    for (int i = 0; pipeline_no_room(bench.pipeline, &problem) == STATUS_OK; i++) {
        assert_true(i < STEPS_MAX);
        step(&bench);
    }
    assert_true(error_is_full(&problem));
    assert_false(pipeline_is_idle(bench.pipeline));
    assert_int_equal(
        memory_store_document(bench.store, bench.source_id, "b.txt", "")->attempt_count, 1);
    /* What needs no room goes on. */
    assert_int_equal(unlinkat(bench.folder_fd, "a.txt", 0), 0);
    removed(&bench, "a.txt");
    for (int i = 0; is_there(&bench, "a.txt"); i++) {
        assert_true(i < STEPS_MAX);
        step(&bench);
    }
    /* A file that came meanwhile waits, and may go again. */
    save(&bench, "a.txt", "Back, and not for long.\n");
    changed(&bench, "a.txt");
    step(&bench);
    assert_int_equal(unlinkat(bench.folder_fd, "a.txt", 0), 0);
    removed(&bench, "a.txt");
    step(&bench);
    memory_store_fill(bench.store, false);
    finish(&bench);
    assert_text(&bench, "b.txt", "No room for the sea.");
    assert_false(is_there(&bench, "a.txt"));
    assert_int_equal(pipeline_no_room(bench.pipeline, NULL), STATUS_OK);
    assert_int_equal(bench.embedder.text_count, 2);
    close_bench(&bench);
}

/* A worker that ends inside an archive leaves members, and then says that the archive has failed:
 * said before they are there, they would never be looked for again. */
static void failed_archive_waits_for_its_members(void **state)
{
    char archive[] = "a.tar", other[] = "b.tar", member[] = "in/it";
    struct entry *done = (struct entry *)archive; /* any: it is only compared with NULL */
    struct operation fails = { .kind = OPERATION_FAIL, .path = archive, .done_entry = done };
    struct operation other_fails = { .kind = OPERATION_FAIL, .path = other, .done_entry = done };
    struct operation puts = { .kind = OPERATION_PUT, .path = archive, .member = member };
    struct pipeline pipeline = { .no_room = NULL };
    struct operation *small;

    (void)state;
    fails.path_length = puts.path_length = other_fails.path_length = strlen(archive);
    puts.next = &other_fails;
    other_fails.next = &fails;
    small = pipeline_set_aside(&pipeline, &puts);
    assert_ptr_equal(small, &other_fails);
    assert_null(small->next);
    assert_ptr_equal(pipeline.no_room, &puts);
    assert_ptr_equal(puts.next, &fails);
    assert_null(fails.next);
}

/* Without a descriptor to open it, nothing is said of the file: it is read when there is one. */
static void no_descriptor_to_read_with(void **state)
{
    struct bench bench;
    struct rlimit limit, none;
    int next;

    (void)state;
    open_bench(&bench);
    save(&bench, "a.txt", "The first light.\n");
    changed(&bench, "a.txt");
    finish(&bench);
    save(&bench, "b.txt", "By the last of it.\n");
    next = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(next >= 0);
    (void)close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){ .rlim_cur = (rlim_t)next, .rlim_max = limit.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    changed(&bench, "b.txt");
    for (int i = 0; i < 8; i++)
        step(&bench);
    assert_int_equal(memory_store_document(bench.store, bench.source_id, "b.txt", "")->outcome,
                     OUTCOME_PENDING);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    finish(&bench);
    assert_text(&bench, "b.txt", "By the last of it.");
    close_bench(&bench);
}

/* The store that another process keeps busy is not an embedder that has no time. */
static void busy_store_ends_the_pass(void **state)
{
    struct bench bench;

    (void)state;
    open_bench(&bench);
    memory_store_keep_busy(bench.store);
    save(&bench, "a.txt", "The first light.\n");
    changed(&bench, "a.txt");
    for (int i = 0; pipeline_status(bench.pipeline, NULL) == STATUS_OK; i++) {
        assert_true(i < STEPS_MAX);
        assert_int_equal(loop_step(bench.loop, 20, NULL), STATUS_OK);
    }
    assert_int_equal(pipeline_status(bench.pipeline, NULL), STATUS_BUSY);
    assert_false(memory_store_text(bench.store, bench.source_id, "a.txt", "").data);
    close_bench(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_beside_and_taken_over),
        cmocka_unit_test(new_unchanged_edited),
        cmocka_unit_test(removed_while_at_work),
        cmocka_unit_test(edited_while_at_work),
        cmocka_unit_test(renamed),
        cmocka_unit_test(embedder_down_then_up),
        cmocka_unit_test(a_vector_that_was_not_there),
        cmocka_unit_test(model_changes_under_way),
        cmocka_unit_test(disk_full_and_room_again),
        cmocka_unit_test(failed_archive_waits_for_its_members),
        cmocka_unit_test(busy_store_ends_the_pass),
        cmocka_unit_test(no_descriptor_to_read_with),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
