#include "cli/filter_option.h"

#include <string.h>

#include "cli/commands.h"
#include "cli/paths.h"

bool filter_option_take(struct filter_option *option, const char *command, int letter,
                        const char *value)
{
    switch (letter) {
    case FILTER_PATH:
        option->path_glob = value;
        return true;
    case FILTER_TYPE:
        option->media_type = value;
        return true;
    case FILTER_LANGUAGE:
        option->language = value;
        return true;
    case FILTER_SOURCE:
        option->source = value;
        return true;
    case FILTER_SINCE:
        option->since = value;
        return read_time(command, "--since", value, true, &option->since_ms);
    case FILTER_UNTIL:
        option->until = value;
        return read_time(command, "--until", value, false, &option->until_ms);
    default:
        return false;
    }
}

static struct span span_of(const char *text)
{
    return text ? (struct span){ text, strlen(text) } : (struct span){ NULL, 0 };
}

/* A folder need not be in varve.conf any more: what was indexed from it may still be there. */
static enum status find_source(struct filter_option *option, const struct config *config,
                               struct error *err)
{
    for (size_t i = 0; i < config->source_count; i++) {
        if (strcmp(config->sources[i].name, option->source) == 0) {
            buf_printf(&option->source_path, "%s", config->sources[i].path);
            return buf_status(&option->source_path, err);
        }
    }
    option->is_wrong =
        !strchr(option->source, '/') && path_absolute(option->source, &option->source_path, NULL);
    if (option->is_wrong)
        return error_set(err, STATUS_MALFORMED,
                         "there is no source '%.60s'; 'varve status' lists them", option->source);
    return path_absolute_gone(option->source, &option->source_path, err);
}

enum status filter_option_apply(struct filter_option *option, const struct kb *kb,
                                struct search_filter *out, struct error *err)
{
    enum status status = STATUS_OK;

    out->path_glob = span_of(option->path_glob);
    out->media_type = span_of(option->media_type);
    out->language = span_of(option->language);
    if (option->source)
        status = find_source(option, kb->config, err);
    if (option->source)
        out->source = buf_span(&option->source_path);
    out->since_ms = option->since_ms;
    out->until_ms = option->until_ms;
    return status;
}

void filter_option_keep(const struct filter_option *option, struct asked *asked)
{
    asked_filter(asked, "path", option->path_glob);
    asked_filter(asked, "source", option->source);
    asked_filter(asked, "type", option->media_type);
    asked_filter(asked, "language", option->language);
    asked_filter(asked, "since", option->since);
    asked_filter(asked, "until", option->until);
}

void filter_option_release(struct filter_option *option)
{
    buf_release(&option->source_path);
}
