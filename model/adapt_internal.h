/*
 * adapt_internal.h - a collection as tokens, and the rows that are being fitted.
 */
#ifndef MODEL_ADAPT_INTERNAL_H
#define MODEL_ADAPT_INTERNAL_H

#include "model/adapt.h"
#include "model/semb_internal.h"

#define ADAPT_TITLE_TOKENS  64u
#define ADAPT_SENTENCES_MAX 32u

/* Token positions in adapt.tokens. Title first, then text. */
struct adapt_passage {
    uint64_t start;
    uint16_t title_count, text_count;
    uint8_t sentence_count;
    uint16_t sentence_ends[ADAPT_SENTENCES_MAX]; /* from the text's start */
};

struct adapt {
    const struct semb *base;
    int32_t *tokens; /* ids of the base; adapt_train() turns them into local rows */
    size_t token_count, token_capacity;
    struct adapt_passage *passages;
    size_t passage_count, passage_capacity;

    int32_t *local;  /* [vocabulary]: row of a token, or -1 */
    int32_t *global; /* [row_count]: token of a row */
    size_t row_count;
    float *rows; /* [row_count x dimensions] */
    double step; /* what one step of a half-byte of the result stands for */
    bool is_trained;
};

/* One side of a pair. */
struct adapt_side {
    const int32_t *rows;
    size_t count;
    const int32_t *more; /* behind a sentence that was taken out; may be empty */
    size_t more_count;
};

enum status adapt_fit(struct adapt *adapt, const struct adapt_options *options, size_t held_from,
                      struct error *err);
/* Mean reciprocal rank over the passages from held_from on. Negative: out of memory. */
double adapt_judge(const struct adapt *adapt, size_t held_from);

/* The unit vector of the mean of a side's rows; returns the mean's length. */
float adapt_embed(const struct adapt *adapt, const struct adapt_side *side, float *out);

/* xorshift64*: good enough to shuffle, and the same everywhere. */
static inline uint64_t adapt_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (*state * 0x2545F4914F6CDD1Du) >> 20;
}

#endif
