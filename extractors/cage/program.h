/*
 * program.h - runs one converter to its end, in its cage, and never longer than its time.
 */
#ifndef EXTRACTORS_PROGRAM_H
#define EXTRACTORS_PROGRAM_H

#include "extractors/cage/converter_rule.h"
#include "extractors/cage/sandbox.h"
#include "ingest/outcome.h"

#define PROGRAM_REASON_BYTES 200u

struct program_run {
    const struct converter_rule *rule;
    enum sandbox_level level;
    const char *folder; /* its own, which holds the input; whoever made it removes it */
    const char *input;  /* path of the document in it */
    int watched_fd;     /* a hang-up there ends the run */
};

struct program_end {
    enum outcome outcome; /* complete: out has what it wrote; else why it has not */
    char reason[PROGRAM_REASON_BYTES];
};

/* {in}, {out} and {outdir} in the rule's words become paths; without {in} the document is on
 * standard input, without {out} and {outdir} the result is on standard output. Of {outdir} the
 * largest file is the result. Appends it to out. STATUS_CANCELLED: watched_fd hung up. */
NODISCARD enum status program_run(const struct program_run *run, struct buf *out,
                                  struct program_end *end, struct error *err);

#endif
