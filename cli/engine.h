/*
 * engine.h - the writing side put together: index, workers, plugin, pipeline and watch on one loop.
 *
 * `varve run` keeps it going; `varve sync` (and a fresh search without a daemon) runs it until
 * nothing is left to do.
 */
#ifndef CLI_ENGINE_H
#define CLI_ENGINE_H

#include "base/json.h"
#include "cli/config.h"
#include "index/plan.h"
#include "index/status.h"
#include "ingest/pipeline.h"
#include "watch/watch.h"

struct engine;
struct model_plugins;

#define WORKER_PROGRAM       "varve-extract"
#define SMALL_WORKER_PROGRAM "varve-extract-small"

struct engine_options {
    const char *kb;              /* absolute */
    const struct config *config; /* borrowed */
    bool is_scan_only;           /* no events: one pass */
    bool is_plan;                /* nothing is embedded or committed, only counted */
    const struct log *log;
};

/* Takes the writer's lock (STATUS_BUSY: another process has it), starts a worker and the plugin,
 * and begins to scan the sources. */
NODISCARD enum status engine_open(const struct engine_options *options, struct engine **out,
                                  struct error *err);
void engine_free(struct engine *engine); /* NULL is fine */

/* One round of the loop. Any status but OK ends the pass: the store is as of its last commit. */
NODISCARD enum status engine_step(struct engine *engine, int64_t timeout_ms, struct error *err);
/* Nothing to scan, read, embed or commit; a plugin that is down is not waited for. */
bool engine_is_idle(const struct engine *engine);
/* STATUS_OK, or why nothing is left to do but what the full disk has no room for. */
NODISCARD enum status engine_no_room(const struct engine *engine, struct error *err);

/* Of a plan that is idle. */
NODISCARD enum status engine_read_plan(struct engine *engine, struct plan_counts *out,
                                       struct error *err);

struct loop *engine_loop(struct engine *engine);
struct model_plugins *engine_plugins(struct engine *engine);
struct pipeline *engine_pipeline(struct engine *engine);
struct watch *engine_watch(struct engine *engine);
struct index *engine_index(struct engine *engine);
/* What is wrong with the plugin; "" when it works. */
const char *engine_plugin_trouble(const struct engine *engine);
/* The same for the one whose model is built beside it; "" when there is none. */
const char *engine_building_trouble(const struct engine *engine);
/* The sources as config names them: new ones are added, and those that it does not name any more
 * leave the index, as at a start. One that can't be watched is an error, but all others are taken;
 * it is tried again, and engine_source_trouble() says why. Nothing else of config counts; it is not
 * kept. */
NODISCARD enum status engine_reload(struct engine *engine, const struct config *config,
                                    struct error *err);
/* Appends what of config counts from the next start: "[chunk] target_tokens, [source notes]". */
void engine_tell_waiting(struct engine *engine, const struct config *config, struct buf *out);
/* The command line of the plugin whose model is searched. Lent. */
const char *engine_serving(const struct engine *engine);
/* "serving" and "building", command lines, and "built": nothing of the latter is missing. */
void engine_put_models(const struct engine *engine, struct json_writer *json);
/* The process ids of workers and plugin, for tests and status. */
size_t engine_process_ids(const struct engine *engine, int *out, size_t room);
/* Queues a file by its absolute path, when a source holds it. */
void engine_look(struct engine *engine, struct span absolute_path);
size_t engine_source_count(const struct engine *engine);
/* varve.conf has not named it since engine_reload(). */
bool engine_source_is_dropped(const struct engine *engine, size_t at);
/* Why nothing is told of its files; NULL: it is watched (which may have troubles of its own). */
const char *engine_source_trouble(const struct engine *engine, size_t at);
/* Lent; NULL past the last. */
const char *engine_source_path(const struct engine *engine, size_t at, int64_t *source_id);

/* The workers as varve.conf wants them. program: SMALL_WORKER_PROGRAM only for jobs that may be
 * declined. is_cutting: they will be asked for chunks, and have the model for it, which
 * takes a quarter of a worker's start. cache_folder: for what converters make; NULL: none. */
NODISCARD enum status engine_start_pool(struct loop *loop, const struct config *config,
                                        const char *program, bool is_cutting,
                                        const char *cache_folder, const struct log *log,
                                        struct pool **out, struct error *err);
/* Steps until a worker has announced itself. STATUS_IO: none can be started. */
NODISCARD enum status engine_await_worker(struct loop *loop, struct pool *pool, struct error *err);

#endif
