#include "model/vocabulary.h"

#include "base/utf8.h"

struct vocabulary_step vocabulary_step(const struct vocabulary *self, uint32_t node,
                                       uint32_t character)
{
    const struct pair_entry *edge = pair_map_find(&self->edges, node, character);

    if (!edge)
        return (struct vocabulary_step){ VOCABULARY_NONE, VOCABULARY_NONE };
    return (struct vocabulary_step){ edge->first, edge->second };
}

static struct vocabulary_step walk(const struct vocabulary *self, struct span text)
{
    struct vocabulary_step step = { VOCABULARY_ROOT, VOCABULARY_NONE };

    while (text.len > 0 && step.node != VOCABULARY_NONE) {
        uint32_t character;
        size_t taken = utf8_decode(text, &character);

        step = vocabulary_step(self, step.node, character);
        text = (struct span){ text.data + taken, text.len - taken };
    }
    return step;
}

uint32_t vocabulary_find(const struct vocabulary *self, struct span piece)
{
    return walk(self, piece).id;
}

uint32_t vocabulary_node(const struct vocabulary *self, struct span prefix)
{
    return walk(self, prefix).node;
}

enum status vocabulary_add(struct vocabulary *self, struct span piece, uint32_t id,
                           struct error *err)
{
    struct pair_entry *edge = NULL;
    uint32_t node = VOCABULARY_ROOT;

    while (piece.len > 0) {
        uint32_t character;
        size_t taken = utf8_decode(piece, &character);
        enum status status = pair_map_put(&self->edges, node, character, &edge, err);

        if (status)
            return status;
        if (edge->first == 0) { /* a new one: the root is nobody's child */
            edge->first = ++self->node_count;
            edge->second = VOCABULARY_NONE;
        }
        node = edge->first;
        piece = (struct span){ piece.data + taken, piece.len - taken };
    }
    if (edge && edge->second == VOCABULARY_NONE) {
        edge->second = id;
        self->count++;
    }
    return STATUS_OK;
}

void vocabulary_release(struct vocabulary *self)
{
    pair_map_release(&self->edges);
    *self = (struct vocabulary){ .count = 0 };
}
