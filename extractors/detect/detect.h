/*
 * detect.h - what a document is, from its content; the name is a hint for what content cannot tell.
 *
 * The one door to libmagic, whose database is loaded once, before the worker is caged.
 */
#ifndef EXTRACTORS_DETECT_H
#define EXTRACTORS_DETECT_H

#include "ingest/extractor.h"

#define DETECT_HEAD_BYTES ((size_t)64 << 10)
/* What macOS keeps beside a file, under the name of the file: "._page.html" is no page. */
#define DETECT_BESIDE_A_FILE "application/applefile"

struct detector; /* libmagic and its database */

struct detection {
    char media_type[96];               /* "application/octet-stream" when nothing is known */
    char name[256];                    /* without folders; "" when unknown */
    char extension[16];                /* of name: lower case, without the dot; "" when none */
    const struct extractor *extractor; /* NULL: nobody claims it */
};

NODISCARD enum status detector_new(struct detector **out, struct error *err);
void detector_free(struct detector *detector); /* NULL is fine */
const char *detector_library(void);            /* "libmagic 544"; static */

/* path: the file's or member's name, folders allowed, may be empty. Never fails: what cannot be
 * told is octet-stream. */
void detect(struct detector *detector, struct span bytes, struct span path, struct detection *out);

/* The same where it is known what they are. */
void detect_as(struct span bytes, struct span path, const char *media_type, struct detection *out);

#endif
