#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/os.h"
#include "base/utf8.h"

#define LOG_LINE_BYTES_MAX 8192

/* As it can be said without memory. */
static void write_plain(const struct log *log, const char *level, char *text, size_t len)
{
    struct iovec pieces[] = { { (char[]){ "varve: " }, 7 },
                              { (void *)(uintptr_t)level, strlen(level) },
                              { (char[]){ ": " }, 2 },
                              { text, len },
                              { (char[]){ "\n" }, 1 } };

    utf8_make_plain(text, len);
    if (writev(log->fd, pieces, (int)(sizeof(pieces) / sizeof(*pieces))) < 0)
        return; /* nobody is left to tell */
}

void log_line(const struct log *log, enum log_level level, const char *fmt, ...)
{
    static const char *const names[] = { "error", "warning", "info", "debug" };
    CLEANUP(buf_release) struct buf line = BUF_INIT((size_t)4 * LOG_LINE_BYTES_MAX);
    char text[LOG_LINE_BYTES_MAX], time[32];
    va_list args;
    int len;

    if (!log || level > log->most)
        return;
    va_start(args, fmt);
    len = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (len < 0)
        return;
    if (log->has_time) {
        os_format_time(os_wall_ms(), time);
        buf_printf(&line, "%s ", time);
    }
    buf_printf(&line, "varve: %s%s", level == LOG_INFO ? "" : names[level],
               level == LOG_INFO ? "" : ": ");
    len = (size_t)len < sizeof(text) ? len : (int)sizeof(text) - 1;
    utf8_append_printable(&line, (struct span){ text, (size_t)len });
    buf_append_char(&line, '\n');
    if (log->before)
        log->before(log->user);
    if (buf_status(&line, NULL)) {
        write_plain(log, names[level], text, (size_t)len);
        return;
    }
    if (write(log->fd, line.data, line.len) < 0)
        return; /* nobody is left to tell */
}
