#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "extractors/html/html_emit_parts.h"
#include "extractors/html/html_link.h"
#include "extractors/html/html_redirect.h"

#define RAISED_BYTES_MAX 8u
#define QUOTES_MAX       8u   /* one in the other */
#define LINES_MAX        32u  /* the same; what ends deeper begins no line */
#define NUMBERED_MAX     400u /* nodes of a list in a cell that are looked at for an item's number */

#define SPAN(literal) ((struct span){ (literal), sizeof(literal) - 1 })

static uint32_t link_of(const struct html_emitter *emitter, uint32_t node)
{
    if (!(emitter->page->flags[node] & HTML_IS_IN_LINK))
        return 0;
    while (node > 0 && (html_emit_tag(emitter, node) != HTML_A ||
                        !html_has_attr(emitter->dom, node, HTML_ATTR_HREF)))
        node = emitter->dom->nodes[node].parent;
    return node;
}

static void switch_link(struct html_emitter *emitter, uint32_t *open, uint32_t link)
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
    html_redirect_follow(&emitter->target);
    if (emitter->target.len > 0)
        writer_link_begin(emitter->writer, buf_span(&emitter->target));
}

/* A link ends before what stands between its block and the next one. */
static void leave_link(struct html_emitter *emitter, uint32_t *open, uint32_t link)
{
    if (*open != link)
        switch_link(emitter, open, 0);
}

static bool ends_line(const struct html_emitter *emitter, uint32_t node)
{
    return html_is_block(html_emit_tag(emitter, node)) && node != emitter->page->container[0];
}

/* The same code in two languages, or each line of it for itself: one <code> right behind another.
 */
static bool follows_code(const struct html_emitter *emitter, uint32_t node)
{
    const struct html_node *nodes = emitter->dom->nodes;
    uint32_t parent = nodes[node].parent, before = node - 1;

    if (nodes[node].tag != HTML_CODE || html_emit_tag(emitter, parent) != HTML_PRE)
        return false;
    while (before > parent && nodes[before].parent != parent)
        before = nodes[before].parent;
    return before > parent && nodes[before].tag == HTML_CODE && nodes[before].end == node;
}

/* The last character that shows; NUL: none does. */
static char last_shown(struct span text)
{
    while (text.len > 0 && (unsigned char)text.data[text.len - 1] <= ' ')
        text.len--;
    return text.len > 0 ? text.data[text.len - 1] : '\0';
}

/* What stands between two blocks that share a line, as those of a cell do, and the number of an
 * item of an ordered list. It is written when a word follows. */
struct divider {
    bool is_due, is_part; /* of a list's item, or of a table's row */
    unsigned number;      /* 0: none */
    uint32_t item_end;    /* the node behind the item that has it */
};

/* The number of an item, from 1; 0: it has none, or stands too far down. */
static unsigned item_number(const struct html_emitter *emitter, uint32_t item)
{
    const struct html_node *nodes = emitter->dom->nodes;
    uint32_t list = nodes[item].parent;
    unsigned number = html_emit_number(emitter, item, HTML_ATTR_VALUE), before = 0;
    unsigned looked_at = 0;

    if (html_emit_tag(emitter, list) != HTML_OL || number)
        return number;
    for (uint32_t i = list + 1; i < item && looked_at < NUMBERED_MAX; i = nodes[i].end) {
        before += nodes[i].tag == HTML_LI;
        looked_at++;
    }
    number = html_emit_number(emitter, list, HTML_ATTR_START);
    return looked_at < NUMBERED_MAX ? (number ? number : 1) + before : 0;
}

static void divide(const struct html_emitter *emitter, uint32_t node, struct divider *divider)
{
    enum html_tag tag = html_emit_tag(emitter, node);

    divider->is_due = true;
    divider->is_part = divider->is_part || tag == HTML_LI ||
                       (tag == HTML_TR && emitter->page->container[node] == node);
    if (tag == HTML_LI) {
        divider->number = item_number(emitter, node);
        divider->item_end = emitter->dom->nodes[node].end;
    }
}

/* In front of node. last: the character that shows before; NUL: none. */
static void send_divider(struct html_emitter *emitter, struct divider *divider, uint32_t node,
                         char last)
{
    bool is_marked = divider->is_part && last && !strchr(".,;:!?", last);
    char number[16];

    if (divider->is_due)
        writer_text(emitter->writer, is_marked ? SPAN("; ") : SPAN(" "));
    if (divider->number && node < divider->item_end) {
        (void)snprintf(number, sizeof(number), "%u. ", divider->number);
        writer_text(emitter->writer, (struct span){ number, strlen(number) });
    }
    *divider = (struct divider){ .is_due = false };
}

/* "10<sup>6</sup>" is not 106. Digits and signs alone, not the letters of "1st". */
static bool append_raised(struct buf *out, struct span text)
{
    static const struct {
        const char *plain, *raised;
    } marks[] = {
        { "1", "\xC2\xB9" },     { "2", "\xC2\xB2" },
        { "3", "\xC2\xB3" },     { "0", "\xE2\x81\xB0" },
        { "4", "\xE2\x81\xB4" }, { "5", "\xE2\x81\xB5" },
        { "6", "\xE2\x81\xB6" }, { "7", "\xE2\x81\xB7" },
        { "8", "\xE2\x81\xB8" }, { "9", "\xE2\x81\xB9" },
        { "+", "\xE2\x81\xBA" }, { "-", "\xE2\x81\xBB" },
        { "n", "\xE2\x81\xBF" }, { "\xE2\x88\x92", "\xE2\x81\xBB" },
    };

    buf_clear(out);
    for (size_t at = 0; at < text.len;) {
        size_t i = 0, len = 0;

        for (; i < sizeof(marks) / sizeof(marks[0]); i++) {
            len = strlen(marks[i].plain);
            if (at + len <= text.len && !memcmp(text.data + at, marks[i].plain, len))
                break;
        }
        if (i == sizeof(marks) / sizeof(marks[0]))
            return false;
        buf_append(out, marks[i].raised, strlen(marks[i].raised));
        at += len;
    }
    return true;
}

/* "[^1]"; "[1]" when it leads to no note that is told. */
static void send_note_mark(struct html_emitter *emitter, struct html_emphasis *emphasis,
                           uint32_t text)
{
    const struct html_note_mark *mark = html_notes_mark_at(emitter->notes, text);
    char told[NOTE_LABEL_BYTES + 4];

    (void)snprintf(told, sizeof(told), "%s%s%s%s", mark->is_bracketed ? "" : "[",
                   mark->is_note_known ? "^" : "", mark->label, mark->is_bracketed ? "" : "]");
    html_emphasis_set(emitter, emphasis, text, 1u << EMPHASIS_RAISED);
    writer_text(emitter->writer, (struct span){ told, strlen(told) });
}

static void send_text(struct html_emitter *emitter, struct html_emphasis *emphasis, uint32_t text)
{
    const unsigned raised = 1u << EMPHASIS_RAISED;
    const struct html_node *node = &emitter->dom->nodes[text];
    struct span words = { node->text, node->text_len };
    bool is_in_link = (emitter->page->flags[text] & HTML_IS_IN_LINK) != 0;

    if (emitter->page->flags[text] & HTML_IS_NOTE_START) {
        uint32_t skipped = html_notes_around(emitter->notes, text)->skipped;

        words = (struct span){ words.data + skipped, words.len - skipped };
    }
    if (html_emit_tag(emitter, node->parent) == HTML_SUP && words.len <= RAISED_BYTES_MAX &&
        !is_in_link && append_raised(&emitter->raised, words)) {
        words = buf_span(&emitter->raised);
        html_emphasis_set(emitter, emphasis, text, raised);
    } else { /* a raised link is the number of a note, which its brackets tell already */
        html_emphasis_set(emitter, emphasis, text, is_in_link ? raised : 0);
    }
    writer_text(emitter->writer, words);
}

/* A formula or a small face that stands in the line as a picture is a word of it. */
static bool is_word_picture(const struct html_emitter *emitter, uint32_t node)
{
    static const char *const names[] = { "emoji", "latex", "tex", "math" };
    struct span classes = html_attr(emitter->dom, node, HTML_ATTR_CLASS);

    if (classes.len == 0)
        return false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t len = strlen(names[i]);

        for (size_t at = 0; at + len <= classes.len; at++)
            if ((at == 0 || strchr(" -_", classes.data[at - 1])) &&
                !strncasecmp(classes.data + at, names[i], len) &&
                (at + len == classes.len || strchr(" -_", classes.data[at + len])))
                return true;
    }
    return false;
}

/* "{\displaystyle x}" is how MediaWiki writes x. */
static struct span bare_formula(struct span alt)
{
    static const char *const wraps[] = { "{\\displaystyle ", "{\\textstyle " };

    if (alt.len == 0 || alt.data[alt.len - 1] != '}')
        return alt;
    for (size_t i = 0; i < sizeof(wraps) / sizeof(wraps[0]); i++) {
        size_t len = strlen(wraps[i]);

        if (alt.len > len && !memcmp(alt.data, wraps[i], len))
            return (struct span){ alt.data + len, alt.len - len - 1 };
    }
    return alt;
}

static void send_quotes(struct html_emitter *emitter, uint32_t *quotes, unsigned *depth,
                        uint32_t until)
{
    while (*depth > 0 && quotes[*depth - 1] <= until)
        writer_text(emitter->writer, --*depth % 2 ? SPAN("\xE2\x80\x99") : SPAN("\xE2\x80\x9D"));
}

/* False: the element begins no line. */
static bool send_line_end(struct html_emitter *emitter, uint32_t node, struct divider *divider)
{
    bool ends = ends_line(emitter, node);

    if (emitter->page->flags[node] & HTML_IS_IN_PRE && (ends || follows_code(emitter, node))) {
        writer_break(emitter->writer);
        return true;
    }
    if (ends)
        divide(emitter, node, divider);
    return ends;
}

static void open_quote(struct html_emitter *emitter, uint32_t *quotes, unsigned *depth,
                       uint32_t end)
{
    writer_text(emitter->writer, *depth % 2 ? SPAN("\xE2\x80\x98") : SPAN("\xE2\x80\x9C"));
    quotes[(*depth)++] = end;
}

/* Where the elements that begin a line end, from the outermost on: what follows begins another. */
struct lines {
    uint32_t ends[LINES_MAX];
    unsigned depth;
};

static void enter_line(const struct html_emitter *emitter, uint32_t node, struct lines *lines)
{
    if (lines->depth < LINES_MAX && !(emitter->page->flags[node] & HTML_IS_IN_PRE) &&
        ends_line(emitter, node))
        lines->ends[lines->depth++] = emitter->dom->nodes[node].end;
}

static void leave_lines(struct lines *lines, uint32_t node, struct divider *divider)
{
    for (; lines->depth > 0 && lines->ends[lines->depth - 1] <= node; lines->depth--)
        divider->is_due = true;
}

/* What is sent of one block, or of a part of it. */
struct run {
    struct html_emitter *emitter;
    uint32_t link, quotes[QUOTES_MAX]; /* where each open one ends */
    unsigned depth;                    /* of the quotes */
    char shown;                        /* the last character that shows; NUL: none */
    struct divider divider;
    struct lines lines;
    struct html_emphasis emphasis;
};

/* The node that comes next: a formula is sent as a whole. */
static uint32_t send_text_node(struct run *run, uint32_t node)
{
    struct html_emitter *emitter = run->emitter;
    const struct html_node *nodes = emitter->dom->nodes;
    uint16_t flags = emitter->page->flags[node];
    char last = last_shown((struct span){ nodes[node].text, nodes[node].text_len });

    if (last) {
        if (run->divider.is_due)
            leave_link(emitter, &run->link, link_of(emitter, node));
        send_divider(emitter, &run->divider, node, run->shown);
    }
    if (flags & HTML_IS_NOTE_MARK) {
        switch_link(emitter, &run->link, 0);
        send_note_mark(emitter, &run->emphasis, node);
        run->shown = ']';
        return node + 1;
    }
    switch_link(emitter, &run->link, link_of(emitter, node));
    if (flags & HTML_IS_IN_MATH) {
        uint32_t math = html_page_ancestor(emitter->page, node, HTML_MATH);

        html_emit_math(emitter, &run->emphasis, math);
        return nodes[math].end;
    }
    if (html_page_is_apart(emitter->page, node))
        writer_text(emitter->writer, SPAN(" "));
    send_text(emitter, &run->emphasis, node);
    run->shown = last ? last : run->shown;
    return node + 1;
}

static void send_input(struct run *run, uint32_t node)
{
    struct span box = html_emit_box(run->emitter, node);

    if (box.len > 0)
        send_divider(run->emitter, &run->divider, node, run->shown);
    writer_text(run->emitter->writer, box);
}

/* An element that is no text, shown by itself or begun. */
static void send_element(struct run *run, uint32_t node, bool is_first)
{
    struct html_emitter *emitter = run->emitter;
    enum html_tag tag = emitter->dom->nodes[node].tag;

    if (tag == HTML_BR) {
        writer_break(emitter->writer);
    } else if (tag == HTML_IMG && is_word_picture(emitter, node)) {
        send_divider(emitter, &run->divider, node, run->shown);
        writer_text(emitter->writer, bare_formula(html_attr(emitter->dom, node, HTML_ATTR_ALT)));
    } else if (tag == HTML_INPUT) {
        send_input(run, node);
    } else if (tag == HTML_Q && run->depth < QUOTES_MAX) {
        send_divider(emitter, &run->divider, node, run->shown);
        html_emphasis_set(emitter, &run->emphasis, node, 0);
        open_quote(emitter, run->quotes, &run->depth, emitter->dom->nodes[node].end);
    } else {
        if (is_first || !send_line_end(emitter, node, &run->divider))
            html_emphasis_enter(emitter, &run->emphasis, node);
        enter_line(emitter, node, &run->lines);
    }
}

void html_emit_inline(struct html_emitter *emitter, uint32_t first, uint32_t last)
{
    struct run run = { .emitter = emitter };

    html_emphasis_begin(emitter, &run.emphasis, first);
    writer_text(emitter->writer, html_emit_box(emitter, html_emit_box_before(emitter, first)));
    for (uint32_t i = first, next; i <= last; i = next) {
        const struct html_node *node = &emitter->dom->nodes[i];

        next = i + 1;
        send_quotes(emitter, run.quotes, &run.depth, i);
        leave_lines(&run.lines, i, &run.divider);
        if (emitter->page->flags[i] & (HTML_IS_DROPPED | HTML_IS_HIDDEN))
            next = node->end;
        else if (node->tag == HTML_TEXT_NODE)
            next = send_text_node(&run, i);
        else
            send_element(&run, i, i == first);
    }
    send_quotes(emitter, run.quotes, &run.depth, UINT32_MAX);
    switch_link(emitter, &run.link, 0);
    html_emphasis_set(emitter, &run.emphasis, UINT32_MAX, 0);
}
