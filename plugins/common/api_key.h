/*
 * api_key.h - the secret that a service wants, from where its user keeps it.
 */
#ifndef PLUGINS_COMMON_API_KEY_H
#define PLUGINS_COMMON_API_KEY_H

#include "base/buf.h"
#include "base/status.h"

#define API_KEY_BYTES_MAX 4096

/* The first line of the file, or the environment variable, without what could end a header; either
 * may be NULL, and key stays empty when both are. */
NODISCARD enum status api_key_read(const char *file, const char *variable, struct buf *key,
                                   struct error *err);

#endif
