/*
 * static_model.h - what a static model is to others: its name, and when an index over its words
 * pays. embed-static says it as a plugin, and a search goes by it that embeds its own question.
 */
#ifndef MODEL_STATIC_MODEL_H
#define MODEL_STATIC_MODEL_H

#include <stdbool.h>
#include <stddef.h>

struct semb;

#define STATIC_MODEL_NAME_BYTES 64u
/* A search embeds one text: from here on semb_index() pays. */
#define STATIC_MODEL_TEXTS_FEW 16u

/* The fingerprint has to be read. is_given: it was named by its file, and is not the built-in one.
 */
void static_model_name(const struct semb *semb, bool is_given, char out[STATIC_MODEL_NAME_BYTES]);

#endif
