#include "extractors/sandbox.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define DESCRIPTORS_MAX 32u

bool sandbox_level_from_name(const char *name, enum sandbox_level *out)
{
    static const char *const names[] = {
        [SANDBOX_OFF] = "off",
        [SANDBOX_REDUCED] = "reduced",
        [SANDBOX_REQUIRE] = "require",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (enum sandbox_level)i;
            return true;
        }
    }
    return false;
}

static enum status limit(__rlimit_resource_t resource, rlim_t value, struct error *err)
{
    struct rlimit both = { .rlim_cur = value, .rlim_max = value };

    if (setrlimit(resource, &both) < 0)
        return error_set_errno(err, STATUS_UNSUPPORTED, "cannot set a resource limit");
    return STATUS_OK;
}

static enum status enter_limits(uint64_t memory_bytes_max, struct error *err)
{
    enum status status = limit(RLIMIT_CORE, 0, err);

    if (!status)
        status = limit(RLIMIT_FSIZE, 0, err);
    if (!status)
        status = limit(RLIMIT_NOFILE, DESCRIPTORS_MAX, err);
    if (!status && memory_bytes_max > 0)
        status = limit(RLIMIT_AS, (rlim_t)memory_bytes_max, err);
    return status;
}

enum status sandbox_enter(enum sandbox_level level, uint64_t memory_bytes_max, struct error *err)
{
    /* A write to a log that is a file would raise it, as FSIZE is 0: the write just fails. */
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_DUMPABLE, level == SANDBOX_OFF);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return error_set_errno(err, STATUS_UNSUPPORTED, "cannot give up new privileges");
    return enter_limits(level == SANDBOX_OFF ? 0 : memory_bytes_max, err);
}
