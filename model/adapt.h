/*
 * adapt.h - fits the static table to a collection, from its documents alone.
 *
 * No labels: a title and its text, a sentence and the rest of its passage, and two halves of a
 * passage belong together, and passages of the same batch do not. A few passes over such pairs move
 * the rows of the collection's own words. A tenth of the passages is held out: the result counts
 * only when it brings their halves together better than the base does.
 *
 * The same training makes a model from the start: its base then is a vocabulary whose rows are
 * random (tools/train-model).
 *
 * Memory: 4 bytes for each token of the collection (the first ADAPT_PASSAGE_TOKENS of a passage),
 * and 16 bytes for each dimension of each word it uses: 160 MB at most for the shipped model.
 */
#ifndef MODEL_ADAPT_H
#define MODEL_ADAPT_H

#include "model/semb.h"

#define ADAPT_PASSAGE_TOKENS 256u
#define ADAPT_PASSAGES_LEAST 64u /* with fewer nothing can be learned, or judged */
#define ADAPT_BATCH_MAX      1024u

struct adapt;

struct adapt_options {
    unsigned epochs;      /* passes over the passages, three pairs from each */
    unsigned steps_least; /* fewer move the rows by less than a step of the file */
    double rate;          /* of learning, at its highest */
    unsigned batch;       /* pairs that are told apart at once, up to ADAPT_BATCH_MAX */
    unsigned neighbours;  /* so many passages added in a row stay together in a batch */
    unsigned old;         /* of the base's first so many tokens, those in ASCII move slower: */
    double old_rate;      /* by this factor; 0: not at all */
    bool is_rescaled;     /* a new step of the file's integers: for a base with nothing to keep */
    uint64_t seed;        /* the same seed and passages give the same model on the same processor */
    /* Called now and then; false ends the training. May be NULL. */
    bool (*progress)(void *user, unsigned step, unsigned step_count);
    void *user;
};

#define ADAPT_OPTIONS                                                                              \
    {                                                                                              \
        .epochs = 6, .steps_least = 100, .rate = 0.005, .batch = 256, .neighbours = 1, .seed = 1   \
    }

/* How well held-out pairs are found: mean reciprocal rank of the right one among those of other
 * passages that were held out, 0..1. */
struct adapt_report {
    size_t passages, held_out, words; /* words: rows that could move */
    double before, after;
};

/* base is borrowed, and must have 4-bit rows and dimensions that are a multiple of 16. */
NODISCARD enum status adapt_new(const struct semb *base, struct adapt **out, struct error *err);
void adapt_free(struct adapt *adapt); /* NULL is fine */

/* A passage of a document, with its title or heading path (may be empty). Short ones are left out.
 * STATUS_NO_MEMORY. */
NODISCARD enum status adapt_add(struct adapt *adapt, struct span title, struct span text,
                                struct error *err);

/* The same for two texts that belong together, however short (a headword and its definition), and
 * however many. */
NODISCARD enum status adapt_add_pair(struct adapt *adapt, struct span title, struct span text,
                                     struct error *err);

/* STATUS_LIMIT: too few passages. STATUS_CANCELLED: progress said so. */
NODISCARD enum status adapt_train(struct adapt *adapt, const struct adapt_options *options,
                                  struct adapt_report *report, struct error *err);

/* Appends the fitted model, as a file of the base's format. After adapt_train(). */
NODISCARD enum status adapt_write(const struct adapt *adapt, struct buf *out, struct error *err);

#endif
