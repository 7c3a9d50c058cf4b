/* Readers while the writer commits: four processes search by words and by vector, and each answer
 * is of one generation. Every commit changes three sentinels together, so an answer of two
 * generations would show two rounds. VARVE_TEST_DOCUMENTS: how many are committed (FULL=1: 10,000).
 * No search may take more than three times what the dearest one alone takes, over all that was
 * committed at last: of CPU time, of pages, of steps. */
#include "store_fixture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/os.h"
#include "index/internal.h"

#define READERS     4
#define SENTINELS   3
#define NEW_ONES    5 /* documents that come with each commit */
#define ALONE       200
#define TIDY_ROUNDS 10
#define NOISE_US    2000 /* interrupts, and pages that come in for the first time */
#define AGAIN       2
#define HOLD_US     10000
#define FILLERS     80 /* of a megabyte */

struct answer {
    int64_t generation;
    unsigned sentinels, round;
    bool is_mixed;
};

/* What a search costs. Pages: asked of SQLite; steps: of its virtual machine. */
struct cost {
    int64_t cpu_us, pages, steps;
};

static int64_t now_us(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Of all that was done since it was taken the last time. */
static struct cost cost_take(struct index *index)
{
    static int64_t cpu_before_us;
    sqlite3 *db = index->sql.db;
    int64_t cpu_us = now_us(CLOCK_PROCESS_CPUTIME_ID);
    struct cost cost = { .cpu_us = cpu_us - cpu_before_us };
    int hits = 0, misses = 0, unused;

    (void)sqlite3_db_status(db, SQLITE_DBSTATUS_CACHE_HIT, &hits, &unused, true);
    (void)sqlite3_db_status(db, SQLITE_DBSTATUS_CACHE_MISS, &misses, &unused, true);
    cost.pages = (int64_t)hits + misses;
    for (sqlite3_stmt *s = sqlite3_next_stmt(db, NULL); s; s = sqlite3_next_stmt(db, s))
        cost.steps += sqlite3_stmt_status(s, SQLITE_STMTSTATUS_VM_STEP, true);
    cpu_before_us = now_us(CLOCK_PROCESS_CPUTIME_ID);
    return cost;
}

static enum status ask_in(struct snapshot *snapshot, const struct search_query *query,
                          struct answer *out, struct error *err)
{
    struct search *search = NULL;
    struct hit hit;
    bool has_hit = true;
    enum status status = search_run(snapshot, query, &search, err);

    *out = (struct answer){ .generation = snapshot_generation(snapshot) };
    while (!status) {
        unsigned round = 0, sentinel = 0;

        status = search_next(search, &hit, &has_hit, err);
        if (status || !has_hit)
            break;
        if (sscanf(hit.text.data, "sentinel %u round %u", &sentinel, &round) != 2)
            continue;
        out->is_mixed |= out->sentinels > 0 && round != out->round;
        out->round = round;
        out->sentinels++;
    }
    search_free(search);
    return status;
}

/* A search that takes longer than most_us is made again in the same view, and its shortest time
 * counts: a virtual machine that was not running for a while has that in the time of the process
 * which it ran (90 ms at once were seen in a loop that does nothing but ask for the time). What a
 * search does, and so its pages and steps, are those of the first. */
static enum status ask(struct index *index, const struct search_query *query, int64_t most_us,
                       struct answer *out, struct cost *cost, struct error *err)
{
    struct snapshot *snapshot = NULL;
    enum status status;

    (void)cost_take(index);
    status = snapshot_take(index, &snapshot, err);
    if (!status)
        status = ask_in(snapshot, query, out, err);
    *cost = cost_take(index);
    for (int i = 0; i < AGAIN && !status && cost->cpu_us > most_us; i++) {
        struct cost again;

        (void)cost_take(index);
        status = ask_in(snapshot, query, out, err);
        again = cost_take(index);
        cost->cpu_us = again.cpu_us < cost->cpu_us ? again.cpu_us : cost->cpu_us;
    }
    snapshot_free(snapshot);
    return status;
}

/* The most that a search cost. */
struct most {
    struct cost cost;
    int64_t searches;
};

static void most_add(struct most *most, const struct cost *cost)
{
    most->searches++;
    if (cost->cpu_us > most->cost.cpu_us)
        most->cost.cpu_us = cost->cpu_us;
    if (cost->pages > most->cost.pages)
        most->cost.pages = cost->pages;
    if (cost->steps > most->cost.steps)
        most->cost.steps = cost->steps;
}

static void most_print(const char *who, const struct most *most)
{
    fprintf(stderr, "%s: %lld searches, at most %.2f ms of CPU, %lld pages, %lld steps\n", who,
            (long long)most->searches, (double)most->cost.cpu_us / 1000,
            (long long)most->cost.pages, (long long)most->cost.steps);
}

/* Until so many searches are done, or stop_fd says so. False: one was wrong. */
static bool search_for_a_while(const struct fixture *fixture, int searches, int stop_fd,
                               struct most *out)
{
    struct index *index = NULL;
    struct hash hash = hash_text(text_span("a question"));
    float vector[FIXTURE_DIMENSIONS];
    int64_t newest = 0;
    struct error err;

    fixture_vector(&hash, vector);
    if (index_open(fixture->folder, INDEX_READ, &index, &err))
        return false;
    for (int i = 0; searches ? i < searches : true; i++) {
        struct search_query query = { .text = text_span("+sentinel"),
                                      .mode = i % 2 ? SEARCH_HYBRID : SEARCH_TEXT,
                                      .vector = vector,
                                      .dimensions = FIXTURE_DIMENSIONS };
        struct answer answer;
        struct cost cost;
        char byte;

        if (ask(index, &query, out->cost.cpu_us, &answer, &cost, &err)) {
            fprintf(stderr, "a search failed: %s\n", err.text);
            return false;
        }
        most_add(out, &cost);
        if (answer.sentinels != SENTINELS || answer.is_mixed || answer.generation < newest) {
            fprintf(stderr, "generation %lld after %lld: %u sentinels, %s\n",
                    (long long)answer.generation, (long long)newest, answer.sentinels,
                    answer.is_mixed ? "of two rounds" : "of one round");
            return false;
        }
        newest = answer.generation;
        /* The other end is closed when the writer is done. */
        if (!searches && read(stop_fd, &byte, 1) == 0)
            break;
    }
    index_free(index);
    return true;
}

static bool search_until_stopped(const struct fixture *fixture, int stop_fd, struct most *out)
{
    return search_for_a_while(fixture, 0, stop_fd, out);
}

static void commit_round(struct fixture *fixture, unsigned round)
{
    struct error err;

    fixture_begin(fixture);
    for (unsigned i = 0; i < SENTINELS + NEW_ONES; i++) {
        char text[128], path[32];
        struct made_extraction made;
        struct document_key key;

        if (i < SENTINELS) {
            (void)snprintf(path, sizeof(path), "sentinel%u", i);
            (void)snprintf(text, sizeof(text), "sentinel %u round %u", i, round);
        } else {
            (void)snprintf(path, sizeof(path), "d%u-%u", round, i);
            (void)snprintf(text, sizeof(text), "page %u of round %u\n\nwith a second passage %u", i,
                           round, round * i);
        }
        made = make_extraction(text_span(text));
        key = key_for(fixture, path, "");
        assert_good(fixture_put_made(fixture, &key, &made, round + 1, &err), &err);
        made_release(&made);
    }
    fixture_commit(fixture);
}

/* One process each; the writer opens the index after they were started. */
struct readers {
    pid_t ids[READERS];
    int stop[2]; /* a pipe: work ends when its other end is closed */
};
typedef bool reader_work(const struct fixture *fixture, int stop_fd, struct most *out);

/* busy: READERS of them. Nothing of the index is open across fork(). */
static void readers_start(struct readers *readers, struct fixture *fixture, reader_work *work,
                          struct most *busy)
{
    fixture_close(fixture);
    assert_int_equal(pipe2(readers->stop, O_CLOEXEC | O_NONBLOCK), 0);
    for (int i = 0; i < READERS; i++) {
        readers->ids[i] = fork();
        assert_true(readers->ids[i] >= 0);
        if (readers->ids[i] == 0) {
            (void)close(readers->stop[1]);
            _exit(!work(fixture, readers->stop[0], &busy[i]));
        }
    }
    (void)close(readers->stop[0]);
    fixture_reopen(fixture);
}

static void readers_stop(struct readers *readers)
{
    (void)close(readers->stop[1]);
    for (int i = 0; i < READERS; i++) {
        int code = -1;

        assert_int_equal(waitpid(readers->ids[i], &code, 0), readers->ids[i]);
        assert_int_equal(code, 0);
    }
}

static void test_readers_under_write_load(void **state)
{
    const char *wanted = getenv("VARVE_TEST_DOCUMENTS");
    long documents = wanted ? strtol(wanted, NULL, 10) : getenv("FULL") ? 10000 : 400;
    struct fixture fixture = fixture_new();
    struct readers readers;
    struct most first = { 0 }, alone = { 0 },
                *busy = mmap(NULL, READERS * sizeof(*busy), PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    (void)state;
    commit_round(&fixture, 0);
    assert_true(busy != MAP_FAILED);
    fixture_close(&fixture);
    assert_true(search_for_a_while(&fixture, ALONE, -1, &first));
    most_print("at first", &first);
    readers_start(&readers, &fixture, search_until_stopped, busy);
    for (unsigned round = 1; round <= documents / (SENTINELS + NEW_ONES); round++) {
        commit_round(&fixture, round);
        if (round % TIDY_ROUNDS == 0)
            fixture_tidy(&fixture, &(struct tidy_work){ .after = 0 });
    }
    readers_stop(&readers);
    assert_true(search_for_a_while(&fixture, ALONE, -1, &alone));
    most_print("alone", &alone);
    assert_true(alone.cost.steps <= 2 * first.cost.steps);
    for (int i = 0; i < READERS; i++) {
        most_print("reader", &busy[i]);
        assert_true(busy[i].cost.cpu_us <= 3 * alone.cost.cpu_us + NOISE_US);
        assert_true(busy[i].cost.pages <= 3 * alone.cost.pages);
        assert_true(busy[i].cost.steps <= 3 * alone.cost.steps);
    }
    (void)munmap(busy, READERS * sizeof(*busy));
    assert_sound(&fixture);
    fixture_free(&fixture);
}

static int run_sql(const struct fixture *fixture, const char *text)
{
    return sqlite3_exec(fixture->index->sql.db, text, NULL, NULL, NULL);
}

/* Holds one view after the other. */
static bool hold_views(const struct fixture *fixture, int stop_fd, struct most *out)
{
    struct index *index = NULL;
    struct error err;
    char byte;

    (void)out;
    if (index_open(fixture->folder, INDEX_READ, &index, &err))
        return false;
    do {
        struct snapshot *snapshot = NULL;

        if (snapshot_take(index, &snapshot, &err))
            return false;
        (void)usleep(HOLD_US);
        snapshot_free(snapshot);
    } while (read(stop_fd, &byte, 1) != 0);
    index_free(index);
    return true;
}

/* The log begins again although there is never a moment without a reader in it. */
static void test_log_with_readers_in_it(void **state)
{
    struct fixture fixture = fixture_new();
    char path[128];
    struct stat log;
    struct readers readers;
    struct most unused[READERS];

    (void)state;
    readers_start(&readers, &fixture, hold_views, unused);
    assert_int_equal(run_sql(&fixture, "CREATE TABLE filler(x)"), SQLITE_OK);
    for (int i = 0; i < FILLERS; i++) {
        assert_int_equal(run_sql(&fixture,
                                 "BEGIN; DELETE FROM filler;"
                                 "INSERT INTO filler VALUES(randomblob(1000000)); COMMIT"),
                         SQLITE_OK);
    }
    (void)snprintf(path, sizeof(path), "%s/index.db-wal", fixture.folder);
    assert_int_equal(stat(path, &log), 0);
    fprintf(stderr, "a log of %lld bytes\n", (long long)log.st_size);
    assert_true(log.st_size < FILLERS * 500000);
    readers_stop(&readers);
    assert_int_equal(run_sql(&fixture, "DROP TABLE filler"), SQLITE_OK);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

/* One transaction that rewrites much (a migration, the full text made again) leaves no large file
 * for as long as the daemon runs. */
static void test_log_of_a_large_transaction(void **state)
{
    struct fixture fixture = fixture_new();
    char path[128];
    struct stat log;

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/index.db-wal", fixture.folder);
    assert_int_equal(run_sql(&fixture, "CREATE TABLE filler(x); INSERT INTO filler"
                                       " VALUES(zeroblob(3 * 16777216))"),
                     SQLITE_OK);
    assert_int_equal(stat(path, &log), 0);
    assert_true(log.st_size > 3 * 16777216);
    for (int i = 0; i < 2; i++)
        assert_int_equal(run_sql(&fixture, "INSERT INTO filler VALUES(1)"), SQLITE_OK);
    assert_int_equal(stat(path, &log), 0);
    assert_true(log.st_size <= 2 * 16777216);
    assert_int_equal(run_sql(&fixture, "DROP TABLE filler"), SQLITE_OK);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_readers_under_write_load),
                                        cmocka_unit_test(test_log_with_readers_in_it),
                                        cmocka_unit_test(test_log_of_a_large_transaction) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
