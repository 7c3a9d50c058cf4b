#include "extractors/html/html_copies.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "extractors/html/html_counts.h"

#define COPY_WORDS_MIN     12u  /* shorter texts are repeated for many reasons */
#define COPY_RUN_WORDS_MIN 100u /* of texts that come again in the same order */
#define COPY_TIMES_MAX     3u   /* what comes more often is a refrain */
#define COPY_NEAR_MAX      2u   /* texts between the first run and the second */
#define ECHO_NEAR_MAX      3u   /* texts back, in a card */
#define ECHO_WORDS_MAX     20u
#define ECHOES_MIN         3u /* cards that say it twice */

#define REFERENCE_CODES_MIN 3u
#define NO_HEADING          UINT32_MAX

#define GATHERED_WORDS_MIN 150u
#define GATHERED_SHARE     0.9F   /* of its words */
#define WORDS_MAX          20000u /* looked at of one block */

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

/* A kept block, and where its text stood first. */
struct text {
    uint32_t block;
    uint32_t first;   /* index of the first of the same text; its own when it is the first */
    uint32_t times;   /* of that text, at the first */
    uint32_t heading; /* index of the nearest one from here back, or NO_HEADING */
};

static bool is_heading(const struct html_page *page, const struct html_block *block)
{
    enum html_tag tag = (enum html_tag)page->dom->nodes[block->container].tag;

    return tag >= HTML_H1 && tag <= HTML_H6;
}

static size_t list_texts(const struct html_page *page, const uint8_t *roles,
                         struct html_counts *seen, struct text *texts)
{
    uint32_t heading = NO_HEADING;
    size_t count = 0;

    for (size_t b = 0; b < page->block_count; b++) {
        const struct html_block *block = &page->blocks[b];
        struct html_count *entry;

        if (!roles[b] || block->table || page->flags[block->first] & HTML_IS_IN_PRE)
            continue;
        entry = html_counts_add(seen, hash_words(page, block));
        if (entry->count == 1)
            entry->chars = (uint32_t)count;
        if (is_heading(page, block))
            heading = (uint32_t)count;
        texts[count] =
            (struct text){ .block = (uint32_t)b, .first = entry->chars, .heading = heading };
        texts[entry->chars].times++;
        count++;
    }
    return count;
}

/* The run of texts around the one at index that stand in the same order around its first. */
static void find_run(const struct text *texts, size_t count, size_t index, size_t bound,
                     size_t *start, size_t *end)
{
    size_t first = texts[index].first, length = 1;

    while (index > bound && first > 0 && texts[index - 1].first == texts[first - 1].first) {
        index--;
        first--;
        length++;
    }
    while (index + length < count && first + length < index &&
           texts[index + length].first == texts[first + length].first)
        length++;
    *start = index;
    *end = index + length;
}

/* How many words count_triples() takes of a block, at most: a word has a byte at least. */
static size_t block_room(const struct html_block *block)
{
    return block->chars < WORDS_MAX ? block->chars : WORDS_MAX;
}

/* Goes over each three words in a row of a block; with add they become known. How many there are,
 * and in *known how many of them were known before. */
static uint32_t count_triples(const struct html_page *page, const struct html_block *block,
                              struct html_counts *triples, bool add, uint32_t *known)
{
    uint64_t a = 0, b = 0, word;
    uint32_t words = 0;

    *known = 0;
    for (uint32_t i = block->first; i <= block->last; i++) {
        const struct html_node *node = &page->dom->nodes[i];
        struct span text = { node->text, node->text_len };

        if (node->tag != HTML_TEXT_NODE || page->flags[i] & (HTML_IS_DROPPED | HTML_IS_HIDDEN))
            continue;
        for (; words < block_room(block) && html_next_word(&text, &word); words++) {
            uint64_t triple = html_mix(html_mix(a, b), word);

            *known += html_counts_at(triples, triple)->count > 0;
            if (add)
                (void)html_counts_add(triples, triple);
            a = b;
            b = word;
        }
    }
    return words;
}

/* A text that is much longer than any before, and of which nearly all was said before, is the
 * page's own, put together for machines. */
static bool drop_gathered(const struct html_page *page, uint8_t *roles)
{
    struct html_counts triples = { 0 };
    uint32_t longest = 0;
    size_t room = 0;

    for (size_t b = 0; b < page->block_count; b++)
        room += roles[b] ? block_room(&page->blocks[b]) : 0;
    if (!html_counts_make(&triples, room))
        return false;
    for (size_t b = 0; b < page->block_count; b++) {
        const struct html_block *block = &page->blocks[b];
        uint32_t known;

        if (!roles[b] || block->table || page->flags[block->first] & HTML_IS_IN_PRE)
            continue;
        if (block->words >= GATHERED_WORDS_MIN && block->words / 2 >= longest) {
            uint32_t all = count_triples(page, block, &triples, false, &known);

            if ((float)known >= GATHERED_SHARE * (float)all) {
                roles[b] = HTML_ROLE_NONE;
                continue;
            }
        }
        (void)count_triples(page, block, &triples, true, &known);
        longest = block->words > longest ? block->words : longest;
    }
    html_counts_release(&triples);
    return true;
}

/* A page of code is a reference, in which two functions may have the same options. */
static bool is_reference(const struct html_page *page, const uint8_t *roles)
{
    unsigned codes = 0;

    for (size_t b = 0; b < page->block_count; b++)
        codes += roles[b] && page->flags[page->blocks[b].first] & HTML_IS_IN_PRE;
    return codes >= REFERENCE_CODES_MIN;
}

/* Does the run at start stand below a heading of its own? */
static bool has_own_heading(const struct text *texts, size_t start, size_t first_end)
{
    uint32_t heading = start > 0 ? texts[start - 1].heading : NO_HEADING;

    return heading != NO_HEADING && heading >= first_end && texts[heading].first == heading &&
           texts[heading].times == 1;
}

static bool is_echo(const struct html_page *page, const struct text *texts, size_t index)
{
    if (page->blocks[texts[index].block].words > ECHO_WORDS_MAX)
        return false;
    for (size_t back = 1; back <= ECHO_NEAR_MAX && back <= index; back++)
        if (texts[index - back].first == texts[index].first)
            return true;
    return false;
}

/* Cards often say their name or price twice, for two widths of the screen: what stands in one place
 * of most cards repeats what each has just said. */
static bool drop_echoes(const struct html_page *page, const struct text *texts, size_t count,
                        const uint64_t *places, uint8_t *roles)
{
    CLEANUP(html_counts_release) struct html_counts known = { 0 };

    if (!html_counts_make(&known, count))
        return false;
    for (size_t i = 0; i < count; i++)
        html_counts_add(&known, places[texts[i].block])->chars += is_echo(page, texts, i);
    for (size_t i = 0; i < count; i++) {
        const struct html_count *place = html_counts_at(&known, places[texts[i].block]);

        if (place->chars >= ECHOES_MIN && place->chars * 3 >= place->count * 2 &&
            is_echo(page, texts, i))
            roles[texts[i].block] = HTML_ROLE_NONE;
    }
    return true;
}

bool html_copies_drop(const struct html_page *page, const uint64_t *places, bool is_thread,
                      uint8_t *roles)
{
    struct html_counts seen = { 0 };
    struct text *texts = calloc(page->block_count, sizeof(*texts));
    bool is_done = texts && html_counts_make(&seen, page->block_count);
    bool repeats = is_done && is_reference(page, roles);
    size_t count = is_done ? list_texts(page, roles, &seen, texts) : 0, bound = 0;

    for (size_t i = 0; i < count; i++) {
        const struct text *original = &texts[texts[i].first];
        size_t start, end, gap;
        uint32_t words = 0;

        if (texts[i].first == i || page->blocks[texts[i].block].words < COPY_WORDS_MIN)
            continue;
        find_run(texts, count, i, bound, &start, &end);
        gap = i - texts[i].first - (end - start);
        for (size_t k = start; k < end; k++)
            words += page->blocks[texts[k].block].words;
        if (is_thread || (original->times <= COPY_TIMES_MAX &&
                          (words >= COPY_RUN_WORDS_MIN || gap <= COPY_NEAR_MAX) &&
                          !(repeats && has_own_heading(texts, start, texts[i].first))))
            for (size_t k = start; k < end; k++)
                roles[texts[k].block] = HTML_ROLE_NONE;
        i = end - 1;
        bound = end;
    }
    is_done = is_done && (repeats || drop_echoes(page, texts, count, places, roles));
    html_counts_release(&seen);
    free(texts);
    return is_done && drop_gathered(page, roles);
}
