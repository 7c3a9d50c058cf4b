/*
 * outcome.h - how reading a document ended: the one vocabulary, kept with the document.
 *
 * A failure is tried again when the file or the extractor changes, not before.
 */
#ifndef INGEST_OUTCOME_H
#define INGEST_OUTCOME_H

#include <stdbool.h>

#include "base/status.h"

enum outcome {
    OUTCOME_PENDING = 0, /* known, and not read yet */
    OUTCOME_COMPLETE,
    OUTCOME_PARTIAL, /* a limit or a broken part: what was read is kept */
    OUTCOME_NO_TEXT, /* read, and there is no text in it: a scan, a picture, an empty file */
    OUTCOME_ENCRYPTED,
    OUTCOME_UNSUPPORTED,  /* no extractor for this type */
    OUTCOME_MALFORMED,    /* the bytes break their own format and nothing could be read */
    OUTCOME_OVER_LIMIT,   /* larger, deeper or more than the limits allow */
    OUTCOME_CRASHED,      /* the worker died of it */
    OUTCOME_TIMED_OUT,    /* the worker was killed for it */
    OUTCOME_UNREADABLE,   /* no permission, an I/O error, not a regular file */
    OUTCOME_UNSTABLE,     /* changed each time it was read; tried again */
    OUTCOME_EMBED_FAILED, /* the embedding plugin failed on it: text search only */
    OUTCOME_COUNT
};

/* "complete", "no text", "over limit" ...; static, never NULL. */
const char *outcome_name(enum outcome outcome);
/* False: text is no outcome's name. */
bool outcome_from_name(const char *text, enum outcome *out);
/* True where the document's text is in the index: complete, partial, embed failed. */
bool outcome_has_text(enum outcome outcome);
/* True where a person should look: all but pending, complete and no text. */
bool outcome_is_failure(enum outcome outcome);
/* What an extractor's status means for the document. */
enum outcome outcome_of_status(enum status status);

#endif
