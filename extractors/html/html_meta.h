/*
 * html_meta.h - what a page says about itself: <title>, <meta>, Open Graph, JSON-LD, <time>.
 */
#ifndef EXTRACTORS_HTML_META_H
#define EXTRACTORS_HTML_META_H

#include "base/json.h"
#include "extractors/html/html_dom.h"

enum html_page_type {
    HTML_PAGE_UNKNOWN,
    HTML_PAGE_ARTICLE,
    HTML_PAGE_PRODUCT,
    HTML_PAGE_FORUM, /* also questions and answers */
    HTML_PAGE_LIST,  /* collections, search results */
    HTML_PAGE_OTHER, /* says that it is something else: a web site, a profile */
};

/* Spans are borrowed from the document; own is where the others live. */
struct html_meta {
    struct buf title, site, date, modified, language, description, url, keywords;
    struct buf authors;     /* one a line */
    unsigned author_source; /* for html_meta.c: what said them */
    unsigned thing_count;   /* of JSON-LD that may say authors */
    struct buf body;    /* articleBody of JSON-LD: the text itself, as the page's maker gives it */
    struct buf product; /* description of a product in JSON-LD */
    unsigned product_count; /* products in JSON-LD */
    enum html_page_type type;
};

void html_meta_read(const struct html_dom *dom, struct html_meta *meta);
void html_meta_release(struct html_meta *meta);

#endif
