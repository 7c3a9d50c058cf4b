/*
 * html_emit_parts.h - what the files of html_emit.h share: text in lines, its emphasis,
 * and tables.
 */
#ifndef EXTRACTORS_HTML_EMIT_PARTS_H
#define EXTRACTORS_HTML_EMIT_PARTS_H

#include "extractors/html/html_emit.h"

struct html_emitter {
    const struct html_page *page;
    const struct html_dom *dom;
    const uint8_t *roles;
    const struct html_notes *notes;
    struct writer *writer;
    struct buf title;     /* what the page's title says */
    struct buf base;      /* the address that links are seen from */
    struct buf target;    /* of a link */
    struct buf raised;    /* a text as superscript */
    struct span picture;  /* what the last picture shows */
    uint32_t item;        /* the list item of the block before; 0: none */
    uint32_t note;        /* the note of the block before; 0: none */
    uint32_t last;        /* the last node emitted; 0: none */
    uint32_t definitions; /* the list of definitions asked about last; 0: none */
    bool is_short_list;   /* that one */
};

static inline enum html_tag html_emit_tag(const struct html_emitter *emitter, uint32_t node)
{
    return (enum html_tag)emitter->dom->nodes[node].tag;
}

/* The digits that an attribute begins with; 0: none. At most 99,999,999. */
unsigned html_emit_number(const struct html_emitter *emitter, uint32_t node,
                          enum html_attribute name);

/* What holds for the words of a block, while its nodes are gone through. */
struct html_emphasis {
    uint32_t until[EMPHASIS_KIND_COUNT]; /* the node where the innermost of a kind ends */
    uint32_t any_until;                  /* the last of these, and of the next */
    uint32_t plain_until;                /* a style there says that its words are not bold */
    unsigned kinds;                      /* bits that the writer was told */
};

/* What the elements around node make of it; then each one that is met. */
void html_emphasis_begin(const struct html_emitter *emitter, struct html_emphasis *emphasis,
                         uint32_t node);
void html_emphasis_enter(const struct html_emitter *emitter, struct html_emphasis *emphasis,
                         uint32_t node);
/* Tells the writer what holds at node, but for the kinds in the bits of without. */
void html_emphasis_set(const struct html_emitter *emitter, struct html_emphasis *emphasis,
                       uint32_t node, unsigned without);

/* "[x] " or "[ ] " for a box to tick that stands with its words; "" for all else, as are most boxes
 * of a page: what opens a menu, or shows another tab. */
struct span html_emit_box(const struct html_emitter *emitter, uint32_t node);
/* The box that stands in front of a block's first text; 0: none. */
uint32_t html_emit_box_before(const struct html_emitter *emitter, uint32_t text);

/* Sends the formula of a <math> element, between dollar signs. */
void html_emit_math(struct html_emitter *emitter, struct html_emphasis *emphasis, uint32_t math);

/* Sends the text of the nodes [first, last]. */
void html_emit_inline(struct html_emitter *emitter, uint32_t first, uint32_t last);

/* Sends the rows of a data table. */
void html_emit_table(struct html_emitter *emitter, uint32_t table);

#endif
