/*
 * shim.c - loaded before a program (LD_PRELOAD), it stands between it and the calls that change a
 * folder: it counts them, writes them down, lets one fail, or kills the program at one.
 *
 *   VARVE_FAULT_PROGRAM  the only program (its short name) that is disturbed, not its children
 *   VARVE_FAULT_FOLDER   only files whose path begins with it
 *   VARVE_FAULT_LOG      what happened is added to this file (not in that folder)
 *   VARVE_FAULT          what is done:
 *     count              one line a call in the log: number, name, path
 *     record             every change with its bytes, for tests/fault/disk.py
 *     before:N, after:N  kill -9 before or behind the Nth changing call
 *     fail:N:ERRNO       the Nth call (opens, reads and maps count, too) fails with that number
 *     stick:N:ERRNO      and all after it
 *     short:N            the Nth call, when it reads or writes, handles half of the bytes, or one
 *     memory:N, starve:N the Nth allocation fails; and all after it
 *   VARVE_FAULT_PLANT    a bug: "no-sync" (files are not synced), "no-folder-sync",
 *                        "in-place"
 *                        (a rename is a copy over the target, never synced)
 *
 * Pages written through a shared mapping are seen when the file is synced or closed: what changed
 * since is written down as writes just before. Record layout, little-endian: operation (1 byte),
 * path length u16, second path's or data's length u32, offset u64, path, second path or data.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES_MAX  1024
#define PATH_BYTES 512
#define PAGE       4096u

enum mode { OFF, COUNT, RECORD, BEFORE, AFTER, FAIL, STICK, SHORT, MEMORY, STARVE };

struct file {
    char path[PATH_BYTES]; /* "": not ours */
    bool is_mapped, is_folder;
    char *seen; /* of a mapped file: its bytes as last written down */
    size_t seen_bytes;
};

static struct file files[FILES_MAX];
static enum mode mode;
static const char *folder, *plant = "";
static size_t folder_len;
static unsigned long wanted, calls, allocations;
static int wanted_errno, log_fd = -1;
static bool is_ready;

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *old, size_t bytes);

static void tell(const void *bytes, size_t len)
{
    (void)!syscall(SYS_write, log_fd, bytes, len);
}

__attribute__((constructor)) static void begin(void)
{
    const char *program = getenv("VARVE_FAULT_PROGRAM");
    const char *what = getenv("VARVE_FAULT");
    const char *log = getenv("VARVE_FAULT_LOG");
    static const struct {
        const char *name;
        enum mode mode;
    } modes[] = { { "count", COUNT },  { "record", RECORD },  { "before:", BEFORE },
                  { "after:", AFTER }, { "fail:", FAIL },     { "stick:", STICK },
                  { "short:", SHORT }, { "memory:", MEMORY }, { "starve:", STARVE } };

    folder = getenv("VARVE_FAULT_FOLDER");
    if (!program || !what || !folder || strcmp(program, program_invocation_short_name) != 0)
        return;
    folder_len = strlen(folder);
    if (getenv("VARVE_FAULT_PLANT"))
        plant = getenv("VARVE_FAULT_PLANT");
    if (log) {
        int fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                              0600);

        /* Out of the way of the numbers that the program gets. */
        log_fd = fcntl(fd, F_DUPFD_CLOEXEC, 900);
        (void)syscall(SYS_close, fd);
    }
    for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
        size_t len = strlen(modes[i].name);

        if (strncmp(what, modes[i].name, len) != 0)
            continue;
        mode = modes[i].mode;
        wanted = strtoul(what + len, NULL, 10);
        if (strchr(what + len, ':'))
            wanted_errno = (int)strtol(strchr(what + len, ':') + 1, NULL, 10);
    }
    is_ready = true;
}

__attribute__((destructor)) static void end(void)
{
    char text[64];
    int len;

    if (!is_ready || mode == RECORD || log_fd < 0)
        return;
    len = snprintf(text, sizeof(text), "end %lu calls %lu allocations\n", calls, allocations);
    tell(text, (size_t)len);
}

static bool is_ours(const char *path)
{
    return is_ready && path && strncmp(path, folder, folder_len) == 0 && strlen(path) < PATH_BYTES;
}

static struct file *file_of(int fd)
{
    return is_ready && fd >= 0 && fd < FILES_MAX && files[fd].path[0] ? &files[fd] : NULL;
}

static void die(void)
{
    (void)syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

/* A call begins: true when it has to fail, errno is set then. */
static bool refuse(const char *name, const char *path, bool is_change)
{
    if ((mode == BEFORE || mode == AFTER || mode == COUNT) && !is_change)
        return false;
    calls++;
    if (mode == COUNT && log_fd >= 0) {
        char text[PATH_BYTES + 64];
        int len = snprintf(text, sizeof(text), "%lu %s %s\n", calls, name, path);

        tell(text, (size_t)len);
    }
    if (mode == BEFORE && calls == wanted)
        die();
    if ((mode == FAIL && calls == wanted) || (mode == STICK && calls >= wanted)) {
        errno = wanted_errno;
        return true;
    }
    return false;
}

static void passed(bool is_change)
{
    if (mode == AFTER && is_change && calls == wanted)
        die();
}

static size_t shortened(size_t bytes)
{
    return mode == SHORT && calls == wanted && bytes > 1 ? (bytes + 1) / 2 : bytes;
}

static void record(char operation, const char *path, uint64_t offset, const void *data, size_t len)
{
    char head[15];
    uint16_t path_len = (uint16_t)strlen(path);
    uint32_t data_len = (uint32_t)len;
    struct iovec parts[3] = { { head, sizeof(head) },
                              { (void *)(uintptr_t)path, path_len },
                              { (void *)(uintptr_t)data, len } };

    if (mode != RECORD || log_fd < 0)
        return;
    head[0] = operation;
    memcpy(head + 1, &path_len, 2);
    memcpy(head + 3, &data_len, 4);
    memcpy(head + 7, &offset, 8);
    (void)!syscall(SYS_writev, log_fd, parts, len ? 3 : 2);
}

/* Writes down what changed in a mapped file since the last time. */
static void record_mapped(int fd, struct file *file)
{
    struct stat stat;
    char *now, *keep;
    size_t bytes;

    if (mode != RECORD || !file->is_mapped || fstat(fd, &stat) != 0 || stat.st_size == 0)
        return;
    bytes = (size_t)stat.st_size;
    now = (char *)syscall(SYS_mmap, NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
    keep = (char *)syscall(SYS_mmap, NULL, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (now == (char *)MAP_FAILED || keep == (char *)MAP_FAILED)
        die(); /* a record with a hole proves nothing */
    for (size_t at = 0; at < bytes; at += PAGE) {
        size_t len = bytes - at < PAGE ? bytes - at : PAGE;
        static const char zeros[PAGE];
        const char *before = at + len <= file->seen_bytes ? file->seen + at : zeros;

        if (memcmp(before, now + at, len) == 0)
            continue;
        memcpy(keep + at, now + at, len);
        record('W', file->path, at, now + at, len);
    }
    for (size_t at = 0; at + PAGE <= file->seen_bytes && at < bytes; at += PAGE)
        memcpy(keep + at, now + at, bytes - at < PAGE ? bytes - at : PAGE);
    (void)syscall(SYS_munmap, now, bytes);
    if (file->seen)
        (void)syscall(SYS_munmap, file->seen, file->seen_bytes);
    file->seen = keep;
    file->seen_bytes = bytes;
}

/* ---- opening ---- */

static void opened(int fd, const char *path, int flags, bool was_there)
{
    struct stat stat;

    if (fd < 0 || fd >= FILES_MAX)
        return;
    files[fd] = (struct file){ 0 };
    (void)snprintf(files[fd].path, PATH_BYTES, "%s", path);
    files[fd].is_folder = fstat(fd, &stat) == 0 && S_ISDIR(stat.st_mode);
    if ((flags & O_CREAT) && !was_there)
        record('C', path, 0, NULL, 0);
    else if (flags & O_TRUNC)
        record('T', path, 0, NULL, 0);
}

static int open_any(const char *path, int flags, mode_t rights)
{
    bool is_change, was_there;
    int fd;

    if (!is_ours(path))
        return (int)syscall(SYS_openat, AT_FDCWD, path, flags, rights);
    was_there = syscall(SYS_access, path, F_OK) == 0;
    is_change = (flags & O_TRUNC) || ((flags & O_CREAT) && !was_there);
    if (refuse("open", path, is_change))
        return -1;
    fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, rights);
    opened(fd, path, flags, was_there);
    passed(is_change);
    return fd;
}

#define RIGHTS                                                                                     \
    mode_t rights = 0;                                                                             \
    if (flags & (O_CREAT | O_TMPFILE)) {                                                           \
        va_list list;                                                                              \
        va_start(list, flags);                                                                     \
        rights = va_arg(list, mode_t);                                                             \
        va_end(list);                                                                              \
    }

int open(const char *path, int flags, ...)
{
    RIGHTS
    return open_any(path, flags, rights);
}

int open64(const char *path, int flags, ...)
{
    RIGHTS
    return open_any(path, flags, rights);
}

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
    return open_any(path, flags, 0);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
    return open_any(path, flags, 0);
}

int close(int fd)
{
    struct file *file = file_of(fd);

    if (file) {
        record_mapped(fd, file);
        if (file->seen)
            (void)syscall(SYS_munmap, file->seen, file->seen_bytes);
        *file = (struct file){ 0 };
    }
    return (int)syscall(SYS_close, fd);
}

/* ---- reading and writing ---- */

ssize_t read(int fd, void *out, size_t bytes)
{
    struct file *file = file_of(fd);

    if (file && refuse("read", file->path, false))
        return -1;
    return syscall(SYS_read, fd, out, file ? shortened(bytes) : bytes);
}

static ssize_t pread_any(int fd, void *out, size_t bytes, off_t offset)
{
    struct file *file = file_of(fd);

    if (file && refuse("pread", file->path, false))
        return -1;
    return syscall(SYS_pread64, fd, out, file ? shortened(bytes) : bytes, offset);
}

ssize_t pread(int fd, void *out, size_t bytes, off_t offset)
{
    return pread_any(fd, out, bytes, offset);
}

ssize_t pread64(int fd, void *out, size_t bytes, off64_t offset)
{
    return pread_any(fd, out, bytes, offset);
}

static ssize_t write_at(int fd, const void *data, size_t bytes, off_t offset)
{
    struct file *file = file_of(fd);
    ssize_t written;

    if (!file)
        return syscall(SYS_pwrite64, fd, data, bytes, offset);
    if (refuse("pwrite", file->path, true))
        return -1;
    written = syscall(SYS_pwrite64, fd, data, shortened(bytes), offset);
    if (written > 0)
        record('W', file->path, (uint64_t)offset, data, (size_t)written);
    passed(true);
    return written;
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset)
{
    return write_at(fd, data, bytes, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t offset)
{
    return write_at(fd, data, bytes, offset);
}

ssize_t write(int fd, const void *data, size_t bytes)
{
    struct file *file = file_of(fd);
    ssize_t written;
    off_t offset;

    if (!file)
        return syscall(SYS_write, fd, data, bytes);
    if (refuse("write", file->path, true))
        return -1;
    written = syscall(SYS_write, fd, data, shortened(bytes));
    offset = (off_t)syscall(SYS_lseek, fd, 0, SEEK_CUR);
    if (written > 0)
        record('W', file->path, (uint64_t)(offset - written), data, (size_t)written);
    passed(true);
    return written;
}

static int truncate_any(int fd, off_t bytes)
{
    struct file *file = file_of(fd);
    int code;

    if (!file)
        return (int)syscall(SYS_ftruncate, fd, bytes);
    if (refuse("ftruncate", file->path, true))
        return -1;
    code = (int)syscall(SYS_ftruncate, fd, bytes);
    if (code == 0)
        record('T', file->path, (uint64_t)bytes, NULL, 0);
    passed(true);
    return code;
}

int ftruncate(int fd, off_t bytes)
{
    return truncate_any(fd, bytes);
}

int ftruncate64(int fd, off64_t bytes)
{
    return truncate_any(fd, bytes);
}

/* Gives the error back; errno is not its business. */
static int allocate_any(int fd, off_t offset, off_t bytes)
{
    struct file *file = file_of(fd);
    int before = errno, code = 0;

    if (file && refuse("fallocate", file->path, true)) {
        code = errno;
        errno = before;
        return code;
    }
    if (syscall(SYS_fallocate, fd, 0, offset, bytes) != 0) {
        code = errno;
        errno = before;
    } else if (file) {
        record('A', file->path, (uint64_t)(offset + bytes), NULL, 0);
    }
    if (file)
        passed(true);
    return code;
}

int posix_fallocate(int fd, off_t offset, off_t bytes)
{
    return allocate_any(fd, offset, bytes);
}

int posix_fallocate64(int fd, off64_t offset, off64_t bytes)
{
    return allocate_any(fd, offset, bytes);
}

static void *map_any(void *at, size_t bytes, int rights, int flags, int fd, off_t offset)
{
    struct file *file = file_of(fd);

    if (file && refuse("mmap", file->path, false))
        return MAP_FAILED;
    /* The shared memory of a write-ahead log says nothing after a crash. */
    if (file && (rights & PROT_WRITE) && (flags & MAP_SHARED) && !strstr(file->path, "-shm"))
        file->is_mapped = true;
    return (void *)syscall(SYS_mmap, at, bytes, rights, flags, fd, offset);
}

void *mmap(void *at, size_t bytes, int rights, int flags, int fd, off_t offset)
{
    return map_any(at, bytes, rights, flags, fd, offset);
}

void *mmap64(void *at, size_t bytes, int rights, int flags, int fd, off64_t offset)
{
    return map_any(at, bytes, rights, flags, fd, offset);
}

/* ---- syncing and naming ---- */

static int sync_any(int fd, long call, const char *name)
{
    struct file *file = file_of(fd);
    bool is_planted;
    int code = 0;

    if (!file)
        return (int)syscall(call, fd);
    record_mapped(fd, file);
    if (refuse(name, file->path, true))
        return -1;
    is_planted = (file->is_folder && strcmp(plant, "no-folder-sync") == 0) ||
                 (!file->is_folder && strcmp(plant, "no-sync") == 0);
    /* What is tested is the order of calls: nothing needs to reach a real disk. */
    if (mode == FAIL || mode == STICK)
        code = (int)syscall(call, fd);
    if (code == 0 && !is_planted)
        record('S', file->path, 0, NULL, 0);
    passed(true);
    return code;
}

int fsync(int fd)
{
    return sync_any(fd, SYS_fsync, "fsync");
}

int fdatasync(int fd)
{
    return sync_any(fd, SYS_fdatasync, "fdatasync");
}

/* The bug that renaming is there to avoid: the target is written over where it stands. */
static void write_over(const char *from, const char *to)
{
    char bytes[PAGE];
    ssize_t len;
    int in = open_any(from, O_RDONLY | O_CLOEXEC, 0);
    int out = open_any(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    while ((len = read(in, bytes, sizeof(bytes))) > 0)
        (void)!write(out, bytes, (size_t)len);
    (void)close(in);
    (void)close(out);
}

int rename(const char *from, const char *to)
{
    int code;

    if (!is_ours(from) || !is_ours(to))
        return (int)syscall(SYS_rename, from, to);
    if (strcmp(plant, "in-place") == 0) {
        write_over(from, to);
        return unlink(from);
    }
    if (refuse("rename", to, true))
        return -1;
    code = (int)syscall(SYS_rename, from, to);
    if (code == 0)
        record('R', from, 0, to, strlen(to));
    passed(true);
    return code;
}

int unlink(const char *path)
{
    int code;

    if (!is_ours(path))
        return (int)syscall(SYS_unlink, path);
    if (refuse("unlink", path, true))
        return -1;
    code = (int)syscall(SYS_unlink, path);
    if (code == 0)
        record('U', path, 0, NULL, 0);
    passed(true);
    return code;
}

int mkdir(const char *path, mode_t rights)
{
    int code;

    if (!is_ours(path))
        return (int)syscall(SYS_mkdir, path, rights);
    if (refuse("mkdir", path, true))
        return -1;
    code = (int)syscall(SYS_mkdir, path, rights);
    if (code == 0)
        record('M', path, 0, NULL, 0);
    passed(true);
    return code;
}

/* ---- memory ---- */

static bool is_out_of_memory(void)
{
    if (!is_ready)
        return false;
    allocations++;
    if ((mode != MEMORY || allocations != wanted) && (mode != STARVE || allocations < wanted))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t bytes)
{
    return is_out_of_memory() ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    return is_out_of_memory() ? NULL : __libc_calloc(count, bytes);
}

void *realloc(void *old, size_t bytes)
{
    return is_out_of_memory() ? NULL : __libc_realloc(old, bytes);
}
