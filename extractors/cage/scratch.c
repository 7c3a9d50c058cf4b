#include "extractors/cage/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT_PREFIX   "varve-convert-"
#define DEPTH_MAX     64u
#define FILES_COUNTED 100000u

/* Closes fd. */
static uint64_t count_contents(int fd, unsigned depth, unsigned *file_count)
{
    DIR *folder = fdopendir(fd);
    const struct dirent *entry;
    uint64_t bytes = 0;

    if (!folder) {
        (void)close(fd);
        return 0;
    }
    while ((entry = readdir(folder)) && *file_count < FILES_COUNTED) {
        struct stat st;
        int inner;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        ++*file_count;
        bytes += (uint64_t)st.st_blocks * 512;
        if (!S_ISDIR(st.st_mode) || depth == 0)
            continue;
        inner =
            openat(dirfd(folder), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (inner >= 0)
            bytes += count_contents(inner, depth - 1, file_count);
    }
    (void)closedir(folder);
    return bytes;
}

uint64_t scratch_bytes(const char *path, unsigned *file_count)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    *file_count = 0;
    return fd < 0 ? 0 : count_contents(fd, DEPTH_MAX, file_count);
}

/* The folder behind path, locked, and still the one of that name. -1: somebody has it. */
static int take_lock(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat held, named;

    if (fd < 0)
        return -1;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &held) == 0 && lstat(path, &named) == 0 &&
        held.st_ino == named.st_ino && held.st_dev == named.st_dev && held.st_uid == geteuid())
        return fd;
    (void)close(fd);
    return -1;
}

static void sweep(const char *parent)
{
    DIR *folder = opendir(parent);
    const struct dirent *entry;

    if (!folder)
        return;
    while ((entry = readdir(folder))) {
        char path[OS_PATH_MAX];
        int fd;

        if (strncmp(entry->d_name, ROOT_PREFIX, sizeof(ROOT_PREFIX) - 1) != 0 ||
            (size_t)snprintf(path, sizeof(path), "%s/%s", parent, entry->d_name) >= sizeof(path))
            continue;
        fd = take_lock(path);
        if (fd < 0)
            continue;
        os_remove_tree(path);
        (void)close(fd);
    }
    (void)closedir(folder);
}

enum status scratch_open(const char *parent, struct scratch *out, struct error *err)
{
    *out = (struct scratch)SCRATCH_INIT;
    sweep(parent);
    /* Somebody else's sweep may come between making it and locking it: then another one. */
    for (int tries = 0; tries < 10; tries++) {
        if ((size_t)snprintf(out->path, sizeof(out->path), "%s/" ROOT_PREFIX "XXXXXX", parent) >=
            sizeof(out->path))
            break;
        if (!mkdtemp(out->path))
            break;
        out->lock_fd = take_lock(out->path);
        if (out->lock_fd < 0)
            continue;
        (void)fchmod(out->lock_fd, 0711); /* a run's user may be another, and must pass */
        return STATUS_OK;
    }
    out->path[0] = '\0';
    return error_set_errno(err, STATUS_IO, "cannot make a temporary folder in '%s'", parent);
}

enum status scratch_folder(const struct scratch *scratch, int user, char out[OS_PATH_MAX],
                           struct error *err)
{
    if ((size_t)snprintf(out, OS_PATH_MAX, "%s/run", scratch->path) >= OS_PATH_MAX)
        return error_set(err, STATUS_LIMIT, "path too long: '%.200s'", scratch->path);
    os_remove_tree(out);
    if (mkdir(out, 0700) < 0)
        return error_set_errno(err, STATUS_IO, "cannot make '%s'", out);
    if (user >= 0 && chown(out, (uid_t)user, (gid_t)user) < 0)
        return error_set_errno(err, STATUS_IO, "cannot give '%s' away", out);
    return STATUS_OK;
}

void scratch_close(struct scratch *scratch)
{
    if (scratch->path[0])
        os_remove_tree(scratch->path);
    if (scratch->lock_fd >= 0)
        (void)close(scratch->lock_fd);
    *scratch = (struct scratch)SCRATCH_INIT;
}
