/*
 * html_words.h - words that say what a part of a page is for: those in class names, ids and roles,
 * and those in the text itself, in the languages we know.
 */
#ifndef EXTRACTORS_HTML_WORDS_H
#define EXTRACTORS_HTML_WORDS_H

#include <stdint.h>

#include "base/buf.h"

enum html_mark {
    HTML_MARK_NAV,
    HTML_MARK_FOOTER,
    HTML_MARK_HEADER,
    HTML_MARK_SIDEBAR,
    HTML_MARK_WIDGET,
    HTML_MARK_COMMENT,
    HTML_MARK_SHARE,
    HTML_MARK_RELATED,
    HTML_MARK_AD,
    HTML_MARK_COOKIE,
    HTML_MARK_CRUMB,
    HTML_MARK_PAGER,
    HTML_MARK_TAG,
    HTML_MARK_META,
    HTML_MARK_AUTHOR,
    HTML_MARK_MEDIA,
    HTML_MARK_CAPTION,
    HTML_MARK_CONTENT,
    HTML_MARK_TITLE,
    HTML_MARK_PRODUCT,
    HTML_MARK_PRICE,
    HTML_MARK_REVIEW,
    HTML_MARK_FORUM,
    HTML_MARK_USER,
    HTML_MARK_FORM,
    HTML_MARK_BUTTON,
    HTML_MARK_TOC,
    HTML_MARK_CARD,
    HTML_MARK_LIST,
    HTML_MARK_HIDDEN,
    HTML_MARK_TABS,
    HTML_MARK_COUNT
};

enum html_topic {
    HTML_TOPIC_COOKIE,
    HTML_TOPIC_LEGAL,
    HTML_TOPIC_SUBSCRIBE,
    HTML_TOPIC_SHARE,
    HTML_TOPIC_RELATED,
    HTML_TOPIC_COMMENT,
    HTML_TOPIC_LOGIN,
    HTML_TOPIC_AD,
    HTML_TOPIC_BYLINE,
    HTML_TOPIC_CREDIT,
    HTML_TOPIC_TAGS,
    HTML_TOPIC_CART,
    HTML_TOPIC_DATE,
    HTML_TOPIC_NAV,
    HTML_TOPIC_REVIEW,
    HTML_TOPIC_FILTER, /* of a list of goods, and its order */
    HTML_TOPIC_SHOP,   /* how a good is bought, sent and given back */
    HTML_TOPIC_SPEC,   /* what a good is */
    HTML_TOPIC_COUNT
};

#define HTML_MEMO_WORDS   512u
#define HTML_MEMO_CLASSES 128u

/* What words were found to mean, since a page says the same ones again and again. Starts zeroed;
 * holds nothing that must be released. */
struct html_words {
    struct html_known_word {
        uint64_t hash; /* 0: free */
        uint32_t bits;
    } marks[HTML_MEMO_WORDS], topics[HTML_MEMO_WORDS];
    struct html_known_word classes[HTML_MEMO_CLASSES]; /* of whole attributes: html_classes.h */
    unsigned seen_classes;
};

/* The marks (one bit each) of a class, id or role value: of its words, split at hyphens,
 * underscores and capitals, and of what compound words begin or end with. */
uint32_t html_marks_of(struct html_words *words, struct span names);

/* Counts the words of text, up to word_max of them, that belong to each topic. */
void html_topics_of(struct html_words *words, struct span text, unsigned word_max,
                    uint8_t counts[HTML_TOPIC_COUNT]);

#endif
