/*
 * lines.h - a conversation with a child process in lines, one JSON object each.
 *
 * Both directions go on at the same time from the event loop, so neither side can block the other
 * for ever: what the child does not read yet waits in a bounded queue here, and what it says is
 * read whether or not it reads. Knows nothing of what the lines say.
 */
#ifndef EMBED_LINES_H
#define EMBED_LINES_H

#include "embed/process.h"

struct lines;

struct lines_options {
    struct process_options process;
    size_t line_bytes_max;  /* of a line from the child; lines_set_limit() changes it */
    size_t queue_bytes_max; /* of what waits to be written */
};

/* Called from the loop. They may send and stop; only ended() may free. */
struct lines_events {
    /* Lent for the call, without its line feed; empty lines are left out. Not called any more once
     * the conversation was stopped or killed. */
    void (*line)(void *user, struct span line);
    void (*drained)(void *user); /* all that was sent has been written; may be NULL */
    /* Once, last. how: "ended with status 1", "wrote a line of more than 65536 bytes". */
    void (*ended)(void *user, const char *how);
    void *user;
};

NODISCARD enum status lines_start(struct loop *loop, const struct lines_options *options,
                                  const struct lines_events *events, struct lines **out,
                                  struct error *err);
/* line without a line feed inside or at its end. STATUS_BUSY: the queue has no room for it now. */
NODISCARD enum status lines_send(struct lines *lines, struct span line, struct error *err);
size_t lines_queued_bytes(const struct lines *lines);
void lines_set_limit(struct lines *lines, size_t line_bytes_max);

void lines_stop(struct lines *lines); /* process_stop(); what is not written yet is dropped */
void lines_kill(struct lines *lines); /* process_kill() */
/* A conversation that broke the rules: kills, and how becomes what ended() is told. */
void lines_break(struct lines *lines, const char *how);
const char *lines_last_words(const struct lines *lines);
pid_t lines_process_id(const struct lines *lines);
void lines_free(struct lines *lines); /* process_free(); NULL is fine */

#endif
