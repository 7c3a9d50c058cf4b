#include "extractors/html/html_features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/html/html_measure.h"

#define TOPIC_WORDS_MAX 24u
#define LEVEL_FEATURES  ((size_t)7)
#define CLIMB_MAX       60u
#define HEADING_LEVELS  6u

#define CONTROLLED_BLOCKS_MIN 4u
#define LOG_COUNT             1024u

/* What filling the rows needs beside the measure, from row to row. */
struct rows {
    const struct html_measure *measure;
    float logs[LOG_COUNT];                    /* log_of() of small numbers; 0: not yet asked */
    uint32_t level_nodes[HTML_LEVEL_COUNT];   /* whose levels the row before has; 0: none */
    uint8_t heading_topics[HTML_TOPIC_COUNT]; /* of the heading above */
    uint8_t section_topics[HEADING_LEVELS][HTML_TOPIC_COUNT]; /* of the open one of each level */
    uint32_t prices;
};

static float heading_level(const struct html_page *page, const struct html_block *block)
{
    enum html_tag tag = (enum html_tag)page->dom->nodes[block->container].tag;

    return tag >= HTML_H1 && tag <= HTML_H6 ? (float)(tag - HTML_H1 + 1) : 0;
}

/* The share of a block's word triples that the article's text has; -1: there is no such text. */
static float share_in_body(const struct html_measure *m, struct span text)
{
    uint64_t a = 0, b = 0, c;
    unsigned words = 0, all = 0, found = 0;

    if (m->meta->body.len < 200)
        return -1;
    while (html_next_word(&text, &c)) {
        if (++words >= 3) {
            all++;
            found += html_counts_at(&m->body, html_mix(html_mix(a, b), c))->count > 0;
        }
        a = b;
        b = c;
    }
    return all ? (float)found / (float)all : -0.5F;
}

/* ---- one row ---- */

static float share(uint32_t part, uint32_t all)
{
    return all ? (float)part / (float)all : 0;
}

static float log_of(double value)
{
    return (float)log2(1 + value);
}

/* The same for counts, most of which are small and asked for again and again. */
static float log_count(struct rows *r, size_t count)
{
    if (count >= LOG_COUNT)
        return log_of((double)count);
    if (r->logs[count] == 0 && count > 0)
        r->logs[count] = log_of((double)count);
    return r->logs[count];
}

static float log_distance(struct rows *r, size_t from, size_t to)
{
    return to < from ? -log_count(r, from - to) : log_count(r, to - from);
}

static void put_block(struct rows *r, const struct html_block *block, size_t b, float *row)
{
    const struct html_measure *m = r->measure;
    struct html_count *copies = html_counts_at(&m->copies, m->text_hash[b]);

    row[HTML_F_chars] = log_count(r, block->chars);
    row[HTML_F_words] = log_count(r, block->words);
    row[HTML_F_link_share] = share(block->link_chars, block->chars);
    row[HTML_F_links] = log_count(r, block->links);
    row[HTML_F_comma_rate] = share(block->commas, block->words);
    row[HTML_F_sentence_rate] = share(block->sentences, block->words);
    row[HTML_F_digit_share] = share(block->digits, block->chars);
    row[HTML_F_capital_share] = share(block->capitals, block->chars);
    row[HTML_F_symbol_share] = share(block->symbols, block->chars);
    row[HTML_F_word_length] = share(block->chars, block->words);
    row[HTML_F_ends_sentence] = block->ends_sentence;
    row[HTML_F_starts_lower] = block->starts_lower;
    row[HTML_F_kind] = m->sorts[b];
    row[HTML_F_strong_share] = share(block->strong_chars, block->chars);
    row[HTML_F_is_closed] = (m->page->flags[block->first] & HTML_IS_CLOSED) != 0;
    row[HTML_F_emphasis_share] = share(block->emphasis_chars, block->chars);
    row[HTML_F_heading_level] = heading_level(m->page, block);
    row[HTML_F_is_in_data_table] = block->table != 0;
    row[HTML_F_times_on_page] = log_count(r, copies->count);
    row[HTML_F_times_before] = log_count(r, copies->chars); /* seen so far */
    copies->chars++;
}

static void put_links(struct rows *r, const struct html_block *block, float *row)
{
    const struct html_measure *m = r->measure;
    uint32_t bits = 0;

    if (block->links == 0 || block->links > 20)
        return;
    for (uint32_t i = m->dom->nodes[block->first].parent; i <= block->last; i++) {
        struct span target;

        if (m->dom->nodes[i].tag != HTML_A)
            continue;
        target = html_attr(m->dom, i, HTML_ATTR_HREF);
        if (target.len > 0 && target.data[0] == '#')
            row[HTML_F_href_anchor]++;
        else if (target.len > 0 && target.len < 300)
            bits |= html_marks_of(m->page->words, target);
    }
    row[HTML_F_href_share] = (float)(bits >> HTML_MARK_SHARE & 1);
    row[HTML_F_href_tag] = (float)(bits >> HTML_MARK_TAG & 1);
    row[HTML_F_href_author] = (float)(bits >> HTML_MARK_AUTHOR & 1);
    row[HTML_F_href_form] = (float)(bits >> HTML_MARK_FORM & 1);
    row[HTML_F_href_product] = (float)(bits >> HTML_MARK_PRODUCT & 1);
}

static void put_place(struct rows *r, size_t b, uint32_t chars_before, float *row)
{
    const struct html_measure *m = r->measure;
    size_t count = m->page->block_count;

    row[HTML_F_index] = log_count(r, b);
    row[HTML_F_index_share] = (float)b / (float)count;
    row[HTML_F_from_end] = log_count(r, count - b);
    row[HTML_F_chars_before_share] = share(chars_before, m->chars_total);
    row[HTML_F_since_h1] = m->h1 == count ? -20 : log_distance(r, m->h1, b);
    row[HTML_F_has_h1_after] = m->h1 < count && b < m->h1;
    row[HTML_F_depth] = m->dom->nodes[m->page->blocks[b].container].depth;
    row[HTML_F_is_before_best] = b < m->best_first ? 1 : b > m->best_last ? 2 : 0;
    row[HTML_F_from_best_start] = log_distance(r, m->best_first, b);
    row[HTML_F_from_best_end] = log_distance(r, m->best_last, b);
}

static void put_neighbour(struct rows *r, size_t b, long away, float *row, unsigned first)
{
    const struct html_measure *m = r->measure;
    const struct html_block *block;
    long at = (long)b + away;

    row[first] = row[first + 1] = -1;
    if (at < 0 || (size_t)at >= m->page->block_count)
        return;
    block = &m->page->blocks[at];
    row[first] = log_count(r, block->words);
    row[first + 1] = share(block->link_chars, block->chars);
}

static void put_neighbours(struct rows *r, size_t b, float *row)
{
    const struct html_measure *m = r->measure;
    const struct html_block *blocks = m->page->blocks;
    uint32_t near = 0;

    put_neighbour(r, b, -1, row, HTML_F_prev_words);
    put_neighbour(r, b, -2, row, HTML_F_prev2_words);
    put_neighbour(r, b, 1, row, HTML_F_next_words);
    put_neighbour(r, b, 2, row, HTML_F_next2_words);
    row[HTML_F_prev_ends_sentence] = b > 0 ? blocks[b - 1].ends_sentence : -1;
    row[HTML_F_prev_kind] = b > 0 ? m->sorts[b - 1] : -1;
    row[HTML_F_next_ends_sentence] =
        b + 1 < m->page->block_count ? blocks[b + 1].ends_sentence : -1;
    row[HTML_F_next_kind] = b + 1 < m->page->block_count ? m->sorts[b + 1] : -1;
    for (size_t i = b < 4 ? 0 : b - 4; i <= b + 4 && i < m->page->block_count; i++)
        near += html_is_paragraph(&blocks[i]) ? blocks[i].words : 0;
    row[HTML_F_near_words] = log_count(r, near);
}

static int feature_of_tag(enum html_tag tag)
{
    switch ((int)tag) {
    case HTML_MAIN:
        return HTML_F_up_main;
    case HTML_ARTICLE:
        return HTML_F_up_article;
    case HTML_SECTION:
        return HTML_F_up_section;
    case HTML_ASIDE:
        return HTML_F_up_aside;
    case HTML_NAV:
        return HTML_F_up_nav;
    case HTML_HEADER:
        return HTML_F_up_header;
    case HTML_FOOTER:
        return HTML_F_up_footer;
    case HTML_FORM:
        return HTML_F_up_form;
    case HTML_UL:
    case HTML_OL:
        return HTML_F_up_list;
    case HTML_LI:
        return HTML_F_up_item;
    case HTML_TD:
        return HTML_F_up_cell;
    case HTML_BLOCKQUOTE:
        return HTML_F_up_quote;
    case HTML_FIGURE:
        return HTML_F_up_figure;
    case HTML_DETAILS:
        return HTML_F_up_details;
    case HTML_P:
        return HTML_F_up_paragraph;
    case HTML_A:
        return HTML_F_up_link;
    default:
        return -1;
    }
}

static void put_up(float *row, int feature, unsigned up)
{
    if (row[feature] >= HTML_FAR)
        row[feature] = (float)up;
}

static void put_level(struct rows *r, uint32_t node, float *row)
{
    const struct html_measure *m = r->measure;
    const struct html_sums *sums = &m->sums[node];

    row[0] = log_count(r, sums->chars);
    row[1] = share(sums->link_chars, sums->chars);
    row[2] = log_count(r, sums->blocks);
    row[3] = log_of(share(sums->chars, sums->blocks));
    row[4] = share(sums->paragraph_chars, sums->chars);
    row[5] = share(sums->chars, m->chars_total);
    row[6] = share(sums->paragraph_chars, m->sums[0].paragraph_chars);
}

static void put_repeat(struct rows *r, uint32_t node, unsigned up, float *row)
{
    const struct html_measure *m = r->measure;
    const struct html_count *entry = &m->siblings.entries[m->sibling[node]];
    const struct html_sums *sums = &m->sums[node];

    float repeat = log_count(r, entry->count);

    if (repeat > row[HTML_F_repeat_max])
        row[HTML_F_repeat_max] = repeat;
    if (entry->count < 3 || row[HTML_F_repeat_near] > 0 || sums->blocks < 2)
        return;
    row[HTML_F_repeat_near] = repeat;
    row[HTML_F_repeat_up] = (float)up;
    row[HTML_F_repeat_priced] = share(entry->chars, entry->count);
    row[HTML_F_repeat_chars] = log_count(r, sums->chars);
    row[HTML_F_repeat_group_share] =
        share(m->sums[m->dom->nodes[node].parent].chars, m->chars_total);
    row[HTML_F_repeat_link_share] = share(sums->link_chars, sums->chars);
    row[HTML_F_repeat_paragraph_share] = share(sums->paragraph_chars, sums->chars);
}

/* A list's filters, a good's sizes and colours: half as many controls as blocks, no prose, and no
 * pictures, as the cards of goods have beside their buttons. */
static bool is_of_controls(const struct html_sums *sums)
{
    return sums->blocks >= CONTROLLED_BLOCKS_MIN && sums->controls * 2 >= sums->blocks &&
           sums->paragraph_chars == 0 && sums->pictures * 10 <= sums->controls;
}

static bool is_in_subtree(const struct html_dom *dom, uint32_t root, uint32_t node)
{
    return node >= root && node < dom->nodes[root].end;
}

static bool says_body(const struct html_dom *dom, uint32_t node)
{
    struct span value = html_attr(dom, node, HTML_ATTR_ITEMPROP);

    return value.len >= 11 && !memcmp(value.data, "articleBody", 11);
}

/* Climbs from the block's container to the root once, for all that depends on ancestors. */
static void put_ancestors(struct rows *r, size_t b, float *row)
{
    const struct html_measure *m = r->measure;
    const struct html_dom *dom = m->dom;
    uint32_t node = m->page->blocks[b].container, blocks_below = 0;
    unsigned level = 0;

    for (int f = HTML_F_up_main; f <= HTML_F_up_aria_hidden; f++)
        row[f] = HTML_FAR;
    row[HTML_F_up_best] = HTML_FAR;
    for (unsigned up = 0; up < CLIMB_MAX; up++) {
        int feature = feature_of_tag((enum html_tag)dom->nodes[node].tag);

        if (feature >= 0)
            put_up(row, feature, up);
        if (is_in_subtree(dom, node, m->best))
            put_up(row, HTML_F_up_best, up);
        if (m->body_properties && says_body(dom, node))
            put_up(row, HTML_F_up_body_property, up);
        if (m->aria_hidden && html_attr(dom, node, HTML_ATTR_ARIA_HIDDEN).len == 4)
            put_up(row, HTML_F_up_aria_hidden, up);
        if (level < HTML_LEVEL_COUNT && m->sums[node].blocks > blocks_below) {
            float *level_row = row + HTML_F_LEVELS + LEVEL_FEATURES * level;

            if (r->level_nodes[level] == node && node != 0) /* the same as of the block before */
                memcpy(level_row, level_row - HTML_FEATURE_COUNT, LEVEL_FEATURES * sizeof(*row));
            else
                put_level(r, node, level_row);
            if (is_of_controls(&m->sums[node]))
                row[m->sums[node].is_priced ? HTML_F_AMONG_PRICED_CONTROLS
                                            : HTML_F_AMONG_CONTROLS] = 1;
            r->level_nodes[level] = node;
            blocks_below = m->sums[node].blocks;
            level++;
        }
        if (node == 0)
            break;
        if (up < 8)
            put_repeat(r, node, up, row);
        node = dom->nodes[node].parent;
    }
    while (level > 0 && level < HTML_LEVEL_COUNT) {
        memcpy(row + HTML_F_LEVELS + LEVEL_FEATURES * level,
               row + HTML_F_LEVELS + LEVEL_FEATURES * (level - 1), LEVEL_FEATURES * sizeof(*row));
        r->level_nodes[level] = 0;
        level++;
    }
    row[HTML_F_best_share] = share(m->sums[m->best].paragraph_chars, m->sums[0].paragraph_chars);
}

static void put_twins(struct rows *r, size_t b, float *row)
{
    const struct html_measure *m = r->measure;
    const struct html_count *twins = html_counts_at(&m->twins, m->place_hash[b]);

    row[HTML_F_twins] = log_count(r, twins->count);
    row[HTML_F_twin_chars] = log_of(share(twins->chars, twins->count));
    row[HTML_F_twin_link_share] = share(twins->link_chars, twins->chars);
}

static void put_page(struct rows *r, float *row)
{
    const struct html_measure *m = r->measure;
    row[HTML_F_page_type] = (float)m->meta->type;
    row[HTML_F_page_blocks] = log_count(r, m->page->block_count);
    row[HTML_F_page_chars] = log_count(r, m->chars_total);
    row[HTML_F_page_link_share] = share(m->sums[0].link_chars, m->chars_total);
    row[HTML_F_page_paragraph_share] = share(m->sums[0].paragraph_chars, m->chars_total);
    row[HTML_F_page_articles] = log_count(r, m->articles);
    row[HTML_F_page_has_main] = (float)(m->mains > 0);
    row[HTML_F_page_h1] = log_count(r, m->h1s);
    row[HTML_F_page_list_share] = share(m->list_chars, m->chars_total);
    row[HTML_F_page_body_property] = (float)(m->body_properties > 0);
    row[HTML_F_page_comments] = share(m->mark_chars[HTML_MARK_COMMENT], m->chars_total);
    row[HTML_F_page_forum] = share(m->mark_chars[HTML_MARK_FORUM], m->chars_total);
    row[HTML_F_page_reviews] = share(m->mark_chars[HTML_MARK_REVIEW], m->chars_total);
    row[HTML_F_page_products] = share(m->mark_chars[HTML_MARK_PRODUCT], m->chars_total);
    row[HTML_F_page_cards] = share(m->mark_chars[HTML_MARK_CARD], m->chars_total);
    row[HTML_F_page_related] = share(m->mark_chars[HTML_MARK_RELATED], m->chars_total);
    row[HTML_F_page_users] = share(m->mark_chars[HTML_MARK_USER], m->chars_total);
    row[HTML_F_page_plain] = log_count(r, m->plain_words);
    memcpy(row + HTML_F_url_depth, m->url, sizeof(m->url));
}

static void put_marks(const struct html_measure *m, uint32_t node, float *row)
{
    for (unsigned mark = 0; mark < HTML_MARK_COUNT; mark++)
        row[HTML_F_MARKS + mark] = (float)html_measure_up(m, node, mark);
}

/* A heading with those topics begins a section, and ends those of its level and below. */
static void open_section(struct rows *r, unsigned level, const uint8_t topics[HTML_TOPIC_COUNT])
{
    memcpy(r->heading_topics, topics, sizeof(r->heading_topics));
    memcpy(r->section_topics[level], topics, sizeof(r->section_topics[level]));
    memset(r->section_topics + level + 1, 0,
           (HEADING_LEVELS - 1 - level) * sizeof(r->section_topics[0]));
}

static void put_sections(const struct rows *r, float *row)
{
    for (unsigned topic = 0; topic < HTML_TOPIC_COUNT; topic++) {
        row[HTML_F_HEADING_TOPICS + topic] = r->heading_topics[topic];
        for (unsigned level = 0; level < HEADING_LEVELS; level++)
            row[HTML_F_SECTION_TOPICS + topic] += r->section_topics[level][topic];
    }
}

static void put_words(struct rows *r, const struct html_block *block, struct span text, float *row)
{
    const struct html_measure *m = r->measure;
    uint8_t topics[HTML_TOPIC_COUNT];
    unsigned words = block->words < 1                 ? 1
                     : block->words > TOPIC_WORDS_MAX ? TOPIC_WORDS_MAX
                                                      : block->words;
    float ignored;

    html_topics_of(m->page->words, text, TOPIC_WORDS_MAX, topics);
    for (unsigned i = 0; i < HTML_TOPIC_COUNT; i++) {
        row[HTML_F_TOPICS + 2 * i] = (float)topics[i] / (float)words;
        row[HTML_F_TOPICS + 2 * i + 1] = topics[i];
    }
    if (row[HTML_F_heading_level] > 0)
        open_section(r, (unsigned)row[HTML_F_heading_level] - 1, topics);
    html_counts_overlap(&m->title, text, &row[HTML_F_title_in_block], &row[HTML_F_block_in_title]);
    html_counts_overlap(&m->description, text, &row[HTML_F_description_in_block], &ignored);
    row[HTML_F_in_body] = share_in_body(m, text);
}

static void fill_rows(struct rows *r, float *rows)
{
    const struct html_measure *m = r->measure;
    const struct html_page *page = m->page;
    struct buf text = BUF_INIT((size_t)32 << 20);
    uint32_t chars = 0, paragraphs = 0, plain = 0, after = 0;
    float last_level = 0;
    size_t last_heading = 0, next = 0;

    for (size_t b = 0; b < page->block_count; b++) {
        const struct html_block *block = &page->blocks[b];
        float *row = rows + b * HTML_FEATURE_COUNT;

        put_block(r, block, b, row);
        put_place(r, b, chars, row);
        put_neighbours(r, b, row);
        put_ancestors(r, b, row);
        put_twins(r, b, row);
        put_page(r, row);
        put_sections(r, row);
        row[HTML_F_since_heading] = log_count(r, b - last_heading);
        row[HTML_F_last_heading_level] = last_level;
        if (row[HTML_F_heading_level] > 0) {
            last_level = row[HTML_F_heading_level];
            last_heading = b;
        }
        put_marks(m, block->container, row);
        buf_clear(&text);
        html_page_block_text(page, block, &text);
        put_words(r, block, buf_span(&text), row);
        put_links(r, block, row);
        row[HTML_F_has_price] = m->priced[b];
        r->prices += m->priced[b];
        row[HTML_F_paragraphs_before] = log_count(r, paragraphs);
        row[HTML_F_plain_before] = log_count(r, plain);
        if (html_is_paragraph(block)) {
            paragraphs += block->words;
            plain += html_measure_up(m, block->container, HTML_MARK_COMMENT) >= HTML_MARK_FAR
                         ? block->words
                         : 0;
        }
        chars += block->chars;
    }
    for (size_t b = page->block_count; b-- > 0;) {
        float *row = rows + b * HTML_FEATURE_COUNT;

        row[HTML_F_page_prices] = log_count(r, r->prices);
        row[HTML_F_paragraphs_after] = log_count(r, after);
        after += html_is_paragraph(&page->blocks[b]) ? page->blocks[b].words : 0;
        row[HTML_F_to_next_heading] = log_count(r, next);
        next = row[HTML_F_heading_level] > 0 ? 0 : next + page->blocks[b].words;
    }
    buf_release(&text);
}

enum status html_features(const struct html_page *page, const struct html_meta *meta,
                          struct html_rows *rows, struct error *err)
{
    CLEANUP(html_measure_release) struct html_measure measure;
    struct rows r = { .measure = &measure };
    enum status status = html_measure_make(page, meta, &measure, err);

    *rows = (struct html_rows){ .values = NULL };
    if (status)
        return status;
    rows->values = calloc(page->block_count + 1, HTML_FEATURE_COUNT * sizeof(*rows->values));
    if (!rows->values)
        return error_set(err, STATUS_NO_MEMORY, "out of memory for the features of a page");
    fill_rows(&r, rows->values);
    rows->places = TAKE(measure.place_hash);
    return STATUS_OK;
}

void html_rows_release(struct html_rows *rows)
{
    free(rows->values);
    free(rows->places);
    *rows = (struct html_rows){ .values = NULL };
}
