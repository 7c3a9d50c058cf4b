/*
 * sink.h - feeds one other system with every change of the index, through a sink plugin.
 *
 *   1. Changes are sent in the order of their sequence numbers, none is left out.
 *   2. What was acknowledged is not sent again, except: the position is written to the index once a
 *      second and at the end, so after a crash of varve some changes come twice. A sink that says
 * its own position in its hello decides by itself, and then nothing comes twice.
 *   3. After a crash of either side, or a "nack", sending goes on behind the last acknowledgement.
 *   4. A sink that is behind costs no memory: changes are read from the index as it takes them.
 *
 * Each sink has a reader's handle of its own; positions go through the writer's.
 */
#ifndef FEED_SINK_H
#define FEED_SINK_H

#include "embed/plugin.h"
#include "index/index.h"

struct sink;

struct sink_options {
    struct plugin_options plugin; /* role is set here */
    const char *name;             /* of the consumer, as the index remembers its position; copied */
    struct index *writer;         /* for its position; borrowed; outlives the sink */
    int64_t silence_ms;           /* [60000] without any line while changes are unacknowledged */
    int64_t poll_ms;              /* [500] between looks at the index, beside sink_wake() */
};

NODISCARD enum status sink_new(struct loop *loop, const struct sink_options *options,
                               struct sink **out, struct error *err);
/* Ends the plugin, waiting, and writes the position. NULL is fine. */
void sink_free(struct sink *self);

/* A commit has happened: looks for new changes now. */
void sink_wake(struct sink *self);

int64_t sink_acknowledged(const struct sink *self); /* the last sequence; 0: none */
int64_t sink_sent(const struct sink *self);
/* "" when all is well; otherwise what is wrong, when it is tried again, and what to do. */
const char *sink_trouble(const struct sink *self);
pid_t sink_process_id(const struct sink *self); /* 0: none runs */

#endif
