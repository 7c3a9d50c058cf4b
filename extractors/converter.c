#include "extractors/converter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_BYTES ((uint64_t)1000000000)
#define OUTPUT_BYTES ((uint64_t)64000000)
#define SECONDS      60u

static struct converter_rule *last_rule(struct converters *converters)
{
    return converters->rule_count > 0 ? &converters->rules[converters->rule_count - 1] : NULL;
}

static bool begin_rule(struct converters *converters, const char *name)
{
    if (converters->rule_count == CONVERTERS_MAX || strlen(name) > CONVERTER_NAME_MAX)
        return false;
    converters->rules[converters->rule_count++] =
        (struct converter_rule){ .name = name,
                                 .types = "",
                                 .output = "",
                                 .readable = "",
                                 .seconds = SECONDS,
                                 .memory_bytes_max = MEMORY_BYTES,
                                 .output_bytes_max = OUTPUT_BYTES };
    return true;
}

static bool add_word(struct converter_rule *rule, const char *word)
{
    if (rule->word_count == CONVERTER_WORDS_MAX)
        return false;
    rule->words[rule->word_count++] = word;
    return true;
}

static bool take_rule_option(struct converter_rule *rule, int option, const char *value)
{
    switch (option) {
    case CONVERTER_OPTION_TYPES:
        rule->types = value;
        return true;
    case CONVERTER_OPTION_OUTPUT:
        rule->output = value;
        return true;
    case CONVERTER_OPTION_READ:
        rule->readable = value;
        return true;
    case CONVERTER_OPTION_SECONDS:
        rule->seconds = (unsigned)strtoul(value, NULL, 10);
        return rule->seconds > 0;
    case CONVERTER_OPTION_MEMORY:
        rule->memory_bytes_max = strtoull(value, NULL, 10);
        return rule->memory_bytes_max > 0;
    case CONVERTER_OPTION_OUTPUT_BYTES:
        rule->output_bytes_max = strtoull(value, NULL, 10);
        return rule->output_bytes_max > 0;
    case CONVERTER_OPTION_WORD:
        return add_word(rule, value);
    default:
        return false;
    }
}

bool converters_take_option(struct converters *converters, int option, const char *value)
{
    struct converter_rule *rule = last_rule(converters);

    switch (option) {
    case CONVERTER_OPTION_NAME:
        return begin_rule(converters, value);
    case CONVERTER_OPTION_CACHE:
        converters->broker_options.cache_folder = value;
        return true;
    case CONVERTER_OPTION_CACHE_BYTES:
        converters->broker_options.cache_bytes_max = strtoull(value, NULL, 10);
        return true;
    case CONVERTER_OPTION_TEMPORARY:
        converters->broker_options.temporary = value;
        return value[0] == '/';
    default:
        return rule && take_rule_option(rule, option, value);
    }
}

enum status converters_start(struct converters *converters, enum sandbox_level level,
                             struct error *err)
{
    size_t count = converters->rule_count;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < count && !status; i++) {
        if (converters->rules[i].word_count == 0)
            return error_set(err, STATUS_UNSUPPORTED, "the converter '%s' has no command",
                             converters->rules[i].name);
        status = converter_rule_resolve(&converters->rules[i], err);
    }
    if (status || count == 0)
        return status;
    converters->broker_options.rules = converters->rules;
    converters->broker_options.rule_count = count;
    converters->broker_options.level = level;
    return broker_start(&converters->broker_options, &converters->broker, err);
}

void converters_stop(struct converters *converters)
{
    broker_free(converters->broker);
    converters->broker = NULL;
}

void converters_fingerprint(const struct converters *converters, struct hasher *hasher)
{
    for (size_t i = 0; i < converters->rule_count; i++)
        hasher_add(hasher,
                   (struct span){ (const char *)converters->rules[i].identity.bytes, HASH_BYTES });
}

size_t converters_pick(const struct converters *converters, const struct detection *found)
{
    size_t i = 0;

    if (!converters)
        return 0;
    while (i < converters->rule_count && !converter_rule_matches(&converters->rules[i], found))
        i++;
    return i;
}

enum status converters_run(const struct converters *converters, size_t rule, const char *extension,
                           struct span bytes, struct buf *out, struct program_end *end,
                           struct error *err)
{
    struct broker_job job = { .rule = rule,
                              .extension = extension,
                              .bytes = bytes,
                              .progress = converters->waited,
                              .user = converters->waited_user };

    return broker_run(converters->broker, &job, out, end, err);
}
