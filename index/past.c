#include "index/past.h"

#include "index/hits.h"
#include "index/texts.h"

static enum status open_memory(struct sql *memory, struct error *err)
{
    enum status status;

    if (sqlite3_open_v2(":memory:", &memory->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        return error_set(err, STATUS_NO_MEMORY, "no memory for the past");
    status = fulltext_register(memory, err);
    if (status)
        return status;
    return sql_script(memory,
                      "CREATE VIRTUAL TABLE past USING fts5(text, headings, title, content='',"
                      " tokenize='varve')",
                      err);
}

/* What stands before the text in its input is its heading path (and a repeated header). */
static enum status add_segment(struct search *search, struct sql *memory, int64_t segment_id,
                               int64_t input_id, size_t text_bytes, struct error *err)
{
    struct buf *input = &search->text;
    enum status status = texts_load(search->snapshot->index, input_id, input, err);
    size_t before;

    if (status)
        return status;
    before = input->len > text_bytes ? input->len - text_bytes : 0;
    return sql_run(memory, "INSERT INTO past(rowid, text, headings, title) VALUES(?, ?, ?, '')",
                   SQL_VALUES(sql_integer(segment_id),
                              sql_text((struct span){ input->data + before, input->len - before }),
                              sql_text((struct span){ input->data, before })),
                   err);
}

static enum status fill(struct search *search, struct sql *memory, struct error *err)
{
    struct sql *sql = &search->snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status = sql_open(sql,
                                  "SELECT segment_id, document_id, input_id, text_bytes"
                                  " FROM segment WHERE died > ?1 AND born <= ?1",
                                  SQL_VALUES(sql_integer(search->as_of)), &row, err);

    while (!status) {
        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        if (hits_is_allowed(search, sqlite3_column_int64(row, 1)))
            status = add_segment(search, memory, sqlite3_column_int64(row, 0),
                                 sqlite3_column_int64(row, 2), (size_t)sqlite3_column_int64(row, 3),
                                 err);
    }
    return status;
}

static enum status read_matches(struct search *search, struct sql *memory, struct span expression,
                                size_t wanted, past_fn *fn, void *user, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status =
        sql_open(memory,
                 "SELECT rowid, -bm25(past, 1.0, 0.5, 0.5) AS score FROM past"
                 " WHERE past MATCH ? ORDER BY score DESC LIMIT ?",
                 SQL_VALUES(sql_text(expression), sql_integer((int64_t)wanted)), &row, err);

    while (!status) {
        struct past_match match;

        status = sql_step(memory, row, &has_row, err);
        if (status || !has_row)
            break;
        match.segment_id = sqlite3_column_int64(row, 0);
        match.score = sqlite3_column_double(row, 1);
        status = sql_read_integer(
            &search->snapshot->index->sql, "SELECT input_id FROM segment WHERE segment_id = ?",
            SQL_VALUES(sql_integer(match.segment_id)), 0, &match.input_id, err);
        if (!status)
            status = fn(user, &match, err);
    }
    return status;
}

enum status past_search(struct search *search, struct span expression, size_t wanted, past_fn *fn,
                        void *user, struct error *err)
{
    struct sql memory = { .name = "the past" };
    enum status status = open_memory(&memory, err);

    if (!status)
        status = sql_script(&memory, "BEGIN", err);
    if (!status)
        status = fill(search, &memory, err);
    if (!status)
        status = sql_script(&memory, "COMMIT", err);
    if (!status)
        status = read_matches(search, &memory, expression, wanted, fn, user, err);
    sql_release(&memory);
    return status;
}
