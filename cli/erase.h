/*
 * erase.h - erasing documents, here or in the daemon: a request and its report are JSON.
 *
 * The request names absolute paths and globs; the report says what was removed and every place that
 * was looked at.
 */
#ifndef CLI_ERASE_H
#define CLI_ERASE_H

#include "base/json.h"
#include "index/index.h"

/* index is open for writing, without an open transaction. Appends the report, one object, to out.
 * kb: the folder. */
NODISCARD enum status erase_run(struct index *index, const char *kb, const struct json *request,
                                struct buf *out, struct error *err);

#endif
