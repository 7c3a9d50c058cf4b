/*
 * latex_looks.h - inside of latex.c: how words in braces look: \emph{words}, {\bf words}.
 */
#ifndef EXTRACTORS_LATEX_LOOKS_H
#define EXTRACTORS_LATEX_LOOKS_H

#include "ingest/writer.h"

#define LATEX_LOOKS_DEEP_MAX 16u

struct latex_looks {
    unsigned braces; /* that are open */
    struct {
        unsigned braces; /* at which it ends, when one fewer is open */
        unsigned before; /* bits, to go back to */
    } open[LATEX_LOOKS_DEEP_MAX];
    unsigned depth;
};

/* A command, and whether a brace comes right behind it. */
void latex_looks_command(struct latex_looks *looks, struct writer *writer, struct span name,
                         bool has_argument);
void latex_looks_brace(struct latex_looks *looks, struct writer *writer, bool is_open);

#endif
