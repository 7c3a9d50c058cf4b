#include "index/aside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/os.h"

#define NAMES_MAX 100 /* of folders of one second */

static void close_folder(DIR **folder)
{
    if (*folder)
        (void)closedir(*folder);
}

static enum status make_folder(const char *folder, struct buf *aside, struct error *err)
{
    time_t now = (time_t)(os_wall_ms() / 1000);
    struct tm day = { 0 };
    char when[32];

    (void)gmtime_r(&now, &day);
    (void)strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &day);
    for (int i = 0; i < NAMES_MAX; i++) {
        buf_clear(aside);
        buf_printf(aside, "%s/aside-%s", folder, when);
        if (i > 0)
            buf_printf(aside, "-%d", i + 1);
        if (buf_status(aside, err))
            return STATUS_LIMIT;
        if (mkdir(aside->data, 0700) == 0)
            return STATUS_OK;
        if (errno != EEXIST)
            break;
    }
    return error_set_errno(err, STATUS_IO, "cannot make '%s'", aside->data);
}

static bool has_prefix(const char *name, const char *const prefixes[])
{
    for (; *prefixes; prefixes++)
        if (strncmp(name, *prefixes, strlen(*prefixes)) == 0)
            return true;
    return false;
}

/* is_kept: it gets a second name there, where the file system has such. */
static enum status move_one(int folder_fd, const char *name, bool is_kept, const struct buf *aside,
                            struct error *err)
{
    CLEANUP(buf_release) struct buf to = BUF_INIT((size_t)OS_PATH_MAX * 2);

    buf_printf(&to, "%s/%s", aside->data, name);
    if (is_kept && linkat(folder_fd, name, AT_FDCWD, to.data, 0) == 0)
        return STATUS_OK;
    if (renameat(folder_fd, name, AT_FDCWD, to.data) < 0)
        return error_set_errno(err, STATUS_IO, "cannot move '%s' to '%s'", name, to.data);
    return STATUS_OK;
}

enum status aside_move(const char *folder, const char *const prefixes[], bool is_kept,
                       struct buf *aside, struct error *err)
{
    CLEANUP(close_folder) DIR *files = opendir(folder);
    const struct dirent *file;
    bool is_made = false;
    enum status status = STATUS_OK;

    buf_clear(aside);
    if (!files)
        return error_set_errno(err, STATUS_IO, "cannot open '%s'", folder);
    while (!status && (file = readdir(files))) {
        if (!has_prefix(file->d_name, prefixes))
            continue;
        if (!is_made)
            status = make_folder(folder, aside, err);
        is_made = true;
        if (!status)
            status = move_one(dirfd(files), file->d_name, is_kept, aside, err);
    }
    if (!status && is_made)
        status = os_sync_folder(aside->data, err);
    return status || !is_made ? status : os_sync_folder(folder, err);
}

enum status aside_remove(const char *folder, const char *const prefixes[], struct error *err)
{
    CLEANUP(close_folder) DIR *files = opendir(folder);
    const struct dirent *file;

    if (!files)
        return error_set_errno(err, STATUS_IO, "cannot open '%s'", folder);
    while ((file = readdir(files)))
        if (has_prefix(file->d_name, prefixes) && unlinkat(dirfd(files), file->d_name, 0) != 0)
            return error_set_errno(err, STATUS_IO, "cannot remove '%s'", file->d_name);
    return os_sync_folder(folder, err);
}
