#include "base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#undef error_set
#undef error_set_errno

PRINTF_LIKE(4, 0)
static void error_fill(struct error *err, enum status status, int sys_errno, const char *fmt,
                       va_list args)
{
    if (!err)
        return;
    err->status = status;
    err->sys_errno = sys_errno;
    (void)vsnprintf(err->text, sizeof(err->text), fmt, args);
}

enum status error_set(struct error *err, enum status status, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    error_fill(err, status, 0, fmt, args);
    va_end(args);
    return status;
}

enum status error_set_errno(struct error *err, enum status status, const char *fmt, ...)
{
    int sys_errno = errno;
    va_list args;

    if (sys_errno == ENOMEM)
        status = STATUS_NO_MEMORY;
    va_start(args, fmt);
    error_fill(err, status, sys_errno, fmt, args);
    va_end(args);
    return status;
}

bool error_is_full(const struct error *err)
{
    return err->status == STATUS_IO && (err->sys_errno == ENOSPC || err->sys_errno == EDQUOT);
}

/* No default, so that -Wswitch names the place when a status is added. */
enum status_scope status_scope(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return SCOPE_NONE;
    case STATUS_UNREADABLE:
    case STATUS_UNSUPPORTED:
    case STATUS_MALFORMED:
    case STATUS_LIMIT:
        return SCOPE_DOCUMENT;
    case STATUS_CHANGED:
    case STATUS_BUSY:
        return SCOPE_RETRY;
    case STATUS_IO:
    case STATUS_NO_MEMORY:
    case STATUS_CORRUPT:
    case STATUS_CANCELLED:
        return SCOPE_PASS;
    }
    return SCOPE_PASS;
}

const char *status_name(enum status status)
{
    static const char *const names[] = {
        [STATUS_OK] = "ok",
        [STATUS_UNREADABLE] = "unreadable",
        [STATUS_UNSUPPORTED] = "unsupported",
        [STATUS_MALFORMED] = "malformed",
        [STATUS_LIMIT] = "limit",
        [STATUS_CHANGED] = "changed",
        [STATUS_BUSY] = "busy",
        [STATUS_IO] = "io",
        [STATUS_NO_MEMORY] = "no-memory",
        [STATUS_CORRUPT] = "corrupt",
        [STATUS_CANCELLED] = "cancelled",
    };

    if ((unsigned)status >= sizeof(names) / sizeof(names[0]) || !names[status])
        return "unknown";
    return names[status];
}
