#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "watch/parts.h"

#define COOKIE_PREFIX "barrier-"

/* Files that an earlier process left behind. */
static void remove_old_cookies(const char *folder)
{
    DIR *stream = opendir(folder);
    const struct dirent *name;

    while (stream && (name = readdir(stream)) != NULL)
        if (strncmp(name->d_name, COOKIE_PREFIX, sizeof(COOKIE_PREFIX) - 1) == 0)
            (void)unlinkat(dirfd(stream), name->d_name, 0);
    if (stream)
        (void)closedir(stream);
}

/* A folder of its own: the database beside it would tell of every commit. */
enum status barrier_prepare(struct watch *watch, struct error *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(OS_PATH_MAX);
    enum status status;

    buf_printf(&path, "%s/watch", watch->options.state_folder);
    status = buf_status(&path, err);
    if (!status)
        status = os_make_folders(path.data, 0700, err);
    if (status)
        return status;
    remove_old_cookies(path.data);
    watch->cookie_folder = buf_detach(&path, &(size_t){ 0 });
    /* without a watch barriers still work, through scans: see watch_barrier() */
    if (tree_watch_plain(watch->tree, watch->cookie_folder, NULL)) {
        free(watch->cookie_folder);
        watch->cookie_folder = NULL;
    }
    return STATUS_OK;
}

static void cookie_path(const struct watch *watch, const struct barrier *barrier, char *out,
                        size_t size)
{
    (void)snprintf(out, size, "%s/%s", watch->cookie_folder, barrier->name);
}

static bool make_cookie(struct watch *watch, struct barrier *barrier)
{
    char path[OS_PATH_MAX];
    int fd;

    if (!watch->cookie_folder)
        return false;
    (void)snprintf(barrier->name, sizeof(barrier->name), COOKIE_PREFIX "%llu",
                   (unsigned long long)++watch->cookie_count);
    cookie_path(watch, barrier, path, sizeof(path));
    fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) {
        barrier->name[0] = '\0';
        return false;
    }
    (void)close(fd);
    return true;
}

/* Nothing after this waits for events that will not come. */
static void see(struct watch *watch, struct barrier *barrier)
{
    char path[OS_PATH_MAX];

    barrier->is_seen = true;
    barrier->sequence = watch->job_sequence;
    if (barrier->name[0]) {
        cookie_path(watch, barrier, path, sizeof(path));
        (void)unlink(path);
    }
}

void barrier_seen(struct watch *watch, struct span name)
{
    for (struct barrier *barrier = watch->barriers; barrier; barrier = barrier->next)
        if (!barrier->is_seen &&
            span_equal(name, (struct span){ barrier->name, strlen(barrier->name) }))
            see(watch, barrier);
}

void barrier_lost(struct watch *watch)
{
    for (struct barrier *barrier = watch->barriers; barrier; barrier = barrier->next)
        if (!barrier->is_seen)
            see(watch, barrier);
}

static void scan_what_is_not_told(struct watch *watch, bool is_all)
{
    for (struct source *source = watch->sources; source; source = source->next) {
        if (is_all || source->is_remote || source->is_offline)
            jobs_add(watch, source, (struct span){ "", 0 }, (struct span){ NULL, 0 }, false);
        for (size_t at = 0; at < source->unwatched.len;
             at += strlen(source->unwatched.data + at) + 1)
            jobs_add(
                watch, source,
                (struct span){ source->unwatched.data + at, strlen(source->unwatched.data + at) },
                (struct span){ NULL, 0 }, false);
    }
}

enum status watch_barrier(struct watch *watch, watch_barrier_fn *fn, void *user, struct error *err)
{
    struct barrier *barrier = calloc(1, sizeof(*barrier)), **end = &watch->barriers;
    bool has_cookie;

    if (!barrier)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a barrier");
    barrier->fn = fn;
    barrier->user = user;
    while (*end)
        end = &(*end)->next;
    *end = barrier;
    has_cookie = watch->tree && make_cookie(watch, barrier);
    scan_what_is_not_told(watch, !has_cookie);
    if (!has_cookie) {
        see(watch, barrier);
        loop_timer_set(watch->job_timer, 0);
    }
    return STATUS_OK;
}

/* In order: a later one may not overtake an earlier one. */
void barrier_end_ready(struct watch *watch)
{
    bool is_told = false;

    while (watch->barriers && watch->barriers->is_seen &&
           watch->done_sequence >= watch->barriers->sequence && !watch->failure.status) {
        struct barrier *barrier = watch->barriers;

        if (!is_told) {
            tell_settled(watch, INT64_MAX);
            source_close_roots(watch);
            is_told = true;
        }
        watch->barriers = barrier->next;
        barrier->fn(barrier->user, true);
        free(barrier);
    }
}

void barrier_drop_all(struct watch *watch)
{
    while (watch->barriers) {
        struct barrier *barrier = watch->barriers;
        char path[OS_PATH_MAX];

        watch->barriers = barrier->next;
        if (!barrier->is_seen && barrier->name[0]) {
            cookie_path(watch, barrier, path, sizeof(path));
            (void)unlink(path);
        }
        barrier->fn(barrier->user, false);
        free(barrier);
    }
}
