/*
 * plugin.h - one supervised plugin: started, greeted, and started again when it fails.
 *
 *              start               hello accepted              proven
 *   WAITING ──────────▶ GREETING ──────────────────▶ UP ──────────────▶ UP, back-off at its
 * beginning ▲                   │                          │
 *      └───────────────────┴──────────────────────────┘  ended, broke the rules, was too slow:
 *        back-off 0.1 s, 0.2 s ... 60 s                  failed() tells why
 *
 * After starts_max starts in a row that proved nothing, every further try waits the longest
 * back-off: the circuit is open. Embedders and sinks use it; what is said after the greeting is
 * theirs.
 */
#ifndef EMBED_PLUGIN_H
#define EMBED_PLUGIN_H

#include "base/json.h"
#include "embed/lines.h"

#define PLUGIN_PROTOCOL 1

struct plugin;

struct plugin_options {
    const char *const *arguments;    /* see process.h; copied */
    const char *const *environment;  /* of the host; borrowed for the plugin's life */
    const char *const *passed_names; /* copied */
    const char *folder;              /* borrowed */
    const char *role;                /* "embed", "sink"; borrowed */
    const char
        *setting; /* what a user would change: "'plugin' in varve.conf"; may be NULL; borrowed */
    const struct log *log;
    /* 0 takes the default in brackets. */
    int64_t handshake_ms;     /* [60000] from the start to the answered hello */
    int64_t backoff_first_ms; /* [100] */
    int64_t backoff_most_ms;  /* [60000] */
    int64_t grace_ms;         /* [2000] */
    unsigned starts_max;      /* [10] */
    size_t queue_bytes_max;   /* [64 MiB] */
};

/* Called from the loop; none may free the plugin. */
struct plugin_events {
    /* Adds members to the hello that is sent; may be NULL. */
    void (*introduce)(void *user, struct json_writer *json);
    /* The plugin's own hello; protocol and cookie are checked. An error refuses it. */
    enum status (*greeted)(void *user, const struct json *hello, struct error *err);
    void (*line)(void *user, struct span line);
    void (*drained)(void *user); /* may be NULL */
    /* It could not be started, or ended: whatever it was asked is lost. It is WAITING now. */
    void (*failed)(void *user);
    void *user;
};

enum plugin_state {
    PLUGIN_WAITING, /* none runs */
    PLUGIN_GREETING,
    PLUGIN_UP,
    PLUGIN_ENDING, /* it broke the rules, and was killed: failed() is to come */
};

/* Starts it from the loop, not here: a plugin that is missing is no error but a state. */
NODISCARD enum status plugin_new(struct loop *loop, const struct plugin_options *options,
                                 const struct plugin_events *events, struct plugin **out,
                                 struct error *err);
void plugin_free(
    struct plugin *plugin); /* ends it, waiting; failed() is not called; NULL is fine */

/* Only while UP. STATUS_BUSY: it does not read. */
NODISCARD enum status plugin_send(struct plugin *plugin, struct span line, struct error *err);
size_t plugin_queued_bytes(const struct plugin *plugin); /* sent, and not written yet */
void plugin_set_line_limit(struct plugin *plugin, size_t bytes_max);
/* It broke the rules or its time is over: kills it; failed() follows from the loop. */
void plugin_break(struct plugin *plugin, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Asks it to end and does not start it again. */
void plugin_stop(struct plugin *plugin);
/* It did what it is for: the next failure starts with the shortest back-off again. */
void plugin_prove(struct plugin *plugin);

enum plugin_state plugin_state(const struct plugin *plugin);
unsigned plugin_starts(const struct plugin *plugin); /* since plugin_new() */
/* Starts in a row that proved nothing. */
unsigned plugin_unproven_starts(const struct plugin *plugin);
bool plugin_is_circuit_open(const struct plugin *plugin);
/* True while the newest failure was that there is no such program. */
bool plugin_is_missing(const struct plugin *plugin);
pid_t plugin_process_id(const struct plugin *plugin); /* 0: none runs */
const char *plugin_name(const struct plugin *plugin); /* the file's name, for messages */
/* Why it last failed: "'embed-x' ended with status 1: no such model"; "" since it was proven. */
const char *plugin_failure(const struct plugin *plugin);
/* The same and when the next try is and what to do: complete for a user; "" when all is well. Lent
 * until the next call. */
const char *plugin_trouble(const struct plugin *plugin);

#endif
