#include "extractors/html/html_counts.h"

#include <stdlib.h>

#define SET_WORDS_MAX 512u

bool html_counts_make(struct html_counts *counts, size_t count)
{
    size_t size = 16;

    while (size < count * 2)
        size *= 2;
    *counts = (struct html_counts){ .mask = size - 1 };
    counts->entries = calloc(size, sizeof(*counts->entries));
    return counts->entries;
}

void html_counts_release(struct html_counts *counts)
{
    free(counts->entries);
    *counts = (struct html_counts){ 0 };
}

struct html_count *html_counts_at(const struct html_counts *counts, uint64_t key)
{
    size_t at;

    key |= 1;
    at = (key * UINT64_C(0x9E3779B97F4A7C15) >> 20) & counts->mask;
    while (counts->entries[at].key && counts->entries[at].key != key)
        at = (at + 1) & counts->mask;
    return &counts->entries[at];
}

struct html_count *html_counts_add(struct html_counts *counts, uint64_t key)
{
    struct html_count *entry = html_counts_at(counts, key);

    entry->key = key | 1;
    entry->count++;
    return entry;
}

uint64_t html_mix(uint64_t a, uint64_t b)
{
    uint64_t c = (a ^ (b + UINT64_C(0x9E3779B97F4A7C15) + (a << 6) + (a >> 2))) *
                 UINT64_C(0xff51afd7ed558ccd);

    return c ^ (c >> 33);
}

/* A byte of a word in lower case; 0: it is none. */
static unsigned word_byte(char byte)
{
    unsigned c = (unsigned char)byte, lower = c | 0x20;

    if (lower - 'a' < 26)
        return lower;
    return c - '0' < 10 || c >= 0x80 ? c : 0;
}

bool html_next_word(struct span *text, uint64_t *hash)
{
    size_t i = 0;
    uint64_t sum = UINT64_C(1469598103934665603); /* FNV-1a */

    while (i < text->len && !word_byte(text->data[i]))
        i++;
    if (i == text->len)
        return false;
    for (; i < text->len; i++) {
        unsigned c = word_byte(text->data[i]);

        if (!c)
            break;
        sum = (sum ^ c) * UINT64_C(1099511628211);
    }
    *text = (struct span){ text->data + i, text->len - i };
    *hash = sum;
    return true;
}

bool html_counts_words(struct html_counts *set, struct span text)
{
    uint64_t word;

    if (!html_counts_make(set, text.len / 2 < SET_WORDS_MAX ? text.len / 2 + 1 : SET_WORDS_MAX))
        return false;
    while (set->words < SET_WORDS_MAX && html_next_word(&text, &word))
        set->words += html_counts_add(set, word)->count == 1;
    return true;
}

void html_counts_overlap(const struct html_counts *set, struct span text, float *of_set,
                         float *of_text)
{
    uint64_t word;
    unsigned all = 0, found = 0;

    *of_set = *of_text = 0;
    if (set->words == 0)
        return;
    while (all < SET_WORDS_MAX && html_next_word(&text, &word)) {
        all++;
        found += html_counts_at(set, word)->count > 0;
    }
    *of_set = set->words ? (float)found / (float)set->words : 0;
    *of_text = all ? (float)found / (float)all : 0;
    if (*of_set > 1)
        *of_set = 1;
}
