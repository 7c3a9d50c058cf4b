/* Readers while the writer commits: four processes search by words and by vector, and each answer
 * is of one generation. Every commit changes three sentinels together, so an answer of two
 * generations would show two rounds. VARVE_TEST_DOCUMENTS: how many are committed (FULL=1: 10,000).
 * No search may take more than three times the CPU time of the slowest one alone, over all that was
 * committed at last; clock time is printed, not judged: it is the machine's. */
#include "store_fixture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "base/os.h"

#define READERS     4
#define SENTINELS   3
#define NEW_ONES    5 /* documents that come with each commit */
#define ALONE       200
#define TIDY_ROUNDS 10
#define NOISE_US    2000 /* interrupts, and pages that come in for the first time */

struct answer {
    int64_t generation;
    unsigned sentinels, round;
    bool is_mixed;
};

static enum status ask(struct index *index, const struct search_query *query, struct answer *out,
                       struct error *err)
{
    struct snapshot *snapshot = NULL;
    struct search *search = NULL;
    struct hit hit;
    bool has_hit = true;
    enum status status = snapshot_take(index, &snapshot, err);

    *out = (struct answer){ 0 };
    if (!status)
        status = search_run(snapshot, query, &search, err);
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
    if (!status)
        out->generation = snapshot_generation(snapshot);
    search_free(search);
    snapshot_free(snapshot);
    return status;
}

/* The slowest search, by CPU and by clock time, in microseconds. */
struct slowest {
    int64_t cpu_us, clock_us, searches;
};

static int64_t now_us(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Until so many searches are done, or stop_fd says so. False: one was wrong. */
static bool search_for_a_while(const struct fixture *fixture, int searches, int stop_fd,
                               struct slowest *out)
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
        int64_t cpu = now_us(CLOCK_PROCESS_CPUTIME_ID), clock = now_us(CLOCK_MONOTONIC);
        struct answer answer;
        char byte;

        if (ask(index, &query, &answer, &err)) {
            fprintf(stderr, "a search failed: %s\n", err.text);
            return false;
        }
        cpu = now_us(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        clock = now_us(CLOCK_MONOTONIC) - clock;
        out->cpu_us = cpu > out->cpu_us ? cpu : out->cpu_us;
        out->clock_us = clock > out->clock_us ? clock : out->clock_us;
        out->searches++;
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

static void test_readers_under_write_load(void **state)
{
    const char *wanted = getenv("VARVE_TEST_DOCUMENTS");
    long documents = wanted ? strtol(wanted, NULL, 10) : getenv("FULL") ? 10000 : 400;
    struct fixture fixture = fixture_new();
    int stop[2];
    pid_t readers[READERS];
    struct slowest alone = { 0 },
                   *busy = mmap(NULL, READERS * sizeof(*busy), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    (void)state;
    commit_round(&fixture, 0);
    assert_true(busy != MAP_FAILED);
    /* Nothing of the index is open across fork(). */
    fixture.store->ops->free(fixture.store);
    index_free(fixture.index);
    fixture.store = NULL;
    fixture.index = NULL;
    assert_int_equal(pipe2(stop, O_CLOEXEC | O_NONBLOCK), 0);
    for (int i = 0; i < READERS; i++) {
        readers[i] = fork();
        assert_true(readers[i] >= 0);
        if (readers[i] == 0) {
            (void)close(stop[1]);
            _exit(!search_for_a_while(&fixture, 0, stop[0], &busy[i]));
        }
    }
    (void)close(stop[0]);
    fixture_reopen(&fixture);
    for (unsigned round = 1; round <= documents / (SENTINELS + NEW_ONES); round++) {
        commit_round(&fixture, round);
        if (round % TIDY_ROUNDS == 0)
            fixture_tidy(&fixture, &(struct tidy_work){ .after = 0 });
    }
    (void)close(stop[1]);
    for (int i = 0; i < READERS; i++) {
        int code = -1;

        assert_int_equal(waitpid(readers[i], &code, 0), readers[i]);
        assert_int_equal(code, 0);
    }
    assert_true(search_for_a_while(&fixture, ALONE, -1, &alone));
    fprintf(stderr, "alone: %lld searches, the slowest %.2f ms of CPU, %.1f ms by the clock\n",
            (long long)alone.searches, (double)alone.cpu_us / 1000, (double)alone.clock_us / 1000);
    for (int i = 0; i < READERS; i++) {
        fprintf(stderr, "reader %d: %lld searches, the slowest %.2f ms of CPU, %.1f by the clock\n",
                i, (long long)busy[i].searches, (double)busy[i].cpu_us / 1000,
                (double)busy[i].clock_us / 1000);
        assert_true(busy[i].cpu_us <= 3 * alone.cpu_us + NOISE_US);
    }
    (void)munmap(busy, READERS * sizeof(*busy));
    assert_sound(&fixture);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_readers_under_write_load) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
