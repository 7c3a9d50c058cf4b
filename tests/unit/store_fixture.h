/*
 * store_fixture.h - a knowledge base in a temporary folder, and documents for it from plain text.
 *
 * A text's paragraphs (blank lines between them) become blocks and chunks; a paragraph that begins
 * with '#' is a heading. Vectors are made of the input's hash: equal inputs have equal vectors.
 */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "index/feed.h"
#include "index/index.h"
#include "index/search.h"
#include "index/status.h"
#include "index/tidy.h"
#include "index/verify.h"
#include "ingest/store.h"

#ifndef FIXTURE_DIMENSIONS
#define FIXTURE_DIMENSIONS 16
#endif
#define FIXTURE_CHUNKS_MAX 4096

struct fixture {
    char folder[64];
    struct index *index;
    struct store *store;
    int64_t source_id, model_id, generation;
    struct model_info model;
    bool is_embedder_down;
};

static inline struct span text_span(const char *text)
{
    return (struct span){ text, strlen(text) };
}

static inline struct document_key key_for(const struct fixture *fixture, const char *path,
                                          const char *member)
{
    return (struct document_key){ fixture->source_id, text_span(path), text_span(member) };
}

static inline void assert_good(enum status status, const struct error *err)
{
    if (status)
        fail_msg("%s: %s", status_name(status), err->text);
}

static inline struct hash hash_text(struct span text)
{
    struct hash hash;

    hash_of(text, &hash);
    return hash;
}

/* Not normalised on purpose: the store keeps what it is given. */
static inline void fixture_vector(const struct hash *hash, float *out)
{
    for (unsigned i = 0; i < FIXTURE_DIMENSIONS; i++)
        out[i] = (float)hash->bytes[i % HASH_BYTES] / 255.0f - 0.45f;
}

static inline struct file_stamp stamp_number(uint64_t number)
{
    return (struct file_stamp){ .device = 1,
                                .inode = number,
                                .size = number * 7,
                                .mtime_ns = (int64_t)number * 1000,
                                .ctime_ns = (int64_t)number * 1000,
                                .mode = 0100644 };
}

struct made_extraction {
    struct extraction extraction;
    struct block *blocks;
    struct chunk *chunks;
    struct hash *hashes;
    float (*vectors)[FIXTURE_DIMENSIONS];
    const float **vector_list;
};

static inline void made_release(struct made_extraction *made)
{
    free(made->blocks);
    free(made->chunks);
    free(made->hashes);
    free(made->vectors);
    free(made->vector_list);
}

static inline void make_chunk(struct made_extraction *made, size_t start, size_t end,
                              uint32_t heading)
{
    struct extraction *extraction = &made->extraction;
    struct buf input = BUF_INIT((size_t)1 << 24);
    struct chunk *chunk = &made->chunks[extraction->chunk_count];

    *chunk = (struct chunk){ .text_start = (uint32_t)start,
                             .text_end = (uint32_t)end,
                             .heading = heading,
                             .token_count = (uint32_t)(end - start) / 4 + 1 };
    extraction_chunk_input(extraction, chunk, &input);
    made->hashes[extraction->chunk_count] = hash_text(buf_span(&input));
    fixture_vector(&made->hashes[extraction->chunk_count], made->vectors[extraction->chunk_count]);
    made->vector_list[extraction->chunk_count] = made->vectors[extraction->chunk_count];
    extraction->chunk_count++;
    buf_release(&input);
}

/* text lives as long as what is made of it. */
static inline struct made_extraction make_extraction(struct span text)
{
    struct made_extraction made = {
        .blocks = calloc(FIXTURE_CHUNKS_MAX, sizeof(struct block)),
        .chunks = calloc(FIXTURE_CHUNKS_MAX, sizeof(struct chunk)),
        .hashes = calloc(FIXTURE_CHUNKS_MAX, sizeof(struct hash)),
        .vectors = calloc(FIXTURE_CHUNKS_MAX, sizeof(float[FIXTURE_DIMENSIONS])),
        .vector_list = calloc(FIXTURE_CHUNKS_MAX, sizeof(float *)),
    };
    struct extraction *extraction = &made.extraction;
    uint32_t heading = BLOCK_NONE;
    size_t start = 0;

    extraction->outcome = OUTCOME_COMPLETE;
    extraction->flags = EXTRACTION_TEXT_IS_SOURCE;
    extraction->text = text;
    extraction->labels = (struct span){ "", 1 };
    extraction->blocks = made.blocks;
    extraction->chunks = made.chunks;
    (void)snprintf(extraction->extractor, sizeof(extraction->extractor), "text 1");
    (void)snprintf(extraction->media_type, sizeof(extraction->media_type), "text/plain");
    while (start < text.len && extraction->block_count < FIXTURE_CHUNKS_MAX) {
        const char *blank = memmem(text.data + start, text.len - start, "\n\n", 2);
        size_t end = blank ? (size_t)(blank - text.data) : text.len;
        uint8_t level = (uint8_t)strspn(text.data + start, "#");
        bool is_heading = level > 0;

        while (is_heading && heading != BLOCK_NONE && made.blocks[heading].level >= level)
            heading = made.blocks[heading].heading;

        if (end > start) {
            made.blocks[extraction->block_count++] =
                (struct block){ .kind = is_heading ? BLOCK_HEADING : BLOCK_PARAGRAPH,
                                .level = level,
                                .text_start = (uint32_t)start,
                                .text_end = (uint32_t)end,
                                .heading = heading };
            if (is_heading)
                heading = (uint32_t)extraction->block_count - 1;
            else
                make_chunk(&made, start, end, heading);
        }
        start = end + 2;
    }
    if (extraction->chunk_count == 0)
        extraction->outcome = OUTCOME_NO_TEXT;
    return made;
}

static inline void fixture_close(struct fixture *fixture)
{
    if (fixture->store)
        fixture->store->ops->free(fixture->store);
    index_free(fixture->index);
    fixture->store = NULL;
    fixture->index = NULL;
}

static inline void fixture_reopen(struct fixture *fixture)
{
    struct error err;

    fixture_close(fixture);
    assert_good(index_open(fixture->folder, INDEX_WRITE, &fixture->index, &err), &err);
    assert_good(index_store_new(fixture->index, &fixture->store, &err), &err);
}

static inline void fixture_begin(struct fixture *fixture)
{
    struct error err;

    assert_good(fixture->store->ops->begin(fixture->store, &err), &err);
}

static inline void fixture_commit(struct fixture *fixture)
{
    struct error err;

    assert_good(fixture->store->ops->commit(fixture->store, &fixture->generation, &err), &err);
}

static inline struct fixture fixture_new(void)
{
    struct fixture fixture = { .folder = "/tmp/varve-test-XXXXXX" };
    struct error err;

    assert_non_null(mkdtemp(fixture.folder));
    assert_good(index_create(fixture.folder, &err), &err);
    fixture_reopen(&fixture);
    fixture.model = (struct model_info){ .name = "test",
                                         .dimensions = FIXTURE_DIMENSIONS,
                                         .fingerprint = hash_text(text_span("model one")),
                                         .fusion_weight = 0.2 };
    fixture_begin(&fixture);
    assert_good(fixture.store->ops->put_source(fixture.store, text_span("/home/docs"),
                                               &fixture.source_id, &err),
                &err);
    assert_good(fixture.store->ops->put_model(fixture.store, &fixture.model, MODEL_CURRENT,
                                              text_span("embed-fixture"), &fixture.model_id, &err),
                &err);
    fixture_commit(&fixture);
    return fixture;
}

static inline int fixture_unlink(const char *path, const struct stat *stat, int type,
                                 struct FTW *ftw)
{
    (void)stat;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline void fixture_free(struct fixture *fixture)
{
    if (fixture->store)
        fixture->store->ops->free(fixture->store);
    index_free(fixture->index);
    (void)nftw(fixture->folder, fixture_unlink, 8, FTW_DEPTH | FTW_PHYS);
}

/* Inside a transaction. vectors: those the store has not. */
static inline enum status fixture_put_made(struct fixture *fixture, const struct document_key *key,
                                           const struct made_extraction *made, uint64_t stamp,
                                           struct error *err)
{
    struct revision_record record = {
        .key = *key,
        .stamp = stamp_number(stamp),
        .content_hash = hash_text(made->extraction.text),
        .stage_fingerprint = hash_text(text_span("stage one")),
        .extraction = &made->extraction,
        .input_hashes = made->hashes,
        .model_id = fixture->is_embedder_down ? 0 : fixture->model_id,
        .vectors = made->vector_list,
    };
    bool waits = false;

    return fixture->store->ops->put_revision(fixture->store, &record, &waits, err);
}

/* A whole commit. */
static inline void fixture_put(struct fixture *fixture, const char *path, const char *member,
                               const char *text, uint64_t stamp)
{
    struct made_extraction made = make_extraction(text_span(text));
    struct document_key key = key_for(fixture, path, member);
    struct error err;

    fixture_begin(fixture);
    assert_good(fixture_put_made(fixture, &key, &made, stamp, &err), &err);
    fixture_commit(fixture);
    made_release(&made);
}

static inline void print_found(void *user, const char *check, const char *text)
{
    (void)user;
    print_message("found %s: %s\n", check, text);
}

/* How much verify finds. */
static inline uint64_t fixture_verify(struct fixture *fixture, verify_found_fn *found, void *user)
{
    struct verify_options options = { .is_deep = true, .found = found, .user = user };
    struct index *index = NULL;
    struct snapshot *snapshot = NULL;
    struct error err;
    uint64_t count = 0;

    assert_good(index_open(fixture->folder, INDEX_READ, &index, &err), &err);
    assert_good(snapshot_take(index, &snapshot, &err), &err);
    assert_good(verify_run(snapshot, &options, &count, &err), &err);
    snapshot_free(snapshot);
    index_free(index);
    return count;
}

static inline void assert_sound(struct fixture *fixture)
{
    assert_int_equal(fixture_verify(fixture, print_found, NULL), 0);
}

/* All steps that are left of work. */
static inline void fixture_tidy(struct fixture *fixture, struct tidy_work *work)
{
    struct error err;

    while (work->phase != TIDY_DONE)
        assert_good(tidy_step(fixture->index, work, &err), &err);
}

/* One number by SQL, read past the index: what the tests claim about tables. */
static inline int64_t fixture_number(struct fixture *fixture, const char *text)
{
    char path[128];
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    int64_t value;

    (void)snprintf(path, sizeof(path), "%s/index.db", fixture->folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    value = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    sqlite3_close(db);
    return value;
}

static inline void fixture_damage(struct fixture *fixture, const char *text)
{
    char path[128];
    sqlite3 *db = NULL;

    (void)snprintf(path, sizeof(path), "%s/index.db", fixture->folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text, sqlite3_errmsg(db));
    sqlite3_close(db);
}

/* The paths of the hits, "a b": of all their places, in rank order. */
static inline void fixture_search(struct fixture *fixture, const struct search_query *query,
                                  struct buf *out)
{
    struct index *index = NULL;
    struct snapshot *snapshot = NULL;
    struct search *search = NULL;
    struct error err;
    struct hit hit;
    bool has_hit = true;

    buf_clear(out);
    assert_good(index_open(fixture->folder, INDEX_READ, &index, &err), &err);
    assert_good(snapshot_take(index, &snapshot, &err), &err);
    assert_good(search_run(snapshot, query, &search, &err), &err);
    for (;;) {
        assert_good(search_next(search, &hit, &has_hit, &err), &err);
        if (!has_hit)
            break;
        for (size_t i = 0; i < hit.place_count; i++)
            buf_printf(out, "%s%.*s", out->len ? " " : "", (int)hit.places[i].path.len,
                       hit.places[i].path.data);
    }
    search_free(search);
    snapshot_free(snapshot);
    index_free(index);
}

#endif
