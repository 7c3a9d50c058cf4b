/* Any bytes as a page of the full text's own tables: searched as if they were sound. The first
 * byte says which page, the second where in it they are put, or that they are all of it. */
#include <stdlib.h>

#include "index/bm25.h"
#include "index/fulltext.h"

#define BEST     10u
#define IS_WHOLE 0xffu

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In two segments of several leaves, some rows deleted and one put again. */
static const char fill[] = FULLTEXT_TABLE
    "INSERT INTO fulltext(fulltext, rank) VALUES('pgsz', 256);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)"
    " INSERT INTO fulltext(rowid, text, headings, title) SELECT i, 'lake clay word' || i % 7 ||"
    " ' lake layer' || i, 'head' || i % 3, 'title lake' FROM n;"
    "INSERT INTO fulltext(fulltext, rowid, text, headings, title) VALUES('delete', 14,"
    " 'lake clay word0 lake layer14', 'head2', 'title lake');"
    "INSERT INTO fulltext(rowid, text) VALUES(14, 'clay'), (400, 'lake houses word3');";

/* One for all inputs: each is rolled back. */
static struct sql *open_once(void)
{
    static struct sql sql = { .name = "memory" };

    if (!sql.db && (sqlite3_open(":memory:", &sql.db) != SQLITE_OK ||
                    fulltext_register(&sql, NULL) || sql_script(&sql, fill, NULL)))
        abort();
    return &sql;
}

static void damage(struct sql *sql, uint8_t page, uint8_t at, struct span bytes)
{
    struct sql_value page_number = sql_integer(page);
    struct sql_value start = sql_integer(at), len = sql_integer((int64_t)bytes.len);
    enum status status =
        at == IS_WHOLE
            ? sql_run(sql,
                      "UPDATE fulltext_data SET block = ?2 WHERE id = (SELECT id FROM fulltext_data"
                      " LIMIT 1 OFFSET ?1 % (SELECT count(*) FROM fulltext_data))",
                      SQL_VALUES(page_number, sql_blob(bytes)), NULL)
            : sql_run(sql,
                      "UPDATE fulltext_data SET block = CAST(substr(block, 1, ?2) || ?4 ||"
                      " substr(block, 1 + ?2 + ?3) AS BLOB) WHERE id = (SELECT id FROM"
                      " fulltext_data LIMIT 1 OFFSET ?1 % (SELECT count(*) FROM fulltext_data))",
                      SQL_VALUES(page_number, start, len, sql_blob(bytes)), NULL);

    if (status)
        abort();
}

static void search(struct sql *sql, const char *text, size_t len)
{
    static const struct bm25_filter all = { .accept = NULL };
    struct bm25_row rows[BEST];
    struct query query;
    size_t count = 0;

    if (query_parse((struct span){ text, len }, &query, NULL))
        abort();
    if (bm25_rank(sql, &query, &all, BEST, rows, &count, NULL, NULL) == STATUS_OK && count > BEST)
        abort();
    query_release(&query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sql *sql = open_once();

    if (size < 2 || sql_script(sql, "BEGIN", NULL))
        return 0;
    damage(sql, data[0], data[1], (struct span){ (const char *)data + 2, size - 2 });
    search(sql, "lake clay word3 -head1", 22);
    search(sql, "title:lake +clay layer14 houses", 31);
    if (sql_script(sql, "ROLLBACK", NULL))
        abort();
    return 0;
}
