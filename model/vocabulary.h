/*
 * vocabulary.h - the pieces of a tokenizer's vocabulary, as a tree of their characters.
 *
 * One walk from a node gives all pieces that a text begins with; WordPiece wants the longest,
 * Unigram all of them.
 */
#ifndef MODEL_VOCABULARY_H
#define MODEL_VOCABULARY_H

#include "base/buf.h"
#include "model/pair_map.h"

#define VOCABULARY_ROOT 0u
#define VOCABULARY_NONE UINT32_MAX /* no such node, no such piece */

struct vocabulary {
    struct pair_map edges; /* (node, character) to (node, piece's id) */
    uint32_t node_count;   /* beside the root */
    size_t count;          /* pieces */
};

struct vocabulary_step {
    uint32_t node; /* VOCABULARY_NONE: no piece goes on so */
    uint32_t id;   /* of the piece that ends here, or VOCABULARY_NONE */
};

struct vocabulary_step vocabulary_step(const struct vocabulary *self, uint32_t node,
                                       uint32_t character);
/* VOCABULARY_NONE: there is no such piece, or it is empty. */
uint32_t vocabulary_find(const struct vocabulary *self, struct span piece);
/* Where the pieces that begin with prefix go on. */
uint32_t vocabulary_node(const struct vocabulary *self, struct span prefix);
/* The first of equal pieces stays; an empty one is left out. */
NODISCARD enum status vocabulary_add(struct vocabulary *self, struct span piece, uint32_t id,
                                     struct error *err);
void vocabulary_release(struct vocabulary *self);

#endif
