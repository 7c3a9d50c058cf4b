#include <string.h>

#include "base/utf8.h"
#include "model/tokenizer_parts.h"

/*
 * The way through a word's characters whose pieces have the greatest sum of scores (logarithms of
 * probabilities): Viterbi, from the front. Of two equal ways the one whose last piece is longer. A
 * character that is no piece is unknown, and costs ten more than the rarest piece.
 */

struct place {
    double score;
    uint32_t from; /* place before; PLACE_UNREACHED */
    uint32_t id;   /* of the piece that ends here; VOCABULARY_NONE: unknown */
    uint32_t next; /* place behind, on the best way */
};

#define PLACE_UNREACHED UINT32_MAX

static void reach(struct place *to, double score, uint32_t from, uint32_t id)
{
    if (to->from == PLACE_UNREACHED || score > to->score)
        *to = (struct place){ score, from, id, 0 };
}

static void go_on(const struct tokenizer *self, struct span word, size_t start,
                  struct place *places)
{
    struct vocabulary_step step = { VOCABULARY_ROOT, VOCABULARY_NONE };
    size_t at = start, first_end = start;
    bool has_single = false;

    while (at < word.len && step.node != VOCABULARY_NONE) {
        uint32_t character;

        at += utf8_decode((struct span){ word.data + at, word.len - at }, &character);
        first_end = first_end == start ? at : first_end;
        step = vocabulary_step(&self->vocabulary, step.node, character);
        if (step.id >= self->score_count)
            continue;
        has_single |= at == first_end;
        reach(&places[at], places[start].score + self->scores[step.id], (uint32_t)start, step.id);
    }
    if (!has_single)
        reach(&places[first_end], places[start].score + self->unknown_score, (uint32_t)start,
              VOCABULARY_NONE);
}

static enum status add_unknown(const struct tokenizer *self, struct span bytes,
                               bool follows_unknown, struct token_list *out, struct error *err)
{
    enum status status = STATUS_OK;
    bool has_all = self->falls_back;

    for (size_t i = 0; i < bytes.len && has_all; i++)
        has_all = self->byte_ids[(unsigned char)bytes.data[i]] != VOCABULARY_NONE;
    if (!has_all)
        return tokenizer_add_unknown(self, follows_unknown, out, err);
    for (size_t i = 0; i < bytes.len && !status; i++)
        status = token_list_add(out, self->byte_ids[(unsigned char)bytes.data[i]], err);
    return status;
}

enum status unigram_encode(struct tokenizer *self, struct span word, struct token_list *out,
                           struct error *err)
{
    struct place *places = tokenizer_work(self, (word.len + 1) * sizeof(*places));
    uint32_t end = (uint32_t)word.len;
    enum status status = STATUS_OK;
    bool follows_unknown = false;

    if (!places)
        return error_set(err, STATUS_NO_MEMORY, "no memory for tokens");
    for (size_t i = 0; i <= word.len; i++)
        places[i].from = PLACE_UNREACHED;
    places[0] = (struct place){ 0, 0, VOCABULARY_NONE, 0 };
    for (size_t i = 0; i < word.len; i++)
        if (places[i].from != PLACE_UNREACHED)
            go_on(self, word, i, places);
    for (uint32_t at = end; at > 0; at = places[at].from)
        places[places[at].from].next = at;
    for (uint32_t at = 0; at < end && !status; at = places[at].next) {
        uint32_t next = places[at].next, id = places[next].id;
        struct span piece = { word.data + at, next - at };

        status = id == VOCABULARY_NONE ? add_unknown(self, piece, follows_unknown, out, err)
                                       : token_list_add(out, id, err);
        follows_unknown = id == VOCABULARY_NONE;
    }
    return status;
}
