#include "cli/worker_arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "cli/plugin_words.h"

#define WAIT_MARGIN_S 10 /* for handing documents over */

static void add(struct worker_arguments *arguments, const char *option, const char *value)
{
    buf_append(&arguments->text, option, strlen(option) + 1);
    buf_append(&arguments->text, value, strlen(value) + 1);
}

static void add_number(struct worker_arguments *arguments, const char *option, long number,
                       long unit)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%lld", (long long)number * unit);
    add(arguments, option, text);
}

static enum status add_converter(struct worker_arguments *arguments,
                                 const struct config_converter *converter, struct error *err)
{
    CLEANUP(plugin_words_release)
    struct plugin_words words = { .program = BUF_INIT(OS_PATH_MAX) };
    char setting[80];
    enum status status;

    (void)snprintf(setting, sizeof(setting), "'command' of [converter %s] in varve.conf",
                   converter->name);
    status = plugin_words_split(setting, converter->command, &words, err);
    if (status)
        return status;
    if (words.words[0][0] != '/' && strchr(words.words[0], '/'))
        return error_set(err, STATUS_MALFORMED,
                         "%s begins with the program's name, or with its path from '/' on, not "
                         "'%.60s'",
                         setting, words.words[0]);
    add(arguments, "--converter", converter->name);
    add(arguments, "--types", converter->types);
    if (converter->output)
        add(arguments, "--output", converter->output);
    if (converter->read)
        add(arguments, "--read", converter->read);
    if (converter->write)
        add(arguments, "--write", converter->write);
    add_number(arguments, "--seconds", converter->seconds, 1);
    add_number(arguments, "--memory-of", converter->memory_mb, 1000000);
    add_number(arguments, "--output-bytes", converter->output_mb, 1000000);
    for (const char *const *word = words.words; *word; word++)
        add(arguments, "--word", *word);
    return STATUS_OK;
}

static void add_ocr(struct worker_arguments *arguments, const struct config *config)
{
    add(arguments, "--ocr", config->ocr_languages);
    add_number(arguments, "--ocr-dpi", config->ocr_dpi, 1);
    add_number(arguments, "--ocr-pages", config->ocr_pages_max, 1);
    add_number(arguments, "--ocr-text", config->ocr_text_min, 1);
    add_number(arguments, "--ocr-seconds", config->ocr_page_s, 1);
    add_number(arguments, "--ocr-memory", config->ocr_memory_mb, 1000000);
}

static enum status split(struct worker_arguments *arguments, struct error *err)
{
    const char *at = arguments->text.data, *end = at + arguments->text.len;
    size_t count = 0;
    enum status status = buf_status(&arguments->text, err);

    for (; !status && at < end; at += strlen(at) + 1) {
        if (count == WORKER_ARGUMENTS_MAX)
            return error_set(err, STATUS_LIMIT, "the converters' commands have too many words");
        arguments->words[count++] = at;
    }
    arguments->words[count] = NULL;
    return status;
}

enum status worker_arguments_make(const struct config *config, const char *cache_folder,
                                  struct worker_arguments *out, struct error *err)
{
    const char *temporary = getenv("TMPDIR");
    enum status status = STATUS_OK;

    for (size_t i = 0; i < config->converter_count && !status; i++)
        status = add_converter(out, &config->converters[i], err);
    if (config->tokenizer[0])
        add(out, "--tokenizer", config->tokenizer);
    if (config->ocr_is_enabled)
        add_ocr(out, config);
    if (!status && (config->converter_count > 0 || config->ocr_is_enabled)) {
        add_number(out, "--converter-seconds", config->converter_s, 1);
        if (cache_folder && config->cache_mb > 0) {
            add(out, "--cache", cache_folder);
            add_number(out, "--cache-bytes", config->cache_mb, 1000000);
        }
        if (temporary && temporary[0] == '/')
            add(out, "--temporary", temporary);
    }
    return status ? status : split(out, err);
}

int64_t worker_waits_ms(const struct config *config)
{
    long longest_s = config->ocr_is_enabled ? config->ocr_page_s : 0;

    for (size_t i = 0; i < config->converter_count; i++)
        if (config->converters[i].seconds > longest_s)
            longest_s = config->converters[i].seconds;
    return longest_s > 0 ? 1000 * ((int64_t)config->converter_s + longest_s + WAIT_MARGIN_S) : 0;
}

void worker_arguments_release(struct worker_arguments *arguments)
{
    buf_release(&arguments->text);
}
