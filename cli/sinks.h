/*
 * sinks.h - the sinks that varve.conf names, each fed by `varve run`.
 */
#ifndef CLI_SINKS_H
#define CLI_SINKS_H

#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "cli/config.h"
#include "index/index.h"

struct sinks;

/* kb, config, index and log are borrowed. No [sink NAME]: an empty one. */
NODISCARD enum status sinks_open(struct loop *loop, const char *kb, const struct config *config,
                                 struct index *index, const struct log *log, struct sinks **out,
                                 struct error *err);
/* Ends the plugins and writes their positions; before the index is closed. NULL is fine. */
void sinks_free(struct sinks *sinks);
/* "sinks": name, acknowledged, sent and trouble of each. */
void sinks_put_json(const struct sinks *sinks, struct json_writer *json);

#endif
