/*
 * stderr_log.h - what a child says on standard error, line by line into the log.
 *
 * A line is cut at 4 KiB. More than 64 KiB in one second is read and dropped, and the log says how
 * much that was.
 */
#ifndef EMBED_STDERR_LOG_H
#define EMBED_STDERR_LOG_H

#include <stdint.h>

#include "base/log.h"

#define STDERR_LINE_BYTES_MAX   4096
#define STDERR_SECOND_BYTES_MAX 65536

struct stderr_log {
    const struct log *log;
    char name[64];       /* of the program, in front of its lines */
    char last_line[200]; /* NUL-terminated */
    char *line;          /* STDERR_LINE_BYTES_MAX; NULL until the first byte */
    size_t line_bytes;
    bool is_cut;             /* the rest of this line is dropped */
    int64_t second_start_ms; /* monotonic */
    size_t second_bytes;     /* logged since then */
    uint64_t dropped_lines;  /* since it was last said */
};

enum stderr_state { STDERR_MORE, STDERR_NOTHING_NOW, STDERR_CLOSED };

/* path: of the program; its last part is the name. */
void stderr_log_init(struct stderr_log *self, const struct log *log, const char *path);
/* Reads once from a descriptor that does not block. */
enum stderr_state stderr_log_read(struct stderr_log *self, int fd);
/* Logs what is left: a last line without an end, and what was dropped. */
void stderr_log_finish(struct stderr_log *self);
void stderr_log_release(struct stderr_log *self);

#endif
