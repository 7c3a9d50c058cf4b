/*
 * model.h - building an embedding model beside the one that is searched, for `varve model`.
 */
#ifndef CLI_MODEL_H
#define CLI_MODEL_H

#include "cli/kb.h"
#include "cli/model_plugins.h"

/* Builds the model that a plugin's command line is, by the daemon when one runs, and says how it
 * went; takes_over: it is searched then, and varve.conf names it. Returns the exit status. */
int model_build(const struct kb *kb, const char *kb_option, const char *command, bool takes_over,
                bool is_no_wait);

#endif
