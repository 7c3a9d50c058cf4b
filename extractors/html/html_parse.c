#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "extractors/html/html_dom.h"
#include "extractors/html/html_entity.h"
#include "extractors/html/html_names.h"

#define DECODED_BYTES_MAX ((size_t)256 << 20)
#define VALUE_BYTES_MAX   ((size_t)1 << 20)
#define BYTES_PER_NODE    24u /* of the input */
#define BYTES_PER_ATTR    64u

struct parser {
    const char *at, *end;
    const char *searched_from, *reference; /* and the first '&' from there on */
    struct html_dom *dom;
    bool is_xml, is_out_of_memory;
    struct buf scratch; /* the decoded value or text before it goes to the arena */

    uint32_t open[HTML_DEPTH_MAX]; /* the stack of open elements; [0] is the root */
    struct span names[HTML_DEPTH_MAX];
    unsigned depth;
    unsigned depth_skipped;              /* open elements past the deepest */
    unsigned open_count[HTML_TAG_COUNT]; /* spares most searches in the stack */
    bool has_body, has_html;

    /* What a search to the end of the input has shown not to follow any more, so that no input is
     * searched twice. */
    struct html_names known;

    bool no_comment_end, no_cdata_end, no_quote[2], no_raw_end[HTML_TAG_COUNT];
};

/* A start tag as it was read. */
struct start_tag {
    enum html_tag tag;
    struct span name; /* as written */
    uint32_t attr_start;
    uint16_t attr_count;
    uint16_t attr_bits; /* as a node's */
    bool is_closed;     /* "<x/>" */
};

enum byte_kind {
    BYTE_SPACE = 1 << 0,
    BYTE_ENDS_TAG_NAME = 1 << 1,
    BYTE_ENDS_ATTRIBUTE_NAME = 1 << 2,
    BYTE_ENDS_BARE_VALUE = 1 << 3,
    BYTE_ENDS_ALL = BYTE_ENDS_TAG_NAME | BYTE_ENDS_ATTRIBUTE_NAME | BYTE_ENDS_BARE_VALUE,
};

static const uint8_t byte_kinds[256] = {
    [' '] = BYTE_SPACE | BYTE_ENDS_ALL,
    ['\t'] = BYTE_SPACE | BYTE_ENDS_ALL,
    ['\n'] = BYTE_SPACE | BYTE_ENDS_ALL,
    ['\r'] = BYTE_SPACE | BYTE_ENDS_ALL,
    ['\f'] = BYTE_SPACE | BYTE_ENDS_ALL,
    ['>'] = BYTE_ENDS_ALL,
    ['/'] = BYTE_ENDS_TAG_NAME | BYTE_ENDS_ATTRIBUTE_NAME,
    ['='] = BYTE_ENDS_ATTRIBUTE_NAME,
};

/* The bits of kinds that hold for a byte. */
static unsigned is_byte(char c, unsigned kinds)
{
    return byte_kinds[(unsigned char)c] & kinds;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static enum html_tag tag_of(const struct parser *parser, unsigned level)
{
    return (enum html_tag)parser->dom->nodes[parser->open[level]].tag;
}

static enum html_tag top_tag(const struct parser *parser)
{
    return tag_of(parser, parser->depth - 1);
}

/* Bytes of the input from a name's first one on. */
static size_t readable(const struct parser *parser, struct span name)
{
    return (size_t)(parser->end - name.data);
}

/* ---- nodes ---- */

static struct html_node *add_node(struct parser *parser, enum html_tag tag)
{
    struct html_dom *dom = parser->dom;
    struct html_node *node;

    if (dom->node_count >= HTML_NODES_MAX) {
        dom->is_truncated = true;
        parser->at = parser->end;
        return NULL;
    }
    if (!array_reserve(&dom->nodes, &dom->node_capacity, dom->node_count)) {
        parser->is_out_of_memory = true;
        parser->at = parser->end;
        return NULL;
    }
    node = &dom->nodes[dom->node_count];
    *node = (struct html_node){ .tag = (uint8_t)tag, .end = (uint32_t)dom->node_count + 1 };
    dom->has_tag[tag] = true;
    if (parser->depth > 0) {
        node->parent = parser->open[parser->depth - 1];
        node->depth = (uint16_t)parser->depth;
    }
    dom->node_count++;
    return node;
}

static void push(struct parser *parser, struct span name)
{
    uint32_t node = (uint32_t)parser->dom->node_count - 1;

    if (parser->depth == HTML_DEPTH_MAX) {
        parser->depth_skipped++;
        return;
    }
    parser->open[parser->depth] = node;
    parser->names[parser->depth] = name;
    parser->open_count[parser->dom->nodes[node].tag]++;
    parser->depth++;
}

/* Closes the open elements from level on; never the root. */
static void pop_to(struct parser *parser, unsigned level)
{
    while (parser->depth > level && parser->depth > 1) {
        struct html_node *node = &parser->dom->nodes[parser->open[--parser->depth]];

        node->end = (uint32_t)parser->dom->node_count;
        parser->open_count[node->tag]--;
    }
}

/* ---- text ---- */

static struct span keep_decoded(struct parser *parser)
{
    char *copy = arena_copy(&parser->dom->decoded, buf_span(&parser->scratch));

    if (!copy || parser->scratch.failed == STATUS_NO_MEMORY) {
        parser->is_out_of_memory = true;
        return (struct span){ "", 0 };
    }
    return (struct span){ copy, parser->scratch.len };
}

/* May there be a character reference in a part of the input? Most parts are asked about in their
 * order, and few have one, so that one search tells it of many. */
static bool has_reference(struct parser *parser, struct span raw)
{
    if (raw.data < parser->searched_from || parser->reference < raw.data) {
        const char *found = memchr(raw.data, '&', (size_t)(parser->end - raw.data));

        parser->searched_from = raw.data;
        parser->reference = found ? found : parser->end;
    }
    return parser->reference < raw.data + raw.len;
}

static struct span decode(struct parser *parser, struct span raw, bool in_attribute)
{
    if (raw.len == 0 || !has_reference(parser, raw))
        return raw;
    buf_clear(&parser->scratch);
    html_entity_decode(&parser->scratch, raw, in_attribute);
    return keep_decoded(parser);
}

static bool is_blank(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_byte(text.data[i], BYTE_SPACE))
            return false;
    return true;
}

/* Between the rows of a table there is nothing but white space to be found. */
static bool drops_blanks(enum html_tag tag)
{
    return tag == HTML_TABLE || tag == HTML_TBODY || tag == HTML_THEAD || tag == HTML_TFOOT ||
           tag == HTML_TR || tag == HTML_UL || tag == HTML_OL || tag == HTML_DL ||
           tag == HTML_HEAD || tag == HTML_HTML || tag == HTML_SELECT;
}

static void add_text(struct parser *parser, const char *start, const char *stop, bool is_decoded)
{
    struct span text = { start, (size_t)(stop - start) };
    struct html_node *node;

    if (text.len == 0)
        return;
    if (drops_blanks(top_tag(parser))) {
        if (is_blank(text))
            return;
        if (top_tag(parser) == HTML_HEAD && !is_decoded)
            pop_to(parser, parser->depth - 1);
    }
    if (!is_decoded)
        text = decode(parser, text, false);
    while (text.len > 0) {
        size_t len = text.len < UINT32_MAX / 2 ? text.len : UINT32_MAX / 2;

        node = add_node(parser, HTML_TEXT_NODE);
        if (!node)
            return;
        node->text = text.data;
        node->text_len = (uint32_t)len;
        text = (struct span){ text.data + len, text.len - len };
    }
}

/* ---- attributes ---- */

static void keep_attribute(struct parser *parser, struct start_tag *tag, uint64_t *seen,
                           struct span name, struct span value)
{
    struct html_dom *dom = parser->dom;
    int known = html_names_attribute(&parser->known, name, readable(parser, name));

    _Static_assert(HTML_ATTR_COUNT <= 64, "seen has one bit per attribute");
    if (known < 0 || (*seen & (UINT64_C(1) << known)))
        return;
    *seen |= UINT64_C(1) << known;
    if (!array_reserve(&dom->attrs, &dom->attr_capacity, dom->attr_count)) {
        parser->is_out_of_memory = true;
        return;
    }
    if (value.len > VALUE_BYTES_MAX)
        value.len = 0;
    dom->attrs[dom->attr_count++] = (struct html_attr){
        .value = decode(parser, value, true),
        .name = (uint8_t)known,
    };
    dom->attributes |= UINT64_C(1) << known;
    tag->attr_count++;
    tag->attr_bits |= html_attr_bit((enum html_attribute)known);
}

/* A quoted value at *at. False: the quote is never closed. Browsers would drop all that follows. */
static bool read_quoted(struct parser *parser, const char **at, struct span *value)
{
    char quote = **at;
    bool *is_gone = &parser->no_quote[quote == '"'];
    const char *start = *at + 1;
    const char *stop = *is_gone ? NULL : memchr(start, quote, (size_t)(parser->end - start));

    if (!stop) {
        *is_gone = true;
        return false;
    }
    *value = (struct span){ start, (size_t)(stop - start) };
    *at = stop + 1;
    return true;
}

static struct span read_bare(const struct parser *parser, const char **at)
{
    const char *start = *at;

    while (*at < parser->end && !is_byte(**at, BYTE_ENDS_BARE_VALUE))
        ++*at;
    return (struct span){ start, (size_t)(*at - start) };
}

static const char *skip_spaces(const struct parser *parser, const char *at)
{
    while (at < parser->end && is_byte(*at, BYTE_SPACE))
        at++;
    return at;
}

/* Reads the attributes at parser->at up to and with '>'. */
static void read_attributes(struct parser *parser, struct start_tag *tag)
{
    const char *at = parser->at, *sign;
    uint64_t seen = 0;

    for (;;) {
        struct span name, value = { "", 0 };

        while (at < parser->end && (is_byte(*at, BYTE_SPACE) || *at == '/')) {
            tag->is_closed = *at == '/';
            at++;
        }
        if (at >= parser->end || *at == '>')
            break;
        tag->is_closed = false;
        name.data = at++;
        while (at < parser->end && !is_byte(*at, BYTE_ENDS_ATTRIBUTE_NAME))
            at++;
        name.len = (size_t)(at - name.data);
        sign = skip_spaces(parser, at);
        if (sign < parser->end && *sign == '=') {
            at = skip_spaces(parser, sign + 1);
            if (at < parser->end && (*at == '"' || *at == '\'')) {
                if (!read_quoted(parser, &at, &value))
                    value = read_bare(parser, &at);
            } else {
                value = read_bare(parser, &at);
            }
        }
        keep_attribute(parser, tag, &seen, name, value);
    }
    parser->at = at < parser->end ? at + 1 : at;
}

/* ---- the tree ---- */

/* "has an element in scope": these end the search. */
static bool is_scope(enum html_tag tag)
{
    switch ((int)tag) {
    case HTML_ROOT:
    case HTML_TABLE:
    case HTML_TD:
    case HTML_TH:
    case HTML_CAPTION:
    case HTML_TEMPLATE:
    case HTML_OBJECT:
    case HTML_BUTTON:
    case HTML_FOREIGNOBJECT:
        return true;
    default:
        return false;
    }
}

/* Closes tag when it is open inside the innermost scope. */
static void close_in_scope(struct parser *parser, enum html_tag tag)
{
    if (parser->open_count[tag] == 0)
        return;
    for (unsigned level = parser->depth; level-- > 1;) {
        if (tag_of(parser, level) == tag) {
            pop_to(parser, level);
            return;
        }
        if (is_scope(tag_of(parser, level)))
            return;
    }
}

static bool closes_paragraph(enum html_tag tag)
{
    if (tag == HTML_CUSTOM || tag == HTML_OPTION || tag == HTML_OPTGROUP || tag == HTML_SELECT ||
        tag == HTML_TEXTAREA || tag == HTML_TITLE || tag == HTML_TEMPLATE || tag == HTML_LEGEND)
        return false;
    return html_is_block(tag);
}

static bool is_heading(enum html_tag tag)
{
    return tag >= HTML_H1 && tag <= HTML_H6;
}

/* An item closes the one before it, unless a list stands between them. */
static void close_item(struct parser *parser, enum html_tag first, enum html_tag second)
{
    if (parser->open_count[first] + parser->open_count[second] == 0)
        return;
    for (unsigned level = parser->depth; level-- > 1;) {
        enum html_tag tag = tag_of(parser, level);

        if (tag == first || tag == second) {
            pop_to(parser, level);
            return;
        }
        if (html_is_block(tag) && tag != HTML_ADDRESS && tag != HTML_DIV && tag != HTML_P)
            return;
    }
}

/* Closes the parts of the innermost table that a new part of that kind ends. */
static void close_table_parts(struct parser *parser, enum html_tag tag)
{
    unsigned lowest = parser->depth;

    for (unsigned level = parser->depth; level-- > 1;) {
        enum html_tag open = tag_of(parser, level);
        bool is_cell = open == HTML_TD || open == HTML_TH || open == HTML_CAPTION;
        bool is_group = open == HTML_TBODY || open == HTML_THEAD || open == HTML_TFOOT;

        if (open == HTML_TABLE || open == HTML_TEMPLATE)
            break;
        if (is_cell || (open == HTML_TR && tag != HTML_TD && tag != HTML_TH) ||
            (is_group && tag != HTML_TD && tag != HTML_TH && tag != HTML_TR))
            lowest = level;
    }
    pop_to(parser, lowest);
}

/* A link closes the one before it when only inline elements are open in it. */
static void close_inline(struct parser *parser, enum html_tag tag)
{
    if (parser->open_count[tag] == 0)
        return;
    for (unsigned level = parser->depth; level-- > 1;) {
        if (tag_of(parser, level) == tag) {
            pop_to(parser, level);
            return;
        }
        if (html_is_block(tag_of(parser, level)))
            return;
    }
}

static bool belongs_in_head(enum html_tag tag)
{
    return tag == HTML_META || tag == HTML_LINK || tag == HTML_TITLE || tag == HTML_SCRIPT ||
           tag == HTML_STYLE || tag == HTML_BASE || tag == HTML_NOSCRIPT || tag == HTML_TEMPLATE;
}

static void close_implied(struct parser *parser, enum html_tag tag)
{
    if (top_tag(parser) == HTML_HEAD && !belongs_in_head(tag))
        pop_to(parser, parser->depth - 1);
    if (closes_paragraph(tag))
        close_in_scope(parser, HTML_P);
    if (is_heading(tag) && is_heading(top_tag(parser)))
        pop_to(parser, parser->depth - 1);
    switch ((int)tag) {
    case HTML_LI:
        close_item(parser, HTML_LI, HTML_LI);
        break;
    case HTML_DD:
    case HTML_DT:
        close_item(parser, HTML_DD, HTML_DT);
        break;
    case HTML_OPTION:
    case HTML_OPTGROUP:
        close_inline(parser, HTML_OPTION);
        break;
    case HTML_TD:
    case HTML_TH:
    case HTML_TR:
    case HTML_TBODY:
    case HTML_THEAD:
    case HTML_TFOOT:
        close_table_parts(parser, tag);
        break;
    case HTML_A:
        close_inline(parser, HTML_A);
        break;
    case HTML_BUTTON:
        close_in_scope(parser, HTML_BUTTON);
        break;
    default:
        break;
    }
}

static bool is_foreign(const struct parser *parser)
{
    return parser->open_count[HTML_SVG] + parser->open_count[HTML_MATH] >
           parser->open_count[HTML_FOREIGNOBJECT];
}

/* The attributes of a second html or body element are not worth a second element. */
static bool is_repeated(struct parser *parser, enum html_tag tag)
{
    bool *has = tag == HTML_BODY ? &parser->has_body : &parser->has_html;
    bool had = *has;

    if (tag != HTML_BODY && tag != HTML_HTML)
        return tag == HTML_HEAD && (parser->has_body || parser->open_count[HTML_HEAD]);
    *has = true;
    return had;
}

static bool is_raw(enum html_tag tag)
{
    return tag == HTML_SCRIPT || tag == HTML_STYLE || tag == HTML_TEXTAREA || tag == HTML_TITLE ||
           tag == HTML_XMP || tag == HTML_IFRAME || tag == HTML_NOEMBED;
}

/* Finds "</name" or, without is_end, "<name", in any case, behind at. */
static const char *find_tag(const struct parser *parser, const char *at, struct span name,
                            bool is_end)
{
    while ((at = memchr(at, '<', (size_t)(parser->end - at)))) {
        const char *letters = at + 1;

        if (is_end && letters < parser->end && *letters == '/')
            letters++;
        else if (is_end)
            letters = parser->end;
        if ((size_t)(parser->end - letters) > name.len) {
            size_t same = 0;

            while (same < name.len && to_lower(letters[same]) == to_lower(name.data[same]))
                same++;
            if (same == name.len && !is_letter(letters[same]))
                return at;
        }
        at++;
    }
    return NULL;
}

/* Where an element that never ends must have ended, going by what comes later. */
static const char *guess_raw_end(const struct parser *parser, enum html_tag tag)
{
    const char *head_end;

    if (tag != HTML_SCRIPT && tag != HTML_STYLE)
        return parser->at;
    head_end = find_tag(parser, parser->at, (struct span){ "head", 4 }, true);
    if (!head_end)
        head_end = find_tag(parser, parser->at, (struct span){ "body", 4 }, false);
    return head_end ? head_end : parser->end;
}

/* The content of an element in which no markup is read. */
static void read_raw(struct parser *parser, enum html_tag tag, struct span name)
{
    const char *start = parser->at, *stop = NULL;
    const char *gt;

    if (!parser->no_raw_end[tag])
        stop = find_tag(parser, start, name, true);
    if (!stop) {
        parser->no_raw_end[tag] = true;
        parser->at = guess_raw_end(parser, tag);
        pop_to(parser, parser->depth - 1);
        return;
    }
    add_text(parser, start, stop, tag != HTML_TITLE && tag != HTML_TEXTAREA);
    gt = memchr(stop, '>', (size_t)(parser->end - stop));
    parser->at = gt ? gt + 1 : parser->end;
    pop_to(parser, parser->depth - 1);
}

static void open_element(struct parser *parser, const struct start_tag *tag)
{
    bool is_open = !html_is_void(tag->tag) &&
                   !(tag->is_closed && (parser->is_xml || is_foreign(parser) ||
                                        tag->tag == HTML_SVG || tag->tag == HTML_MATH));
    unsigned depth = parser->depth;
    struct html_node *node;

    node = add_node(parser, tag->tag);
    if (!node)
        return;
    node->attr_start = tag->attr_start;
    node->attr_count = tag->attr_count;
    node->attr_bits = tag->attr_bits;
    if (!is_open)
        return;
    push(parser, tag->name);
    if (tag->tag == HTML_PLAINTEXT) {
        add_text(parser, parser->at, parser->end, true);
        parser->at = parser->end;
    } else if (is_raw(tag->tag) && !(is_foreign(parser) && tag->tag == HTML_TITLE) &&
               parser->depth > depth) {
        read_raw(parser, tag->tag, tag->name);
    }
}

/* Where a name of less than eight bytes ends: behind which of them; 8: it goes on, or has a byte
 * that nothing is known of. Without a branch for each length. */
static size_t short_name_bytes(const char *name)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t bytes, gt, slash, ends;

    memcpy(&bytes, name, sizeof(bytes));
    bytes = le64toh(bytes);
    gt = bytes ^ ones * '>';
    slash = bytes ^ ones * '/';
    /* The top bit of each byte up to ' ', of '>' and of '/'; of others only behind the first. */
    ends =
        (((bytes - ones * (' ' + 1)) & ~bytes) | ((gt - ones) & ~gt) | ((slash - ones) & ~slash)) &
        tops;
    return ends ? (size_t)__builtin_ctzll(ends) / 8 : sizeof(bytes);
}

static struct span read_name(const struct parser *parser, const char *at)
{
    const char *start = at;

    if (parser->end - at > 8)
        at += short_name_bytes(at);

    while (at < parser->end && !is_byte(*at, BYTE_ENDS_TAG_NAME))
        at++;
    return (struct span){ start, (size_t)(at - start) };
}

static void read_start_tag(struct parser *parser)
{
    struct start_tag tag = { .attr_start = (uint32_t)parser->dom->attr_count };

    tag.name = read_name(parser, parser->at + 1);
    tag.tag = html_names_tag(&parser->known, tag.name, readable(parser, tag.name));
    parser->at = tag.name.data + tag.name.len;
    read_attributes(parser, &tag);
    if (is_repeated(parser, tag.tag))
        return;
    if (!is_foreign(parser))
        close_implied(parser, tag.tag);
    open_element(parser, &tag);
}

static bool is_same_element(const struct parser *parser, unsigned level, enum html_tag tag,
                            struct span name)
{
    const struct span *open = &parser->names[level];

    if (tag_of(parser, level) != tag)
        return is_heading(tag) && is_heading(tag_of(parser, level));
    if (tag != HTML_OTHER && tag != HTML_CUSTOM)
        return true;
    if (open->len != name.len)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (to_lower(open->data[i]) != to_lower(name.data[i]))
            return false;
    return true;
}

static bool is_table_part(enum html_tag tag)
{
    return tag == HTML_TABLE || tag == HTML_TBODY || tag == HTML_THEAD || tag == HTML_TFOOT ||
           tag == HTML_TR || tag == HTML_TD || tag == HTML_TH || tag == HTML_CAPTION;
}

/* May an end tag close its element across this open one? Inline elements end at a block, except at
 * one that ends by itself; blocks end at the edge of a table cell. */
static bool stops_end_tag(enum html_tag end, enum html_tag open)
{
    if (is_table_part(end))
        return open == HTML_TABLE;
    if (open == HTML_TEMPLATE)
        return true;
    if (html_is_block(end))
        return open == HTML_TABLE || open == HTML_TD || open == HTML_TH ||
               (end == HTML_LI && (open == HTML_UL || open == HTML_OL)) ||
               (end == HTML_P && is_scope(open));
    return html_is_block(open) && open != HTML_P && !is_heading(open) && open != HTML_CUSTOM;
}

static void close_element(struct parser *parser, enum html_tag tag, struct span name)
{
    if (tag == HTML_BODY || tag == HTML_HTML || html_is_void(tag)) {
        if (tag == HTML_BR)
            (void)add_node(parser, HTML_BR);
        return;
    }
    if (parser->depth_skipped > 0) {
        parser->depth_skipped--;
        return;
    }
    if (!is_heading(tag) && parser->open_count[tag] == 0)
        return;
    for (unsigned level = parser->depth; level-- > 1;) {
        if (is_same_element(parser, level, tag, name)) {
            pop_to(parser, level);
            return;
        }
        if (stops_end_tag(tag, tag_of(parser, level)))
            return;
    }
}

static const char *find_byte(const struct parser *parser, char c)
{
    return memchr(parser->at, c, (size_t)(parser->end - parser->at));
}

static void skip_past(struct parser *parser, char c)
{
    const char *found =
        parser->at < parser->end && *parser->at == c ? parser->at : find_byte(parser, c);

    parser->at = found ? found + 1 : parser->end;
}

static void read_end_tag(struct parser *parser)
{
    struct span name = read_name(parser, parser->at + 2);
    enum html_tag tag = html_names_tag(&parser->known, name, readable(parser, name));

    parser->at = name.data + name.len;
    skip_past(parser, '>');
    close_element(parser, tag, name);
}

static bool starts_with(const struct parser *parser, const char *prefix)
{
    size_t len = strlen(prefix);

    return (size_t)(parser->end - parser->at) >= len && !memcmp(parser->at, prefix, len);
}

static void skip_comment(struct parser *parser)
{
    const char *at = parser->at + 4;

    if (starts_with(parser, "<!-->") || starts_with(parser, "<!--->")) {
        skip_past(parser, '>');
        return;
    }
    while (!parser->no_comment_end && at < parser->end) {
        const char *dash = memchr(at, '-', (size_t)(parser->end - at));

        if (!dash || parser->end - dash < 3)
            break;
        if (dash[1] == '-' &&
            (dash[2] == '>' || (dash[2] == '!' && parser->end - dash > 3 && dash[3] == '>'))) {
            parser->at = dash + (dash[2] == '>' ? 3 : 4);
            return;
        }
        at = dash + 1;
    }
    /* Never closed: what is behind its first '>' is more likely text than comment. */
    parser->no_comment_end = true;
    skip_past(parser, '>');
}

static void read_cdata(struct parser *parser)
{
    const char *start = parser->at + strlen("<![CDATA["), *at = start;

    while (!parser->no_cdata_end && (at = memchr(at, ']', (size_t)(parser->end - at)))) {
        if (parser->end - at >= 3 && at[1] == ']' && at[2] == '>') {
            add_text(parser, start, at, true);
            parser->at = at + 3;
            return;
        }
        at++;
    }
    parser->no_cdata_end = true;
    parser->at = start;
}

/* At a '<'. False: it is only text. */
static bool read_markup(struct parser *parser)
{
    char next = parser->at + 1 < parser->end ? parser->at[1] : ' ';

    if (is_letter(next)) {
        read_start_tag(parser);
    } else if (next == '/' && parser->at + 2 < parser->end && is_letter(parser->at[2])) {
        read_end_tag(parser);
    } else if (starts_with(parser, "<!--")) {
        skip_comment(parser);
    } else if (starts_with(parser, "<![CDATA[") && (parser->is_xml || is_foreign(parser))) {
        read_cdata(parser);
    } else if (next == '!' || next == '?' || next == '/') {
        skip_past(parser, '>');
    } else {
        return false;
    }
    return true;
}

static void read_all(struct parser *parser)
{
    const char *text = parser->at; /* where text that is not added yet starts */

    while (parser->at < parser->end) {
        const char *mark = *parser->at == '<' ? parser->at : find_byte(parser, '<');

        if (!mark)
            break;
        parser->at = mark;
        if (mark + 1 < parser->end && !is_letter(mark[1]) && mark[1] != '/' && mark[1] != '!' &&
            mark[1] != '?') {
            parser->at++; /* only text */
            continue;
        }
        add_text(parser, text, mark, false);
        if (parser->at == parser->end) /* no more memory, or nodes */
            return;
        text = mark;
        if (read_markup(parser))
            text = parser->at;
        else
            parser->at++;
    }
    add_text(parser, text, parser->end, false);
}

/* For as many nodes and attributes as most pages of that length have, so that few grow by being
 * copied. Without memory for it, they begin with none. */
static void make_room(struct html_dom *dom, size_t input_bytes)
{
    size_t nodes = input_bytes / BYTES_PER_NODE, attrs = input_bytes / BYTES_PER_ATTR;

    nodes = nodes < HTML_NODES_MAX ? nodes : HTML_NODES_MAX;
    attrs = attrs < HTML_NODES_MAX ? attrs : HTML_NODES_MAX;
    dom->nodes = malloc((nodes + 1) * sizeof(*dom->nodes));
    dom->attrs = malloc((attrs + 1) * sizeof(*dom->attrs));
    dom->node_capacity = dom->nodes ? nodes + 1 : 0;
    dom->attr_capacity = dom->attrs ? attrs + 1 : 0;
}

enum status html_parse(struct span input, bool is_xml, struct html_dom *dom, struct error *err)
{
    struct parser *parser = calloc(1, sizeof(*parser));

    *dom = (struct html_dom){ .decoded = ARENA_INIT(DECODED_BYTES_MAX) };
    if (!parser)
        return error_set(err, STATUS_NO_MEMORY, "out of memory for an HTML parser");
    parser->at = input.data;
    parser->end = parser->searched_from = input.data + input.len;
    parser->dom = dom;
    parser->is_xml = is_xml;
    parser->scratch = (struct buf)BUF_INIT(DECODED_BYTES_MAX);
    make_room(dom, input.len);
    if (add_node(parser, HTML_ROOT)) {
        push(parser, (struct span){ "", 0 });
        read_all(parser);
        pop_to(parser, 1);
        dom->nodes[0].end = (uint32_t)dom->node_count;
    }
    buf_release(&parser->scratch);
    if (parser->is_out_of_memory) {
        free(parser);
        html_dom_release(dom);
        return error_set(err, STATUS_NO_MEMORY, "out of memory for an HTML tree");
    }
    free(parser);
    return STATUS_OK;
}
