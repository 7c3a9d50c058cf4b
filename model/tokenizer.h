/*
 * tokenizer.h - texts to token numbers, as transformer models want them, by their tokenizer.json.
 *
 * Four kinds of models: WordPiece (BERT and its like), byte-pair merges over bytes or characters
 * (GPT-2, RoBERTa, Llama, Qwen), Unigram (SentencePiece's, as in XLM-R and multilingual E5), and
 * lists of whole words. The file's format is that of the Hugging Face "tokenizers" library. A part
 * that is not known is refused by name: a text tokenized in another way than the model was trained
 * with gives a wrong vector.
 *
 * What spells a mark ("[SEP]", "</s>") in a text is text, so that no document can say where its
 * model should stop.
 *
 * Threads: a tokenizer keeps buffers and counts of words between calls; one thread at a time.
 */
#ifndef MODEL_TOKENIZER_H
#define MODEL_TOKENIZER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/status.h"
#include "ingest/chunker.h"

struct tokenizer;

struct token_list {
    int64_t *ids;
    size_t count, capacity;
};

/* UNREADABLE; MALFORMED: no tokenizer.json; UNSUPPORTED: a part that is not known, by its name. */
NODISCARD enum status tokenizer_open(const char *path, struct tokenizer **out, struct error *err);
/* The same from the file's bytes. */
NODISCARD enum status tokenizer_read(struct span file, struct tokenizer **out, struct error *err);
void tokenizer_free(struct tokenizer *self); /* NULL is fine */
DEFINE_POINTER_CLEANUP(struct tokenizer, tokenizer_free);

/* Appends the tokens of text; with_marks: with those that the model wants around it ([CLS] and
 * [SEP], <s> and </s>). Bytes that are not UTF-8 count as U+FFFD. */
NODISCARD enum status tokenizer_encode(struct tokenizer *self, struct span text, bool with_marks,
                                       struct token_list *out, struct error *err);
void token_list_release(struct token_list *list);

size_t tokenizer_marks(const struct tokenizer *self); /* how many stand around a text */
int64_t tokenizer_padding(const struct tokenizer *self);

/* Counts exactly what tokenizer_encode() gives without marks; words seen before cost little. When
 * memory runs out, what the text could have at most. Lent, lives as long as the tokenizer. Its
 * fingerprint has the hash of the file. */
const struct token_counter *tokenizer_counter(const struct tokenizer *self);

#endif
