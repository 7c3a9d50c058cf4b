#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "index/internal.h"
#include "index/retain.h"

#define BACKUP_STEP_PAGES 4096

static enum status copy_pages(struct index *index, struct sql *copy, struct error *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(copy->db, "main", index->sql.db, "main");
    int code = SQLITE_OK;

    if (!backup)
        return sql_error(copy, "write", err);
    do {
        code = sqlite3_backup_step(backup, BACKUP_STEP_PAGES);
    } while (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED);
    code = sqlite3_backup_finish(backup);
    return code == SQLITE_OK ? STATUS_OK : sql_error(copy, "write", err);
}

static enum status check_copy(struct sql *copy, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = false;
    enum status status = sql_open(copy, "PRAGMA integrity_check(1)", NULL, &row, err);

    if (!status)
        status = sql_step(copy, row, &has_row, err);
    if (status)
        return status;
    if (!has_row || sql_column_span(row, 0).len != 2)
        return error_set(err, STATUS_CORRUPT, "the copy '%s' fails SQLite's check", copy->name);
    return STATUS_OK;
}

static enum status write_copy(struct index *index, const char *path, struct error *err)
{
    struct sql copy = { .name = path };
    enum status status;

    if (sqlite3_open_v2(path, &copy.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
        SQLITE_OK)
        status = error_set(err, STATUS_IO, "cannot create '%s'", path);
    else
        status = copy_pages(index, &copy, err);
    /* One file, with no log beside it, whatever the original's mode is. */
    if (!status)
        status = sql_script(&copy, "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA", err);
    /* No scan file goes with it: the first writer builds one, until then vectors are compared. */
    if (!status)
        status = sql_script(&copy, "DELETE FROM scan", err);
    if (!status)
        status = check_copy(&copy, err);
    sql_release(&copy);
    return status;
}

static enum status sync_file(const char *path, struct error *err)
{
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fsync(fd) != 0)
        return error_set_errno(err, STATUS_IO, "cannot sync '%s'", path);
    return STATUS_OK;
}

enum status index_backup(struct index *index, const char *folder, struct error *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)OS_PATH_MAX * 2);
    CLEANUP(buf_release) struct buf part = BUF_INIT((size_t)OS_PATH_MAX * 2);
    enum status status = os_make_folders(folder, 0700, err);

    buf_printf(&path, "%s/index.db", folder);
    buf_printf(&part, "%s/index.db.part", folder);
    if (!status)
        status = buf_status(&part, err);
    if (status)
        return status;
    (void)unlink(part.data);
    status = write_copy(index, part.data, err);
    if (!status)
        status = sync_file(part.data, err);
    if (!status && rename(part.data, path.data) != 0)
        status = error_set_errno(err, STATUS_IO, "cannot rename '%s'", part.data);
    if (!status)
        status = os_sync_folder(folder, err);
    if (status)
        (void)unlink(part.data);
    return status;
}
