#include <string.h>

#include "base/utf8.h"
#include "model/tokenizer_parts.h"

/*
 * A word begins as its bytes or characters; of all neighbours that have a merge, those with the
 * lowest rank are joined, the leftmost first, until none is left. Candidates wait in a heap, so a
 * word of any length takes n log n; one whose symbols have changed meanwhile is dropped when it
 * comes up.
 */

#define SYMBOL_END UINT32_MAX

struct symbol {
    uint32_t id; /* VOCABULARY_NONE: joined to the one before, or unknown */
    uint32_t previous, next;
    bool is_unknown;
};

struct candidate {
    uint32_t rank, at; /* of the left symbol */
    uint32_t left, right, merged;
};

struct word {
    struct symbol *symbols;
    size_t count;
    struct candidate *heap;
    size_t heap_count;
};

static bool is_sooner(const struct candidate *a, const struct candidate *b)
{
    return a->rank != b->rank ? a->rank < b->rank : a->at < b->at;
}

static void heap_put(struct word *word, struct candidate candidate)
{
    size_t at = word->heap_count++;

    for (; at > 0 && is_sooner(&candidate, &word->heap[(at - 1) / 2]); at = (at - 1) / 2)
        word->heap[at] = word->heap[(at - 1) / 2];
    word->heap[at] = candidate;
}

static struct candidate heap_take(struct word *word)
{
    struct candidate first = word->heap[0], last = word->heap[--word->heap_count];
    size_t at = 0, child;

    while ((child = 2 * at + 1) < word->heap_count) {
        child +=
            child + 1 < word->heap_count && is_sooner(&word->heap[child + 1], &word->heap[child]);
        if (!is_sooner(&word->heap[child], &last))
            break;
        word->heap[at] = word->heap[child];
        at = child;
    }
    word->heap[at] = last;
    return first;
}

static void add_candidate(const struct tokenizer *self, struct word *word, uint32_t at)
{
    const struct symbol *left = &word->symbols[at], *right;
    const struct pair_entry *merge;

    if (left->next == SYMBOL_END)
        return;
    right = &word->symbols[left->next];
    merge = pair_map_find(&self->merges, left->id, right->id);
    if (merge)
        heap_put(word, (struct candidate){ merge->first, at, left->id, right->id, merge->second });
}

static void add_symbol(struct word *word, uint32_t id)
{
    uint32_t at = (uint32_t)word->count++;

    word->symbols[at] =
        (struct symbol){ id, at > 0 ? at - 1 : SYMBOL_END, at + 1, id == VOCABULARY_NONE };
}

/* A character without a piece: its bytes' pieces, when the model has them all. */
static bool add_bytes(const struct tokenizer *self, struct word *word, struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (self->byte_ids[(unsigned char)bytes.data[i]] == VOCABULARY_NONE)
            return false;
    for (size_t i = 0; i < bytes.len; i++)
        add_symbol(word, self->byte_ids[(unsigned char)bytes.data[i]]);
    return true;
}

static void split(const struct tokenizer *self, struct span text, struct word *word)
{
    while (text.len > 0) {
        uint32_t character, id;
        size_t taken = 1;

        if (self->is_over_bytes) {
            add_symbol(word, self->byte_ids[(unsigned char)text.data[0]]);
        } else {
            taken = utf8_decode(text, &character);
            id = vocabulary_step(&self->vocabulary, VOCABULARY_ROOT, character).id;
            if (id != VOCABULARY_NONE || !self->falls_back ||
                !add_bytes(self, word, (struct span){ text.data, taken }))
                add_symbol(word, id);
        }
        text = (struct span){ text.data + taken, text.len - taken };
    }
    word->symbols[word->count - 1].next = SYMBOL_END;
}

static void join(const struct tokenizer *self, struct word *word)
{
    for (uint32_t at = 0; at < word->count; at++)
        add_candidate(self, word, at);
    while (word->heap_count > 0) {
        struct candidate best = heap_take(word);
        struct symbol *left = &word->symbols[best.at], *right;

        if (left->id != best.left || left->next == SYMBOL_END)
            continue;
        right = &word->symbols[left->next];
        if (right->id != best.right)
            continue;
        left->id = best.merged;
        right->id = VOCABULARY_NONE;
        left->next = right->next;
        if (left->next != SYMBOL_END)
            word->symbols[left->next].previous = best.at;
        add_candidate(self, word, best.at);
        if (left->previous != SYMBOL_END)
            add_candidate(self, word, left->previous);
    }
}

/* A piece that is a whole word, in the characters that stand for bytes. */
static uint32_t find_whole(const struct tokenizer *self, struct span word)
{
    struct vocabulary_step step = { VOCABULARY_ROOT, VOCABULARY_NONE };

    if (!self->is_over_bytes)
        return vocabulary_find(&self->vocabulary, word);
    for (size_t i = 0; i < word.len && step.node != VOCABULARY_NONE; i++)
        step = vocabulary_step(&self->vocabulary, step.node,
                               byte_character((unsigned char)word.data[i]));
    return step.id;
}

enum status byte_pairs_encode(struct tokenizer *self, struct span text, struct token_list *out,
                              struct error *err)
{
    uint32_t whole = self->ignores_merges ? find_whole(self, text) : VOCABULARY_NONE;
    /* Each join makes two candidates at most, and takes a symbol away. */
    size_t symbol_bytes = text.len * sizeof(struct symbol);
    struct word word = { .symbols = tokenizer_work(
                             self, symbol_bytes + 3 * text.len * sizeof(struct candidate)) };
    bool follows_unknown = false;
    enum status status = STATUS_OK;

    if (whole != VOCABULARY_NONE)
        return token_list_add(out, whole, err);
    if (!word.symbols)
        return error_set(err, STATUS_NO_MEMORY, "no memory for tokens");
    word.heap = (struct candidate *)(void *)((char *)word.symbols + symbol_bytes);
    split(self, text, &word);
    join(self, &word);
    for (uint32_t at = 0; at != SYMBOL_END && !status; at = word.symbols[at].next) {
        const struct symbol *symbol = &word.symbols[at];

        status = symbol->is_unknown ? tokenizer_add_unknown(self, follows_unknown, out, err)
                                    : token_list_add(out, symbol->id, err);
        follows_unknown = symbol->is_unknown;
    }
    return status;
}
