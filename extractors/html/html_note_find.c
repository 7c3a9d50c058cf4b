#include "extractors/html/html_note_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/html/html_classes.h"
#include "extractors/html/html_note_names.h"

#define IDS_MAX          ((size_t)1 << 20)
#define MARKS_MAX        ((size_t)1 << 16)
#define WRAPS_MAX        4u /* elements around a link that say how it looks */
#define NEAR_NODES       3u /* an anchor stands that close before the mark it is for */
#define NOTE_BYTES_MAX   16384u
#define BEFORE_BYTES_MAX 16u /* of a note's mark in front of the anchor */
#define LINK_NODES_MAX   64u
#define NOTE_NODES_MAX   2000u

void note_finder_release(struct note_finder *finder)
{
    free(finder->ids);
    free(finder->candidates);
}

enum html_tag note_finder_tag(const struct note_finder *finder, uint32_t node)
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

struct span note_finder_text(const struct note_finder *finder, uint32_t node)
{
    return (struct span){ finder->dom->nodes[node].text, finder->dom->nodes[node].text_len };
}

uint32_t note_finder_next_text(const struct note_finder *finder, uint32_t node, uint32_t end)
{
    for (; node < end; node++)
        if (note_finder_tag(finder, node) == HTML_TEXT_NODE &&
            !is_blank(note_finder_text(finder, node)) &&
            !(finder->page->flags[node] & (HTML_IS_DROPPED | HTML_IS_HIDDEN)))
            return node;
    return 0;
}

uint32_t note_finder_first_text(const struct note_finder *finder, uint32_t node)
{
    return note_finder_next_text(finder, node, finder->dom->nodes[node].end);
}

bool note_finder_collect(const struct note_finder *finder, uint32_t node, struct buf *out)
{
    uint32_t end = finder->dom->nodes[node].end;

    if (end - node > LINK_NODES_MAX)
        return false;
    for (node = note_finder_next_text(finder, node, end); node;
         node = note_finder_next_text(finder, node + 1, end))
        buf_append(out, finder->dom->nodes[node].text, finder->dom->nodes[node].text_len);
    return out->failed == STATUS_OK;
}

/* ---- where links lead ---- */

static int compare_ids(const void *a, const void *b)
{
    const struct note_id *one = a, *other = b;

    if (one->key != other->key)
        return one->key < other->key ? -1 : 1;
    return (one->node > other->node) - (one->node < other->node);
}

static bool collect_ids(struct note_finder *finder)
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
        finder->ids[finder->id_count++] =
            (struct note_id){ .key = note_key(finder->book->part, id), .node = i };
    }
    if (finder->id_count > 0)
        qsort(finder->ids, finder->id_count, sizeof(*finder->ids), compare_ids);
    return true;
}

/* The first id of that name, from 1; 0: none. */
static uint32_t id_of(const struct note_finder *finder, uint64_t key)
{
    size_t low = 0, high = finder->id_count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (finder->ids[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < finder->id_count && finder->ids[low].key == key ? (uint32_t)low + 1 : 0;
}

static uint32_t node_of(const struct note_finder *finder, uint64_t key)
{
    uint32_t id = id_of(finder, key);

    return id ? finder->ids[id - 1].node : 0;
}

/* ---- links that may be marks ---- */

static bool is_wrap(enum html_tag tag)
{
    return tag == HTML_SUP || tag == HTML_SPAN || tag == HTML_SMALL || tag == HTML_FONT ||
           tag == HTML_B || tag == HTML_I || tag == HTML_OTHER;
}

bool note_finder_is_raising(const struct note_finder *finder, uint32_t node)
{
    struct span classes = html_attr(finder->dom, node, HTML_ATTR_CLASS);

    return note_finder_tag(finder, node) == HTML_SUP ||
           html_classes_of(finder->page->words, classes) & HTML_CLASS_RAISED;
}

/* Does node say only what the link in it says, but for brackets? */
static bool says_the_same(const struct note_finder *finder, uint32_t node, const char *mark)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(MARK_TEXT_MAX);
    char same[NOTE_LABEL_BYTES];

    return note_finder_collect(finder, node, &text) &&
           note_mark_read(buf_span(&text), true, same) && !strcmp(same, mark);
}

static bool ends_with(struct span text, const char *marks)
{
    return text.len > 0 && strchr(marks, text.data[text.len - 1]);
}

/* What stands right around the mark. */
static void look_around(const struct note_finder *finder, struct note_candidate *candidate)
{
    const struct html_node *nodes = finder->dom->nodes;
    uint32_t before = candidate->outer - 1, behind = nodes[candidate->outer].end;
    struct span text;

    while (before > 0 && nodes[before].tag != HTML_TEXT_NODE && !html_is_block(nodes[before].tag))
        before--;
    if (nodes[before].tag != HTML_TEXT_NODE)
        return;
    text = note_finder_text(finder, before);
    candidate->is_glued = text.len > 0 && (unsigned char)text.data[text.len - 1] > ' ';
    if (!ends_with(text, "[") || behind >= finder->dom->node_count ||
        nodes[behind].tag != HTML_TEXT_NODE || nodes[behind].text_len == 0 ||
        nodes[behind].text[0] != ']')
        return;
    candidate->has_brackets = true;
}

static void look_at_wraps(const struct note_finder *finder, struct note_candidate *candidate)
{
    const struct html_node *nodes = finder->dom->nodes;

    for (uint32_t i = candidate->link; i < nodes[candidate->link].end; i++)
        candidate->is_raised |= nodes[i].tag != HTML_TEXT_NODE && note_finder_is_raising(finder, i);
    candidate->outer = candidate->link;
    for (unsigned wraps = 0; wraps < WRAPS_MAX; wraps++) {
        uint32_t parent = nodes[candidate->outer].parent;

        if (!is_wrap(note_finder_tag(finder, parent)))
            break;
        candidate->is_raised |= note_finder_is_raising(finder, parent);
        candidate->is_said |= html_note_says_mark(finder->dom, parent);
        if (!says_the_same(finder, parent, candidate->mark))
            break;
        candidate->outer = parent;
    }
}

/* False: the link is none that may be a mark. Where it leads is looked at last, for that costs most
 * and few links have the words of a mark. */
static bool read_candidate(const struct note_finder *finder, uint32_t link,
                           struct note_candidate *out)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(MARK_TEXT_MAX);
    struct span target = html_attr(finder->dom, link, HTML_ATTR_HREF), fragment;
    bool is_here;

    if (target.len == 0 || !memchr(target.data, '#', target.len) ||
        finder->page->flags[link] &
            (HTML_IS_DROPPED | HTML_IS_HIDDEN | HTML_IS_IN_PRE | HTML_IS_IN_MATH))
        return false;
    *out = (struct note_candidate){ .link = link };
    if (!note_finder_collect(finder, link, &text) ||
        !note_mark_read(buf_span(&text), true, out->mark))
        return false;
    out->key = html_note_target(finder->book->part, target, &fragment, &is_here);
    if (out->key == 0)
        return false;
    out->is_said = html_note_says_mark(finder->dom, link);
    out->is_named = html_note_is_name(fragment);
    out->is_elsewhere = !is_here;
    if (!out->is_said && !out->is_named && !note_mark_read(buf_span(&text), false, out->mark))
        return false;
    out->is_bracketed = memchr(text.data, '[', text.len) || memchr(text.data, '(', text.len);
    look_at_wraps(finder, out);
    look_around(finder, out);
    if (!out->is_bracketed && out->outer != out->link) {
        uint32_t first = note_finder_first_text(finder, out->outer);

        out->is_bracketed = first && strchr("[(", *finder->dom->nodes[first].text);
    }
    out->target = is_here ? id_of(finder, out->key) : 0;
    return out->is_said || out->is_raised || out->is_bracketed || out->has_brackets ||
           (out->is_named && out->is_glued);
}

static bool collect_candidates(struct note_finder *finder)
{
    const struct html_dom *dom = finder->dom;
    struct note_candidate candidate;

    for (uint32_t i = 1;
         dom->has_tag[HTML_A] && i < dom->node_count && finder->candidate_count < MARKS_MAX; i++) {
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
static uint32_t element_behind(const struct note_finder *finder, uint32_t anchor)
{
    const struct html_node *nodes = finder->dom->nodes;
    uint32_t i = nodes[anchor].end;

    if (note_finder_first_text(finder, anchor))
        return 0;
    while (i < finder->dom->node_count && nodes[i].tag == HTML_TEXT_NODE &&
           is_blank(note_finder_text(finder, i)))
        i++;
    return i < finder->dom->node_count && nodes[i].parent == nodes[anchor].parent &&
                   html_is_block(nodes[i].tag)
               ? i
               : 0;
}

static uint32_t block_of_anchor(const struct note_finder *finder, uint32_t anchor)
{
    uint32_t behind = element_behind(finder, anchor), block = finder->page->container[anchor];
    size_t before = 0;

    if (behind || anchor - block > NOTE_NODES_MAX)
        return behind;
    for (uint32_t i = note_finder_next_text(finder, block, anchor); i;
         i = note_finder_next_text(finder, i + 1, anchor))
        before += finder->dom->nodes[i].text_len;
    return before <= BEFORE_BYTES_MAX ? block : 0;
}

/* A note of several paragraphs whose name is in the first. */
static bool is_whole_note(const struct note_finder *finder, uint32_t parent, uint32_t node)
{
    enum html_tag tag = note_finder_tag(finder, parent);

    if (node - parent > NOTE_NODES_MAX || html_note_holds_notes(finder->dom, parent))
        return false;
    if (tag == HTML_DIV ? !html_note_is_name(html_attr(finder->dom, parent, HTML_ATTR_ID)) &&
                              !html_note_says_note(finder->dom, parent)
                        : tag != HTML_LI && tag != HTML_ASIDE && tag != HTML_DD)
        return false;
    return note_finder_first_text(finder, parent) == note_finder_first_text(finder, node);
}

static uint32_t note_end(const struct note_finder *finder, uint32_t node)
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
static uint32_t note_at(const struct note_finder *finder, uint32_t target)
{
    const struct html_page *page = finder->page;
    uint32_t node = target, end;

    if (!html_is_block(note_finder_tag(finder, node)))
        node = block_of_anchor(finder, target);
    while (node && is_whole_note(finder, finder->dom->nodes[node].parent, node))
        node = finder->dom->nodes[node].parent;
    if (!node || !may_be_note(note_finder_tag(finder, node)) ||
        page->flags[node] & (HTML_IS_IN_TABLE | HTML_IS_IN_PRE))
        return 0;
    end = note_end(finder, node);
    if (end - node > NOTE_NODES_MAX ||
        page->text_before[end] - page->text_before[node] > NOTE_BYTES_MAX)
        return 0;
    for (uint32_t i = node; i < end; i++)
        if (is_part_of_page(note_finder_tag(finder, i)))
            return 0;
    return note_finder_first_text(finder, node) || end > finder->dom->nodes[node].end ? node : 0;
}

bool note_finder_leads_to(const struct note_finder *finder, uint32_t link,
                          const struct note_candidate *mark)
{
    struct span fragment;
    bool is_here;
    uint64_t key = html_note_target(
        finder->book->part, html_attr(finder->dom, link, HTML_ATTR_HREF), &fragment, &is_here);
    uint32_t node = key && is_here ? node_of(finder, key) : 0;

    return node && node + NEAR_NODES >= mark->outer && node < finder->dom->nodes[mark->outer].end;
}

static bool leads_back(const struct note_finder *finder, uint32_t note,
                       const struct note_candidate *mark)
{
    for (uint32_t i = note; i < note_end(finder, note); i++)
        if (note_finder_tag(finder, i) == HTML_A && note_finder_leads_to(finder, i, mark))
            return true;
    return false;
}

static bool is_its_note(const struct note_finder *finder, const struct note_candidate *mark,
                        uint32_t note)
{
    bool is_bracketed = mark->is_bracketed || mark->has_brackets;

    if (mark->is_said || mark->is_raised)
        return true;
    if (is_bracketed && (mark->is_named || html_note_is_among_notes(finder->dom, note)))
        return true;
    return (is_bracketed || mark->is_named) && leads_back(finder, note, mark);
}

/* The note that an id names: looked for once, however many marks lead there. */
static uint32_t note_named(struct note_id *id, const struct note_finder *finder)
{
    if (!id->is_read)
        id->note = note_at(finder, id->node);
    id->is_read = true;
    return id->note;
}

/* A note stands behind what it is for. Where it stands before, the page must say that it is one:
 * links lead back from notes as well. */
static void find_note(const struct note_finder *finder, struct note_candidate *mark)
{
    uint32_t note, end;

    if (!mark->target)
        return;
    note = note_named(&finder->ids[mark->target - 1], finder);
    if (!note || !is_its_note(finder, mark, note))
        return;
    end = note_end(finder, note);
    if (note > mark->link ||
        (end <= mark->outer && html_note_is_among_notes(finder->dom, note) &&
         !html_note_is_among_notes(finder->dom, finder->page->container[mark->outer])))
        mark->note = note;
}

static struct html_note *add_note(struct note_finder *finder, uint32_t node, const char *label)
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

struct html_note *note_finder_note(const struct note_finder *finder, uint32_t node)
{
    struct html_notes *notes = finder->notes;
    const struct html_note *note = node ? html_notes_around(notes, node) : NULL;

    return note && note->node == node ? &notes->notes[note - notes->notes] : NULL;
}

/* Chains the marks of each note. */
static void join_mentions(struct note_finder *finder)
{
    for (size_t i = 0; i < finder->candidate_count; i++) {
        struct note_candidate *mark = &finder->candidates[i];
        struct html_note *note = note_finder_note(finder, mark->note);

        if (!note)
            continue;
        mark->mention = note->mention;
        note->mention = (uint32_t)i + 1;
    }
}

/* Those that links of this page lead to, links of pages before, and those that say what they are.
 */
static void collect_notes(struct note_finder *finder)
{
    const struct html_dom *dom = finder->dom;

    for (size_t i = 0; i < finder->candidate_count; i++) {
        find_note(finder, &finder->candidates[i]);
        if (finder->candidates[i].note)
            add_note(finder, finder->candidates[i].note, "");
    }
    for (size_t i = 0; finder->book->labels.count > 0 && i < finder->id_count; i++) {
        const char *label = note_label_lookup(&finder->book->labels, finder->ids[i].key);
        uint32_t node = label ? note_named(&finder->ids[i], finder) : 0;

        if (node)
            add_note(finder, node, label);
    }
    for (uint32_t i = 1; html_note_may_be_said(dom) && i < dom->node_count; i++)
        if (dom->nodes[i].attr_count > 0 && html_note_says_note(dom, i) && note_at(finder, i) == i)
            add_note(finder, i, "");
    sort_notes(finder->notes);
    join_mentions(finder);
}

bool note_finder_find(struct note_finder *finder)
{
    if (!collect_ids(finder) || !collect_candidates(finder))
        return false;
    collect_notes(finder);
    return true;
}
