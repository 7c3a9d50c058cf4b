#include "cli/engine_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os.h"
#include "cli/model_plugins.h"
#include "cli/paths.h"
#include "cli/worker_arguments.h"
#include "embed/plugin_embedder.h"
#include "ingest/no_embedder.h"
#include "model/semb.h"

#define MEGABYTE            ((uint64_t)1000000)
#define WORKERS_DEFAULT_MAX 4

/* ---- the parts ---- */

/* Said at start: each scan's own reason may be read late. */
static void warn_without_ocr(const struct config *config, const struct log *log)
{
    if (config->ocr_is_enabled && access("/usr/bin/tesseract", X_OK) < 0 &&
        access("/usr/local/bin/tesseract", X_OK) < 0)
        log_line(
            log, LOG_WARNING,
            "OCR is on in varve.conf, and tesseract is not installed: scans stay without text; "
            "install tesseract-ocr, and start again");
}

enum status engine_start_pool(struct loop *loop, const struct config *config, const char *program,
                              bool is_cutting, const char *cache_folder, const struct log *log,
                              struct pool **out, struct error *err)
{
    CLEANUP(worker_arguments_release) struct worker_arguments arguments = WORKER_ARGUMENTS_INIT;
    CLEANUP(buf_release) struct buf worker = BUF_INIT(OS_PATH_MAX);
    CLEANUP(buf_release) struct buf model = BUF_INIT(OS_PATH_MAX);
    struct pool_options options = POOL_OPTIONS_DEFAULT;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    enum status status = path_of_program(program, &worker, err);

    if (!status && is_cutting)
        status = path_of_boundary_model(&model, err);
    if (!status)
        status = worker_arguments_make(config, cache_folder, &arguments, err);
    if (status)
        return status;
    options.arguments = arguments.words;
    options.converters_ms = worker_waits_ms(config);
    warn_without_ocr(config, log);
    options.worker_path = worker.data;
    options.model_path = model.data;
    options.sandbox = config->sandbox;
    options.is_stderr_shown = getenv("VARVE_WORKER_STDERR") != NULL;
    options.worker_count = (unsigned)(config->workers > 0           ? config->workers
                                      : cores < 1                   ? 1
                                      : cores > WORKERS_DEFAULT_MAX ? WORKERS_DEFAULT_MAX
                                                                    : cores);
    options.silence_ms = config->silence_s * 1000;
    options.total_ms = config->total_s * 1000;
    options.memory_bytes_max = (uint64_t)config->memory_mb * MEGABYTE;
    options.log = log;
    return pool_new(loop, &options, out, err);
}

enum status engine_await_worker(struct loop *loop, struct pool *pool, struct error *err)
{
    while (hash_is_zero(pool_fingerprint(pool))) {
        enum status status = loop_step(loop, 1000, err);

        if (status)
            return status;
        (void)pool_has_room(pool); /* starts another one where the first has failed */
        if (pool_is_broken(pool))
            return error_set(err, STATUS_IO,
                             "no worker can be started; run varve-extract --file on a document to "
                             "see why");
    }
    return STATUS_OK;
}

static enum status read_boundary_fingerprint(struct engine *engine, struct error *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(OS_PATH_MAX);
    struct semb *semb = NULL;
    enum status status = path_of_boundary_model(&path, err);

    if (!status)
        status = semb_open(path.data, &semb, err);
    if (status)
        return status;
    (void)snprintf(engine->boundary_fingerprint, sizeof(engine->boundary_fingerprint), "%s",
                   semb_fingerprint(semb));
    semb_free(semb);
    return STATUS_OK;
}

static enum status start_plugins(struct engine *engine, const struct engine_options *options,
                                 struct error *err)
{
    engine->plugins.loop = engine->loop;
    engine->plugins.kb = options->kb;
    engine->plugins.config = options->config;
    engine->plugins.log = options->log;
    if (options->is_plan) {
        engine->plugins.serving = embedder_none();
        return STATUS_OK;
    }
    return model_plugins_open(&engine->plugins, engine->index, err);
}

static void take_token_limit(struct engine *engine, const struct model_info *model)
{
    long most = engine->config->maximum_tokens;

    engine->token_limit = model->token_limit;
    if (model->token_limit && most > (long)model->token_limit)
        log_line(engine->log, LOG_WARNING,
                 "the model '%s' takes %u tokens: no chunk has more, though maximum_tokens is %ld",
                 model->name, model->token_limit, most);
}

/* What the model takes: as the index remembers, else as its plugin says now. A plugin that does not
 * work says nothing; nothing is embedded then either. */
static enum status learn_token_limit(struct engine *engine, struct error *err)
{
    struct embedder *serving = engine->plugins.serving;
    struct model_info known;
    const struct model_info *model = &known;
    int64_t model_id = 0;
    enum status status = index_find_model(engine->index, 0, &known, &model_id, NULL, err);

    while (!status && !model_id && serving->ops->state(serving) == EMBEDDER_STARTING)
        status = loop_step(engine->loop, 100, err);
    if (!status && !model_id)
        model = serving->ops->model(serving);
    if (status || !model)
        return status;
    take_token_limit(engine, model);
    return STATUS_OK;
}

static enum status start_pipeline(struct engine *engine, const struct config *config,
                                  struct error *err)
{
    struct pipeline_options options = {
        .file_bytes_max = (uint64_t)config->file_mb * MEGABYTE,
        .plugin = engine->plugins.serving_command.data,
        .chunking = { .chunker = config->chunker,
                      .target_tokens = (unsigned)config->target_tokens,
                      .maximum_tokens = (unsigned)config->maximum_tokens,
                      .overlap_tokens = (unsigned)config->overlap_tokens },
        .limit_tokens = engine->token_limit,
        .boundary_fingerprint = engine->boundary_fingerprint,
        .commit_documents = 64,
        .commit_ms = 20,
        .attempts_max = 3,
        .expanded_bytes_max = (uint64_t)config->expanded_mb * MEGABYTE,
        .member_bytes_max = (uint64_t)config->member_mb * MEGABYTE,
        .member_count_max = (unsigned)config->member_count,
        .depth_max = (unsigned)config->depth,
        .log = engine->log,
    };

    return pipeline_new(engine->loop, engine->store, engine->pool, engine->plugins.serving,
                        &options, &engine->pipeline, err);
}

/* ---- from the watch to the pipeline ---- */

static bool is_listened_to(const struct engine *engine, int64_t source_id)
{
    for (size_t i = 0; i < engine->source_count; i++)
        if (engine->sources[i].source_id == source_id)
            return !engine->sources[i].is_dropped;
    return false;
}

static void told_changed(void *user, int64_t source_id, struct span path)
{
    struct engine *engine = user;

    if (!is_listened_to(engine, source_id))
        return;
    engine_refresh_source(engine, source_id);
    pipeline_changed(engine->pipeline, source_id, path);
}

static void told_moved(void *user, int64_t source_id, struct span from, struct span to)
{
    struct engine *engine = user;

    if (!is_listened_to(engine, source_id))
        return;
    engine_refresh_source(engine, source_id);
    pipeline_moved(engine->pipeline, source_id, from, to);
}

static void told_removed(void *user, int64_t source_id, struct span path)
{
    struct engine *engine = user;

    pipeline_removed(engine->pipeline, source_id, path);
}

static void told_held(void *user, int64_t source_id, struct span path)
{
    struct engine *engine = user;

    pipeline_held(engine->pipeline, source_id, path);
}

static void told_refused(void *user, int64_t source_id, struct span path, enum outcome outcome,
                         const char *reason)
{
    struct engine *engine = user;

    if (!is_listened_to(engine, source_id))
        return;
    engine_refresh_source(engine, source_id);
    pipeline_refused(engine->pipeline, source_id, path, outcome, reason);
}

static void told_trust(void *user, int64_t source_id, struct span folder, const char *why)
{
    struct engine *engine = user;
    const char *path = "";

    for (size_t i = 0; i < engine->source_count; i++)
        if (engine->sources[i].source_id == source_id)
            path = engine->sources[i].path;
    if (why && folder.len == 0)
        log_line(engine->log, LOG_WARNING, "source '%s': %s", path, why);
    else if (why)
        log_line(engine->log, LOG_WARNING, "events below '%s/%.*s' are not enough: %s", path,
                 (int)folder.len, folder.data, why);
    else
        log_line(engine->log, LOG_INFO, "events below '%s/%.*s' can be relied upon again", path,
                 (int)folder.len, folder.data);
}

void engine_look(struct engine *engine, struct span absolute_path)
{
    for (size_t i = 0; i < engine->source_count; i++) {
        const struct engine_source *source = &engine->sources[i];
        size_t len = strlen(source->path);

        if (!source->is_dropped && absolute_path.len > len + 1 && absolute_path.data[len] == '/' &&
            memcmp(absolute_path.data, source->path, len) == 0)
            told_changed(
                engine, source->source_id,
                (struct span){ absolute_path.data + len + 1, absolute_path.len - len - 1 });
    }
}

static bool asked_is_current(void *user, const struct document_record *record)
{
    struct engine *engine = user;

    return pipeline_is_current(engine->pipeline, record);
}

static enum status start_watch(struct engine *engine, const struct engine_options *options,
                               struct error *err)
{
    const struct config *config = options->config;
    struct watch_handler handler = {
        .user = engine,
        .changed = told_changed,
        .moved = told_moved,
        .removed = told_removed,
        .held = told_held,
        .refused = told_refused,
        .trust = told_trust,
        .is_current = asked_is_current,
    };
    struct watch_options watch_options = {
        .is_scan_only = options->is_scan_only,
        .state_folder = options->kb,
        .ignore = (const char *const *)config->ignore,
        .crosses_mounts = config->crosses_mounts,
        .share_documents = (uint64_t)config->held_documents,
        .share_percent = (unsigned)config->held_percent,
        .settle_ms = config->settle_ms,
        .poll_ms = config->poll_s * 1000,
        .rescan_ms = config->rescan_s * 1000,
        .log = options->log,
    };

    return watch_new(engine->loop, engine->store, &watch_options, &handler, &engine->watch, err);
}

static enum status open_store(struct engine *engine, const struct engine_options *options,
                              struct error *err)
{
    enum status status = index_create(options->kb, err);

    if (!status)
        status = index_open(options->kb, INDEX_WRITE, &engine->index, err);
    if (!status && index_renewed_rows(engine->index))
        log_line(engine->log, LOG_INFO,
                 "another version of varve had made the full text: its %" PRIu64
                 " rows were made again",
                 index_renewed_rows(engine->index));
    return status ? status : index_store_new(engine->index, &engine->store, err);
}

static enum status open_plan(struct engine *engine, const struct engine_options *options,
                             struct error *err)
{
    const char *plugin = options->config->plugin;
    enum status status = index_open(options->kb, INDEX_READ, &engine->index, err);

    return status ? status
                  : plan_store_new(engine->index, (struct span){ plugin, strlen(plugin) },
                                   &engine->store, err);
}

enum status engine_read_plan(struct engine *engine, struct plan_counts *out, struct error *err)
{
    return plan_read(engine->store, out, err);
}

enum status engine_open(const struct engine_options *options, struct engine **out,
                        struct error *err)
{
    CLEANUP(buf_release) struct buf cache = BUF_INIT(OS_PATH_MAX);
    struct engine *engine = calloc(1, sizeof(*engine));
    const struct config *config = options->config;
    enum status status;

    if (!engine)
        return error_set(err, STATUS_NO_MEMORY, "no memory to start");
    engine->log = options->log;
    engine->config = config;
    status = options->is_plan ? open_plan(engine, options, err) : open_store(engine, options, err);
    if (!status)
        status = loop_new(&engine->loop, err);
    if (!status)
        status = read_boundary_fingerprint(engine, err);
    if (!status)
        status = start_plugins(engine, options, err);
    if (!status)
        status = learn_token_limit(engine, err);
    buf_printf(&cache, "%s/cache", options->kb);
    if (!status)
        status = engine_start_pool(engine->loop, config, WORKER_PROGRAM, true, cache.data,
                                   options->log, &engine->pool, err);
    if (!status)
        status = start_pipeline(engine, config, err);
    if (!status)
        engine->plugins.pipeline = engine->pipeline;
    if (!status && !options->is_plan)
        status = model_plugins_resume(&engine->plugins, engine->index, err);
    if (!status)
        status = engine_await_worker(engine->loop, engine->pool, err);
    if (!status)
        status = engine_drop_unlisted(engine, config, err);
    if (!status)
        status = start_watch(engine, options, err);
    for (size_t i = 0; i < config->source_count && !status; i++)
        status = engine_add_source(engine, &config->sources[i], err);
    if (status) {
        engine_free(engine);
        return status;
    }
    *out = engine;
    return STATUS_OK;
}

void engine_free(struct engine *engine)
{
    if (!engine)
        return;
    watch_free(engine->watch);
    model_plugins_release(&engine->plugins);
    pool_free(engine->pool);
    if (engine->pipeline)
        pipeline_free(engine->pipeline);
    if (engine->store)
        engine->store->ops->free(engine->store);
    index_free(engine->index);
    loop_free(engine->loop);
    for (size_t i = 0; i < engine->source_count; i++) {
        if (engine->sources[i].fd >= 0)
            (void)close(engine->sources[i].fd);
        free(engine->sources[i].path);
        free(engine->sources[i].own.chunker);
    }
    free(engine);
}

static void release_folders(struct engine *engine)
{
    for (size_t i = 0; i < engine->source_count; i++) {
        struct engine_source *source = &engine->sources[i];

        if (source->fd < 0)
            continue;
        if (pipeline_add_source(engine->pipeline, source->source_id, -1, NULL))
            continue; /* it keeps the descriptor */
        (void)close(source->fd);
        source->fd = -1;
    }
}

/* A model that has taken over may take less, or more, than the one before. */
static void step_plugins(struct engine *engine)
{
    const struct embedder *before = engine->plugins.serving, *now;

    model_plugins_step(&engine->plugins);
    now = engine->plugins.serving;
    if (now == before || !now->ops->model(now) ||
        !pipeline_set_limit(engine->pipeline, now->ops->model(now)->token_limit))
        return;
    take_token_limit(engine, now->ops->model(now));
    watch_scan(engine->watch, 0);
}

enum status engine_step(struct engine *engine, int64_t timeout_ms, struct error *err)
{
    enum status status = loop_step(engine->loop, timeout_ms, err);

    if (!status)
        status = pipeline_status(engine->pipeline, err);
    if (!status)
        status = watch_status(engine->watch, err);
    if (!status)
        step_plugins(engine);
    if (!status)
        engine_watch_again(engine);
    if (!status && pool_is_broken(engine->pool))
        status = error_set(err, STATUS_IO, "no worker can be started any more");
    if (!status && engine_is_idle(engine))
        release_folders(engine);
    return status;
}

bool engine_is_idle(const struct engine *engine)
{
    return watch_is_settled(engine->watch) && pipeline_is_idle(engine->pipeline) &&
           model_plugins_are_done(&engine->plugins);
}

enum status engine_no_room(const struct engine *engine, struct error *err)
{
    if (!watch_is_settled(engine->watch) || engine_is_idle(engine))
        return STATUS_OK;
    return pipeline_no_room(engine->pipeline, err);
}

struct loop *engine_loop(struct engine *engine)
{
    return engine->loop;
}

struct model_plugins *engine_plugins(struct engine *engine)
{
    return &engine->plugins;
}

struct pipeline *engine_pipeline(struct engine *engine)
{
    return engine->pipeline;
}

struct watch *engine_watch(struct engine *engine)
{
    return engine->watch;
}

struct index *engine_index(struct engine *engine)
{
    return engine->index;
}

const char *engine_plugin_trouble(const struct engine *engine)
{
    return engine->plugins.serving->ops->trouble(engine->plugins.serving);
}

const char *engine_building_trouble(const struct engine *engine)
{
    const struct embedder *building = engine->plugins.building;

    return building ? building->ops->trouble(building) : "";
}

size_t engine_process_ids(const struct engine *engine, int *out, size_t room)
{
    size_t count = pool_process_ids(engine->pool, out, room);
    const struct embedder *embedders[] = { engine->plugins.serving, engine->plugins.building };

    for (size_t i = 0; i < 2; i++) {
        pid_t plugin = embedders[i] ? plugin_embedder_process_id(embedders[i]) : 0;

        if (plugin && count < room)
            out[count++] = plugin;
    }
    return count;
}

const char *engine_serving(const struct engine *engine)
{
    return engine->plugins.serving_command.data;
}

void engine_put_models(const struct engine *engine, struct json_writer *json)
{
    const struct model_plugins *plugins = &engine->plugins;
    struct pipeline_models models;

    pipeline_read_models(engine->pipeline, &models);
    json_put_text(json, "serving", plugins->serving_command.data);
    json_put_text(json, "building", plugins->building ? plugins->building_command.data : NULL);
    json_put_bool(json, "built", models.is_built);
}
