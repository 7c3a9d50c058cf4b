#include "index/questions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/os.h"
#include "base/utf8.h"
#include "index/internal.h"

#define BUSY_TIMEOUT_MS 2000
#define MS_PER_DAY      ((int64_t)24 * 60 * 60 * 1000)
#define SCHEMA_VERSION  1

struct question_log {
    struct sql sql;
    char *path;
    struct question_hit hits[QUESTION_HITS_MAX]; /* of the question that is lent */
};

#define WEAK_COVERAGE 0.5

static const char tables[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS question("
    " question_id INTEGER PRIMARY KEY AUTOINCREMENT, asked_ms INTEGER NOT NULL,"
    " asker INTEGER NOT NULL, generation INTEGER NOT NULL, text BLOB NOT NULL,"
    " filter BLOB NOT NULL, coverage REAL NOT NULL, verdict INTEGER NOT NULL DEFAULT 0,"
    " answer BLOB NOT NULL DEFAULT x'');"
    "CREATE INDEX IF NOT EXISTS question_asked ON question(asked_ms);"
    "CREATE TABLE IF NOT EXISTS hit("
    " question_id INTEGER NOT NULL, rank INTEGER NOT NULL, document_id INTEGER NOT NULL,"
    " segment_id INTEGER NOT NULL, score REAL NOT NULL, verdict INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY(question_id, rank)) WITHOUT ROWID;"
    "PRAGMA user_version = 1;"
    "COMMIT";

static enum status open_file(struct question_log *log, bool is_new, struct error *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                (is_new ? SQLITE_OPEN_CREATE : 0);
    int64_t version = 0;
    enum status status;

    log->sql.name = log->path;
    if (sqlite3_open_v2(log->path, &log->sql.db, flags, NULL) != SQLITE_OK)
        return log->sql.db ? sql_error(&log->sql, "open", err)
                           : error_set(err, STATUS_NO_MEMORY, "no memory for '%s'", log->path);
    (void)sqlite3_busy_timeout(log->sql.db, BUSY_TIMEOUT_MS);
    (void)sqlite3_db_config(log->sql.db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    status = sql_script(&log->sql,
                        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                        "PRAGMA secure_delete = ON",
                        err);
    if (!status)
        status = sql_read_integer(&log->sql, "PRAGMA user_version", NULL, 0, &version, err);
    if (!status && version > SCHEMA_VERSION)
        return error_set(err, STATUS_UNSUPPORTED, "'%s' was written by a newer varve", log->path);
    return status || version ? status : sql_script(&log->sql, tables, err);
}

/* Or may not look: then opening says why. */
static bool has_index(const char *folder)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)OS_PATH_MAX * 2);

    buf_printf(&path, "%s/index.db", folder);
    return path.failed || access(path.data, F_OK) == 0 || errno != ENOENT;
}

enum status question_log_open(const char *folder, bool is_new, struct question_log **out,
                              struct error *err)
{
    CLEANUP(question_log_free_ptr) struct question_log *log = calloc(1, sizeof(*log));
    enum status status;

    if (!log || asprintf(&log->path, "%s/" QUESTIONS_NAME, folder) < 0)
        return error_set(err, STATUS_NO_MEMORY, "no memory for the questions");
    if (!is_new && !has_index(folder))
        return error_set(err, STATUS_UNREADABLE, "there is no knowledge base in '%s'", folder);
    if (!is_new && access(log->path, F_OK) != 0)
        return error_set(err, STATUS_UNREADABLE,
                         "no questions were kept: 'log = yes' in [learning] of varve.conf keeps "
                         "them from now on");
    status = is_new ? sql_make_private(log->path, err) : STATUS_OK;
    if (!status)
        status = open_file(log, is_new, err);
    if (!status)
        *out = TAKE(log);
    return status;
}

void question_log_free(struct question_log *log)
{
    if (!log)
        return;
    sql_release(&log->sql);
    free(log->path);
    free(log);
}

enum failure question_failure(const struct question *question)
{
    bool has_bad = false;

    for (size_t i = 0; i < question->hit_count; i++) {
        if (question->hits[i].verdict == VERDICT_GOOD)
            return FAILURE_NONE;
        has_bad |= question->hits[i].verdict == VERDICT_BAD;
    }
    if (question->verdict == VERDICT_BAD)
        return FAILURE_TOLD;
    if (has_bad)
        return FAILURE_BAD;
    if (question->hit_count == 0)
        return FAILURE_NOTHING;
    return question->coverage < WEAK_COVERAGE ? FAILURE_WEAK : FAILURE_NONE;
}

enum status question_log_begin(struct question_log *log, struct error *err)
{
    return sql_run(&log->sql, "BEGIN IMMEDIATE", NULL, err);
}

enum status question_log_end(struct question_log *log, enum status status, struct error *err)
{
    if (!status)
        status = sql_run(&log->sql, "COMMIT", NULL, err);
    if (status && !sqlite3_get_autocommit(log->sql.db))
        (void)sqlite3_exec(log->sql.db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static enum status put_hits(struct question_log *log, const struct question *question, int64_t id,
                            struct error *err)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < question->hit_count && i < QUESTION_HITS_MAX && !status; i++)
        status = sql_run(&log->sql,
                         "INSERT INTO hit(question_id, rank, document_id, segment_id, score)"
                         " VALUES(?, ?, ?, ?, ?)",
                         SQL_VALUES(sql_integer(id), sql_integer((int64_t)i + 1),
                                    sql_integer(question->hits[i].document_id),
                                    sql_integer(question->hits[i].segment_id),
                                    sql_real(question->hits[i].score)),
                         err);
    return status;
}

/* Those from one id to another, and those asked before. */
static enum status drop(struct question_log *log, int64_t first_id, int64_t last_id,
                        int64_t before_ms, struct error *err)
{
    enum status status = sql_run(
        &log->sql,
        "DELETE FROM hit WHERE question_id IN (SELECT question_id FROM question"
        " WHERE question_id BETWEEN ?1 AND ?2 OR asked_ms < ?3)",
        SQL_VALUES(sql_integer(first_id), sql_integer(last_id), sql_integer(before_ms)), err);

    if (status)
        return status;
    return sql_run(
        &log->sql, "DELETE FROM question WHERE question_id BETWEEN ?1 AND ?2 OR asked_ms < ?3",
        SQL_VALUES(sql_integer(first_id), sql_integer(last_id), sql_integer(before_ms)), err);
}

enum status question_log_put(struct question_log *log, const struct question *question,
                             int64_t kept_count, int64_t kept_days, int64_t *question_id,
                             struct error *err)
{
    struct span text = question->text;
    enum status status = question_log_begin(log, err);

    if (text.len > QUESTION_BYTES_MAX)
        text.len = QUESTION_BYTES_MAX;
    while (!utf8_is_boundary(question->text, text.len))
        text.len--;
    if (!status)
        status = sql_run(&log->sql,
                         "INSERT INTO question(asked_ms, asker, generation, text, filter, coverage)"
                         " VALUES(?, ?, ?, ?, ?, ?)",
                         SQL_VALUES(sql_integer(question->asked_ms), sql_integer(question->asker),
                                    sql_integer(question->generation), sql_blob(text),
                                    sql_blob(question->filter), sql_real(question->coverage)),
                         err);
    *question_id = sqlite3_last_insert_rowid(log->sql.db);
    if (!status)
        status = put_hits(log, question, *question_id, err);
    if (!status)
        status = drop(log, 0, *question_id - kept_count,
                      kept_days ? question->asked_ms - kept_days * MS_PER_DAY : 0, err);
    return question_log_end(log, status, err);
}

enum status question_log_newest(struct question_log *log, int64_t asker, int64_t *question_id,
                                struct error *err)
{
    return sql_read_integer(&log->sql, "SELECT max(question_id) FROM question WHERE asker = ?",
                            SQL_VALUES(sql_integer(asker)), 0, question_id, err);
}

static enum status require_change(struct question_log *log, int64_t question_id, uint32_t rank,
                                  struct error *err)
{
    if (sqlite3_changes64(log->sql.db) > 0)
        return STATUS_OK;
    return rank ? error_set(err, STATUS_UNREADABLE, "question %lld has no hit %u",
                            (long long)question_id, rank)
                : error_set(err, STATUS_UNREADABLE, "there is no question %lld",
                            (long long)question_id);
}

enum status question_log_judge(struct question_log *log, int64_t question_id, uint32_t rank,
                               enum verdict verdict, struct error *err)
{
    enum status status;

    if (rank)
        status = sql_run(
            &log->sql, "UPDATE hit SET verdict = ? WHERE question_id = ? AND rank = ?",
            SQL_VALUES(sql_integer(verdict), sql_integer(question_id), sql_integer(rank)), err);
    else
        status = sql_run(&log->sql, "UPDATE question SET verdict = ? WHERE question_id = ?",
                         SQL_VALUES(sql_integer(verdict), sql_integer(question_id)), err);
    return status ? status : require_change(log, question_id, rank, err);
}

enum status question_log_answer(struct question_log *log, int64_t question_id, struct span answer,
                                struct error *err)
{
    enum status status;

    if (answer.len > ANSWER_BYTES_MAX)
        return error_set(err, STATUS_LIMIT, "an answer has at most %zu bytes", ANSWER_BYTES_MAX);
    status = sql_run(&log->sql, "UPDATE question SET answer = ? WHERE question_id = ?",
                     SQL_VALUES(sql_blob(answer), sql_integer(question_id)), err);
    return status ? status : require_change(log, question_id, 0, err);
}

static enum verdict verdict_of(int64_t value)
{
    return value > 0 ? VERDICT_GOOD : value < 0 ? VERDICT_BAD : VERDICT_NONE;
}

static enum status read_hits(struct question_log *log, struct question *question, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status = sql_open(&log->sql,
                                  "SELECT document_id, segment_id, score, verdict FROM hit"
                                  " WHERE question_id = ? ORDER BY rank",
                                  SQL_VALUES(sql_integer(question->question_id)), &row, err);

    question->hits = log->hits;
    question->hit_count = 0;
    while (!status && question->hit_count < QUESTION_HITS_MAX) {
        status = sql_step(&log->sql, row, &has_row, err);
        if (status || !has_row)
            break;
        log->hits[question->hit_count++] =
            (struct question_hit){ .document_id = sqlite3_column_int64(row, 0),
                                   .segment_id = sqlite3_column_int64(row, 1),
                                   .score = sqlite3_column_double(row, 2),
                                   .verdict = verdict_of(sqlite3_column_int64(row, 3)) };
    }
    return status;
}

enum status question_log_each(struct question_log *log, int64_t since_ms, question_fn *fn,
                              void *user, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status =
        sql_open(&log->sql,
                 "SELECT question_id, asked_ms, asker, generation, text, filter, coverage, verdict,"
                 " answer FROM question WHERE asked_ms >= ? ORDER BY question_id DESC",
                 SQL_VALUES(sql_integer(since_ms)), &row, err);

    while (!status) {
        struct question question;

        status = sql_step(&log->sql, row, &has_row, err);
        if (status || !has_row)
            break;
        question = (struct question){ .question_id = sqlite3_column_int64(row, 0),
                                      .asked_ms = sqlite3_column_int64(row, 1),
                                      .asker = sqlite3_column_int64(row, 2),
                                      .generation = sqlite3_column_int64(row, 3),
                                      .text = sql_column_span(row, 4),
                                      .filter = sql_column_span(row, 5),
                                      .coverage = sqlite3_column_double(row, 6),
                                      .verdict = verdict_of(sqlite3_column_int64(row, 7)),
                                      .answer = sql_column_span(row, 8) };
        status = read_hits(log, &question, err);
        if (!status)
            status = fn(user, &question, err);
    }
    return status;
}

/* What was deleted is in the write-ahead log, too. */
static enum status empty_log(struct question_log *log, struct error *err)
{
    return sql_run(&log->sql, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, err);
}

enum status question_log_forget(struct question_log *log, int64_t question_id, int64_t before_ms,
                                uint64_t *count, struct error *err)
{
    enum status status = question_log_begin(log, err);

    if (!status)
        status = drop(log, question_id, question_id, before_ms, err);
    *count = status ? 0 : (uint64_t)sqlite3_changes64(log->sql.db);
    status = question_log_end(log, status, err);
    return status ? status : empty_log(log, err);
}

static enum status forget_document(struct question_log *log, int64_t document_id, uint64_t *count,
                                   struct error *err)
{
    enum status status = sql_run(&log->sql,
                                 "DELETE FROM question WHERE question_id IN"
                                 " (SELECT question_id FROM hit WHERE document_id = ?)",
                                 SQL_VALUES(sql_integer(document_id)), err);

    if (!status)
        *count += (uint64_t)sqlite3_changes64(log->sql.db);
    return status ? status
                  : sql_run(&log->sql,
                            "DELETE FROM hit WHERE question_id NOT IN"
                            " (SELECT question_id FROM question)",
                            NULL, err);
}

static enum status forget_gone(struct question_log *log, struct index *index, uint64_t *count,
                               struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status =
        sql_open(&log->sql, "SELECT DISTINCT document_id FROM hit", NULL, &row, err);

    while (!status) {
        int64_t document_id, is_there = 0;

        status = sql_step(&log->sql, row, &has_row, err);
        if (status || !has_row)
            break;
        document_id = sqlite3_column_int64(row, 0);
        status = sql_read_integer(&index->sql, "SELECT 1 FROM document WHERE document_id = ?",
                                  SQL_VALUES(sql_integer(document_id)), 0, &is_there, err);
        if (!status && !is_there)
            status = forget_document(log, document_id, count, err);
    }
    return status;
}

enum status questions_forget_erased(struct index *index, uint64_t *count, struct error *err)
{
    CLEANUP(question_log_free_ptr) struct question_log *log = NULL;
    struct error problem;
    enum status status = question_log_open(index->folder, false, &log, &problem);

    *count = 0;
    if (status)
        return status == STATUS_UNREADABLE ? STATUS_OK : error_set(err, status, "%s", problem.text);
    status = question_log_begin(log, err);
    if (!status)
        status = forget_gone(log, index, count, err);
    status = question_log_end(log, status, err);
    return status ? status : empty_log(log, err);
}
