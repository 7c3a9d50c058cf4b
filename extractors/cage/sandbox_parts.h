/*
 * sandbox_parts.h - the walls that the worker's cage and a converter's are made of. For
 * extractors/cage/sandbox*.c only.
 */
#ifndef EXTRACTORS_SANDBOX_PARTS_H
#define EXTRACTORS_SANDBOX_PARTS_H

#include <stdint.h>

#include "base/status.h"

#define SANDBOX_NOBODY 65534u

/* Sanitizers map terabytes, open /proc, and trace themselves at the end. */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_IS_SANITIZED 1
#endif
#endif
#ifndef SANDBOX_IS_SANITIZED
#define SANDBOX_IS_SANITIZED 0
#endif

enum landlock_rights {
    LANDLOCK_READ,         /* files and folders below */
    LANDLOCK_READ_EXECUTE, /* and run them */
    LANDLOCK_ALL,          /* and change them */
};

/* Begins rules that deny all that this kernel's Landlock knows. STATUS_UNSUPPORTED: it has none. */
NODISCARD enum status landlock_new(int *out_fd, struct error *err);
/* For path, a folder or a file; one that is not there is fine. */
NODISCARD enum status landlock_allow(int rules_fd, const char *path, enum landlock_rights rights,
                                     struct error *err);
NODISCARD enum status landlock_enter(int rules_fd, struct error *err);

/* Sets RLIMIT_..., soft and hard. */
NODISCARD enum status sandbox_limit(int resource, uint64_t value, struct error *err);
void sandbox_leave_root(void);

#endif
