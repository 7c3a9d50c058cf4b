/*
 * wordpiece.h - texts to token numbers, as BERT-like models want them.
 *
 * Reads a tokenizer.json with a WordPiece model and BERT's normalizer and pre-tokenizer; anything
 * else is refused by name rather than tokenized in another way than the model was trained with.
 */
#ifndef PLUGINS_EMBED_ONNX_WORDPIECE_H
#define PLUGINS_EMBED_ONNX_WORDPIECE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/status.h"

struct wordpiece;

struct token_list {
    int64_t *ids;
    size_t count, capacity;
};

NODISCARD enum status wordpiece_open(const char *path, struct wordpiece **out, struct error *err);
void wordpiece_free(struct wordpiece *self); /* NULL is fine */
DEFINE_POINTER_CLEANUP(struct wordpiece, wordpiece_free);

/* Appends the tokens of text; with_marks: with [CLS] in front and [SEP] behind. Bytes that are not
 * UTF-8 are left out, as U+FFFD is. */
NODISCARD enum status wordpiece_encode(const struct wordpiece *wordpiece, struct span text,
                                       bool with_marks, struct token_list *out, struct error *err);
void token_list_release(struct token_list *list);

#endif
