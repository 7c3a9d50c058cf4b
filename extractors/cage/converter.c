#include "extractors/cage/converter.h"

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
                                 .writable = "",
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
    case CONVERTER_OPTION_WRITE:
        rule->writable = value;
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

static bool is_language(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+';
}

static bool take_ocr_option(struct converters *converters, int option, const char *value)
{
    struct ocr_options *ocr = &converters->ocr;
    unsigned long number = strtoul(value, NULL, 10);

    switch (option) {
    case CONVERTER_OPTION_OCR:
        ocr->languages = value;
        while (is_language(*value))
            value++;
        return ocr->languages[0] && !*value;
    case CONVERTER_OPTION_OCR_DPI:
        ocr->dpi = (unsigned)number;
        return number >= 50 && number <= 1200;
    case CONVERTER_OPTION_OCR_PAGES:
        ocr->pages_max = (unsigned)number;
        return true;
    case CONVERTER_OPTION_OCR_TEXT:
        ocr->text_min = (unsigned)number;
        return true;
    case CONVERTER_OPTION_OCR_SECONDS:
        ocr->seconds = (unsigned)number;
        return number > 0;
    case CONVERTER_OPTION_OCR_MEMORY:
        ocr->memory_bytes_max = strtoull(value, NULL, 10);
        return ocr->memory_bytes_max > 0;
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
    case CONVERTER_OPTION_TOTAL_SECONDS:
        converters->waited_ms_max = 1000 * (int64_t)strtoul(value, NULL, 10);
        return true;
    default:
        return take_ocr_option(converters, option, value) ||
               (rule && take_rule_option(rule, option, value));
    }
}

bool converters_are_wanted(const struct converters *converters)
{
    return converters->rule_count > 0 || converters->ocr.languages;
}

bool converters_are_over(const struct converters *converters)
{
    return converters->waited_ms_max > 0 && converters->waited_ms >= converters->waited_ms_max;
}

size_t converters_ocr_rule(const struct converters *converters, bool is_page)
{
    return converters->rule_count + (is_page ? 0 : 1);
}

static size_t all_rules(const struct converters *converters)
{
    return converters->rule_count + (converters->ocr.languages ? 2 : 0);
}

/* OCR's two rules: a rendered page says nothing of its resolution, a picture file often does. */
static void make_ocr_rules(struct converters *converters)
{
    const struct ocr_options *ocr = &converters->ocr;

    (void)snprintf(converters->ocr_dpi, sizeof(converters->ocr_dpi), "%u", ocr->dpi);
    for (int is_page = 0; is_page < 2; is_page++) {
        struct converter_rule *rule = &converters->rules[converters_ocr_rule(converters, is_page)];

        *rule = (struct converter_rule){ .name = "ocr",
                                         .types = "",
                                         .output = "",
                                         .readable = "",
                                         .writable = "",
                                         .seconds = ocr->seconds,
                                         .memory_bytes_max = ocr->memory_bytes_max,
                                         .output_bytes_max = OUTPUT_BYTES };
        (void)add_word(rule, "tesseract");
        (void)add_word(rule, "{in}");
        (void)add_word(rule, "stdout");
        (void)add_word(rule, "-l");
        (void)add_word(rule, ocr->languages);
        if (is_page) {
            (void)add_word(rule, "--dpi");
            (void)add_word(rule, converters->ocr_dpi);
        }
        (void)add_word(rule, "hocr");
    }
}

enum status converters_start(struct converters *converters, enum sandbox_level level,
                             struct error *err)
{
    size_t count = all_rules(converters);
    enum status status = STATUS_OK;

    if (converters->ocr.languages)
        make_ocr_rules(converters);
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
    const struct ocr_options *ocr = &converters->ocr;

    if (ocr->languages) {
        unsigned numbers[] = { ocr->dpi, ocr->pages_max, ocr->text_min };

        hasher_add(hasher, (struct span){ (const char *)numbers, sizeof(numbers) });
    }
    for (size_t i = 0; i < all_rules(converters); i++)
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

static void count_waiting(void *user, int64_t waited_ms)
{
    struct converters *converters = user;

    converters->waited_ms += waited_ms;
    if (converters->waited)
        converters->waited(converters->waited_user, waited_ms);
}

enum status converters_run(struct converters *converters, size_t rule, const char *extension,
                           struct span bytes, struct buf *out, struct program_end *end,
                           struct error *err)
{
    struct broker_job job = { .rule = rule,
                              .extension = extension,
                              .bytes = bytes,
                              .progress = count_waiting,
                              .user = converters };

    if (!converters_are_over(converters))
        return broker_run(converters->broker, &job, out, end, err);
    end->outcome = OUTCOME_TIMED_OUT;
    (void)snprintf(end->reason, sizeof(end->reason),
                   "the file's converters had their %lld s: converter_seconds in [extract]",
                   (long long)converters->waited_ms_max / 1000);
    return STATUS_OK;
}
