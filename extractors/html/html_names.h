/*
 * html_names.h - which element or attribute a name in a document is.
 */
#ifndef EXTRACTORS_HTML_NAMES_H
#define EXTRACTORS_HTML_NAMES_H

#include "extractors/html/html_dom.h"

#define HTML_KNOWN_NAMES 64u

/* The short names that were looked up before: a document has few. Starts zeroed; holds nothing that
 * must be released. */
struct html_names {
    struct html_known_name {
        uint64_t key; /* 0: free */
        int value;
    } tags[HTML_KNOWN_NAMES], attributes[HTML_KNOWN_NAMES];
};

/* Both of a name as written, in any case. readable: bytes from its first one on that are there, at
 * least its own; with eight it goes faster. */
enum html_tag html_names_tag(struct html_names *names, struct span name, size_t readable);
/* enum html_attribute, or -1. */
int html_names_attribute(struct html_names *names, struct span name, size_t readable);

#endif
