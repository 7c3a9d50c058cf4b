/*
 * sync.h - one pass, for `varve sync` and for a fresh search without a daemon.
 */
#ifndef CLI_SYNC_H
#define CLI_SYNC_H

#include "base/json.h"
#include "cli/kb.h"
#include "cli/report.h"

/* A model to build meanwhile, see model_plugins.h. */
struct sync_model {
    const char *command;
    bool takes_over;
};

/* SIGINT and SIGTERM end the pass. */
void sync_catch_signals(void);
/* Scans, indexes and ends; model may be NULL. STATUS_CANCELLED: a signal ended it early;
 * STATUS_BUSY: another writer.
 */
NODISCARD enum status sync_run(const char *kb, const struct config *config,
                               const struct sync_model *model, struct progress_bar *bar,
                               struct run_report *report, struct error *err);
/* Asks the daemon to do it and waits. STATUS_UNREADABLE: none runs. The caller frees *reply. */
NODISCARD enum status sync_ask(const char *kb, struct json **reply, struct error *err);
/* Waits for the daemon to have all that was saved; without one, does the pass itself. */
NODISCARD enum status sync_make_fresh(const char *kb_option, struct error *err);
/* How `sync` and `run` begin: adds folders as sources to varve.conf (and makes the knowledge base's
 * folder when there are any), then reads it. Returns -1 to go on, else the exit status. */
int sync_begin(struct kb *kb, const char *command, const char *kb_option, char **folders,
               int count);
/* Only the first half of it. */
NODISCARD enum status sync_add_folders(const char *kb, char **folders, int count,
                                       struct error *err);

#endif
