#include "extractors/html/html_emit_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "extractors/common/alt.h"
#include "extractors/html/html_counts.h"
#include "extractors/html/html_link.h"

#define HIDDEN_BYTES_MAX ((size_t)1 << 20)
#define RULE_TEXT        "\xE2\x81\x82" /* U+2042 */

#define ITEM_CHECKS_MAX   8u /* of nested list items, per block */
#define NUMBER_MAX        99999999u
#define PICTURE_BYTES_MAX 1000u
#define ADDRESS_BYTES_MAX 16384u
#define CAPTION_BYTES_MAX 65536u
#define CAPTION_SHARE     0.5F /* of words that a caption and an alt have both */

unsigned html_emit_number(const struct html_emitter *emitter, uint32_t node,
                          enum html_attribute name)
{
    struct span value = html_attr(emitter->dom, node, name);
    unsigned number = 0;

    for (size_t i = 0; i < value.len && value.data[i] >= '0' && value.data[i] <= '9'; i++)
        number =
            number < NUMBER_MAX / 10 ? number * 10 + (unsigned)(value.data[i] - '0') : NUMBER_MAX;
    return number;
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

static bool language_of_node(const struct html_emitter *emitter, uint32_t node, struct span *out)
{
    *out = html_attr(emitter->dom, node, HTML_ATTR_DATA_LANG);
    if (out->len == 0)
        *out = html_attr(emitter->dom, node, HTML_ATTR_DATA_LANGUAGE);
    if (out->len > 0 && out->len <= 20)
        return true;
    return language_of_classes(html_attr(emitter->dom, node, HTML_ATTR_CLASS), out) &&
           !is_no_language(*out);
}

static void label_code(struct html_emitter *emitter, uint32_t pre)
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

/* A list of terms with a line or two about each, as opposed to a reference manual in one list. */
static bool is_short_list(const struct html_emitter *emitter, uint32_t list)
{
    const struct html_node *nodes = emitter->dom->nodes;
    bool has_term = false;

    for (uint32_t i = list + 1; i < nodes[list].end; i++) {
        enum html_tag tag = (enum html_tag)nodes[i].tag;

        has_term |= tag == HTML_DT;
        if (tag != HTML_DT && tag != HTML_DD && tag != HTML_DL && html_is_block(tag))
            return false;
    }
    return has_term;
}

/* The outermost list of definitions around a node, if it is a short one, and how many there are. */
static unsigned definition_depth(struct html_emitter *emitter, uint32_t node)
{
    uint32_t outermost = 0;
    unsigned depth = 0;

    for (; node > 0; node = emitter->dom->nodes[node].parent)
        if (html_emit_tag(emitter, node) == HTML_DL) {
            outermost = node;
            depth++;
        }
    if (outermost != emitter->definitions) {
        emitter->definitions = outermost;
        emitter->is_short_list = outermost && is_short_list(emitter, outermost);
    }
    return emitter->is_short_list ? depth : 0;
}

/* An item that holds whole sections is layout: a forum's posts, a page's cards. */
static bool is_layout_item(const struct html_emitter *emitter, uint32_t item)
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

/* What is said of a term of a short list stands below it, as an item. */
static void put_definition(struct html_emitter *emitter, uint32_t container, struct place *place)
{
    unsigned depth = definition_depth(emitter, container);

    if (depth == 0)
        return;
    place->kind = BLOCK_LIST_ITEM;
    place->level = depth + 1;
    place->item = container;
}

/* What an element makes of a paragraph in it. */
static enum block_kind kind_in(enum html_tag tag)
{
    if (tag == HTML_DT)
        return BLOCK_TERM;
    return tag == HTML_FIGCAPTION || tag == HTML_CAPTION ? BLOCK_CAPTION : BLOCK_PARAGRAPH;
}

static struct place place_of(struct html_emitter *emitter, const struct html_block *block)
{
    struct place place = { .kind = BLOCK_PARAGRAPH };
    unsigned quotes = 0, lists = 0, items = 0;
    bool is_definition = false;

    for (uint32_t i = block->container; i > 0; i = emitter->dom->nodes[i].parent) {
        enum html_tag tag = html_emit_tag(emitter, i);

        if (tag >= HTML_H1 && tag <= HTML_H6 && place.kind == BLOCK_PARAGRAPH) {
            place.kind = BLOCK_HEADING;
            place.level = (unsigned)(tag - HTML_H1) + 1;
        } else if (html_page_begins_code(emitter->page, i)) {
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
        } else if (tag == HTML_DD) {
            is_definition = true;
        } else if (tag == HTML_BLOCKQUOTE) {
            quotes++;
        } else if (place.kind == BLOCK_PARAGRAPH) {
            place.kind = kind_in(tag);
        }
    }
    if (place.kind == BLOCK_TERM)
        place.level = definition_depth(emitter, block->container);
    else if (is_definition && place.kind == BLOCK_PARAGRAPH)
        put_definition(emitter, block->container, &place);
    if (place.kind == BLOCK_LIST_ITEM && place.level == 0)
        place.level = lists ? lists : 1;
    if (quotes && place.kind == BLOCK_PARAGRAPH) {
        place.kind = BLOCK_QUOTE;
        place.level = quotes;
    }
    return place;
}

/* A thematic break counts when kept text stands on both sides. */
static void send_rules(struct html_emitter *emitter, uint32_t until)
{
    if (emitter->last == 0 || !emitter->dom->has_tag[HTML_HR])
        return;
    for (uint32_t i = emitter->last; i < until; i++)
        if (html_emit_tag(emitter, i) == HTML_HR && !(emitter->page->flags[i] & HTML_IS_HIDDEN)) {
            writer_block(emitter->writer, BLOCK_RULE, 0,
                         (struct span){ RULE_TEXT, strlen(RULE_TEXT) });
            return;
        }
}

/* The number of an item that says it, or of a list's first. The others count on. */
static void label_item(struct html_emitter *emitter, const struct place *place)
{
    const struct html_node *nodes = emitter->dom->nodes;
    unsigned number = html_emit_number(emitter, place->item, HTML_ATTR_VALUE);
    uint32_t first = place->list + 1;
    char text[16];

    while (first < nodes[place->list].end && nodes[first].tag != HTML_LI)
        first = nodes[first].end;
    if (!number && first == place->item)
        number = html_emit_number(emitter, place->list, HTML_ATTR_START);
    if (!number && first == place->item && emitter->item)
        number = 1; /* another list may stand right before */
    if (number) {
        (void)snprintf(text, sizeof(text), "%u", number);
        writer_label(emitter->writer, (struct span){ text, strlen(text) });
    }
}

/* What is said in a note is the note, but for code and lists in it. */
static void put_in_note(const struct html_note *note, struct place *place)
{
    if (place->kind == BLOCK_CODE || place->item > note->node)
        return;
    *place = (struct place){ .kind = BLOCK_FOOTNOTE };
}

static void send_block(struct html_emitter *emitter, const struct html_block *block, uint8_t role)
{
    const struct html_note *note = html_notes_around(emitter->notes, block->first);
    struct place place = place_of(emitter, block);
    unsigned flags = role == HTML_ROLE_COMMENT ? BLOCK_COMMENT
                     : role == HTML_ROLE_ASIDE ? BLOCK_ASIDE
                                               : 0;

    if (note && block->last < note->start)
        return; /* it is its mark */
    if (note)
        put_in_note(note, &place);
    if (place.kind == BLOCK_FOOTNOTE && note->node == emitter->note)
        flags |= BLOCK_CONTINUES;
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
    else if (place.kind == BLOCK_FOOTNOTE)
        writer_label(emitter->writer, (struct span){ note->label, strlen(note->label) });
    else if (flags & BLOCK_ORDERED && !(flags & BLOCK_CONTINUES))
        label_item(emitter, &place);
    html_emit_inline(emitter, block->first, block->last);
    writer_end(emitter->writer);
    emitter->item = place.item;
    emitter->note = note ? note->node : 0;
    emitter->last = block->last;
}

/* ---- pictures ---- */

static bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || !strncasecmp(a.data, b.data, a.len));
}

/* Has one of a caption and an alt half the words of the other? */
static bool caption_says(const struct html_emitter *emitter, uint32_t caption, struct span alt)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(CAPTION_BYTES_MAX);
    CLEANUP(html_counts_release) struct html_counts words = { 0 };
    float of_caption = 0, of_alt = 0;

    html_text_of(emitter->dom, caption, &text);
    if (!html_counts_words(&words, buf_span(&text)))
        return true;
    html_counts_overlap(&words, alt, &of_caption, &of_alt);
    return of_alt >= CAPTION_SHARE || of_caption >= CAPTION_SHARE;
}

/* What a picture shows, where its caption does not say so. Links' pictures are buttons. */
static bool is_told_picture(const struct html_emitter *emitter, uint32_t image, struct span alt)
{
    const struct html_dom *dom = emitter->dom;
    uint32_t figure = html_page_ancestor(emitter->page, image, HTML_FIGURE);

    if (alt.len > PICTURE_BYTES_MAX || !alt_is_description(alt) ||
        span_equal(alt, emitter->picture) || span_equal(alt, buf_span(&emitter->title)))
        return false;
    if (!figure)
        return !(emitter->page->flags[image] & HTML_IS_IN_LINK);
    for (uint32_t i = figure + 1; i < dom->nodes[figure].end; i++)
        if (dom->nodes[i].tag == HTML_FIGCAPTION)
            return !caption_says(emitter, i, alt);
    return true;
}

/* Sends the descriptions of the pictures in the nodes [first, end). */
static void send_pictures(struct html_emitter *emitter, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; emitter->dom->has_tag[HTML_IMG] && i < end; i++) {
        struct span alt;

        if (html_emit_tag(emitter, i) != HTML_IMG ||
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

/* ---- all ---- */

/* Sends what comes first of a table: its caption, wherever it stands; then the rows. */
static size_t send_table_blocks(struct html_emitter *emitter, size_t first)
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
    html_emit_table(emitter, table);
    return end;
}

/* Pictures belong to the text when no text that is left out stands between. */
static uint32_t pictures_from(const struct html_emitter *emitter, size_t index)
{
    const struct html_block *blocks = emitter->page->blocks;

    if (index == 0)
        return 0;
    return emitter->roles[index - 1] ? blocks[index - 1].last + 1 : UINT32_MAX;
}

/* The title comes first, wherever the page has it. A link to the page itself says nothing. */
static void send_title(struct html_emitter *emitter)
{
    for (size_t b = 0; b < emitter->page->block_count; b++)
        if (emitter->roles[b] == HTML_ROLE_TITLE)
            html_page_block_text(emitter->page, &emitter->page->blocks[b], &emitter->title);
    writer_begin(emitter->writer, BLOCK_TITLE, 0);
    writer_flags(emitter->writer, BLOCK_ASIDE);
    writer_text(emitter->writer, buf_span(&emitter->title));
    writer_end(emitter->writer);
}

void html_emit(const struct html_page *page, const uint8_t *roles, const struct html_notes *notes,
               struct span url, struct writer *writer)
{
    struct html_emitter emitter = {
        .page = page,
        .dom = page->dom,
        .roles = roles,
        .notes = notes,
        .writer = writer,
        .title = BUF_INIT(PICTURE_BYTES_MAX),
        .base = BUF_INIT(ADDRESS_BYTES_MAX),
        .target = BUF_INIT(ADDRESS_BYTES_MAX),
        .raised = BUF_INIT(ADDRESS_BYTES_MAX),
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
    buf_release(&emitter.raised);
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
