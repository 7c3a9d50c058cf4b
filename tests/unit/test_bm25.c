/* The ranking of words is FTS5's own, score by score, on random texts that are changed again and
 * again, for random queries. */
#include "store_fixture.h"

#include "index/bm25.h"
#include "index/fulltext.h"
#include "index/internal.h"
#include "index/postings.h"

#define TEXTS  120u
#define ROUNDS 12u
#define WANTED 10u

static const struct bm25_filter all = { .accept = NULL };
static uint64_t seed = 7;

static unsigned dice(unsigned sides)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 33) % sides;
}

/* Few common words and many rare ones; some in capitals, some of other alphabets. */
static void append_word(struct buf *out)
{
    static const char *const common[] = { "lake",   "lakes", "LAYER", "years",
                                          "häuser", "слой",  "湖泥" };
    unsigned kind = dice(10);

    if (kind < 5)
        buf_printf(out, "%s", common[dice(7) * dice(7) / 7]);
    else if (kind < 7)
        buf_printf(out, "common%u", dice(5));
    else
        buf_printf(out, "word%u", dice(30) * dice(30));
}

/* Long enough in parts that lists go over several leaves. */
static void write_text(struct buf *out, bool has_long, bool is_german)
{
    buf_clear(out);
    for (unsigned i = 0; i < 400 && is_german; i++)
        buf_printf(out, "%s ", i % 2 ? "und" : "nicht");
    if (is_german)
        buf_printf(out, "\n\n");
    buf_printf(out, "# title%u lake\n\n", dice(4));
    for (unsigned paragraph = 0; paragraph < 1 + dice(12); paragraph++) {
        unsigned words = has_long && dice(20) == 0 ? 3000 : 1 + dice(60);

        if (dice(5) == 0) {
            buf_append(out, "## ", 3);
            append_word(out);
            buf_append(out, "\n\n", 2);
        }
        for (unsigned i = 0; i < words; i++) {
            append_word(out);
            buf_append_char(out, ' ');
        }
        buf_printf(out, "end%u\n\n", dice(100000));
    }
}

static void change_texts(struct fixture *fixture, unsigned round)
{
    struct buf text = BUF_INIT((size_t)1 << 24);
    struct error err;

    for (unsigned i = 0; i < (round ? TEXTS / 4 : TEXTS); i++) {
        char path[32];

        (void)snprintf(path, sizeof(path), "%u.md", dice(TEXTS));
        if (round && dice(4) == 0) {
            struct document_key key = key_for(fixture, path, "");

            fixture_begin(fixture);
            assert_good(fixture->store->ops->remove(fixture->store, &key, &err), &err);
            fixture_commit(fixture);
            continue;
        }
        write_text(&text, i % 8 == 0, i % 3 == 0);
        fixture_put(fixture, path, "", text.data, round * 1000 + i + 1);
    }
    buf_release(&text);
}

static size_t ask_fts5(sqlite3 *db, const char *expression, struct bm25_row *out)
{
    sqlite3_stmt *row = NULL;
    size_t count = 0;

    assert_int_equal(
        sqlite3_prepare_v2(db,
                           "SELECT rowid, -bm25(fulltext, 1.0, 0.5, 0.5) AS score FROM fulltext"
                           " WHERE fulltext MATCH ? ORDER BY score DESC, rowid LIMIT 10",
                           -1, &row, NULL),
        SQLITE_OK);
    (void)sqlite3_bind_text(row, 1, expression, -1, SQLITE_STATIC);
    while (count < WANTED && sqlite3_step(row) == SQLITE_ROW)
        out[count++] =
            (struct bm25_row){ sqlite3_column_int64(row, 0), sqlite3_column_double(row, 1) };
    (void)sqlite3_finalize(row);
    return count;
}

static void assert_same(struct fixture *fixture, const char *text)
{
    struct buf expression = BUF_INIT(QUERY_EXPRESSION_MAX);
    struct bm25_row ours[WANTED], theirs[WANTED];
    size_t count = 0;
    struct query query;
    struct error err;

    assert_good(fulltext_choose_stemmers(&fixture->index->sql, &err), &err);
    assert_good(query_parse(text_span(text), &query, &err), &err);
    query_match_expression(&query, &expression);
    assert_good(bm25_rank(&fixture->index->sql, &query, &all, WANTED, ours, &count, NULL, &err),
                &err);
    assert_int_equal(count, ask_fts5(fixture->index->sql.db, expression.data, theirs));
    for (size_t i = 0; i < count; i++) {
        if (ours[i].score < theirs[i].score - 1e-9 || ours[i].score > theirs[i].score + 1e-9)
            fail_msg("'%s', %zu: row %lld has %.12f, row %lld %.12f", text, i,
                     (long long)ours[i].row, ours[i].score, (long long)theirs[i].row,
                     theirs[i].score);
    }
    query_release(&query);
    buf_release(&expression);
}

/* The rows that + and - leave are those of FTS5's own expression. */
static void assert_same_demands(struct fixture *fixture, const char *text)
{
    struct buf expression = BUF_INIT(QUERY_EXPRESSION_MAX);
    uint8_t bits[8192] = { 0 };
    struct id_set marked = { bits, sizeof(bits) * 8 - 1 };
    sqlite3_stmt *row = NULL;
    int64_t count = 0;
    struct query query;
    struct error err;

    assert_good(query_parse(text_span(text), &query, &err), &err);
    if (query.has_required)
        query_demands_expression(&query, &expression);
    else
        query_excluded_expression(&query, &expression);
    assert_good(bm25_mark(&fixture->index->sql, &query, &marked, &count, &err), &err);
    assert_int_equal(sqlite3_prepare_v2(fixture->index->sql.db,
                                        "SELECT rowid FROM fulltext WHERE fulltext MATCH ?", -1,
                                        &row, NULL),
                     SQLITE_OK);
    (void)sqlite3_bind_text(row, 1, expression.data, -1, SQLITE_STATIC);
    for (; sqlite3_step(row) == SQLITE_ROW; count--)
        assert_true(id_set_has(&marked, sqlite3_column_int64(row, 0)));
    assert_int_equal(count, 0);
    (void)sqlite3_finalize(row);
    query_release(&query);
    buf_release(&expression);
}

static void test_demands_are_those_of_fts5(void **state)
{
    static const char *const queries[] = {
        "+lake",           "+lake +clay",       "+common1 -common2", "-lake",
        "-lake -common3",  "+word8 geese",      "+nowhere",          "-nowhere",
        "+\"lake clay\"",  "+common* -\"a b\"", "+heading:lake",     "-title:title1 clay",
        "+lake -lake clay"
    };
    struct fixture fixture = fixture_new();

    (void)state;
    for (unsigned round = 0; round < 4; round++) {
        change_texts(&fixture, round);
        for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++)
            assert_same_demands(&fixture, queries[i]);
    }
    fixture_free(&fixture);
}

static void test_scores_are_those_of_fts5(void **state)
{
    struct fixture fixture = fixture_new();

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        change_texts(&fixture, round);
        for (unsigned i = 0; i < 60; i++) {
            struct buf text = BUF_INIT((size_t)1 << 16);

            for (unsigned k = 0; k < 1 + dice(6); k++) {
                if (k > 0)
                    buf_append_char(&text, ' ');
                if (k > 0 && dice(8) == 0)
                    buf_append_char(&text, '-');
                if (dice(12) == 0)
                    buf_append(&text, "heading:", 8);
                append_word(&text);
                if (dice(12) == 0)
                    buf_append_char(&text, '*');
            }
            assert_same(&fixture, text.data);
            buf_release(&text);
        }
        assert_int_equal(fixture_number(&fixture,
                                        "SELECT count(DISTINCT stemmer) FROM revision WHERE died IS"
                                        " NULL AND stemmer IN ('de', 'en')"),
                         2);
        assert_same(&fixture, "\"lake clay\"");
        assert_same(&fixture, "lake \"clay layer\" word8");
        assert_same(&fixture, "-lake");
        assert_same(&fixture, "nowhere");
        assert_same(&fixture, "nowhere lake");
    }
    fixture_free(&fixture);
}

/* Whatever the tables hold, nothing is read past its end. */
static void test_damaged_tables(void **state)
{
    struct fixture fixture = fixture_new();
    struct bm25_row rows[WANTED];
    struct query query;
    struct error err;
    sqlite3 *db;

    (void)state;
    change_texts(&fixture, 0);
    db = fixture.index->sql.db;
    assert_good(query_parse(text_span("lake common1 word8 title1 end5"), &query, &err), &err);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    for (unsigned i = 0; i < 300; i++) {
        char statement[300];
        size_t count;

        (void)snprintf(statement, sizeof(statement),
                       "SAVEPOINT s; UPDATE fulltext_data SET block = CAST(substr(block, 1, %u) ||"
                       " x'%02x' || substr(block, %u) AS BLOB) WHERE id %% %u = %u",
                       i % 60, dice(256), i % 60 + 1 + dice(3), 1 + dice(3), dice(2));
        assert_int_equal(sqlite3_exec(db, statement, NULL, NULL, NULL), SQLITE_OK);
        if (bm25_rank(&fixture.index->sql, &query, &all, WANTED, rows, &count, NULL, NULL))
            count = 0;
        assert_true(count <= WANTED);
        assert_int_equal(sqlite3_exec(db, "ROLLBACK TO s; RELEASE s", NULL, NULL, NULL), SQLITE_OK);
    }
    query_release(&query);
    fixture_free(&fixture);
}

static void assert_left_to_fts5(struct fixture *fixture, const char *text)
{
    struct bm25_row rows[WANTED];
    size_t count = 0;
    struct query query;
    struct error err;

    assert_good(query_parse(text_span(text), &query, &err), &err);
    assert_int_equal(
        bm25_rank(&fixture->index->sql, &query, &all, WANTED, rows, &count, NULL, NULL),
        STATUS_UNSUPPORTED);
    query_release(&query);
}

/* What is not wanted may stand far before all that is; a prefix may stand in too many rows. */
static void test_many_rows(void **state)
{
    struct fixture fixture = fixture_new();

    (void)state;
    assert_int_equal(
        sqlite3_exec(fixture.index->sql.db,
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE"
                     " i < 21000) INSERT INTO fulltext(rowid, text, headings, title)"
                     " SELECT i, iif(i < 9, 'old clay layer ', '') || iif(i > 20000, 'new ', '')"
                     " || 'word' || i || iif(i % 7, ' short', ' rather longer than that'), '', ''"
                     " FROM n",
                     NULL, NULL, NULL),
        SQLITE_OK);
    assert_same(&fixture, "new -\"old clay\"");
    assert_same(&fixture, "new -cla*");
    assert_same(&fixture, "new -clay");
    assert_same(&fixture, "old new clay");
    assert_left_to_fts5(&fixture, "wor*");
    assert_left_to_fts5(&fixture, "the wor* -clay");
    assert_left_to_fts5(&fixture, "new +wor*");
    fixture_free(&fixture);
}

/* While parts are merged step by step, on small pages, some of their lists have moved already. */
static void test_merges_under_way(void **state)
{
    struct fixture fixture = fixture_new();
    sqlite3 *db = fixture.index->sql.db;
    int before = 0, step = 0;

    (void)state;
    assert_int_equal(sqlite3_exec(db,
                                  "INSERT INTO fulltext(fulltext, rank) VALUES('pgsz', 64);"
                                  "INSERT INTO fulltext(fulltext, rank) VALUES('automerge', 0)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    for (unsigned part = 0; part < 6; part++) {
        char statement[600];

        (void)snprintf(
            statement, sizeof(statement),
            "WITH RECURSIVE n(i) AS (SELECT %u UNION ALL SELECT i + 1 FROM n WHERE i < %u)"
            " INSERT INTO fulltext(rowid, text, headings, title) SELECT i, 'lake word' || (i * 7 %%"
            " 40) || iif(i %% 3, ' clay', '') || ' of ' || i, 'layer', '' FROM n",
            part * 100 + 1, part * 100 + 100);
        assert_int_equal(sqlite3_exec(db, statement, NULL, NULL, NULL), SQLITE_OK);
        /* Of the part before. */
        (void)snprintf(
            statement, sizeof(statement),
            "WITH RECURSIVE n(i) AS (SELECT %u UNION ALL SELECT i + 9 FROM n WHERE i < %u)"
            " INSERT INTO fulltext(fulltext, rowid, text, headings, title) SELECT 'delete', i,"
            " 'lake word' || (i * 7 %% 40) || iif(i %% 3, ' clay', '') || ' of ' || i, 'layer', ''"
            " FROM n",
            part * 100 + 1 - 90, part * 100 - 10);
        if (part > 0)
            assert_int_equal(sqlite3_exec(db, statement, NULL, NULL, NULL), SQLITE_OK);
    }
    for (; sqlite3_total_changes(db) - before > 1; step++) {
        before = sqlite3_total_changes(db);
        assert_int_equal(
            sqlite3_exec(db,
                         step ? "INSERT INTO fulltext(fulltext, rank) VALUES('merge', 1)"
                              : "INSERT INTO fulltext(fulltext, rank)"
                                " VALUES('merge', -1)",
                         NULL, NULL, NULL),
            SQLITE_OK);
        assert_same(&fixture, "lake");
        assert_same(&fixture, "clay layer");
        assert_same(&fixture, "word7 word21 heading:layer");
        assert_same(&fixture, "clay -word14");
        assert_same(&fixture, "199 205 301 299");
    }
    assert_true(step > 20);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scores_are_those_of_fts5),
        cmocka_unit_test(test_demands_are_those_of_fts5),
        cmocka_unit_test(test_damaged_tables),
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_merges_under_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
