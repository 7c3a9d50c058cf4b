/* The writer's lock: DIR/lock, with the writer's number in it. Who reads and may not write holds it
 * shared, for nothing else tells a writer of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/os.h"
#include "index/internal.h"

#define LOCK_TRIES 3 /* against a look at it */

int64_t index_writer_pid(const char *folder)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)OS_PATH_MAX * 2);
    CLEANUP(close_fd) int fd = -1;
    char text[24] = "";
    ssize_t len;

    buf_printf(&path, "%s/lock", folder);
    if (buf_status(&path, NULL))
        return 0;
    fd = open(path.data, O_RDONLY | O_CLOEXEC);
    /* What we could lock, nobody holds: a name left by a killed writer means nothing. */
    if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return 0;
    len = pread(fd, text, sizeof(text) - 1, 0);
    return len > 0 ? strtoll(text, NULL, 10) : 0;
}

/* Who holds a flock() of fd's file, as the kernel lists them; 0: none that is told of here (a
 * process of another container, a file system that lists another device). proc(5): "1: FLOCK
 * ADVISORY  READ 4711 fe:00:11510081 0 EOF", where what waits for a lock has "->" behind its
 * number. */
static int64_t lock_holder(int fd)
{
    FILE *locks = fopen("/proc/locks", "re");
    struct stat wanted;
    char line[256];
    long long pid = 0;

    while (locks && pid <= 0 && fstat(fd, &wanted) == 0 && fgets(line, sizeof(line), locks)) {
        unsigned device_major, device_minor;
        unsigned long long inode;
        long long holder;

        if (sscanf(line, "%*d: FLOCK %*s %*s %lld %x:%x:%llu", &holder, &device_major,
                   &device_minor, &inode) == 4 &&
            inode == wanted.st_ino && device_major == major(wanted.st_dev) &&
            device_minor == minor(wanted.st_dev))
            pid = holder;
    }
    if (locks)
        (void)fclose(locks);
    return pid > 0 ? pid : 0;
}

static enum status tell_reader(int fd, const char *folder, struct error *err)
{
    int64_t pid = lock_holder(fd);

    if (!pid)
        return error_set(err, STATUS_BUSY,
                         "somebody who may not write reads '%s': try again when they are done",
                         folder);
    return error_set(err, STATUS_BUSY,
                     "process %lld, which may not write, reads '%s': try again when it is done",
                     (long long)pid, folder);
}

enum status index_take_lock(const char *folder, int *out_fd, struct error *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)OS_PATH_MAX * 2);
    int fd;
    char text[24];
    int len;
    enum status status;

    buf_printf(&path, "%s/lock", folder);
    status = buf_status(&path, err);
    if (status)
        return status;
    fd = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    *out_fd = fd; /* closed with the index, whatever comes */
    if (fd < 0)
        return error_set_errno(err, STATUS_IO, "cannot open '%s'", path.data);
    /* A reader of index_writer_pid() holds it for a moment, one that may not write as long as it
     * reads. */
    for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; tries++) {
        int64_t pid;

        if (errno != EWOULDBLOCK && errno != EINTR)
            return error_set_errno(err, STATUS_IO, "cannot lock '%s'", path.data);
        pid = index_writer_pid(folder);
        if (pid && tries >= LOCK_TRIES)
            return error_set(err, STATUS_BUSY, "process %lld is writing to '%s'", (long long)pid,
                             folder);
        if (tries >= LOCK_TRIES_MAX)
            return tell_reader(fd, folder, err);
        (void)usleep(LOCK_PAUSE_US);
    }
    len = snprintf(text, sizeof(text), "%lld\n", (long long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)len, 0) != len)
        return error_set_errno(err, STATUS_IO, "cannot write '%s'", path.data);
    return STATUS_OK;
}
