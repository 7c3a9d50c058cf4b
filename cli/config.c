#include "cli/config.h"

#include <assert.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os.h"

#define CONFIG_BYTES_MAX ((size_t)1 << 20)

enum value_kind { VALUE_NUMBER, VALUE_DECIMAL, VALUE_TEXT, VALUE_BOOL, VALUE_CHOICE };

struct key {
    const char *section, *name;
    enum value_kind kind;
    size_t offset;
    const char *otherwise; /* the default, as it would be written */
    long from, to;         /* of a number */
    const char *choices;   /* "strict flag" */
};

#define AT(field) offsetof(struct config, field)

static const struct key keys[] = {
    { "embed", "plugin", VALUE_TEXT, AT(plugin), "embed-static", 0, 0, NULL },
    { "embed", "pass", VALUE_TEXT, AT(plugin_pass), "", 0, 0, NULL },
    { "embed", "start_seconds", VALUE_NUMBER, AT(plugin_start_s), "60", 1, 3600, NULL },
    { "embed", "batch_seconds", VALUE_NUMBER, AT(plugin_batch_s), "120", 1, 86400, NULL },
    { "embed", "price", VALUE_DECIMAL, AT(price), "0", 0, 1000000, NULL },
    { "chunk", "chunker", VALUE_CHOICE, AT(chunker), "semantic", 0, 0,
      "semantic structure parents sentence fixed code table" },
    { "chunk", "target_tokens", VALUE_NUMBER, AT(target_tokens), "256", 16, 8192, NULL },
    { "chunk", "maximum_tokens", VALUE_NUMBER, AT(maximum_tokens), "512", 32, 16384, NULL },
    { "chunk", "overlap_tokens", VALUE_NUMBER, AT(overlap_tokens), "0", 0, 4096, NULL },
    { "chunk", "tokenizer", VALUE_TEXT, AT(tokenizer), "", 0, 0, NULL },
    { "extract", "workers", VALUE_NUMBER, AT(workers), "0", 0, 64, NULL },
    { "extract", "file_mb", VALUE_NUMBER, AT(file_mb), "256", 1, 65536, NULL },
    { "extract", "silence_seconds", VALUE_NUMBER, AT(silence_s), "10", 1, 3600, NULL },
    { "extract", "total_seconds", VALUE_NUMBER, AT(total_s), "60", 1, 86400, NULL },
    { "extract", "memory_mb", VALUE_NUMBER, AT(memory_mb), "1024", 256, 65536, NULL },
    { "extract", "sandbox", VALUE_CHOICE, AT(sandbox), "require", 0, 0, "require reduced off" },
    { "extract", "converter_seconds", VALUE_NUMBER, AT(converter_s), "600", 1, 86400, NULL },
    { "extract", "cache_mb", VALUE_NUMBER, AT(cache_mb), "256", 0, 1048576, NULL },
    { "ocr", "enabled", VALUE_BOOL, AT(ocr_is_enabled), "no", 0, 0, NULL },
    { "ocr", "languages", VALUE_TEXT, AT(ocr_languages), "eng", 0, 0, NULL },
    { "ocr", "dpi", VALUE_NUMBER, AT(ocr_dpi), "300", 50, 1200, NULL },
    { "ocr", "pages_max", VALUE_NUMBER, AT(ocr_pages_max), "200", 1, 100000, NULL },
    { "ocr", "min_text_per_page", VALUE_NUMBER, AT(ocr_text_min), "64", 1, 10000, NULL },
    { "ocr", "page_seconds", VALUE_NUMBER, AT(ocr_page_s), "60", 1, 3600, NULL },
    { "ocr", "memory_mb", VALUE_NUMBER, AT(ocr_memory_mb), "1024", 64, 65536, NULL },
    { "archive", "expanded_mb", VALUE_NUMBER, AT(expanded_mb), "512", 1, 65536, NULL },
    { "archive", "member_mb", VALUE_NUMBER, AT(member_mb), "256", 1, 65536, NULL },
    { "archive", "members", VALUE_NUMBER, AT(member_count), "10000", 1, 10000000, NULL },
    { "archive", "depth", VALUE_NUMBER, AT(depth), "4", 0, 16, NULL },
    { "watch", "settle_ms", VALUE_NUMBER, AT(settle_ms), "250", 1, 60000, NULL },
    { "watch", "poll_seconds", VALUE_NUMBER, AT(poll_s), "60", 1, 86400, NULL },
    { "watch", "rescan_seconds", VALUE_NUMBER, AT(rescan_s), "3600", 1, 604800, NULL },
    { "watch", "held_documents", VALUE_NUMBER, AT(held_documents), "100", 1, INT_MAX, NULL },
    { "watch", "held_percent", VALUE_NUMBER, AT(held_percent), "50", 1, 100, NULL },
    { "watch", "crosses_mounts", VALUE_BOOL, AT(crosses_mounts), "no", 0, 0, NULL },
    { "retain", "older_than_days", VALUE_NUMBER, AT(retain_days), "0", 0, 36500, NULL },
    { "retain", "revisions", VALUE_NUMBER, AT(retain_revisions), "0", 0, 1000000, NULL },
    { "retain", "megabytes", VALUE_NUMBER, AT(retain_mb), "0", 0, 1000000000, NULL },
    { "retain", "feed_days", VALUE_NUMBER, AT(retain_feed_days), "0", 0, 36500, NULL },
    { "learning", "log", VALUE_BOOL, AT(keeps_questions), "no", 0, 0, NULL },
    { "learning", "questions", VALUE_NUMBER, AT(kept_questions), "100000", 1, 100000000, NULL },
    { "learning", "days", VALUE_NUMBER, AT(kept_question_days), "365", 0, 36500, NULL },
    { "rerank", "plugin", VALUE_TEXT, AT(rerank_plugin), "", 0, 0, NULL },
    { "rerank", "pass", VALUE_TEXT, AT(rerank_pass), "", 0, 0, NULL },
    { "rerank", "candidates", VALUE_NUMBER, AT(rerank_candidates), "50", 1, 1000, NULL },
    { "rerank", "seconds", VALUE_NUMBER, AT(rerank_s), "10", 1, 600, NULL },
    { "search", "stale", VALUE_CHOICE, AT(stale), "strict", 0, 0, "strict flag" },
};

#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

static void *field(struct config *config, const struct key *key)
{
    return (char *)config + key->offset;
}

static bool is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);

    for (const char *at = choices; len > 0 && (at = strstr(at, value)); at += len)
        if ((at == choices || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

static enum status read_long(const char *name, const char *value, long from, long to, long *out,
                             struct error *err)
{
    char *end;
    long number;

    errno = 0;
    number = strtol(value, &end, 10);
    if (errno || end == value || *end || number < from || number > to)
        return error_set(err, STATUS_MALFORMED,
                         "%s takes a whole number from %ld to %ld, not '%.60s'", name, from, to,
                         value);
    *out = number;
    return STATUS_OK;
}

static enum status read_decimal(const struct key *key, const char *value, double *out,
                                struct error *err)
{
    char *end;
    double number;

    errno = 0;
    number = strtod(value, &end);
    if (errno || end == value || *end || !(number >= (double)key->from) || number > (double)key->to)
        return error_set(err, STATUS_MALFORMED, "%s takes a number from %ld to %ld, not '%.60s'",
                         key->name, key->from, key->to, value);
    *out = number;
    return STATUS_OK;
}

/* Sets a key from text; the message says what it takes. */
static enum status set_key(struct config *config, const struct key *key, const char *value,
                           struct error *err)
{
    char **text;

    switch (key->kind) {
    case VALUE_NUMBER:
        return read_long(key->name, value, key->from, key->to, field(config, key), err);
    case VALUE_DECIMAL:
        return read_decimal(key, value, field(config, key), err);
    case VALUE_BOOL:
        if (!is_choice("yes no true false on off", value))
            return error_set(err, STATUS_MALFORMED, "%s takes yes or no, not '%.60s'", key->name,
                             value);
        *(bool *)field(config, key) = is_choice("yes true on", value);
        return STATUS_OK;
    case VALUE_CHOICE:
        if (!is_choice(key->choices, value))
            return error_set(err, STATUS_MALFORMED, "%s takes one of: %s; not '%.60s'", key->name,
                             key->choices, value);
        break;
    case VALUE_TEXT:
        break;
    }
    text = field(config, key);
    free(*text);
    *text = strdup(value);
    return *text ? STATUS_OK : error_set(err, STATUS_NO_MEMORY, "no memory for the configuration");
}

struct parse {
    struct config *config;
    struct error problem; /* of the first line at fault */
};

static enum status set_text(char **to, const char *value, struct error *err)
{
    free(*to);
    *to = strdup(value);
    return *to ? STATUS_OK : error_set(err, STATUS_NO_MEMORY, "no memory for the configuration");
}

static enum status begin_source(struct config *config, const char *name, const char *path,
                                struct error *err)
{
    struct config_source *source;

    if (path[0] != '/')
        return error_set(err, STATUS_MALFORMED, "the path of a source must start with '/': '%.90s'",
                         path);
    if (config->source_count == CONFIG_SOURCES_MAX)
        return error_set(err, STATUS_LIMIT, "more than %u sources", CONFIG_SOURCES_MAX);
    source = &config->sources[config->source_count++];
    source->name = strdup(name);
    source->path = strdup(path);
    if (!source->name || !source->path)
        return error_set(err, STATUS_NO_MEMORY, "no memory for the configuration");
    for (size_t len = strlen(source->path); len > 1 && source->path[len - 1] == '/'; len--)
        source->path[len - 1] = '\0';
    return STATUS_OK;
}

/* The same keys as in [chunk], with the same limits. */
static enum status set_source_chunking(struct config_source *source, const char *name,
                                       const char *value, struct error *err)
{
    const struct key *key = NULL;

    for (size_t i = 0; i < KEY_COUNT && !key; i++)
        if (strcmp(keys[i].section, "chunk") == 0 && strcmp(keys[i].name, name) == 0)
            key = &keys[i];
    if (key && key->offset == AT(chunker)) {
        if (!is_choice(key->choices, value))
            return error_set(err, STATUS_MALFORMED, "%s takes one of: %s; not '%.60s'", name,
                             key->choices, value);
        return set_text(&source->chunker, value, err);
    }
    if (key && key->offset == AT(target_tokens))
        return read_long(name, value, key->from, key->to, &source->target_tokens, err);
    if (key && key->offset == AT(maximum_tokens))
        return read_long(name, value, key->from, key->to, &source->maximum_tokens, err);
    if (key && key->offset == AT(overlap_tokens))
        return read_long(name, value, key->from, key->to, &source->overlap_tokens, err);
    return error_set(err, STATUS_MALFORMED, "there is no key '%.60s' in a [source]", name);
}

/* A path begins a source; what follows in its section is about it. */
static enum status set_source(struct config *config, const char *name, const char *key,
                              const char *value, struct error *err)
{
    struct config_source *source =
        config->source_count ? &config->sources[config->source_count - 1] : NULL;

    if (strcmp(key, "path") == 0)
        return begin_source(config, name, value, err);
    if (!source || strcmp(source->name, name) != 0)
        return error_set(err, STATUS_MALFORMED, "the path of [source %.60s] must come first", name);
    return set_source_chunking(source, key, value, err);
}

static enum status set_sink(struct config *config, const char *name, const char *key,
                            const char *value, struct error *err)
{
    struct config_sink *sink = config->sinks;
    enum status status = STATUS_OK;

    while (sink < config->sinks + config->sink_count && strcmp(sink->name, name) != 0)
        sink++;
    if (sink == config->sinks + CONFIG_SINKS_MAX)
        return error_set(err, STATUS_LIMIT, "more than %u sinks", CONFIG_SINKS_MAX);
    if (strlen(name) > 63)
        return error_set(err, STATUS_MALFORMED, "the name of a sink has at most 63 bytes");
    if (sink == config->sinks + config->sink_count) {
        status = set_text(&sink->name, name, err);
        config->sink_count += status == STATUS_OK;
    }
    if (status)
        return status;
    if (strcmp(key, "command") == 0)
        return set_text(&sink->command, value, err);
    if (strcmp(key, "pass") == 0)
        return set_text(&sink->pass, value, err);
    return error_set(err, STATUS_MALFORMED, "there is no key '%.60s' in a [sink]", key);
}

/* Finds the section's converter, or begins it. The name stands in each document that it read. */
static enum status find_converter(struct config *config, const char *name,
                                  struct config_converter **out, struct error *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
    struct config_converter *converter = config->converters;

    while (converter < config->converters + config->converter_count &&
           strcmp(converter->name, name) != 0)
        converter++;
    *out = converter;
    if (converter < config->converters + config->converter_count)
        return STATUS_OK;
    if (converter == config->converters + CONFIG_CONVERTERS_MAX)
        return error_set(err, STATUS_LIMIT, "more than %u converters", CONFIG_CONVERTERS_MAX);
    if (strlen(name) > 16 || name[strspn(name, letters)])
        return error_set(err, STATUS_MALFORMED,
                         "the name of a converter has at most 16 of a-z, 0-9, - and _, not '%.60s'",
                         name);
    *converter = (struct config_converter){ .seconds = 60, .memory_mb = 1024, .output_mb = 64 };
    config->converter_count++;
    return set_text(&converter->name, name, err);
}

static enum status set_converter(struct config *config, const char *name, const char *key,
                                 const char *value, struct error *err)
{
    struct config_converter *converter = NULL;
    enum status status = find_converter(config, name, &converter, err);

    if (status)
        return status;
    if (strcmp(key, "types") == 0)
        return set_text(&converter->types, value, err);
    if (strcmp(key, "command") == 0)
        return set_text(&converter->command, value, err);
    if (strcmp(key, "output") == 0)
        return set_text(&converter->output, value, err);
    if (strcmp(key, "read") == 0)
        return set_text(&converter->read, value, err);
    if (strcmp(key, "write") == 0)
        return set_text(&converter->write, value, err);
    if (strcmp(key, "seconds") == 0)
        return read_long(key, value, 1, 86400, &converter->seconds, err);
    if (strcmp(key, "memory_mb") == 0)
        return read_long(key, value, 16, 1048576, &converter->memory_mb, err);
    if (strcmp(key, "output_mb") == 0)
        return read_long(key, value, 1, 65536, &converter->output_mb, err);
    return error_set(err, STATUS_MALFORMED,
                     "there is no key '%.60s' in a [converter]; there are: types, command, output, "
                     "read, write, seconds, memory_mb, output_mb",
                     key);
}

static enum status add_ignore(struct config *config, const char *value, struct error *err)
{
    if (config->ignore_count == CONFIG_IGNORE_MAX)
        return error_set(err, STATUS_LIMIT, "more than %u ignore patterns", CONFIG_IGNORE_MAX);
    config->ignore[config->ignore_count] = strdup(value);
    if (!config->ignore[config->ignore_count++])
        return error_set(err, STATUS_NO_MEMORY, "no memory for the configuration");
    return STATUS_OK;
}

static enum status add_opener(struct config *config, const char *pattern, const char *command,
                              struct error *err)
{
    struct config_opener *opener = &config->openers[config->opener_count];
    enum status status;

    if (config->opener_count == CONFIG_OPENERS_MAX)
        return error_set(err, STATUS_LIMIT, "more than %u lines in [open]", CONFIG_OPENERS_MAX);
    if (!strstr(command, "{path}"))
        return error_set(err, STATUS_MALFORMED,
                         "the command for '%.60s' in [open] needs a {path}, as in 'application/pdf "
                         "= evince --page-index={page} {path}'",
                         pattern);
    config->opener_count++;
    status = set_text(&opener->pattern, pattern, err);
    return status ? status : set_text(&opener->command, command, err);
}

static enum status set_value(struct config *config, const char *section, const char *name,
                             const char *value, struct error *err)
{
    if (strncmp(section, "source ", 7) == 0 && section[7])
        return set_source(config, section + 7, name, value, err);
    if (strncmp(section, "sink ", 5) == 0 && section[5])
        return set_sink(config, section + 5, name, value, err);
    if (strncmp(section, "converter ", 10) == 0 && section[10])
        return set_converter(config, section + 10, name, value, err);
    if (strcmp(section, "watch") == 0 && strcmp(name, "ignore") == 0)
        return add_ignore(config, value, err);
    if (strcmp(section, "open") == 0)
        return add_opener(config, name, value, err);
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (strcmp(keys[i].section, section) == 0 && strcmp(keys[i].name, name) == 0)
            return set_key(config, &keys[i], value, err);
    return error_set(err, STATUS_MALFORMED, "there is no key '%.60s' in [%.60s]", name, section);
}

static int take_line(void *user, const char *section, const char *name, const char *value)
{
    struct parse *parse = user;

    if (parse->problem.status)
        return 0;
    return set_value(parse->config, section, name ? name : "", value ? value : "",
                     &parse->problem) == STATUS_OK;
}

static enum status set_defaults(struct config *config, struct error *err)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < KEY_COUNT && !status; i++)
        status = set_key(config, &keys[i], keys[i].otherwise, err);
    return status;
}

static bool is_language_list(const char *text)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+";

    return text[0] && !text[strspn(text, letters)];
}

static enum status check_whole(const struct config *config, const char *path, struct error *err)
{
    if (config->target_tokens > config->maximum_tokens)
        return error_set(err, STATUS_MALFORMED,
                         "%s: target_tokens (%ld) is above maximum_tokens (%ld)", path,
                         config->target_tokens, config->maximum_tokens);
    if (config->tokenizer[0] && config->tokenizer[0] != '/')
        return error_set(err, STATUS_MALFORMED,
                         "%s: the path of tokenizer must start with '/': '%.90s'", path,
                         config->tokenizer);
    if (!is_language_list(config->ocr_languages))
        return error_set(err, STATUS_MALFORMED,
                         "%s: languages in [ocr] are tesseract's names joined by '+', as in "
                         "'eng+deu', not '%.60s'",
                         path, config->ocr_languages);
    for (size_t i = 0; i < config->converter_count; i++) {
        const struct config_converter *converter = &config->converters[i];

        if (!converter->types || !converter->types[0])
            return error_set(err, STATUS_MALFORMED,
                             "%s: [converter %s] needs types: the media types or names that it is "
                             "for, as in 'types = application/vnd.wordperfect *.wpd'",
                             path, converter->name);
        if (!converter->command || !converter->command[0])
            return error_set(err, STATUS_MALFORMED,
                             "%s: [converter %s] needs a command, as in 'command = wpd2html {in}'",
                             path, converter->name);
        if (converter->output && !strchr(converter->output, '/'))
            return error_set(
                err, STATUS_MALFORMED,
                "%s: [converter %s]: output is a media type, as text/html, not '%.60s'", path,
                converter->name, converter->output);
    }
    if (config->overlap_tokens >= config->target_tokens)
        return error_set(err, STATUS_MALFORMED,
                         "%s: overlap_tokens (%ld) must be below target_tokens (%ld)", path,
                         config->overlap_tokens, config->target_tokens);
    return STATUS_OK;
}

static enum status parse_text(const char *path, const struct buf *text, struct config *config,
                              struct error *err)
{
    struct parse parse = { .config = config };
    int line = ini_parse_string(text->data, take_line, &parse);

    if (parse.problem.status)
        return error_set(err, parse.problem.status, "%s:%d: %s", path, line, parse.problem.text);
    if (line != 0)
        return error_set(err, STATUS_MALFORMED,
                         "%s:%d: neither a [section], nor 'key = value', nor a comment", path,
                         line);
    return check_whole(config, path, err);
}

enum status config_read_file(const char *path, struct config **out, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(CONFIG_BYTES_MAX);
    struct config *config = calloc(1, sizeof(*config));
    enum status status;

    if (!config)
        return error_set(err, STATUS_NO_MEMORY, "no memory for the configuration");
    status = set_defaults(config, err);
    if (!status && path)
        status = os_read_file(path, &text, err);
    if (!status)
        status = parse_text(path, &text, config, err);
    if (status) {
        config_free(config);
        return status;
    }
    *out = config;
    return STATUS_OK;
}

enum status config_read(const char *kb, struct config **out, struct error *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(OS_PATH_MAX);

    buf_printf(&path, "%s/varve.conf", kb);
    return config_read_file(access(path.data, F_OK) == 0 ? path.data : NULL, out, err);
}

/* ---- what differs ---- */

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_same_value(const struct config *a, const struct config *b, const struct key *key)
{
    const char *at = (const char *)a + key->offset, *other = (const char *)b + key->offset;

    switch (key->kind) {
    case VALUE_NUMBER:
        return memcmp(at, other, sizeof(long)) == 0;
    case VALUE_DECIMAL:
        return memcmp(at, other, sizeof(double)) == 0;
    case VALUE_BOOL:
        return *at == *other;
    case VALUE_TEXT:
    case VALUE_CHOICE:
        break;
    }
    return is_same_text(*(char *const *)(const void *)at, *(char *const *)(const void *)other);
}

static bool has_same_sinks(const struct config *a, const struct config *b)
{
    bool is_same = a->sink_count == b->sink_count;

    for (size_t i = 0; i < a->sink_count && is_same; i++)
        is_same = is_same_text(a->sinks[i].name, b->sinks[i].name) &&
                  is_same_text(a->sinks[i].command, b->sinks[i].command) &&
                  is_same_text(a->sinks[i].pass, b->sinks[i].pass);
    return is_same;
}

static bool has_same_converters(const struct config *a, const struct config *b)
{
    bool is_same = a->converter_count == b->converter_count;

    for (size_t i = 0; i < a->converter_count && is_same; i++) {
        const struct config_converter *x = &a->converters[i], *y = &b->converters[i];

        is_same = is_same_text(x->name, y->name) && is_same_text(x->types, y->types) &&
                  is_same_text(x->command, y->command) && is_same_text(x->output, y->output) &&
                  is_same_text(x->read, y->read) && is_same_text(x->write, y->write) &&
                  x->seconds == y->seconds && x->memory_mb == y->memory_mb &&
                  x->output_mb == y->output_mb;
    }
    return is_same;
}

static bool has_same_ignores(const struct config *a, const struct config *b)
{
    bool is_same = a->ignore_count == b->ignore_count;

    for (size_t i = 0; i < a->ignore_count && is_same; i++)
        is_same = is_same_text(a->ignore[i], b->ignore[i]);
    return is_same;
}

void config_tell_differences(const struct config *a, const struct config *b, struct buf *out)
{
    static const char of_commands[] = "learning rerank search open";
    const char *between = "";

    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (is_choice(of_commands, keys[i].section) || is_same_value(a, b, &keys[i]))
            continue;
        buf_printf(out, "%s[%s] %s", between, keys[i].section, keys[i].name);
        between = ", ";
    }
    if (!has_same_ignores(a, b)) {
        buf_printf(out, "%s[watch] ignore", between);
        between = ", ";
    }
    if (!has_same_converters(a, b)) {
        buf_printf(out, "%s[converter]", between);
        between = ", ";
    }
    if (!has_same_sinks(a, b))
        buf_printf(out, "%s[sink]", between);
}

void config_free(struct config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->source_count; i++) {
        free(config->sources[i].name);
        free(config->sources[i].path);
        free(config->sources[i].chunker);
    }
    for (size_t i = 0; i < config->sink_count; i++) {
        free(config->sinks[i].name);
        free(config->sinks[i].command);
        free(config->sinks[i].pass);
    }
    for (size_t i = 0; i < config->converter_count; i++) {
        free(config->converters[i].name);
        free(config->converters[i].types);
        free(config->converters[i].command);
        free(config->converters[i].output);
        free(config->converters[i].read);
        free(config->converters[i].write);
    }
    for (size_t i = 0; i < config->opener_count; i++) {
        free(config->openers[i].pattern);
        free(config->openers[i].command);
    }
    for (size_t i = 0; i < config->ignore_count; i++)
        free(config->ignore[i]);
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (keys[i].kind == VALUE_TEXT || keys[i].kind == VALUE_CHOICE)
            free(*(char **)field(config, &keys[i]));
    free(config);
}

static const char file_heading[] =
    "# varve.conf - the settings of this knowledge base; see varve.conf(5).\n"
    "# What is not said here has its default.\n";

static bool has_source(const struct config *config, const char *path)
{
    for (size_t i = 0; i < config->source_count; i++)
        if (strcmp(config->sources[i].path, path) == 0)
            return true;
    return false;
}

/* The file keeps the rights it has: others may read it, if its owner wants that. */
static enum status replace_file(const char *file, const struct buf *text, struct error *err)
{
    struct stat stat;
    enum status status = buf_status(text, err);
    mode_t rights = lstat(file, &stat) == 0 && S_ISREG(stat.st_mode) ? stat.st_mode & 0777 : 0600;

    if (!status)
        status = os_replace_file(file, buf_span(text), rights, err);
    /* What umask took away when it was made. */
    if (!status && chmod(file, rights) != 0)
        status = error_set_errno(err, STATUS_IO, "cannot set the rights of '%s'", file);
    return status;
}

/* A comment begins behind a blank. */
static bool has_comment(const char *value)
{
    return strstr(value, " ;") || strstr(value, "\t;");
}

static enum status append_source(const char *file, const char *path, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(CONFIG_BYTES_MAX);
    const char *name = strrchr(path, '/');
    enum status status = STATUS_OK;

    name = name && name[1] ? name + 1 : "root";
    if (strpbrk(path, "\n\r") || has_comment(path) || strpbrk(name, "];"))
        return error_set(err, STATUS_UNSUPPORTED,
                         "the folder's name can't be written in varve.conf: '%s'", path);
    if (access(file, F_OK) == 0)
        status = os_read_file(file, &text, err);
    if (status)
        return status;
    if (text.len == 0)
        buf_append(&text, file_heading, sizeof(file_heading) - 1);
    buf_printf(&text, "\n[source %s]\npath = %s\n", name, path);
    return replace_file(file, &text, err);
}

enum status config_add_source(const char *kb, const char *path, bool *was_added, struct error *err)
{
    CLEANUP(buf_release) struct buf file = BUF_INIT(OS_PATH_MAX);
    struct config *config = NULL;
    enum status status = config_read(kb, &config, err);
    bool is_there;

    if (status)
        return status;
    assert(config);
    is_there = has_source(config, path);
    config_free(config);
    if (was_added)
        *was_added = !is_there;
    buf_printf(&file, "%s/varve.conf", kb);
    return is_there ? STATUS_OK : append_source(file.data, path, err);
}

/* The key's line in a section, or where it would go; false: there is no such section. */
static bool find_key_line(struct span text, const char *section, const char *key, size_t *from,
                          size_t *to)
{
    size_t at = 0, key_len = strlen(key), section_len = strlen(section);
    bool is_in = false, is_there = false;

    while (at < text.len) {
        const char *line = text.data + at;
        const char *end = memchr(line, '\n', text.len - at);
        size_t len = end ? (size_t)(end - line) : text.len - at;
        size_t next = at + len + (end != NULL);

        if (line[0] == '[') {
            is_in = len > section_len + 1 && memcmp(line + 1, section, section_len) == 0 &&
                    line[section_len + 1] == ']';
            if (is_in)
                *from = *to = next;
            is_there |= is_in;
        } else if (is_in && len > key_len && memcmp(line, key, key_len) == 0 &&
                   strspn(line + key_len, " \t") < len - key_len &&
                   line[key_len + strspn(line + key_len, " \t")] == '=') {
            *from = at;
            *to = next;
            return true;
        }
        at = next;
    }
    return is_there;
}

enum status config_set_plugin(const char *kb, const char *command, struct error *err)
{
    CLEANUP(buf_release) struct buf file = BUF_INIT(OS_PATH_MAX);
    CLEANUP(buf_release) struct buf before = BUF_INIT(CONFIG_BYTES_MAX);
    CLEANUP(buf_release) struct buf text = BUF_INIT(CONFIG_BYTES_MAX);
    size_t from = 0, to = 0;
    enum status status = STATUS_OK;

    if (strpbrk(command, "\n\r") || has_comment(command))
        return error_set(err, STATUS_UNSUPPORTED,
                         "the command can't be written in varve.conf: '%s'", command);
    buf_printf(&file, "%s/varve.conf", kb);
    if (access(file.data, F_OK) == 0)
        status = os_read_file(file.data, &before, err);
    if (status)
        return status;
    if (before.len == 0)
        buf_append(&before, file_heading, sizeof(file_heading) - 1);
    if (find_key_line(buf_span(&before), "embed", "plugin", &from, &to)) {
        buf_append(&text, before.data, from);
        buf_printf(&text, "plugin = %s\n", command);
        buf_append(&text, before.data + to, before.len - to);
    } else {
        buf_append(&text, before.data, before.len);
        buf_printf(&text, "\n[embed]\nplugin = %s\n", command);
    }
    return replace_file(file.data, &text, err);
}
