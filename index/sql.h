/*
 * sql.h - SQLite with our errors: cached statements, typed values, rows. Only for index/.
 */
#ifndef INDEX_SQL_H
#define INDEX_SQL_H

#include <sqlite3.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/hash.h"
#include "base/status.h"

#define SQL_STATEMENTS_MAX 256u

struct sql {
    sqlite3 *db;
    const char *name;             /* of the file, for messages; borrowed */
    struct fulltext_words *words; /* fulltext.c's; ends with db */
    /* Prepared once; found by the address of their text, which must be a literal. */
    struct sql_cached {
        const char *text;
        sqlite3_stmt *statement;
    } cached[SQL_STATEMENTS_MAX];
};

struct sql_value {
    enum { SQL_END, SQL_NULL, SQL_INTEGER, SQL_REAL, SQL_TEXT, SQL_BLOB } kind;
    int64_t integer;
    double real;
    struct span bytes; /* borrowed until the statement is closed */
};

/* For the values of a statement, in the order of its ?s; NULL instead when it has none. */
#define SQL_VALUES(...)                                                                            \
    (const struct sql_value[])                                                                     \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            .kind = SQL_END                                                                        \
        }                                                                                          \
    }

static inline struct sql_value sql_integer(int64_t value)
{
    return (struct sql_value){ .kind = SQL_INTEGER, .integer = value };
}

static inline struct sql_value sql_real(double value)
{
    return (struct sql_value){ .kind = SQL_REAL, .real = value };
}

static inline struct sql_value sql_blob(struct span value)
{
    return (struct sql_value){ .kind = SQL_BLOB, .bytes = value };
}

static inline struct sql_value sql_text(struct span value)
{
    return (struct sql_value){ .kind = SQL_TEXT, .bytes = value };
}

static inline struct sql_value sql_hash(const struct hash *hash)
{
    return (struct sql_value){ .kind = SQL_BLOB,
                               .bytes = { (const char *)hash->bytes, HASH_BYTES } };
}

static inline struct sql_value sql_null(void)
{
    return (struct sql_value){ .kind = SQL_NULL };
}

/* NULL in the database when there is none. */
static inline struct sql_value sql_acl(struct span acl)
{
    return acl.len > 0 ? sql_blob(acl) : sql_null();
}

/* Makes an empty file for its owner alone where there is none: SQLite would let everybody read it
 * who may look into the folder. Its other files get the rights of this one. */
NODISCARD enum status sql_make_private(const char *path, struct error *err);

/* What SQLite last said about db, as ours. doing is a phrase: "write", "read the feed". */
enum status sql_error(const struct sql *sql, const char *doing, struct error *err);

/* Lends a cached statement, reset and bound: give it back with sql_close(). text is a literal, and
 * must not be open already. */
NODISCARD enum status sql_open(struct sql *sql, const char *text, const struct sql_value *values,
                               sqlite3_stmt **out, struct error *err);
void sql_close(sqlite3_stmt **statement); /* resets; *statement NULL is fine */

/* The next row. */
NODISCARD enum status sql_step(struct sql *sql, sqlite3_stmt *statement, bool *has_row,
                               struct error *err);
/* Runs to the end and drops the rows. */
NODISCARD enum status sql_run(struct sql *sql, const char *text, const struct sql_value *values,
                              struct error *err);
/* The first column of the first row; otherwise when there is no row or it is NULL. */
NODISCARD enum status sql_read_integer(struct sql *sql, const char *text,
                                       const struct sql_value *values, int64_t otherwise,
                                       int64_t *out, struct error *err);
/* Several statements in one text, not cached. */
NODISCARD enum status sql_script(struct sql *sql, const char *text, struct error *err);
void sql_release(struct sql *sql); /* drops the statements and closes the database */

/* Appends the first column of each row, int64_t after int64_t: ids, so that what a running
 * statement would walk over may change. */
NODISCARD enum status sql_append_ids(struct sql *sql, const char *text,
                                     const struct sql_value *values, struct buf *ids,
                                     struct error *err);
size_t sql_id_count(const struct buf *ids);
int64_t sql_id_at(const struct buf *ids, size_t at);

/* Lent until the next step. */
struct span sql_column_span(sqlite3_stmt *statement, int column);
/* Zero when the column is no hash. */
struct hash sql_column_hash(sqlite3_stmt *statement, int column);

#endif
