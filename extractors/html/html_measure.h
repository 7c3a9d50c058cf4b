/*
 * html_measure.h - a page measured as a whole, before its blocks are looked at one by one.
 */
#ifndef EXTRACTORS_HTML_MEASURE_H
#define EXTRACTORS_HTML_MEASURE_H

#include "extractors/html/html_counts.h"
#include "extractors/html/html_meta.h"
#include "extractors/html/html_page.h"

#define HTML_MARK_FAR 24u /* levels up; "not among the ancestors" */

/* What an element holds, with its whole subtree. */
struct html_sums {
    uint32_t chars, link_chars, paragraph_chars, blocks;
    uint32_t controls, pictures; /* elements: what is set or pressed, and <img> */
    float best;                  /* as a container of paragraphs */
    bool is_priced;
};

/* An element whose names say something: levels up from it to each mark. */
struct html_marked {
    uint8_t up[HTML_MARK_COUNT];
    uint16_t depth;
};

enum html_block_sort {
    HTML_SORT_OTHER,
    HTML_SORT_PARAGRAPH,
    HTML_SORT_HEADING,
    HTML_SORT_ITEM,
    HTML_SORT_CELL,
    HTML_SORT_CODE,
    HTML_SORT_QUOTE,
    HTML_SORT_TERM,
    HTML_SORT_CAPTION,
    HTML_SORT_BUTTON,
    HTML_SORT_FORM
};

struct html_measure {
    const struct html_page *page;
    const struct html_dom *dom;
    const struct html_meta *meta;
    struct html_sums *sums;     /* per node */
    uint64_t *signature;        /* per node: tag and class */
    uint32_t *sibling;          /* per node: its entry in siblings */
    uint32_t *mark;             /* per node: its entry in marked, or that of the one around it */
    struct html_marked *marked; /* [0]: no marks at all */
    size_t marked_count, marked_capacity;
    uint8_t *sorts;                        /* per block: enum html_block_sort */
    uint64_t *text_hash;                   /* per block */
    uint64_t *place_hash;                  /* per block */
    struct html_counts siblings;           /* parent and signature */
    struct html_counts twins;              /* place_hash */
    struct html_counts copies;             /* text_hash */
    struct html_counts body;               /* word triples of the article's text in JSON-LD */
    struct html_counts title, description; /* words */
    uint8_t *priced;                       /* per block: has a price */
    uint32_t best;                         /* node */
    size_t best_first, best_last;          /* blocks */
    size_t h1;                             /* block; block_count: none */
    uint32_t articles, mains, h1s, body_properties, aria_hidden;
    uint32_t chars_total, list_chars, plain_words; /* plain: outside comments */
    uint32_t mark_chars[HTML_MARK_COUNT];
    float url[7]; /* url_depth ... url_digits */
};

/* page and meta must outlive *m. html_measure_release() in any case. */
NODISCARD enum status html_measure_make(const struct html_page *page, const struct html_meta *meta,
                                        struct html_measure *m, struct error *err);
void html_measure_release(struct html_measure *m);

/* Levels from a node up to the nearest mark of that kind, at most HTML_MARK_FAR. */
unsigned html_measure_up(const struct html_measure *m, uint32_t node, enum html_mark mark);

bool html_is_paragraph(const struct html_block *block);

#endif
