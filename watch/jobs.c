#include <stdlib.h>
#include <string.h>

#include "watch/parts.h"

#define UNWATCHED_BYTES_MAX ((size_t)1 << 20)

static void job_free(struct job *job)
{
    if (!job)
        return;
    path_free(&job->folder);
    path_free(&job->moved_from);
    free(job);
}

/* A waiting job that will look there anyway; the newest ones suffice, whole sources come first. */
static bool is_covered(const struct watch *watch, int64_t source_id, struct span folder)
{
    for (const struct job *job = watch->jobs; job; job = job->next)
        if (job->source_id == source_id && !job->moved_from.data &&
            (job->folder.len == 0 ||
             (job == watch->last_job && path_is_below(folder, job->folder))))
            return true;
    return false;
}

void jobs_add(struct watch *watch, const struct source *source, struct span folder,
              struct span moved_from, bool is_approved)
{
    struct job *job;
    struct error problem;

    if (!moved_from.data && !is_approved && is_covered(watch, source->source_id, folder))
        return;
    job = calloc(1, sizeof(*job));
    if (job) {
        job->folder = path_copy(folder);
        if (moved_from.data)
            job->moved_from = path_copy(moved_from);
    }
    if (!job || !job->folder.data || (moved_from.data && !job->moved_from.data)) {
        job_free(job);
        (void)error_set(&problem, STATUS_NO_MEMORY, "no memory to scan a folder");
        watch_fail(watch, &problem);
        return;
    }
    job->source_id = source->source_id;
    job->is_approved = is_approved;
    job->sequence = ++watch->job_sequence;
    watch->moved_jobs += job->moved_from.data != NULL;
    if (watch->last_job)
        watch->last_job->next = job;
    else
        watch->jobs = job;
    watch->last_job = job;
    loop_timer_set(watch->job_timer, 0);
}

static struct job *take_job(struct watch *watch)
{
    struct job *job = watch->jobs;

    if (job) {
        watch->jobs = job->next;
        if (!watch->jobs)
            watch->last_job = NULL;
        job->next = NULL;
    }
    return job;
}

static void end_run(struct watch *watch)
{
    struct run *run = watch->run;

    watch->run = NULL;
    if (!run)
        return;
    scan_release(&run->scan);
    close_fd(&run->root.fd);
    buf_release(&run->unwatched);
    watch->done_sequence = run->job->sequence;
    watch->moved_jobs -= run->job->moved_from.data != NULL;
    job_free(run->job);
    free(run);
}

void jobs_drop(struct watch *watch)
{
    struct job *job;

    end_run(watch);
    while ((job = take_job(watch)) != NULL)
        job_free(job);
}

/* Remembers the topmost folders without a watch: they are polled. */
static void note_unwatched(struct run *run, struct span folder)
{
    if (run->has_unwatched && path_is_below(folder, run->last_unwatched))
        return;
    run->has_unwatched = true;
    buf_append(&run->unwatched, folder.data, folder.len);
    buf_append_char(&run->unwatched, '\0');
    run->last_unwatched =
        (struct span){ run->unwatched.data + run->unwatched.len - 1 - folder.len, folder.len };
}

static bool enter_folder(void *user, struct span folder, int fd, const struct file_stamp *stamp)
{
    struct watch *watch = user;
    struct run *run = watch->run;
    const struct source *source = watch_source(watch, run->job->source_id);
    enum tree_entered entered = TREE_FAILED;
    struct error problem;

    if (!watch->tree)
        return true;
    if (tree_enter(watch->tree, source->source_id, source->path, folder, fd, stamp, &entered,
                   &problem))
        watch_fail(watch, &problem);
    run->is_new = run->is_new || (entered == TREE_NEW && span_equal(folder, run->job->folder));
    if (entered == TREE_LIMIT || entered == TREE_FAILED)
        note_unwatched(run, folder);
    return entered != TREE_ELSEWHERE;
}

static enum status begin_run(struct watch *watch, struct source *source, struct job *job,
                             struct error *err)
{
    struct scan_options options = { .ignore = source->ignore,
                                    .crosses_mounts = watch->options.crosses_mounts,
                                    .enter = enter_folder,
                                    .user = watch };
    struct run *run = calloc(1, sizeof(*run));
    enum root_state state;

    if (!run) {
        job_free(job);
        return error_set(err, STATUS_NO_MEMORY, "no memory to scan a folder");
    }
    run->job = job;
    run->root.fd = -1;
    run->unwatched = (struct buf)BUF_INIT(UNWATCHED_BYTES_MAX);
    run->begun_ms = os_monotonic_ms();
    watch->run = run;
    state = source_open(source, &run->root);
    run->is_root_same = state == ROOT_SAME;
    if (state == ROOT_MISSING) {
        source_lost(watch, source, "its folder is gone");
        end_run(watch);
        return STATUS_OK;
    }
    return scan_begin(&run->scan, &run->root, job->folder, &options, err);
}

/* The scan of a source whose folder is not the one it was: is it our source all the same? */
static enum status judge_root(struct watch *watch, struct source *source, struct run *run,
                              const struct reconcile *found, bool *is_accepted, struct error *err)
{
    *is_accepted = run->is_root_same || run->job->is_approved ||
                   guard_accepts_root(found->known + found->known_held, found->recognised);
    if (!*is_accepted) {
        source_lost(watch, source,
                    "another folder is in its place (not mounted?): nothing is removed; if it is "
                    "meant to be, run 'varve approve'");
        source->next_scan_ms = os_monotonic_ms() + watch->options.poll_ms;
        return STATUS_OK;
    }
    if (source->device == run->root.device && source->inode == run->root.inode)
        return STATUS_OK;
    return source_accept(watch, source, &run->root, err);
}

/* A folder that can't be listed has no watch either: so that its event, when it can be again, is
 * not taken for that of a folder we know. */
static void drop_blocked(struct watch *watch, const struct source *source, const struct scan *scan)
{
    if (!watch->tree || scan->is_complete)
        return;
    for (const struct scan_entry *entry = scan->first; entry; entry = entry->next)
        if (entry->kind == SCAN_BLOCKED)
            tree_drop(watch->tree, source->source_id,
                      (struct span){ entry->path, entry->path_len });
}

static void end_full_scan(struct watch *watch, struct source *source, struct run *run)
{
    bool is_polled = source->is_remote;
    int64_t now = os_monotonic_ms();

    source->is_offline = source->has_lost_events = false;
    source->files = run->scan.file_count;
    source->scanned_ms = os_wall_ms();
    source->scan_took_ms = now - run->begun_ms;
    source->next_scan_ms = now + (is_polled ? watch->options.poll_ms : watch->options.rescan_ms);
    source_tell_trust(watch, source);
}

static enum status finish_run(struct watch *watch, struct source *source, struct run *run,
                              struct error *err)
{
    struct job *job = run->job;
    bool is_full = job->folder.len == 0, is_accepted = true;
    struct reconcile found;
    enum status status;

    reconcile_init(&found);
    found.is_current = watch->handler.is_current;
    found.user = watch->handler.user;
    /* A folder that could not be read until now: what the store says of its files may be about to
     * be overtaken by failures to read them. */
    found.looks_at_all = run->is_new && !is_full;
    if (job->moved_from.data)
        status = reconcile_moved(&found, watch->store, source->source_id, job->moved_from,
                                 job->folder, &run->scan, err);
    else
        status =
            reconcile_run(&found, watch->store, source->source_id, job->folder, &run->scan, err);
    if (!status && is_full)
        status = judge_root(watch, source, run, &found, &is_accepted, err);
    if (!status && is_accepted) {
        if (is_full)
            end_full_scan(watch, source, run);
        source_set_unwatched(watch, source, run);
        drop_blocked(watch, source, &run->scan);
        tell_scan(watch, source, run, &found);
    }
    reconcile_release(&found);
    return status;
}

static enum status step(struct watch *watch, struct error *err)
{
    struct source *source;
    bool is_done = false;
    enum status status = STATUS_OK;

    if (!watch->run) {
        struct job *job = take_job(watch);

        source = job ? watch_source(watch, job->source_id) : NULL;
        if (!source) {
            job_free(job);
            return STATUS_OK;
        }
        status = begin_run(watch, source, job, err);
        if (status || !watch->run)
            return status;
    }
    source = watch_source(watch, watch->run->job->source_id);
    /* only the whole can be judged when the folder is not the one it was */
    if (!watch->run->is_root_same && watch->run->job->folder.len > 0) {
        jobs_add(watch, source, (struct span){ "", 0 }, (struct span){ NULL, 0 }, false);
        end_run(watch);
        return STATUS_OK;
    }
    status = scan_step(&watch->run->scan, SLICE_MS, &is_done, err);
    if (!status && is_done)
        status = finish_run(watch, source, watch->run, err);
    if (status || is_done)
        end_run(watch);
    return status;
}

void jobs_step(void *user)
{
    struct watch *watch = user;
    int64_t end_ms = os_monotonic_ms() + SLICE_MS;
    struct error problem;

    while (!watch->failure.status && (watch->run || watch->jobs) && os_monotonic_ms() < end_ms)
        if (step(watch, &problem))
            watch_fail(watch, &problem);
    if (watch->failure.status)
        return;
    if (watch->run || watch->jobs)
        loop_timer_set(watch->job_timer, 0);
    source_close_roots(watch);
    barrier_end_ready(watch);
    sources_set_clock(watch);
    tell_set_timer(watch);
}
