/*
 * converter.h - the programs that read documents for a worker, by the rules of varve.conf.
 *
 * Filled from the command line, which the daemon makes of varve.conf. Without rules there is no
 * broker, and nothing here does anything.
 */
#ifndef EXTRACTORS_CONVERTER_H
#define EXTRACTORS_CONVERTER_H

#include "extractors/broker.h"

#define CONVERTERS_MAX 64u

struct converters {
    struct converter_rule rules[CONVERTERS_MAX];
    size_t rule_count;
    struct broker_options broker_options;
    struct broker *broker;                         /* NULL: none */
    void (*waited)(void *user, int64_t waited_ms); /* while a program runs; may be NULL */
    void *waited_user;
};

#define CONVERTERS_INIT                                                                            \
    {                                                                                              \
        .broker_options = {.temporary = "/tmp", .cache_folder = "" }                               \
    }

/* The long options that fill it in, after those of main.c:
 *   --converter NAME, then --types, --output, --read, --seconds, --memory-of, --output-bytes and
 *   --word (once a word) for that one; --cache FOLDER, --cache-bytes, --temporary FOLDER */
enum converter_option {
    CONVERTER_OPTION_FIRST = 256,
    CONVERTER_OPTION_NAME = CONVERTER_OPTION_FIRST,
    CONVERTER_OPTION_TYPES,
    CONVERTER_OPTION_OUTPUT,
    CONVERTER_OPTION_READ,
    CONVERTER_OPTION_SECONDS,
    CONVERTER_OPTION_MEMORY,
    CONVERTER_OPTION_OUTPUT_BYTES,
    CONVERTER_OPTION_WORD,
    CONVERTER_OPTION_CACHE,
    CONVERTER_OPTION_CACHE_BYTES,
    CONVERTER_OPTION_TEMPORARY,
};
/* Borrows value. False: out of place, or no such option. */
bool converters_take_option(struct converters *converters, int option, const char *value);

/* Finds the programs, and starts the broker where there is something to run. Before the cage. */
NODISCARD enum status converters_start(struct converters *converters, enum sandbox_level level,
                                       struct error *err);
void converters_stop(struct converters *converters);

/* Adds all that their results depend on. */
void converters_fingerprint(const struct converters *converters, struct hasher *hasher);

/* The index of the first rule that matches; rule_count when none does. NULL is fine, and has none.
 */
size_t converters_pick(const struct converters *converters, const struct detection *found);

/* Runs a rule over bytes. *end says how it went; STATUS_IO: the broker is gone. */
NODISCARD enum status converters_run(const struct converters *converters, size_t rule,
                                     const char *extension, struct span bytes, struct buf *out,
                                     struct program_end *end, struct error *err);

#endif
