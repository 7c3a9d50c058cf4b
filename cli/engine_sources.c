#include "cli/engine_parts.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os.h"

#define WATCH_AGAIN_MS 10000

void engine_refresh_source(struct engine *engine, int64_t source_id)
{
    for (size_t i = 0; i < engine->source_count; i++) {
        struct engine_source *source = &engine->sources[i];
        struct stat now;
        int fd;

        if (source->source_id != source_id)
            continue;
        if (stat(source->path, &now) < 0 ||
            (source->fd >= 0 && now.st_dev == source->device && now.st_ino == source->inode))
            return;
        fd = open(source->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
            return;
        if (source->fd >= 0)
            (void)close(source->fd);
        source->fd = fd;
        source->device = now.st_dev;
        source->inode = now.st_ino;
        if (pipeline_add_source(engine->pipeline, source_id, fd, NULL))
            log_line(engine->log, LOG_ERROR, "no memory for the source '%s'", source->path);
    }
}

/* What the source's section of varve.conf does not say is as for all. */
static enum status choose_chunking(const struct config *config, const struct config_source *from,
                                   struct pipeline_chunking *out, struct error *err)
{
    *out = (struct pipeline_chunking){
        .chunker = from->chunker ? from->chunker : config->chunker,
        .target_tokens =
            (unsigned)(from->target_tokens ? from->target_tokens : config->target_tokens),
        .maximum_tokens =
            (unsigned)(from->maximum_tokens ? from->maximum_tokens : config->maximum_tokens),
        .overlap_tokens =
            (unsigned)(from->overlap_tokens ? from->overlap_tokens : config->overlap_tokens),
    };
    if (out->maximum_tokens < out->target_tokens)
        out->maximum_tokens = 2 * out->target_tokens;
    if (out->overlap_tokens >= out->target_tokens)
        return error_set(err, STATUS_MALFORMED,
                         "[source %s] of varve.conf: overlap_tokens (%u) must be below "
                         "target_tokens (%u)",
                         from->name, out->overlap_tokens, out->target_tokens);
    return STATUS_OK;
}

static bool has_own_chunking(const struct config_source *from)
{
    return from->chunker || from->target_tokens || from->maximum_tokens || from->overlap_tokens;
}

/* What it does not say is as for the other sources, whatever varve.conf says of them by now; and
 * the pipeline borrows the chunker's name. */
static enum status set_chunking(struct engine *engine, const struct engine_source *source,
                                struct error *err)
{
    struct pipeline_chunking chunking;
    enum status status;

    if (!has_own_chunking(&source->own))
        return STATUS_OK;
    status = choose_chunking(engine->config, &source->own, &chunking, err);
    if (status)
        return status;
    return pipeline_set_chunking(engine->pipeline, source->source_id, &chunking, err);
}

static enum status watch_source(struct engine *engine, struct engine_source *source,
                                struct error *err)
{
    struct span path = { source->path, strlen(source->path) };
    struct error problem;
    enum status status;

    engine_refresh_source(engine, source->source_id);
    status = watch_add_source(engine->watch, source->source_id, path, &problem);
    source->is_watched = status == STATUS_OK;
    (void)snprintf(source->why, sizeof(source->why), "not watched: %s", status ? problem.text : "");
    if (status && err)
        *err = problem;
    return status;
}

void engine_watch_again(struct engine *engine)
{
    int64_t now = os_monotonic_ms();

    if (now < engine->watch_due_ms)
        return;
    engine->watch_due_ms = now + WATCH_AGAIN_MS;
    for (size_t i = 0; i < engine->source_count; i++) {
        struct engine_source *source = &engine->sources[i];

        if (!source->is_watched && !source->is_dropped && !watch_source(engine, source, NULL))
            log_line(engine->log, LOG_INFO, "'%s' is watched now", source->path);
    }
}

enum status engine_add_source(struct engine *engine, const struct config_source *from,
                              struct error *err)
{
    struct engine_source *source = &engine->sources[engine->source_count];
    struct span name = { from->path, strlen(from->path) };
    int64_t generation;
    enum status status = engine->store->ops->begin(engine->store, err);

    if (!status)
        status = engine->store->ops->put_source(engine->store, name, &source->source_id, err);
    if (!status)
        status = engine->store->ops->commit(engine->store, &generation, err);
    if (status) {
        engine->store->ops->rollback(engine->store);
        return status;
    }
    source->fd = -1;
    source->own = *from;
    source->own.name = NULL;
    source->own.path = source->path = strdup(from->path);
    source->own.chunker = from->chunker ? strdup(from->chunker) : NULL;
    if (!source->path || (from->chunker && !source->own.chunker)) {
        free(source->path);
        free(source->own.chunker);
        return error_set(err, STATUS_NO_MEMORY, "no memory for a source");
    }
    engine->source_count++;
    status = set_chunking(engine, source, err);
    if (status)
        return status;
    return watch_source(engine, source, err);
}

/* ---- sources that varve.conf no longer names ---- */

struct unlisted {
    struct engine *engine;
    const struct config *config;
    int64_t source_ids[CONFIG_SOURCES_MAX];
    size_t count;
};

static enum status note_unlisted(void *user, const struct status_source *source, struct error *err)
{
    struct unlisted *unlisted = user;

    (void)err;
    for (size_t i = 0; i < unlisted->config->source_count; i++) {
        const char *path = unlisted->config->sources[i].path;

        if (strlen(path) == source->path.len &&
            memcmp(path, source->path.data, source->path.len) == 0)
            return STATUS_OK;
    }
    if (source->documents > 0 && unlisted->count < CONFIG_SOURCES_MAX) {
        log_line(unlisted->engine->log, LOG_INFO,
                 "'%.*s' is no source any more: its %llu documents leave the index",
                 (int)source->path.len, source->path.data, (unsigned long long)source->documents);
        unlisted->source_ids[unlisted->count++] = source->source_id;
    }
    return STATUS_OK;
}

static enum status queue_removal(void *user, const struct document_record *record,
                                 struct error *err)
{
    struct engine *engine = user;

    (void)err;
    if (record->key.member.len == 0)
        pipeline_removed(engine->pipeline, record->key.source_id, record->key.path);
    return STATUS_OK;
}

enum status engine_drop_unlisted(struct engine *engine, const struct config *config,
                                 struct error *err)
{
    struct unlisted unlisted = { .engine = engine, .config = config };
    struct snapshot *snapshot = NULL;
    enum status status;

    if (config->source_count == 0)
        return STATUS_OK;
    status = snapshot_take(engine->index, &snapshot, err);
    if (!status)
        status = status_each_source(snapshot, note_unlisted, &unlisted, err);
    snapshot_free(snapshot);
    for (size_t i = 0; i < unlisted.count && !status; i++)
        status = engine->store->ops->each(engine->store, unlisted.source_ids[i],
                                          (struct span){ "", 0 }, queue_removal, engine, err);
    return status;
}

/* ---- varve.conf again ---- */

static struct engine_source *find_source(struct engine *engine, const char *path)
{
    for (size_t i = 0; i < engine->source_count; i++)
        if (strcmp(engine->sources[i].path, path) == 0)
            return &engine->sources[i];
    return NULL;
}

static bool is_named(const struct config *config, const char *path)
{
    for (size_t i = 0; i < config->source_count; i++)
        if (strcmp(config->sources[i].path, path) == 0)
            return true;
    return false;
}

static enum status take_source(struct engine *engine, const struct config_source *from,
                               struct error *err)
{
    struct engine_source *source = find_source(engine, from->path);

    if (source && source->is_dropped) {
        source->is_dropped = false;
        watch_scan(engine->watch, source->source_id);
    }
    if (source)
        return source->is_watched ? STATUS_OK : watch_source(engine, source, err);
    log_line(engine->log, LOG_INFO, "'%s' is a source from now on", from->path);
    return engine_add_source(engine, from, err);
}

/* Before anything is changed. */
static enum status check_sources(struct engine *engine, const struct config *config,
                                 struct error *err)
{
    size_t count = engine->source_count;
    enum status status = STATUS_OK;

    if (config->source_count == 0)
        return error_set(err, STATUS_UNSUPPORTED, "varve.conf names no source: nothing is changed");
    for (size_t i = 0; i < config->source_count && !status; i++) {
        const struct config_source *from = &config->sources[i];
        struct pipeline_chunking chunking;

        count += !find_source(engine, from->path);
        if (!has_own_chunking(from))
            continue;
        status = choose_chunking(engine->config, from, &chunking, err);
        if (!status) /* as at the next start */
            status = choose_chunking(config, from, &chunking, err);
    }
    if (!status && count > CONFIG_SOURCES_MAX)
        status = error_set(err, STATUS_LIMIT, "too many sources came and went: start it again");
    return status;
}

enum status engine_reload(struct engine *engine, const struct config *config, struct error *err)
{
    struct error first = { .status = STATUS_OK };
    enum status status = check_sources(engine, config, err);

    if (status)
        return status;
    /* One that can't be watched does not keep the others from it. */
    for (size_t i = 0; i < config->source_count; i++) {
        const char *path = config->sources[i].path;
        struct error problem;

        if (!take_source(engine, &config->sources[i], &problem))
            continue;
        log_line(engine->log, LOG_WARNING, "'%s' is not watched: %s", path, problem.text);
        if (!first.status)
            first = problem;
    }
    for (size_t i = 0; i < engine->source_count; i++)
        engine->sources[i].is_dropped |= !is_named(config, engine->sources[i].path);
    status = engine_drop_unlisted(engine, config, err);
    if (!status && first.status && err)
        *err = first;
    return status ? status : first.status;
}

static bool has_same_chunking(const struct config_source *a, const struct config_source *b)
{
    const char *chunker = a->chunker ? a->chunker : "", *other = b->chunker ? b->chunker : "";

    return strcmp(chunker, other) == 0 && a->target_tokens == b->target_tokens &&
           a->maximum_tokens == b->maximum_tokens && a->overlap_tokens == b->overlap_tokens;
}

void engine_tell_waiting(struct engine *engine, const struct config *config, struct buf *out)
{
    config_tell_differences(engine->config, config, out);
    for (size_t i = 0; i < config->source_count; i++) {
        const struct config_source *from = &config->sources[i];
        const struct engine_source *source = find_source(engine, from->path);

        if (source && !has_same_chunking(&source->own, from))
            buf_printf(out, "%s[source %s]", out->len > 0 ? ", " : "", from->name);
    }
}

size_t engine_source_count(const struct engine *engine)
{
    return engine->source_count;
}

const char *engine_source_path(const struct engine *engine, size_t at, int64_t *source_id)
{
    if (at >= engine->source_count)
        return NULL;
    *source_id = engine->sources[at].source_id;
    return engine->sources[at].path;
}

const char *engine_source_trouble(const struct engine *engine, size_t at)
{
    return engine->sources[at].is_watched ? NULL : engine->sources[at].why;
}

bool engine_source_is_dropped(const struct engine *engine, size_t at)
{
    return engine->sources[at].is_dropped;
}
