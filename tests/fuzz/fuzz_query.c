/* Any bytes as a question: parsed, tokenised, made an expression, and taken by FTS5 itself. */
#include <stdlib.h>

#include "index/fulltext.h"
#include "index/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_expression(struct sql *sql, const struct buf *expression)
{
    int64_t found = 0;

    if (expression->failed || expression->len == 0)
        return;
    if (sql_read_integer(sql, "SELECT count(*) FROM t WHERE t MATCH ?",
                         SQL_VALUES(sql_text(buf_span(expression))), 0, &found, NULL))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sql sql = { .name = "memory" };
    struct buf expression = BUF_INIT(QUERY_EXPRESSION_MAX);
    struct query query;

    if (sqlite3_open(":memory:", &sql.db) != SQLITE_OK || fulltext_register(&sql, NULL) ||
        sql_script(&sql,
                   "CREATE VIRTUAL TABLE t USING fts5(text, headings, title,"
                   " tokenize='varve'); INSERT INTO t VALUES('one two', 'three', 'four')",
                   NULL))
        abort();
    if (query_parse((struct span){ (const char *)data, size }, &query, NULL) == STATUS_OK) {
        query_match_expression(&query, &expression);
        take_expression(&sql, &expression);
        buf_clear(&expression);
        query_required_expression(&query, &expression);
        take_expression(&sql, &expression);
        buf_clear(&expression);
        query_excluded_expression(&query, &expression);
        take_expression(&sql, &expression);
        query_release(&query);
    }
    buf_release(&expression);
    sql_release(&sql);
    return 0;
}
