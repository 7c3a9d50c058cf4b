/*
 * model.h - building an embedding model beside the one that is searched, for `varve model`.
 */
#ifndef CLI_MODEL_H
#define CLI_MODEL_H

#include "cli/eval.h"
#include "cli/kb.h"
#include "cli/model_plugins.h"

/* Builds the model that a plugin's command line is, by the daemon when one runs, and says how it
 * went; expected_id: it must be that model (0: any), takes_over: it is searched then, and
 * varve.conf names it. Returns the exit status. */
struct model_request {
    const char *kb;        /* as --kb gave it, or NULL */
    struct eval_gate gate; /* what must be passed before it is searched */
    bool is_no_wait, is_json, is_dry_run;
};
int model_build(const struct kb *kb, const struct model_request *request, const char *command,
                int64_t expected_id, bool takes_over);

/* adapt.c: fits the built-in model to the documents, and changes over when that helps. Returns the
 * exit status; EXIT_FOUND: it does not help, and nothing was changed. */
int model_adapt(const struct model_request *request);

#endif
