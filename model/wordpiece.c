#include "base/utf8.h"
#include "model/tokenizer_parts.h"

/* Greedy: the longest piece at each place; a word with a place where none fits is unknown as a
 * whole. */
enum status wordpiece_encode(struct tokenizer *self, struct span word, struct token_list *out,
                             struct error *err)
{
    size_t before = out->count, start = 0;
    enum status status = STATUS_OK;

    if (utf8_length(word) > self->word_characters_max)
        return token_list_add(out, self->unknown, err);
    while (!status && start < word.len) {
        struct vocabulary_step step = { start > 0 ? self->continuing_node : VOCABULARY_ROOT, 0 };
        size_t at = start, end = start;
        uint32_t id = VOCABULARY_NONE;

        while (at < word.len && step.node != VOCABULARY_NONE) {
            uint32_t character;

            at += utf8_decode((struct span){ word.data + at, word.len - at }, &character);
            step = vocabulary_step(&self->vocabulary, step.node, character);
            if (step.id != VOCABULARY_NONE) {
                id = step.id;
                end = at;
            }
        }
        if (id == VOCABULARY_NONE) {
            out->count = before;
            return token_list_add(out, self->unknown, err);
        }
        status = token_list_add(out, id, err);
        start = end;
    }
    return status;
}
