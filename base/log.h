/*
 * log.h - one line per event, to one descriptor.
 *
 * Lines are made printable (control characters escaped), so that a document's name can't write to a
 * terminal. cli/ and serve/ make the log; other folders get it handed, and use it only for what no
 * caller would otherwise learn (a plugin's own messages, a restart).
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/buf.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

struct log {
    int fd;
    enum log_level most;        /* lines above this level are dropped */
    bool has_time;              /* put the UTC time in front */
    void (*before)(void *user); /* called before a line, to clear a progress bar; may be NULL */
    void *user;
};

/* log may be NULL: then nothing is written. */
void log_line(const struct log *log, enum log_level level, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
