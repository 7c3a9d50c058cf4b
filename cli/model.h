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
                bool is_no_wait, bool is_quiet);

/* adapt.c: fits the built-in model to the documents, and changes over when that helps. Returns the
 * exit status; EXIT_FOUND: it does not help, and nothing was changed. */
int model_adapt(const char *kb_option, bool is_dry_run, bool is_json, bool is_no_wait);

#endif
