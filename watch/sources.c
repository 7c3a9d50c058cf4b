#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "watch/parts.h"

#define MOUNTINFO_BYTES_MAX ((size_t)16 << 20)

enum root_state source_open(const struct source *source, struct look_root *out)
{
    struct look_root root;

    if (look_open_root(source->path, &root, NULL))
        return ROOT_MISSING;
    *out = root;
    if (source->inode == 0)
        return ROOT_SAME;
    return root.device == source->device && root.inode == source->inode ? ROOT_SAME : ROOT_OTHER;
}

const struct look_root *source_root(struct watch *watch, struct source *source)
{
    struct look_root root;

    if (source->is_offline)
        return NULL;
    if (source->root.fd >= 0)
        return &source->root;
    switch (source_open(source, &root)) {
    case ROOT_MISSING:
        source_lost(watch, source, "its folder is gone");
        return NULL;
    case ROOT_OTHER:
        (void)close(root.fd);
        jobs_add(watch, source, (struct span){ "", 0 }, (struct span){ NULL, 0 }, false);
        return NULL;
    default:
        source->root = root;
        return &source->root;
    }
}

/* Not kept open: a descriptor would keep the file system from being unmounted. */
void source_close_roots(struct watch *watch)
{
    for (struct source *source = watch->sources; source; source = source->next) {
        close_fd(&source->root.fd);
        source->root.fd = -1;
    }
}

static void tell_trust(struct watch *watch, const struct source *source, struct span folder,
                       const char *why)
{
    if (watch->handler.trust)
        watch->handler.trust(watch->handler.user, source->source_id, folder, why);
}

void source_tell_trust(struct watch *watch, struct source *source)
{
    char why[WHY_BYTES] = "";
    const char *system = "";

    if (source->is_offline)
        (void)snprintf(why, sizeof(why), "%s", source->why);
    else if (source->has_lost_events)
        (void)snprintf(why, sizeof(why), "%s",
                       "more changed at once than the kernel's queue holds "
                       "(fs.inotify.max_queued_events): being scanned");
    else if (source->is_remote) {
        struct look_root root;

        if (source_open(source, &root) != ROOT_MISSING) {
            (void)look_is_remote(root.fd, &system);
            (void)close(root.fd);
        }
        (void)snprintf(why, sizeof(why),
                       "on %s, which does not tell of changes made elsewhere: scanned every %lld s",
                       system, (long long)(watch->options.poll_ms / 1000));
    }
    if (strcmp(why, source->why) == 0 && !source->is_offline)
        return;
    memcpy(source->why, why, sizeof(why));
    tell_trust(watch, source, (struct span){ "", 0 }, why[0] ? why : NULL);
}

void source_lost(struct watch *watch, struct source *source, const char *why)
{
    bool is_told = source->is_offline && strcmp(source->why, why) == 0;

    source->is_offline = true;
    (void)snprintf(source->why, sizeof(source->why), "%s", why);
    source->next_scan_ms = os_monotonic_ms() + OFFLINE_WAIT_MS;
    if (watch->tree)
        tree_drop(watch->tree, source->source_id, (struct span){ "", 0 });
    if (!is_told)
        source_tell_trust(watch, source);
    sources_set_clock(watch);
}

enum status source_accept(struct watch *watch, struct source *source, const struct look_root *root,
                          struct error *err)
{
    const struct store_ops *ops = watch->store->ops;
    int64_t generation;
    enum status status = ops->begin(watch->store, err);

    if (!status)
        status =
            ops->set_source_root(watch->store, source->source_id, root->device, root->inode, err);
    if (!status)
        status = ops->commit(watch->store, &generation, err);
    if (status) {
        ops->rollback(watch->store);
        return status;
    }
    source->device = root->device;
    source->inode = root->inode;
    return STATUS_OK;
}

/* ---- folders without a watch ---- */

static bool list_holds(const struct buf *list, struct span folder)
{
    for (size_t at = 0; at < list->len; at += strlen(list->data + at) + 1)
        if (span_equal((struct span){ list->data + at, strlen(list->data + at) }, folder))
            return true;
    return false;
}

/* What a scan of job->folder says about the folders below it replaces what was known of them. */
void source_set_unwatched(struct watch *watch, struct source *source, const struct run *run)
{
    CLEANUP(buf_release) struct buf before = source->unwatched;
    struct span scanned = run->job->folder;
    char why[WHY_BYTES];

    (void)snprintf(why, sizeof(why),
                   "no inotify watches are left: scanned every %lld s; to be told of changes at "
                   "once, raise fs.inotify.max_user_watches (sysctl)",
                   (long long)(watch->options.poll_ms / 1000));
    source->unwatched = (struct buf)BUF_INIT(before.limit);
    source->unwatched_count = 0;
    for (size_t at = 0; at < before.len; at += strlen(before.data + at) + 1) {
        struct span folder = { before.data + at, strlen(before.data + at) };

        if (!path_is_below(folder, scanned))
            buf_append(&source->unwatched, folder.data, folder.len + 1);
        else if (!list_holds(&run->unwatched, folder))
            tell_trust(watch, source, folder, NULL);
    }
    for (size_t at = 0; at < run->unwatched.len; at += strlen(run->unwatched.data + at) + 1) {
        struct span folder = { run->unwatched.data + at, strlen(run->unwatched.data + at) };

        buf_append(&source->unwatched, folder.data, folder.len + 1);
        if (!list_holds(&before, folder))
            tell_trust(watch, source, folder, why);
    }
    for (size_t at = 0; at < source->unwatched.len; at++)
        source->unwatched_count += source->unwatched.data[at] == '\0';
    if (source->unwatched_count > 0)
        source->next_poll_ms = os_monotonic_ms() + watch->options.poll_ms;
    else
        source->next_poll_ms = -1;
}

/* ---- what is due by the clock ---- */

void sources_set_clock(struct watch *watch)
{
    int64_t next = -1, now = os_monotonic_ms();

    if (watch->options.is_scan_only)
        return;
    for (const struct source *source = watch->sources; source; source = source->next) {
        if (source->next_scan_ms >= 0 && (next < 0 || source->next_scan_ms < next))
            next = source->next_scan_ms;
        if (source->next_poll_ms >= 0 && (next < 0 || source->next_poll_ms < next))
            next = source->next_poll_ms;
    }
    loop_timer_set(watch->clock_timer, next < 0 ? -1 : next > now ? next - now : 0);
}

static void poll_unwatched(struct watch *watch, const struct source *source)
{
    for (size_t at = 0; at < source->unwatched.len;) {
        size_t len = strlen(source->unwatched.data + at);

        jobs_add(watch, source, (struct span){ source->unwatched.data + at, len },
                 (struct span){ NULL, 0 }, false);
        at += len + 1;
    }
}

void sources_clock(void *user)
{
    struct watch *watch = user;
    int64_t now = os_monotonic_ms();

    for (struct source *source = watch->sources; source; source = source->next) {
        struct look_root root;

        if (source->next_poll_ms >= 0 && source->next_poll_ms <= now) {
            source->next_poll_ms = now + watch->options.poll_ms;
            poll_unwatched(watch, source);
        }
        if (source->next_scan_ms < 0 || source->next_scan_ms > now)
            continue;
        source->next_scan_ms =
            now + (source->is_offline || source->is_remote ? watch->options.poll_ms
                                                           : watch->options.rescan_ms);
        if (source->is_offline && source_open(source, &root) == ROOT_MISSING) {
            source->next_scan_ms = now + OFFLINE_WAIT_MS;
            continue;
        }
        if (source->is_offline)
            (void)close(root.fd);
        jobs_add(watch, source, (struct span){ "", 0 }, (struct span){ NULL, 0 }, false);
    }
    sources_set_clock(watch);
}

/* ---- mounts ---- */

/* A path of mountinfo: space, tab, newline and backslash are written as \ooo (proc(5)). */
static size_t unescape(const char *in, size_t len, char *out)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        if (in[i] == '\\' && i + 3 < len + 1 && i + 3 <= len - 1 + 1 && in[i + 1] >= '0' &&
            in[i + 1] <= '3') {
            out[n++] = (char)((in[i + 1] - '0') * 64 + (in[i + 2] - '0') * 8 + (in[i + 3] - '0'));
            i += 3;
        } else {
            out[n++] = in[i];
        }
    }
    return n;
}

/* The fifth field of a line: "36 35 98:0 /mnt1 /mnt2 rw,noatime ..." */
static bool mount_point_of(struct span line, char out[OS_PATH_MAX], size_t *len)
{
    for (int field = 1; field < 5; field++) {
        const char *space = memchr(line.data, ' ', line.len);

        if (!space)
            return false;
        line.len -= (size_t)(space + 1 - line.data);
        line.data = space + 1;
    }
    {
        const char *space = memchr(line.data, ' ', line.len);

        if (!space || (size_t)(space - line.data) >= OS_PATH_MAX)
            return false;
        *len = unescape(line.data, (size_t)(space - line.data), out);
    }
    return true;
}

uint64_t source_mounts(const struct source *source)
{
    CLEANUP(buf_release) struct buf all = BUF_INIT(MOUNTINFO_BYTES_MAX);
    struct span path = { source->path, strlen(source->path) };
    uint64_t mounts = 1;

    if (os_read_file("/proc/self/mountinfo", &all, NULL))
        return 0;
    for (size_t at = 0; at < all.len;) {
        const char *line = all.data + at, *end = memchr(line, '\n', all.len - at);
        size_t len = end ? (size_t)(end - line) : all.len - at, point_len;
        char point[OS_PATH_MAX];

        at += len + 1;
        if (!mount_point_of((struct span){ line, len }, point, &point_len))
            continue;
        if (point_len == 1)
            point_len = 0; /* everything is below "/" */
        if (path_is_below(path, (struct span){ point, point_len }) ||
            path_is_below((struct span){ point, point_len }, path))
            mounts = table_path_hash(mounts, (struct span){ line, len });
    }
    return mounts;
}

static void mounts_changed(void *user, unsigned ready)
{
    struct watch *watch = user;

    (void)ready;
    for (struct source *source = watch->sources; source; source = source->next) {
        uint64_t mounts = source_mounts(source);

        if (mounts == source->mounts)
            continue;
        source->mounts = mounts;
        jobs_add(watch, source, (struct span){ "", 0 }, (struct span){ NULL, 0 }, false);
    }
}

/* The kernel reports a change of the mounts as an error condition on this file (proc(5)); readable
 * it is always, so nothing else is asked for. */
enum status sources_watch_mounts(struct watch *watch, struct error *err)
{
    watch->mount_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    if (watch->mount_fd < 0)
        return STATUS_OK; /* no /proc: the hourly scan looks at the folder's identity */
    return loop_watch_fd(watch->loop, watch->mount_fd, 0, mounts_changed, watch,
                         &watch->mount_watch, err);
}
