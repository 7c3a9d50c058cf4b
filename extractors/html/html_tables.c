#include "extractors/html/html_tables.h"

#include <string.h>
#include <strings.h>

#define NESTED_BYTES_MAX      200u /* of a table that is what a cell says */
#define DECLARATION_BYTES_MAX 2000u
#define PAGE_BYTES_MIN        300u /* of a cell that is a part of a page */

static bool span_equal(struct span text, const char *word)
{
    return text.len == strlen(word) && !strncasecmp(text.data, word, text.len);
}

static uint64_t text_bytes(const struct html_page *page, uint32_t node)
{
    return page->text_before[page->dom->nodes[node].end] - page->text_before[node];
}

struct table_shape {
    uint32_t rows, cells, headers, columns_min, columns_max, long_cells, nested, headings;
    bool nests_text; /* a table inside holds more than some words */
    bool has_page;   /* a cell holds a heading and what stands below it */
};

/* A heading with paragraphs below it: a part of a page, and none of a table. */
static bool holds_page(const struct html_dom *dom, uint32_t cell)
{
    bool has_heading = false;

    for (uint32_t i = cell + 1; i < dom->nodes[cell].end; i++) {
        has_heading |= dom->nodes[i].tag >= HTML_H1 && dom->nodes[i].tag <= HTML_H6;
        if (has_heading && dom->nodes[i].tag == HTML_P)
            return true;
    }
    return false;
}

static void look_at_row(const struct html_page *page, uint32_t row, struct table_shape *shape)
{
    const struct html_dom *dom = page->dom;
    uint32_t columns = 0;

    for (uint32_t i = row + 1; i < dom->nodes[row].end; i = dom->nodes[i].end) {
        const struct html_node *cell = &dom->nodes[i];

        if (cell->tag != HTML_TD && cell->tag != HTML_TH)
            continue;
        columns++;
        shape->cells++;
        shape->headers += cell->tag == HTML_TH;
        shape->long_cells += text_bytes(page, i) > 800;
        shape->has_page |= text_bytes(page, i) > PAGE_BYTES_MIN && holds_page(dom, i);
    }
    shape->rows += columns > 0;
    if (columns > shape->columns_max)
        shape->columns_max = columns;
    if (columns > 0 && (shape->columns_min == 0 || columns < shape->columns_min))
        shape->columns_min = columns;
}

/* A grid may have a small table in a cell. */
static bool is_grid(const struct table_shape *shape)
{
    return shape->columns_max > 1 && shape->rows > 1 &&
           (shape->nested == 0 || (!shape->nests_text && shape->columns_min == shape->columns_max &&
                                   shape->nested * 2 <= shape->cells));
}

/* Layout tables hold tables, headings or whole columns of text; data tables have cells of some
 * words in several rows and columns. */
static bool is_data_table(const struct html_page *page, uint32_t table)
{
    const struct html_dom *dom = page->dom;
    struct table_shape shape = { 0 };
    struct span role = html_attr(dom, table, HTML_ATTR_ROLE);
    bool says_data = span_equal(role, "table") || span_equal(role, "grid");

    if (span_equal(role, "presentation") || span_equal(role, "none"))
        return false;
    for (uint32_t i = table + 1; i < dom->nodes[table].end; i++) {
        enum html_tag tag = (enum html_tag)dom->nodes[i].tag;

        if (tag == HTML_TABLE) {
            shape.nested++;
            shape.nests_text |= text_bytes(page, i) > NESTED_BYTES_MAX;
            i = dom->nodes[i].end - 1;
        } else if (tag == HTML_TR)
            look_at_row(page, i, &shape);
        else if (tag >= HTML_H1 && tag <= HTML_H6)
            shape.headings++;
        else if (tag == HTML_CAPTION || tag == HTML_THEAD)
            says_data = true;
        else if (tag == HTML_FORM || tag == HTML_ARTICLE || tag == HTML_PRE)
            shape.long_cells++;
    }
    if (shape.rows == 0)
        return false;
    if (says_data || shape.headers > 0)
        return shape.long_cells * 4 <= shape.cells && shape.headings * 2 <= shape.cells;
    return is_grid(&shape) && shape.long_cells == 0 && !shape.has_page &&
           shape.headings * 2 <= shape.cells;
}

static struct span shown_of(const struct html_dom *dom, uint32_t cell)
{
    struct span text = { "", 0 };

    for (uint32_t i = cell + 1; i < dom->nodes[cell].end && text.len == 0; i++)
        if (dom->nodes[i].tag == HTML_TEXT_NODE) {
            text = (struct span){ dom->nodes[i].text, dom->nodes[i].text_len };
            while (text.len > 0 && (unsigned char)text.data[0] <= ' ')
                text = (struct span){ text.data + 1, text.len - 1 };
        }
    while (text.len > 0 && (unsigned char)text.data[text.len - 1] <= ' ')
        text.len--;
    return text;
}

/* The line that declares a function, set in columns: "int f", "(", "int", "a", ")". */
static bool is_declaration(const struct html_page *page, uint32_t table)
{
    const struct html_dom *dom = page->dom;
    bool is_open = false, is_closed = false;

    if (text_bytes(page, table) > DECLARATION_BYTES_MAX)
        return false;
    for (uint32_t i = table + 1; i < dom->nodes[table].end; i++) {
        enum html_tag tag = (enum html_tag)dom->nodes[i].tag;
        struct span text;

        if (tag == HTML_TD) {
            text = shown_of(dom, i);
            is_closed = is_closed || (is_open && text.len > 0 && text.data[0] == ')');
            is_open = is_open || span_equal(text, "(");
        } else if (tag != HTML_TR && tag != HTML_TBODY && html_is_block(tag)) {
            return false;
        }
    }
    return is_closed;
}

void html_tables_mark(struct html_page *page)
{
    const struct html_dom *dom = page->dom;

    for (uint32_t i = 1; dom->has_tag[HTML_TABLE] && i < dom->node_count; i++) {
        if (page->flags[dom->nodes[i].parent] & (HTML_IS_IN_TABLE | HTML_IS_DATA_TABLE))
            page->flags[i] |= HTML_IS_IN_TABLE;
        else if (dom->nodes[i].tag == HTML_TABLE && is_declaration(page, i))
            for (uint32_t inner = i + 1; inner < dom->nodes[i].end; inner++)
                page->container[inner] = i;
        else if (dom->nodes[i].tag == HTML_TABLE && is_data_table(page, i))
            page->flags[i] |= HTML_IS_DATA_TABLE;
    }
}
