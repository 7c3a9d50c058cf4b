#include "extractors/html/html_page.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"
#include "extractors/html/html_classes.h"
#include "extractors/html/html_tables.h"
#include "extractors/html/html_visible.h"

#define APART_BYTES_MIN 3u

/* What an element makes of all that is in it. */
static const uint16_t tag_flags[HTML_TAG_COUNT] = {
    [HTML_SCRIPT] = HTML_IS_DROPPED,
    [HTML_STYLE] = HTML_IS_DROPPED,
    [HTML_HEAD] = HTML_IS_DROPPED,
    [HTML_TITLE] = HTML_IS_DROPPED,
    [HTML_METADATA] = HTML_IS_DROPPED,
    [HTML_DESC] = HTML_IS_DROPPED,
    [HTML_SELECT] = HTML_IS_DROPPED,
    [HTML_DATALIST] = HTML_IS_DROPPED,
    [HTML_IFRAME] = HTML_IS_DROPPED,
    [HTML_NOEMBED] = HTML_IS_DROPPED,
    [HTML_OBJECT] = HTML_IS_DROPPED,
    [HTML_AUDIO] = HTML_IS_DROPPED,
    [HTML_VIDEO] = HTML_IS_DROPPED,
    [HTML_CANVAS] = HTML_IS_DROPPED,
    [HTML_TEXTAREA] = HTML_IS_DROPPED,
    [HTML_RT] = HTML_IS_DROPPED, /* how the word before is read, letter by letter */
    [HTML_RP] = HTML_IS_DROPPED,
    [HTML_PRE] = HTML_IS_IN_PRE,
    [HTML_LISTING] = HTML_IS_IN_PRE,
    [HTML_XMP] = HTML_IS_IN_PRE,
    [HTML_PLAINTEXT] = HTML_IS_IN_PRE,
    [HTML_B] = HTML_IS_STRONG,
    [HTML_STRONG] = HTML_IS_STRONG,
    [HTML_I] = HTML_IS_EMPHASIS,
    [HTML_EM] = HTML_IS_EMPHASIS,
    [HTML_MATH] = HTML_IS_IN_MATH,
};

/* Sums up the text, so that how much a subtree has is known at once. */
static void count_text(struct html_page *page)
{
    const struct html_dom *dom = page->dom;
    uint32_t dropped_end = 0;

    for (uint32_t i = 0; i < dom->node_count; i++) {
        const struct html_node *node = &dom->nodes[i];
        bool counts = node->tag == HTML_TEXT_NODE && node->text_len > 1 && i >= dropped_end;

        if (tag_flags[node->tag] & HTML_IS_DROPPED && node->end > dropped_end)
            dropped_end = node->end;
        page->text_before[i + 1] = page->text_before[i] + (counts ? node->text_len : 0);
    }
}

static unsigned classes_of(const struct html_page *page, uint32_t node)
{
    return html_classes_of(page->words, html_attr(page->dom, node, HTML_ATTR_CLASS));
}

/* What Doxygen makes of code: <div class="fragment"> with a <div class="line"> for each line. */
static bool is_line_of_code(const struct html_page *page, uint32_t node)
{
    return page->dom->nodes[node].tag == HTML_DIV && classes_of(page, node) & HTML_CLASS_CODE_LINE;
}

static bool is_code_of_lines(const struct html_page *page, uint32_t node, unsigned classes)
{
    return classes & HTML_CLASS_CODE && page->dom->nodes[node].tag == HTML_DIV &&
           page->dom->nodes[node].end > node + 1 && is_line_of_code(page, node + 1);
}

/* Is the button a word of a line, as in "Press OK to go"? */
static bool is_in_line(const struct html_dom *dom, uint32_t node)
{
    const struct html_node *nodes = dom->nodes, *before = &nodes[node - 1];
    const struct html_node *after =
        nodes[node].end < dom->node_count ? &nodes[nodes[node].end] : NULL;

    return before->tag == HTML_TEXT_NODE && before->text_len > 0 &&
           before->text[before->text_len - 1] != '\n' && after && after->tag == HTML_TEXT_NODE &&
           after->parent == nodes[node].parent && after->text_len > 0 && after->text[0] != '\n' &&
           after->text[0] != '\r';
}

/* HTML_IS_IN_PRE where code begins that no tag says; HTML_IS_DROPPED for what stands between its
 * lines: boxes that open over a name, and line ends that are not the code's. */
static uint16_t code_flags(const struct html_page *page, uint32_t node, unsigned classes)
{
    const struct html_dom *dom = page->dom;
    uint32_t parent = dom->nodes[node].parent;

    if (page->flags[parent] & HTML_IS_IN_PRE && dom->nodes[node].tag == HTML_BUTTON &&
        !is_in_line(dom, node))
        return HTML_IS_DROPPED; /* "Copy" */
    if (page->flags[parent] & HTML_IS_IN_PRE)
        return is_code_of_lines(page, parent, classes_of(page, parent)) &&
                       !is_line_of_code(page, node)
                   ? HTML_IS_DROPPED
                   : 0;
    return is_code_of_lines(page, node, classes) ? HTML_IS_IN_PRE : 0;
}

static uint16_t element_flags(const struct html_page *page, uint32_t node, uint16_t flags)
{
    enum html_tag tag = (enum html_tag)page->dom->nodes[node].tag;

    unsigned classes = classes_of(page, node);

    flags |= tag_flags[tag];
    if (!(tag_flags[tag] & HTML_IS_IN_PRE))
        flags |= code_flags(page, node, classes);
    if (tag == HTML_A && html_attr(page->dom, node, HTML_ATTR_HREF).len > 0)
        flags |= HTML_IS_IN_LINK;
    if (tag == HTML_CUSTOM && flags & HTML_IS_IN_MATH)
        flags |= HTML_IS_DROPPED; /* <annotation-xml>: the formula once more */
    if (!(flags & HTML_IS_HIDDEN))
        flags |= html_visibility(page, node, classes);
    return flags;
}

static void mark_nodes(struct html_page *page)
{
    const struct html_dom *dom = page->dom;
    const uint16_t inherited = HTML_IS_HIDDEN | HTML_IS_DROPPED | HTML_IS_IN_LINK | HTML_IS_IN_PRE |
                               HTML_IS_STRONG | HTML_IS_EMPHASIS | HTML_IS_CLOSED | HTML_IS_IN_MATH;

    for (uint32_t i = 1; i < dom->node_count; i++) {
        const struct html_node *node = &dom->nodes[i];
        enum html_tag tag = (enum html_tag)node->tag;
        uint16_t flags = page->flags[node->parent] & inherited;

        page->container[i] = page->container[node->parent];
        if (tag == HTML_TEXT_NODE) {
            page->flags[i] = flags & HTML_IS_IN_PRE ? flags | code_flags(page, i, 0) : flags;
            continue;
        }
        if (html_is_block(tag) || tag == HTML_BUTTON)
            page->container[i] = i;
        page->flags[i] = element_flags(page, i, flags);
    }
}

/* ---- blocks ---- */

struct tally {
    enum html_page_detail detail;
    struct html_block *block;
    bool is_in_word, is_in_link, has_pending_space;
    uint16_t flags; /* of the text node */
    uint32_t link;  /* the link element of the last text */
    uint32_t cjk;
};

static bool is_cjk(uint32_t c)
{
    return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF) ||
           (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
           (c >= 0x0E00 && c <= 0x0E7F);
}

/* What a character counts as. */
enum sort { SORT_DIGIT, SORT_CAPITAL, SORT_LETTER, SORT_COMMA, SORT_STOP, SORT_SYMBOL, SORT_COUNT };

static enum sort sort_of_wide(uint32_t c)
{
    if ((c >= 0xC0 && c <= 0xDE) || (c >= 0x410 && c <= 0x42F))
        return SORT_CAPITAL;
    if (c == 0x3001 || c == 0xFF0C || c == 0xFF1B || c == 0x60C || c == 0x61B)
        return SORT_COMMA;
    if (c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == 0x61F || c == 0x964 || c == 0x2026)
        return SORT_STOP;
    if ((c >= 0x2190 && c < 0x2C00) || c == 0xBB || c == 0xAB || c == 0xB7 || c == 0x2022)
        return SORT_SYMBOL;
    return SORT_LETTER;
}

static enum sort sort_of(uint32_t c)
{
    enum { D = SORT_DIGIT, U = SORT_CAPITAL, L = SORT_LETTER };
    enum { C = SORT_COMMA, S = SORT_STOP, Y = SORT_SYMBOL };
    static const uint8_t sorts[0x80 - ' '] = {
        L, S, L, Y, Y, Y, Y, L, L, L, Y, Y, C, L, S, Y, /*  !"#$%&'()*+,-./ */
        D, D, D, D, D, D, D, D, D, D, C, C, Y, Y, Y, S, /* 0123456789:;<=>? */
        Y, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, /* @ABCDEFGHIJKLMNO */
        U, U, U, U, U, U, U, U, U, U, U, Y, Y, Y, Y, Y, /* PQRSTUVWXYZ[\]^_ */
        L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, /* `abcdefghijklmno */
        L, L, L, L, L, L, L, L, L, L, L, Y, Y, Y, Y, L, /* pqrstuvwxyz{|}~  */
    };

    return c < 0x80 ? (enum sort)sorts[c - ' '] : sort_of_wide(c);
}

static bool may_follow_stop(uint32_t c)
{
    return c == '"' || c == ')' || c == 0x201D || c == 0x2019 || c == 0xBB || c == 0x300D;
}

static void tally_word(struct tally *tally, uint32_t c, enum sort sort)
{
    if (sort > SORT_LETTER) {
        tally->is_in_word = false;
    } else if (is_cjk(c)) {
        tally->cjk++;
        tally->is_in_word = false;
    } else if (!tally->is_in_word) {
        tally->block->words++;
        tally->is_in_word = true;
    }
}

static void add_counts(struct tally *tally, const uint32_t counts[SORT_COUNT])
{
    struct html_block *block = tally->block;
    uint32_t shown = 0;

    for (unsigned sort = 0; sort < SORT_COUNT; sort++)
        shown += counts[sort];
    block->chars += shown;
    block->link_chars += tally->is_in_link ? shown : 0;
    block->strong_chars += tally->flags & HTML_IS_STRONG ? shown : 0;
    block->emphasis_chars += tally->flags & HTML_IS_EMPHASIS ? shown : 0;
    block->digits += counts[SORT_DIGIT];
    block->capitals += counts[SORT_CAPITAL];
    block->commas += counts[SORT_COMMA];
    block->sentences += counts[SORT_STOP];
    block->symbols += counts[SORT_SYMBOL];
}

static bool is_space(uint32_t c)
{
    return c <= 0x20 || c == 0xA0 || c == 0x2028 || c == 0x3000;
}

static bool is_invisible(uint32_t c)
{
    return c == 0x200B || c == 0xFEFF || c == 0xAD;
}

static void tally_text(struct tally *tally, struct span text)
{
    struct html_block *block = tally->block;
    uint32_t counts[SORT_COUNT] = { 0 };
    bool is_first = block->chars == 0;

    while (text.len > 0) {
        uint32_t c = (unsigned char)text.data[0];
        size_t len = c < 0x80 ? 1 : utf8_decode(text, &c);
        enum sort sort;

        text = (struct span){ text.data + len, text.len - len };
        if (is_space(c)) {
            tally->has_pending_space = !is_first;
            tally->is_in_word = false;
            continue;
        }
        if (is_invisible(c))
            continue;
        sort = sort_of(c);
        if (is_first)
            block->starts_lower = c >= 'a' && c <= 'z';
        is_first = false;
        block->chars += tally->has_pending_space;
        tally->has_pending_space = false;
        counts[sort]++;
        tally_word(tally, c, sort);
        if (sort == SORT_STOP)
            block->ends_sentence = c != 0x61F;
        else if (block->ends_sentence)
            block->ends_sentence = may_follow_stop(c);
    }
    add_counts(tally, counts);
}

static bool shows_something(struct span text)
{
    while (text.len > 0) {
        uint32_t c = (unsigned char)text.data[0];
        size_t len = c < 0x80 ? 1 : utf8_decode(text, &c);

        if (!is_space(c) && !is_invisible(c))
            return true;
        text = (struct span){ text.data + len, text.len - len };
    }
    return false;
}

static uint32_t link_above(const struct html_page *page, uint32_t node)
{
    while (node > 0 && page->dom->nodes[node].tag != HTML_A)
        node = page->dom->nodes[node].parent;
    return node;
}

static void end_block(struct html_page *page, struct tally *tally)
{
    if (tally->block && tally->block->chars == 0)
        page->block_count--;
    else if (tally->block)
        tally->block->words += (tally->cjk + 1) / 2;
    *tally = (struct tally){ .detail = tally->detail };
}

static bool start_block(struct html_page *page, struct tally *tally, uint32_t node,
                        uint32_t container)
{
    if (!array_reserve(&page->blocks, &page->block_capacity, page->block_count))
        return false;
    tally->block = &page->blocks[page->block_count++];
    *tally->block = (struct html_block){
        .first = node,
        .last = node,
        .container = container,
    };
    return true;
}

/* Inside <pre> everything is one block. */
static uint32_t block_container(const struct html_page *page, uint32_t node)
{
    uint32_t container = page->container[node], i = container;

    if (!(page->flags[node] & HTML_IS_IN_PRE))
        return container;
    while (page->flags[page->dom->nodes[i].parent] & HTML_IS_IN_PRE)
        i = page->dom->nodes[i].parent;
    return i;
}

static bool add_text_node(struct html_page *page, struct tally *tally, uint32_t node)
{
    const struct html_node *text = &page->dom->nodes[node];
    uint32_t container = block_container(page, node), link, chars;

    if (tally->block && tally->block->container != container)
        end_block(page, tally);
    if (!tally->block && !start_block(page, tally, node, container))
        return false;
    if (tally->detail == HTML_PAGE_BLOCKS) {
        if (shows_something((struct span){ text->text, text->text_len })) {
            tally->block->chars += text->text_len;
            tally->block->last = node;
        }
        return true;
    }
    chars = tally->block->chars;
    tally->flags = page->flags[node];
    tally->is_in_link = tally->flags & HTML_IS_IN_LINK;
    link = tally->is_in_link ? link_above(page, node) : 0;
    if (link && link != tally->link) {
        tally->block->links++;
        tally->is_in_word = false;
    }
    tally->link = link;
    tally_text(tally, (struct span){ text->text, text->text_len });
    if (tally->block->chars != chars)
        tally->block->last = node;
    return true;
}

/* Two line breaks with nothing between them end a paragraph. */
static bool read_blocks(struct html_page *page, enum html_page_detail detail)
{
    const struct html_dom *dom = page->dom;
    struct tally tally = { .detail = detail };
    unsigned breaks = 0;

    for (uint32_t i = 1; i < dom->node_count; i++) {
        const struct html_node *node = &dom->nodes[i];

        if (page->flags[i] & (HTML_IS_DROPPED | HTML_IS_HIDDEN)) {
            i = node->end - 1;
        } else if (node->tag == HTML_TEXT_NODE) {
            size_t chars = tally.block ? tally.block->chars : 0;

            if (!add_text_node(page, &tally, i))
                return false;
            if (tally.block->chars != chars)
                breaks = 0;
        } else if (node->tag == HTML_BR) {
            if (++breaks == 2 && !(page->flags[i] & HTML_IS_IN_PRE))
                end_block(page, &tally);
        } else if (node->tag == HTML_TD && page->container[i] != i) {
            tally.has_pending_space = tally.block && tally.block->chars > 0;
            tally.is_in_word = false;
        } else if (page->container[i] == i && !(page->flags[node->parent] & HTML_IS_IN_PRE)) {
            end_block(page, &tally);
            breaks = 0;
        }
    }
    end_block(page, &tally);
    return true;
}

static void find_tables(struct html_page *page)
{
    for (size_t i = 0; i < page->block_count; i++) {
        uint32_t node = page->blocks[i].container;

        if (!((page->flags[node] | page->flags[page->dom->nodes[node].parent]) &
              (HTML_IS_IN_TABLE | HTML_IS_DATA_TABLE)))
            continue;
        while (node > 0 && !(page->flags[node] & HTML_IS_DATA_TABLE))
            node = page->dom->nodes[node].parent;
        page->blocks[i].table = node;
    }
}

enum status html_page_read(const struct html_dom *dom, enum html_page_detail detail,
                           struct html_page *page, struct error *err)
{
    *page = (struct html_page){ .dom = dom };
    page->container = calloc(dom->node_count, sizeof(*page->container));
    page->flags = calloc(dom->node_count, sizeof(*page->flags));
    page->text_before = calloc(dom->node_count + 1, sizeof(*page->text_before));
    page->words = calloc(1, sizeof(*page->words));
    if (page->container && page->flags && page->text_before && page->words) {
        count_text(page);
        mark_nodes(page);
        html_tables_mark(page);
        if (read_blocks(page, detail)) {
            find_tables(page);
            return STATUS_OK;
        }
    }
    html_page_release(page);
    return error_set(err, STATUS_NO_MEMORY, "out of memory for the blocks of a page");
}

void html_page_release(struct html_page *page)
{
    free(page->container);
    free(page->flags);
    free(page->text_before);
    free(page->blocks);
    free(page->words);
    *page = (struct html_page){ 0 };
}

static bool is_lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool html_page_is_apart(const struct html_page *page, uint32_t text)
{
    const struct html_node *nodes = page->dom->nodes, *node = &nodes[text], *before;

    if (text < 4 || nodes[node->parent].tag != HTML_SPAN || node->parent + 1 != text)
        return false;
    before = &nodes[text - 2];
    return before->tag == HTML_TEXT_NODE && nodes[before->parent].tag == HTML_SPAN &&
           nodes[before->parent].parent == nodes[node->parent].parent &&
           !(page->flags[text] & HTML_IS_IN_PRE) && before->text_len >= APART_BYTES_MIN &&
           node->text_len >= APART_BYTES_MIN &&
           is_lower_or_digit(before->text[before->text_len - 1]) && node->text[0] >= 'A' &&
           node->text[0] <= 'Z' &&
           (memchr(before->text, ' ', before->text_len) || memchr(node->text, ' ', node->text_len));
}

void html_page_block_text(const struct html_page *page, const struct html_block *block,
                          struct buf *out)
{
    bool has_space = false;

    for (uint32_t i = block->first; i <= block->last; i++) {
        const struct html_node *node = &page->dom->nodes[i];

        has_space |= node->tag == HTML_BR || node->tag == HTML_TD;
        if (node->tag != HTML_TEXT_NODE || page->flags[i] & (HTML_IS_DROPPED | HTML_IS_HIDDEN))
            continue;
        has_space |= html_page_is_apart(page, i);
        for (size_t at = 0; at < node->text_len;) {
            size_t start = at;

            while (at < node->text_len && (unsigned char)node->text[at] > ' ')
                at++;
            if (at == start) {
                has_space = true;
                at++;
                continue;
            }
            if (has_space && out->len > 0)
                buf_append_char(out, ' ');
            has_space = false;
            buf_append(out, node->text + start, at - start);
        }
    }
}

uint32_t html_page_ancestor(const struct html_page *page, uint32_t node, enum html_tag tag)
{
    while (node > 0 && page->dom->nodes[node].tag != tag)
        node = page->dom->nodes[node].parent;
    return node;
}
