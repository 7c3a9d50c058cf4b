#include <stdlib.h>
#include <string.h>

#include "watch/parts.h"

static void settle_path(struct watch *watch, const struct source *source, struct span path,
                        enum settle_kind kind)
{
    struct error problem;

    if (settle_touch(&watch->settle, source->source_id, path, kind, os_monotonic_ms(), &problem))
        watch_fail(watch, &problem);
}

static bool is_rules_file(struct span path)
{
    struct span name = { IGNORE_FILE_NAME, sizeof(IGNORE_FILE_NAME) - 1 };

    return path.len >= name.len &&
           memcmp(path.data + path.len - name.len, name.data, name.len) == 0 &&
           (path.len == name.len || path.data[path.len - name.len - 1] == '/');
}

static struct span parent_of(struct span path)
{
    const char *slash = path.len > 0 ? memrchr(path.data, '/', path.len) : NULL;

    return (struct span){ path.data, slash ? (size_t)(slash - path.data) : 0 };
}

/* A queue that ran over, or a watch nobody knows: only the disk can tell what happened. */
static void lose_events(struct watch *watch)
{
    watch->overflows++;
    for (struct source *source = watch->sources; source; source = source->next) {
        source->has_lost_events = true;
        source_tell_trust(watch, source);
        jobs_add(watch, source, (struct span){ "", 0 }, (struct span){ NULL, 0 }, false);
    }
    barrier_lost(watch);
}

static void half_free(struct half *half)
{
    path_free(&half->path);
    free(half);
}

static void add_half(struct watch *watch, const struct tree_event *event, bool is_ignored)
{
    struct half *half = calloc(1, sizeof(*half));
    struct span path = path_copy(event->path);
    struct error problem;

    if (!half || !path.data) {
        path_free(&path);
        free(half);
        (void)error_set(&problem, STATUS_NO_MEMORY, "no memory for a rename");
        watch_fail(watch, &problem);
        return;
    }
    half->path = path;
    half->cookie = event->cookie;
    half->source_id = event->source_id;
    half->is_folder = event->mask & IN_ISDIR;
    half->is_ignored = is_ignored;
    half->due_ms = os_monotonic_ms() + watch->options.gone_ms;
    half->next = watch->halves;
    watch->halves = half;
    if (half->is_folder &&
        tree_detach(watch->tree, half->source_id, half->path, half->cookie, &problem))
        watch_fail(watch, &problem);
}

static struct half *take_half(struct watch *watch, uint32_t cookie)
{
    for (struct half **at = &watch->halves; *at; at = &(*at)->next)
        if ((*at)->cookie == cookie) {
            struct half *half = *at;

            *at = half->next;
            return half;
        }
    return NULL;
}

/* It left for a place that we don't see. Its watches would go on telling of it. */
static void half_is_gone(struct watch *watch, const struct half *half)
{
    const struct source *source = watch_source(watch, half->source_id);

    if (!source)
        return;
    if (half->is_folder) {
        if (watch->tree)
            tree_drop_detached(watch->tree, half->cookie);
        tell_folder_gone(watch, source, half->path);
    } else if (!half->is_ignored) {
        settle_path(watch, source, half->path, SETTLE_GONE);
    }
}

void events_expire_halves(struct watch *watch, int64_t now_ms)
{
    for (struct half **at = &watch->halves; *at;) {
        struct half *half = *at;

        if (half->due_ms > now_ms) {
            at = &half->next;
            continue;
        }
        *at = half->next;
        half_is_gone(watch, half);
        half_free(half);
    }
}

int64_t events_next_half_ms(const struct watch *watch)
{
    int64_t next = -1;

    for (const struct half *half = watch->halves; half; half = half->next)
        if (next < 0 || half->due_ms < next)
            next = half->due_ms;
    return next;
}

static void folder_arrived(struct watch *watch, struct source *source, struct span folder)
{
    const struct look_root *root = source_root(watch, source);
    CLEANUP(path_free) struct span path = path_copy(folder);
    struct file_stamp stamp;
    struct refusal refusal;

    /* watched already, by a scan that was faster than its event: what happens in it is told */
    if (root && path.data && look_at(root, path.data, &stamp, &refusal) == LOOK_FOLDER &&
        tree_has(watch->tree, source->source_id, folder, &stamp))
        return;
    jobs_add(watch, source, folder, (struct span){ NULL, 0 }, false);
}

static void folder_moved(struct watch *watch, struct source *source, uint32_t cookie,
                         struct span from, struct span to)
{
    struct error problem;
    enum status status = tree_attach(watch->tree, cookie, source->source_id, to, &problem);

    if (!status)
        status = settle_move_folder(&watch->settle, source->source_id, from, to, &problem);
    if (status)
        watch_fail(watch, &problem);
    else
        jobs_add(watch, source, to, from, false);
}

/* The second half of a rename, or something moved in from outside. */
static void moved_to(struct watch *watch, struct source *source, const struct tree_event *event,
                     bool is_ignored)
{
    struct half *half = take_half(watch, event->cookie);
    bool is_folder = event->mask & IN_ISDIR;
    bool is_rename = half && half->source_id == event->source_id && !half->is_ignored;
    struct error problem;

    if (half && (!is_rename || is_ignored))
        half_is_gone(watch, half);
    if (!is_ignored) {
        if (is_folder && is_rename)
            folder_moved(watch, source, half->cookie, half->path, event->path);
        else if (is_folder)
            folder_arrived(watch, source, event->path);
        else if (!is_rename)
            settle_path(watch, source, event->path, SETTLE_CLOSED);
        else if (settle_move(&watch->settle, source->source_id, half->path, event->path,
                             os_monotonic_ms(), &problem))
            watch_fail(watch, &problem);
    }
    if (half)
        half_free(half);
}

static void file_event(struct watch *watch, const struct source *source,
                       const struct tree_event *event)
{
    const struct settle_entry *entry =
        settle_lookup(&watch->settle, source->source_id, event->path);

    if (event->mask & IN_DELETE)
        settle_path(watch, source, event->path, SETTLE_GONE);
    else if (event->mask & (IN_CREATE | IN_MODIFY))
        settle_path(watch, source, event->path, SETTLE_OPEN);
    else if (event->mask & IN_CLOSE_WRITE || !entry) /* a change of attributes only starts one */
        settle_path(watch, source, event->path, SETTLE_CLOSED);
}

static void folder_event(struct watch *watch, struct source *source, const struct tree_event *event)
{
    if (event->mask & IN_CREATE)
        folder_arrived(watch, source, event->path);
    else if (event->mask & IN_DELETE)
        tell_folder_gone(watch, source, event->path);
    else if (event->mask & IN_ATTRIB) {
        const struct look_root *root = source_root(watch, source);
        CLEANUP(path_free) struct span path = path_copy(event->path);
        CLEANUP(close_fd) int fd = -1;
        struct file_stamp stamp;
        struct refusal refusal;

        /* permissions decide whether it is watched; nothing else of a folder matters */
        if (root && path.data &&
            look_is_blocked(root, path.data, watch->options.crosses_mounts, &fd, &stamp,
                            &refusal) == tree_has_path(watch->tree, source->source_id, event->path))
            jobs_add(watch, source, event->path, (struct span){ NULL, 0 }, false);
    }
}

static void self_event(struct watch *watch, struct source *source, const struct tree_event *event)
{
    struct look_root root = { .fd = -1 };

    if (event->mask & IN_UNMOUNT || event->path.len > 0 ||
        !(event->mask & (IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED))) {
        if (event->mask & IN_UNMOUNT)
            jobs_add(watch, source, (struct span){ "", 0 }, (struct span){ NULL, 0 }, false);
        return;
    }
    switch (source_open(source, &root)) {
    case ROOT_MISSING:
        source_lost(watch, source, "its folder is gone");
        break;
    default:
        jobs_add(watch, source, (struct span){ "", 0 }, (struct span){ NULL, 0 }, false);
        break;
    }
    close_fd(&root.fd);
}

static void take_event(void *user, const struct tree_event *event)
{
    struct watch *watch = user;
    struct source *source = watch_source(watch, event->source_id);
    bool is_ignored;

    if (event->mask & IN_Q_OVERFLOW) {
        lose_events(watch);
        return;
    }
    if (event->is_plain) {
        barrier_seen(watch, event->path);
        return;
    }
    if (!source)
        return;
    if (event->is_self) {
        self_event(watch, source, event);
        return;
    }
    if (is_rules_file(event->path) && !(event->mask & (IN_CREATE | IN_MODIFY | IN_ISDIR)))
        jobs_add(watch, source, parent_of(event->path), (struct span){ NULL, 0 }, false);
    is_ignored = ignore_covers(source->ignore, event->path, event->mask & IN_ISDIR);
    if (event->mask & IN_MOVED_FROM)
        add_half(watch, event, is_ignored);
    else if (event->mask & IN_MOVED_TO)
        moved_to(watch, source, event, is_ignored);
    else if (is_ignored)
        return;
    else if (event->mask & IN_ISDIR)
        folder_event(watch, source, event);
    else
        file_event(watch, source, event);
}

void events_ready(void *user, unsigned ready)
{
    struct watch *watch = user;
    struct error problem;

    (void)ready;
    if (watch->failure.status)
        return;
    if (tree_read(watch->tree, take_event, watch, &problem))
        watch_fail(watch, &problem);
    source_close_roots(watch);
    barrier_end_ready(watch);
    tell_set_timer(watch);
}
