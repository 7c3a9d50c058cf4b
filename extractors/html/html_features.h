/*
 * html_features.h - what is measured of each text block, to decide whether it is content.
 *
 * Everything is relative to the page or to the elements around the block; nothing knows a site, and
 * no feature is a word of the text itself except through html_words.h.
 */
#ifndef EXTRACTORS_HTML_FEATURES_H
#define EXTRACTORS_HTML_FEATURES_H

#include "extractors/html/html_meta.h"
#include "extractors/html/html_page.h"
#include "extractors/html/html_words.h"

#define HTML_LEVEL_COUNT 4 /* ancestors that each hold more blocks than the one before */

/* clang-format off */
#define HTML_FEATURES(X)                                                                           \
    /* the block */                                                                                \
    X(chars) X(words) X(link_share) X(links) X(comma_rate) X(sentence_rate) X(digit_share)         \
    X(capital_share) X(symbol_share) X(word_length) X(ends_sentence) X(starts_lower) X(kind)       \
    X(strong_share) X(emphasis_share) X(has_price) X(is_closed)                                                \
    X(href_share) X(href_tag) X(href_author) X(href_form) X(href_anchor) X(href_product)           \
    X(heading_level) X(is_in_data_table) X(times_on_page) X(times_before)                          \
    /* where it stands */                                                                          \
    X(index) X(index_share) X(from_end) X(chars_before_share) X(since_h1) X(has_h1_after)          \
    X(depth) X(since_heading) X(last_heading_level) X(to_next_heading)                             \
    /* its neighbours */                                                                           \
    X(prev_words) X(prev_link_share) X(prev_ends_sentence) X(prev_kind)                            \
    X(prev2_words) X(prev2_link_share)                                                             \
    X(next_words) X(next_link_share) X(next_ends_sentence) X(next_kind)                            \
    X(next2_words) X(next2_link_share) X(near_words)                                               \
    /* how far up the element is, in levels */                                                     \
    X(up_main) X(up_article) X(up_section) X(up_aside) X(up_nav) X(up_header) X(up_footer)         \
    X(up_form) X(up_list) X(up_item) X(up_cell) X(up_quote) X(up_figure) X(up_details)             \
    X(up_paragraph) X(up_link) X(up_body_property) X(up_aria_hidden)                               \
    /* the best container: most paragraphs, fewest links */                                        \
    X(up_best) X(best_share) X(is_before_best) X(from_best_start) X(from_best_end)                 \
    /* repetition: cards, posts, items */                                                          \
    X(twins) X(twin_chars) X(twin_link_share) X(repeat_max) X(repeat_near) X(repeat_up)            \
    X(repeat_chars) X(repeat_link_share) X(repeat_paragraph_share) X(repeat_group_share)           \
    X(repeat_priced)                                                                               \
    /* what the page says about itself */                                                          \
    X(title_in_block) X(block_in_title) X(description_in_block) X(in_body) X(page_type)            \
    X(paragraphs_before) X(paragraphs_after) X(plain_before)                                       \
    /* the page */                                                                                 \
    X(page_blocks) X(page_chars) X(page_link_share) X(page_paragraph_share) X(page_articles)       \
    X(page_has_main) X(page_h1) X(page_list_share) X(page_body_property)        \
    X(page_prices) X(page_comments) X(page_forum) X(page_reviews) X(page_products) X(page_cards)   \
    X(page_related) X(page_users) X(page_plain)                                                    \
    X(url_depth) X(url_content) X(url_product) X(url_forum) X(url_list) X(url_words) X(url_digits)
/* clang-format on */

enum html_feature {
#define HTML_FEATURE_ENUM(name) HTML_F_##name,
    HTML_FEATURES(HTML_FEATURE_ENUM)
#undef HTML_FEATURE_ENUM
        HTML_F_LEVELS, /* per level: chars, link share, blocks, chars a block, paragraph share, page
                          share */
    HTML_F_MARKS = HTML_F_LEVELS + 7 * HTML_LEVEL_COUNT, /* per mark: levels up to it */
    HTML_F_TOPICS = HTML_F_MARKS + HTML_MARK_COUNT,      /* per topic: share of words, count */
    HTML_F_HEADING_TOPICS = HTML_F_TOPICS + 2 * HTML_TOPIC_COUNT,     /* of the heading above */
    HTML_F_SECTION_TOPICS = HTML_F_HEADING_TOPICS + HTML_TOPIC_COUNT, /* of all headings above */
    /* 1: in an element of little but what a visitor sets or presses, without a price or with one */
    HTML_F_AMONG_CONTROLS = HTML_F_SECTION_TOPICS + HTML_TOPIC_COUNT,
    HTML_F_AMONG_PRICED_CONTROLS,
    HTML_FEATURE_COUNT
};

#define HTML_FAR 24.0F /* "not among the ancestors" */

/* What was measured of a page's blocks. */
struct html_rows {
    float *values;    /* HTML_FEATURE_COUNT a block */
    uint64_t *places; /* per block: equal where the elements around have the same names */
};

/* html_rows_release() in any case. */
NODISCARD enum status html_features(const struct html_page *page, const struct html_meta *meta,
                                    struct html_rows *rows, struct error *err);
void html_rows_release(struct html_rows *rows);

#endif
