#include "base/os.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

/* On the stack, where each page that is touched first costs a fault: most files are small. */
#define READ_BYTES ((size_t)32 * 1024)

static int64_t statx_time_ns(const struct statx_timestamp *t)
{
    return t->tv_sec * 1000000000 + t->tv_nsec;
}

static enum status stamp_from(int fd, const char *path, int flags, struct file_stamp *out,
                              struct error *err)
{
    struct statx sx;

    if (statx(fd, path, flags, STATX_BASIC_STATS | STATX_BTIME, &sx) < 0)
        return error_set_errno(err, STATUS_UNREADABLE, "cannot look at '%s'", path);
    *out = (struct file_stamp){
        .device = (uint64_t)sx.stx_dev_major << 32 | sx.stx_dev_minor,
        .inode = sx.stx_ino,
        .size = sx.stx_size,
        .mtime_ns = statx_time_ns(&sx.stx_mtime),
        .ctime_ns = statx_time_ns(&sx.stx_ctime),
        .btime_ns = sx.stx_mask & STATX_BTIME ? statx_time_ns(&sx.stx_btime) : 0,
        .mode = sx.stx_mode,
        .uid = sx.stx_uid,
        .gid = sx.stx_gid,
    };
    return STATUS_OK;
}

enum status os_stamp_at(int folder_fd, const char *path, struct file_stamp *out, struct error *err)
{
    return stamp_from(folder_fd, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, out, err);
}

enum status os_stamp_fd(int fd, struct file_stamp *out, struct error *err)
{
    return stamp_from(fd, "", AT_EMPTY_PATH, out, err);
}

bool os_stamp_equal(const struct file_stamp *a, const struct file_stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns && a->btime_ns == b->btime_ns;
}

enum status os_open_beneath(int folder_fd, const char *path, int *out_fd, struct error *err)
{
    struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    int fd;

    do
        fd = (int)syscall(SYS_openat2, folder_fd, path, &how, sizeof(how));
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return error_set_errno(err, STATUS_UNREADABLE, "cannot open '%s'", path);
    *out_fd = fd;
    return STATUS_OK;
}

enum status os_read_fd(int fd, struct buf *out, const char *name, struct error *err)
{
    for (;;) {
        char bytes[READ_BYTES];
        ssize_t n = read(fd, bytes, sizeof(bytes));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(err, STATUS_UNREADABLE, "cannot read '%s'", name);
        if (n == 0)
            return buf_status(out, err);
        buf_append(out, bytes, (size_t)n);
        if (buf_status(out, NULL))
            return buf_status(out, err);
    }
}

enum status os_read_file(const char *path, struct buf *out, struct error *err)
{
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return error_set_errno(err, STATUS_UNREADABLE, "cannot open '%s'", path);
    return os_read_fd(fd, out, path, err);
}

enum status os_write_all(int fd, struct span bytes, const char *name, struct error *err)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.data, bytes.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(err, STATUS_IO, "cannot write '%s'", name);
        bytes = (struct span){ bytes.data + n, bytes.len - (size_t)n };
    }
    return STATUS_OK;
}

enum status os_write_two(int fd, struct span first, struct span second, const char *name,
                         struct error *err)
{
    struct iovec parts[] = { { (void *)(uintptr_t)first.data, first.len },
                             { (void *)(uintptr_t)second.data, second.len } };
    ssize_t n = writev(fd, parts, 2);
    size_t written = n > 0 ? (size_t)n : 0;
    enum status status = STATUS_OK;

    if (n < 0 && errno != EINTR)
        return error_set_errno(err, STATUS_IO, "cannot write '%s'", name);
    if (written < first.len) {
        first = (struct span){ first.data + written, first.len - written };
        status = os_write_all(fd, first, name, err);
        return status ? status : os_write_all(fd, second, name, err);
    }
    written -= first.len;
    if (written == second.len)
        return STATUS_OK;
    return os_write_all(fd, (struct span){ second.data + written, second.len - written }, name,
                        err);
}

enum status os_sync_folder(const char *path, struct error *err)
{
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || fsync(fd) < 0)
        return error_set_errno(err, STATUS_IO, "cannot sync the folder '%s'", path);
    return STATUS_OK;
}

static enum status sync_folder_of(char *path, struct error *err)
{
    char *slash = strrchr(path, '/');

    if (slash)
        slash[slash == path] = '\0';
    return os_sync_folder(slash ? path : ".", err);
}

enum status os_replace_file(const char *path, struct span bytes, mode_t mode, struct error *err)
{
    char temporary[OS_PATH_MAX];
    CLEANUP(close_fd) int fd = -1;
    enum status status;

    if ((size_t)snprintf(temporary, sizeof(temporary), "%s.new", path) >= sizeof(temporary))
        return error_set(err, STATUS_LIMIT, "path too long: '%.200s'", path);
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0)
        return error_set_errno(err, STATUS_IO, "cannot create '%s'", temporary);
    status = os_write_all(fd, bytes, temporary, err);
    if (!status && fsync(fd) < 0)
        status = error_set_errno(err, STATUS_IO, "cannot sync '%s'", temporary);
    if (!status && rename(temporary, path) < 0)
        status = error_set_errno(err, STATUS_IO, "cannot rename '%s'", temporary);
    if (status) {
        (void)unlink(temporary);
        return status;
    }
    return sync_folder_of(temporary, err);
}

enum status os_make_folders(const char *path, mode_t mode, struct error *err)
{
    char part[OS_PATH_MAX];
    size_t len = strlen(path);

    if (len >= sizeof(part))
        return error_set(err, STATUS_LIMIT, "path too long: '%.200s'", path);
    memcpy(part, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (part[i] != '/' && part[i] != '\0')
            continue;
        part[i] = '\0';
        if (mkdir(part, mode) < 0 && errno != EEXIST)
            return error_set_errno(err, STATUS_IO, "cannot make the folder '%s'", part);
        part[i] = path[i];
    }
    return STATUS_OK;
}

enum status os_seal_memfd(int fd, struct error *err)
{
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
        return error_set_errno(err, STATUS_IO, "cannot seal a memory file");
    return STATUS_OK;
}

enum status os_map_fd(int fd, const char *name, struct span *out, struct error *err)
{
    struct stat st;
    void *mapped;

    if (fstat(fd, &st) < 0)
        return error_set_errno(err, STATUS_UNREADABLE, "cannot look at '%s'", name);
    if (st.st_size == 0) {
        *out = (struct span){ NULL, 0 };
        return STATUS_OK;
    }
    mapped = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED)
        return error_set_errno(err, STATUS_UNREADABLE, "cannot map '%s'", name);
    *out = (struct span){ mapped, (size_t)st.st_size };
    return STATUS_OK;
}

void os_unmap(struct span *mapped)
{
    union {
        const char *borrowed;
        void *owned;
    } address = { mapped->data };

    if (mapped->data)
        (void)munmap(address.owned, mapped->len);
    *mapped = (struct span){ NULL, 0 };
}

enum status os_path_join(struct buf *out, struct span folder, struct span name, struct error *err)
{
    buf_clear(out);
    buf_append(out, folder.data, folder.len);
    if (folder.len > 0 && name.len > 0 && folder.data[folder.len - 1] != '/')
        buf_append_char(out, '/');
    buf_append(out, name.data, name.len);
    if (out->len >= OS_PATH_MAX)
        return error_set(err, STATUS_LIMIT, "path too long: '%.200s'", out->data);
    return buf_status(out, err);
}

int64_t os_monotonic_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t os_process_cpu_ms(int process_id)
{
    struct timespec used;
    clockid_t clock;

    if (clock_getcpuclockid(process_id, &clock) != 0 || clock_gettime(clock, &used) < 0)
        return -1;
    return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

int64_t os_wall_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void os_format_time(int64_t wall_ms, char out[32])
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm parts;

    if (!gmtime_r(&seconds, &parts) || strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        (void)snprintf(out, 32, "-");
}

enum status os_executable_folder(struct buf *out, struct error *err)
{
    char path[OS_PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
    char *slash;

    if (len < 0)
        return error_set_errno(err, STATUS_IO, "cannot find the running program's folder");
    path[len] = '\0';
    slash = strrchr(path, '/');
    buf_clear(out);
    buf_append(out, path, slash ? (size_t)(slash - path) : 0);
    return buf_status(out, err);
}

#define ACL_NAME      "system.posix_acl_access"
#define ACL_BYTES_MAX 65536u /* XATTR_SIZE_MAX */

static enum status keep_acl(ssize_t count, const char *bytes, const char *name, struct buf *acl,
                            struct error *err)
{
    buf_clear(acl);
    if (count < 0 && errno != ENODATA && errno != EOPNOTSUPP)
        return error_set_errno(err, STATUS_UNREADABLE, "cannot read the access list of '%s'", name);
    if (count > 0)
        buf_append(acl, bytes, (size_t)count);
    return buf_status(acl, err);
}

enum status os_read_acl(int fd, struct buf *acl, struct error *err)
{
    char bytes[ACL_BYTES_MAX];

    return keep_acl(fgetxattr(fd, ACL_NAME, bytes, sizeof(bytes)), bytes, "a file", acl, err);
}

enum status os_read_acl_at(const char *path, struct buf *acl, struct error *err)
{
    char bytes[ACL_BYTES_MAX];

    return keep_acl(getxattr(path, ACL_NAME, bytes, sizeof(bytes)), bytes, path, acl, err);
}
