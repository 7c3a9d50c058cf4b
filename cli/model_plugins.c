#include "cli/model_plugins.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"
#include "cli/plugin_words.h"
#include "embed/plugin_embedder.h"

enum status model_plugin_start(struct loop *loop, const char *kb, const struct config *config,
                               const char *command, const struct log *log, struct embedder **out,
                               struct error *err)
{
    CLEANUP(plugin_words_release) struct plugin_words words = { .program = BUF_INIT(OS_PATH_MAX) };
    CLEANUP(plugin_words_release) struct plugin_words pass = { .program = BUF_INIT(OS_PATH_MAX) };
    struct plugin_embedder_options options = {
        .plugin = { .arguments = words.words,
                    .environment = (const char *const *)environ,
                    .passed_names = pass.words,
                    .folder = kb,
                    .setting = "'plugin' in varve.conf",
                    .log = log,
                    .handshake_ms = config->plugin_start_s * 1000 },
        .canary_folder = kb,
        .batch_ms = config->plugin_batch_s * 1000,
    };
    enum status status = plugin_words_read("'plugin' in varve.conf", command, &words, err);

    if (!status)
        status = plugin_words_split("'pass' in varve.conf", config->plugin_pass, &pass, err);
    return status ? status : plugin_embedder_new(loop, &options, out, err);
}

static enum status set_command(struct buf *command, const char *text, struct error *err)
{
    buf_clear(command);
    buf_append(command, text, strlen(text) + 1);
    return buf_status(command, err);
}

enum status model_plugin_command(struct index *index, const struct config *config,
                                 struct buf *command, struct error *err)
{
    struct model_info model;
    int64_t model_id;
    enum status status = index_find_model(index, 0, &model, &model_id, command, err);

    if (status)
        return status;
    if (command->len == 0)
        return set_command(command, config->plugin, err);
    buf_append_char(command, '\0');
    return buf_status(command, err);
}

enum status model_plugins_open(struct model_plugins *plugins, struct index *index,
                               struct error *err)
{
    enum status status;

    plugins->serving_command = (struct buf)BUF_INIT(PLUGIN_COMMAND_BYTES_MAX);
    plugins->building_command = (struct buf)BUF_INIT(PLUGIN_COMMAND_BYTES_MAX);
    status = model_plugin_command(index, plugins->config, &plugins->serving_command, err);
    if (!status)
        status =
            model_plugin_start(plugins->loop, plugins->kb, plugins->config,
                               plugins->serving_command.data, plugins->log, &plugins->serving, err);
    return status;
}

enum status model_plugins_resume(struct model_plugins *plugins, struct index *index,
                                 struct error *err)
{
    CLEANUP(buf_release) struct buf command = BUF_INIT(PLUGIN_COMMAND_BYTES_MAX);
    const char *wanted = plugins->config->plugin;
    struct index_models models;
    struct model_info model;
    int64_t model_id;
    enum status status = index_read_models(index, &models, err);

    if (!status && strcmp(wanted, plugins->serving_command.data) != 0)
        return model_plugins_build(plugins, wanted, true, err);
    if (!status && models.next_id)
        status = index_find_model(index, models.next_id, &model, &model_id, &command, err);
    if (status || command.len == 0)
        return status;
    buf_append_char(&command, '\0');
    status = buf_status(&command, err);
    return status ? status : model_plugins_build(plugins, command.data, false, err);
}

static void end_building(struct model_plugins *plugins)
{
    struct embedder *embedder = plugins->building;

    plugins->building = NULL;
    if (embedder)
        embedder->ops->free(embedder);
}

void model_plugins_release(struct model_plugins *plugins)
{
    if (plugins->serving)
        plugins->serving->ops->free(plugins->serving);
    plugins->serving = NULL;
    end_building(plugins);
    buf_release(&plugins->serving_command);
    buf_release(&plugins->building_command);
}

enum status model_plugins_build(struct model_plugins *plugins, const char *command, bool takes_over,
                                struct error *err)
{
    enum status status = STATUS_OK;
    bool is_serving;

    model_plugins_step(plugins); /* it may have taken over in a step that nobody looked behind */
    is_serving = strcmp(command, plugins->serving_command.data) == 0;
    if (plugins->building && strcmp(command, plugins->building_command.data) == 0) {
        pipeline_build(plugins->pipeline, plugins->building, plugins->building_command.data,
                       takes_over);
        return STATUS_OK;
    }
    if (plugins->building || is_serving)
        status = model_plugins_stop(plugins, err);
    if (status || is_serving)
        return status;
    plugins->is_limit_told = false;
    status = set_command(&plugins->building_command, command, err);
    if (!status)
        status = model_plugin_start(plugins->loop, plugins->kb, plugins->config,
                                    plugins->building_command.data, plugins->log,
                                    &plugins->building, err);
    if (!status)
        pipeline_build(plugins->pipeline, plugins->building, plugins->building_command.data,
                       takes_over);
    return status;
}

enum status model_plugins_stop(struct model_plugins *plugins, struct error *err)
{
    enum status status;

    model_plugins_step(plugins);
    status = pipeline_stop_building(plugins->pipeline, err);
    end_building(plugins);
    return status;
}

/* Once its plugin has said so. */
static void warn_of_smaller_limit(struct model_plugins *plugins)
{
    struct embedder *building = plugins->building, *serving = plugins->serving;
    const struct model_info *next = building ? building->ops->model(building) : NULL;
    const struct model_info *now = serving->ops->model(serving);
    long most = plugins->config->maximum_tokens;

    if (!next || plugins->is_limit_told)
        return;
    plugins->is_limit_told = true;
    if (now && now->token_limit && (long)now->token_limit < most)
        most = now->token_limit;
    if (next->token_limit && (long)next->token_limit < most)
        log_line(plugins->log, LOG_WARNING,
                 "the model '%s' takes %u tokens, and chunks have up to %ld: longer ones get no"
                 " vector of it before it has taken over and all documents were cut again",
                 next->name, next->token_limit, most);
}

void model_plugins_step(struct model_plugins *plugins)
{
    struct embedder *before = plugins->serving;
    struct buf command = plugins->serving_command;
    struct pipeline_models models;

    warn_of_smaller_limit(plugins);
    pipeline_read_models(plugins->pipeline, &models);
    if (models.serving == before)
        return;
    assert(plugins->building && plugins->building == models.serving);
    plugins->serving = plugins->building;
    plugins->building = NULL;
    plugins->serving_command = plugins->building_command;
    plugins->building_command = command;
    before->ops->free(before);
    log_line(plugins->log, LOG_INFO, "the model '%s' is searched from now on (%s)",
             plugins->serving->ops->model(plugins->serving)->name, plugins->serving_command.data);
}

bool model_plugins_are_done(const struct model_plugins *plugins)
{
    const struct embedder *building = plugins->building;
    struct pipeline_models models;

    pipeline_read_models(plugins->pipeline, &models);
    if (!pipeline_is_embedded(plugins->pipeline) &&
        plugins->serving->ops->state(plugins->serving) != EMBEDDER_DOWN)
        return false;
    return !building || building->ops->state(building) == EMBEDDER_DOWN ||
           (models.is_built && !models.takes_over);
}
