#include "watch/watch.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "watch/parts.h"

#define PATH_LIST_BYTES_MAX ((size_t)1 << 20)

struct span path_copy(struct span path)
{
    char *copy = malloc(path.len + 1);

    if (!copy)
        return (struct span){ NULL, 0 };
    if (path.len > 0)
        memcpy(copy, path.data, path.len);
    copy[path.len] = '\0';
    return (struct span){ copy, path.len };
}

void path_free(struct span *owned)
{
    union {
        const char *lent;
        char *owned;
    } bytes = { owned->data };

    free(bytes.owned);
    *owned = (struct span){ NULL, 0 };
}

void watch_fail(struct watch *watch, const struct error *err)
{
    if (!watch->failure.status)
        watch->failure = *err;
}

struct source *watch_source(const struct watch *watch, int64_t source_id)
{
    for (struct source *source = watch->sources; source; source = source->next)
        if (source->source_id == source_id)
            return source;
    return NULL;
}

static int64_t or_default(int64_t value, int64_t otherwise)
{
    return value > 0 ? value : otherwise;
}

static void fill_options(struct watch_options *options)
{
    options->share_documents = options->share_documents ? options->share_documents : 100;
    options->share_percent = options->share_percent ? options->share_percent : 50;
    options->settle_ms = or_default(options->settle_ms, 250);
    options->open_settle_ms = or_default(options->open_settle_ms, 2000);
    options->open_settle_max_ms = or_default(options->open_settle_max_ms, 30000);
    options->gone_ms = or_default(options->gone_ms, 500);
    options->poll_ms = or_default(options->poll_ms, 60000);
    options->rescan_ms = or_default(options->rescan_ms, 3600000);
}

static enum status start_events(struct watch *watch, struct error *err)
{
    enum status status = tree_new(&watch->tree, err);

    if (!status)
        status = loop_watch_fd(watch->loop, tree_fd(watch->tree), LOOP_READ, events_ready, watch,
                               &watch->tree_watch, err);
    if (!status)
        status = sources_watch_mounts(watch, err);
    if (!status && watch->options.state_folder)
        status = barrier_prepare(watch, err);
    return status;
}

enum status watch_new(struct loop *loop, struct store *store, const struct watch_options *options,
                      const struct watch_handler *handler, struct watch **out, struct error *err)
{
    struct watch *watch = calloc(1, sizeof(*watch));
    struct settle_times times;
    enum status status;

    if (!watch)
        return error_set(err, STATUS_NO_MEMORY, "no memory to watch folders");
    watch->loop = loop;
    watch->store = store;
    watch->options = *options;
    watch->handler = *handler;
    watch->mount_fd = -1;
    fill_options(&watch->options);
    times = (struct settle_times){ .closed_ms = watch->options.settle_ms,
                                   .open_ms = watch->options.open_settle_ms,
                                   .max_ms = watch->options.open_settle_max_ms,
                                   .gone_ms = watch->options.gone_ms };
    settle_init(&watch->settle, &times);
    status = loop_timer_new(loop, tell_settle_timer, watch, &watch->settle_timer, err);
    if (!status)
        status = loop_timer_new(loop, jobs_step, watch, &watch->job_timer, err);
    if (!status)
        status = loop_timer_new(loop, sources_clock, watch, &watch->clock_timer, err);
    if (!status && !watch->options.is_scan_only)
        status = start_events(watch, err);
    if (status) {
        watch_free(watch);
        return status;
    }
    *out = watch;
    return STATUS_OK;
}

static void source_free(struct source *source)
{
    if (!source)
        return;
    close_fd(&source->root.fd);
    ignore_free(source->ignore);
    buf_release(&source->unwatched);
    free(source->path);
    free(source);
}

void watch_free(struct watch *watch)
{
    if (!watch)
        return;
    barrier_drop_all(watch);
    jobs_drop(watch);
    while (watch->halves) {
        struct half *half = watch->halves;

        watch->halves = half->next;
        path_free(&half->path);
        free(half);
    }
    settle_release(&watch->settle);
    while (watch->sources) {
        struct source *next = watch->sources->next;

        source_free(watch->sources);
        watch->sources = next;
    }
    loop_timer_free(watch->settle_timer);
    loop_timer_free(watch->job_timer);
    loop_timer_free(watch->clock_timer);
    loop_unwatch(watch->tree_watch);
    loop_unwatch(watch->mount_watch);
    tree_free(watch->tree);
    close_fd(&watch->mount_fd);
    free(watch->cookie_folder);
    free(watch);
}

/* ---- sources ---- */

/* A source inside another would have its files indexed twice, and ours inside one would tell of its
 * own writing for ever. */
static enum status check_place(const struct watch *watch, struct span path, struct error *err)
{
    char state[PATH_MAX];

    if (watch->options.state_folder && realpath(watch->options.state_folder, state) &&
        path_is_below((struct span){ state, strlen(state) },
                      path.len == 1 ? (struct span){ "", 0 } : path))
        return error_set(err, STATUS_UNSUPPORTED,
                         "the knowledge base '%.90s' lies inside the source '%.90s': put it "
                         "elsewhere with --kb",
                         state, path.data);
    for (const struct source *other = watch->sources; other; other = other->next) {
        struct span known = { other->path, strlen(other->path) };

        if (path_is_below(path, known) || path_is_below(known, path))
            return error_set(err, STATUS_UNSUPPORTED,
                             "the sources '%.100s' and '%.100s' overlap: keep the outer one",
                             known.data, path.data);
    }
    return STATUS_OK;
}

/* Reads what the store knows of the source's folder, and looks at the folder. */
static enum status learn_source(struct watch *watch, struct source *source, struct error *err)
{
    struct source_record record = { 0 };
    struct look_root root;
    const char *system;
    bool is_known = false;
    enum status status =
        watch->store->ops->lookup_source(watch->store, source->source_id, &record, &is_known, err);

    if (status)
        return status;
    source->device = record.device;
    source->inode = record.inode;
    status = look_open_root(source->path, &root, err);
    if (status && source->inode == 0)
        return status;
    if (status)
        return STATUS_OK; /* the first scan finds it missing */
    source->is_remote = look_is_remote(root.fd, &system);
    source->mounts = source_mounts(source);
    (void)close(root.fd);
    return STATUS_OK;
}

enum status watch_add_source(struct watch *watch, int64_t source_id, struct span path,
                             struct error *err)
{
    struct source *source = calloc(1, sizeof(*source));
    char resolved[PATH_MAX];
    char *given = strndup(path.data, path.len);
    enum status status;

    if (!source || !given) {
        free(source);
        free(given);
        return error_set(err, STATUS_NO_MEMORY, "no memory for a source");
    }
    source->source_id = source_id;
    source->root.fd = -1;
    source->next_scan_ms = source->next_poll_ms = -1;
    source->unwatched = (struct buf)BUF_INIT(PATH_LIST_BYTES_MAX);
    source->path = strdup(realpath(given, resolved) ? resolved : given);
    free(given);
    status = source->path
                 ? check_place(watch, (struct span){ source->path, strlen(source->path) }, err)
                 : error_set(err, STATUS_NO_MEMORY, "no memory for a source");
    if (!status)
        status = ignore_new(watch->options.ignore, &source->ignore, err);
    if (!status)
        status = learn_source(watch, source, err);
    if (status) {
        source_free(source);
        return status;
    }
    source->next = watch->sources;
    watch->sources = source;
    source_tell_trust(watch, source);
    watch_scan(watch, source_id);
    return STATUS_OK;
}

void watch_scan(struct watch *watch, int64_t source_id)
{
    for (struct source *source = watch->sources; source; source = source->next)
        if (source_id == 0 || source->source_id == source_id)
            jobs_add(watch, source, (struct span){ "", 0 }, (struct span){ NULL, 0 }, false);
}

void watch_approve(struct watch *watch, int64_t source_id)
{
    for (struct source *source = watch->sources; source; source = source->next)
        if (source_id == 0 || source->source_id == source_id)
            jobs_add(watch, source, (struct span){ "", 0 }, (struct span){ NULL, 0 }, true);
}

bool watch_is_settled(const struct watch *watch)
{
    return !watch->run && !watch->jobs && !watch->halves && !watch->barriers &&
           settle_is_empty(&watch->settle);
}

bool watch_read_source(const struct watch *watch, int64_t source_id, struct watch_source_state *out)
{
    const struct source *source = watch_source(watch, source_id);

    if (!source)
        return false;
    *out = (struct watch_source_state){
        .is_offline = source->is_offline,
        .is_scanning = watch->run && watch->run->job->source_id == source_id,
        .files = source->files,
        .folders = watch->tree ? tree_watch_count(watch->tree, source_id) : 0,
        .unwatched = source->unwatched_count,
        .held = source->held,
        .overflows = watch->overflows,
        .scanned_ms = source->scanned_ms,
        .scan_took_ms = source->scan_took_ms,
    };
    memcpy(out->trouble, source->why, sizeof(out->trouble));
    return true;
}

enum status watch_status(const struct watch *watch, struct error *err)
{
    if (watch->failure.status && err)
        *err = watch->failure;
    return watch->failure.status;
}
