#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/os.h"
#include "ingest/pipeline_parts.h"
#include "ingest/stable_read.h"

#define INTAKE_FILES   64u
#define TRIES_MAX      5u
#define TRY_AGAIN_MS   20
#define WORK_BYTES_MAX ((size_t)256 << 20)
#define NO_TEXT_SPAN   ((struct span){ "", 0 })

static int folder_of(const struct pipeline *pipeline, int64_t source_id)
{
    const struct source_folder *folder = pipeline_folder(pipeline, source_id);

    return folder ? folder->fd : -1;
}

/* How documents of that source are cut. */
static const struct pipeline_chunking *chunking_of(const struct pipeline *pipeline,
                                                   int64_t source_id)
{
    const struct source_folder *folder = pipeline_folder(pipeline, source_id);

    return folder && folder->chunking.chunker ? &folder->chunking : &pipeline->options.chunking;
}

static struct document_key key_of(const struct entry *entry)
{
    return (struct document_key){ .source_id = entry->source_id,
                                  .path = entry->path,
                                  .member = NO_TEXT_SPAN };
}

bool pipeline_wants_intake(const struct pipeline *pipeline)
{
    return queue_is_ready(pipeline->queue, os_monotonic_ms()) &&
           !hash_is_zero(&pipeline->stage_fingerprint) &&
           (pipeline->full.status || pipeline->work_bytes < ((size_t)128 << 20));
}

/* A file's own document goes after its members, so a pause that counted it could never end: what
 * frees it is the end of the answer. There is at most one per worker. */
void pipeline_limit_work(struct pipeline *pipeline)
{
    pipeline->is_paused = pipeline->work_bytes - pipeline->own_bytes > WORK_BYTES_MAX;
    pool_pause(pipeline->pool, pipeline->is_paused);
}

void job_free(struct job *job)
{
    if (!job)
        return;
    if (job->above)
        job->above->below = job->below;
    else
        job->pipeline->jobs = job->below;
    if (job->below)
        job->below->above = job->above;
    if (job->document_fd >= 0)
        (void)close(job->document_fd);
    buf_release(&job->acl);
    for (size_t i = 0; i < job->member_count; i++)
        free(job->members[i]);
    free(job->members);
    if (job->own)
        job->pipeline->own_bytes -= job->own->bytes;
    work_free(job->own);
    free(job);
}

/* ---- intake: inside a transaction ---- */

static struct operation *end_entry(struct pipeline *pipeline, struct entry *entry,
                                   enum operation_kind kind)
{
    struct operation *operation =
        pipeline_add_operation(pipeline, kind, entry->source_id, entry->path, NO_TEXT_SPAN);

    if (operation)
        operation->done_entry = entry;
    return operation;
}

/* Nothing is there. Whether it was deleted is for watch/ to say: now, or before the look. */
static void end_gone(struct pipeline *pipeline, struct entry *entry)
{
    enum operation_kind kind = entry->when_gone == EVENT_REMOVE ? OPERATION_REMOVE
                               : entry->when_gone == EVENT_HOLD ? OPERATION_HOLD
                                                                : OPERATION_NONE;

    (void)end_entry(pipeline, entry, kind);
}

static struct operation *end_with_failure(struct pipeline *pipeline, struct entry *entry,
                                          const struct file_stamp *stamp,
                                          const struct hash *content_hash, enum outcome outcome,
                                          const char *reason)
{
    struct operation *operation = end_entry(pipeline, entry, OPERATION_FAIL);

    if (!operation)
        return NULL;
    operation->stamp = *stamp;
    if (content_hash)
        operation->content_hash = *content_hash;
    operation->outcome = outcome;
    (void)snprintf(operation->reason, sizeof(operation->reason), "%s", reason);
    return operation;
}

/* The index already says what looking again would say. */
static bool is_current(const struct pipeline *pipeline, const struct document_record *record,
                       const struct file_stamp *stamp)
{
    return os_stamp_equal(&record->stamp, stamp) && !record->is_held &&
           pipeline_is_current(pipeline, record);
}

static enum status attempt_file(struct pipeline *pipeline, struct entry *entry, int folder_fd,
                                struct error *err)
{
    struct document_key key = key_of(entry);
    struct document_record record = { 0 };
    struct file_stamp stamp;
    struct job *job;
    bool is_known = false;
    struct error problem;
    enum status status;

    if (os_stamp_at(folder_fd, entry->path.data, &stamp, &problem)) {
        if (problem.sys_errno == ENOENT || problem.sys_errno == ENOTDIR)
            end_gone(pipeline, entry);
        else
            (void)end_with_failure(pipeline, entry, &(struct file_stamp){ 0 }, NULL,
                                   OUTCOME_UNREADABLE, strerror(problem.sys_errno));
        return STATUS_OK;
    }
    status = pipeline->store->ops->lookup(pipeline->store, &key, &record, &is_known, err);
    if (status)
        return status;
    if (is_known && is_current(pipeline, &record, &stamp)) {
        pipeline->progress.unchanged++;
        (void)end_entry(pipeline, entry, OPERATION_NONE);
        return STATUS_OK;
    }
    if (is_known && record.attempt_count >= pipeline->options.attempts_max &&
        os_stamp_equal(&record.stamp, &stamp)) {
        char reason[160];

        (void)snprintf(reason, sizeof(reason),
                       "the program ended %u times while it was read; it is tried again when it "
                       "changes",
                       record.attempt_count);
        (void)end_with_failure(pipeline, entry, &stamp, NULL, OUTCOME_CRASHED, reason);
        return STATUS_OK;
    }
    if (pipeline->full.status) {
        queue_defer(pipeline->queue, entry, os_monotonic_ms() + ROOM_WAIT_MS);
        return STATUS_OK;
    }
    job = calloc(1, sizeof(*job));
    if (!job)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a file");
    *job = (struct job){ .pipeline = pipeline,
                         .entry = entry,
                         .known = record,
                         .is_known = is_known,
                         .document_fd = -1,
                         .acl = BUF_INIT(ACL_BYTES_MAX) };
    /* Tries of this process that found the file changing are no attempt that ended it. */
    job->known.attempt_count -=
        entry->tries < record.attempt_count ? entry->tries : record.attempt_count;
    status = pipeline->store->ops->attempt(pipeline->store, &key, &stamp, err);
    if (status) {
        free(job);
        return status;
    }
    job->below = pipeline->jobs;
    if (pipeline->jobs)
        pipeline->jobs->above = job;
    pipeline->jobs = job;
    if (pipeline->to_read_last)
        pipeline->to_read_last->next = job;
    else
        pipeline->to_read = job;
    pipeline->to_read_last = job;
    pipeline->to_read_count++;
    return STATUS_OK;
}

static enum status intake_entry(struct pipeline *pipeline, struct entry *entry, struct error *err)
{
    int folder_fd = folder_of(pipeline, entry->source_id);

    pipeline->progress.seen++;
    switch (entry->event) {
    case EVENT_LOOK:
        if (folder_fd < 0)
            break;
        return attempt_file(pipeline, entry, folder_fd, err);
    case EVENT_REMOVE:
        (void)end_entry(pipeline, entry, OPERATION_REMOVE);
        return STATUS_OK;
    case EVENT_HOLD:
        (void)end_entry(pipeline, entry, OPERATION_HOLD);
        return STATUS_OK;
    case EVENT_REFUSE: {
        struct file_stamp stamp = { 0 };

        if (folder_fd >= 0 && os_stamp_at(folder_fd, entry->path.data, &stamp, NULL))
            stamp = (struct file_stamp){ 0 };
        (void)end_with_failure(pipeline, entry, &stamp, NULL, entry->refusal,
                               entry->refusal_reason ? entry->refusal_reason : "");
        return STATUS_OK;
    }
    case EVENT_NONE:
        break;
    }
    (void)end_entry(pipeline, entry, OPERATION_NONE);
    return STATUS_OK;
}

enum status pipeline_intake(struct pipeline *pipeline, struct error *err)
{
    int64_t now = os_monotonic_ms();

    for (unsigned i = 0; i < INTAKE_FILES && pipeline->to_read_count < INTAKE_FILES; i++) {
        struct entry *entry = queue_take(pipeline->queue, now);
        enum status status;

        if (!entry)
            break;
        status = intake_entry(pipeline, entry, err);
        if (status) {
            queue_defer(pipeline->queue, entry, now);
            return status;
        }
    }
    return STATUS_OK;
}

/* ---- reading and handing over ---- */

static void members_gone(struct job *job);

/* All documents of the file are operations: the file's own one closes it. */
void job_end_if_done(struct job *job)
{
    struct pipeline *pipeline = job->pipeline;
    struct operation *operation;

    if (!job->has_ended || job->open_documents > 0)
        return;
    if (job->own) {
        members_gone(job);
        operation = end_entry(pipeline, job->entry, OPERATION_PUT);
        if (operation) {
            operation->work = job->own;
            operation_set_file(operation, job);
            operation->content_hash = job->content_hash;
            operation->file_bytes = job->stamp.size;
            pipeline->own_bytes -= job->own->bytes;
            job->own = NULL;
        }
    } else {
        operation = end_with_failure(pipeline, job->entry, &job->stamp, &job->content_hash,
                                     job->end_outcome, job->end_reason);
        if (operation)
            operation->stage = job->stage;
    }
    job_free(job);
    pipeline_pump_soon(pipeline);
}

struct member_search {
    struct job *job;
    size_t at; /* both lists ascend: the walk goes once through each */
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum status remove_if_gone(void *user, const struct document_record *record,
                                  struct error *err)
{
    struct member_search *search = user;
    struct job *job = search->job;
    char *name;
    bool is_there;

    if (record->key.member.len == 0 || record->key.path.len != job->entry->path.len ||
        memcmp(record->key.path.data, job->entry->path.data, record->key.path.len) != 0)
        return STATUS_OK;
    name = strndup(record->key.member.data, record->key.member.len);
    if (!name)
        return error_set(err, STATUS_NO_MEMORY, "no memory to compare members");
    is_there = job->member_count > 0 && bsearch(&name, job->members, job->member_count,
                                                sizeof(*job->members), compare_names);
    free(name);
    if (!is_there)
        (void)pipeline_add_operation(job->pipeline, OPERATION_REMOVE, record->key.source_id,
                                     record->key.path, record->key.member);
    return STATUS_OK;
}

/* Members that the container no longer has. Only when it was read to its end. */
static void members_gone(struct job *job)
{
    struct pipeline *pipeline = job->pipeline;
    struct member_search search = { .job = job };
    struct error problem;

    if (!job->is_known || job->end_outcome != OUTCOME_COMPLETE)
        return;
    if (job->member_count > 0)
        qsort(job->members, job->member_count, sizeof(*job->members), compare_names);
    if (pipeline->store->ops->each(pipeline->store, job->entry->source_id, job->entry->path,
                                   remove_if_gone, &search, &problem))
        pipeline_fail(pipeline, &problem);
}

static void job_document(void *user, struct wire_document *document, struct arena *arena)
{
    pipeline_take_document(user, document, arena);
}

static void job_ended(void *user, enum outcome outcome, const char *reason)
{
    struct job *job = user;

    job->has_ended = true;
    job->end_outcome = outcome;
    (void)snprintf(job->end_reason, sizeof(job->end_reason), "%s", reason);
    (void)close(job->document_fd);
    job->document_fd = -1;
    if (job->own && outcome != OUTCOME_COMPLETE &&
        !outcome_is_failure(job->own->document.extraction.outcome)) {
        /* The file's own text is fine, and its members are not all there: said with the file. */
        job->own->document.extraction.outcome =
            outcome == OUTCOME_CRASHED || outcome == OUTCOME_TIMED_OUT ? outcome : OUTCOME_PARTIAL;
        if (outcome_has_text(outcome) || outcome == OUTCOME_NO_TEXT)
            job->own->document.extraction.outcome = outcome;
        (void)snprintf(job->own->document.extraction.reason,
                       sizeof(job->own->document.extraction.reason), "%s", reason);
    }
    job_end_if_done(job);
}

/* No memory and no descriptor of ours: nothing that should be said of the file. */
static bool is_own_trouble(enum status status, const struct error *problem)
{
    return status == STATUS_NO_MEMORY || status == STATUS_IO || problem->sys_errno == EMFILE ||
           problem->sys_errno == ENFILE || problem->sys_errno == ENOMEM;
}

/* Nothing to extract: the same bytes as before, or bytes that can't be had now. */
static void finish_unread(struct job *job, enum status status, const struct error *problem)
{
    struct pipeline *pipeline = job->pipeline;
    struct entry *entry = job->entry;

    bool is_own = is_own_trouble(status, problem);

    if ((status == STATUS_CHANGED || is_own) && ++entry->tries <= TRIES_MAX) {
        queue_defer(pipeline->queue, entry, os_monotonic_ms() + (TRY_AGAIN_MS << entry->tries));
    } else if (is_own) {
        queue_defer(pipeline->queue, entry, os_monotonic_ms());
        pipeline_fail(pipeline, problem);
    } else if (problem->sys_errno == ENOENT || problem->sys_errno == ENOTDIR) {
        end_gone(pipeline, entry);
    } else {
        const char *reason = problem->text;

        if (problem->sys_errno)
            reason = strerror(problem->sys_errno);
        (void)end_with_failure(pipeline, entry, &job->stamp, NULL, outcome_of_status(status),
                               reason);
    }
    job_free(job);
    pipeline_pump_soon(pipeline);
}

static bool is_same_content(const struct job *job)
{
    return job->is_known && job->known.outcome != OUTCOME_PENDING &&
           job->known.outcome != OUTCOME_UNSTABLE && job->known.outcome != OUTCOME_UNREADABLE &&
           job->known.outcome != OUTCOME_CRASHED && job->known.outcome != OUTCOME_TIMED_OUT &&
           job->known.attempt_count == 0 &&
           hash_equal(&job->known.content_hash, &job->content_hash) &&
           hash_equal(&job->known.stage_fingerprint,
                      pipeline_stage(job->pipeline, job->entry->source_id));
}

static void start_job(struct job *job)
{
    struct pipeline *pipeline = job->pipeline;
    const struct pipeline_options *options = &pipeline->options;
    const struct pipeline_chunking *chunking = chunking_of(pipeline, job->entry->source_id);
    struct pool_job request = {
        .request = { .target_tokens = chunking->target_tokens,
                     .maximum_tokens = chunking->maximum_tokens,
                     .overlap_tokens = chunking->overlap_tokens,
                     .limit_tokens = options->limit_tokens,
                     .expanded_bytes_max = options->expanded_bytes_max,
                     .member_bytes_max = options->member_bytes_max,
                     .member_count_max = options->member_count_max,
                     .depth_max = options->depth_max },
        .name = job->entry->path,
        .user = job,
        .document = job_document,
        .end = job_ended,
    };
    struct error problem = { .status = STATUS_OK };
    enum status status;

    status = stable_read(folder_of(pipeline, job->entry->source_id), job->entry->path.data,
                         options->file_bytes_max, &job->stamp, &job->acl, &job->content_hash,
                         &job->document_fd, &problem);
    if (status) {
        finish_unread(job, status, &problem);
        return;
    }
    job->stage = *pipeline_stage(pipeline, job->entry->source_id);
    if (is_same_content(job)) {
        struct operation *operation = end_entry(pipeline, job->entry, OPERATION_TOUCH);

        if (operation)
            operation_set_file(operation, job);
        job_free(job);
        return;
    }
    request.document_fd = job->document_fd;
    (void)snprintf(request.request.chunker, sizeof(request.request.chunker), "%s",
                   chunking->chunker);
    job->is_submitted = true;
    if (pool_submit(pipeline->pool, &request, &problem)) {
        finish_unread(job, STATUS_CHANGED, &problem); /* the worker had died: again with another */
    }
}

void pipeline_dispatch(struct pipeline *pipeline)
{
    while (pipeline->to_read && !pipeline->failure.status && pool_has_room(pipeline->pool)) {
        struct job *job = pipeline->to_read;

        pipeline->to_read = job->next;
        if (!pipeline->to_read)
            pipeline->to_read_last = NULL;
        pipeline->to_read_count--;
        job->next = NULL;
        start_job(job);
    }
}
