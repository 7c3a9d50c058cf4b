/*
 * rst_links.h - what names of a reStructuredText stand for: ".. _name: address", "__ address" and
 * ".. |name| replace:: words". They may stand anywhere, so they are collected first.
 */
#ifndef EXTRACTORS_RST_LINKS_H
#define EXTRACTORS_RST_LINKS_H

#include "extractors/text/markup.h"

#define RST_LINKS_MAX 20000u

struct rst_link {
    struct span name, value; /* lent by the text */
    uint32_t order;          /* of names said twice the first one counts */
    bool is_words;           /* a replacement */
};

struct rst_links {
    struct rst_link *items; /* by name */
    size_t count, capacity;
    struct span *anonymous; /* addresses without a name, in order */
    size_t anonymous_count, anonymous_capacity;
};

/* Collects them from text; past RST_LINKS_MAX, or out of memory, the rest stands for nothing. */
void rst_links_collect(struct rst_links *links, struct span text);
/* What the name stands for; data NULL: nothing. Case does not count, nor does how wide blanks are.
 */
struct span rst_links_lookup(const struct rst_links *links, struct span name, bool is_words);
void rst_links_release(struct rst_links *links);

#endif
