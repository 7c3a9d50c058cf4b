#include "extractors/html_copies.h"

#include <stdlib.h>

#include "extractors/html_counts.h"

#define COPY_WORDS_MIN     12u  /* shorter texts are repeated for many reasons */
#define COPY_RUN_WORDS_MIN 100u /* of texts that come again in the same order */
#define COPY_NEAR_MAX      2u   /* texts from the first to the second */

static uint64_t hash_words(const struct html_page *page, const struct html_block *block)
{
    uint64_t hash = 0, word;

    for (uint32_t i = block->first; i <= block->last; i++) {
        const struct html_node *node = &page->dom->nodes[i];
        struct span text = { node->text, node->text_len };

        if (node->tag != HTML_TEXT_NODE || page->flags[i] & (HTML_IS_DROPPED | HTML_IS_HIDDEN))
            continue;
        while (html_next_word(&text, &word))
            hash = html_mix(hash, word);
    }
    return hash;
}

/* A kept block of some length, and where its text stood first. */
struct copy {
    uint32_t block;
    uint32_t original; /* index of the first of the same text; its own when it is the first */
    uint32_t times;    /* of that text, at the first */
};

static size_t find_copies(const struct html_page *page, const uint8_t *roles,
                          struct html_counts *seen, struct copy *copies)
{
    size_t count = 0;

    for (size_t b = 0; b < page->block_count; b++) {
        const struct html_block *block = &page->blocks[b];
        struct html_count *entry;

        if (!roles[b] || block->words < COPY_WORDS_MIN || block->table ||
            page->flags[block->first] & HTML_IS_IN_PRE)
            continue;
        entry = html_counts_add(seen, hash_words(page, block));
        if (entry->count == 1)
            entry->chars = (uint32_t)count;
        copies[count] = (struct copy){ .block = (uint32_t)b, .original = entry->chars };
        copies[entry->chars].times++;
        count++;
    }
    return count;
}

bool html_copies_drop(const struct html_page *page, bool is_thread, uint8_t *roles)
{
    struct html_counts seen = { 0 };
    struct copy *copies = calloc(page->block_count, sizeof(*copies));
    bool is_done = copies && html_counts_make(&seen, page->block_count);
    size_t count = is_done ? find_copies(page, roles, &seen, copies) : 0, end;

    for (size_t i = 0; i < count; i = end) {
        uint32_t words = page->blocks[copies[i].block].words;
        bool is_run;

        end = i + 1;
        if (copies[i].original == i)
            continue;
        while (end < count && copies[end].original == copies[end - 1].original + 1 &&
               copies[end].original != end)
            words += page->blocks[copies[end++].block].words;
        is_run = is_thread || words >= COPY_RUN_WORDS_MIN;
        for (size_t k = i; k < end; k++)
            if (is_run ||
                (copies[copies[k].original].times == 2 && k - copies[k].original <= COPY_NEAR_MAX))
                roles[copies[k].block] = HTML_ROLE_NONE;
    }
    html_counts_release(&seen);
    free(copies);
    return is_done;
}
