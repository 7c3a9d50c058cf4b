/*
 * search-speed.c - how much CPU a search takes, over a collection that it makes itself.
 *
 *   search-speed fill FOLDER SEGMENTS        a knowledge base with made texts and vectors
 *   search-speed files FOLDER SEGMENTS       the same texts as files, for `varve sync`
 *   search-speed measure FOLDER SEGMENTS     searches in it: one line for each kind of question;
 *                                            text, vectors or hybrid instead of measure: only those
 *   search-speed questions SEGMENTS COUNT    one a line
 *
 * Figures are CPU milliseconds of one query in a process that has opened the index; no question is
 * asked twice. The peer is FTS5's own bm25() over the very same table.
 */
#define FIXTURE_DIMENSIONS CORPUS_DIMENSIONS
#include "bench/search-corpus.h"
#include "index/internal.h"
#include "tests/unit/store_fixture.h"

#include <sys/stat.h>
#include <time.h>

#define COMMIT_DOCUMENTS 40u
#define QUESTIONS        100u /* of each kind */
#define PEER_QUESTIONS   6u
#define TOP              10u

static double cpu_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void print_times(const char *name, double *times, size_t count)
{
    qsort(times, count, sizeof(*times), compare_doubles);
    printf("  %-34s p50 %8.2f  p99 %8.2f  most %8.2f ms of CPU (%zu)\n", name, times[count / 2],
           times[(count - 1) * 99 / 100], times[count - 1], count);
    (void)fflush(stdout);
}

static void check(enum status status, const struct error *err)
{
    if (status) {
        fprintf(stderr, "search-speed: %s\n", err->text);
        exit(1);
    }
}

/* ---- the collection ---- */

static void fill_document(struct fixture *fixture, const struct corpus *corpus, uint64_t number,
                          struct buf *text)
{
    struct made_extraction made;
    struct document_key key;
    struct error err;
    char path[40];

    corpus_text(corpus, number, text);
    made = make_extraction(buf_span(text));
    for (size_t i = 0; i < made.extraction.chunk_count; i++)
        corpus_vector(corpus, number * CORPUS_SEGMENTS + i, made.vectors[i]);
    (void)snprintf(path, sizeof(path), "%03u/%llu.md", (unsigned)(number % 1000),
                   (unsigned long long)number);
    key = key_for(fixture, path, "");
    check(fixture_put_made(fixture, &key, &made, number + 1, &err), &err);
    made_release(&made);
}

static void fill(const char *folder, uint64_t segments)
{
    struct corpus *corpus = corpus_new();
    struct fixture fixture = { .index = NULL };
    struct buf text = BUF_INIT((size_t)1 << 24);
    uint64_t documents = segments / CORPUS_SEGMENTS;
    struct error err;

    (void)snprintf(fixture.folder, sizeof(fixture.folder), "%s", folder);
    check(index_create(folder, &err), &err);
    fixture_reopen(&fixture);
    fixture.model = (struct model_info){ .name = "bench",
                                         .dimensions = CORPUS_DIMENSIONS,
                                         .fingerprint = hash_text(text_span("bench")),
                                         .fusion_weight = 0.5 };
    for (uint64_t number = 0; number < documents;) {
        fixture_begin(&fixture);
        if (number == 0) {
            check(fixture.store->ops->put_source(fixture.store, text_span("/bench"),
                                                 &fixture.source_id, &err),
                  &err);
            check(fixture.store->ops->put_model(fixture.store, &fixture.model, MODEL_CURRENT,
                                                text_span("bench"), &fixture.model_id, &err),
                  &err);
        }
        for (unsigned i = 0; i < COMMIT_DOCUMENTS && number < documents; i++)
            fill_document(&fixture, corpus, number++, &text);
        fixture_commit(&fixture);
    }
    fixture.store->ops->free(fixture.store);
    index_free(fixture.index);
    buf_release(&text);
    corpus_free(corpus);
}

static void write_files(const char *folder, uint64_t segments)
{
    struct corpus *corpus = corpus_new();
    struct buf text = BUF_INIT((size_t)1 << 24);

    for (uint64_t number = 0; number < segments / CORPUS_SEGMENTS; number++) {
        char path[4200];
        FILE *file;

        (void)snprintf(path, sizeof(path), "%s/%03u", folder, (unsigned)(number % 1000));
        (void)mkdir(path, 0700);
        (void)snprintf(path, sizeof(path), "%s/%03u/%llu.md", folder, (unsigned)(number % 1000),
                       (unsigned long long)number);
        corpus_text(corpus, number, &text);
        file = fopen(path, "w");
        if (!file || fwrite(text.data, 1, text.len, file) != text.len || fclose(file) != 0) {
            perror(path);
            exit(1);
        }
    }
    buf_release(&text);
    corpus_free(corpus);
}

/* ---- searching ---- */

struct bench {
    struct corpus *corpus;
    uint64_t documents;
    struct index *index;
    struct snapshot *snapshot;
    sqlite3 *peer;
};

/* The ten best, loaded with their citations; ids may be NULL. */
static double search_ms(struct bench *bench, struct search_query *query, int64_t ids[TOP],
                        size_t *count)
{
    struct search *search = NULL;
    struct error err;
    struct hit hit;
    bool has_hit = true;
    double start = cpu_ms();

    *count = 0;
    check(search_run(bench->snapshot, query, &search, &err), &err);
    while (*count < TOP) {
        check(search_next(search, &hit, &has_hit, &err), &err);
        if (!has_hit)
            break;
        if (ids)
            ids[*count] = hit.places[0].segment_id;
        (*count)++;
    }
    search_free(search);
    return cpu_ms() - start;
}

static double peer_ms(struct bench *bench, const char *question, int64_t ids[TOP], size_t *count)
{
    struct buf expression = BUF_INIT((size_t)1 << 20);
    double start = cpu_ms();
    sqlite3_stmt *row = NULL;

    for (const char *at = question; *at;) {
        size_t len = strcspn(at, " ");

        buf_printf(&expression, "%s\"%.*s\"", expression.len ? " OR " : "", (int)len, at);
        at += len + (at[len] == ' ');
    }
    if (sqlite3_prepare_v2(bench->peer,
                           "SELECT rowid FROM fulltext WHERE fulltext MATCH ?"
                           " ORDER BY bm25(fulltext, 1.0, 0.5, 0.5), rowid LIMIT 10",
                           -1, &row, NULL) != SQLITE_OK)
        abort();
    (void)sqlite3_bind_text(row, 1, expression.data, (int)expression.len, SQLITE_STATIC);
    for (*count = 0; *count < TOP && sqlite3_step(row) == SQLITE_ROW; (*count)++)
        ids[*count] = sqlite3_column_int64(row, 0);
    (void)sqlite3_finalize(row);
    buf_release(&expression);
    return cpu_ms() - start;
}

static size_t shared(const int64_t *a, size_t a_count, const int64_t *b, size_t b_count)
{
    size_t count = 0;

    for (size_t i = 0; i < a_count; i++)
        for (size_t k = 0; k < b_count; k++)
            count += a[i] == b[k];
    return count;
}

static struct search_query text_query(const struct buf *text)
{
    return (
        struct search_query){ .text = buf_span(text), .mode = SEARCH_TEXT, .vector_weight = -1 };
}

static void measure_text(struct bench *bench)
{
    double all[QUESTION_KINDS * QUESTIONS], times[QUESTIONS], peer[PEER_QUESTIONS];
    double peer_all[QUESTION_KINDS * PEER_QUESTIONS];
    struct buf text = BUF_INIT((size_t)1 << 20);
    size_t same = 0, of = 0;

    printf("BM25, top 10 with citations:\n");
    for (unsigned kind = 0; kind < QUESTION_KINDS; kind++) {
        for (unsigned i = 0; i < QUESTIONS; i++) {
            int64_t ids[TOP], peer_ids[TOP];
            size_t count, peer_count;
            struct search_query query;

            corpus_question(bench->corpus, kind, kind * 1000 + i, bench->documents, &text);
            query = text_query(&text);
            times[i] = all[kind * QUESTIONS + i] = search_ms(bench, &query, ids, &count);
            if (i >= PEER_QUESTIONS)
                continue;
            peer[i] = peer_ms(bench, text.data, peer_ids, &peer_count);
            peer_all[kind * PEER_QUESTIONS + i] = peer[i];
            same += shared(ids, count, peer_ids, peer_count);
            of += peer_count;
        }
        print_times(corpus_question_names[kind], times, QUESTIONS);
        print_times("  FTS5 bm25()", peer, PEER_QUESTIONS);
    }
    print_times("all of them", all, QUESTION_KINDS * QUESTIONS);
    print_times("  FTS5 bm25()", peer_all, QUESTION_KINDS * PEER_QUESTIONS);
    printf("  of FTS5's ten best %zu of %zu are ours, too\n", same, of);
    buf_release(&text);
}

static void measure_vectors(struct bench *bench, enum search_mode mode, const char *title)
{
    static const char *const globs[] = { "", "00?/*", "[0-4]*/*" };
    static const char *const names[] = { "all documents", "1 % of the documents",
                                         "50 % of the documents" };
    struct buf text = BUF_INIT((size_t)1 << 20);

    printf("%s, top 10 with citations:\n", title);
    for (unsigned filter = 0; filter < 3; filter++) {
        double times[QUESTIONS];

        for (unsigned i = 0; i < QUESTIONS; i++) {
            float vector[CORPUS_DIMENSIONS];
            struct search_query query;
            size_t count;

            corpus_question(bench->corpus, i % QUESTION_KINDS, 9000 + i, bench->documents, &text);
            corpus_vector(bench->corpus, UINT64_C(1) << 40 | i, vector);
            query = text_query(&text);
            query.mode = mode;
            query.vector = vector;
            query.dimensions = CORPUS_DIMENSIONS;
            query.filter.path_glob = text_span(globs[filter]);
            times[i] = search_ms(bench, &query, NULL, &count);
        }
        print_times(names[filter], times, QUESTIONS);
    }
    buf_release(&text);
}

static void measure(const char *what, const char *folder, uint64_t segments)
{
    struct bench bench = { .corpus = corpus_new(), .documents = segments / CORPUS_SEGMENTS };
    struct error err;

    check(index_open(folder, INDEX_READ, &bench.index, &err), &err);
    check(snapshot_take(bench.index, &bench.snapshot, &err), &err);
    bench.peer = bench.index->sql.db;
    if (strcmp(what, "measure") == 0 || strcmp(what, "text") == 0)
        measure_text(&bench);
    if (strcmp(what, "measure") == 0 || strcmp(what, "vectors") == 0)
        measure_vectors(&bench, SEARCH_VECTOR, "vectors, 256 dimensions");
    if (strcmp(what, "measure") == 0 || strcmp(what, "hybrid") == 0)
        measure_vectors(&bench, SEARCH_HYBRID, "hybrid");
    snapshot_free(bench.snapshot);
    index_free(bench.index);
    corpus_free(bench.corpus);
}

static void print_questions(uint64_t segments, uint64_t count)
{
    struct corpus *corpus = corpus_new();
    struct buf text = BUF_INIT((size_t)1 << 20);

    for (uint64_t i = 0; i < count; i++) {
        corpus_question(corpus, (enum corpus_question)(i % QUESTION_KINDS), 20000 + i,
                        segments / CORPUS_SEGMENTS, &text);
        printf("%s\n", text.data);
    }
    buf_release(&text);
    corpus_free(corpus);
}

int main(int argc, char **argv)
{
    const char *what = argc == 4 ? argv[1] : "";

    if (strcmp(what, "fill") == 0)
        fill(argv[2], strtoull(argv[3], NULL, 10));
    else if (strcmp(what, "files") == 0)
        write_files(argv[2], strtoull(argv[3], NULL, 10));
    else if (strcmp(what, "questions") == 0)
        print_questions(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
    else if (strcmp(what, "measure") == 0 || strcmp(what, "text") == 0 ||
             strcmp(what, "vectors") == 0 || strcmp(what, "hybrid") == 0)
        measure(what, argv[2], strtoull(argv[3], NULL, 10));
    else
        return fprintf(stderr, "usage: search-speed fill|files|measure FOLDER SEGMENTS\n"
                               "       search-speed questions SEGMENTS COUNT\n"),
               2;
    return 0;
}
