#include "extractors/html_notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/html_note_names.h"

#define IDS_MAX          ((size_t)1 << 20)
#define MARKS_MAX        ((size_t)1 << 16)
#define MARK_TEXT_MAX    24u /* bytes, with brackets and space */
#define WRAPS_MAX        4u  /* elements around a link that say how it looks */
#define NEAR_NODES       3u  /* an anchor stands that close before the mark it is for */
#define NOTE_BYTES_MAX   16384u
#define BACK_BYTES_MAX   40u /* of a link that leads back */
#define BEFORE_BYTES_MAX 16u /* of a note's mark in front of the anchor */
#define LINK_NODES_MAX   64u
#define NOTE_NODES_MAX   2000u
#define NOTES_SHARE      4u  /* of the text that is kept: more of what was left out is fine print */
#define MENTIONS_MAX     64u /* of a note, that are looked at */

struct id {
    uint64_t key;
    uint32_t node;
};

/* A link that may be the mark of a note. */
struct candidate {
    uint32_t link, outer; /* outer: with the elements that only raise it */
    uint32_t target;      /* 0: none on this page */
    uint64_t key;
    bool is_said; /* by the page: it is a mark */
    bool is_raised, is_bracketed, has_brackets, is_named, is_glued;
    bool is_elsewhere; /* on another page of the book */
    char mark[NOTE_LABEL_BYTES];
    uint32_t note;    /* the element; 0: none */
    uint32_t mention; /* the mark before it of the same note, as in html_note */
};

struct finder {
    struct html_page *page;
    const struct html_dom *dom;
    uint8_t *roles;
    struct html_note_book *book;
    struct html_notes *notes;
    struct id *ids;
    size_t id_count, id_capacity;
    struct candidate *candidates;
    size_t candidate_count, candidate_capacity;
    bool is_out_of_memory;
};

static void finder_release(struct finder *finder)
{
    free(finder->ids);
    free(finder->candidates);
}

static enum html_tag tag_of(const struct finder *finder, uint32_t node)
{
    return (enum html_tag)finder->dom->nodes[node].tag;
}

static bool is_blank(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] > ' ')
            return text.len - i == 2 && !memcmp(text.data + i, "\xC2\xA0", 2);
    return true;
}

static struct span text_at(const struct finder *finder, uint32_t node)
{
    return (struct span){ finder->dom->nodes[node].text, finder->dom->nodes[node].text_len };
}

/* The next text node of [node, end) that shows something; 0: none. */
static uint32_t next_text(const struct finder *finder, uint32_t node, uint32_t end)
{
    for (; node < end; node++)
        if (tag_of(finder, node) == HTML_TEXT_NODE && !is_blank(text_at(finder, node)) &&
            !(finder->page->flags[node] & (HTML_IS_DROPPED | HTML_IS_HIDDEN)))
            return node;
    return 0;
}

static uint32_t first_text(const struct finder *finder, uint32_t node)
{
    return next_text(finder, node, finder->dom->nodes[node].end);
}

/* False: it is longer than out. */
static bool collect(const struct finder *finder, uint32_t node, struct buf *out)
{
    uint32_t end = finder->dom->nodes[node].end;

    if (end - node > LINK_NODES_MAX)
        return false;
    for (node = next_text(finder, node, end); node; node = next_text(finder, node + 1, end))
        buf_append(out, finder->dom->nodes[node].text, finder->dom->nodes[node].text_len);
    return out->failed == STATUS_OK;
}

/* ---- where links lead ---- */

static int compare_ids(const void *a, const void *b)
{
    const struct id *one = a, *other = b;

    if (one->key != other->key)
        return one->key < other->key ? -1 : 1;
    return (one->node > other->node) - (one->node < other->node);
}

static bool collect_ids(struct finder *finder)
{
    const struct html_dom *dom = finder->dom;

    for (uint32_t i = 1; i < dom->node_count && finder->id_count < IDS_MAX; i++) {
        struct span id;

        if (dom->nodes[i].attr_count == 0)
            continue;
        id = html_attr(dom, i, HTML_ATTR_ID);
        if (id.len == 0 && dom->nodes[i].tag == HTML_A)
            id = html_attr(dom, i, HTML_ATTR_NAME);
        if (id.len == 0)
            continue;
        if (!array_reserve(&finder->ids, &finder->id_capacity, finder->id_count))
            return false;
        finder->ids[finder->id_count++] = (struct id){ note_key(finder->book->part, id), i };
    }
    if (finder->id_count > 0)
        qsort(finder->ids, finder->id_count, sizeof(*finder->ids), compare_ids);
    return true;
}

/* The first node of that name; 0: none. */
static uint32_t node_of(const struct finder *finder, uint64_t key)
{
    size_t low = 0, high = finder->id_count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (finder->ids[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < finder->id_count && finder->ids[low].key == key ? finder->ids[low].node : 0;
}

/* ---- links that may be marks ---- */

static bool is_wrap(enum html_tag tag)
{
    return tag == HTML_SUP || tag == HTML_SPAN || tag == HTML_SMALL || tag == HTML_FONT ||
           tag == HTML_B || tag == HTML_I || tag == HTML_OTHER;
}

static bool is_raising(const struct finder *finder, uint32_t node)
{
    struct span classes;

    if (tag_of(finder, node) == HTML_SUP)
        return true;
    classes = html_attr(finder->dom, node, HTML_ATTR_CLASS);
    return html_has_class(classes, "sup") || html_has_class(classes, "super") ||
           html_has_class(classes, "superscript");
}

/* Does node say only what the link in it says, but for brackets? */
static bool says_the_same(const struct finder *finder, uint32_t node, const char *mark)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(MARK_TEXT_MAX);
    char same[NOTE_LABEL_BYTES];

    return collect(finder, node, &text) && note_mark_read(buf_span(&text), true, same) &&
           !strcmp(same, mark);
}

static bool ends_with(struct span text, const char *marks)
{
    return text.len > 0 && strchr(marks, text.data[text.len - 1]);
}

/* What stands right around the mark. */
static void look_around(const struct finder *finder, struct candidate *candidate)
{
    const struct html_node *nodes = finder->dom->nodes;
    uint32_t before = candidate->outer - 1, behind = nodes[candidate->outer].end;
    struct span text;

    while (before > 0 && nodes[before].tag != HTML_TEXT_NODE && !html_is_block(nodes[before].tag))
        before--;
    if (nodes[before].tag != HTML_TEXT_NODE)
        return;
    text = text_at(finder, before);
    candidate->is_glued = text.len > 0 && (unsigned char)text.data[text.len - 1] > ' ';
    if (!ends_with(text, "[") || behind >= finder->dom->node_count ||
        nodes[behind].tag != HTML_TEXT_NODE || nodes[behind].text_len == 0 ||
        nodes[behind].text[0] != ']')
        return;
    candidate->has_brackets = true;
}

static void look_at_wraps(const struct finder *finder, struct candidate *candidate)
{
    const struct html_node *nodes = finder->dom->nodes;

    for (uint32_t i = candidate->link; i < nodes[candidate->link].end; i++)
        candidate->is_raised |= nodes[i].tag != HTML_TEXT_NODE && is_raising(finder, i);
    candidate->outer = candidate->link;
    for (unsigned wraps = 0; wraps < WRAPS_MAX; wraps++) {
        uint32_t parent = nodes[candidate->outer].parent;

        if (!is_wrap(tag_of(finder, parent)))
            break;
        candidate->is_raised |= is_raising(finder, parent);
        candidate->is_said |= html_note_says_mark(finder->dom, parent);
        if (!says_the_same(finder, parent, candidate->mark))
            break;
        candidate->outer = parent;
    }
}

/* False: the link is none that may be a mark. */
static bool read_candidate(const struct finder *finder, uint32_t link, struct candidate *out)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(MARK_TEXT_MAX);
    struct span fragment;
    bool is_here;

    *out = (struct candidate){
        .link = link,
        .is_said = html_note_says_mark(finder->dom, link),
        .key = html_note_target(finder->book->part, html_attr(finder->dom, link, HTML_ATTR_HREF),
                                &fragment, &is_here),
    };
    if (out->key == 0 || finder->page->flags[link] &
                             (HTML_IS_DROPPED | HTML_IS_HIDDEN | HTML_IS_IN_PRE | HTML_IS_IN_MATH))
        return false;
    out->is_elsewhere = !is_here;
    out->is_named = html_note_is_name(fragment);
    if (!collect(finder, link, &text) ||
        !note_mark_read(buf_span(&text), out->is_said || out->is_named, out->mark))
        return false;
    out->is_bracketed = memchr(text.data, '[', text.len) || memchr(text.data, '(', text.len);
    look_at_wraps(finder, out);
    look_around(finder, out);
    if (!out->is_bracketed && out->outer != out->link) {
        uint32_t first = first_text(finder, out->outer);

        out->is_bracketed = first && strchr("[(", *finder->dom->nodes[first].text);
    }
    out->target = is_here ? node_of(finder, out->key) : 0;
    return out->is_said || out->is_raised || out->is_bracketed || out->has_brackets ||
           (out->is_named && out->is_glued);
}

static bool collect_candidates(struct finder *finder)
{
    const struct html_dom *dom = finder->dom;
    struct candidate candidate;

    for (uint32_t i = 1; i < dom->node_count && finder->candidate_count < MARKS_MAX; i++) {
        if (dom->nodes[i].tag != HTML_A || !read_candidate(finder, i, &candidate))
            continue;
        if (!array_reserve(&finder->candidates, &finder->candidate_capacity,
                           finder->candidate_count))
            return false;
        finder->candidates[finder->candidate_count++] = candidate;
    }
    return true;
}

/* ---- notes ---- */

static bool may_be_note(enum html_tag tag)
{
    return tag == HTML_LI || tag == HTML_P || tag == HTML_DIV || tag == HTML_ASIDE ||
           tag == HTML_DD || tag == HTML_DT || tag == HTML_BLOCKQUOTE || tag == HTML_SECTION;
}

/* What a note cannot hold: it is a part of the page then. */
static bool is_part_of_page(enum html_tag tag)
{
    return (tag >= HTML_H1 && tag <= HTML_H6) || tag == HTML_ARTICLE || tag == HTML_NAV ||
           tag == HTML_MAIN || tag == HTML_FOOTER || tag == HTML_TABLE;
}

/* The element that begins right behind an anchor without text; 0: none. */
static uint32_t element_behind(const struct finder *finder, uint32_t anchor)
{
    const struct html_node *nodes = finder->dom->nodes;
    uint32_t i = nodes[anchor].end;

    if (first_text(finder, anchor))
        return 0;
    while (i < finder->dom->node_count && nodes[i].tag == HTML_TEXT_NODE &&
           is_blank(text_at(finder, i)))
        i++;
    return i < finder->dom->node_count && nodes[i].parent == nodes[anchor].parent &&
                   html_is_block(nodes[i].tag)
               ? i
               : 0;
}

static uint32_t block_of_anchor(const struct finder *finder, uint32_t anchor)
{
    uint32_t behind = element_behind(finder, anchor), block = finder->page->container[anchor];
    size_t before = 0;

    if (behind || anchor - block > NOTE_NODES_MAX)
        return behind;
    for (uint32_t i = next_text(finder, block, anchor); i; i = next_text(finder, i + 1, anchor))
        before += finder->dom->nodes[i].text_len;
    return before <= BEFORE_BYTES_MAX ? block : 0;
}

/* A note of several paragraphs whose name is in the first. */
static bool is_whole_note(const struct finder *finder, uint32_t parent, uint32_t node)
{
    enum html_tag tag = tag_of(finder, parent);

    if (node - parent > NOTE_NODES_MAX)
        return false;
    if (tag == HTML_DIV ? !html_note_is_name(html_attr(finder->dom, parent, HTML_ATTR_ID)) &&
                              !html_note_says_note(finder->dom, parent)
                        : tag != HTML_LI && tag != HTML_ASIDE && tag != HTML_DD)
        return false;
    return first_text(finder, parent) == first_text(finder, node);
}

static uint32_t note_end(const struct finder *finder, uint32_t node)
{
    const struct html_node *nodes = finder->dom->nodes;
    uint32_t end = nodes[node].end, next = end;

    if (nodes[node].tag != HTML_DT)
        return end;
    while (next < finder->dom->node_count && nodes[next].tag == HTML_TEXT_NODE)
        next++;
    return next < finder->dom->node_count && nodes[next].tag == HTML_DD ? nodes[next].end : end;
}

/* The element that is the note whose name stands at target; 0: none. */
static uint32_t note_at(const struct finder *finder, uint32_t target)
{
    const struct html_page *page = finder->page;
    uint32_t node = target, end;

    if (!html_is_block(tag_of(finder, node)))
        node = block_of_anchor(finder, target);
    while (node && is_whole_note(finder, finder->dom->nodes[node].parent, node))
        node = finder->dom->nodes[node].parent;
    if (!node || !may_be_note(tag_of(finder, node)) ||
        page->flags[node] & (HTML_IS_IN_TABLE | HTML_IS_IN_PRE))
        return 0;
    end = note_end(finder, node);
    if (end - node > NOTE_NODES_MAX ||
        page->text_before[end] - page->text_before[node] > NOTE_BYTES_MAX)
        return 0;
    for (uint32_t i = node; i < end; i++)
        if (is_part_of_page(tag_of(finder, i)))
            return 0;
    return first_text(finder, node) || end > finder->dom->nodes[node].end ? node : 0;
}

/* Does a link lead to the mark, or to an anchor right before it? */
static bool leads_to(const struct finder *finder, uint32_t link, const struct candidate *mark)
{
    struct span fragment;
    bool is_here;
    uint64_t key = html_note_target(
        finder->book->part, html_attr(finder->dom, link, HTML_ATTR_HREF), &fragment, &is_here);
    uint32_t node = key && is_here ? node_of(finder, key) : 0;

    return node && node + NEAR_NODES >= mark->outer && node < finder->dom->nodes[mark->outer].end;
}

static bool leads_back(const struct finder *finder, uint32_t note, const struct candidate *mark)
{
    for (uint32_t i = note; i < note_end(finder, note); i++)
        if (tag_of(finder, i) == HTML_A && leads_to(finder, i, mark))
            return true;
    return false;
}

static bool is_its_note(const struct finder *finder, const struct candidate *mark, uint32_t note)
{
    bool is_bracketed = mark->is_bracketed || mark->has_brackets;

    if (mark->is_said || mark->is_raised)
        return true;
    if (is_bracketed && (mark->is_named || html_note_is_among_notes(finder->dom, note)))
        return true;
    return (is_bracketed || mark->is_named) && leads_back(finder, note, mark);
}

/* A note stands behind what it is for. */
static void find_note(const struct finder *finder, struct candidate *mark)
{
    uint32_t note;

    if (!mark->target || mark->target <= mark->link)
        return;
    note = note_at(finder, mark->target);
    if (note > mark->link && is_its_note(finder, mark, note))
        mark->note = note;
}

static struct html_note *add_note(struct finder *finder, uint32_t node, const char *label)
{
    struct html_notes *notes = finder->notes;
    struct html_note *note;

    if (!array_reserve(&notes->notes, &notes->note_capacity, notes->note_count)) {
        finder->is_out_of_memory = true;
        return NULL;
    }
    note = &notes->notes[notes->note_count++];
    *note = (struct html_note){ .node = node, .end = note_end(finder, node) };
    (void)snprintf(note->label, sizeof(note->label), "%s", label);
    return note;
}

static int compare_notes(const void *a, const void *b)
{
    const struct html_note *one = a, *other = b;

    if (one->node != other->node)
        return one->node < other->node ? -1 : 1;
    return (one->label[0] == '\0') - (other->label[0] == '\0');
}

/* Leaves each once, and of two of which one lies in the other none that is around. */
static void sort_notes(struct html_notes *notes)
{
    size_t kept = 0;

    if (notes->note_count == 0)
        return;
    qsort(notes->notes, notes->note_count, sizeof(*notes->notes), compare_notes);
    for (size_t i = 0; i < notes->note_count; i++) {
        if (kept > 0 && notes->notes[kept - 1].node == notes->notes[i].node)
            continue;
        while (kept > 0 && notes->notes[kept - 1].end > notes->notes[i].node)
            kept--;
        notes->notes[kept++] = notes->notes[i];
    }
    notes->note_count = kept;
}

const struct html_note *html_notes_around(const struct html_notes *notes, uint32_t node)
{
    size_t low = 0, high = notes->note_count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (notes->notes[middle].node <= node)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && node < notes->notes[low - 1].end ? &notes->notes[low - 1] : NULL;
}

const struct html_note_mark *html_notes_mark_at(const struct html_notes *notes, uint32_t text)
{
    size_t low = 0, high = notes->mark_count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (notes->marks[middle].text < text)
            low = middle + 1;
        else
            high = middle;
    }
    return &notes->marks[low];
}

static struct html_note *note_of(const struct finder *finder, uint32_t node)
{
    struct html_notes *notes = finder->notes;
    const struct html_note *note = node ? html_notes_around(notes, node) : NULL;

    return note && note->node == node ? &notes->notes[note - notes->notes] : NULL;
}

/* Chains the marks of each note. */
static void join_mentions(struct finder *finder)
{
    for (size_t i = 0; i < finder->candidate_count; i++) {
        struct candidate *mark = &finder->candidates[i];
        struct html_note *note = note_of(finder, mark->note);

        if (!note)
            continue;
        mark->mention = note->mention;
        note->mention = (uint32_t)i + 1;
    }
}

/* Those that links of this page lead to, links of pages before, and those that say what they are.
 */
static void collect_notes(struct finder *finder)
{
    const struct html_dom *dom = finder->dom;

    for (size_t i = 0; i < finder->candidate_count; i++) {
        find_note(finder, &finder->candidates[i]);
        if (finder->candidates[i].note)
            add_note(finder, finder->candidates[i].note, "");
    }
    for (size_t i = 0; finder->book->labels.count > 0 && i < finder->id_count; i++) {
        const char *label = note_label_lookup(&finder->book->labels, finder->ids[i].key);
        uint32_t node = label ? note_at(finder, finder->ids[i].node) : 0;

        if (node)
            add_note(finder, node, label);
    }
    for (uint32_t i = 1; i < dom->node_count; i++)
        if (dom->nodes[i].attr_count > 0 && html_note_says_note(dom, i) && note_at(finder, i) == i)
            add_note(finder, i, "");
    sort_notes(finder->notes);
    join_mentions(finder);
}

/* ---- a note's own mark, and the links that lead back ---- */

static void drop(const struct finder *finder, uint32_t node)
{
    for (uint32_t i = node; i < finder->dom->nodes[node].end; i++)
        finder->page->flags[i] |= HTML_IS_DROPPED;
}

static bool leads_to_mark_of(const struct finder *finder, uint32_t link,
                             const struct html_note *note)
{
    uint32_t mention = note->mention;

    for (unsigned i = 0; mention && i < MENTIONS_MAX; i++) {
        const struct candidate *mark = &finder->candidates[mention - 1];

        if (leads_to(finder, link, mark))
            return true;
        mention = mark->mention;
    }
    return false;
}

static void drop_ways_back(const struct finder *finder, const struct html_note *note)
{
    for (uint32_t i = note->node; i < note->end; i++) {
        CLEANUP(buf_release) struct buf text = BUF_INIT(BACK_BYTES_MAX);

        if (tag_of(finder, i) != HTML_A || !collect(finder, i, &text))
            continue;
        if (html_note_says_back(finder->dom, i, buf_span(&text)) ||
            leads_to_mark_of(finder, i, note))
            drop(finder, i);
    }
}

/* The first bytes of a note, and which of them are whose. */
struct lead {
    char text[MARK_TEXT_MAX + 1];
    uint32_t node[MARK_TEXT_MAX + 1], at[MARK_TEXT_MAX + 1];
    size_t len;
};

static void read_lead(const struct finder *finder, const struct html_note *note, struct lead *lead)
{
    lead->len = 0;
    for (uint32_t i = next_text(finder, note->node, note->end); i && lead->len < MARK_TEXT_MAX;
         i = next_text(finder, i + 1, note->end)) {
        struct span text = text_at(finder, i);

        for (uint32_t at = 0; at < text.len && lead->len < MARK_TEXT_MAX; at++) {
            lead->text[lead->len] = text.data[at];
            lead->node[lead->len] = i;
            lead->at[lead->len++] = at;
        }
    }
}

/* Is a byte of a note's start set apart from its words, or put between brackets? */
static bool is_set_apart(const struct finder *finder, const struct lead *lead, size_t at)
{
    if (lead->text[0] == '[' || lead->text[0] == '(')
        return true;
    for (uint32_t i = lead->node[at]; i > 0 && !html_is_block(tag_of(finder, i));
         i = finder->dom->nodes[i].parent)
        if (tag_of(finder, i) == HTML_A || is_raising(finder, i))
            return true;
    return false;
}

/* How many bytes of a note's start are its mark, with the stop and the space behind it; 0: none.
 * The number of an item may be said by the list alone: "3 Kings ruled." begins with a word. */
static size_t lead_mark(const struct finder *finder, const struct html_note *note,
                        const struct lead *lead, const char *mark)
{
    char said[NOTE_LABEL_BYTES];
    size_t len = lead->len, first = 0;
    bool is_sure;

    while (first < lead->len && (unsigned char)lead->text[first] <= ' ')
        first++;
    for (; len > 0; len--)
        if (note_mark_read((struct span){ lead->text, len }, true, said) && !strcmp(said, mark))
            break;
    if (len == 0)
        return 0;
    is_sure = is_set_apart(finder, lead, first) || tag_of(finder, note->node) != HTML_LI;
    if (len < lead->len && strchr(".):]", lead->text[len])) {
        len++;
        is_sure = true;
    } else if (len < lead->len && lead->node[len] == lead->node[len - 1] &&
               (unsigned char)lead->text[len - 1] > ' ' && (unsigned char)lead->text[len] > ' ') {
        return 0;
    }
    return is_sure ? len : 0;
}

/* A note that no mark leads to may have its own in front. */
static void read_own_mark(const struct finder *finder, const struct lead *lead,
                          char mark[NOTE_LABEL_BYTES])
{
    size_t len = 0;

    while (len < lead->len && !strchr(" .):\n\t", lead->text[len]))
        len++;
    (void)snprintf(mark, NOTE_LABEL_BYTES, "*");
    if (len == 0 || ((unsigned char)lead->text[0] < 0x80 && !strchr("[(*0123456789", *lead->text) &&
                     !is_set_apart(finder, lead, 0)))
        return;
    if (!note_mark_read((struct span){ lead->text, len }, false, mark))
        (void)snprintf(mark, NOTE_LABEL_BYTES, "*");
}

static void skip_mark(const struct finder *finder, struct html_note *note, const char *mark)
{
    struct lead lead;
    size_t len;

    read_lead(finder, note, &lead);
    len = lead_mark(finder, note, &lead, mark);
    while (len < lead.len && (unsigned char)lead.text[len] <= ' ')
        len++;
    if (len == 0) {
        note->start = next_text(finder, note->node, note->end);
    } else if (len < lead.len) {
        note->start = lead.node[len];
        note->skipped = lead.at[len];
    } else {
        note->start = next_text(finder, lead.node[lead.len - 1] + 1, note->end);
    }
    for (uint32_t i = note->node; i < note->start; i++)
        if (tag_of(finder, i) == HTML_TEXT_NODE)
            finder->page->flags[i] |= HTML_IS_DROPPED;
    if (note->start)
        finder->page->flags[note->start] |= HTML_IS_NOTE_START;
}

/* ---- labels ---- */

/* The block that a text node is in; block_count: none. */
static size_t block_of(const struct finder *finder, uint32_t text)
{
    const struct html_block *blocks = finder->page->blocks;
    size_t low = 0, high = finder->page->block_count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (blocks[middle].first <= text)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && text <= blocks[low - 1].last ? low - 1 : finder->page->block_count;
}

static bool is_kept(const struct finder *finder, uint32_t text)
{
    size_t block = block_of(finder, text);

    return block < finder->page->block_count && finder->roles[block];
}

static bool is_mentioned(const struct finder *finder, const struct html_note *note)
{
    uint32_t mention = note->mention;

    for (unsigned i = 0; mention && i < MENTIONS_MAX; i++) {
        const struct candidate *mark = &finder->candidates[mention - 1];

        if (is_kept(finder, first_text(finder, mark->outer)))
            return true;
        mention = mark->mention;
    }
    return false;
}

/* Keeps the blocks of a note that are left out, or only counts their characters. */
static uint64_t keep_note(struct finder *finder, const struct html_note *note, bool is_counted)
{
    const struct html_page *page = finder->page;
    size_t block = block_of(finder, next_text(finder, note->node, note->end));
    uint64_t chars = 0;

    for (; block < page->block_count && page->blocks[block].first < note->end; block++) {
        if (finder->roles[block])
            continue;
        chars += page->blocks[block].chars;
        if (!is_counted)
            finder->roles[block] = HTML_ROLE_TEXT;
    }
    return chars;
}

/* What is said of a kept text is kept, wherever the page has it. */
static void keep_notes(struct finder *finder)
{
    const struct html_notes *notes = finder->notes;
    uint64_t kept = 0, left_out = 0;

    for (size_t b = 0; b < finder->page->block_count; b++)
        kept += finder->roles[b] ? finder->page->blocks[b].chars : 0;
    for (size_t i = 0; i < notes->note_count; i++)
        if (is_mentioned(finder, &notes->notes[i]))
            left_out += keep_note(finder, &notes->notes[i], true);
    for (size_t i = 0; i < notes->note_count; i++)
        if (html_note_says_note(finder->dom, notes->notes[i].node) ||
            (left_out * NOTES_SHARE <= kept && is_mentioned(finder, &notes->notes[i])))
            (void)keep_note(finder, &notes->notes[i], false);
}

/* What a mark is called. "": it is none, or its note is left out. */
static const char *give_label(struct finder *finder, const struct candidate *mark)
{
    struct html_note *note = note_of(finder, mark->note);
    struct span said = { mark->mark, strlen(mark->mark) };
    const char *label;

    if (note && note->label[0])
        return note->label;
    if (!note && !(mark->is_elsewhere && finder->book->part.len > 0 &&
                   (mark->is_said || mark->is_raised || mark->is_named)))
        return "";
    if (note && !is_kept(finder, next_text(finder, note->node, note->end)))
        return "";
    label = note_label_give(&finder->book->labels, mark->key, said);
    if (!label) {
        finder->is_out_of_memory = true;
        return "";
    }
    if (note)
        (void)snprintf(note->label, sizeof(note->label), "%s", label);
    return label;
}

/* Where the mark stands once it is told; its other words are dropped. */
static uint32_t put_in_place(const struct finder *finder, const struct candidate *mark)
{
    uint32_t end = finder->dom->nodes[mark->outer].end;
    uint32_t text = next_text(finder, mark->outer, end);

    for (uint32_t i = text; i && i < end; i++)
        if (i > text && tag_of(finder, i) == HTML_TEXT_NODE)
            finder->page->flags[i] |= HTML_IS_DROPPED;
    if (text)
        finder->page->flags[text] |= HTML_IS_NOTE_MARK;
    return text;
}

static bool add_mark(struct finder *finder, const struct candidate *candidate, const char *label)
{
    struct html_notes *notes = finder->notes;
    struct html_note_mark *mark;

    if (!array_reserve(&notes->marks, &notes->mark_capacity, notes->mark_count))
        return false;
    mark = &notes->marks[notes->mark_count];
    *mark = (struct html_note_mark){
        .is_bracketed = candidate->has_brackets,
        .is_note_known = *label != '\0',
    };
    (void)snprintf(mark->label, sizeof(mark->label), "%s", *label ? label : candidate->mark);
    mark->text = put_in_place(finder, candidate);
    notes->mark_count += mark->text != 0;
    return true;
}

static bool is_at_start(const struct finder *finder, const struct candidate *candidate)
{
    const struct html_note *note = html_notes_around(finder->notes, candidate->link);

    return note && first_text(finder, note->node) == first_text(finder, candidate->outer);
}

/* A raised number that leads elsewhere still is no part of the word before it. */
static bool put_marks(struct finder *finder)
{
    for (size_t i = 0; i < finder->candidate_count; i++) {
        const struct candidate *mark = &finder->candidates[i];
        const char *label;

        if (finder->page->flags[mark->link] & HTML_IS_DROPPED || is_at_start(finder, mark))
            continue;
        label = give_label(finder, mark);
        if (!*label && (!mark->is_raised || mark->is_bracketed || mark->has_brackets))
            continue;
        if (!add_mark(finder, mark, label))
            return false;
    }
    return !finder->is_out_of_memory;
}

static void give_own_label(struct finder *finder, struct html_note *note, const char *mark)
{
    struct span place = { (const char *)&note->node, sizeof(note->node) };
    const char *label = note_label_give(&finder->book->labels, note_key(finder->book->part, place),
                                        (struct span){ mark, strlen(mark) });

    (void)snprintf(note->label, sizeof(note->label), "%s", label ? label : mark);
}

/* Notes that nothing leads to have the marks they say themselves; those left out are none. */
static void finish_notes(struct finder *finder)
{
    struct html_notes *notes = finder->notes;
    size_t kept = 0;

    for (size_t i = 0; i < notes->note_count; i++) {
        struct html_note note = notes->notes[i];
        struct lead lead;
        char mark[NOTE_LABEL_BYTES];

        read_lead(finder, &note, &lead);
        if (note.mention)
            (void)snprintf(mark, sizeof(mark), "%s", finder->candidates[note.mention - 1].mark);
        else
            read_own_mark(finder, &lead, mark);
        if (!note.label[0] && html_note_says_note(finder->dom, note.node))
            give_own_label(finder, &note, mark);
        if (!note.label[0] || !is_kept(finder, next_text(finder, note.node, note.end)))
            continue;
        drop_ways_back(finder, &note);
        skip_mark(finder, &note, mark);
        if (note.start)
            notes->notes[kept++] = note;
    }
    notes->note_count = kept;
}

enum status html_notes_read(struct html_page *page, uint8_t *roles, struct html_note_book *book,
                            struct html_notes *notes, struct error *err)
{
    CLEANUP(finder_release)
    struct finder finder = {
        .page = page,
        .dom = page->dom,
        .roles = roles,
        .book = book,
        .notes = notes,
    };

    *notes = (struct html_notes){ 0 };
    if (collect_ids(&finder) && collect_candidates(&finder)) {
        collect_notes(&finder);
        keep_notes(&finder);
        if (put_marks(&finder)) {
            finish_notes(&finder);
            return STATUS_OK;
        }
    }
    html_notes_release(notes);
    return error_set(err, STATUS_NO_MEMORY, "out of memory for the notes of a page");
}

void html_notes_release(struct html_notes *notes)
{
    free(notes->marks);
    free(notes->notes);
    *notes = (struct html_notes){ 0 };
}
