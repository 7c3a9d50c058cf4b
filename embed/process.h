/*
 * process.h - one child program on the event loop, spoken to through its standard streams.
 *
 * It is started without a shell, in its own process group, dies with the thread that started it,
 * inherits no descriptor and only the environment that is let through. What it writes to standard
 * error goes to the log, line by line; it is always read, so a flood there can't stall the child,
 * and the log gets at most 64 KiB of it a second. Nothing here waits; only process_free() may.
 * Knows nothing of what is said: lines.h frames it.
 */
#ifndef EMBED_PROCESS_H
#define EMBED_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/status.h"

struct process;

struct process_options {
    /* NULL-terminated. The first is the executable: with a slash, or looked for in PATH. */
    const char *const *arguments;
    /* "NAME=VALUE", NULL-terminated: what the host itself has. Of it PATH, LANG, HOME and
     * passed_names go on to the child; NULL: an empty environment. */
    const char *const *environment;
    const char *const *passed_names; /* NULL-terminated; NULL: none */
    const char *folder;              /* to run in; NULL: the host's own */
    int64_t grace_ms;                /* per stage of process_stop(); 0: 2000 */
    const struct log *log;           /* may be NULL */
};

/* Called from the loop. None of them may free the process, but ended() may. */
struct process_events {
    void (*readable)(void *user);               /* call process_read() until it gives 0 */
    void (*writable)(void *user);               /* after process_write() took less than all */
    void (*ended)(void *user, const char *how); /* once, reaped: "ended with status 1" */
    void *user;
};

/* Forks and executes; options are copied. STATUS_UNREADABLE with errno kept: it cannot be executed.
 */
NODISCARD enum status process_start(struct loop *loop, const struct process_options *options,
                                    const struct process_events *events, struct process **out,
                                    struct error *err);

/* Never blocks and never raises SIGPIPE; how much was taken, 0 when the child does not read. */
size_t process_write(struct process *process, struct span bytes);
/* 0: nothing more now. A child that closes its output is stopped. */
size_t process_read(struct process *process, char *to, size_t room);

/* Closes its input; after grace_ms SIGTERM to its group, after as much again SIGKILL. */
void process_stop(struct process *process);
/* SIGKILL to its group now: for one that broke the rules. ended() still comes from the loop. */
void process_kill(struct process *process);

pid_t process_id(const struct process *process);
/* The last line that it wrote to standard error, "" when none: often the reason why it ended. */
const char *process_last_words(const struct process *process);

/* Ends it as process_stop() does, waiting here (4 s at most by default); ended() is not called.
 * NULL is fine. */
void process_free(struct process *process);

#endif
