#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index/aside.h"
#include "index/internal.h"
#include "index/overlay.h"
#include "index/questions.h"
#include "index/retain.h"
#include "ingest/store.h"

#define BUSY_TRIES    500
#define BUSY_PAUSE_US 10000

/* In one step, so of one moment: a reader's view, which keeps no writer waiting. */
static enum status copy_pages(struct index *index, struct sql *copy, struct error *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(copy->db, "main", index->sql.db, "main");
    int code = SQLITE_OK;

    if (!backup)
        return sql_error(copy, "write", err);
    for (int tries = 0; tries < BUSY_TRIES; tries++) {
        code = sqlite3_backup_step(backup, -1);
        if (code != SQLITE_BUSY && code != SQLITE_LOCKED)
            break;
        (void)usleep(BUSY_PAUSE_US);
    }
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

/* No scan file goes with it: the first writer builds one, until then vectors are compared. */
static enum status finish_copy(struct sql *copy, struct error *err)
{
    enum status status = sql_script(copy, "DELETE FROM scan", err);

    return status ? status : check_copy(copy, err);
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
    if (!status)
        status = finish_copy(&copy, err);
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

/* ---- has anything been written since? ---- */

#define STAMP_FILE     "backup.stamp"
#define STAMP_AGE_MS   2000 /* a write within the clock's tick may leave the time as it is */
#define STAMP_TEXT_MAX ((size_t)1024)

static enum status append_file_stamp(const char *path, const char *behind, struct buf *out,
                                     int64_t *newest_ms, struct error *err)
{
    CLEANUP(buf_release) struct buf file = BUF_INIT((size_t)OS_PATH_MAX * 2);
    struct file_stamp stamp = { 0 };

    buf_printf(&file, "%s%s", path, behind);
    if (buf_status(&file, err))
        return STATUS_LIMIT;
    if (os_stamp_at(AT_FDCWD, file.data, &stamp, NULL) != STATUS_OK && !*behind)
        return error_set_errno(err, STATUS_IO, "cannot look at '%s'", file.data);
    /* A log without content is as good as none: who opens the database makes one. */
    if (stamp.size == 0)
        stamp = (struct file_stamp){ 0 };
    buf_printf(out, "%llu %llu %llu %lld\n", (unsigned long long)stamp.device,
               (unsigned long long)stamp.inode, (unsigned long long)stamp.size,
               (long long)stamp.mtime_ns);
    if (stamp.mtime_ns / 1000000 > *newest_ms)
        *newest_ms = stamp.mtime_ns / 1000000;
    return buf_status(out, err);
}

/* Of the files that every commit writes to. *is_old: no later write can look the same. */
static enum status read_stamp(const struct index *index, struct buf *out, bool *is_old,
                              struct error *err)
{
    int64_t newest_ms = 0;
    enum status status;

    buf_printf(out, "%s\n", index->uuid);
    status = append_file_stamp(index->database_path, "", out, &newest_ms, err);
    if (!status)
        status = append_file_stamp(index->database_path, "-wal", out, &newest_ms, err);
    *is_old = os_wall_ms() - newest_ms > STAMP_AGE_MS;
    return status;
}

static bool is_copy_of(const char *folder, const char *copy, struct span stamp)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)OS_PATH_MAX * 2);
    CLEANUP(buf_release) struct buf text = BUF_INIT(STAMP_TEXT_MAX);

    buf_printf(&path, "%s/" STAMP_FILE, folder);
    return access(copy, F_OK) == 0 && os_read_file(path.data, &text, NULL) == STATUS_OK &&
           text.len == stamp.len && memcmp(text.data, stamp.data, stamp.len) == 0;
}

static enum status check_file(const char *path, struct error *err)
{
    struct sql copy = { .name = path };
    enum status status;

    if (sqlite3_open_v2(path, &copy.db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        status = sql_error(&copy, "open", err);
    else
        status = check_copy(&copy, err);
    sql_release(&copy);
    return status;
}

/* ---- a backup ---- */

enum status index_copy_into(struct index *index, const char *folder, const char *name,
                            struct error *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)OS_PATH_MAX * 2);
    CLEANUP(buf_release) struct buf part = BUF_INIT((size_t)OS_PATH_MAX * 2);
    enum status status;

    buf_printf(&path, "%s/%s", folder, name);
    buf_printf(&part, "%s/%s.part", folder, name);
    status = buf_status(&part, err);
    if (status)
        return status;
    (void)unlink(part.data);
    status = sql_make_private(part.data, err);
    if (!status)
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

/* ---- over an older one ---- */

/* As one file, whatever was done to it since: a write that was cut short is taken back, a log is
 * brought in. STATUS_CORRUPT: it is no database any more. The connection has a RESERVED lock. */
static enum status open_base(const char *path, struct sql *base, uint32_t *page_bytes,
                             struct error *err)
{
    int64_t bytes = 0, has_log = 1;
    enum status status;

    base->name = path;
    if (sqlite3_open_v2(path, &base->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        return sql_error(base, "open", err);
    (void)sqlite3_busy_timeout(base->db, BUSY_TRIES * (BUSY_PAUSE_US / 1000));
    status = sql_script(base, "PRAGMA journal_mode = DELETE; BEGIN IMMEDIATE", err);
    if (!status)
        status = sql_read_integer(base, "SELECT journal_mode <> 'delete' FROM pragma_journal_mode",
                                  NULL, 0, &has_log, err);
    if (!status && has_log)
        status = error_set(err, STATUS_BUSY, "'%s' is being used", path);
    if (!status)
        status = sql_read_integer(base, "PRAGMA page_size", NULL, 0, &bytes, err);
    *page_bytes = (uint32_t)bytes;
    return status;
}

static enum status write_overlay(struct index *index, struct overlay *overlay, struct error *err)
{
    struct sql copy = { .name = "the copy" };
    enum status status = overlay_open(overlay, &copy, err);

    if (!status)
        status = copy_pages(index, &copy, err);
    sql_release(&copy);
    copy = (struct sql){ .name = "the copy" };
    if (!status)
        status = overlay_open(overlay, &copy, err);
    if (!status)
        status = finish_copy(&copy, err);
    sql_release(&copy);
    return status;
}

static enum status apply_overlay(struct overlay *overlay, struct sql *base, const char *folder,
                                 struct error *err)
{
    int64_t before = 0, after = 0;
    enum status status = sql_read_integer(base, "PRAGMA data_version", NULL, 0, &before, err);

    if (!status)
        status = sql_script(base, "COMMIT; BEGIN EXCLUSIVE", err);
    if (!status)
        status = sql_read_integer(base, "PRAGMA data_version", NULL, 0, &after, err);
    if (!status && before != after)
        status = error_set(err, STATUS_BUSY, "'%s' was written to meanwhile", base->name);
    return status ? status : overlay_apply(overlay, folder, err);
}

/* *is_done stays false when there is nothing to compare with: then all of it is copied. */
static enum status copy_changes(struct index *index, const char *folder, const char *path,
                                struct backup_report *out, bool *is_done, struct error *err)
{
    CLEANUP(buf_release) struct buf part = BUF_INIT((size_t)OS_PATH_MAX * 2);
    struct overlay *overlay = NULL;
    struct sql base = { .name = path };
    int64_t wanted_bytes = 0;
    uint32_t page_bytes = 0;
    enum status status;

    if (access(path, F_OK) != 0)
        return STATUS_OK;
    status = open_base(path, &base, &page_bytes, err);
    if (!status)
        status = sql_read_integer(&index->sql, "PRAGMA page_size", NULL, 0, &wanted_bytes, err);
    if (status == STATUS_CORRUPT || (!status && page_bytes != wanted_bytes)) {
        sql_release(&base);
        return STATUS_OK;
    }
    buf_printf(&part, "%s.part", path);
    if (!status)
        status = buf_status(&part, err);
    if (!status)
        status = overlay_new(path, part.data, page_bytes, &overlay, err);
    if (!status)
        status = write_overlay(index, overlay, err);
    if (!status)
        status = apply_overlay(overlay, &base, folder, err);
    if (!status) {
        out->pages = overlay_pages(overlay);
        out->changed_pages = overlay_changed_pages(overlay);
        *is_done = true;
    }
    sql_release(&base);
    overlay_free(overlay); /* behind the connection, whose locks its descriptor would drop */
    return status;
}

/* What SQLite would take for a part of the file that comes in place of the one there. */
static enum status remove_logs(const char *folder, const char *path, struct error *err)
{
    static const char *const endings[] = { "-wal", "-shm", "-journal" };

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        CLEANUP(buf_release) struct buf log = BUF_INIT((size_t)OS_PATH_MAX * 2);

        buf_printf(&log, "%s%s", path, endings[i]);
        if (buf_status(&log, err))
            return STATUS_LIMIT;
        if (unlink(log.data) != 0 && errno != ENOENT)
            return error_set_errno(err, STATUS_IO, "cannot remove '%s'", log.data);
    }
    return os_sync_folder(folder, err);
}

static enum status copy_all(struct index *index, const char *folder, const char *path,
                            struct backup_report *out, struct error *err)
{
    int64_t pages = 0;
    enum status status = remove_logs(folder, path, err);

    if (!status)
        status = index_copy_into(index, folder, "index.db", err);
    if (!status)
        status = sql_read_integer(&index->sql, "PRAGMA page_count", NULL, 0, &pages, err);
    out->pages = out->changed_pages = (uint64_t)pages;
    return status;
}

/* Of a backup that was opened as a knowledge base; no other has a lock. */
static enum status lock_if_served(const char *folder, int *out_fd, struct error *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)OS_PATH_MAX * 2);

    buf_printf(&path, "%s/lock", folder);
    if (buf_status(&path, err))
        return STATUS_LIMIT;
    return access(path.data, F_OK) == 0 ? index_take_lock(folder, out_fd, err) : STATUS_OK;
}

/* Under whatever name. */
static enum status refuse_itself(const struct index *index, const char *folder, struct error *err)
{
    struct stat here, there;

    if (stat(index->folder, &here) < 0 || stat(folder, &there) < 0 || here.st_dev != there.st_dev ||
        here.st_ino != there.st_ino)
        return STATUS_OK;
    return error_set(err, STATUS_UNSUPPORTED, "'%s' is the knowledge base itself", folder);
}

enum status index_backup(struct index *index, const char *folder, struct backup_report *out,
                         struct error *err)
{
    CLEANUP(buf_release) struct buf copy = BUF_INIT((size_t)OS_PATH_MAX * 2);
    CLEANUP(buf_release) struct buf stamp_path = BUF_INIT((size_t)OS_PATH_MAX * 2);
    CLEANUP(buf_release) struct buf stamp = BUF_INIT(STAMP_TEXT_MAX);
    CLEANUP(close_fd) int lock = -1;
    bool is_old = false, is_done = false;
    enum status status = refuse_itself(index, folder, err);

    *out = (struct backup_report){ 0 };
    if (!status)
        status = os_make_folders(folder, 0700, err);
    buf_printf(&copy, "%s/index.db", folder);
    buf_printf(&stamp_path, "%s/" STAMP_FILE, folder);
    if (!status)
        status = buf_status(&stamp_path, err);
    if (!status)
        status = read_stamp(index, &stamp, &is_old, err);
    if (status)
        return status;
    /* One that is damaged is made again. */
    if (is_old && is_copy_of(folder, copy.data, buf_span(&stamp)) &&
        check_file(copy.data, NULL) == STATUS_OK) {
        out->is_unchanged = true;
        return STATUS_OK;
    }
    /* One that is searched as it lies holds the lock, and relies on pages that nobody writes. */
    status = lock_if_served(folder, &lock, err);
    if (status)
        return status;
    (void)unlink(stamp_path.data);
    status = copy_changes(index, folder, copy.data, out, &is_done, err);
    if (!status && !is_done)
        status = copy_all(index, folder, copy.data, out, err);
    if (!status && is_old)
        status = os_replace_file(stamp_path.data, buf_span(&stamp), 0600, err);
    return status;
}

/* ---- putting one in place ---- */

#define RESTORED_NAME "restored.db"

/* Before it gets its name: what was given out since the backup is not known any more. */
static enum status make_another(const char *path, struct error *err)
{
    struct sql sql = { .name = path };
    char uuid[37];
    enum status status = index_make_uuid(uuid, err);

    if (status)
        return status;
    if (sqlite3_open_v2(path, &sql.db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        status = sql_error(&sql, "open", err);
    if (!status)
        status = sql_script(&sql, "PRAGMA synchronous = EXTRA; BEGIN", err);
    if (!status)
        status = sql_run(&sql, "UPDATE state SET uuid = ?",
                         SQL_VALUES(sql_text((struct span){ uuid, 36 })), err);
    if (!status)
        status = sql_script(&sql, "DELETE FROM consumer; COMMIT", err);
    sql_release(&sql);
    return status;
}

/* Builds the scan file, so that the first search finds by vectors, too. */
static enum status open_once(const char *folder, struct error *err)
{
    struct index *index = NULL;
    struct store *store = NULL;
    enum status status = index_open(folder, INDEX_WRITE, &index, err);

    if (!status)
        status = index_store_new(index, &store, err);
    if (store)
        store->ops->free(store);
    index_free(index);
    return status;
}

/* The database that is there as one file: so that another can come in its place in one step, with
 * no log beside it that is not its own. What can't be opened goes with its log. */
static enum status bring_in_log(const char *folder, const char *path, struct error *err)
{
    struct index *index = NULL;
    struct error problem;
    int64_t is_busy = 0;
    enum status status;

    if (access(path, F_OK) != 0)
        return STATUS_OK;
    status = index_open(folder, INDEX_WRITE, &index, &problem);
    if (!status)
        status = sql_read_integer(&index->sql, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, 0, &is_busy,
                                  &problem);
    index_free(index);
    if (!status && is_busy)
        return error_set(err, STATUS_BUSY, "a search holds '%s': try again", path);
    if (status == STATUS_CORRUPT || status == STATUS_UNSUPPORTED)
        return STATUS_OK;
    if (status && err)
        *err = problem;
    return status;
}

static enum status put_in_place(const char *folder, struct buf *aside, struct error *err)
{
    static const char *const names[] = { "index.db", "scan-", QUESTIONS_NAME, NULL };
    CLEANUP(buf_release) struct buf from = BUF_INIT((size_t)OS_PATH_MAX * 2);
    CLEANUP(buf_release) struct buf to = BUF_INIT((size_t)OS_PATH_MAX * 2);
    enum status status;

    buf_printf(&from, "%s/" RESTORED_NAME, folder);
    buf_printf(&to, "%s/index.db", folder);
    status = buf_status(&from, err);
    if (!status)
        status = make_another(from.data, err);
    if (!status)
        status = bring_in_log(folder, to.data, err);
    /* There is a database at every moment. */
    if (!status)
        status = aside_move(folder, names, true, aside, err);
    /* Before the database that gives their ids out again, to other documents. */
    if (!status)
        status = aside_remove(folder, names + 2, err);
    if (!status && rename(from.data, to.data) != 0)
        status = error_set_errno(err, STATUS_IO, "cannot rename '%s'", from.data);
    if (!status)
        status = aside_remove(folder, names + 1, err); /* and the folder is synced */
    if (status)
        (void)unlink(from.data);
    return status ? status : open_once(folder, err);
}

enum status index_restore(const char *backup, const char *folder, bool is_forced, struct buf *aside,
                          struct error *err)
{
    CLEANUP(index_free_ptr) struct index *index = NULL;
    CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)OS_PATH_MAX * 2);
    int64_t pid = index_writer_pid(folder);
    enum status status;

    buf_printf(&path, "%s/index.db", folder);
    status = buf_status(&path, err);
    if (status)
        return status;
    if (pid)
        return error_set(err, STATUS_BUSY, "process %lld is writing to '%s'", (long long)pid,
                         folder);
    status = index_open(backup, INDEX_READ, &index, err);
    if (!status && !is_forced && access(path.data, F_OK) == 0)
        status = error_set(err, STATUS_UNSUPPORTED,
                           "there is a knowledge base in '%s': --force moves it aside", folder);
    if (!status)
        status = os_make_folders(folder, 0700, err);
    if (!status)
        status = index_copy_into(index, folder, RESTORED_NAME, err);
    return status ? status : put_in_place(folder, aside, err);
}
