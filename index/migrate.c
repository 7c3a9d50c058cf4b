#include "index/migrate.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "base/os.h"
#include "index/texts.h"

#define MIGRATION_SIZES 3u /* of the database, free */

/* Version 1 was the first. To add one: raise INDEX_SCHEMA_VERSION, change the tables in schema.c
 * for new databases, and put here what makes an old one the same. */
static const struct migration migrations[] = {
    { 2,
      "ALTER TABLE waiting ADD COLUMN token_count INTEGER NOT NULL DEFAULT 0;"
      "CREATE TABLE cost(model_id INTEGER NOT NULL, day INTEGER NOT NULL,"
      " embedded_texts INTEGER NOT NULL, embedded_tokens INTEGER NOT NULL,"
      " reused_texts INTEGER NOT NULL, reused_tokens INTEGER NOT NULL,"
      " PRIMARY KEY(model_id, day)) WITHOUT ROWID",
      NULL },
    { 3, NULL, migrate_to_3 },
    /* 0: made by a tokenizer that is not known, so made again. */
    { 4, "ALTER TABLE state ADD COLUMN tokenizer_version INTEGER NOT NULL DEFAULT 0", NULL },
    /* English, as all words were stemmed before, until a document is read again. */
    { 5,
      "ALTER TABLE revision ADD COLUMN stemmer TEXT NOT NULL DEFAULT 'en';"
      "CREATE INDEX revision_stemmer ON revision(stemmer) WHERE died IS NULL",
      NULL },
    { 6, NULL, migrate_to_6 },
};

static enum status run_steps(struct index *index, const struct migration *steps, size_t count,
                             int64_t version, int wanted, struct error *err)
{
    struct sql *sql = &index->sql;
    char pragma[64];
    enum status status = STATUS_OK;

    for (size_t i = 0; i < count && !status; i++) {
        if (steps[i].version <= version)
            continue;
        if (steps[i].version != version + 1)
            break;
        if (steps[i].script)
            status = sql_script(sql, steps[i].script, err);
        if (!status && steps[i].run)
            status = steps[i].run(index, err);
        version++;
    }
    if (!status && version != wanted)
        return error_set(err, STATUS_UNSUPPORTED,
                         "'%s' has schema %d, and no step leads from there to %d", sql->name,
                         (int)version, wanted);
    (void)snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", wanted);
    return status ? status : sql_script(sql, pragma, err);
}

/* A transaction that rewrites much of the database leaves all of it in the log, and then in the
 * database beside what was there; and the copy. Said before anything is written. */
static enum status require_room(struct index *index, int version, struct error *err)
{
    struct file_stamp stamp;
    struct statvfs fs;
    uint64_t wanted, is_free;
    enum status status = os_stamp_at(AT_FDCWD, index->database_path, &stamp, err);

    if (status)
        return status;
    if (statvfs(index->folder, &fs) != 0)
        return error_set_errno(err, STATUS_IO, "cannot look at '%s'", index->folder);
    wanted = MIGRATION_SIZES * stamp.size;
    is_free = (uint64_t)fs.f_bavail * fs.f_frsize;
    if (is_free >= wanted)
        return STATUS_OK;
    return error_set(err, STATUS_IO,
                     "'%s' is of an older varve (schema %d): bringing it up to date takes up to "
                     "%llu MB on its disk, which has %llu MB; nothing is changed",
                     index->sql.name, version, (unsigned long long)(wanted / 1000000 + 1),
                     (unsigned long long)(is_free / 1000000));
}

enum status migrate_with(struct index *index, const struct migration *steps, size_t count,
                         int wanted, struct error *err)
{
    struct sql *sql = &index->sql;
    int64_t version = 0;
    char name[64];
    enum status status = sql_read_integer(sql, "PRAGMA user_version", NULL, 0, &version, err);

    if (status || version == wanted)
        return status;
    if (index->mode != INDEX_WRITE)
        return error_set(err, STATUS_UNSUPPORTED,
                         "'%s' was written by an older varve (schema %d, this one has %d): 'varve "
                         "sync' or 'varve run' brings it up to date",
                         sql->name, (int)version, wanted);
    (void)snprintf(name, sizeof(name), "index.db.schema-%d", (int)version);
    status = require_room(index, (int)version, err);
    if (!status)
        status = index_copy_into(index, index->folder, name, err);
    if (!status)
        status = sql_script(sql, "BEGIN EXCLUSIVE", err);
    if (status)
        return status;
    status = run_steps(index, steps, count, version, wanted, err);
    if (!status)
        return sql_script(sql, "COMMIT", err);
    texts_rollback(index);
    (void)sqlite3_exec(sql->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

enum status migrate(struct index *index, struct error *err)
{
    return migrate_with(index, migrations, sizeof(migrations) / sizeof(migrations[0]),
                        INDEX_SCHEMA_VERSION, err);
}
