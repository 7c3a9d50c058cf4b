/*
 * html_page.h - an HTML document as its reader meets it: which nodes are seen, and the blocks of
 * text they form.
 *
 * A text block is a run of text that no block-level element interrupts: a paragraph, a heading, one
 * list item's own words, a table cell. What is kept and what is left out is decided per text block.
 */
#ifndef EXTRACTORS_HTML_PAGE_H
#define EXTRACTORS_HTML_PAGE_H

#include "extractors/html/html_dom.h"
#include "extractors/html/html_words.h"

enum html_node_flags {
    HTML_IS_HIDDEN = 1 << 0,  /* an ordinary reader would not see it */
    HTML_IS_DROPPED = 1 << 1, /* no text at all: scripts, styles, choices of a form */
    HTML_IS_IN_LINK = 1 << 2,
    HTML_IS_IN_PRE = 1 << 3,
    HTML_IS_DATA_TABLE = 1 << 4, /* the table element itself: rows and cells, no layout */
    HTML_IS_IN_TABLE = 1 << 5,   /* inside a data table */
    HTML_IS_STRONG = 1 << 6,
    HTML_IS_EMPHASIS = 1 << 7,
    HTML_IS_CLOSED = 1 << 8, /* hidden until it is opened or scrolled to */
    HTML_IS_IN_MATH = 1 << 9,
    HTML_IS_NOTE_MARK = 1 << 10,  /* the text node where html_notes.h has a note's mark */
    HTML_IS_NOTE_START = 1 << 11, /* the text node where a note's own words begin */
};

struct html_block {
    uint32_t first, last; /* its first and last text node */
    uint32_t container;   /* the innermost block-level element around it */
    uint32_t table;       /* the outermost data table around it; 0: none */
    uint32_t chars;       /* code points, white space folded */
    uint32_t words;       /* a CJK character counts as half a word */
    uint32_t link_chars, links;
    uint32_t strong_chars, emphasis_chars;
    uint32_t commas;    /* , ; : and their like in other scripts */
    uint32_t sentences; /* ends of sentences */
    uint32_t digits, capitals, symbols;
    bool ends_sentence;
    bool starts_lower;
};

/* What a block is to the page's reader. */
enum html_role {
    HTML_ROLE_NONE, /* left out */
    HTML_ROLE_TEXT,
    HTML_ROLE_TITLE,   /* the page's title, which the metadata have too */
    HTML_ROLE_ASIDE,   /* stands beside the text: what is said of a picture, a note */
    HTML_ROLE_COMMENT, /* what readers wrote below it; only when everything is kept */
};

struct html_page {
    const struct html_dom *dom;
    uint32_t *container;   /* per node: the innermost block-level element around it, or itself */
    uint16_t *flags;       /* per node: enum html_node_flags */
    uint64_t *text_before; /* per node, and one more: bytes of text before it, hidden ones too */
    struct html_block *blocks;
    size_t block_count, block_capacity;
    struct html_words *words; /* a memo for all who ask what its words mean */
};

enum html_page_detail {
    HTML_PAGE_MEASURED, /* all that html_score() goes by */
    HTML_PAGE_BLOCKS,   /* of what a block measures only chars, and those in bytes */
};

/* dom must outlive *page. */
NODISCARD enum status html_page_read(const struct html_dom *dom, enum html_page_detail detail,
                                     struct html_page *page, struct error *err);
void html_page_release(struct html_page *page);

/* The text of a block with white space folded, as far as room allows. */
void html_page_block_text(const struct html_page *page, const struct html_block *block,
                          struct buf *out);

/* Does a text begin a word although nothing stands between it and the one before? Two spans side by
 * side, of which one has several words, are two phrases that a style sheet sets apart. */
bool html_page_is_apart(const struct html_page *page, uint32_t text);

/* The outermost element of code whose white space counts. */
static inline bool html_page_begins_code(const struct html_page *page, uint32_t node)
{
    return page->flags[node] & HTML_IS_IN_PRE &&
           !(page->flags[page->dom->nodes[node].parent] & HTML_IS_IN_PRE);
}

/* The nearest ancestor-or-self with that tag; 0: none. */
uint32_t html_page_ancestor(const struct html_page *page, uint32_t node, enum html_tag tag);

#endif
