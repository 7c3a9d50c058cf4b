/*
 * model_plugins.h - the embedding plugins of the writing side: the one whose model is searched, and
 * one whose model is built beside it.
 *
 * What varve.conf names is wanted; what the index names is searched. Where they differ, the wanted
 * model is built while the searched one goes on, started as the index remembers, and takes over in
 * one commit. A model that was begun with `varve model build` is finished, and waits.
 */
#ifndef CLI_MODEL_PLUGINS_H
#define CLI_MODEL_PLUGINS_H

#include "cli/config.h"
#include "index/index.h"
#include "ingest/pipeline.h"

#define PLUGIN_COMMAND_BYTES_MAX ((size_t)64 << 10)

struct model_plugins {
    struct loop *loop;
    const char *kb;
    const struct config *config;
    const struct log *log;
    struct pipeline *pipeline;
    struct embedder *serving, *building; /* building: NULL when there is none */
    struct buf serving_command, building_command;
    bool is_limit_told; /* of building: that it takes fewer tokens than chunks have */
};

/* Starts the plugin of a command line, ready to embed on loop. Searches use it as well. setting:
 * for messages. */
NODISCARD enum status model_plugin_start(struct loop *loop, const char *kb,
                                         const struct config *config, const char *command,
                                         const struct log *log, struct embedder **out,
                                         struct error *err);
/* The command line of the model that is searched: the index's, else what varve.conf names. */
NODISCARD enum status model_plugin_command(struct index *index, const struct config *config,
                                           struct buf *command, struct error *err);

/* Starts the one that serves. All but index are borrowed for the life of plugins. */
NODISCARD enum status model_plugins_open(struct model_plugins *plugins, struct index *index,
                                         struct error *err);
/* With the pipeline set: goes on with what was being built, and wants what varve.conf names. */
NODISCARD enum status model_plugins_resume(struct model_plugins *plugins, struct index *index,
                                           struct error *err);
void model_plugins_release(struct model_plugins *plugins);

/* Builds a model beside the one that is searched, which it replaces when takes_over. */
NODISCARD enum status model_plugins_build(struct model_plugins *plugins, const char *command,
                                          bool takes_over, struct error *err);
/* The one that is built is given up; its vectors stay. */
NODISCARD enum status model_plugins_stop(struct model_plugins *plugins, struct error *err);
/* After each step of the loop: ends the plugin that was taken over from. */
void model_plugins_step(struct model_plugins *plugins);
/* False while vectors are missing that a plugin which works could give. */
bool model_plugins_are_done(const struct model_plugins *plugins);

#endif
