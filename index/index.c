#include "index/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/statfs.h>
#include <sys/vfs.h>

#include "base/os.h"
#include "base/varint.h"
#include "index/checkpoint.h"
#include "index/fulltext_check.h"
#include "index/migrate.h"
#include "index/scan.h"
#include "index/texts.h"

#define SMB2_MAGIC 0xFE534D42
#define CIFS_MAGIC 0xFF534D42
#define FUSE_MAGIC 0x65735546

static enum status path_in(const char *folder, const char *name, char **out, struct error *err)
{
    if (asprintf(out, "%s/%s", folder, name) >= 0 && *out)
        return STATUS_OK;
    *out = NULL;
    return error_set(err, STATUS_NO_MEMORY, "no memory for a path");
}

static void free_text(char **text)
{
    free(*text);
}

/* WAL needs shared memory between all that have the database open: one machine. */
static enum status check_file_system(const char *folder, struct error *err)
{
    struct statfs fs;

    if (statfs(folder, &fs) != 0)
        return error_set_errno(err, STATUS_UNREADABLE, "cannot look at '%s'", folder);
    switch ((unsigned long)fs.f_type) {
    case NFS_SUPER_MAGIC:
    case SMB_SUPER_MAGIC:
    case SMB2_MAGIC:
    case CIFS_MAGIC:
    case FUSE_MAGIC:
    case AFS_SUPER_MAGIC:
    case V9FS_MAGIC:
    case CEPH_SUPER_MAGIC:
        return error_set(err, STATUS_UNSUPPORTED,
                         "'%s' is on a network file system: put the knowledge base on a local disk",
                         folder);
    default:
        return STATUS_OK;
    }
}

/* RFC 4122, section 4.4: random, version 4. */
enum status index_make_uuid(char out[37], struct error *err)
{
    uint8_t b[16];

    if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
        return error_set_errno(err, STATUS_IO, "no random numbers");
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    (void)snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                   b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
                   b[13], b[14], b[15]);
    return STATUS_OK;
}

/* path: as a name, or with SQLITE_OPEN_URI. */
static enum status open_path(struct index *index, const char *path, int flags, struct error *err)
{
    int code;

    index->sql.name = index->database_path;
    code = sqlite3_open_v2(path, &index->sql.db,
                           flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (!index->sql.db)
        return error_set(err, STATUS_NO_MEMORY, "no memory for '%s'", index->database_path);
    if (code != SQLITE_OK)
        return sql_error(&index->sql, "open", err);
    (void)sqlite3_busy_timeout(index->sql.db, INDEX_BUSY_MS);
    (void)sqlite3_db_config(index->sql.db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return fulltext_register(&index->sql, err);
}

static enum status open_database(struct index *index, int flags, struct error *err)
{
    return open_path(index, index->database_path, flags, err);
}

/* Reliability: with synchronous=NORMAL a power cut loses acknowledged commits. */
static const char writer_pragmas[] =
    "PRAGMA journal_mode = WAL;" /* a backup that was put in place has none */
    "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"
    "PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;"
    "PRAGMA journal_size_limit = 33554432"; /* twice what checkpoint.h lets it grow to */
/* A search reads most pages once: to keep all of them costs it more, in memory that is new to the
 * process, than to read a few again. */
static const char reader_pragmas[] =
    "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
    "PRAGMA mmap_size = 0; PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY";

/* From its eighth search on, a reader meets pages again. */
enum status index_count_search(struct index *index, struct error *err)
{
    if (index->mode != INDEX_READ || ++index->search_count != 8)
        return STATUS_OK;
    return sql_script(&index->sql, "PRAGMA cache_size = -16384", err);
}

/* The rollback journal of a fresh file, come back after a power cut, would roll the whole new
 * database away: EXTRA syncs the folder after the journal is gone, and only then WAL begins. */
static enum status write_new_database(struct index *index, struct error *err)
{
    enum status status = sql_make_private(index->database_path, err);

    if (!status)
        status = open_database(index, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    if (!status)
        status = index_make_uuid(index->uuid, err);
    if (!status)
        status = sql_script(&index->sql,
                            "PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL;"
                            "PRAGMA synchronous = EXTRA; PRAGMA journal_mode = DELETE;"
                            "PRAGMA trusted_schema = OFF; BEGIN EXCLUSIVE",
                            err);
    if (!status)
        status = schema_create(&index->sql, index->uuid, err);
    if (!status)
        status = sql_script(&index->sql, "COMMIT; PRAGMA journal_mode = WAL", err);
    if (!status)
        status = os_sync_folder(index->folder, err);
    return status;
}

static struct index *index_alloc(const char *folder, enum index_mode mode, struct error *err)
{
    struct index *index = calloc(1, sizeof(*index));

    if (!index) {
        (void)error_set(err, STATUS_NO_MEMORY, "no memory for an index");
        return NULL;
    }
    index->mode = mode;
    index->lock_fd = -1;
    index->folder = strdup(folder);
    index->pack = pack_new();
    index->texts = texts_new();
    if (!index->folder || !index->pack || !index->texts ||
        path_in(folder, "index.db", &index->database_path, NULL)) {
        (void)error_set(err, STATUS_NO_MEMORY, "no memory for an index");
        index_free(index);
        return NULL;
    }
    return index;
}

/* True when the file holds a finished database: one whose creation was cut short has no version. */
static bool is_finished(struct index *index)
{
    int64_t version = 0;
    struct file_stamp stamp;
    bool is_there = os_stamp_at(AT_FDCWD, index->database_path, &stamp, NULL) == STATUS_OK;

    if (!is_there || stamp.size == 0 || open_database(index, SQLITE_OPEN_READWRITE, NULL))
        return false;
    if (sql_read_integer(&index->sql, "PRAGMA user_version", NULL, 0, &version, NULL))
        return true; /* damaged, or not ours: index_open() will say so; never write over it */
    return version != 0;
}

enum status index_create(const char *folder, struct error *err)
{
    CLEANUP(index_free_ptr) struct index *index = NULL;
    enum status status = os_make_folders(folder, 0700, err);

    if (!status)
        status = check_file_system(folder, err);
    if (status)
        return status;
    index = index_alloc(folder, INDEX_WRITE, err);
    if (!index)
        return STATUS_NO_MEMORY;
    if (is_finished(index))
        return STATUS_OK;
    sql_release(&index->sql);
    status = index_take_lock(folder, &index->lock_fd, err);
    if (!status)
        status = write_new_database(index, err);
    if (!status)
        status = index_make_ballast(index->folder, err);
    return status;
}

static enum status read_state(struct index *index, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *statement = NULL;
    bool has_row = false;
    struct span uuid, secret;
    enum status status =
        sql_open(&index->sql, "SELECT uuid, secret FROM state", NULL, &statement, err);

    if (!status)
        status = sql_step(&index->sql, statement, &has_row, err);
    if (status)
        return status;
    uuid = has_row ? sql_column_span(statement, 0) : (struct span){ "", 0 };
    secret = has_row ? sql_column_span(statement, 1) : (struct span){ "", 0 };
    if (uuid.len != 36 || secret.len != INDEX_SECRET_BYTES)
        return error_set(err, STATUS_CORRUPT, "'%s' has no state", index->database_path);
    memcpy(index->uuid, uuid.data, 36);
    memcpy(index->secret, secret.data, INDEX_SECRET_BYTES);
    return STATUS_OK;
}

void index_key(const struct index *index, const struct hash *hash, struct index_key *out)
{
    char both[INDEX_SECRET_BYTES + 16];
    struct hash of_both;

    memcpy(both, index->secret, INDEX_SECRET_BYTES);
    memcpy(both + INDEX_SECRET_BYTES, hash->bytes, sizeof(both) - INDEX_SECRET_BYTES);
    hash_of((struct span){ both, sizeof(both) }, &of_both);
    memcpy(out->bytes, of_both.bytes, INDEX_KEY_BYTES);
}

/* A backup that was cut short is taken back by the next who opens it, a reader too: query_only
 * keeps that one from all else. */
static int reader_flags(const struct index *index)
{
    CLEANUP(free_text) char *journal = NULL;

    if (path_in(index->folder, "index.db-journal", &journal, NULL) || access(journal, F_OK) != 0)
        return SQLITE_OPEN_READONLY;
    return SQLITE_OPEN_READWRITE;
}

static bool is_file_with_bytes(const char *folder, const char *name)
{
    CLEANUP(free_text) char *path = NULL;
    struct file_stamp stamp;

    if (path_in(folder, name, &path, NULL))
        return true;
    return os_stamp_at(AT_FDCWD, path, &stamp, NULL) == STATUS_OK && stamp.size > 0;
}

/* Nobody writes while the lock is held shared: index_take_lock() waits. */
static enum status hold_still(struct index *index, bool *is_writer_there, struct error *err)
{
    CLEANUP(free_text) char *path = NULL;
    enum status status = path_in(index->folder, "lock", &path, err);

    *is_writer_there = false;
    if (status)
        return status;
    index->lock_fd = open(path, O_RDONLY | O_CLOEXEC);
    if (index->lock_fd < 0)
        return error_set_errno(err, STATUS_UNREADABLE,
                               "'%s' can't be written to from here, and without a look at '%s' "
                               "nobody can say that it stays as it is: make that readable",
                               index->folder, path);
    if (flock(index->lock_fd, LOCK_SH | LOCK_NB) == 0)
        return STATUS_OK;
    *is_writer_there = errno == EWOULDBLOCK;
    close_fd(&index->lock_fd);
    return *is_writer_there ? STATUS_OK : error_set_errno(err, STATUS_IO, "cannot lock '%s'", path);
}

/* With % for what a URI gives a meaning to. https://www.sqlite.org/uri.html */
static enum status open_immutable(struct index *index, struct error *err)
{
    CLEANUP(buf_release) struct buf uri = BUF_INIT((size_t)4 * OS_PATH_MAX);
    enum status status;

    buf_printf(&uri, "file:");
    for (const char *at = index->database_path; *at; at++)
        if (*at == '%' || *at == '?' || *at == '#')
            buf_printf(&uri, "%%%02x", (unsigned char)*at);
        else
            buf_append_char(&uri, *at);
    buf_printf(&uri, "?immutable=1");
    status = buf_status(&uri, err);
    return status ? status
                  : open_path(index, uri.data, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
}

static enum status open_for_reading(struct index *index, struct error *err)
{
    enum status status = open_database(index, reader_flags(index), err);

    if (!status)
        status = sql_script(&index->sql, reader_pragmas, err);
    return status ? status : schema_check(&index->sql, err);
}

/* A reader that may not write beside the database can't make the shared memory that a write-ahead
 * log needs. While a writer is at work it is there; else the database is read as a file that
 * nobody changes, which the lock sees to. */
static enum status open_held_still(struct index *index, struct error *err)
{
    enum status status = STATUS_OK;

    for (int tries = 0; tries < LOCK_TRIES_MAX; tries++) {
        bool is_writer_there = false;

        sql_release(&index->sql);
        index->sql = (struct sql){ .name = index->database_path };
        status = hold_still(index, &is_writer_there, err);
        if (status)
            return status;
        if (!is_writer_there)
            break;
        /* It begins, or ends. */
        status = open_for_reading(index, err);
        if (!status)
            return STATUS_OK;
        (void)usleep(LOCK_PAUSE_US);
    }
    if (index->lock_fd < 0)
        return status;
    if (is_file_with_bytes(index->folder, "index.db-wal") ||
        is_file_with_bytes(index->folder, "index.db-journal"))
        return error_set(err, STATUS_UNREADABLE,
                         "'%s' was not left in order, and can't be written to from here: 'varve "
                         "sync', by who may write to it, brings it in order",
                         index->folder);
    status = open_immutable(index, err);
    return status ? status : sql_script(&index->sql, reader_pragmas, err);
}

static enum status open_reader(struct index *index, struct error *err)
{
    struct error problem;
    enum status status;

    if (access(index->database_path, R_OK) != 0)
        return error_set_errno(err, STATUS_UNREADABLE, "cannot read '%s'", index->database_path);
    status = open_for_reading(index, &problem);
    if (status == STATUS_IO && access(index->folder, W_OK) != 0)
        return open_held_still(index, err);
    if (status && err)
        *err = problem;
    return status;
}

static enum status open_writer(struct index *index, struct error *err)
{
    enum status status = index_take_lock(index->folder, &index->lock_fd, err);

    if (!status)
        status = open_database(index, SQLITE_OPEN_READWRITE, err);
    if (!status)
        status = sql_script(&index->sql, writer_pragmas, err);
    if (!status)
        checkpoints_begin(index, INDEX_BUSY_MS);
    return status;
}

static enum status open_parts(struct index *index, struct error *err)
{
    bool is_writer = index->mode == INDEX_WRITE;
    enum status status;

    if (access(index->database_path, F_OK) != 0)
        return error_set_errno(err, STATUS_UNREADABLE, "there is no knowledge base in '%s'",
                               index->folder);
    status = check_file_system(index->folder, err);
    if (!status)
        status = is_writer ? open_writer(index, err) : open_reader(index, err);
    if (!status)
        status = schema_check(&index->sql, err);
    if (!status)
        status = migrate(index, err);
    if (!status && is_writer)
        status = fulltext_renew(index, &index->renewed_rows, err);
    if (!status)
        status = read_state(index, err);
    return status;
}

enum status index_open(const char *folder, enum index_mode mode, struct index **out,
                       struct error *err)
{
    CLEANUP(index_free_ptr) struct index *index = index_alloc(folder, mode, err);
    enum status status;

    if (!index)
        return STATUS_NO_MEMORY;
    status = open_parts(index, err);
    if (!status)
        *out = TAKE(index);
    return status;
}

void index_free(struct index *index)
{
    if (!index)
        return;
    scan_free(index->scan);
    sql_release(&index->sql);
    close_fd(&index->lock_fd);
    pack_free(index->pack);
    texts_free(index->texts);
    free(index->folder);
    free(index->database_path);
    free(index);
}

const char *index_folder(const struct index *index)
{
    return index->folder;
}

const char *index_uuid(const struct index *index)
{
    return index->uuid;
}

bool index_is_replaced(const struct index *index)
{
    int has_moved = 0;

    return sqlite3_file_control(index->sql.db, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved) !=
               SQLITE_OK ||
           has_moved;
}

uint64_t index_renewed_rows(const struct index *index)
{
    return index->renewed_rows;
}

enum status index_generation(struct index *index, int64_t *out, struct error *err)
{
    return sql_read_integer(&index->sql, "SELECT generation FROM state", NULL, 0, out, err);
}

static char *put_number(char *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *out++ = (char)(value | 0x80);
    *out++ = (char)value;
    return out;
}

/* Times are close to each other: those of status change and birth are told from the content's. */
static char *put_difference(char *out, int64_t value, int64_t from)
{
    uint64_t difference = (uint64_t)value - (uint64_t)from;

    return put_number(out, difference << 1 ^ (difference >> 63 ? UINT64_MAX : 0));
}

static int64_t take_difference(struct varint_reader *in, int64_t from)
{
    return (int64_t)((uint64_t)from + (uint64_t)varint_take_signed(in));
}

struct stamp_bytes stamp_encode(const struct file_stamp *stamp)
{
    struct stamp_bytes bytes;
    char *out = bytes.data;

    out = put_number(out, stamp->device);
    out = put_number(out, stamp->inode);
    out = put_number(out, stamp->size);
    out = put_difference(out, stamp->mtime_ns, 0);
    out = put_difference(out, stamp->ctime_ns, stamp->mtime_ns);
    out = put_difference(out, stamp->btime_ns, stamp->mtime_ns);
    out = put_number(out, stamp->mode);
    out = put_number(out, stamp->uid);
    out = put_number(out, stamp->gid);
    bytes.len = (size_t)(out - bytes.data);
    return bytes;
}

struct file_stamp stamp_decode(struct span bytes)
{
    struct varint_reader in = varint_reader_of(bytes);
    struct file_stamp stamp = { 0 };

    stamp.device = varint_take(&in);
    stamp.inode = varint_take(&in);
    stamp.size = varint_take(&in);
    stamp.mtime_ns = take_difference(&in, 0);
    stamp.ctime_ns = take_difference(&in, stamp.mtime_ns);
    stamp.btime_ns = take_difference(&in, stamp.mtime_ns);
    stamp.mode = (uint32_t)varint_take(&in);
    stamp.uid = (uint32_t)varint_take(&in);
    stamp.gid = (uint32_t)varint_take(&in);
    return in.failed || in.at != in.end ? (struct file_stamp){ 0 } : stamp;
}
