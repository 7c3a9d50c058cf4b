#include "cli/sinks.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/plugin_words.h"
#include "feed/sink.h"

struct sinks {
    struct sink *sinks[CONFIG_SINKS_MAX];
    const char *names[CONFIG_SINKS_MAX];
    size_t count;
};

static enum status open_one(struct loop *loop, const char *kb, const struct config_sink *config,
                            struct index *index, const struct log *log, struct sink **out,
                            struct error *err)
{
    struct plugin_words command, pass;
    char setting[160];
    enum status status;

    (void)snprintf(setting, sizeof(setting), "'command' of [sink %s] in varve.conf", config->name);
    status = plugin_words_read(setting, config->command ? config->command : "", &command, err);
    if (status)
        return status;
    status = plugin_words_split(setting, config->pass ? config->pass : "", &pass, err);
    if (!status) {
        struct sink_options options = {
            .plugin = { .arguments = command.words,
                        .environment = (const char *const *)environ,
                        .passed_names = pass.words,
                        .folder = kb,
                        .setting = "its 'command' in varve.conf",
                        .log = log },
            .name = config->name,
            .writer = index,
        };

        status = sink_new(loop, &options, out, err);
        plugin_words_release(&pass);
    }
    plugin_words_release(&command);
    return status;
}

enum status sinks_open(struct loop *loop, const char *kb, const struct config *config,
                       struct index *index, const struct log *log, struct sinks **out,
                       struct error *err)
{
    struct sinks *sinks = calloc(1, sizeof(*sinks));
    enum status status = STATUS_OK;

    if (!sinks)
        return error_set(err, STATUS_NO_MEMORY, "no memory for sinks");
    for (size_t i = 0; i < config->sink_count && !status; i++) {
        status = open_one(loop, kb, &config->sinks[i], index, log, &sinks->sinks[i], err);
        sinks->names[i] = config->sinks[i].name;
        sinks->count += status == STATUS_OK;
    }
    if (status) {
        sinks_free(sinks);
        return status;
    }
    *out = sinks;
    return STATUS_OK;
}

void sinks_free(struct sinks *sinks)
{
    if (!sinks)
        return;
    for (size_t i = 0; i < sinks->count; i++)
        sink_free(sinks->sinks[i]);
    free(sinks);
}

void sinks_put_json(const struct sinks *sinks, struct json_writer *json)
{
    json_put_array_begin(json, "sinks");
    for (size_t i = 0; sinks && i < sinks->count; i++) {
        json_put_object_begin(json, NULL);
        json_put_text(json, "name", sinks->names[i]);
        json_put_integer(json, "acknowledged", sink_acknowledged(sinks->sinks[i]));
        json_put_integer(json, "sent", sink_sent(sinks->sinks[i]));
        json_put_text(json, "trouble", sink_trouble(sinks->sinks[i]));
        json_put_object_end(json);
    }
    json_put_array_end(json);
}
