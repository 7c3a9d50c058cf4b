/*
 * scan-recall.c - how many of the ten nearest vectors the scan file finds, and in how much CPU.
 *
 *   scan-recall FOLDER VECTORS
 *
 * For vectors without any structure, where signs tell the least, and for those of search-corpus.h,
 * which stand in clusters. Questions are of the same kind and not stored. What is compared with is
 * exact float32, over all vectors.
 */
#include "bench/search-corpus.h"

#include <time.h>

#include "index/scan.h"

#define QUESTIONS 100u
#define TOP       10u
#define COMPARED  58u  /* exactly, at least, where a search asks for 50 */
#define ROOM      108u /* that it takes from the scan */

struct nearest {
    float vector[CORPUS_DIMENSIONS];
    float scores[TOP]; /* best first */
    int64_t ids[TOP];
    unsigned count;
};

static double cpu_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void check(enum status status, const struct error *err)
{
    if (status) {
        fprintf(stderr, "scan-recall: %s\n", err->text);
        exit(1);
    }
}

static float dot(const float *a, const float *b)
{
    float sums[16] = { 0 }, sum = 0;

    for (unsigned i = 0; i < CORPUS_DIMENSIONS; i += 16)
        for (unsigned k = 0; k < 16; k++)
            sums[k] += a[i + k] * b[i + k];
    for (unsigned k = 0; k < 16; k++)
        sum += sums[k];
    return sum;
}

static void make_vector(const struct corpus *corpus, uint64_t number, float *out)
{
    uint64_t state = CORPUS_SEED + number * 0xd1342543de82ef95u;

    if (corpus) {
        corpus_vector(corpus, number, out);
        return;
    }
    for (unsigned i = 0; i < CORPUS_DIMENSIONS; i++)
        out[i] = corpus_normal(&state);
    corpus_unit(out);
}

static void offer(struct nearest *nearest, int64_t id, float score)
{
    unsigned at = nearest->count;

    if (at == TOP && score <= nearest->scores[TOP - 1])
        return;
    at = at == TOP ? TOP - 1 : nearest->count++;
    for (; at > 0 && nearest->scores[at - 1] < score; at--) {
        nearest->scores[at] = nearest->scores[at - 1];
        nearest->ids[at] = nearest->ids[at - 1];
    }
    nearest->scores[at] = score;
    nearest->ids[at] = id;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static unsigned found_of(const struct nearest *nearest, const struct scan_match *found,
                         size_t count)
{
    unsigned same = 0;

    for (unsigned rank = 0; rank < nearest->count; rank++)
        for (size_t i = 0; i < count && i < COMPARED; i++)
            same += found[i].input_id == nearest->ids[rank];
    return same;
}

static void measure(const char *title, const struct corpus *corpus, const char *folder,
                    uint64_t count)
{
    struct scan_name name = { folder, "uuid", 9, 1, CORPUS_DIMENSIONS };
    struct nearest *nearest = calloc(QUESTIONS, sizeof(*nearest));
    double times[QUESTIONS];
    struct scan *scan = NULL;
    struct error err;
    unsigned same = 0;

    scan_unlink(&name);
    check(scan_open(&name, true, 0, &scan, &err), &err);
    for (unsigned q = 0; q < QUESTIONS; q++)
        make_vector(corpus, UINT64_C(1) << 40 | q, nearest[q].vector);
    for (uint64_t i = 0; i < count; i++) {
        float vector[CORPUS_DIMENSIONS];

        make_vector(corpus, i, vector);
        check(scan_put(scan, i, (int64_t)i, vector, &err), &err);
        for (unsigned q = 0; q < QUESTIONS; q++)
            offer(&nearest[q], (int64_t)i, dot(nearest[q].vector, vector));
    }
    for (unsigned q = 0; q < QUESTIONS; q++) {
        struct scan_query query = { count, nearest[q].vector, scan_depth(count), NULL };
        struct scan_match found[ROOM];
        size_t found_count = 0;
        double start = cpu_ms();

        check(scan_nearest(scan, &query, found, ROOM, &found_count, &err), &err);
        times[q] = cpu_ms() - start;
        same += found_of(&nearest[q], found, found_count);
    }
    qsort(times, QUESTIONS, sizeof(*times), compare_doubles);
    printf("  %-34s recall@10 %.4f  p50 %6.2f  p99 %6.2f ms of CPU (%u)\n", title,
           (double)same / (QUESTIONS * TOP), times[QUESTIONS / 2],
           times[(QUESTIONS - 1) * 99 / 100], QUESTIONS);
    (void)fflush(stdout);
    scan_free(scan);
    scan_unlink(&name);
    free(nearest);
}

int main(int argc, char **argv)
{
    struct corpus *corpus = corpus_new();

    if (argc != 3)
        return fprintf(stderr, "usage: scan-recall FOLDER VECTORS\n"), 2;
    measure("vectors without structure", NULL, argv[1], strtoull(argv[2], NULL, 10));
    measure("vectors in clusters", corpus, argv[1], strtoull(argv[2], NULL, 10));
    corpus_free(corpus);
    return 0;
}
