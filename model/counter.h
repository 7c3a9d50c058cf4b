/*
 * counter.h - how many tokens a text has, in the tokens of an embedding model.
 *
 * Chunk sizes are given in tokens, so cuts depend on the counter; its fingerprint says so.
 */
#ifndef MODEL_COUNTER_H
#define MODEL_COUNTER_H

#include "ingest/chunker.h"
#include "model/semb.h"

/* Counts the tokens of a static model; lent, lives as long as the model. */
const struct token_counter *semb_counter(const struct semb *semb);

/* An estimate for a model whose tokeniser is not known, from the kinds of characters alone. It is
 * meant to be at or above the true count of the common subword vocabularies. Static. */
const struct token_counter *estimate_counter(void);

#endif
