#include "extractors/html/html_measure.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/hash.h"

#define PARAGRAPH_WORDS_MIN 12u
#define PRICE_WORDS_MAX     30u
#define TEXT_BYTES_MAX      ((size_t)32 << 20)

/* ---- what the page says about itself ---- */

static bool collect_body(struct html_measure *m)
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

/* ---- elements ---- */

static uint32_t marks_of_tag(enum html_tag tag)
{
    switch ((int)tag) {
    case HTML_NAV:
        return UINT32_C(1) << HTML_MARK_NAV;
    case HTML_FOOTER:
        return UINT32_C(1) << HTML_MARK_FOOTER;
    case HTML_ASIDE:
        return UINT32_C(1) << HTML_MARK_SIDEBAR;
    case HTML_BUTTON:
        return UINT32_C(1) << HTML_MARK_BUTTON;
    default:
        return 0;
    }
}

static bool is_body_property(struct span value)
{
    return value.len == strlen("articleBody") && !memcmp(value.data, "articleBody", value.len);
}

/* What the attributes of an element say of it. */
static uint32_t read_attributes(struct html_measure *m, uint32_t i)
{
    const struct html_node *node = &m->dom->nodes[i];
    uint32_t bits = 0;

    for (unsigned a = 0; a < node->attr_count; a++) {
        const struct html_attr *attr = &m->dom->attrs[node->attr_start + a];
        struct span value = attr->value;

        switch ((int)attr->name) {
        case HTML_ATTR_CLASS:
            if (value.len)
                m->signature[i] = html_mix(m->signature[i], hash_table_key(value));
            bits |= html_marks_of(m->page->words, value);
            break;
        case HTML_ATTR_ITEMPROP:
            m->body_properties += is_body_property(value);
            bits |= html_marks_of(m->page->words, value);
            break;
        case HTML_ATTR_ID:
        case HTML_ATTR_ROLE:
            bits |= html_marks_of(m->page->words, value);
            break;
        case HTML_ATTR_ARIA_HIDDEN:
            m->aria_hidden++;
            break;
        default:
            break;
        }
    }
    /* A post that is quoted is no button to share one. */
    if (node->tag == HTML_BLOCKQUOTE)
        bits &= ~(UINT32_C(1) << HTML_MARK_SHARE);
    return node->tag == HTML_BODY || node->tag == HTML_HTML ? 0 : bits;
}

static void note_element(struct html_measure *m, enum html_tag tag)
{
    m->articles += tag == HTML_ARTICLE;
    m->mains += tag == HTML_MAIN;
    m->h1s += tag == HTML_H1;
}

/* What a visitor sets or presses. */
static bool is_control(const struct html_dom *dom, uint32_t node)
{
    struct span type;

    switch ((int)dom->nodes[node].tag) {
    case HTML_SELECT:
    case HTML_TEXTAREA:
    case HTML_BUTTON:
        return true;
    case HTML_INPUT:
        type = html_attr(dom, node, HTML_ATTR_TYPE);
        return type.len != strlen("hidden") || strncasecmp(type.data, "hidden", type.len) != 0;
    default:
        return false;
    }
}

unsigned html_measure_up(const struct html_measure *m, uint32_t node, enum html_mark mark)
{
    const struct html_marked *marked = &m->marked[m->mark[node]];
    unsigned up = marked->up[mark];

    if (up >= HTML_MARK_FAR)
        return HTML_MARK_FAR;
    up += (unsigned)(m->dom->nodes[node].depth - marked->depth);
    return up < HTML_MARK_FAR ? up : HTML_MARK_FAR;
}

/* Marks are inherited downwards, one level further at each element. */
static bool add_marked(struct html_measure *m, uint32_t node, uint32_t bits)
{
    struct html_marked marked = { .depth = m->dom->nodes[node].depth };

    for (unsigned mark = 0; mark < HTML_MARK_COUNT; mark++)
        marked.up[mark] = bits >> mark & 1 ? 0 : (uint8_t)html_measure_up(m, node, mark);
    if (!array_reserve(&m->marked, &m->marked_capacity, m->marked_count))
        return false;
    m->mark[node] = (uint32_t)m->marked_count;
    m->marked[m->marked_count++] = marked;
    return true;
}

static bool measure_elements(struct html_measure *m)
{
    struct html_marked *none;

    if (!array_reserve(&m->marked, &m->marked_capacity, m->marked_count))
        return false;
    none = &m->marked[m->marked_count++];
    none->depth = 0;
    memset(none->up, HTML_MARK_FAR, sizeof(none->up));
    for (uint32_t i = 1; i < m->dom->node_count; i++) {
        const struct html_node *node = &m->dom->nodes[i];
        struct html_count *sibling;
        uint32_t bits;

        m->mark[i] = m->mark[node->parent];
        if (node->tag == HTML_TEXT_NODE)
            continue;
        m->signature[i] = node->tag + UINT64_C(1);
        bits = marks_of_tag((enum html_tag)node->tag) | read_attributes(m, i);
        if (bits && !add_marked(m, i, bits))
            return false;
        sibling = html_counts_add(&m->siblings, html_mix(m->signature[i], node->parent));
        m->sibling[i] = (uint32_t)(sibling - m->siblings.entries);
        note_element(m, (enum html_tag)node->tag);
        m->sums[i].controls = is_control(m->dom, i);
        m->sums[i].pictures = node->tag == HTML_IMG;
    }
    return true;
}

bool html_is_paragraph(const struct html_block *block)
{
    return block->words >= PARAGRAPH_WORDS_MIN && block->link_chars * 3 < block->chars &&
           block->sentences + block->commas > 0;
}

/* Sums per element, and the score of each as the container of the page's paragraphs: a paragraph
 * speaks for its parent, and half as much for the one above. */
static void measure_blocks(struct html_measure *m)
{
    const struct html_page *page = m->page;

    for (size_t b = 0; b < page->block_count; b++) {
        const struct html_block *block = &page->blocks[b];
        struct html_sums *sums = &m->sums[block->container];

        sums->chars += block->chars;
        sums->link_chars += block->link_chars;
        sums->blocks++;
        if (html_is_paragraph(block)) {
            uint32_t parent = m->dom->nodes[block->container].parent;
            float score = 1 + (float)block->commas;

            score += block->chars > 300 ? 3 : (float)block->chars / 100;
            sums->paragraph_chars += block->chars;
            m->sums[parent].best += score;
            m->sums[m->dom->nodes[parent].parent].best += score / 2;
        }
    }
    for (uint32_t i = (uint32_t)m->dom->node_count; i-- > 1;) {
        struct html_sums *sums = &m->sums[i], *parent = &m->sums[m->dom->nodes[i].parent];

        parent->chars += sums->chars;
        parent->link_chars += sums->link_chars;
        parent->paragraph_chars += sums->paragraph_chars;
        parent->blocks += sums->blocks;
        parent->controls += sums->controls;
        parent->pictures += sums->pictures;
    }
    m->chars_total = m->sums[0].chars;
}

static void find_best(struct html_measure *m)
{
    const struct html_page *page = m->page;
    float best = 0;

    for (uint32_t i = 0; i < m->dom->node_count; i++) {
        const struct html_sums *sums = &m->sums[i];
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

/* ---- prices ---- */

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

static bool is_priced(const struct html_page *page, const struct html_block *block,
                      struct buf *text)
{
    if (block->digits == 0 || block->words >= PRICE_WORDS_MAX)
        return false;
    buf_clear(text);
    html_page_block_text(page, block, text);
    return has_price(buf_span(text));
}

/* Which blocks have a price, and how many elements of each kind: siblings.chars, of siblings. */
static void find_prices(struct html_measure *m)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_BYTES_MAX);

    for (size_t b = 0; b < m->page->block_count; b++) {
        const struct html_block *block = &m->page->blocks[b];

        m->priced[b] = is_priced(m->page, block, &text);
        for (uint32_t node = block->container; m->priced[b] && node > 0 && !m->sums[node].is_priced;
             node = m->dom->nodes[node].parent) {
            m->sums[node].is_priced = true;
            m->siblings.entries[m->sibling[node]].chars++;
        }
    }
}

/* ---- what a block is ---- */

static uint8_t sort_of(const struct html_page *page, const struct html_block *block)
{
    if (page->flags[block->first] & HTML_IS_IN_PRE)
        return HTML_SORT_CODE;
    switch ((int)page->dom->nodes[block->container].tag) {
    case HTML_P:
        return HTML_SORT_PARAGRAPH;
    case HTML_H1:
    case HTML_H2:
    case HTML_H3:
    case HTML_H4:
    case HTML_H5:
    case HTML_H6:
        return HTML_SORT_HEADING;
    case HTML_LI:
        return HTML_SORT_ITEM;
    case HTML_TD:
    case HTML_TH:
        return HTML_SORT_CELL;
    case HTML_BLOCKQUOTE:
        return HTML_SORT_QUOTE;
    case HTML_DT:
    case HTML_DD:
        return HTML_SORT_TERM;
    case HTML_FIGCAPTION:
    case HTML_CAPTION:
        return HTML_SORT_CAPTION;
    case HTML_BUTTON:
        return HTML_SORT_BUTTON;
    case HTML_FORM:
    case HTML_FIELDSET:
    case HTML_LEGEND:
        return HTML_SORT_FORM;
    default:
        return HTML_SORT_OTHER;
    }
}

static void note_block(struct html_measure *m, const struct html_block *block)
{
    uint32_t node = block->container;

    for (unsigned mark = 0; mark < HTML_MARK_COUNT; mark++)
        m->mark_chars[mark] += html_measure_up(m, node, mark) < HTML_MARK_FAR ? block->chars : 0;
    if (html_is_paragraph(block) && html_measure_up(m, node, HTML_MARK_COMMENT) >= HTML_MARK_FAR)
        m->plain_words += block->words;
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
static void read_url(struct html_measure *m)
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

static void hash_blocks(struct html_measure *m)
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
        m->sorts[b] = sort_of(page, block);
        note_block(m, block);
        if (m->sorts[b] == HTML_SORT_ITEM || block->link_chars * 2 > block->chars)
            m->list_chars += block->chars;
        if (m->h1 == page->block_count && m->dom->nodes[block->container].tag == HTML_H1)
            m->h1 = b;
    }
}

static bool allocate(struct html_measure *m)
{
    size_t nodes = m->dom->node_count, blocks = m->page->block_count;

    m->sums = calloc(nodes, sizeof(*m->sums));
    m->signature = calloc(nodes, sizeof(*m->signature));
    m->sibling = calloc(nodes, sizeof(*m->sibling));
    m->mark = calloc(nodes, sizeof(*m->mark));
    m->sorts = calloc(blocks + 1, sizeof(*m->sorts));
    m->text_hash = calloc(blocks + 1, sizeof(*m->text_hash));
    m->place_hash = calloc(blocks + 1, sizeof(*m->place_hash));
    m->priced = calloc(blocks + 1, sizeof(*m->priced));
    return m->sums && m->signature && m->sibling && m->mark && m->sorts && m->text_hash &&
           m->place_hash && m->priced && html_counts_make(&m->siblings, nodes) &&
           html_counts_make(&m->twins, blocks) && html_counts_make(&m->copies, blocks) &&
           collect_body(m) && html_counts_words(&m->title, buf_span(&m->meta->title)) &&
           html_counts_words(&m->description, buf_span(&m->meta->description));
}

void html_measure_release(struct html_measure *m)
{
    free(m->sums);
    free(m->signature);
    free(m->sibling);
    free(m->mark);
    free(m->marked);
    free(m->sorts);
    free(m->text_hash);
    free(m->place_hash);
    free(m->priced);
    html_counts_release(&m->siblings);
    html_counts_release(&m->twins);
    html_counts_release(&m->copies);
    html_counts_release(&m->body);
    html_counts_release(&m->title);
    html_counts_release(&m->description);
}

enum status html_measure_make(const struct html_page *page, const struct html_meta *meta,
                              struct html_measure *m, struct error *err)
{
    *m = (struct html_measure){ .page = page, .dom = page->dom, .meta = meta };
    if (!allocate(m) || !measure_elements(m))
        return error_set(err, STATUS_NO_MEMORY, "out of memory for the measures of a page");
    measure_blocks(m);
    find_best(m);
    find_prices(m);
    hash_blocks(m);
    read_url(m);
    return STATUS_OK;
}
