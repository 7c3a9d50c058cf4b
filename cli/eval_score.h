/*
 * eval_score.h - how good a ranking is, and how sure that is.
 */
#ifndef CLI_EVAL_SCORE_H
#define CLI_EVAL_SCORE_H

#include "cli/eval_set.h"
#include "cli/fresh_hits.h"

/* Of one question, each 0..1. nDCG with linear gain, as BEIR and trec_eval have it; MRR is the
 * reciprocal of the first useful rank, 0 past 10. */
enum eval_metric {
    EVAL_RECALL_5,
    EVAL_RECALL_10,
    EVAL_RECALL_DEPTH,
    EVAL_NDCG_10,
    EVAL_MRR_10,
    EVAL_METRIC_COUNT
};

struct eval_scores {
    double values[EVAL_METRIC_COUNT];
};

/* Asks for hits until depth documents (passages, when a quote is wanted) are known. */
NODISCARD enum status eval_question_score(struct fresh_hits *hits,
                                          const struct eval_question *question, unsigned depth,
                                          struct eval_scores *out, struct error *err);

/* The mean, and between which bounds it lies in 95 of 100 samples that are drawn from the questions
 * with repetition (bootstrap, 1,000 draws, always the same ones). */
struct eval_mean {
    double mean, low, high;
};
struct eval_mean eval_mean_of(const double *values, size_t count);

#endif
