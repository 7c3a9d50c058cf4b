/*
 * html_counts.h - how often something occurs on a page: places, texts, words.
 */
#ifndef EXTRACTORS_HTML_COUNTS_H
#define EXTRACTORS_HTML_COUNTS_H

#include <stdint.h>

#include "base/buf.h"

struct html_count {
    uint64_t key; /* odd; 0: free */
    uint32_t count;
    uint32_t chars, link_chars; /* for the caller to sum up */
};

/* A hash table that is made big enough and does not grow. */
struct html_counts {
    struct html_count *entries;
    size_t mask;
    unsigned words; /* different ones, of html_counts_words() */
};

/* Room for count keys. False: out of memory. */
bool html_counts_make(struct html_counts *counts, size_t count);
void html_counts_release(struct html_counts *counts);

/* The entry of key, or the free one where it would be. */
struct html_count *html_counts_at(const struct html_counts *counts, uint64_t key);
struct html_count *html_counts_add(struct html_counts *counts, uint64_t key);

uint64_t html_mix(uint64_t a, uint64_t b);

/* Takes the next word off *text and gives a hash of it in lower case; false at the end. */
bool html_next_word(struct span *text, uint64_t *hash);

/* The set of the first words of text. False: out of memory. */
bool html_counts_words(struct html_counts *set, struct span text);
/* How many words text and set share, as shares of both. */
void html_counts_overlap(const struct html_counts *set, struct span text, float *of_set,
                         float *of_text);

#endif
