#include "index/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os.h"

/* https://www.sqlite.org/fileformat.html: the rollback journal, and page 1's version numbers. */
#define JOURNAL_SECTOR  512u
#define JOURNAL_MAGIC   "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
#define WRITE_VERSION   18u
#define READ_VERSION    19u
#define VERSION_JOURNAL 1

struct overlay {
    sqlite3_vfs vfs;
    char name[48]; /* of the vfs */
    char *path, *part;
    int old_fd, part_fd;
    uint32_t page_bytes;
    uint64_t old_pages, pages;
    uint32_t *slots; /* per page: where in the part file it stands, from 1; 0: as in the old file */
    size_t slot_capacity;
    uint32_t slot_count;
    char *page; /* scratch, one page */
};

struct overlay_file {
    sqlite3_file base;
    struct overlay *overlay;
};

static bool read_whole(int fd, char *out, size_t len, uint64_t offset)
{
    size_t at = 0;

    while (at < len) {
        ssize_t n = pread(fd, out + at, len - at, (off_t)(offset + at));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

static bool write_whole(int fd, const char *data, size_t len, uint64_t offset)
{
    size_t at = 0;

    while (at < len) {
        ssize_t n = pwrite(fd, data + at, len - at, (off_t)(offset + at));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

/* A page of the new version; one that was never written is zero. */
static bool read_page(struct overlay *overlay, uint64_t page, char *out)
{
    size_t len = overlay->page_bytes;
    uint32_t slot = page < overlay->slot_capacity ? overlay->slots[page] : 0;

    if (slot)
        return read_whole(overlay->part_fd, out, len, (uint64_t)(slot - 1) * len);
    if (page < overlay->old_pages)
        return read_whole(overlay->old_fd, out, len, page * len);
    memset(out, 0, len);
    return true;
}

static bool reserve_slot(struct overlay *overlay, uint64_t page)
{
    size_t capacity = overlay->slot_capacity ? overlay->slot_capacity : 1024;
    uint32_t *slots;

    if (page < overlay->slot_capacity)
        return true;
    while (capacity <= page)
        capacity *= 2;
    slots = realloc(overlay->slots, capacity * sizeof(*slots));
    if (!slots)
        return false;
    memset(slots + overlay->slot_capacity, 0, (capacity - overlay->slot_capacity) * sizeof(*slots));
    overlay->slots = slots;
    overlay->slot_capacity = capacity;
    return true;
}

static int write_page(struct overlay *overlay, uint64_t page, const char *data)
{
    size_t len = overlay->page_bytes;

    if (page >= overlay->pages)
        overlay->pages = page + 1;
    if (!reserve_slot(overlay, page))
        return SQLITE_NOMEM;
    if (!overlay->slots[page]) {
        if (page < overlay->old_pages) {
            if (!read_whole(overlay->old_fd, overlay->page, len, page * len))
                return SQLITE_IOERR_READ;
            if (memcmp(overlay->page, data, len) == 0)
                return SQLITE_OK;
        }
        overlay->slots[page] = ++overlay->slot_count;
    }
    if (write_whole(overlay->part_fd, data, len, (uint64_t)(overlay->slots[page] - 1) * len))
        return SQLITE_OK;
    return errno == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

/* ---- what SQLite calls ---- */

static struct overlay *of(sqlite3_file *file)
{
    return ((struct overlay_file *)file)->overlay;
}

static int file_close(sqlite3_file *file)
{
    (void)file;
    return SQLITE_OK;
}

/* Whole pages, or a part of the first one. */
static int file_read(sqlite3_file *file, void *out, int len, sqlite3_int64 offset)
{
    struct overlay *overlay = of(file);
    uint64_t page = (uint64_t)offset / overlay->page_bytes;
    size_t start = (size_t)((uint64_t)offset % overlay->page_bytes);

    if (page >= overlay->pages) {
        memset(out, 0, (size_t)len);
        return SQLITE_IOERR_SHORT_READ;
    }
    if (start + (size_t)len > overlay->page_bytes || !read_page(overlay, page, overlay->page))
        return SQLITE_IOERR_READ;
    memcpy(out, overlay->page + start, (size_t)len);
    return SQLITE_OK;
}

static int file_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 offset)
{
    struct overlay *overlay = of(file);
    char *first = NULL;
    int code;

    if ((size_t)len != overlay->page_bytes || offset % len != 0)
        return SQLITE_IOERR_WRITE;
    if (offset > 0)
        return write_page(overlay, (uint64_t)offset / overlay->page_bytes, data);
    /* One file, with no log beside it, whatever the original's mode is. */
    first = malloc((size_t)len);
    if (!first)
        return SQLITE_NOMEM;
    memcpy(first, data, (size_t)len);
    first[WRITE_VERSION] = first[READ_VERSION] = VERSION_JOURNAL;
    code = write_page(overlay, 0, first);
    free(first);
    return code;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 bytes)
{
    struct overlay *overlay = of(file);

    overlay->pages = ((uint64_t)bytes + overlay->page_bytes - 1) / overlay->page_bytes;
    return SQLITE_OK;
}

static int file_sync(sqlite3_file *file, int flags)
{
    (void)file;
    (void)flags;
    return SQLITE_OK; /* nothing is sure before overlay_apply() */
}

static int file_size(sqlite3_file *file, sqlite3_int64 *bytes)
{
    *bytes = (sqlite3_int64)of(file)->pages * (sqlite3_int64)of(file)->page_bytes;
    return SQLITE_OK;
}

static int file_lock(sqlite3_file *file, int lock)
{
    (void)file;
    (void)lock;
    return SQLITE_OK;
}

static int file_is_reserved(sqlite3_file *file, int *out)
{
    (void)file;
    *out = 0;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *file, int op, void *argument)
{
    (void)file;
    (void)op;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *file)
{
    (void)file;
    return (int)JOURNAL_SECTOR;
}

static int file_traits(sqlite3_file *file)
{
    (void)file;
    return 0;
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 1, /* no shared memory: no write-ahead log */
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_lock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                    int *out_flags)
{
    file->pMethods = NULL;
    if (!name || !(flags & SQLITE_OPEN_MAIN_DB))
        return SQLITE_CANTOPEN; /* journals and temporary files are in memory */
    ((struct overlay_file *)file)->overlay = vfs->pAppData;
    file->pMethods = &file_methods;
    if (out_flags)
        *out_flags = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    (void)vfs;
    (void)name;
    (void)sync_folder;
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    (void)vfs;
    (void)name;
    (void)flags;
    *out = 0; /* no journal, no log */
    return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *name, int room, char *out)
{
    (void)vfs;
    (void)sqlite3_snprintf(room, out, "%s", name);
    return SQLITE_OK;
}

/* ---- the overlay ---- */

enum status overlay_new(const char *path, const char *part, uint32_t page_bytes,
                        struct overlay **out, struct error *err)
{
    struct overlay *overlay = calloc(1, sizeof(*overlay));
    struct stat stat;

    if (!overlay)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a backup");
    overlay->old_fd = overlay->part_fd = -1;
    overlay->page_bytes = page_bytes;
    overlay->path = strdup(path);
    overlay->part = strdup(part);
    overlay->page = malloc(page_bytes);
    if (!overlay->path || !overlay->part || !overlay->page) {
        overlay_free(overlay);
        return error_set(err, STATUS_NO_MEMORY, "no memory for a backup");
    }
    overlay->old_fd = open(path, O_RDWR | O_CLOEXEC);
    overlay->part_fd = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (overlay->old_fd < 0 || overlay->part_fd < 0 || fstat(overlay->old_fd, &stat) != 0) {
        enum status status =
            error_set_errno(err, STATUS_IO, "cannot open '%s'", overlay->old_fd < 0 ? path : part);

        overlay_free(overlay);
        return status;
    }
    overlay->old_pages = overlay->pages = (uint64_t)stat.st_size / page_bytes;
    *out = overlay;
    return STATUS_OK;
}

void overlay_free(struct overlay *overlay)
{
    if (!overlay)
        return;
    if (overlay->vfs.zName)
        (void)sqlite3_vfs_unregister(&overlay->vfs);
    close_fd(&overlay->old_fd);
    if (overlay->part_fd >= 0)
        (void)unlink(overlay->part);
    close_fd(&overlay->part_fd);
    free(overlay->slots);
    free(overlay->page);
    free(overlay->path);
    free(overlay->part);
    free(overlay);
}

static enum status make_vfs(struct overlay *overlay, struct error *err)
{
    sqlite3_vfs *usual = sqlite3_vfs_find(NULL);

    if (!usual)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a backup");
    (void)snprintf(overlay->name, sizeof(overlay->name), "varve-overlay-%p", (void *)overlay);
    overlay->vfs = *usual; /* randomness and time */
    overlay->vfs.iVersion = 1;
    overlay->vfs.szOsFile = (int)sizeof(struct overlay_file);
    overlay->vfs.pNext = NULL;
    overlay->vfs.zName = overlay->name;
    overlay->vfs.pAppData = overlay;
    overlay->vfs.xOpen = vfs_open;
    overlay->vfs.xDelete = vfs_delete;
    overlay->vfs.xAccess = vfs_access;
    overlay->vfs.xFullPathname = vfs_full_path;
    if (sqlite3_vfs_register(&overlay->vfs, 0) == SQLITE_OK)
        return STATUS_OK;
    overlay->vfs.zName = NULL;
    return error_set(err, STATUS_NO_MEMORY, "no memory for a backup");
}

enum status overlay_open(struct overlay *overlay, struct sql *sql, struct error *err)
{
    enum status status = overlay->vfs.zName ? STATUS_OK : make_vfs(overlay, err);

    if (status)
        return status;
    sql->name = overlay->path;
    if (sqlite3_open_v2(overlay->path, &sql->db, SQLITE_OPEN_READWRITE, overlay->name) != SQLITE_OK)
        return error_set(err, STATUS_IO, "cannot open '%s'", overlay->path);
    return sql_script(sql, "PRAGMA journal_mode = MEMORY; PRAGMA temp_store = MEMORY", err);
}

uint64_t overlay_pages(const struct overlay *overlay)
{
    return overlay->pages;
}

uint64_t overlay_changed_pages(const struct overlay *overlay)
{
    uint64_t count = 0;

    for (uint64_t page = 0; page < overlay->pages && page < overlay->slot_capacity; page++)
        count += overlay->slots[page] != 0;
    return count;
}

/* ---- putting it in place ---- */

static void put_number(char *out, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (char)(value >> (24 - 8 * i));
}

static uint32_t page_checksum(const char *page, uint32_t page_bytes)
{
    uint32_t sum = 0; /* the header's nonce is 0: the file is new, nothing old can be in it */

    for (uint32_t at = page_bytes - 200; at > 0 && at < page_bytes; at -= 200)
        sum += (unsigned char)page[at];
    return sum;
}

static bool is_overwritten(const struct overlay *overlay, uint64_t page)
{
    return page >= overlay->pages || (page < overlay->slot_capacity && overlay->slots[page] != 0);
}

/* The pages that will not be as they were, and the size. What makes a journal of it, the header, is
 * written when they are safe: a page that a crash left half zero may keep to its checksum. */
static bool write_journal(struct overlay *overlay, int fd)
{
    char header[JOURNAL_SECTOR] = JOURNAL_MAGIC, number[4];
    size_t len = overlay->page_bytes;
    uint64_t at = JOURNAL_SECTOR;
    uint32_t count = 0;
    bool is_good = true;

    for (uint64_t page = 0; page < overlay->old_pages && is_good; page++) {
        if (!is_overwritten(overlay, page))
            continue;
        put_number(number, (uint32_t)page + 1);
        is_good = read_whole(overlay->old_fd, overlay->page, len, page * len) &&
                  write_whole(fd, number, 4, at) && write_whole(fd, overlay->page, len, at + 4);
        put_number(number, page_checksum(overlay->page, overlay->page_bytes));
        is_good = is_good && write_whole(fd, number, 4, at + 4 + len);
        at += len + 8;
        count++;
    }
    put_number(header + 8, count);
    put_number(header + 16, (uint32_t)overlay->old_pages);
    put_number(header + 20, JOURNAL_SECTOR);
    put_number(header + 24, overlay->page_bytes);
    return is_good && fsync(fd) == 0 && write_whole(fd, header, sizeof(header), 0) &&
           fsync(fd) == 0;
}

static bool write_pages(struct overlay *overlay)
{
    size_t len = overlay->page_bytes;

    for (uint64_t page = 0; page < overlay->pages && page < overlay->slot_capacity; page++)
        if (overlay->slots[page] && (!read_page(overlay, page, overlay->page) ||
                                     !write_whole(overlay->old_fd, overlay->page, len, page * len)))
            return false;
    return ftruncate(overlay->old_fd, (off_t)(overlay->pages * len)) == 0 &&
           fsync(overlay->old_fd) == 0;
}

enum status overlay_apply(struct overlay *overlay, const char *folder, struct error *err)
{
    CLEANUP(buf_release) struct buf journal = BUF_INIT((size_t)OS_PATH_MAX * 2);
    CLEANUP(close_fd) int fd = -1;
    enum status status;

    buf_printf(&journal, "%s-journal", overlay->path);
    status = buf_status(&journal, err);
    if (status)
        return status;
    fd = open(journal.data, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set_errno(err, STATUS_IO, "cannot create '%s'", journal.data);
    if (!write_journal(overlay, fd)) {
        status = error_set_errno(err, STATUS_IO, "cannot write '%s'", journal.data);
        (void)unlink(journal.data); /* nothing was changed yet */
        return status;
    }
    status = os_sync_folder(folder, err);
    if (status)
        return status;
    /* From here on the journal takes back what is cut short. */
    if (!write_pages(overlay))
        return error_set_errno(err, STATUS_IO, "cannot write '%s'", overlay->path);
    if (unlink(journal.data) != 0)
        return error_set_errno(err, STATUS_IO, "cannot remove '%s'", journal.data);
    return os_sync_folder(folder, err);
}
