/*
 * sandbox.h - the cage around the parsers.
 *
 * Once entered there is no way back: no new file (poppler's character maps apart), no socket, no
 * program, bounded memory, time and descriptors.
 */
#ifndef EXTRACTORS_SANDBOX_H
#define EXTRACTORS_SANDBOX_H

#include <stdint.h>

#include "base/status.h"

enum sandbox_level {
    SANDBOX_OFF,     /* resource limits only: sanitizers, debuggers */
    SANDBOX_REDUCED, /* the best that this kernel has */
    SANDBOX_REQUIRE, /* all walls or an error */
};

/* False: no level of that name. */
bool sandbox_level_from_name(const char *name, enum sandbox_level *out);

/* memory_bytes_max 0: no limit. STATUS_UNSUPPORTED: this kernel lacks a wall that level asks for.
 */
NODISCARD enum status sandbox_enter(enum sandbox_level level, uint64_t memory_bytes_max,
                                    struct error *err);

/* The limit of memory alone, for a process without a cage; none under sanitizers, which map
 * terabytes. 0: no limit. */
NODISCARD enum status sandbox_limit_memory(uint64_t memory_bytes_max, struct error *err);

#endif
