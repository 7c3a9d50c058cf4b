/* The vector scan file: every kernel gives the same scores, the nearest are found, slots that were
 * not committed are written over. */
#include "store_fixture.h"

#include <glob.h>
#include <math.h>

#include "index/internal.h"
#include "index/retain.h"
#include "index/scan.h"
#include "index/scan_kernel.h"
#include "ingest/embedder.h"
#include "model/semb.h"

#define DIMENSIONS 256
#define VECTORS    6000

static uint64_t seed = 42;

static float uniform(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (float)(seed >> 40) / (float)(1 << 24) - 0.5f;
}

static float cosine(const float *a, const float *b)
{
    double ab = 0, aa = 0, bb = 0;

    for (int i = 0; i < DIMENSIONS; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return (float)(ab / sqrt(aa * bb));
}

/* Whole numbers are added up, so that each kernel gives the very same scores: which processor it is
 * must not decide what is found. */
static void test_kernels_agree(void **state)
{
    enum { ROWS = 40, GROUPS = 12, SLOTS = GROUPS * SCAN_GROUP_SLOTS };
    static const size_t some_groups[] = { 7, GROUPS };
    static const unsigned some_rows[] = { 8, 32, ROWS };
    uint8_t bits[ROWS * SLOTS], entries[2 * ROWS * 16];
    int8_t a[ROWS * 8], b[ROWS * 8];
    float factors[SLOTS], scores[2][SLOTS];
    const struct scan_kernel *best = scan_kernel_at(0);

    (void)state;
    for (int i = 0; i < ROWS * SLOTS; i++)
        bits[i] = (uint8_t)(uniform() * 1e6f);
    for (int i = 0; i < 2 * ROWS * 16; i++)
        entries[i] = i % 3 == 0 ? 127 : (uint8_t)((int)(uniform() * 1e6f) & 127);
    for (int i = 0; i < SLOTS; i++)
        factors[i] = 1 + uniform();
    for (int i = 0; i < ROWS * 8; i++) {
        a[i] = (int8_t)(uniform() * 254);
        b[i] = (int8_t)(uniform() * 254);
    }
    for (unsigned r = 0; r < 2 * sizeof(some_rows) / sizeof(*some_rows); r++) {
        struct scan_table table = { entries, some_rows[r / 2], -0.3f, 0.0005f };
        size_t groups = some_groups[r % 2];

        best->score_bits(&table, bits, factors, groups, scores[0]);
        for (unsigned k = 1; scan_kernel_at(k); k++) {
            scan_kernel_at(k)->score_bits(&table, bits, factors, groups, scores[1]);
            assert_memory_equal(scores[0], scores[1],
                                groups * SCAN_GROUP_SLOTS * sizeof(scores[0][0]));
        }
    }
    for (unsigned k = 1; scan_kernel_at(k); k++) {
        const struct scan_kernel *other = scan_kernel_at(k);
        uint16_t passed[2][SLOTS];
        size_t count = best->pass(scores[0], SLOTS - 3, 0.5f, passed[0]);

        assert_int_equal(best->dot(a, b, sizeof(a)), other->dot(a, b, sizeof(b)));
        assert_int_equal(other->pass(scores[0], SLOTS - 3, 0.5f, passed[1]), count);
        assert_memory_equal(passed[0], passed[1], count * sizeof(uint16_t));
    }
}

static void test_the_nearest_are_found(void **state)
{
    struct fixture fixture = fixture_new();
    struct scan_name name = { fixture.folder, "uuid", 9, 1, DIMENSIONS };
    float(*vectors)[DIMENSIONS] = calloc(VECTORS, sizeof(*vectors));
    struct scan_match found[100];
    struct scan *scan = NULL;
    struct error err;
    unsigned hits = 0;

    (void)state;
    assert_good(scan_open(&name, true, 0, &scan, &err), &err);
    for (int64_t i = 0; i < VECTORS; i++) {
        for (int d = 0; d < DIMENSIONS; d++)
            vectors[i][d] = uniform();
        /* First something else, as a commit that failed would leave it. */
        assert_good(scan_put(scan, (uint64_t)i, 7, vectors[0], &err), &err);
        assert_good(scan_put(scan, (uint64_t)i, i + 1, vectors[i], &err), &err);
    }
    assert_good(scan_sync(scan, &err), &err);
    scan_free(scan);
    assert_good(scan_open(&name, false, VECTORS, &scan, &err), &err);
    for (int q = 0; q < 10; q++) {
        float query[DIMENSIONS], best = -1;
        int64_t nearest = 0;
        size_t count = 0;

        for (int d = 0; d < DIMENSIONS; d++)
            query[d] = vectors[q * 500][d] + uniform();
        for (int64_t i = 0; i < VECTORS; i++) {
            float c = cosine(query, vectors[i]);

            nearest = c > best ? i + 1 : nearest;
            best = c > best ? c : best;
        }
        assert_good(scan_nearest(scan, &(struct scan_query){ VECTORS, query, 1000, NULL }, found,
                                 100, &count, &err),
                    &err);
        assert_int_equal(count, 100);
        hits += found[0].input_id == nearest;
        assert_true(fabsf(found[0].score - best) < 0.02f);
        assert_true(scan_is_code_of(scan, (uint64_t)nearest - 1, vectors[nearest - 1]));
    }
    assert_int_equal(hits, 10);
    scan_free(scan);
    /* Another index's file, or one that is too short, is refused. */
    name.uuid = "other";
    assert_int_equal(scan_open(&name, false, VECTORS, &scan, &err), STATUS_CORRUPT);
    name.uuid = "uuid";
    assert_int_equal(scan_open(&name, false, VECTORS * 100, &scan, &err), STATUS_CORRUPT);
    free(vectors);
    fixture_free(&fixture);
}

/* The sums of sixteen bits hold for any model: a vector is its own nearest among the few that its
 * signs let through. */
static void test_the_most_dimensions(void **state)
{
    enum { MANY = EMBED_DIMENSIONS_MAX, COUNT = 2000 };
    struct fixture fixture = fixture_new();
    struct scan_name name = { fixture.folder, "uuid", 9, 1, MANY };
    float(*vectors)[MANY] = calloc(COUNT, sizeof(*vectors));
    struct scan *scan = NULL;
    struct error err;

    (void)state;
    assert_non_null(vectors);
    assert_good(scan_open(&name, true, 0, &scan, &err), &err);
    for (int64_t i = 0; i < COUNT; i++) {
        for (int d = 0; d < MANY; d++)
            vectors[i][d] = uniform();
        assert_good(scan_put(scan, (uint64_t)i, i + 1, vectors[i], &err), &err);
    }
    for (int64_t i = 0; i < COUNT; i += 100) {
        struct scan_match found;
        size_t count = 0;

        assert_good(scan_nearest(scan, &(struct scan_query){ COUNT, vectors[i], 20, NULL }, &found,
                                 1, &count, &err),
                    &err);
        assert_int_equal(found.input_id, i + 1);
    }
    scan_free(scan);
    free(vectors);
    fixture_free(&fixture);
}

/* ---- recall ---- */

#define RECALL_VECTORS 100000
#define RECALL_QUERIES 40
#define COMPARED       58  /* exactly, at least, where a search asks for 50 */
#define ROOM           108 /* that it takes from the scan */

/* Of length one. Questions are none of those that are stored: a stored vector is its own nearest,
 * and what is left to find lies far from it. */
struct vectors {
    float all[RECALL_VECTORS][DIMENSIONS];
    float queries[RECALL_QUERIES][DIMENSIONS];
    size_t count, query_count;
};

static void make_unit(float *vector)
{
    double squares = 0;

    for (int d = 0; d < DIMENSIONS; d++)
        squares += (double)vector[d] * (double)vector[d];
    for (int d = 0; d < DIMENSIONS && squares > 0; d++)
        vector[d] /= (float)sqrt(squares);
}

static float dot(const float *a, const float *b)
{
    float sums[16] = { 0 }, sum = 0;

    for (int d = 0; d < DIMENSIONS; d += 16)
        for (int k = 0; k < 16; k++)
            sums[k] += a[d + k] * b[d + k];
    for (int k = 0; k < 16; k++)
        sum += sums[k];
    return sum;
}

/* How many of the exact ten nearest are among those that a search compares exactly. */
static unsigned count_found(const struct scan *scan, const struct vectors *vectors, size_t count,
                            const float *query, float *cosines)
{
    struct scan_match found[ROOM];
    struct error err;
    size_t found_count = 0;
    unsigned same = 0;

    assert_good(scan_nearest(scan, &(struct scan_query){ count, query, scan_depth(count), NULL },
                             found, ROOM, &found_count, &err),
                &err);
    for (size_t i = 0; i < count; i++)
        cosines[i] = dot(query, vectors->all[i]);
    for (int rank = 0; rank < 10; rank++) {
        size_t best = 0;

        for (size_t i = 0; i < count; i++)
            best = cosines[i] > cosines[best] ? i : best;
        for (size_t i = 0; i < found_count && i < COMPARED; i++)
            same += found[i].input_id == (int64_t)best;
        cosines[best] = -2;
    }
    return same;
}

/* In thousandths, in the first count vectors. */
static unsigned recall_of(const struct vectors *vectors, size_t count, const char *folder)
{
    struct scan_name name = { folder, "uuid", 9, (int64_t)count, DIMENSIONS };
    float *cosines = calloc(count, sizeof(*cosines));
    struct scan *scan = NULL;
    struct error err;
    size_t same = 0;

    assert_non_null(cosines);
    assert_good(scan_open(&name, true, 0, &scan, &err), &err);
    for (size_t i = 0; i < count; i++)
        assert_good(scan_put(scan, i, (int64_t)i, vectors->all[i], &err), &err);
    /* As after a commit; nothing is lost by it. */
    assert_good(scan_sync(scan, &err), &err);
    scan_settle(scan, 0, count / SCAN_BLOCK_SLOTS);
    for (size_t q = 0; q < vectors->query_count; q++)
        same += count_found(scan, vectors, count, vectors->queries[q], cosines);
    scan_free(scan);
    free(cosines);
    return (unsigned)(same * 100 / vectors->query_count);
}

/* Where signs tell the least: what a depth must be is seen here. */
static void test_recall_of_random_vectors(void **state)
{
    static const size_t counts[] = { 5000, 20000, RECALL_VECTORS };
    struct fixture fixture = fixture_new();
    struct vectors *vectors = calloc(1, sizeof(*vectors));

    (void)state;
    assert_non_null(vectors);
    for (size_t i = 0; i < RECALL_VECTORS + RECALL_QUERIES; i++) {
        float *vector = i < RECALL_VECTORS ? vectors->all[i] : vectors->queries[i - RECALL_VECTORS];

        for (int d = 0; d < DIMENSIONS; d++)
            vector[d] = uniform() + uniform() + uniform();
        make_unit(vector);
    }
    vectors->query_count = RECALL_QUERIES;
    for (unsigned i = 0; i < sizeof(counts) / sizeof(*counts); i++)
        assert_true(recall_of(vectors, counts[i], fixture.folder) >= 990);
    free(vectors);
    fixture_free(&fixture);
}

/* ---- what a larger file would find ---- */

#define SEARCHES 300

/* The cosine that the nearest but rank of so many random vectors has: from the normal distribution,
 * which is theirs. */
static float cosine_of_rank(double rank, double count)
{
    double low = 0, high = 10;

    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;

        if (erfc(middle / sqrt(2)) / 2 > (rank + 0.5) / count)
            low = middle;
        else
            high = middle;
    }
    return (float)(low / sqrt(DIMENSIONS));
}

/* Of no direction more than another, which sums of evenly spread numbers are not. */
static void make_random(float *vector)
{
    for (int d = 0; d < DIMENSIONS; d += 2) {
        float radius = sqrtf(-2 * logf(uniform() + 0.5f + 1e-9f));
        float angle = 6.2831853f * uniform();

        vector[d] = radius * cosf(angle);
        vector[d + 1] = radius * sinf(angle);
    }
    make_unit(vector);
}

static void make_of_cosine(const float *query, float wanted, float *out)
{
    float along;

    make_random(out);
    along = dot(query, out);
    for (int d = 0; d < DIMENSIONS; d++)
        out[d] -= along * query[d];
    make_unit(out);
    for (int d = 0; d < DIMENSIONS; d++)
        out[d] = wanted * query[d] + sqrtf(1 - wanted * wanted) * out[d];
}

/* The question's nearest are made for it, as random vectors have them or all at the cosine of a
 * cluster; the other stored vectors are a sample of as many as are meant. In thousandths. */
static unsigned recall_of_many(struct scan *scan, size_t stored, double count, float cluster)
{
    uint64_t depth = (uint64_t)((double)scan_depth((uint64_t)count) * (double)stored / count);
    /* Of a cluster more than a search wants, so that the margin counts. */
    unsigned same = 0, near = cluster > 0 ? 3 * ROOM : ROOM;

    for (int q = 0; q < SEARCHES; q++) {
        float query[DIMENSIONS], vector[DIMENSIONS];
        struct scan_match found[ROOM];
        struct error err;
        size_t found_count = 0;

        make_random(query);
        for (unsigned rank = 0; rank < near; rank++) {
            make_of_cosine(
                query, cluster > 0 ? cluster - (float)rank * 1e-4f : cosine_of_rank(rank, count),
                vector);
            /* All over the file. */
            assert_good(
                scan_put(scan, (rank * 7919u + 13) % stored, -1 - (int64_t)rank, vector, &err),
                &err);
        }
        assert_good(scan_nearest(scan, &(struct scan_query){ stored, query, depth, NULL }, found,
                                 ROOM, &found_count, &err),
                    &err);
        for (size_t i = 0; i < found_count && i < COMPARED; i++)
            same += found[i].input_id < 0 && found[i].input_id >= -10;
    }
    return same * 100 / SEARCHES;
}

/* So that a depth or a margin that is too small is seen without a million vectors: these are 990,
 * 986 and 1000; with a depth of 15 instead of 20, 983 and 977, with a margin of 1 instead of 3, 988
 * in a cluster. */
static void test_recall_of_millions(void **state)
{
    struct fixture fixture = fixture_new();
    struct scan_name name = { fixture.folder, "uuid", 9, 1, DIMENSIONS };
    struct scan *scan = NULL;
    struct error err;

    (void)state;
    assert_good(scan_open(&name, true, 0, &scan, &err), &err);
    for (size_t i = 0; i < RECALL_VECTORS; i++) {
        float vector[DIMENSIONS];

        make_random(vector);
        assert_good(scan_put(scan, i, (int64_t)i, vector, &err), &err);
    }
    assert_true(recall_of_many(scan, RECALL_VECTORS, 1e6, 0) >= 987);
    assert_true(recall_of_many(scan, RECALL_VECTORS, 1e7, 0) >= 982);
    assert_true(recall_of_many(scan, RECALL_VECTORS, 1e6, 0.5f) >= 995);
    scan_free(scan);
    fixture_free(&fixture);
}

/* False for a line that came before, and rarely for another one. */
static bool is_new(const char *line)
{
    static uint8_t seen[1 << 20];
    uint64_t key = hash_table_key(text_span(line)) % sizeof(seen);

    return !seen[key] && ++seen[key];
}

/* Lines of our own documents and sources: one in 200 is a question, the others are stored. */
static void add_lines(struct vectors *vectors, const struct semb *semb, const char *pattern)
{
    glob_t files;

    assert_int_equal(glob(pattern, 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        FILE *file = fopen(files.gl_pathv[i], "r");
        char line[4096];

        assert_non_null(file);
        while (vectors->count < RECALL_VECTORS && fgets(line, sizeof(line), file)) {
            bool is_query = vectors->query_count < RECALL_QUERIES &&
                            vectors->count / 200 >= vectors->query_count + 1;
            float *vector =
                is_query ? vectors->queries[vectors->query_count] : vectors->all[vectors->count];

            if (strlen(line) <= 40 || !is_new(line))
                continue;
            (void)semb_embed(semb, text_span(line), vector);
            make_unit(vector);
            vectors->query_count += is_query;
            vectors->count += !is_query;
        }
        (void)fclose(file);
    }
    globfree(&files);
}

static void test_recall_of_the_models_vectors(void **state)
{
    struct fixture fixture = fixture_new();
    struct vectors *vectors = calloc(1, sizeof(*vectors));
    struct semb *semb = NULL;
    struct error err;

    (void)state;
    assert_non_null(vectors);
    assert_good(semb_open_few("models/embed.semb", &semb, &err), &err);
    assert_int_equal(semb_dimensions(semb), DIMENSIONS);
    assert_good(semb_index(semb, &err), &err);
    add_lines(vectors, semb, "docs/*.md");
    add_lines(vectors, semb, "man/*");
    add_lines(vectors, semb, "*/*.h");
    add_lines(vectors, semb, "*/*.c");
    assert_int_equal(vectors->query_count, RECALL_QUERIES);
    assert_true(vectors->count > 20000);
    assert_true(recall_of(vectors, 5000, fixture.folder) >= 990);
    assert_true(recall_of(vectors, vectors->count, fixture.folder) >= 990);
    semb_free(semb);
    free(vectors);
    fixture_free(&fixture);
}

static int refuse_commit(void *user)
{
    int *left = user;

    return (*left)-- <= 0;
}

/* What a transaction that is rolled back did to the scan file is not counted afterwards. */
static void test_a_rebuild_that_is_rolled_back_costs_nothing(void **state)
{
    struct fixture fixture = fixture_new();
    struct document_key key = key_for(&fixture, "b.md", "");
    struct erase_report report;
    struct error err;
    int commits = 1;

    (void)state;
    fixture_put(&fixture, "a.md", "", "one\n\ntwo\n\nthree", 1);
    fixture_put(&fixture, "b.md", "", "four", 2);
    (void)sqlite3_commit_hook(fixture.index->sql.db, refuse_commit, &commits);
    assert_int_not_equal(retain_erase(fixture.index, &key, 1, false, &report, &err), STATUS_OK);
    (void)sqlite3_commit_hook(fixture.index->sql.db, NULL, NULL);
    fixture_put(&fixture, "c.md", "", "five\n\nsix", 3);
    assert_sound(&fixture);
    fixture_reopen(&fixture);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

static int scan_files(const struct fixture *fixture)
{
    char pattern[96];
    glob_t found;
    int count;

    (void)snprintf(pattern, sizeof(pattern), "%s/scan-*", fixture->folder);
    count = glob(pattern, 0, NULL, &found) ? 0 : (int)found.gl_pathc;
    globfree(&found);
    return count;
}

/* A writer that was killed left a file: it may hold the codes of what is erased. */
static void test_a_scan_file_nobody_names_goes(void **state)
{
    struct fixture fixture = fixture_new();
    char path[96];
    FILE *left;

    (void)state;
    fixture_put(&fixture, "a.md", "", "one\n\ntwo\n\nthree", 1);
    (void)snprintf(path, sizeof(path), "%s/scan-1-77", fixture.folder);
    left = fopen(path, "w");
    assert_non_null(left);
    (void)fclose(left);
    assert_int_equal(scan_files(&fixture), 2);
    fixture_reopen(&fixture);
    assert_int_equal(scan_files(&fixture), 1);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

/* As an older version of varve laid the codes out: never read as if they were today's. */
static void test_a_file_of_another_version_is_built_again(void **state)
{
    struct fixture fixture = fixture_new();
    char path[96];
    FILE *file;

    (void)state;
    fixture_put(&fixture, "a.md", "", "one\n\ntwo\n\nthree", 1);
    (void)snprintf(path, sizeof(path), "%s/scan-1-1", fixture.folder);
    file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fwrite("VVSCAN01", 1, 8, file), 8);
    (void)fclose(file);
    fixture_reopen(&fixture);
    fixture_put(&fixture, "b.md", "", "four", 2);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(scan_files(&fixture), 1);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernels_agree),
        cmocka_unit_test(test_the_nearest_are_found),
        cmocka_unit_test(test_the_most_dimensions),
        cmocka_unit_test(test_recall_of_random_vectors),
        cmocka_unit_test(test_recall_of_millions),
        cmocka_unit_test(test_recall_of_the_models_vectors),
        cmocka_unit_test(test_a_rebuild_that_is_rolled_back_costs_nothing),
        cmocka_unit_test(test_a_scan_file_nobody_names_goes),
        cmocka_unit_test(test_a_file_of_another_version_is_built_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
