#include "extractors/html_emit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "extractors/html_link.h"

#define HIDDEN_BYTES_MAX ((size_t)1 << 20)
#define RULE_TEXT        "\xE2\x81\x82" /* U+2042 */

#define SPAN_MAX          100u
#define HANGING_MAX       64u
#define REPEAT_NODES_MAX  60u
#define REPEAT_BYTES_MAX  200u
#define ITEM_CHECKS_MAX   8u /* of nested list items, per block */
#define NUMBER_MAX        99999999u
#define PICTURE_BYTES_MAX 1000u
#define ADDRESS_BYTES_MAX 16384u

/* A cell that reaches down into the rows below its own. */
struct hanging {
    uint32_t cell;
    unsigned columns, rows;
};

struct emitter {
    const struct html_page *page;
    const struct html_dom *dom;
    const uint8_t *roles;
    struct writer *writer;
    struct buf title;    /* what the page's title says */
    struct buf base;     /* the address that links are seen from */
    struct buf target;   /* of a link */
    struct span picture; /* what the last picture shows */
    uint32_t item;       /* the list item of the block before; 0: none */
    uint32_t last;       /* the last node emitted; 0: none */
};

static enum html_tag tag_of(const struct emitter *emitter, uint32_t node)
{
    return (enum html_tag)emitter->dom->nodes[node].tag;
}

/* The digits that an attribute begins with; 0: none. At most NUMBER_MAX. */
static unsigned number_of(const struct emitter *emitter, uint32_t node, enum html_attribute name)
{
    struct span value = html_attr(emitter->dom, node, name);
    unsigned number = 0;

    for (size_t i = 0; i < value.len && value.data[i] >= '0' && value.data[i] <= '9'; i++)
        number =
            number < NUMBER_MAX / 10 ? number * 10 + (unsigned)(value.data[i] - '0') : NUMBER_MAX;
    return number;
}

/* ---- inline content ---- */

static uint32_t link_of(const struct emitter *emitter, uint32_t node)
{
    if (!(emitter->page->flags[node] & HTML_IS_IN_LINK))
        return 0;
    while (node > 0 &&
           (tag_of(emitter, node) != HTML_A || !html_has_attr(emitter->dom, node, HTML_ATTR_HREF)))
        node = emitter->dom->nodes[node].parent;
    return node;
}

static void switch_link(struct emitter *emitter, uint32_t *open, uint32_t link)
{
    if (*open == link)
        return;
    if (*open)
        writer_link_end(emitter->writer);
    if (*open && link) /* two links side by side are two words */
        writer_text(emitter->writer, (struct span){ " ", 1 });
    *open = link;
    if (!link)
        return;
    buf_clear(&emitter->target);
    html_link_resolve(buf_span(&emitter->base), html_attr(emitter->dom, link, HTML_ATTR_HREF),
                      &emitter->target);
    if (emitter->target.len > 0)
        writer_link_begin(emitter->writer, buf_span(&emitter->target));
}

static bool ends_line_in_pre(const struct emitter *emitter, uint32_t node)
{
    return html_is_block(tag_of(emitter, node)) && node != emitter->page->container[0];
}

/* Sends the text of the nodes [first, last]. */
static void send_inline(struct emitter *emitter, uint32_t first, uint32_t last)
{
    const struct html_page *page = emitter->page;
    uint32_t link = 0;

    for (uint32_t i = first; i <= last; i++) {
        const struct html_node *node = &emitter->dom->nodes[i];

        if (page->flags[i] & (HTML_IS_DROPPED | HTML_IS_HIDDEN)) {
            i = node->end - 1;
        } else if (node->tag == HTML_BR) {
            writer_break(emitter->writer);
        } else if (node->tag == HTML_TEXT_NODE) {
            switch_link(emitter, &link, link_of(emitter, i));
            writer_text(emitter->writer, (struct span){ node->text, node->text_len });
        } else if (i > first && ends_line_in_pre(emitter, i)) {
            if (page->flags[i] & HTML_IS_IN_PRE)
                writer_break(emitter->writer);
            else
                writer_text(emitter->writer, (struct span){ " ", 1 });
        }
    }
    switch_link(emitter, &link, 0);
}

/* ---- code ---- */

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '#' || c == '_' || c == '.';
}

/* A language in class names, as highlighters write it: "language-c", "lang-c", "brush: c",
 * "highlight-source-shell", "sourceCode c", "hljs c". */
static bool language_of_classes(struct span classes, struct span *out)
{
    static const char *const prefixes[] = { "language-",  "lang-",          "highlight-source-",
                                            "brush: ",    "brush:",         "sourceCode ",
                                            "highlight-", "hljs language-", "hljs ",
                                            "code-" };

    for (size_t p = 0; p < sizeof(prefixes) / sizeof(prefixes[0]); p++) {
        size_t len = strlen(prefixes[p]);

        for (size_t i = 0; i + len < classes.len; i++) {
            size_t name = i + len, end = name;

            if ((i > 0 && classes.data[i - 1] > ' ') ||
                strncasecmp(classes.data + i, prefixes[p], len) != 0)
                continue;
            while (end < classes.len && is_name_char(classes.data[end]))
                end++;
            *out = (struct span){ classes.data + name, end - name };
            if (end > name && end - name <= 20 && (end == classes.len || classes.data[end] != '-'))
                return true;
        }
    }
    return false;
}

static bool is_no_language(struct span name)
{
    static const char *const words[] = { "default",     "block",   "box",    "wrapper",
                                         "text",        "none",    "plain",  "plaintext",
                                         "nohighlight", "snippet", "copy",   "example",
                                         "toolbar",     "code",    "source", "hljs" };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (name.len == strlen(words[i]) && !strncasecmp(name.data, words[i], name.len))
            return true;
    return false;
}

static bool language_of_node(const struct emitter *emitter, uint32_t node, struct span *out)
{
    *out = html_attr(emitter->dom, node, HTML_ATTR_DATA_LANG);
    if (out->len == 0)
        *out = html_attr(emitter->dom, node, HTML_ATTR_DATA_LANGUAGE);
    if (out->len > 0 && out->len <= 20)
        return true;
    return language_of_classes(html_attr(emitter->dom, node, HTML_ATTR_CLASS), out) &&
           !is_no_language(*out);
}

static void label_code(struct emitter *emitter, uint32_t pre)
{
    const struct html_node *nodes = emitter->dom->nodes;
    struct span language;

    for (uint32_t i = pre + 1; i < nodes[pre].end && i <= pre + 3; i++)
        if (nodes[i].tag == HTML_CODE && language_of_node(emitter, i, &language)) {
            writer_label(emitter->writer, language);
            return;
        }
    for (unsigned up = 0; up < 4 && pre > 0; up++, pre = nodes[pre].parent)
        if (language_of_node(emitter, pre, &language)) {
            writer_label(emitter->writer, language);
            return;
        }
}

/* ---- blocks ---- */

/* What the elements around a block make of it. */
struct place {
    enum block_kind kind;
    unsigned level;
    uint32_t item; /* the list item around it */
    uint32_t list; /* the list of that item */
    uint32_t pre;
    bool is_ordered;
};

/* An item that holds whole sections is layout: a forum's posts, a page's cards. */
static bool is_layout_item(const struct emitter *emitter, uint32_t item)
{
    const struct html_node *nodes = emitter->dom->nodes;
    unsigned blocks = 0;

    for (uint32_t i = item + 1; i < nodes[item].end; i++) {
        enum html_tag tag = (enum html_tag)nodes[i].tag;

        if ((tag >= HTML_H1 && tag <= HTML_H6) || tag == HTML_ARTICLE || tag == HTML_SECTION)
            return true;
        if (tag == HTML_UL || tag == HTML_OL || tag == HTML_PRE || tag == HTML_TABLE)
            i = nodes[i].end - 1;
        else if (html_is_block(tag) && ++blocks > 12)
            return true;
        if (i - item > 400)
            return blocks > 4;
    }
    return false;
}

static struct place place_of(const struct emitter *emitter, const struct html_block *block)
{
    struct place place = { .kind = BLOCK_PARAGRAPH };
    unsigned quotes = 0, lists = 0, items = 0;

    for (uint32_t i = block->container; i > 0; i = emitter->dom->nodes[i].parent) {
        enum html_tag tag = tag_of(emitter, i);

        if (tag >= HTML_H1 && tag <= HTML_H6 && place.kind == BLOCK_PARAGRAPH) {
            place.kind = BLOCK_HEADING;
            place.level = (unsigned)(tag - HTML_H1) + 1;
        } else if (tag == HTML_PRE || tag == HTML_LISTING || tag == HTML_XMP ||
                   tag == HTML_PLAINTEXT) {
            place.kind = BLOCK_CODE;
            place.pre = i;
        } else if (tag == HTML_LI && !place.item && items++ < ITEM_CHECKS_MAX &&
                   !is_layout_item(emitter, i)) {
            place.item = i;
            if (place.kind == BLOCK_PARAGRAPH)
                place.kind = BLOCK_LIST_ITEM;
        } else if ((tag == HTML_UL || tag == HTML_OL || tag == HTML_MENU) && place.item) {
            if (lists++ == 0) {
                place.is_ordered = tag == HTML_OL;
                place.list = i;
            }
        } else if (tag == HTML_DT && place.kind == BLOCK_PARAGRAPH) {
            place.kind = BLOCK_TERM;
        } else if ((tag == HTML_FIGCAPTION || tag == HTML_CAPTION) &&
                   place.kind == BLOCK_PARAGRAPH) {
            place.kind = BLOCK_CAPTION;
        } else if (tag == HTML_BLOCKQUOTE) {
            quotes++;
        }
    }
    if (place.kind == BLOCK_LIST_ITEM)
        place.level = lists ? lists : 1;
    if (quotes && place.kind == BLOCK_PARAGRAPH) {
        place.kind = BLOCK_QUOTE;
        place.level = quotes;
    }
    return place;
}

/* A thematic break counts when kept text stands on both sides. */
static void send_rules(struct emitter *emitter, uint32_t until)
{
    if (emitter->last == 0)
        return;
    for (uint32_t i = emitter->last; i < until; i++)
        if (tag_of(emitter, i) == HTML_HR && !(emitter->page->flags[i] & HTML_IS_HIDDEN)) {
            writer_block(emitter->writer, BLOCK_RULE, 0,
                         (struct span){ RULE_TEXT, strlen(RULE_TEXT) });
            return;
        }
}

/* The number of an item that says it, or of a list's first. The others count on. */
static void label_item(struct emitter *emitter, const struct place *place)
{
    const struct html_node *nodes = emitter->dom->nodes;
    unsigned number = number_of(emitter, place->item, HTML_ATTR_VALUE);
    uint32_t first = place->list + 1;
    char text[16];

    while (first < nodes[place->list].end && nodes[first].tag != HTML_LI)
        first = nodes[first].end;
    if (!number && first == place->item)
        number = number_of(emitter, place->list, HTML_ATTR_START);
    if (!number && first == place->item && emitter->item)
        number = 1; /* another list may stand right before */
    if (number) {
        (void)snprintf(text, sizeof(text), "%u", number);
        writer_label(emitter->writer, (struct span){ text, strlen(text) });
    }
}

static void send_block(struct emitter *emitter, const struct html_block *block, uint8_t role)
{
    struct place place = place_of(emitter, block);
    unsigned flags = role == HTML_ROLE_COMMENT ? BLOCK_COMMENT : 0;

    if (place.item && place.item == emitter->item &&
        (place.kind == BLOCK_LIST_ITEM || place.kind == BLOCK_CODE))
        flags |= BLOCK_CONTINUES;
    if (place.kind == BLOCK_LIST_ITEM && place.is_ordered)
        flags |= BLOCK_ORDERED;
    writer_begin(emitter->writer, place.kind, place.level);
    if (flags)
        writer_flags(emitter->writer, flags);
    if (place.kind == BLOCK_CODE)
        label_code(emitter, place.pre);
    else if (flags & BLOCK_ORDERED && !(flags & BLOCK_CONTINUES))
        label_item(emitter, &place);
    send_inline(emitter, block->first, block->last);
    writer_end(emitter->writer);
    emitter->item = place.item;
    emitter->last = block->last;
}

/* ---- pictures ---- */

static bool span_ends(struct span text, const char *end)
{
    size_t len = strlen(end);

    return text.len >= len && !strncasecmp(text.data + text.len - len, end, len);
}

static bool is_file_name(struct span text)
{
    static const char *const ends[] = { ".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg" };

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (span_ends(text, ends[i]))
            return true;
    return false;
}

/* Two words at least: "logo", "IMG_2040" and "" describe nothing. */
static bool is_description(struct span text)
{
    unsigned words = 0;
    bool is_in_word = false;

    for (size_t i = 0; i < text.len; i++) {
        char lower = (char)(text.data[i] | 0x20);
        bool is_letter = (lower >= 'a' && lower <= 'z') || (unsigned char)text.data[i] >= 0x80;

        if ((unsigned char)text.data[i] <= ' ')
            is_in_word = false;
        else if (is_letter && !is_in_word) {
            is_in_word = true;
            words++;
        }
    }
    return words >= 2 && text.len <= PICTURE_BYTES_MAX && !is_file_name(text);
}

static bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || !strncasecmp(a.data, b.data, a.len));
}

/* What a picture shows, where its caption does not say so. Links' pictures are buttons. */
static bool is_told_picture(const struct emitter *emitter, uint32_t image, struct span alt)
{
    const struct html_dom *dom = emitter->dom;
    uint32_t figure = html_page_ancestor(emitter->page, image, HTML_FIGURE);

    if (!is_description(alt) || span_equal(alt, emitter->picture) ||
        span_equal(alt, buf_span(&emitter->title)))
        return false;
    if (!figure)
        return !(emitter->page->flags[image] & HTML_IS_IN_LINK);
    for (uint32_t i = figure + 1; i < dom->nodes[figure].end; i++)
        if (dom->nodes[i].tag == HTML_FIGCAPTION)
            return false;
    return true;
}

/* Sends the descriptions of the pictures in the nodes [first, end). */
static void send_pictures(struct emitter *emitter, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++) {
        struct span alt;

        if (tag_of(emitter, i) != HTML_IMG ||
            emitter->page->flags[i] & (HTML_IS_DROPPED | HTML_IS_HIDDEN))
            continue;
        alt = html_attr(emitter->dom, i, HTML_ATTR_ALT);
        if (!is_told_picture(emitter, i, alt))
            continue;
        writer_begin(emitter->writer, BLOCK_CAPTION, 0);
        writer_flags(emitter->writer, BLOCK_ASIDE);
        writer_text(emitter->writer, alt);
        writer_end(emitter->writer);
        emitter->picture = alt;
        emitter->item = 0;
    }
}

/* ---- tables ---- */

/* A number from 1 to SPAN_MAX. */
static unsigned span_of(const struct emitter *emitter, uint32_t cell, enum html_attribute name)
{
    unsigned count = number_of(emitter, cell, name);

    return count < 1 ? 1 : count > SPAN_MAX ? SPAN_MAX : count;
}

/* A row of the header: in <thead>, or of header cells alone. */
static bool is_header_row(const struct emitter *emitter, uint32_t row)
{
    const struct html_node *nodes = emitter->dom->nodes;
    unsigned headers = 0, cells = 0;

    if (tag_of(emitter, nodes[row].parent) == HTML_THEAD)
        return true;
    for (uint32_t i = row + 1; i < nodes[row].end; i = nodes[i].end) {
        headers += nodes[i].tag == HTML_TH;
        cells += nodes[i].tag == HTML_TD;
    }
    return headers > 0 && cells == 0;
}

static bool has_text(const struct emitter *emitter, uint32_t node)
{
    const struct html_page *page = emitter->page;

    for (uint32_t i = node; i < emitter->dom->nodes[node].end; i++) {
        const struct html_node *inner = &emitter->dom->nodes[i];

        if (page->flags[i] & (HTML_IS_DROPPED | HTML_IS_HIDDEN) || inner->tag != HTML_TEXT_NODE)
            continue;
        for (uint32_t at = 0; at < inner->text_len; at++)
            if ((unsigned char)inner->text[at] > ' ')
                return true;
    }
    return false;
}

static void send_cell(struct emitter *emitter, uint32_t cell, unsigned columns)
{
    const struct html_node *nodes = emitter->dom->nodes;
    bool is_blank = !has_text(emitter, cell);

    writer_begin(emitter->writer, BLOCK_CELL, columns);
    if (!(emitter->page->flags[cell] & HTML_IS_HIDDEN) && nodes[cell].end > cell + 1) {
        send_inline(emitter, cell + 1, nodes[cell].end - 1);
        /* A tick or a flag says what the cell has to say. */
        for (uint32_t i = cell; is_blank && i < nodes[cell].end; i++)
            if (nodes[i].tag == HTML_IMG)
                writer_text(emitter->writer, html_attr(emitter->dom, i, HTML_ATTR_ALT));
    }
    writer_end(emitter->writer);
}

/* Only what names a group of rows is worth repeating; a page of text is not. */
static bool is_short(const struct emitter *emitter, uint32_t cell)
{
    const struct html_page *page = emitter->page;
    uint32_t end = emitter->dom->nodes[cell].end;

    return end - cell <= REPEAT_NODES_MAX &&
           page->text_before[end] - page->text_before[cell] <= REPEAT_BYTES_MAX;
}

/* Sends again the cells from above that reach down into this row, up to the next column of its own.
 * A row is to be understood by itself: it may be retrieved by itself. */
static unsigned send_hanging(struct emitter *emitter, struct hanging *hanging, unsigned column)
{
    while (column < HANGING_MAX && hanging[column].rows > 0) {
        unsigned columns = hanging[column].columns;

        hanging[column].rows--;
        if (is_short(emitter, hanging[column].cell))
            send_cell(emitter, hanging[column].cell, columns);
        else
            writer_block(emitter->writer, BLOCK_CELL, columns, (struct span){ "", 0 });
        column += columns;
    }
    return column;
}

/* A row whose every cell reaches down says nothing that the rows below do not say again. */
static bool hangs_whole(const struct emitter *emitter, uint32_t row)
{
    const struct html_node *nodes = emitter->dom->nodes;
    unsigned cells = 0;

    for (uint32_t i = row + 1; i < nodes[row].end; i = nodes[i].end) {
        if (nodes[i].tag != HTML_TD && nodes[i].tag != HTML_TH)
            continue;
        if (span_of(emitter, i, HTML_ATTR_ROWSPAN) < 2 || !is_short(emitter, i))
            return false;
        cells++;
    }
    return cells > 0 && cells < HANGING_MAX / 2;
}

/* Notes which cells of a row that is not sent reach down. */
static void hang_row(const struct emitter *emitter, uint32_t row, struct hanging *hanging)
{
    const struct html_node *nodes = emitter->dom->nodes;
    unsigned column = 0;

    for (uint32_t i = row + 1; i < nodes[row].end; i = nodes[i].end) {
        unsigned columns;

        if (nodes[i].tag != HTML_TD && nodes[i].tag != HTML_TH)
            continue;
        for (; column < HANGING_MAX && hanging[column].rows > 0; column += columns) {
            hanging[column].rows--;
            columns = hanging[column].columns;
        }
        columns = span_of(emitter, i, HTML_ATTR_COLSPAN);
        if (column < HANGING_MAX)
            hanging[column] = (struct hanging){
                .cell = i,
                .columns = columns,
                .rows = span_of(emitter, i, HTML_ATTR_ROWSPAN) - 1,
            };
        column += columns;
    }
    for (; column < HANGING_MAX; column++)
        if (hanging[column].rows > 0)
            hanging[column].rows--;
}

static void send_row(struct emitter *emitter, uint32_t row, bool is_header, struct hanging *hanging)
{
    const struct html_node *nodes = emitter->dom->nodes;
    unsigned column = 0;

    writer_begin(emitter->writer, BLOCK_ROW, 0);
    if (is_header)
        writer_flags(emitter->writer, BLOCK_HEADER);
    for (uint32_t i = row + 1; i < nodes[row].end; i = nodes[i].end) {
        unsigned columns, rows;

        if (nodes[i].tag != HTML_TD && nodes[i].tag != HTML_TH)
            continue;
        column = send_hanging(emitter, hanging, column);
        columns = span_of(emitter, i, HTML_ATTR_COLSPAN);
        rows = span_of(emitter, i, HTML_ATTR_ROWSPAN);
        send_cell(emitter, i, columns);
        if (column < HANGING_MAX)
            hanging[column] = (struct hanging){ .cell = i, .columns = columns, .rows = rows - 1 };
        column += columns;
    }
    (void)send_hanging(emitter, hanging, column);
    writer_end(emitter->writer);
}

/* The rows of this table, not of one inside it. */
static uint32_t next_row(const struct emitter *emitter, uint32_t table, uint32_t from)
{
    const struct html_node *nodes = emitter->dom->nodes;

    while (from < nodes[table].end) {
        if (nodes[from].tag == HTML_TR)
            return from;
        if (nodes[from].tag == HTML_TABLE || nodes[from].tag == HTML_CAPTION)
            from = nodes[from].end;
        else
            from++;
    }
    return 0;
}

static bool is_empty_row(const struct emitter *emitter, uint32_t row)
{
    return !has_text(emitter, row);
}

/* Is the next row one of this table's, with text of its own? */
static bool has_full_row(const struct emitter *emitter, uint32_t table, uint32_t row)
{
    uint32_t next = next_row(emitter, table, emitter->dom->nodes[row].end);

    return next && has_text(emitter, next) && !hangs_whole(emitter, next);
}

static void send_table(struct emitter *emitter, uint32_t table)
{
    const struct html_node *nodes = emitter->dom->nodes;
    struct hanging hanging[HANGING_MAX] = { { 0 } };
    unsigned headers = 0;
    bool is_header = true;

    for (uint32_t row = next_row(emitter, table, table + 1); row;
         row = next_row(emitter, table, nodes[row].end)) {
        if (is_empty_row(emitter, row))
            continue;
        if (!is_header_row(emitter, row))
            break;
        headers++;
    }
    writer_begin(emitter->writer, BLOCK_TABLE, headers);
    for (uint32_t row = next_row(emitter, table, table + 1); row;
         row = next_row(emitter, table, nodes[row].end)) {
        if (is_empty_row(emitter, row))
            continue;
        is_header = is_header && is_header_row(emitter, row);
        if (!is_header && hangs_whole(emitter, row) && has_full_row(emitter, table, row))
            hang_row(emitter, row, hanging);
        else
            send_row(emitter, row, is_header, hanging);
    }
    writer_end(emitter->writer);
    emitter->last = nodes[table].end - 1;
    emitter->item = 0;
}

/* ---- all ---- */

/* Sends what comes first of a table: its caption, wherever it stands; then the rows. */
static size_t send_table_blocks(struct emitter *emitter, size_t first)
{
    const struct html_page *page = emitter->page;
    uint32_t table = page->blocks[first].table;
    uint64_t kept = 0, all = 0;
    size_t end = first;

    while (end < page->block_count && page->blocks[end].table == table) {
        all += page->blocks[end].chars;
        kept += emitter->roles[end] ? page->blocks[end].chars : 0;
        end++;
    }
    if (kept * 2 < all)
        return end;
    for (size_t i = first; i < end; i++) {
        uint32_t caption = html_page_ancestor(page, page->blocks[i].container, HTML_CAPTION);

        if (caption > table)
            send_block(emitter, &page->blocks[i], HTML_ROLE_TEXT);
    }
    send_table(emitter, table);
    return end;
}

/* Pictures belong to the text when no text that is left out stands between. */
static uint32_t pictures_from(const struct emitter *emitter, size_t index)
{
    const struct html_block *blocks = emitter->page->blocks;

    if (index == 0)
        return 0;
    return emitter->roles[index - 1] ? blocks[index - 1].last + 1 : UINT32_MAX;
}

/* The title comes first, wherever the page has it. A link to the page itself says nothing. */
static void send_title(struct emitter *emitter)
{
    for (size_t b = 0; b < emitter->page->block_count; b++)
        if (emitter->roles[b] == HTML_ROLE_TITLE)
            html_page_block_text(emitter->page, &emitter->page->blocks[b], &emitter->title);
    writer_begin(emitter->writer, BLOCK_TITLE, 0);
    writer_flags(emitter->writer, BLOCK_ASIDE);
    writer_text(emitter->writer, buf_span(&emitter->title));
    writer_end(emitter->writer);
}

void html_emit(const struct html_page *page, const uint8_t *roles, struct span url,
               struct writer *writer)
{
    struct emitter emitter = {
        .page = page,
        .dom = page->dom,
        .roles = roles,
        .writer = writer,
        .title = BUF_INIT(PICTURE_BYTES_MAX),
        .base = BUF_INIT(ADDRESS_BYTES_MAX),
        .target = BUF_INIT(ADDRESS_BYTES_MAX),
    };
    size_t i = 0;

    html_link_base(page->dom, url, &emitter.base);

    send_title(&emitter);
    while (i < page->block_count && !writer_is_full(writer)) {
        const struct html_block *block = &page->blocks[i];

        if (block->table) {
            i = send_table_blocks(&emitter, i);
            continue;
        }
        if (roles[i] && roles[i] != HTML_ROLE_TITLE) {
            send_pictures(&emitter, pictures_from(&emitter, i), block->first);
            send_rules(&emitter, block->first);
            send_block(&emitter, block, roles[i]);
        }
        i++;
    }
    if (!writer_is_full(writer))
        send_pictures(&emitter, pictures_from(&emitter, page->block_count),
                      (uint32_t)page->dom->node_count);
    buf_release(&emitter.title);
    buf_release(&emitter.base);
    buf_release(&emitter.target);
}

void html_emit_hidden(const struct html_page *page, struct writer *writer)
{
    const struct html_dom *dom = page->dom;
    struct buf text = BUF_INIT(HIDDEN_BYTES_MAX);

    for (uint32_t i = 1; i < dom->node_count; i++) {
        const struct html_node *node = &dom->nodes[i];

        if (!(page->flags[i] & HTML_IS_HIDDEN))
            continue;
        buf_clear(&text);
        if (!(page->flags[i] & HTML_IS_DROPPED))
            html_text_of(dom, i, &text);
        if (text.len > 0)
            writer_hidden(writer, buf_span(&text));
        i = node->end - 1;
    }
    buf_release(&text);
}
