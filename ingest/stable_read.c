#include "ingest/stable_read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define COPY_BYTES 65536u /* what is hashed is still near when it is written */

/* Before Linux 6.13 two writes within a timer tick (10 ms at HZ=100) get the same ctime, so a file
 * younger than that may still change without its stamp showing it. */
#define TICK_NS INT64_C(10000000)

static const char *type_name(uint32_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "a folder";
    case S_IFLNK:
        return "a symbolic link";
    case S_IFIFO:
        return "a FIFO";
    case S_IFSOCK:
        return "a socket";
    case S_IFCHR:
    case S_IFBLK:
        return "a device";
    default:
        return "not a regular file";
    }
}

static enum status copy_and_hash(int from, int to, uint64_t size, const char *path,
                                 struct hash *hash, struct error *err)
{
    struct hasher *hasher = hasher_new();
    enum status status = STATUS_OK;
    uint64_t copied = 0;
    char bytes[COPY_BYTES];

    if (!hasher)
        return error_set(err, STATUS_NO_MEMORY, "no memory to read '%s'", path);
    while (!status) {
        ssize_t n = read(from, bytes, COPY_BYTES);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            status = error_set_errno(err, STATUS_UNREADABLE, "cannot read '%s'", path);
        if (n <= 0)
            break;
        copied += (uint64_t)n;
        if (copied > size) { /* it grows while it is read */
            status = error_set(err, STATUS_CHANGED, "'%s' changed while it was read", path);
            break;
        }
        hasher_add(hasher, (struct span){ bytes, (size_t)n });
        status = os_write_all(to, (struct span){ bytes, (size_t)n }, "a memory file", err);
    }
    if (!status)
        hasher_finish(hasher, hash);
    hasher_free(hasher);
    return status;
}

static bool is_racy(const struct file_stamp *stamp)
{
    struct timespec now;
    int64_t now_ns;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    now_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    return stamp->ctime_ns <= now_ns && now_ns - stamp->ctime_ns < TICK_NS;
}

enum status stable_read(int folder_fd, const char *path, uint64_t bytes_max,
                        struct file_stamp *stamp, struct buf *acl, struct hash *hash, int *out_fd,
                        struct error *err)
{
    CLEANUP(close_fd) int file_fd = -1;
    CLEANUP(close_fd) int memory_fd = -1;
    struct file_stamp after;
    enum status status = os_stamp_at(folder_fd, path, stamp, err);

    if (status)
        return status;
    if (!S_ISREG(stamp->mode))
        return error_set(err, STATUS_UNSUPPORTED, "%s, not a regular file", type_name(stamp->mode));
    if (stamp->size > bytes_max)
        return error_set(err, STATUS_LIMIT, "%llu bytes, more than the limit of %llu",
                         (unsigned long long)stamp->size, (unsigned long long)bytes_max);
    if (is_racy(stamp))
        return error_set(err, STATUS_CHANGED, "'%s' was changed this very moment", path);
    status = os_open_beneath(folder_fd, path, &file_fd, err);
    if (!status)
        status = os_stamp_fd(file_fd, stamp, err);
    if (status)
        return status;
    if (!S_ISREG(stamp->mode))
        return error_set(err, STATUS_CHANGED, "'%s' was replaced while it was opened", path);

    memory_fd = memfd_create("document", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory_fd < 0)
        return error_set_errno(err, STATUS_IO, "cannot make a memory file");
    status = copy_and_hash(file_fd, memory_fd, stamp->size, path, hash, err);
    if (!status && acl)
        status = os_read_acl(file_fd, acl, err);
    if (!status)
        status = os_stamp_at(folder_fd, path, &after, err);
    if (!status && !os_stamp_equal(stamp, &after))
        status = error_set(err, STATUS_CHANGED, "'%s' changed while it was read", path);
    if (!status)
        status = os_seal_memfd(memory_fd, err);
    if (status)
        return status;
    *out_fd = take_fd(&memory_fd);
    return STATUS_OK;
}
