/*
 * scratch.h - private temporary folders for programs that are run, and never one left behind.
 *
 * A process holds one root for as long as it lives (locked, so that others see that it is in use)
 * and makes a folder in it for each run. What a killed process left is removed by the next one that
 * opens a root: its lock is free then.
 */
#ifndef EXTRACTORS_SCRATCH_H
#define EXTRACTORS_SCRATCH_H

#include <stdint.h>

#include "base/os.h"

struct scratch {
    char path[OS_PATH_MAX]; /* "" : not open */
    int lock_fd;
};

#define SCRATCH_INIT                                                                               \
    {                                                                                              \
        .path = "", .lock_fd = -1                                                                  \
    }

/* Makes a root below parent ("/tmp"), and sweeps those that nobody holds. */
NODISCARD enum status scratch_open(const char *parent, struct scratch *out, struct error *err);
/* Makes the folder root/run, empty, for nobody but its user, who may be another (-1: ourselves). */
NODISCARD enum status scratch_folder(const struct scratch *scratch, int user, char out[OS_PATH_MAX],
                                     struct error *err);
/* What its files hold, in bytes, and how many there are. Counts to 100,000 at most. */
uint64_t scratch_bytes(const char *path, unsigned *file_count);
/* Removes the root. */
void scratch_close(struct scratch *scratch);

#endif
