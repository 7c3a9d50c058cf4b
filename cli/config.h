/*
 * config.h - varve.conf, in the knowledge base's folder. The one door to inih.
 *
 * Every key is documented in man/varve.conf.5; an unknown section or key, or a value out of range,
 * is an error that names file and line. What is not set has the default of the table in config.c.
 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define CONFIG_SOURCES_MAX 256u
#define CONFIG_IGNORE_MAX  256u

struct config_source {
    char *name;    /* of its section: [source NAME] */
    char *path;    /* absolute */
    char *chunker; /* NULL, and 0 below: as [chunk] says */
    long target_tokens, maximum_tokens, overlap_tokens;
};

#define CONFIG_SINKS_MAX 32u

struct config_sink {
    char *name;    /* of its section: [sink NAME] */
    char *command; /* of its plugin */
    char *pass;    /* names of environment variables that it gets, split at spaces; may be NULL */
};

#define CONFIG_CONVERTERS_MAX 64u

struct config_converter {
    char *name;    /* of its section: [converter NAME] */
    char *types;   /* patterns of media types and names, split at blanks */
    char *command; /* program and arguments, split as plugin_words.h says */
    char *output;  /* media type of what it writes; NULL: as its content says */
    char *read;    /* folders that it may read beside; may be NULL */
    char *write;   /* folders that it may change beside; may be NULL */
    long seconds, memory_mb, output_mb;
};

#define CONFIG_OPENERS_MAX 64u

/* A line of [open]. */
struct config_opener {
    char *pattern; /* of a media type or a name */
    char *command; /* words as in plugin_words.h, with {path}, {page} and {line} in them */
};

struct config {
    struct config_source sources[CONFIG_SOURCES_MAX];
    size_t source_count;
    struct config_sink sinks[CONFIG_SINKS_MAX];
    size_t sink_count;
    struct config_converter converters[CONFIG_CONVERTERS_MAX];
    size_t converter_count;
    struct config_opener openers[CONFIG_OPENERS_MAX];
    size_t opener_count;
    char *ignore[CONFIG_IGNORE_MAX + 1]; /* NULL-terminated */
    size_t ignore_count;

    char *plugin;      /* command line: plugin_words.h; "embed-static" is the built-in one */
    char *plugin_pass; /* names of environment variables that it gets, split at spaces */
    long plugin_start_s, plugin_batch_s;
    double price; /* of a million tokens; 0: not said */
    char *chunker;
    long target_tokens, maximum_tokens, overlap_tokens;
    char *tokenizer; /* path of the model's tokenizer.json; "": none */
    long workers;    /* 0: as the machine has cores, at most 4 */
    long file_mb, silence_s, total_s, memory_mb;
    long converter_s, cache_mb;
    bool ocr_is_enabled;
    char *ocr_languages;
    long ocr_dpi, ocr_pages_max, ocr_text_min, ocr_page_s, ocr_memory_mb;
    long expanded_mb, member_mb, member_count, depth;
    char *sandbox;
    long settle_ms, poll_s, rescan_s;
    long held_documents, held_percent;
    bool crosses_mounts;
    /* Of what is past, and of the feed; 0: does not say. */
    long retain_days, retain_revisions, retain_mb, retain_feed_days;
    bool keeps_questions;
    long kept_questions, kept_question_days; /* days 0: of any age */
    char *rerank_plugin;                     /* command line; "": none */
    char *rerank_pass;
    long rerank_candidates, rerank_s;
    char *stale; /* "strict" or "flag" */
};

/* A missing file is all defaults. STATUS_MALFORMED: "varve.conf:12: ...". */
NODISCARD enum status config_read(const char *kb, struct config **out, struct error *err);
/* The same of a file with another name, which must be there; NULL: all defaults. */
NODISCARD enum status config_read_file(const char *path, struct config **out, struct error *err);
void config_free(struct config *config); /* NULL is fine */
/* Appends the settings of a process that runs on (so not those that each command reads for itself)
 * in which two differ, sources left out: "[chunk] target_tokens, [sink]"; nothing: in none. */
void config_tell_differences(const struct config *a, const struct config *b, struct buf *out);

/* Writes "plugin = COMMAND" in [embed] of the file, in place of the one there; the rest of it stays
 * as it is. */
NODISCARD enum status config_set_plugin(const char *kb, const char *command, struct error *err);

/* Adds [source NAME] with that absolute path to the file, which is made when missing. A path that
 * is there already is fine. *was_added may be NULL. */
NODISCARD enum status config_add_source(const char *kb, const char *path, bool *was_added,
                                        struct error *err);

#endif
