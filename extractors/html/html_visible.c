#include "extractors/html/html_visible.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "extractors/html/html_classes.h"
#include "extractors/html/html_words.h"

#define NOTICE_BYTES_MAX       200u /* "You need to enable JavaScript to run this app." */
#define PANEL_LEVELS           3u
#define READ_ALOUD_BYTES_MAX   120u
#define HIDDEN_BYTES_MAX       200u /* more of it is put away for one width, or opens */
#define ECHO_BYTES_MIN         4u
#define SECTION_SIGN_BYTES_MAX 16u
#define OPENER_LEVELS          4u /* looked at for menus and notices, which open too */

static bool span_equal(struct span text, const char *word)
{
    return text.len == strlen(word) && !strncasecmp(text.data, word, text.len);
}

/* Of the text in it that is no script or style. */
static uint64_t text_bytes(const struct html_page *page, uint32_t node)
{
    return page->text_before[page->dom->nodes[node].end] - page->text_before[node];
}

/* Finds "property:value" in a style attribute, with any white space. */
static bool style_says(struct span style, const char *property, const char *value)
{
    size_t property_len = strlen(property), value_len = strlen(value);

    for (size_t i = 0; i + property_len < style.len; i++) {
        size_t at = i + property_len;

        if (i > 0 && style.data[i - 1] != ';' && style.data[i - 1] != ' ')
            continue;
        if (strncasecmp(style.data + i, property, property_len) != 0)
            continue;
        while (at < style.len && (style.data[at] == ' ' || style.data[at] == ':'))
            at++;
        if (at + value_len <= style.len && !strncasecmp(style.data + at, value, value_len) &&
            (at + value_len == style.len || strchr("; !", style.data[at + value_len])))
            return true;
    }
    return false;
}

/* What is transparent only until it is scrolled to moves, too. */
static bool is_animated(const struct html_dom *dom, uint32_t node, struct span style)
{
    static const char *const words[] = { "transform", "transition", "animation", "will-change" };
    static const char *const classes[] = { "wow", "aos", "animat", "fade", "reveal", "invisible" };
    struct span names = html_attr(dom, node, HTML_ATTR_CLASS);

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (memmem(style.data, style.len, words[i], strlen(words[i])))
            return true;
    for (size_t i = 0; names.len > 0 && i < sizeof(classes) / sizeof(classes[0]); i++)
        if (memmem(names.data, names.len, classes[i], strlen(classes[i])))
            return true;
    return false;
}

static bool style_hides(const struct html_dom *dom, uint32_t node)
{
    struct span style = html_attr(dom, node, HTML_ATTR_STYLE);

    if (style.len == 0)
        return false;
    if (style_says(style, "display", "none") || style_says(style, "font-size", "0") ||
        style_says(style, "font-size", "0px"))
        return true;
    return (style_says(style, "visibility", "hidden") || style_says(style, "opacity", "0")) &&
           !is_animated(dom, node, style);
}

/* Mathematics is often there twice, for the eye and for the ear; the source is the third. */
static bool is_duplicate(const struct html_dom *dom, uint32_t node, unsigned classes)
{
    return dom->nodes[node].tag == HTML_ANNOTATION || classes & HTML_CLASS_DUPLICATE;
}

/* What style sheets show to programs that read aloud alone, by the names that frameworks give it. A
 * page's main heading is its heading all the same, and long texts are switched by width. */
static bool is_read_aloud(const struct html_page *page, uint32_t node, unsigned classes)
{
    return classes & HTML_CLASS_READ_ALOUD && text_bytes(page, node) <= READ_ALOUD_BYTES_MAX &&
           page->dom->nodes[node].tag != HTML_H1;
}

/* "hidden" and "d-none" are what frameworks call what does not show; where another class says at
 * which width it shows ("md:block", "d-md-flex"), it does. */
static bool class_hides(const struct html_page *page, uint32_t node, unsigned classes)
{
    static const char *const widths[] = { ":", "-sm", "-md", "-lg", "-xl", "visible", "show" };
    struct span names;

    if (!(classes & HTML_CLASS_HIDDEN) || text_bytes(page, node) > HIDDEN_BYTES_MAX)
        return false;
    names = html_attr(page->dom, node, HTML_ATTR_CLASS);
    for (size_t i = 0; names.len > 0 && i < sizeof(widths) / sizeof(widths[0]); i++)
        if (memmem(names.data, names.len, widths[i], strlen(widths[i])))
            return false;
    return true;
}

/* "GBP 5<span>GBP 5</span>": the same once more, with nothing between. */
static bool is_echo(const struct html_page *page, uint32_t node)
{
    const struct html_node *nodes = page->dom->nodes, *before = &nodes[node - 1];
    const struct html_node *inner = &nodes[node + 1];

    return nodes[node].end == node + 2 && inner->tag == HTML_TEXT_NODE &&
           before->tag == HTML_TEXT_NODE && inner->text_len >= ECHO_BYTES_MIN &&
           inner->text_len == before->text_len && !html_is_block(nodes[node].tag) &&
           !(page->flags[node - 1] & (HTML_IS_HIDDEN | HTML_IS_DROPPED | HTML_IS_IN_PRE)) &&
           page->container[node - 1] == page->container[nodes[node].parent] &&
           !memcmp(inner->text, before->text, inner->text_len);
}

static uint32_t marks_of(const struct html_page *page, uint32_t node)
{
    return html_marks_of(page->words, html_attr(page->dom, node, HTML_ATTR_CLASS)) |
           html_marks_of(page->words, html_attr(page->dom, node, HTML_ATTR_ROLE)) |
           html_marks_of(page->words, html_attr(page->dom, node, HTML_ATTR_ID));
}

/* Answers, tabs and panels that a reader opens with a click; and what React sends hidden, to be put
 * into its place by a script. */
static bool can_be_opened(const struct html_page *page, uint32_t node)
{
    const struct html_dom *dom = page->dom;
    const uint32_t furniture = UINT32_C(1) << HTML_MARK_COOKIE | UINT32_C(1) << HTML_MARK_NAV;
    struct span id = html_attr(dom, node, HTML_ATTR_ID);
    bool is_panel = id.len > 2 && !memcmp(id.data, "S:", 2);

    for (unsigned up = 0; up < OPENER_LEVELS && node > 0; up++, node = dom->nodes[node].parent) {
        uint32_t marks = marks_of(page, node);

        if (marks & furniture)
            return false;
        if (up < PANEL_LEVELS && marks >> HTML_MARK_TABS & 1)
            is_panel = true;
    }
    return is_panel;
}

/* Pages hide themselves until their scripts have run. What holds much of the text is not hidden,
 * but for single paragraphs. */
static bool is_most_of_page(const struct html_page *page, uint32_t node)
{
    return page->dom->nodes[node].tag != HTML_P &&
           text_bytes(page, node) * 4 >= text_bytes(page, 0);
}

/* Signs of sections and arrows; beside a heading any sign. */
static bool is_link_sign(uint32_t c, bool is_in_heading)
{
    return c == '#' || c == '^' || c == 0xA7 || c == 0xB6 || c <= ' ' || c == 0xA0 || c == 0xFE0E ||
           c == 0xFE0F || (c >= 0x2190 && c <= 0x21FF) ||
           (is_in_heading && ((c >= 0x2200 && c <= 0x2BFF) || (c >= 0x1F300 && c <= 0x1FAFF)));
}

/* What programs put beside a heading or a term for its address, and behind a note for the way back:
 * a link into the page itself without a word. */
static bool is_section_sign(const struct html_page *page, uint32_t node)
{
    const struct html_dom *dom = page->dom;
    enum html_tag tag = (enum html_tag)dom->nodes[page->container[node]].tag;
    struct span target;

    if (dom->nodes[node].tag != HTML_A || text_bytes(page, node) > SECTION_SIGN_BYTES_MAX)
        return false;
    target = html_attr(dom, node, HTML_ATTR_HREF);
    if (target.len < 2 || target.data[0] != '#')
        return false;
    for (uint32_t i = node + 1; i < dom->nodes[node].end; i++) {
        struct span text = { dom->nodes[i].text, dom->nodes[i].text_len };

        while (dom->nodes[i].tag == HTML_TEXT_NODE && text.len > 0) {
            uint32_t c = (unsigned char)text.data[0];
            size_t len = c < 0x80 ? 1 : utf8_decode(text, &c);

            if (!is_link_sign(c, tag >= HTML_H1 && tag <= HTML_H6))
                return false;
            text = (struct span){ text.data + len, text.len - len };
        }
    }
    return true;
}

uint16_t html_visibility(const struct html_page *page, uint32_t node, unsigned classes)
{
    const struct html_dom *dom = page->dom;
    const struct html_node *element = &dom->nodes[node];
    struct span hidden;

    if (element->tag == HTML_NOSCRIPT && text_bytes(page, node) < NOTICE_BYTES_MAX)
        return HTML_IS_HIDDEN;
    if (element->tag == HTML_TEMPLATE || element->tag == HTML_NOSCRIPT)
        return is_most_of_page(page, node) ? 0 : HTML_IS_HIDDEN;
    if (element->attr_count == 0)
        return 0;
    if (is_echo(page, node) || is_section_sign(page, node) || classes & HTML_CLASS_WAY_BACK)
        return HTML_IS_DROPPED; /* "^ a b c" behind a note */
    if (is_duplicate(dom, node, classes) || is_read_aloud(page, node, classes))
        return HTML_IS_HIDDEN;
    hidden = html_attr(dom, node, HTML_ATTR_HIDDEN);
    if (!style_hides(dom, node) && !class_hides(page, node, classes) &&
        (!hidden.data || span_equal(hidden, "until-found") || span_equal(hidden, "false")))
        return 0;
    return can_be_opened(page, node) || is_most_of_page(page, node) ? HTML_IS_CLOSED
                                                                    : HTML_IS_HIDDEN;
}
