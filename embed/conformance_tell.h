/*
 * conformance_tell.h - how a check of a plugin is told. For embed/conformance*.c only.
 */
#ifndef EMBED_CONFORMANCE_TELL_H
#define EMBED_CONFORMANCE_TELL_H

#include "embed/conformance.h"
#include "embed/probe.h"

struct listener {
    conformance_fn *fn;
    void *user;
};

void tell(const struct listener *listener, const char *name, enum check_verdict verdict,
          const char *fmt, ...) PRINTF_LIKE(4, 5);
/* Tells how a check went, and returns whether it passed. */
bool told(const struct listener *listener, const char *name, enum status status,
          const struct error *error);
/* Ends the plugin as its protocol says, by the end of its input, and tells how it went. */
void tell_end(const struct listener *listener, const char *name, struct probe *probe);

#endif
