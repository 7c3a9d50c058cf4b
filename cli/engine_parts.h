/*
 * engine_parts.h - what engine.c and engine_sources.c share. Only for them.
 */
#ifndef CLI_ENGINE_PARTS_H
#define CLI_ENGINE_PARTS_H

#include "cli/engine.h"
#include "cli/model_plugins.h"

struct engine_source {
    int64_t source_id;
    char *path;
    int fd; /* of its folder; -1: missing */
    uint64_t device, inode;
    struct config_source own; /* as it was taken, with the path above; no name */
    bool is_dropped; /* varve.conf does not name it any more: what is told of it is not listened to
                      */
    bool is_watched; /* false: why says why, and it is tried again */
    char why[280];
};

struct engine {
    const struct log *log;
    struct loop *loop;
    struct index *index;
    struct store *store;
    struct pool *pool;
    struct model_plugins plugins;
    struct pipeline *pipeline;
    struct watch *watch;
    struct engine_source sources[CONFIG_SOURCES_MAX];
    size_t source_count;
    char boundary_fingerprint[HASH_HEX_BYTES];
    unsigned token_limit; /* of the model that is searched; 0: none */
    const struct config *config;
    int64_t watch_due_ms; /* when sources that are not watched are tried again */
};

/* ---- engine_sources.c ---- */

/* A source's folder may come back as another one (unmounted, mounted again): its descriptor is
 * checked before a file is read through it. When there is nothing to read it is closed, since it
 * would keep a mounted source from being unmounted. */
void engine_refresh_source(struct engine *engine, int64_t source_id);
/* From then on the source is the engine's, also where it can't be watched yet. */
NODISCARD enum status engine_add_source(struct engine *engine, const struct config_source *from,
                                        struct error *err);
/* Taking a folder out of varve.conf is a wish, not an accident: what it held is removed. (An empty
 * or missing varve.conf never comes here: there is nothing to run on then.) */
NODISCARD enum status engine_drop_unlisted(struct engine *engine, const struct config *config,
                                           struct error *err);
/* Sources that could not be watched, now and then. */
void engine_watch_again(struct engine *engine);

#endif
