/*
 * store.c - what a commit costs: 1,000 new segments of 256 dimensions, and one paragraph of them
 * edited. CPU milliseconds of this process, the best of five.
 */
#include <time.h>

#define FIXTURE_DIMENSIONS 256
#include "tests/unit/store_fixture.h"

#define SEGMENTS    1000
#define WORDS       150 /* of a segment */
#define ROUNDS      5
#define VOCABULARY  20000u
#define COMMON_STEP 3u /* one in so many words is a rare one */

static double cpu_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Other words for every seed, as many as a person's text has. */
static void write_text(struct buf *out, unsigned seed)
{
    static const char *const common[] = {
        "the", "of",    "and",  "in",   "lake",  "layer", "year",
        "is",  "dated", "from", "clay", "which", "with",  "core"
    };

    srand(seed);
    buf_clear(out);
    for (unsigned i = 0; i < SEGMENTS; i++) {
        buf_printf(out, "%sParagraph %u of %u", i ? "\n\n" : "", i, seed);
        for (unsigned k = 0; k < WORDS; k++) {
            if (k % COMMON_STEP == 0)
                buf_printf(out, " word%u", (unsigned)rand() % VOCABULARY);
            else
                buf_printf(out, " %s",
                           common[(unsigned)rand() % (sizeof(common) / sizeof(*common))]);
        }
    }
}

static double put(struct fixture *fixture, const char *path, struct span text)
{
    struct made_extraction made = make_extraction(text);
    struct document_key key = key_for(fixture, path, "");
    struct error err;
    double start = cpu_ms();

    fixture_begin(fixture);
    assert_good(fixture_put_made(fixture, &key, &made, 1, &err), &err);
    fixture_commit(fixture);
    start = cpu_ms() - start;
    made_release(&made);
    return start;
}

int main(void)
{
    struct fixture fixture = fixture_new();
    struct buf text = BUF_INIT((size_t)64 << 20);
    double added = 1e9, edited = 1e9;

    for (unsigned round = 0; round < ROUNDS; round++) {
        char path[32];
        double cost;

        (void)snprintf(path, sizeof(path), "%u.md", round);
        write_text(&text, round + 1);
        cost = put(&fixture, path, buf_span(&text));
        added = cost < added ? cost : added;
        text.data[text.len / 2] = 'X';
        cost = put(&fixture, path, buf_span(&text));
        edited = cost < edited ? cost : edited;
    }
    printf("commit of %d segments: %.1f ms of CPU; of one edited paragraph: %.2f ms (%zu KB of "
           "text)\n",
           SEGMENTS, added, edited, text.len / 1000);
    buf_release(&text);
    fixture_free(&fixture);
    return 0;
}
