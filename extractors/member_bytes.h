/*
 * member_bytes.h - one member of a container as it is, for whoever wants to see it: not its text.
 */
#ifndef EXTRACTORS_MEMBER_BYTES_H
#define EXTRACTORS_MEMBER_BYTES_H

#include "extractors/document.h"

struct member_wanted {
    struct detector *detector;
    struct converters *converters; /* may be NULL */
    struct span path;              /* "inner.zip!/a/b.txt" */
    int fd;                        /* its bytes are written here */
    const char *file;              /* the outermost file's name: a hint */
};

/* Walks outer, and the containers in it that path names. STATUS_UNREADABLE: there is no such
 * member, or it could not be read: why is in err. */
NODISCARD enum status member_bytes_write(const struct member_wanted *wanted, struct span outer,
                                         struct error *err);

#endif
