/*
 * advice.h - which package of Debian 12 reads what nothing here reads.
 */
#ifndef EXTRACTORS_ADVICE_H
#define EXTRACTORS_ADVICE_H

#include "extractors/detect/detect.h"

struct advice {
    const char *package; /* "libwpd-tools" */
    const char *command; /* for a [converter]: "wpd2html {in}" */
};

/* NULL: none is known. */
const struct advice *advice_for(const struct detection *found);

/* The package that a converter's program comes with; NULL: unknown. */
const char *advice_package_of(const char *program);

#endif
