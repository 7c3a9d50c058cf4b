/*
 * broker.h - the process that runs converters for a caged worker.
 *
 * A worker can start no program once it is caged, and shall not. It forks the broker before, and
 * hands it documents over a socket pair: the number of a rule, then the bytes; nothing that a
 * document could choose becomes an argument, a path or a rule. Bytes go through the socket in both
 * directions, so that the cage needs no further system call, and stays as narrow as it is without.
 *
 *   request := struct broker_request, document[document_bytes]
 *   answer  := struct broker_answer, result[result_bytes]
 *
 * The broker serves one request at a time, and ends, with all that it runs and its temporary
 * folder, when the worker does.
 */
#ifndef EXTRACTORS_BROKER_H
#define EXTRACTORS_BROKER_H

#include "extractors/cage/program.h"

struct broker; /* the worker's end */

struct broker_options {
    const struct converter_rule *rules; /* resolved; borrowed until broker_start() returns */
    size_t rule_count;
    enum sandbox_level level;
    const char *temporary;    /* where its folder is made: "/tmp" */
    const char *cache_folder; /* results by content; "" : none are kept */
    uint64_t cache_bytes_max;
};

/* Forks. The caller has one thread, and is not caged yet. */
NODISCARD enum status broker_start(const struct broker_options *options, struct broker **out,
                                   struct error *err);

struct broker_job {
    size_t rule;           /* index */
    const char *extension; /* of the document's name: "wpd", "" */
    struct span bytes;
    void (*progress)(void *user, int64_t waited_ms); /* several times a second; may be NULL */
    void *user;
};

/* Appends the result to out. How it ended is in *end; STATUS_IO: the broker is gone. */
NODISCARD enum status broker_run(struct broker *broker, const struct broker_job *job,
                                 struct buf *out, struct program_end *end, struct error *err);

/* Hangs up, and waits until the broker has cleaned up. NULL is fine. */
void broker_free(struct broker *broker);

#endif
