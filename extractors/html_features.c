#include "extractors/html_features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "extractors/html_counts.h"

#define PARAGRAPH_WORDS_MIN 12u
#define TOPIC_WORDS_MAX     24u
#define MARK_FAR            24u
#define LEVEL_FEATURES      ((size_t)7)
#define CLIMB_MAX           60u

/* What the elements of a page hold, each with its whole subtree. */
struct sums {
    uint32_t chars, link_chars, paragraph_chars, blocks;
    float best; /* as a container of paragraphs */
};

struct measure {
    const struct html_page *page;
    const struct html_dom *dom;
    const struct html_meta *meta;
    struct sums *sums;                        /* per node */
    uint64_t *signature;                      /* per node: tag and class */
    uint8_t (*up)[HTML_MARK_COUNT];           /* per node: levels up to each mark */
    uint8_t *kinds;                           /* per block */
    uint64_t *text_hash;                      /* per block */
    uint64_t *place_hash;                     /* per block */
    struct html_counts siblings;              /* parent and signature */
    struct html_counts twins;                 /* place_hash */
    struct html_counts copies;                /* text_hash */
    struct html_counts body;                  /* word triples of the article's text in JSON-LD */
    uint8_t heading_topics[HTML_TOPIC_COUNT]; /* of the heading above */
    uint32_t best;                            /* node */
    size_t best_first, best_last;             /* blocks */
    size_t h1;                                /* block; block_count: none */
    uint32_t articles, mains, h1s, body_properties;
    uint32_t chars_total, list_chars, prices, plain_words; /* plain: outside comments */
    uint32_t mark_chars[HTML_MARK_COUNT];
    float url[7];                          /* url_depth ... url_digits */
    struct html_counts title, description; /* words */
};

/* ---- what the page says about itself ---- */

static bool collect_body(struct measure *m)
{
    struct span text = buf_span(&m->meta->body);
    uint64_t a = 0, b = 0, c;

    if (!html_counts_make(&m->body, text.len / 3 + 8))
        return false;
    while (html_next_word(&text, &c)) {
        (void)html_counts_add(&m->body, html_mix(html_mix(a, b), c));
        a = b;
        b = c;
    }
    return true;
}

/* The share of a block's word triples that the article's text has; -1: there is no such text. */
static float share_in_body(const struct measure *m, struct span text)
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

/* ---- elements ---- */

static uint32_t marks_of_element(const struct html_page *page, uint32_t node)
{
    const struct html_dom *dom = page->dom;
    enum html_tag tag = (enum html_tag)dom->nodes[node].tag;
    uint32_t bits = 0;

    if (tag == HTML_NAV)
        bits |= UINT32_C(1) << HTML_MARK_NAV;
    else if (tag == HTML_FOOTER)
        bits |= UINT32_C(1) << HTML_MARK_FOOTER;
    else if (tag == HTML_ASIDE)
        bits |= UINT32_C(1) << HTML_MARK_SIDEBAR;
    else if (tag == HTML_BUTTON)
        bits |= UINT32_C(1) << HTML_MARK_BUTTON;
    if (tag == HTML_BODY || tag == HTML_HTML || dom->nodes[node].attr_count == 0)
        return bits;
    bits |= html_marks_of(page->words, html_attr(dom, node, HTML_ATTR_CLASS));
    bits |= html_marks_of(page->words, html_attr(dom, node, HTML_ATTR_ID));
    bits |= html_marks_of(page->words, html_attr(dom, node, HTML_ATTR_ROLE));
    bits |= html_marks_of(page->words, html_attr(dom, node, HTML_ATTR_ITEMPROP));
    /* A post that is quoted is no button to share one. */
    if (tag == HTML_BLOCKQUOTE)
        bits &= ~(UINT32_C(1) << HTML_MARK_SHARE);
    return bits;
}

static uint64_t signature_of(const struct html_dom *dom, uint32_t node)
{
    struct span classes = html_attr(dom, node, HTML_ATTR_CLASS);
    uint64_t hash = dom->nodes[node].tag + UINT64_C(1);

    return classes.len ? html_mix(hash, hash_table_key(classes)) : hash;
}

static void note_element(struct measure *m, uint32_t node)
{
    struct span property;

    switch ((int)m->dom->nodes[node].tag) {
    case HTML_ARTICLE:
        m->articles++;
        break;
    case HTML_MAIN:
        m->mains++;
        break;
    case HTML_H1:
        m->h1s++;
        break;
    default:
        break;
    }
    property = html_attr(m->dom, node, HTML_ATTR_ITEMPROP);
    if (property.len == strlen("articleBody") &&
        !memcmp(property.data, "articleBody", property.len))
        m->body_properties++;
}

/* Marks are inherited downwards, one level further at each element. */
static void measure_elements(struct measure *m)
{
    memset(m->up[0], MARK_FAR, HTML_MARK_COUNT);
    for (uint32_t i = 1; i < m->dom->node_count; i++) {
        const struct html_node *node = &m->dom->nodes[i];
        uint32_t bits;

        if (node->tag == HTML_TEXT_NODE)
            continue;
        for (unsigned mark = 0; mark < HTML_MARK_COUNT; mark++) {
            uint8_t above = m->up[node->parent][mark];

            m->up[i][mark] = above < MARK_FAR ? (uint8_t)(above + 1) : MARK_FAR;
        }
        bits = marks_of_element(m->page, i);
        for (unsigned mark = 0; bits; mark++, bits >>= 1)
            if (bits & 1)
                m->up[i][mark] = 0;
        m->signature[i] = signature_of(m->dom, i);
        (void)html_counts_add(&m->siblings, html_mix(m->signature[i], node->parent));
        note_element(m, i);
    }
}

static bool is_paragraph(const struct html_block *block)
{
    return block->words >= PARAGRAPH_WORDS_MIN && block->link_chars * 3 < block->chars &&
           block->sentences + block->commas > 0;
}

/* Sums per element, and the score of each as the container of the page's paragraphs: a paragraph
 * speaks for its parent, and half as much for the one above. */
static void measure_blocks(struct measure *m)
{
    const struct html_page *page = m->page;

    for (size_t b = 0; b < page->block_count; b++) {
        const struct html_block *block = &page->blocks[b];
        struct sums *sums = &m->sums[block->container];

        sums->chars += block->chars;
        sums->link_chars += block->link_chars;
        sums->blocks++;
        if (is_paragraph(block)) {
            uint32_t parent = m->dom->nodes[block->container].parent;
            float score = 1 + (float)block->commas;

            score += block->chars > 300 ? 3 : (float)block->chars / 100;
            sums->paragraph_chars += block->chars;
            m->sums[parent].best += score;
            m->sums[m->dom->nodes[parent].parent].best += score / 2;
        }
    }
    for (uint32_t i = (uint32_t)m->dom->node_count; i-- > 1;) {
        struct sums *sums = &m->sums[i], *parent = &m->sums[m->dom->nodes[i].parent];

        parent->chars += sums->chars;
        parent->link_chars += sums->link_chars;
        parent->paragraph_chars += sums->paragraph_chars;
        parent->blocks += sums->blocks;
    }
    m->chars_total = m->sums[0].chars;
}

static void find_best(struct measure *m)
{
    const struct html_page *page = m->page;
    float best = 0;

    for (uint32_t i = 0; i < m->dom->node_count; i++) {
        const struct sums *sums = &m->sums[i];
        float score =
            sums->chars ? sums->best * (1 - (float)sums->link_chars / (float)sums->chars) : 0;

        if (score > best) {
            best = score;
            m->best = i;
        }
    }
    m->best_first = page->block_count;
    for (size_t b = 0; b < page->block_count; b++) {
        if (page->blocks[b].first < m->best || page->blocks[b].first >= m->dom->nodes[m->best].end)
            continue;
        if (m->best_first == page->block_count)
            m->best_first = b;
        m->best_last = b;
    }
}

/* ---- what a block is ---- */

enum kind {
    KIND_OTHER,
    KIND_PARAGRAPH,
    KIND_HEADING,
    KIND_ITEM,
    KIND_CELL,
    KIND_CODE,
    KIND_QUOTE,
    KIND_TERM,
    KIND_CAPTION,
    KIND_BUTTON,
    KIND_FORM
};

static uint8_t kind_of(const struct html_page *page, const struct html_block *block)
{
    if (page->flags[block->first] & HTML_IS_IN_PRE)
        return KIND_CODE;
    switch ((int)page->dom->nodes[block->container].tag) {
    case HTML_P:
        return KIND_PARAGRAPH;
    case HTML_H1:
    case HTML_H2:
    case HTML_H3:
    case HTML_H4:
    case HTML_H5:
    case HTML_H6:
        return KIND_HEADING;
    case HTML_LI:
        return KIND_ITEM;
    case HTML_TD:
    case HTML_TH:
        return KIND_CELL;
    case HTML_BLOCKQUOTE:
        return KIND_QUOTE;
    case HTML_DT:
    case HTML_DD:
        return KIND_TERM;
    case HTML_FIGCAPTION:
    case HTML_CAPTION:
        return KIND_CAPTION;
    case HTML_BUTTON:
        return KIND_BUTTON;
    case HTML_FORM:
    case HTML_FIELDSET:
    case HTML_LEGEND:
        return KIND_FORM;
    default:
        return KIND_OTHER;
    }
}

static float heading_level(const struct html_page *page, const struct html_block *block)
{
    enum html_tag tag = (enum html_tag)page->dom->nodes[block->container].tag;

    return tag >= HTML_H1 && tag <= HTML_H6 ? (float)(tag - HTML_H1 + 1) : 0;
}

static void note_block(struct measure *m, const struct html_block *block)
{
    const uint8_t *up = m->up[block->container];

    for (unsigned mark = 0; mark < HTML_MARK_COUNT; mark++)
        m->mark_chars[mark] += up[mark] < MARK_FAR ? block->chars : 0;
    if (is_paragraph(block) && up[HTML_MARK_COMMENT] >= MARK_FAR)
        m->plain_words += block->words;
}

/* "$12", "12,50 €", "EUR 5": a currency sign beside a digit. */
static bool has_price(struct span text)
{
    static const char *const signs[] = {
        "$", "\xE2\x82\xAC", "\xC2\xA3", "USD", "EUR", "\xC2\xA5"
    };

    for (size_t s = 0; s < sizeof(signs) / sizeof(signs[0]); s++) {
        size_t len = strlen(signs[s]);
        const char *at = memmem(text.data, text.len, signs[s], len);
        const char *end = text.data + text.len;

        if (!at)
            continue;
        if (at + len < end && at[len] == ' ')
            len++;
        if (at + len < end && at[len] >= '0' && at[len] <= '9')
            return true;
        if (at > text.data && at[-1] == ' ')
            at--;
        if (at > text.data && at[-1] >= '0' && at[-1] <= '9')
            return true;
    }
    return false;
}

static bool is_forum_host(struct span host)
{
    static const char *const words[] = { "forum", "communit", "discuss", "answers", "talk." };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (memmem(host.data, host.len, words[i], strlen(words[i])))
            return true;
    return false;
}

/* What kind of page its own address says it is. */
static void read_url(struct measure *m)
{
    struct span url = buf_span(&m->meta->url);
    const char *path = url.len ? strstr(url.data, "//") : NULL;
    struct span host = { NULL, 0 };
    uint32_t bits;
    size_t last = 0;

    host.data = path ? path + 2 : NULL;
    path = path ? strchr(path + 2, '/') : NULL;
    m->url[0] = -1;
    if (!path)
        return;
    host.len = (size_t)(path - host.data);
    url = (struct span){ path, url.len - (size_t)(path - url.data) };
    m->url[0] = 0;
    for (size_t i = 1; i < url.len; i++)
        if (url.data[i] == '/' && i + 1 < url.len) {
            m->url[0]++;
            last = i;
        }
    if (url.len > 1)
        m->url[0]++;
    bits = html_marks_of(m->page->words, url);
    m->url[1] = (float)(bits >> HTML_MARK_CONTENT & 1);
    m->url[2] = (float)(bits >> HTML_MARK_PRODUCT & 1);
    m->url[3] = (float)(bits >> HTML_MARK_FORUM & 1) + (float)is_forum_host(host);
    m->url[4] = (float)((bits >> HTML_MARK_LIST | bits >> HTML_MARK_TAG) & 1);
    for (size_t i = last; i < url.len; i++) {
        m->url[5] += url.data[i] == '-' || url.data[i] == '_';
        m->url[6] += url.data[i] >= '0' && url.data[i] <= '9';
    }
}

static void hash_blocks(struct measure *m)
{
    const struct html_page *page = m->page;

    m->h1 = page->block_count;
    for (size_t b = 0; b < page->block_count; b++) {
        const struct html_block *block = &page->blocks[b];
        uint32_t node = block->container;
        uint64_t hash = 0, word, text_hash = 0;
        struct html_count *twin;

        for (unsigned up = 0; up < 3 && node > 0; up++, node = m->dom->nodes[node].parent)
            hash = html_mix(hash, m->signature[node]);
        m->place_hash[b] = hash;
        twin = html_counts_add(&m->twins, hash);
        twin->chars += block->chars;
        twin->link_chars += block->link_chars;
        for (uint32_t i = block->first; i <= block->last; i++) {
            struct span text = { m->dom->nodes[i].text, m->dom->nodes[i].text_len };

            while (m->dom->nodes[i].tag == HTML_TEXT_NODE && html_next_word(&text, &word))
                text_hash = html_mix(text_hash, word);
        }
        m->text_hash[b] = text_hash;
        (void)html_counts_add(&m->copies, text_hash);
        m->kinds[b] = kind_of(page, block);
        note_block(m, block);
        if (m->kinds[b] == KIND_ITEM || block->link_chars * 2 > block->chars)
            m->list_chars += block->chars;
        if (m->h1 == page->block_count && m->dom->nodes[block->container].tag == HTML_H1)
            m->h1 = b;
    }
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

static void put_block(const struct measure *m, const struct html_block *block, size_t b, float *row)
{
    struct html_count *copies = html_counts_at(&m->copies, m->text_hash[b]);

    row[HTML_F_chars] = log_of(block->chars);
    row[HTML_F_words] = log_of(block->words);
    row[HTML_F_link_share] = share(block->link_chars, block->chars);
    row[HTML_F_links] = log_of(block->links);
    row[HTML_F_comma_rate] = share(block->commas, block->words);
    row[HTML_F_sentence_rate] = share(block->sentences, block->words);
    row[HTML_F_digit_share] = share(block->digits, block->chars);
    row[HTML_F_capital_share] = share(block->capitals, block->chars);
    row[HTML_F_symbol_share] = share(block->symbols, block->chars);
    row[HTML_F_word_length] = share(block->chars, block->words);
    row[HTML_F_ends_sentence] = block->ends_sentence;
    row[HTML_F_starts_lower] = block->starts_lower;
    row[HTML_F_kind] = m->kinds[b];
    row[HTML_F_strong_share] = share(block->strong_chars, block->chars);
    row[HTML_F_is_closed] = (m->page->flags[block->first] & HTML_IS_CLOSED) != 0;
    row[HTML_F_emphasis_share] = share(block->emphasis_chars, block->chars);
    row[HTML_F_heading_level] = heading_level(m->page, block);
    row[HTML_F_is_in_data_table] = block->table != 0;
    row[HTML_F_times_on_page] = log_of(copies->count);
    row[HTML_F_times_before] = log_of(copies->chars); /* seen so far */
    copies->chars++;
}

static void put_links(const struct measure *m, const struct html_block *block, float *row)
{
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

static float signed_log(double value)
{
    return value < 0 ? -log_of(-value) : log_of(value);
}

static void put_place(const struct measure *m, size_t b, uint32_t chars_before, float *row)
{
    size_t count = m->page->block_count;

    row[HTML_F_index] = log_of((double)b);
    row[HTML_F_index_share] = (float)b / (float)count;
    row[HTML_F_from_end] = log_of((double)(count - b));
    row[HTML_F_chars_before_share] = share(chars_before, m->chars_total);
    row[HTML_F_since_h1] = m->h1 == count ? -20 : signed_log((double)b - (double)m->h1);
    row[HTML_F_has_h1_after] = m->h1 < count && b < m->h1;
    row[HTML_F_depth] = m->dom->nodes[m->page->blocks[b].container].depth;
    row[HTML_F_is_before_best] = b < m->best_first ? 1 : b > m->best_last ? 2 : 0;
    row[HTML_F_from_best_start] = signed_log((double)b - (double)m->best_first);
    row[HTML_F_from_best_end] = signed_log((double)b - (double)m->best_last);
}

static void put_neighbour(const struct measure *m, size_t b, long away, float *row, unsigned first)
{
    const struct html_block *block;
    long at = (long)b + away;

    row[first] = row[first + 1] = -1;
    if (at < 0 || (size_t)at >= m->page->block_count)
        return;
    block = &m->page->blocks[at];
    row[first] = log_of(block->words);
    row[first + 1] = share(block->link_chars, block->chars);
}

static void put_neighbours(const struct measure *m, size_t b, float *row)
{
    const struct html_block *blocks = m->page->blocks;
    uint32_t near = 0;

    put_neighbour(m, b, -1, row, HTML_F_prev_words);
    put_neighbour(m, b, -2, row, HTML_F_prev2_words);
    put_neighbour(m, b, 1, row, HTML_F_next_words);
    put_neighbour(m, b, 2, row, HTML_F_next2_words);
    row[HTML_F_prev_ends_sentence] = b > 0 ? blocks[b - 1].ends_sentence : -1;
    row[HTML_F_prev_kind] = b > 0 ? m->kinds[b - 1] : -1;
    row[HTML_F_next_ends_sentence] =
        b + 1 < m->page->block_count ? blocks[b + 1].ends_sentence : -1;
    row[HTML_F_next_kind] = b + 1 < m->page->block_count ? m->kinds[b + 1] : -1;
    for (size_t i = b < 4 ? 0 : b - 4; i <= b + 4 && i < m->page->block_count; i++)
        near += is_paragraph(&blocks[i]) ? blocks[i].words : 0;
    row[HTML_F_near_words] = log_of(near);
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

static void put_level(const struct measure *m, uint32_t node, size_t b, float *row)
{
    const struct sums *sums = &m->sums[node];

    (void)b;
    row[0] = log_of(sums->chars);
    row[1] = share(sums->link_chars, sums->chars);
    row[2] = log_of(sums->blocks);
    row[3] = log_of(share(sums->chars, sums->blocks));
    row[4] = share(sums->paragraph_chars, sums->chars);
    row[5] = share(sums->chars, m->chars_total);
    row[6] = share(sums->paragraph_chars, m->sums[0].paragraph_chars);
}

static void put_repeat(const struct measure *m, uint32_t node, unsigned up, float *row)
{
    const struct html_count *entry =
        html_counts_at(&m->siblings, html_mix(m->signature[node], m->dom->nodes[node].parent));
    const struct sums *sums = &m->sums[node];

    if (log_of(entry->count) > row[HTML_F_repeat_max])
        row[HTML_F_repeat_max] = log_of(entry->count);
    if (entry->count < 3 || row[HTML_F_repeat_near] > 0 || sums->blocks < 2)
        return;
    row[HTML_F_repeat_near] = log_of(entry->count);
    row[HTML_F_repeat_up] = (float)up;
    row[HTML_F_repeat_chars] = log_of(sums->chars);
    row[HTML_F_repeat_link_share] = share(sums->link_chars, sums->chars);
    row[HTML_F_repeat_paragraph_share] = share(sums->paragraph_chars, sums->chars);
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
static void put_ancestors(const struct measure *m, size_t b, float *row)
{
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
        if (html_attr(dom, node, HTML_ATTR_ARIA_HIDDEN).len == 4)
            put_up(row, HTML_F_up_aria_hidden, up);
        if (level < HTML_LEVEL_COUNT && m->sums[node].blocks > blocks_below) {
            put_level(m, node, b, row + HTML_F_LEVELS + LEVEL_FEATURES * level);
            blocks_below = m->sums[node].blocks;
            level++;
        }
        if (node == 0)
            break;
        if (up < 8)
            put_repeat(m, node, up, row);
        node = dom->nodes[node].parent;
    }
    while (level > 0 && level < HTML_LEVEL_COUNT) {
        memcpy(row + HTML_F_LEVELS + LEVEL_FEATURES * level,
               row + HTML_F_LEVELS + LEVEL_FEATURES * (level - 1), LEVEL_FEATURES * sizeof(*row));
        level++;
    }
    row[HTML_F_best_share] = share(m->sums[m->best].paragraph_chars, m->sums[0].paragraph_chars);
}

static void put_twins(const struct measure *m, size_t b, float *row)
{
    const struct html_count *twins = html_counts_at(&m->twins, m->place_hash[b]);

    row[HTML_F_twins] = log_of(twins->count);
    row[HTML_F_twin_chars] = log_of(share(twins->chars, twins->count));
    row[HTML_F_twin_link_share] = share(twins->link_chars, twins->chars);
}

static void put_page(const struct measure *m, float *row)
{
    row[HTML_F_page_type] = (float)m->meta->type;
    row[HTML_F_page_blocks] = log_of((double)m->page->block_count);
    row[HTML_F_page_chars] = log_of(m->chars_total);
    row[HTML_F_page_link_share] = share(m->sums[0].link_chars, m->chars_total);
    row[HTML_F_page_paragraph_share] = share(m->sums[0].paragraph_chars, m->chars_total);
    row[HTML_F_page_articles] = log_of(m->articles);
    row[HTML_F_page_has_main] = (float)(m->mains > 0);
    row[HTML_F_page_h1] = log_of(m->h1s);
    row[HTML_F_page_list_share] = share(m->list_chars, m->chars_total);
    row[HTML_F_page_body_property] = (float)(m->body_properties > 0);
    row[HTML_F_page_comments] = share(m->mark_chars[HTML_MARK_COMMENT], m->chars_total);
    row[HTML_F_page_forum] = share(m->mark_chars[HTML_MARK_FORUM], m->chars_total);
    row[HTML_F_page_reviews] = share(m->mark_chars[HTML_MARK_REVIEW], m->chars_total);
    row[HTML_F_page_products] = share(m->mark_chars[HTML_MARK_PRODUCT], m->chars_total);
    row[HTML_F_page_cards] = share(m->mark_chars[HTML_MARK_CARD], m->chars_total);
    row[HTML_F_page_related] = share(m->mark_chars[HTML_MARK_RELATED], m->chars_total);
    row[HTML_F_page_users] = share(m->mark_chars[HTML_MARK_USER], m->chars_total);
    row[HTML_F_page_plain] = log_of(m->plain_words);
    memcpy(row + HTML_F_url_depth, m->url, sizeof(m->url));
}

static void put_words(struct measure *m, const struct html_block *block, struct span text,
                      float *row)
{
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
        memcpy(m->heading_topics, topics, sizeof(topics));
    html_counts_overlap(&m->title, text, &row[HTML_F_title_in_block], &row[HTML_F_block_in_title]);
    html_counts_overlap(&m->description, text, &row[HTML_F_description_in_block], &ignored);
    row[HTML_F_in_body] = share_in_body(m, text);
}

static void fill_rows(struct measure *m, float *rows)
{
    const struct html_page *page = m->page;
    struct buf text = BUF_INIT((size_t)32 << 20);
    uint32_t chars = 0, paragraphs = 0, plain = 0, after = 0;
    float last_level = 0, next = 0;
    size_t last_heading = 0;

    for (size_t b = 0; b < page->block_count; b++) {
        const struct html_block *block = &page->blocks[b];
        float *row = rows + b * HTML_FEATURE_COUNT;

        put_block(m, block, b, row);
        put_place(m, b, chars, row);
        put_neighbours(m, b, row);
        put_ancestors(m, b, row);
        put_twins(m, b, row);
        put_page(m, row);
        for (unsigned i = 0; i < HTML_TOPIC_COUNT; i++)
            row[HTML_F_HEADING_TOPICS + i] = m->heading_topics[i];
        row[HTML_F_since_heading] = log_of((double)(b - last_heading));
        row[HTML_F_last_heading_level] = last_level;
        if (row[HTML_F_heading_level] > 0) {
            last_level = row[HTML_F_heading_level];
            last_heading = b;
        }
        for (unsigned i = 0; i < HTML_MARK_COUNT; i++)
            row[HTML_F_MARKS + i] = m->up[block->container][i];
        buf_clear(&text);
        html_page_block_text(page, block, &text);
        put_words(m, block, buf_span(&text), row);
        put_links(m, block, row);
        row[HTML_F_has_price] = block->words < 30 && has_price(buf_span(&text));
        m->prices += row[HTML_F_has_price] > 0;
        row[HTML_F_paragraphs_before] = log_of(paragraphs);
        row[HTML_F_plain_before] = log_of(plain);
        if (is_paragraph(block)) {
            paragraphs += block->words;
            plain += m->up[block->container][HTML_MARK_COMMENT] >= MARK_FAR ? block->words : 0;
        }
        chars += block->chars;
    }
    for (size_t b = page->block_count; b-- > 0;) {
        float *row = rows + b * HTML_FEATURE_COUNT;

        row[HTML_F_page_prices] = log_of(m->prices);
        row[HTML_F_paragraphs_after] = log_of(after);
        after += is_paragraph(&page->blocks[b]) ? page->blocks[b].words : 0;
        row[HTML_F_to_next_heading] = log_of(next);
        next = row[HTML_F_heading_level] > 0 ? 0 : next + (float)page->blocks[b].words;
    }
    buf_release(&text);
}

static bool allocate(struct measure *m)
{
    size_t nodes = m->dom->node_count, blocks = m->page->block_count;

    m->sums = calloc(nodes, sizeof(*m->sums));
    m->signature = calloc(nodes, sizeof(*m->signature));
    m->up = calloc(nodes, sizeof(*m->up));
    m->kinds = calloc(blocks + 1, sizeof(*m->kinds));
    m->text_hash = calloc(blocks + 1, sizeof(*m->text_hash));
    m->place_hash = calloc(blocks + 1, sizeof(*m->place_hash));
    return m->sums && m->signature && m->up && m->kinds && m->text_hash && m->place_hash &&
           html_counts_make(&m->siblings, nodes) && html_counts_make(&m->twins, blocks) &&
           html_counts_make(&m->copies, blocks) && collect_body(m) &&
           html_counts_words(&m->title, buf_span(&m->meta->title)) &&
           html_counts_words(&m->description, buf_span(&m->meta->description));
}

static void release(struct measure *m)
{
    free(m->sums);
    free(m->signature);
    free(m->up);
    free(m->kinds);
    free(m->text_hash);
    free(m->place_hash);
    html_counts_release(&m->siblings);
    html_counts_release(&m->twins);
    html_counts_release(&m->copies);
    html_counts_release(&m->body);
    html_counts_release(&m->title);
    html_counts_release(&m->description);
}

enum status html_features(const struct html_page *page, const struct html_meta *meta, float **rows,
                          struct error *err)
{
    struct measure m = { .page = page, .dom = page->dom, .meta = meta };

    *rows = calloc(page->block_count + 1, HTML_FEATURE_COUNT * sizeof(**rows));
    if (!*rows || !allocate(&m)) {
        release(&m);
        free(*rows);
        *rows = NULL;
        return error_set(err, STATUS_NO_MEMORY, "out of memory for the features of a page");
    }
    measure_elements(&m);
    measure_blocks(&m);
    find_best(&m);
    hash_blocks(&m);
    read_url(&m);
    fill_rows(&m, *rows);
    release(&m);
    return STATUS_OK;
}
