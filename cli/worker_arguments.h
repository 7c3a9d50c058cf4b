/*
 * worker_arguments.h - what varve.conf says of converters and the tokenizer, as varve-extract
 * takes it.
 */
#ifndef CLI_WORKER_ARGUMENTS_H
#define CLI_WORKER_ARGUMENTS_H

#include <stdint.h>

#include "base/buf.h"
#include "cli/config.h"

#define WORKER_ARGUMENTS_MAX 4096u

struct worker_arguments {
    const char *words[WORKER_ARGUMENTS_MAX + 1]; /* NULL-terminated; in text */
    struct buf text;
};

#define WORKER_ARGUMENTS_INIT                                                                      \
    {                                                                                              \
        .text = BUF_INIT((size_t)1 << 20)                                                          \
    }

/* No words where nothing is configured. cache_folder NULL: no cache. STATUS_MALFORMED: a command
 * with an open quote. */
NODISCARD enum status worker_arguments_make(const struct config *config, const char *cache_folder,
                                            struct worker_arguments *out, struct error *err);
/* How long a worker may wait for converters for one file: their time in all, and what the last of
 * them may take beyond it. */
int64_t worker_waits_ms(const struct config *config);
void worker_arguments_release(struct worker_arguments *arguments);

#endif
