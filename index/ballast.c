#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "index/internal.h"

static enum status ballast_path(const char *folder, struct buf *out, struct error *err)
{
    buf_printf(out, "%s/ballast", folder);
    return buf_status(out, err);
}

enum status index_make_ballast(const char *folder, struct error *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)OS_PATH_MAX * 2);
    CLEANUP(close_fd) int fd = -1;
    enum status status = ballast_path(folder, &path, err);
    int code;

    if (status)
        return status;
    fd = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set_errno(err, STATUS_IO, "cannot open '%s'", path.data);
    code = posix_fallocate(fd, 0, (off_t)INDEX_BALLAST_BYTES);
    if (code == 0)
        return STATUS_OK;
    /* Half a ballast takes the room that deletes would need. */
    (void)unlink(path.data);
    errno = code;
    return error_set_errno(err, STATUS_IO, "no room for '%s'", path.data);
}

bool index_has_ballast(const struct index *index)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)OS_PATH_MAX * 2);

    return ballast_path(index->folder, &path, NULL) == STATUS_OK && access(path.data, F_OK) == 0;
}

void index_release_ballast(struct index *index)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)OS_PATH_MAX * 2);

    if (ballast_path(index->folder, &path, NULL) == STATUS_OK)
        (void)unlink(path.data);
}

bool index_is_full(const struct index *index)
{
    struct statvfs disk;

    return !index_has_ballast(index) && statvfs(index->folder, &disk) == 0 &&
           (uint64_t)disk.f_bavail * disk.f_frsize < 2 * INDEX_BALLAST_BYTES;
}

bool index_restore_ballast(struct index *index)
{
    return index_has_ballast(index) ||
           (!index_is_full(index) && index_make_ballast(index->folder, NULL) == STATUS_OK);
}

bool index_makes_room(struct index *index, const struct error *err)
{
    if (!error_is_full(err) || !index_has_ballast(index))
        return false;
    index_release_ballast(index);
    return true;
}
