/*
 * own_model.h - a question's vector made in this process, where the searched model is a static one.
 *
 * embed-static is a few lines of JSON around model/semb.h, which this program has, too: to start a
 * process for one question costs more than the rest of a search. All that decides which vectors
 * meet is as with the plugin: the name, the canary texts and the fingerprint.
 */
#ifndef CLI_OWN_MODEL_H
#define CLI_OWN_MODEL_H

#include "cli/query_vectors.h"

/* Fills in values and is_made of out, which have room, when command starts embed-static as it comes
 * with varve and the model is out->model. False: ask the plugin, which says what is wrong. */
bool own_model_embed(const struct kb *kb, const char *command, const struct span *texts,
                     struct query_vectors *out);

#endif
