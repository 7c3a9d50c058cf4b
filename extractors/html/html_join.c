#include "extractors/html/html_join.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"

/* Below it a block is not in doubt. */
#define TEXT_SCORE_MIN  0.20F
#define LIST_SCORE_MIN  0.35F /* a list of which nothing is kept yet */
#define CODE_SCORE_MIN  0.10F
#define ASIDE_SCORE_MIN 0.10F

#define KEPT_SHARE        3u /* one in so many */
#define ITEM_CHARS_MIN    40u
#define LINK_SHARE_MAX    0.67F /* a list of links leads elsewhere, or is a table of contents */
#define BUTTON_WORDS_MAX  2u    /* "[edit]" */
#define CATEGORIES        "mw-normal-catlinks"
#define CATEGORY_LEVELS   3u
#define NEAR_BLOCKS       8u   /* left out, between two blocks that belong together */
#define NEAR_CELLS        200u /* of tables between, besides */
#define SIGNED_WORDS_MAX  20u
#define QUOTE_BLOCKS_MAX  8u
#define FACTS_MIN         3u
#define SECTIONS_MIN      2u    /* of an article, with text, beside one of links */
#define LINKS_WORDS_MAX   6u    /* of their heading */
#define LINK_SECTIONS_MAX 50u   /* looked at of a page */
#define FACT_SHARE        0.6F  /* of a table's rows */
#define FACT_SCORE_MIN    0.15F /* mean of a table that does not call itself so */
#define FACT_LINK_SHARE   0.5F

/* ---- places ---- */

/* Text that stands beside an element, or beside the one around it. */
static bool is_beside(const struct html_choice *choice, size_t block, uint32_t node)
{
    const struct html_node *nodes = choice->page->dom->nodes;
    uint32_t parent = nodes[choice->page->blocks[block].container].parent;

    return choice->roles[block] == HTML_ROLE_TEXT &&
           (parent == nodes[node].parent || parent == nodes[nodes[node].parent].parent);
}

/* The nearest blocks from one, that one left out, up or down. */
static bool has_text_from(const struct html_choice *choice, size_t block, bool is_down,
                          uint32_t node)
{
    unsigned near = 0;

    for (size_t i = 1; i <= NEAR_CELLS && near < NEAR_BLOCKS; i++) {
        size_t at = is_down ? block + i : block - i;

        if (is_down ? at >= choice->page->block_count : i > block)
            return false;
        if (is_beside(choice, at, node))
            return true;
        near += !choice->page->blocks[at].table;
    }
    return false;
}

static bool has_text_beside(const struct html_choice *choice, size_t block, uint32_t node)
{
    return has_text_from(choice, block, false, node) || has_text_from(choice, block, true, node);
}

/* ---- headings ---- */

/* A heading that is in doubt goes with what stands right below it, but for a button beside it. */
static void join_headings(const struct html_choice *choice)
{
    const struct html_page *page = choice->page;
    size_t below = page->block_count; /* the text that a heading would be above */

    for (size_t b = page->block_count; b-- > 0;) {
        float level = choice->rows->values[b * HTML_FEATURE_COUNT + HTML_F_heading_level];

        if (level <= 0) {
            if (choice->roles[b])
                below = b;
            else if (page->blocks[b].words > BUTTON_WORDS_MAX)
                below = page->block_count;
            continue;
        }
        if (level > 1 && below < page->block_count && choice->scores[b] >= TEXT_SCORE_MIN)
            choice->roles[b] = HTML_ROLE_TEXT;
        below = page->block_count;
    }
}

/* ---- lists ---- */

static bool is_list(enum html_tag tag)
{
    return tag == HTML_UL || tag == HTML_OL;
}

/* The outermost list around a node; 0: none. */
static uint32_t list_of(const struct html_page *page, uint32_t node)
{
    uint32_t list = 0;

    for (; node > 0; node = page->dom->nodes[node].parent)
        if (is_list((enum html_tag)page->dom->nodes[node].tag))
            list = node;
    return list;
}

static bool is_inside(const struct html_page *page, size_t block, uint32_t node)
{
    uint32_t container = page->blocks[block].container;

    return container >= node && container < page->dom->nodes[node].end;
}

/* The block before, but for buttons, of which there are few. */
static size_t block_before(const struct html_choice *choice, size_t block)
{
    for (unsigned i = 0; i < NEAR_BLOCKS && block-- > 0; i++)
        if (choice->roles[block] || choice->page->blocks[block].words > BUTTON_WORDS_MAX)
            return block;
    return choice->page->block_count;
}

/* Kept text right before the blocks [first, end), and right behind, all in one element. */
static bool stands_between(const struct html_choice *choice, uint32_t list, size_t first,
                           size_t end)
{
    uint32_t around = choice->page->dom->nodes[list].parent;
    size_t before = block_before(choice, first);

    return before < choice->page->block_count && end < choice->page->block_count &&
           choice->roles[before] == HTML_ROLE_TEXT && choice->roles[end] == HTML_ROLE_TEXT &&
           is_inside(choice->page, before, around) && is_inside(choice->page, end, around);
}

/* The blocks [first, end) of a list are kept or left out together, if they are its items: those of
 * cards and posts are judged one by one. A third of it must be kept, and the items be more than
 * labels; or all is near to it, with text before and behind. */
static void join_list(const struct html_choice *choice, uint32_t list, size_t first, size_t end)
{
    uint64_t chars = 0, link_chars = 0, kept = 0;
    float likely = 0;
    bool is_part;

    for (size_t b = first; b < end; b++) {
        const struct html_block *block = &choice->page->blocks[b];

        if (choice->page->dom->nodes[block->container].tag != HTML_LI)
            return;
        chars += block->chars;
        link_chars += block->link_chars;
        kept += choice->roles[b] == HTML_ROLE_TEXT ? block->chars : 0;
        likely += choice->scores[b] * (float)block->chars;
    }
    if (kept == chars || (float)link_chars > LINK_SHARE_MAX * (float)chars)
        return;
    is_part = kept * KEPT_SHARE >= chars && chars >= ITEM_CHARS_MIN * (end - first);
    if (!is_part &&
        (likely < LIST_SCORE_MIN * (float)chars || !stands_between(choice, list, first, end)))
        return;
    for (size_t b = first; b < end; b++)
        if (choice->scores[b] >= TEXT_SCORE_MIN)
            choice->roles[b] = HTML_ROLE_TEXT;
}

static void join_lists(const struct html_choice *choice)
{
    const struct html_page *page = choice->page;
    size_t end;

    for (size_t b = 0; b < page->block_count; b = end) {
        uint32_t list = page->blocks[b].table ? 0 : list_of(page, page->blocks[b].container);

        end = b + 1;
        if (!list)
            continue;
        while (end < page->block_count && is_inside(page, end, list))
            end++;
        if (end > b + 1) /* a list of one item is layout */
            join_list(choice, list, b, end);
    }
}

/* ---- sections of links ---- */

static float level_of(const struct html_choice *choice, size_t block)
{
    return choice->rows->values[block * HTML_FEATURE_COUNT + HTML_F_heading_level];
}

/* The block behind a heading's section: the next heading that is not below it, or what stands
 * outside of the element that holds the text. */
static size_t section_end(const struct html_choice *choice, size_t heading)
{
    const struct html_page *page = choice->page;
    const struct html_node *nodes = page->dom->nodes;
    uint32_t around = nodes[nodes[page->blocks[heading].container].parent].parent;
    size_t end = heading + 1;

    while (end < page->block_count && is_inside(page, end, around) &&
           (level_of(choice, end) <= 0 || level_of(choice, end) > level_of(choice, heading)))
        end++;
    return end;
}

static bool has_text(const struct html_choice *choice, size_t first, size_t end)
{
    for (size_t b = first; b < end; b++)
        if (choice->roles[b] && level_of(choice, b) <= 0 &&
            choice->page->blocks[b].words > BUTTON_WORDS_MAX)
            return true;
    return false;
}

/* How many headings in the place of that one have text below. */
static unsigned sections_alike(const struct html_choice *choice, size_t heading)
{
    unsigned count = 0;

    for (size_t b = 0; b < choice->page->block_count && count < SECTIONS_MIN; b++)
        count += level_of(choice, b) == level_of(choice, heading) && choice->roles[b] &&
                 choice->rows->places[b] == choice->rows->places[heading] &&
                 has_text(choice, b + 1, section_end(choice, b));
    return count;
}

/* The items of lists beside a heading, or beside the element around it. */
static bool is_item_beside(const struct html_choice *choice, size_t block, size_t heading)
{
    const struct html_page *page = choice->page;
    uint32_t list = page->blocks[block].table ? 0 : list_of(page, page->blocks[block].container);
    uint32_t node = page->blocks[heading].container, around = page->dom->nodes[node].parent;

    return list && level_of(choice, block) <= 0 &&
           (page->dom->nodes[list].parent == around ||
            page->dom->nodes[list].parent == page->dom->nodes[around].parent);
}

/* Is the next text that is kept a heading below that one? It is of its section, wherever it stands.
 */
static bool opens_sections(const struct html_choice *choice, size_t heading, size_t end)
{
    while (end < choice->page->block_count && !choice->roles[end])
        end++;
    return end < choice->page->block_count && level_of(choice, end) > level_of(choice, heading);
}

/* "Read more", "See also", above links that were left out. */
static bool is_above_links(const struct html_choice *choice, size_t heading, size_t end)
{
    const struct html_block *blocks = choice->page->blocks;
    const float *topics = choice->rows->values + heading * HTML_FEATURE_COUNT + HTML_F_TOPICS;
    uint64_t chars = 0, link_chars = 0;

    for (size_t b = heading + 1; b < end; b++) {
        chars += blocks[b].chars;
        link_chars += blocks[b].link_chars;
    }
    return topics[(size_t)2 * HTML_TOPIC_RELATED] > 0 && blocks[heading].words <= LINKS_WORDS_MAX &&
           end > heading + 1 && link_chars * 2 > chars;
}

/* "See also" among the sections of an article is one of them, and so are its links; elsewhere the
 * heading goes as its links did. */
static void join_links(const struct html_choice *choice)
{
    unsigned looked_at = 0;

    for (size_t b = 0; b < choice->page->block_count && looked_at < LINK_SECTIONS_MAX; b++) {
        size_t end;
        bool is_section;

        if (level_of(choice, b) <= 1 || choice->roles[b] != HTML_ROLE_TEXT)
            continue;
        end = section_end(choice, b);
        if (has_text(choice, b + 1, end))
            continue;
        looked_at++;
        is_section = sections_alike(choice, b) >= SECTIONS_MIN;
        for (size_t i = b + 1; i < end && is_section; i++)
            if (is_item_beside(choice, i, b))
                choice->roles[i] = HTML_ROLE_TEXT;
        if (is_above_links(choice, b, end) && !has_text(choice, b + 1, end) &&
            !opens_sections(choice, b, end))
            choice->roles[b] = HTML_ROLE_NONE;
    }
}

/* ---- code ---- */

/* The node that holds a block's code; 0: it is none. */
static uint32_t code_of(const struct html_page *page, const struct html_block *block)
{
    uint32_t node = page->flags[block->first] & HTML_IS_IN_PRE && !block->table ? block->first : 0;

    while (node > 0 && !html_page_begins_code(page, node))
        node = page->dom->nodes[node].parent;
    return node;
}

/* Menus and notices are not written as code, so where most of a page's code is kept, so is the rest
 * of what stands among its text. */
static void join_code(const struct html_choice *choice)
{
    const struct html_page *page = choice->page;
    uint64_t chars = 0, kept = 0;

    for (size_t b = 0; b < page->block_count; b++)
        if (code_of(page, &page->blocks[b])) {
            chars += page->blocks[b].chars;
            kept += choice->roles[b] ? page->blocks[b].chars : 0;
        }
    if (kept * 2 < chars)
        return;
    for (size_t b = 0; b < page->block_count; b++) {
        uint32_t code = code_of(page, &page->blocks[b]);

        if (code && !choice->roles[b] && choice->scores[b] >= CODE_SCORE_MIN &&
            has_text_beside(choice, b, code))
            choice->roles[b] = HTML_ROLE_TEXT;
    }
}

/* ---- quotes ---- */

/* The quote that a block stands in, or right below; 0: none. */
static uint32_t quote_of(const struct html_page *page, uint32_t container)
{
    const struct html_node *nodes = page->dom->nodes;
    uint32_t parent = nodes[container].parent;

    return nodes[container].tag == HTML_BLOCKQUOTE ? container
           : nodes[parent].tag == HTML_BLOCKQUOTE  ? parent
                                                   : 0;
}

static bool is_dash(const char *text)
{
    return !memcmp(text, "\xe2\x80\x94", 3) || !memcmp(text, "\xe2\x80\x93", 3); /* em, en */
}

/* "- Name, date": who said it. */
static bool is_signature(const struct html_page *page, const struct html_block *block)
{
    const struct html_node *node = &page->dom->nodes[block->first];
    uint32_t start = 0;

    while (start < node->text_len && (unsigned char)node->text[start] <= ' ')
        start++;
    return block->words <= SIGNED_WORDS_MAX && node->text_len - start >= 3 &&
           is_dash(node->text + start);
}

/* Words that someone said are signed. Among an article's text they are part of it, with the
 * signature. */
static void join_quotes(const struct html_choice *choice)
{
    const struct html_page *page = choice->page;

    for (size_t b = 1; b < page->block_count; b++) {
        uint32_t quote = quote_of(page, page->blocks[b].container);

        if (!quote || choice->roles[b] || !is_inside(page, b - 1, quote) ||
            !is_signature(page, &page->blocks[b]) || !has_text_beside(choice, b, quote))
            continue;
        choice->roles[b] = HTML_ROLE_TEXT;
        for (size_t i = 1; i <= QUOTE_BLOCKS_MAX && i <= b && is_inside(page, b - i, quote); i++)
            if (choice->scores[b - i] >= TEXT_SCORE_MIN)
                choice->roles[b - i] = HTML_ROLE_TEXT;
    }
}

/* ---- tables of facts ---- */

static bool is_cell(enum html_tag tag)
{
    return tag == HTML_TH || tag == HTML_TD;
}

/* A row of a label and its value. */
static bool is_fact(const struct html_dom *dom, uint32_t row)
{
    unsigned labels = 0, values = 0;

    for (uint32_t i = row + 1; i < dom->nodes[row].end; i = dom->nodes[i].end) {
        labels += dom->nodes[i].tag == HTML_TH;
        values += dom->nodes[i].tag == HTML_TD;
    }
    return labels == 1 && values == 1;
}

static bool has_facts(const struct html_dom *dom, uint32_t table)
{
    unsigned rows = 0, facts = 0;

    for (uint32_t i = table + 1; i < dom->nodes[table].end; i++)
        if (dom->nodes[i].tag == HTML_TR) {
            rows++;
            facts += is_fact(dom, i);
        } else if (is_cell((enum html_tag)dom->nodes[i].tag)) {
            i = dom->nodes[i].end - 1; /* not the tables in it */
        }
    return facts >= FACTS_MIN && (float)facts >= FACT_SHARE * (float)rows;
}

static bool calls_itself_facts(const struct html_dom *dom, uint32_t table)
{
    struct span classes = html_attr(dom, table, HTML_ATTR_CLASS);

    return ascii_find(classes, "infobox") || ascii_find(classes, "factbox");
}

/* The blocks [first, end) of a table that sums up what the article beside it is about: "Born",
 * "Area", "Developer". Its cells look like those of a menu, so the model is not sure of them. */
static void join_facts(const struct html_choice *choice, size_t first, size_t end)
{
    const struct html_page *page = choice->page;
    uint32_t table = page->blocks[first].table;
    uint64_t chars = 0, link_chars = 0;
    float likely = 0;

    for (size_t b = first; b < end; b++) {
        chars += page->blocks[b].chars;
        link_chars += page->blocks[b].link_chars;
        likely += choice->scores[b] * (float)page->blocks[b].chars;
    }
    if (!has_facts(page->dom, table) ||
        (!calls_itself_facts(page->dom, table) &&
         (likely < FACT_SCORE_MIN * (float)chars ||
          (float)link_chars > FACT_LINK_SHARE * (float)chars)) ||
        (!has_text_beside(choice, first, table) && !has_text_beside(choice, end - 1, table)))
        return;
    memset(choice->roles + first, HTML_ROLE_TEXT, end - first);
}

static void join_tables(const struct html_choice *choice)
{
    const struct html_page *page = choice->page;
    size_t end;

    for (size_t b = 0; b < page->block_count; b = end) {
        end = b + 1;
        if (!page->blocks[b].table)
            continue;
        while (end < page->block_count && page->blocks[end].table == page->blocks[b].table)
            end++;
        join_facts(choice, b, end);
    }
}

void html_join_text(const struct html_choice *choice)
{
    join_headings(choice);
    join_code(choice);
    join_lists(choice);
    join_quotes(choice);
    join_tables(choice);
    join_links(choice);
}

/* ---- asides ---- */

static bool is_note(const struct html_page *page, uint32_t node)
{
    struct span role = html_attr(page->dom, node, HTML_ATTR_ROLE);

    return role.len == 4 && !strncasecmp(role.data, "note", 4);
}

/* The picture that a block is said of, or the note that it is part of; 0: neither. */
static uint32_t aside_of(const struct html_page *page, const struct html_block *block)
{
    uint32_t container = block->container, parent = page->dom->nodes[container].parent;

    if (html_page_ancestor(page, container, HTML_FIGCAPTION))
        return html_page_ancestor(page, container, HTML_FIGURE);
    return is_note(page, container) ? container : is_note(page, parent) ? parent : 0;
}

/* MediaWiki's list of the categories that a page is in, but for those of housekeeping, which it
 * hides. */
static bool is_category(const struct html_page *page, uint32_t node)
{
    for (unsigned up = 0; up < CATEGORY_LEVELS && node > 0; up++) {
        struct span id = html_attr(page->dom, node, HTML_ATTR_ID);

        if (id.len == strlen(CATEGORIES) && !memcmp(id.data, CATEGORIES, id.len))
            return true;
        node = page->dom->nodes[node].parent;
    }
    return false;
}

void html_join_asides(const struct html_choice *choice)
{
    const struct html_page *page = choice->page;

    for (size_t b = 0; b < page->block_count; b++) {
        uint32_t aside;

        if (!choice->roles[b] && is_category(page, page->blocks[b].container))
            choice->roles[b] = HTML_ROLE_ASIDE;
        if (choice->roles[b] || choice->scores[b] < ASIDE_SCORE_MIN || page->blocks[b].table)
            continue;
        aside = aside_of(page, &page->blocks[b]);
        if (aside && has_text_beside(choice, b, aside))
            choice->roles[b] = HTML_ROLE_ASIDE;
    }
}
