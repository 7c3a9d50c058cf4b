#include "extractors/html/html_menus.h"

#include <ctype.h>

#define LINKS_MIN           4u  /* of a cell beside the text */
#define LINKS_OF_ROW_MIN    3u  /* of a row above or below it */
#define LINK_PERCENT        85u /* of a cell's characters that are links */
#define LINK_OF_ROW_PERCENT 70u /* signs stand between them */
#define LINK_CHARS_MAX      32u /* of each, in the mean */
#define TEXT_CHARS_MIN      250u
#define TEXT_RATIO          3u /* so much more text is beside the menu */

struct cell {
    uint32_t chars, link_chars, links;
};

/* The first block that begins at node or behind it. */
static size_t first_block(const struct html_page *page, uint32_t node)
{
    size_t low = 0, high = page->block_count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (page->blocks[middle].first < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct cell measure(const struct html_page *page, uint32_t node)
{
    uint32_t end = page->dom->nodes[node].end;
    struct cell cell = { 0 };

    for (size_t b = first_block(page, node); b < page->block_count && page->blocks[b].first < end;
         b++) {
        cell.chars += page->blocks[b].chars;
        cell.link_chars += page->blocks[b].link_chars;
        cell.links += page->blocks[b].links;
    }
    return cell;
}

static void leave_out(const struct html_page *page, uint32_t node, uint8_t *roles)
{
    uint32_t end = page->dom->nodes[node].end;

    for (size_t b = first_block(page, node); b < page->block_count && page->blocks[b].first < end;
         b++)
        roles[b] = HTML_ROLE_NONE;
}

static bool is_of_links(const struct cell *cell, uint32_t links_min, uint32_t percent)
{
    return cell->links >= links_min &&
           (uint64_t)cell->link_chars * 100 >= (uint64_t)cell->chars * percent &&
           cell->chars <= cell->links * LINK_CHARS_MAX;
}

/* Cells of links beside one that is mostly text. */
static void drop_columns(const struct html_page *page, uint32_t row, uint8_t *roles)
{
    const struct html_dom *dom = page->dom;
    uint32_t text = 0;

    for (uint32_t i = row + 1; i < dom->nodes[row].end; i = dom->nodes[i].end) {
        struct cell cell = measure(page, i);

        if (cell.link_chars * 2 < cell.chars && cell.chars > text)
            text = cell.chars;
    }
    for (uint32_t i = row + 1; text >= TEXT_CHARS_MIN && i < dom->nodes[row].end;
         i = dom->nodes[i].end) {
        struct cell cell = measure(page, i);

        if (is_of_links(&cell, LINKS_MIN, LINK_PERCENT) && cell.chars * TEXT_RATIO <= text)
            leave_out(page, i, roles);
    }
}

/* U+00A0 to U+00BF and most of what begins with 0xE2 are signs: "»", "•", "→". */
static bool has_word(const struct html_node *text)
{
    for (uint32_t i = 0; i < text->text_len; i++) {
        unsigned char c = (unsigned char)text->text[i];

        if (isalpha(c) || (c >= 0xC3 && c != 0xE2))
            return true;
    }
    return false;
}

/* "See also:" and links are of the text; a menu has nothing in front of its own. */
static bool begins_with_words(const struct html_page *page, uint32_t row)
{
    const struct html_node *nodes = page->dom->nodes;

    for (uint32_t i = row; i < nodes[row].end; i++)
        if (nodes[i].text && !(page->flags[i] & (HTML_IS_HIDDEN | HTML_IS_DROPPED)) &&
            has_word(&nodes[i]))
            return !(page->flags[i] & HTML_IS_IN_LINK);
    return false;
}

/* The row above or below all others, if they are mostly text. */
static void drop_row(const struct html_page *page, uint32_t row, const struct cell *table,
                     uint8_t *roles)
{
    struct cell cell = measure(page, row);

    if (is_of_links(&cell, LINKS_OF_ROW_MIN, LINK_OF_ROW_PERCENT) &&
        table->chars - table->link_chars >= TEXT_CHARS_MIN + cell.chars * TEXT_RATIO &&
        !begins_with_words(page, row))
        leave_out(page, row, roles);
}

/* Rows of the table itself, not of those inside. */
static void look_at_table(const struct html_page *page, uint32_t table, uint8_t *roles)
{
    const struct html_dom *dom = page->dom;
    struct cell all = measure(page, table);
    uint32_t first = 0, last = 0;

    for (uint32_t i = table + 1; i < dom->nodes[table].end; i++) {
        if (dom->nodes[i].tag == HTML_TABLE) {
            i = dom->nodes[i].end - 1;
        } else if (dom->nodes[i].tag == HTML_TR) {
            drop_columns(page, i, roles);
            first = first ? first : i;
            last = i;
        }
    }
    if (first != last) {
        drop_row(page, first, &all, roles);
        drop_row(page, last, &all, roles);
    }
}

void html_menus_drop(const struct html_page *page, uint8_t *roles)
{
    const struct html_dom *dom = page->dom;

    for (uint32_t i = 1; i < dom->node_count; i++)
        if (dom->nodes[i].tag == HTML_TABLE &&
            !(page->flags[i] & (HTML_IS_DATA_TABLE | HTML_IS_IN_TABLE)))
            look_at_table(page, i, roles);
}
