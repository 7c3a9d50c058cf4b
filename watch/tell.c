#include <stdlib.h>
#include <string.h>

#include "watch/parts.h"

/* What is gone and was checked on disk, until the guards have spoken. */
struct gone_list {
    struct span *paths; /* borrowed */
    size_t count, capacity;
    uint64_t known; /* of them in the store: the others are not counted as a loss */
    bool *is_known;
};

static void gone_release(const struct gone_list *list)
{
    free(list->paths);
    free(list->is_known);
}

static void out_of_memory(struct watch *watch)
{
    struct error problem;

    (void)error_set(&problem, STATUS_NO_MEMORY, "no memory for changed paths");
    watch_fail(watch, &problem);
}

static void gone_add(struct watch *watch, struct gone_list *list, struct span path, bool is_known)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        struct span *paths = realloc(list->paths, capacity * sizeof(*paths));
        bool *flags = paths ? realloc(list->is_known, capacity * sizeof(*flags)) : NULL;

        if (paths)
            list->paths = paths;
        if (flags)
            list->is_known = flags;
        if (!paths || !flags) {
            out_of_memory(watch);
            return;
        }
        list->capacity = capacity;
    }
    list->paths[list->count] = path;
    list->is_known[list->count++] = is_known;
    list->known += is_known;
}

/* No document lies there any more: no file, or one that a rule ignores now. */
static bool is_gone(const struct watch *watch, const struct source *source,
                    const struct look_root *root, struct span path, uint64_t device)
{
    return ignore_covers(source->ignore, path, false) ||
           look_is_gone(root, path.data, watch->options.crosses_mounts, device);
}

/* ---- the guards ---- */

static enum status count_file(void *user, const struct document_record *record, struct error *err)
{
    (void)err;
    *(uint64_t *)user += record->key.member.len == 0 && !record->is_held;
    return STATUS_OK;
}

static uint64_t count_known(struct watch *watch, const struct source *source)
{
    uint64_t known = 0;
    struct error problem;

    if (watch->store->ops->each(watch->store, source->source_id, (struct span){ "", 0 }, count_file,
                                &known, &problem))
        watch_fail(watch, &problem);
    return known;
}

/* Is any file left in it? Stops at the first. */
static bool has_files(struct watch *watch, const struct source *source,
                      const struct look_root *root)
{
    struct scan_options options = { .ignore = source->ignore,
                                    .crosses_mounts = watch->options.crosses_mounts };
    struct scan scan;
    bool is_done = false;
    struct error problem;
    enum status status = scan_begin(&scan, root, (struct span){ "", 0 }, &options, &problem);

    while (!status && !is_done && scan.file_count == 0)
        status = scan_step(&scan, 0, &is_done, &problem);
    if (status)
        watch_fail(watch, &problem);
    is_done = scan.file_count == 0 && scan.is_complete;
    scan_release(&scan);
    return !is_done;
}

/* Counting costs a walk through the store: only where it can decide something. */
static enum guard_verdict judge(struct watch *watch, struct source *source,
                                const struct look_root *root, const struct gone_list *gone,
                                bool has_events)
{
    struct guard_limits limits = { watch->options.share_documents, watch->options.share_percent };
    struct guard_batch batch = { .gone = gone->known,
                                 .recent = guard_window_count(&source->window, os_monotonic_ms()),
                                 .has_events = has_events };

    if (gone->known == 0)
        return GUARD_REMOVE;
    if (batch.gone + batch.recent <= limits.share_documents &&
        source->files > 2 * (batch.gone + batch.recent) + 8)
        return GUARD_REMOVE;
    batch.known = count_known(watch, source);
    source->files = batch.known;
    batch.is_emptied = batch.known <= batch.gone && !has_files(watch, source, root);
    return guard_judge(&limits, &batch);
}

static void tell_gone_list(struct watch *watch, struct source *source, const struct look_root *root,
                           const struct gone_list *gone, bool has_events, bool is_approved)
{
    const struct watch_handler *handler = &watch->handler;
    bool is_held = !is_approved && judge(watch, source, root, gone, has_events) == GUARD_HOLD;

    for (size_t i = 0; i < gone->count; i++) {
        if (is_held && gone->is_known[i])
            handler->held(handler->user, source->source_id, gone->paths[i]);
        else
            handler->removed(handler->user, source->source_id, gone->paths[i]);
    }
    if (is_held) {
        source->held += gone->known;
        log_line(watch->options.log, LOG_WARNING,
                 "%llu documents of '%s' are gone at once: held until 'varve approve'",
                 (unsigned long long)gone->known, source->path);
    } else if (!is_approved && gone->known > 0) {
        guard_window_add(&source->window, os_monotonic_ms(), gone->known);
        source->files -= gone->known < source->files ? gone->known : source->files;
    }
}

/* ---- events that settled ---- */

static bool lookup(struct watch *watch, const struct source *source, struct span path,
                   struct document_record *out)
{
    struct document_key key = { .source_id = source->source_id, .path = path, .member = { "", 0 } };
    struct error problem;
    bool is_known = false;

    if (watch->store->ops->lookup(watch->store, &key, out, &is_known, &problem))
        watch_fail(watch, &problem);
    return is_known;
}

static void settle_gone(struct watch *watch, const struct source *source, struct span path)
{
    struct error problem;

    if (settle_touch(&watch->settle, source->source_id, path, SETTLE_GONE, os_monotonic_ms(),
                     &problem))
        watch_fail(watch, &problem);
}

/* The document keeps its identity when the store has nothing under the new name. Where it has, the
 * file was saved by renaming a temporary one over it. */
static void tell_rename(struct watch *watch, const struct source *source,
                        const struct look_root *root, const struct settle_entry *entry)
{
    const struct watch_handler *handler = &watch->handler;
    struct document_record record;

    if (!look_is_gone(root, entry->from.data, watch->options.crosses_mounts, 0)) {
        handler->changed(handler->user, source->source_id, entry->from);
        handler->changed(handler->user, source->source_id, entry->path);
    } else if (lookup(watch, source, entry->path, &record)) {
        handler->changed(handler->user, source->source_id, entry->path);
        settle_gone(watch, source, entry->from);
    } else {
        handler->moved(handler->user, source->source_id, entry->from, entry->path);
    }
}

/* What lies at path now, told. False: nothing does that is worth telling. */
static bool tell_path(struct watch *watch, const struct source *source,
                      const struct look_root *root, struct span path)
{
    const struct watch_handler *handler = &watch->handler;
    struct file_stamp stamp;
    struct refusal refusal;

    switch (look_at(root, path.data, &stamp, &refusal)) {
    case LOOK_FILE:
        handler->changed(handler->user, source->source_id, path);
        return true;
    case LOOK_REFUSED:
    case LOOK_UNKNOWN:
        handler->refused(handler->user, source->source_id, path, refusal.outcome, refusal.reason);
        return true;
    case LOOK_FOLDER:
        if (watch->tree && !tree_has(watch->tree, source->source_id, path, &stamp))
            jobs_add(watch, source, path, (struct span){ NULL, 0 }, false);
        return false;
    default:
        return false;
    }
}

static void tell_entry(struct watch *watch, const struct settle_entry *entry)
{
    struct source *source = watch_source(watch, entry->source_id);
    const struct look_root *root = source ? source_root(watch, source) : NULL;
    struct file_stamp stamp;
    struct refusal refusal;

    if (!root)
        return; /* when it is back, it is scanned */
    if (entry->from.data && look_at(root, entry->path.data, &stamp, &refusal) == LOOK_FILE) {
        tell_rename(watch, source, root, entry);
        return;
    }
    if (!tell_path(watch, source, root, entry->path))
        settle_gone(watch, source, entry->path);
    if (entry->from.data)
        settle_gone(watch, source, entry->from);
}

/* Those of one source that are gone indeed, also after a look at the disk. */
static void tell_gone_of(struct watch *watch, struct source *source,
                         const struct settle_entry *entries)
{
    const struct look_root *root = source_root(watch, source);
    struct gone_list gone = { 0 };

    for (const struct settle_entry *entry = entries; root && entry; entry = entry->next) {
        struct document_record record = { 0 };
        bool is_known;

        if (entry->source_id != source->source_id)
            continue;
        is_known = lookup(watch, source, entry->path, &record);
        if (!is_gone(watch, source, root, entry->path, record.stamp.device)) {
            /* there again by the time we look, perhaps with a folder that was moved in */
            (void)tell_path(watch, source, root, entry->path);
            continue;
        }
        if (is_known && record.is_held)
            continue;
        gone_add(watch, &gone, entry->path, is_known);
    }
    if (root && !watch->failure.status)
        tell_gone_list(watch, source, root, &gone, true, false);
    gone_release(&gone);
}

static void tell_gone(struct watch *watch, int64_t now_ms)
{
    struct settle_entry *entries = settle_take_gone(&watch->settle, now_ms);

    if (!entries)
        return;
    for (struct source *source = watch->sources; source; source = source->next)
        tell_gone_of(watch, source, entries);
    while (entries) {
        struct settle_entry *next = entries->next;

        settle_entry_free(entries);
        entries = next;
    }
}

void tell_settled(struct watch *watch, int64_t now_ms)
{
    struct settle_entry *entry;

    events_expire_halves(watch, now_ms);
    while (!watch->failure.status && (entry = settle_take(&watch->settle, now_ms)) != NULL) {
        tell_entry(watch, entry);
        settle_entry_free(entry);
    }
    if (!watch->failure.status)
        tell_gone(watch, now_ms);
}

void tell_set_timer(struct watch *watch)
{
    int64_t next = settle_next_ms(&watch->settle), half = events_next_half_ms(watch),
            now = os_monotonic_ms();

    if (half >= 0 && (next < 0 || half < next))
        next = half;
    /* a file changed below a renamed folder must not be told before the rename */
    if (watch->moved_jobs > 0)
        next = -1;
    loop_timer_set(watch->settle_timer, next < 0 ? -1 : next > now ? next - now : 0);
}

void tell_settle_timer(void *user)
{
    struct watch *watch = user;

    if (watch->failure.status || watch->moved_jobs > 0)
        return;
    tell_settled(watch, os_monotonic_ms());
    source_close_roots(watch);
    tell_set_timer(watch);
}

/* ---- what a scan found ---- */

/* Whoever wrote it may not be done: with events, it is told when it has settled. */
static bool is_young(const struct watch *watch, const struct file_stamp *stamp)
{
    int64_t age_ms = os_wall_ms() - stamp->ctime_ns / 1000000;

    return watch->tree && age_ms > -watch->options.settle_ms && age_ms < watch->options.settle_ms;
}

static void tell_found(struct watch *watch, const struct source *source,
                       const struct scan_entry *entry)
{
    struct span path = { entry->path, entry->path_len };
    const struct settle_entry *settling;
    struct error problem;

    settling = settle_lookup(&watch->settle, source->source_id, path);
    if (settling && settling->kind != SETTLE_GONE)
        return; /* its time will come */
    if (!is_young(watch, &entry->stamp))
        watch->handler.changed(watch->handler.user, source->source_id, path);
    else if (settle_touch(&watch->settle, source->source_id, path, SETTLE_CLOSED, os_monotonic_ms(),
                          &problem))
        watch_fail(watch, &problem);
}

static void tell_missing(struct watch *watch, struct source *source, struct run *run,
                         struct reconcile *found)
{
    bool is_whole = run->job->folder.len == 0, is_approved = run->job->is_approved;
    struct gone_list gone = { 0 };

    for (const struct missing *missing = found->missing; missing; missing = missing->next) {
        if (missing->is_moved || (missing->is_held && !is_approved))
            continue;
        /* a part of a source has no share: what goes from it is judged with all that goes now */
        if (!is_whole && watch->tree)
            settle_gone(watch, source, missing->path);
        else if (is_gone(watch, source, &run->root, missing->path, missing->stamp.device))
            gone_add(watch, &gone, missing->path, true);
    }
    if (gone.count > 0 && !watch->failure.status)
        tell_gone_list(watch, source, &run->root, &gone, false, is_approved);
    gone_release(&gone);
}

void tell_scan(struct watch *watch, struct source *source, struct run *run, struct reconcile *found)
{
    const struct watch_handler *handler = &watch->handler;

    for (const struct rename *renamed = found->renames; renamed; renamed = renamed->next)
        handler->moved(handler->user, source->source_id, renamed->from, renamed->to);
    for (const struct missing *cleared = found->cleared; cleared; cleared = cleared->next)
        handler->removed(handler->user, source->source_id, cleared->path);
    for (const struct difference *d = found->changed.first; d; d = d->next)
        tell_found(watch, source, d->entry);
    for (const struct difference *d = found->refused.first; d; d = d->next)
        handler->refused(handler->user, source->source_id,
                         (struct span){ d->entry->path, d->entry->path_len },
                         d->entry->refusal.outcome, d->entry->refusal.reason);
    if (run->job->folder.len == 0)
        source->held = run->job->is_approved ? 0 : found->known_held;
    tell_missing(watch, source, run, found);
}

struct folder_walk {
    struct watch *watch;
    const struct source *source;
};

static enum status settle_record(void *user, const struct document_record *record,
                                 struct error *err)
{
    struct folder_walk *walk = user;

    if (record->key.member.len > 0 || record->is_held)
        return STATUS_OK;
    return settle_touch(&walk->watch->settle, walk->source->source_id, record->key.path,
                        SETTLE_GONE, os_monotonic_ms(), err);
}

void tell_folder_gone(struct watch *watch, const struct source *source, struct span folder)
{
    struct folder_walk walk = { watch, source };
    struct error problem;

    if (watch->store->ops->each(watch->store, source->source_id, folder, settle_record, &walk,
                                &problem))
        watch_fail(watch, &problem);
    settle_gone(watch, source, folder); /* it may be known itself, as one that could not be read */
}
