#include "cli/hit_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"

#define FOLDERS_MAX 256u /* as many sources as varve.conf may name */

/* The sources' folders stay open between hits: a look then costs one system call. */
struct hit_checker {
    int64_t source_ids[FOLDERS_MAX];
    int fds[FOLDERS_MAX];
    size_t count, next; /* next: the one that gives way when all are taken */
    char why[200];
};

struct hit_checker *hit_checker_new(void)
{
    return calloc(1, sizeof(struct hit_checker));
}

void hit_checker_free(struct hit_checker *checker)
{
    if (!checker)
        return;
    for (size_t i = 0; i < checker->count; i++)
        if (checker->fds[i] >= 0)
            (void)close(checker->fds[i]);
    free(checker);
}

static int folder_of(struct hit_checker *checker, const struct hit_place *place, char *path)
{
    int fd;

    for (size_t i = 0; i < checker->count; i++)
        if (checker->source_ids[i] == place->source_id)
            return checker->fds[i];
    memcpy(path, place->source_path.data, place->source_path.len);
    path[place->source_path.len] = '\0';
    fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (checker->count < FOLDERS_MAX) {
        checker->next = checker->count++;
    } else {
        checker->next = (checker->next + 1) % FOLDERS_MAX;
        if (checker->fds[checker->next] >= 0)
            (void)close(checker->fds[checker->next]);
    }
    checker->source_ids[checker->next] = place->source_id;
    checker->fds[checker->next] = fd;
    return fd;
}

const char *hit_checker_stale(struct hit_checker *checker, const struct hit_place *place)
{
    char path[OS_PATH_MAX];
    struct file_stamp now;
    struct error problem;
    int folder;

    if (place->is_held)
        return "its file is gone, and its removal waits for approval";
    if (place->is_behind) {
        (void)snprintf(checker->why, sizeof(checker->why), "the newer content is not indexed: %s",
                       outcome_name(place->behind_outcome));
        return checker->why;
    }
    if (place->source_path.len >= sizeof(path) || place->path.len >= sizeof(path))
        return "its path is too long";
    folder = folder_of(checker, place, path);
    if (folder < 0)
        return "its source is not there";
    memcpy(path, place->path.data, place->path.len);
    path[place->path.len] = '\0';
    if (os_stamp_at(folder, path, &now, &problem))
        return problem.sys_errno == ENOENT || problem.sys_errno == ENOTDIR
                   ? "its file is gone"
                   : "its file can't be looked at";
    return os_stamp_equal(&now, &place->stamp) ? NULL : "changed since it was indexed";
}
