/*
 * converter.h - the programs that read documents for a worker, by the rules of varve.conf: whole
 * documents, and the text in pictures (OCR).
 *
 * Filled from the command line, which the daemon makes of varve.conf. Without rules and OCR there
 * is no broker, and nothing here does anything.
 */
#ifndef EXTRACTORS_CONVERTER_H
#define EXTRACTORS_CONVERTER_H

#include "extractors/cage/broker.h"

#define CONVERTERS_MAX 64u

/* What is asked of the OCR program, tesseract(1): see ocr.h. */
struct ocr_options {
    const char *languages; /* "eng+deu"; NULL: no OCR */
    unsigned dpi;          /* pages are rendered with so many dots an inch */
    unsigned pages_max;    /* of one document */
    unsigned text_min;     /* a page with fewer characters of its own is read */
    unsigned seconds;      /* for a page, or a picture */
    uint64_t memory_bytes_max;
};

struct converters {
    struct converter_rule rules[CONVERTERS_MAX + 2]; /* those of OCR come last */
    size_t rule_count;                               /* of varve.conf */
    struct ocr_options ocr;
    char ocr_dpi[16]; /* as a word of its rule */
    struct broker_options broker_options;
    struct broker *broker;                         /* NULL: none */
    void (*waited)(void *user, int64_t waited_ms); /* while a program runs; may be NULL */
    void *waited_user;
    int64_t waited_ms, waited_ms_max; /* for one outermost file, so far and at most; 0: any */
};

#define CONVERTERS_INIT                                                                            \
    {                                                                                              \
        .ocr = { .dpi = 300,                                                                       \
                 .pages_max = 200,                                                                 \
                 .text_min = 64,                                                                   \
                 .seconds = 60,                                                                    \
                 .memory_bytes_max = 1000000000 },                                                 \
        .broker_options = {                                                                        \
            .temporary = "/tmp",                                                                   \
            .cache_folder = ""                                                                     \
        }                                                                                          \
    }

/* The long options that fill it in, after those of main.c:
 *   --converter NAME, then --types, --output, --read, --write, --seconds, --memory-of,
 * --output-bytes and
 *   --word (once a word) for that one; --ocr LANGUAGES, --ocr-dpi, --ocr-pages, --ocr-text,
 *   --ocr-seconds, --ocr-memory; --converter-seconds for all of a file; --cache FOLDER,
 *   --cache-bytes, --temporary FOLDER */
enum converter_option {
    CONVERTER_OPTION_FIRST = 256,
    CONVERTER_OPTION_NAME = CONVERTER_OPTION_FIRST,
    CONVERTER_OPTION_TYPES,
    CONVERTER_OPTION_OUTPUT,
    CONVERTER_OPTION_READ,
    CONVERTER_OPTION_WRITE,
    CONVERTER_OPTION_SECONDS,
    CONVERTER_OPTION_MEMORY,
    CONVERTER_OPTION_OUTPUT_BYTES,
    CONVERTER_OPTION_WORD,
    CONVERTER_OPTION_OCR,
    CONVERTER_OPTION_OCR_DPI,
    CONVERTER_OPTION_OCR_PAGES,
    CONVERTER_OPTION_OCR_TEXT,
    CONVERTER_OPTION_OCR_SECONDS,
    CONVERTER_OPTION_OCR_MEMORY,
    CONVERTER_OPTION_TOTAL_SECONDS,
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

/* True where there is anything that a broker would run. */
bool converters_are_wanted(const struct converters *converters);
/* The time for this file's converters is spent. */
bool converters_are_over(const struct converters *converters);
/* The index of OCR's rule: for rendered pages, or for pictures as they are. Only where OCR is on.
 */
size_t converters_ocr_rule(const struct converters *converters, bool is_page);

/* Runs a rule over bytes. *end says how it went; STATUS_IO: the broker is gone. */
NODISCARD enum status converters_run(struct converters *converters, size_t rule,
                                     const char *extension, struct span bytes, struct buf *out,
                                     struct program_end *end, struct error *err);

#endif
