/* Readers while the writer commits: four processes search by words and by vector, and each answer
 * is of one generation. Every commit changes three sentinels together, so an answer of two
 * generations would show two rounds. VARVE_TEST_DOCUMENTS: how many are committed (FULL=1: 10,000).
 * Times are printed, not judged. */
#include "store_fixture.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "base/os.h"

#define READERS   4
#define SENTINELS 3
#define NEW_ONES  5 /* documents that come with each commit */

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

/* The longest of the searches, in milliseconds; < 0: one was wrong. */
static int64_t search_for_a_while(const struct fixture *fixture, int searches, int stop_fd)
{
    struct index *index = NULL;
    struct hash hash = hash_text(text_span("a question"));
    float vector[FIXTURE_DIMENSIONS];
    int64_t slowest = 0, newest = 0;
    struct error err;

    fixture_vector(&hash, vector);
    if (index_open(fixture->folder, INDEX_READ, &index, &err))
        return -1;
    for (int i = 0; searches ? i < searches : true; i++) {
        struct search_query query = { .text = text_span("+sentinel"),
                                      .mode = i % 2 ? SEARCH_HYBRID : SEARCH_TEXT,
                                      .vector = vector,
                                      .dimensions = FIXTURE_DIMENSIONS };
        int64_t begun = os_monotonic_ms(), took;
        struct answer answer;
        char byte;

        if (ask(index, &query, &answer, &err)) {
            fprintf(stderr, "a search failed: %s\n", err.text);
            return -1;
        }
        took = os_monotonic_ms() - begun;
        slowest = took > slowest ? took : slowest;
        if (answer.sentinels != SENTINELS || answer.is_mixed || answer.generation < newest) {
            fprintf(stderr, "generation %lld after %lld: %u sentinels, %s\n",
                    (long long)answer.generation, (long long)newest, answer.sentinels,
                    answer.is_mixed ? "of two rounds" : "of one round");
            return -1;
        }
        newest = answer.generation;
        /* The other end is closed when the writer is done. */
        if (!searches && read(stop_fd, &byte, 1) == 0)
            break;
    }
    index_free(index);
    return slowest;
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
    int64_t alone;

    (void)state;
    commit_round(&fixture, 0);
    alone = search_for_a_while(&fixture, 50, -1);
    assert_true(alone >= 0);
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
            int64_t slowest;

            (void)close(stop[1]);
            slowest = search_for_a_while(&fixture, 0, stop[0]);
            fprintf(stderr, "reader %d: the slowest search took %lld ms (alone: %lld ms)\n", i,
                    (long long)slowest, (long long)alone);
            _exit(slowest < 0);
        }
    }
    (void)close(stop[0]);
    fixture_reopen(&fixture);
    for (unsigned round = 1; round <= documents / (SENTINELS + NEW_ONES); round++)
        commit_round(&fixture, round);
    (void)close(stop[1]);
    for (int i = 0; i < READERS; i++) {
        int code = -1;

        assert_int_equal(waitpid(readers[i], &code, 0), readers[i]);
        assert_int_equal(code, 0);
    }
    assert_sound(&fixture);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_readers_under_write_load) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
