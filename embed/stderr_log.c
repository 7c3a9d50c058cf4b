#include "embed/stderr_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"

void stderr_log_init(struct stderr_log *self, const struct log *log, const char *path)
{
    const char *slash = strrchr(path, '/');

    *self = (struct stderr_log){ .log = log };
    (void)snprintf(self->name, sizeof(self->name), "%s", slash ? slash + 1 : path);
}

static void say_dropped(struct stderr_log *self)
{
    if (self->dropped_lines > 0)
        log_line(self->log, LOG_WARNING, "%s: %" PRIu64 " more lines, too many to log", self->name,
                 self->dropped_lines);
    self->dropped_lines = 0;
}

static void end_line(struct stderr_log *self)
{
    int64_t now_ms = os_monotonic_ms();
    size_t len = self->line_bytes;

    while (len > 0 && (self->line[len - 1] == '\r' || self->line[len - 1] == ' '))
        len--;
    self->line_bytes = 0;
    self->is_cut = false;
    if (len == 0)
        return;
    (void)snprintf(self->last_line, sizeof(self->last_line), "%.*s", (int)len, self->line);
    if (now_ms - self->second_start_ms >= 1000) {
        say_dropped(self);
        self->second_start_ms = now_ms;
        self->second_bytes = 0;
    }
    if (self->second_bytes + len > STDERR_SECOND_BYTES_MAX) {
        self->dropped_lines++;
        return;
    }
    self->second_bytes += len;
    log_line(self->log, LOG_INFO, "%s: %.*s", self->name, (int)len, self->line);
}

static void add_part(struct stderr_log *self, const char *data, size_t len)
{
    size_t room = STDERR_LINE_BYTES_MAX - self->line_bytes;

    if (self->is_cut)
        return;
    self->is_cut = len > room;
    if (len > room)
        len = room;
    memcpy(self->line + self->line_bytes, data, len);
    self->line_bytes += len;
}

enum stderr_state stderr_log_read(struct stderr_log *self, int fd)
{
    char bytes[16384];
    ssize_t got;
    size_t at = 0;

    do
        got = read(fd, bytes, sizeof(bytes));
    while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN)
        return STDERR_NOTHING_NOW;
    if (got <= 0)
        return STDERR_CLOSED;
    if (!self->line)
        self->line = malloc(STDERR_LINE_BYTES_MAX);
    while (self->line && at < (size_t)got) {
        const char *end = memchr(bytes + at, '\n', (size_t)got - at);
        size_t len = (end ? (size_t)(end - bytes) : (size_t)got) - at;

        add_part(self, bytes + at, len);
        if (end)
            end_line(self);
        at += len + (end ? 1 : 0);
    }
    return STDERR_MORE;
}

void stderr_log_finish(struct stderr_log *self)
{
    if (self->line)
        end_line(self);
    say_dropped(self);
}

void stderr_log_release(struct stderr_log *self)
{
    free(self->line);
    self->line = NULL;
}
