/*
 * host_lines.h - what the host says to a plugin, line by line, for plugins that answer as they
 * read.
 */
#ifndef PLUGINS_COMMON_HOST_LINES_H
#define PLUGINS_COMMON_HOST_LINES_H

#include "base/buf.h"
#include "base/status.h"

struct host_lines {
    size_t bytes_max; /* of a line */
    /* A line, lent for the call; its '\n' stands behind it. */
    enum status (*take)(void *user, struct span line, struct error *err);
    /* After the lines that one read completed; NULL: nothing is done then. */
    enum status (*taken)(void *user, struct error *err);
    void *user;
};

/* Gives the lines of standard input, until its end or until one of the two fails. LIMIT: a line is
 * longer than bytes_max. */
NODISCARD enum status host_lines_read(const struct host_lines *lines, struct error *err);

#endif
