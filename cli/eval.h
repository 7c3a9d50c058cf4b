/*
 * eval.h - an evaluation as a gate: whether a model is good enough to be searched.
 */
#ifndef CLI_EVAL_H
#define CLI_EVAL_H

#include <stdbool.h>
#include <stddef.h>

#define EVAL_GATES_MAX 8u

struct eval_gate {
    const char *questions,
        *judgements;                   /* files, see eval_set.h; questions NULL: there is no gate */
    const char *least[EVAL_GATES_MAX]; /* "recall@10=0.8" */
    size_t count;
};

/* False, and a message: a limit is not understood, or a file can't be read. For before a build. */
bool eval_gate_check(const struct eval_gate *gate);
/* Evaluates hybrid search with a model's vectors, and prints it. EXIT_DONE: it passes; EXIT_FOUND:
 * it does not. */
int eval_gate(const char *kb_option, long model, const struct eval_gate *gate);

#endif
