/*
 * html_dom.h - an HTML document as a flat array of nodes in document order.
 *
 * Node 0 is the root. A node's subtree is the nodes [i, nodes[i].end), so a walk is a loop, sums
 * over subtrees are one pass backwards, and depth costs nothing. All text and attribute values are
 * valid UTF-8 with character references decoded; they point into the input or into dom.decoded.
 *
 * html_parse() follows the tokenizer and the tree rules of the HTML standard
 * (https://html.spec.whatwg.org/multipage/parsing.html) where they decide what text is read and
 * which block it belongs to. It leaves out what only matters for rendering: the adoption agency,
 * foster parents, and nesting past HTML_DEPTH_MAX, which is flattened (as browsers do) and loses no
 * text. Its time is linear in the input, whatever the input.
 */
#ifndef EXTRACTORS_HTML_DOM_H
#define EXTRACTORS_HTML_DOM_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"

#define HTML_DEPTH_MAX 400u
#define HTML_NODES_MAX ((size_t)4 << 20)

/* Elements that mean something to us; all others are HTML_OTHER (inline) or HTML_CUSTOM (block).
 * In the order of the names, which html_tag_of() searches. */
#define HTML_TAGS(X)                                                                               \
    X(A, a)                                                                                        \
    X(ABBR, abbr)                                                                                  \
    X(ADDRESS, address)                                                                            \
    X(ANNOTATION, annotation)                                                                      \
    X(AREA, area)                                                                                  \
    X(ARTICLE, article)                                                                            \
    X(ASIDE, aside)                                                                                \
    X(AUDIO, audio)                                                                                \
    X(B, b)                                                                                        \
    X(BASE, base)                                                                                  \
    X(BIG, big)                                                                                    \
    X(BLOCKQUOTE, blockquote)                                                                      \
    X(BODY, body)                                                                                  \
    X(BR, br)                                                                                      \
    X(BUTTON, button)                                                                              \
    X(CANVAS, canvas)                                                                              \
    X(CAPTION, caption)                                                                            \
    X(CENTER, center)                                                                              \
    X(CODE, code)                                                                                  \
    X(COL, col)                                                                                    \
    X(COLGROUP, colgroup)                                                                          \
    X(DATALIST, datalist)                                                                          \
    X(DD, dd)                                                                                      \
    X(DEL, del)                                                                                    \
    X(DESC, desc)                                                                                  \
    X(DETAILS, details)                                                                            \
    X(DIALOG, dialog)                                                                              \
    X(DIR, dir)                                                                                    \
    X(DIV, div)                                                                                    \
    X(DL, dl)                                                                                      \
    X(DT, dt)                                                                                      \
    X(EM, em)                                                                                      \
    X(EMBED, embed)                                                                                \
    X(FIELDSET, fieldset)                                                                          \
    X(FIGCAPTION, figcaption)                                                                      \
    X(FIGURE, figure)                                                                              \
    X(FONT, font)                                                                                  \
    X(FOOTER, footer)                                                                              \
    X(FOREIGNOBJECT, foreignobject)                                                                \
    X(FORM, form)                                                                                  \
    X(FRAME, frame)                                                                                \
    X(FRAMESET, frameset)                                                                          \
    X(H1, h1)                                                                                      \
    X(H2, h2)                                                                                      \
    X(H3, h3)                                                                                      \
    X(H4, h4)                                                                                      \
    X(H5, h5)                                                                                      \
    X(H6, h6)                                                                                      \
    X(HEAD, head)                                                                                  \
    X(HEADER, header)                                                                              \
    X(HGROUP, hgroup)                                                                              \
    X(HR, hr)                                                                                      \
    X(HTML, html)                                                                                  \
    X(I, i)                                                                                        \
    X(IFRAME, iframe)                                                                              \
    X(IMG, img)                                                                                    \
    X(INPUT, input)                                                                                \
    X(INS, ins)                                                                                    \
    X(KBD, kbd)                                                                                    \
    X(LABEL, label)                                                                                \
    X(LEGEND, legend)                                                                              \
    X(LI, li)                                                                                      \
    X(LINK, link)                                                                                  \
    X(LISTING, listing)                                                                            \
    X(MAIN, main)                                                                                  \
    X(MARK, mark)                                                                                  \
    X(MATH, math)                                                                                  \
    X(MENU, menu)                                                                                  \
    X(META, meta)                                                                                  \
    X(METADATA, metadata)                                                                          \
    X(NAV, nav)                                                                                    \
    X(NOBR, nobr)                                                                                  \
    X(NOEMBED, noembed)                                                                            \
    X(NOFRAMES, noframes)                                                                          \
    X(NOSCRIPT, noscript)                                                                          \
    X(OBJECT, object)                                                                              \
    X(OL, ol)                                                                                      \
    X(OPTGROUP, optgroup)                                                                          \
    X(OPTION, option)                                                                              \
    X(P, p)                                                                                        \
    X(PARAM, param)                                                                                \
    X(PICTURE, picture)                                                                            \
    X(PLAINTEXT, plaintext)                                                                        \
    X(PRE, pre)                                                                                    \
    X(Q, q)                                                                                        \
    X(RP, rp)                                                                                      \
    X(RT, rt)                                                                                      \
    X(RUBY, ruby)                                                                                  \
    X(S, s)                                                                                        \
    X(SAMP, samp)                                                                                  \
    X(SCRIPT, script)                                                                              \
    X(SEARCH, search)                                                                              \
    X(SECTION, section)                                                                            \
    X(SELECT, select)                                                                              \
    X(SMALL, small)                                                                                \
    X(SOURCE, source)                                                                              \
    X(SPAN, span)                                                                                  \
    X(STRIKE, strike)                                                                              \
    X(STRONG, strong)                                                                              \
    X(STYLE, style)                                                                                \
    X(SUB, sub)                                                                                    \
    X(SUMMARY, summary)                                                                            \
    X(SUP, sup)                                                                                    \
    X(SVG, svg)                                                                                    \
    X(TABLE, table)                                                                                \
    X(TBODY, tbody)                                                                                \
    X(TD, td)                                                                                      \
    X(TEMPLATE, template)                                                                          \
    X(TEXT, text)                                                                                  \
    X(TEXTAREA, textarea)                                                                          \
    X(TFOOT, tfoot)                                                                                \
    X(TH, th)                                                                                      \
    X(THEAD, thead)                                                                                \
    X(TIME, time)                                                                                  \
    X(TITLE, title)                                                                                \
    X(TR, tr)                                                                                      \
    X(TRACK, track)                                                                                \
    X(TT, tt)                                                                                      \
    X(U, u)                                                                                        \
    X(UL, ul)                                                                                      \
    X(VAR, var)                                                                                    \
    X(VIDEO, video)                                                                                \
    X(WBR, wbr)                                                                                    \
    X(XMP, xmp)

/* And those of formulas, in the same order: behind the others, for the numbers of these are in
 * hashes that the choice of blocks goes by. */
#define HTML_MATH_TAGS(X)                                                                          \
    X(MFENCED, mfenced)                                                                            \
    X(MFRAC, mfrac)                                                                                \
    X(MI, mi)                                                                                      \
    X(MN, mn)                                                                                      \
    X(MO, mo)                                                                                      \
    X(MOVER, mover)                                                                                \
    X(MPHANTOM, mphantom)                                                                          \
    X(MROOT, mroot)                                                                                \
    X(MS, ms)                                                                                      \
    X(MSQRT, msqrt)                                                                                \
    X(MSUB, msub)                                                                                  \
    X(MSUBSUP, msubsup)                                                                            \
    X(MSUP, msup)                                                                                  \
    X(MTABLE, mtable)                                                                              \
    X(MTEXT, mtext)                                                                                \
    X(MTR, mtr)                                                                                    \
    X(MUNDER, munder)                                                                              \
    X(MUNDEROVER, munderover)                                                                      \
    X(SEMANTICS, semantics)

enum html_tag {
    HTML_ROOT,
    HTML_TEXT_NODE,
    HTML_OTHER,
    HTML_CUSTOM, /* a name with a hyphen: pages give most of them a block of their own */
#define HTML_TAG_ENUM(upper, lower) HTML_##upper,
    HTML_TAGS(HTML_TAG_ENUM) HTML_MATH_TAGS(HTML_TAG_ENUM)
#undef HTML_TAG_ENUM
        HTML_TAG_COUNT
};

/* The attributes that are kept. */
#define HTML_ATTRIBUTES(X)                                                                         \
    X(ALT, "alt")                                                                                  \
    X(ARIA_HIDDEN, "aria-hidden")                                                                  \
    X(ARIA_LABEL, "aria-label")                                                                    \
    X(CHARSET, "charset")                                                                          \
    X(CHECKED, "checked")                                                                          \
    X(CLASS, "class")                                                                              \
    X(COLSPAN, "colspan")                                                                          \
    X(CONTENT, "content")                                                                          \
    X(DATA_LANG, "data-lang")                                                                      \
    X(DATA_LANGUAGE, "data-language")                                                              \
    X(DATETIME, "datetime")                                                                        \
    X(DISABLED, "disabled")                                                                        \
    X(ENCODING, "encoding")                                                                        \
    X(EPUB_TYPE, "epub:type")                                                                      \
    X(HIDDEN, "hidden")                                                                            \
    X(HREF, "href")                                                                                \
    X(HTTP_EQUIV, "http-equiv")                                                                    \
    X(ID, "id")                                                                                    \
    X(ITEMPROP, "itemprop")                                                                        \
    X(ITEMTYPE, "itemtype")                                                                        \
    X(LANG, "lang")                                                                                \
    X(NAME, "name")                                                                                \
    X(PROPERTY, "property")                                                                        \
    X(REL, "rel")                                                                                  \
    X(REVERSED, "reversed")                                                                        \
    X(ROLE, "role")                                                                                \
    X(ROWSPAN, "rowspan")                                                                          \
    X(SCOPE, "scope")                                                                              \
    X(SRC, "src")                                                                                  \
    X(START, "start")                                                                              \
    X(STYLE, "style")                                                                              \
    X(TITLE, "title")                                                                              \
    X(TYPE, "type")                                                                                \
    X(VALUE, "value")                                                                              \
    X(XML_LANG, "xml:lang")

enum html_attribute {
#define HTML_ATTRIBUTE_ENUM(upper, name) HTML_ATTR_##upper,
    HTML_ATTRIBUTES(HTML_ATTRIBUTE_ENUM)
#undef HTML_ATTRIBUTE_ENUM
        HTML_ATTR_COUNT
};

struct html_attr {
    struct span value;
    uint8_t name; /* enum html_attribute */
};

struct html_node {
    uint32_t parent;
    uint32_t end;        /* one past its subtree */
    uint32_t attr_start; /* index in dom.attrs; elements only */
    uint16_t attr_count;
    uint16_t depth;     /* the root's is 0 */
    uint8_t tag;        /* enum html_tag */
    uint16_t attr_bits; /* html_attr_bit() of each attribute */
    uint32_t text_len;
    const char *text; /* text nodes; NULL for elements */
};

struct html_dom {
    struct html_node *nodes;
    size_t node_count, node_capacity;
    struct html_attr *attrs;
    size_t attr_count, attr_capacity;
    struct arena decoded;         /* texts and values that had character references */
    bool has_tag[HTML_TAG_COUNT]; /* is there one of it? Most are not looked for then */
    uint64_t attributes;          /* bits: 1 << enum html_attribute of all that nodes have */
    bool is_truncated;            /* more nodes than HTML_NODES_MAX: the rest was left out */
};

/* Reads input (valid UTF-8), which must outlive *dom. STATUS_NO_MEMORY is all that can go wrong.
 * is_xml: "<x/>" closes any element, and CDATA is text. */
NODISCARD enum status html_parse(struct span input, bool is_xml, struct html_dom *dom,
                                 struct error *err);
void html_dom_release(struct html_dom *dom);

/* Static; "" for HTML_OTHER and HTML_CUSTOM. */
const char *html_tag_name(enum html_tag tag);

/* HTML_OTHER or HTML_CUSTOM when the name (in lower case) is none of ours. */
enum html_tag html_tag_of(struct span lower_name);

/* Some attributes share a bit: it tells of most nodes at once that they do not have one. */
static inline uint16_t html_attr_bit(enum html_attribute name)
{
    return (uint16_t)(1u << (name % 16));
}

/* The same as html_attr(), of any node. */
struct span html_attr_search(const struct html_dom *dom, uint32_t node, enum html_attribute name);

/* {NULL, 0} when the node has no such attribute. */
static inline struct span html_attr(const struct html_dom *dom, uint32_t node,
                                    enum html_attribute name)
{
    return dom->nodes[node].attr_bits & html_attr_bit(name) ? html_attr_search(dom, node, name)
                                                            : (struct span){ NULL, 0 };
}

static inline bool html_has_attr(const struct html_dom *dom, uint32_t node,
                                 enum html_attribute name)
{
    return html_attr(dom, node, name).data != NULL;
}

/* Is name, in any case, one of the words of a class attribute? */
bool html_has_class(struct span classes, const char *name);

extern const bool html_block_tags[HTML_TAG_COUNT];

/* True for elements that start and end a block of text. */
static inline bool html_is_block(enum html_tag tag)
{
    return html_block_tags[tag];
}

bool html_is_void(enum html_tag tag);

/* Appends the text of a subtree, as it stands, with a line break at each block's edge; without
 * scripts and styles. */
void html_text_of(const struct html_dom *dom, uint32_t node, struct buf *out);

#endif
