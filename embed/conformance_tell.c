#include "embed/conformance_tell.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define END_MS 5000

void tell(const struct listener *listener, const char *name, enum check_verdict verdict,
          const char *fmt, ...)
{
    char detail[400];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(detail, sizeof(detail), fmt, args);
    va_end(args);
    listener->fn(listener->user, name, verdict, detail);
}

bool told(const struct listener *listener, const char *name, enum status status,
          const struct error *error)
{
    tell(listener, name, status ? CHECK_FAILED : CHECK_PASSED, "%s", status ? error->text : "");
    return status == STATUS_OK;
}

void tell_end(const struct listener *listener, const char *name, struct probe *probe)
{
    const char *how = "";
    struct error error;

    if (probe_end(probe, END_MS, &how, &error))
        tell(listener, name, CHECK_FAILED, "%s", error.text);
    else if (!strstr(how, "status 0"))
        tell(listener, name, CHECK_ADVISED, "%s, instead of with status 0", how);
    else
        tell(listener, name, CHECK_PASSED, "%s", "");
}
