/*
 * rar5.h - what of a RAR 5 archive has a password.
 *
 * libarchive 3.6 takes the encrypted bytes of a member for packed ones, calls them broken and reads
 * no further. The headers say it: https://www.rarlab.com/technote.htm.
 */
#ifndef EXTRACTORS_RAR5_H
#define EXTRACTORS_RAR5_H

#include <stdint.h>

#include "base/buf.h"

/* Walks the headers once, beside whoever asks for the members in their order. */
struct rar5 {
    struct span archive; /* borrowed */
    size_t at;           /* of the next header; the archive's end: there is none */
};

void rar5_open(struct rar5 *rar5, struct span archive);

/* Is the next member of that name encrypted? False of what is no RAR 5 archive. */
bool rar5_is_encrypted(struct rar5 *rar5, struct span name);

#endif
