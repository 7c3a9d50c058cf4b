#include "index/sql.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum status sql_make_private(const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return error_set_errno(err, STATUS_IO, "cannot make '%s'", path);
    (void)close(fd);
    return STATUS_OK;
}

static enum status sql_status(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return STATUS_OK;
    case SQLITE_NOMEM:
        return STATUS_NO_MEMORY;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return STATUS_BUSY;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return STATUS_IO;
    case SQLITE_INTERRUPT:
        return STATUS_CANCELLED;
    default: /* CORRUPT, NOTADB, CONSTRAINT, ERROR: the file is not what we wrote */
        return STATUS_CORRUPT;
    }
}

enum status sql_error(const struct sql *sql, const char *doing, struct error *err)
{
    int code = sqlite3_extended_errcode(sql->db);
    enum status status = sql_status(code);

    if (!status)
        status = STATUS_CORRUPT;
    if ((code & 0xff) == SQLITE_FULL) /* SQLite takes COMMIT for a statement that only reads */
        doing = "write";
    (void)error_set(err, status, "cannot %s '%s': %s", doing, sql->name, sqlite3_errmsg(sql->db));
    if (err)
        err->sys_errno = (code & 0xff) == SQLITE_FULL ? ENOSPC : sqlite3_system_errno(sql->db);
    return status;
}

static enum status bind_value(sqlite3_stmt *statement, int at, const struct sql_value *value,
                              int *code)
{
    /* A NULL pointer would bind NULL: an empty string is something else. */
    const char *data = value->bytes.data ? value->bytes.data : "";

    switch (value->kind) {
    case SQL_INTEGER:
        *code = sqlite3_bind_int64(statement, at, value->integer);
        break;
    case SQL_REAL:
        *code = sqlite3_bind_double(statement, at, value->real);
        break;
    case SQL_TEXT:
        *code =
            sqlite3_bind_text64(statement, at, data, value->bytes.len, SQLITE_STATIC, SQLITE_UTF8);
        break;
    case SQL_BLOB:
        *code = sqlite3_bind_blob64(statement, at, data, value->bytes.len, SQLITE_STATIC);
        break;
    case SQL_NULL:
    case SQL_END:
        *code = sqlite3_bind_null(statement, at);
        break;
    }
    return *code == SQLITE_OK ? STATUS_OK : STATUS_CORRUPT;
}

static enum status find_statement(struct sql *sql, const char *text, sqlite3_stmt **out,
                                  struct error *err)
{
    size_t slot = ((uintptr_t)text >> 4) % SQL_STATEMENTS_MAX;

    for (size_t i = 0; i < SQL_STATEMENTS_MAX; i++) {
        struct sql_cached *cached = &sql->cached[(slot + i) % SQL_STATEMENTS_MAX];

        if (cached->text == text) {
            *out = cached->statement;
            return STATUS_OK;
        }
        if (cached->text)
            continue;
        if (sqlite3_prepare_v3(sql->db, text, -1, SQLITE_PREPARE_PERSISTENT, &cached->statement,
                               NULL) != SQLITE_OK)
            return sql_error(sql, "read", err);
        cached->text = text;
        *out = cached->statement;
        return STATUS_OK;
    }
    return error_set(err, STATUS_NO_MEMORY, "too many statements on '%s'", sql->name);
}

enum status sql_open(struct sql *sql, const char *text, const struct sql_value *values,
                     sqlite3_stmt **out, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    int i = 0;
    enum status status = find_statement(sql, text, &statement, err);

    if (status)
        return status;
    for (; values && values[i].kind != SQL_END; i++) {
        int code = SQLITE_OK;

        if (bind_value(statement, i + 1, &values[i], &code))
            return error_set(err, sql_status(code), "cannot bind to '%s': %s", sql->name,
                             sqlite3_errstr(code));
    }
    /* A '?' behind a '?3' is the fourth: what is bound to nothing would be NULL, and nobody told.
     */
    assert(i == sqlite3_bind_parameter_count(statement));
    *out = statement;
    return STATUS_OK;
}

void sql_close(sqlite3_stmt **statement)
{
    if (!*statement)
        return;
    (void)sqlite3_reset(*statement);
    (void)sqlite3_clear_bindings(*statement);
    *statement = NULL;
}

enum status sql_step(struct sql *sql, sqlite3_stmt *statement, bool *has_row, struct error *err)
{
    int code = sqlite3_step(statement);

    *has_row = code == SQLITE_ROW;
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return STATUS_OK;
    return sql_error(sql, sqlite3_stmt_readonly(statement) ? "read" : "write", err);
}

enum status sql_run(struct sql *sql, const char *text, const struct sql_value *values,
                    struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *statement = NULL;
    bool has_row = true;
    enum status status = sql_open(sql, text, values, &statement, err);

    while (!status && has_row)
        status = sql_step(sql, statement, &has_row, err);
    return status;
}

enum status sql_read_integer(struct sql *sql, const char *text, const struct sql_value *values,
                             int64_t otherwise, int64_t *out, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *statement = NULL;
    bool has_row = false;
    enum status status = sql_open(sql, text, values, &statement, err);

    if (!status)
        status = sql_step(sql, statement, &has_row, err);
    if (status)
        return status;
    *out = has_row && sqlite3_column_type(statement, 0) != SQLITE_NULL
               ? sqlite3_column_int64(statement, 0)
               : otherwise;
    return STATUS_OK;
}

enum status sql_script(struct sql *sql, const char *text, struct error *err)
{
    if (sqlite3_exec(sql->db, text, NULL, NULL, NULL) != SQLITE_OK)
        return sql_error(sql, "write", err);
    return STATUS_OK;
}

enum status sql_append_ids(struct sql *sql, const char *text, const struct sql_value *values,
                           struct buf *ids, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status = sql_open(sql, text, values, &row, err);

    while (!status) {
        int64_t id;

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        id = sqlite3_column_int64(row, 0);
        buf_append(ids, &id, sizeof(id));
    }
    return status ? status : buf_status(ids, err);
}

size_t sql_id_count(const struct buf *ids)
{
    return ids->len / sizeof(int64_t);
}

int64_t sql_id_at(const struct buf *ids, size_t at)
{
    int64_t id;

    memcpy(&id, ids->data + at * sizeof(id), sizeof(id));
    return id;
}

void sql_release(struct sql *sql)
{
    for (size_t i = 0; i < SQL_STATEMENTS_MAX; i++)
        (void)sqlite3_finalize(sql->cached[i].statement);
    (void)sqlite3_close_v2(sql->db);
    *sql = (struct sql){ .name = sql->name };
}

struct span sql_column_span(sqlite3_stmt *statement, int column)
{
    const char *data = sqlite3_column_blob(statement, column);

    return (struct span){ data ? data : "", (size_t)sqlite3_column_bytes(statement, column) };
}

struct hash sql_column_hash(sqlite3_stmt *statement, int column)
{
    struct span bytes = sql_column_span(statement, column);
    struct hash hash = { 0 };

    if (bytes.len == HASH_BYTES)
        memcpy(hash.bytes, bytes.data, HASH_BYTES);
    return hash;
}
