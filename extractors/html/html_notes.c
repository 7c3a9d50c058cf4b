#include "extractors/html/html_notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/html/html_note_find.h"
#include "extractors/html/html_note_names.h"

#define BACK_BYTES_MAX 40u /* of a link that leads back */
#define NOTES_SHARE    4u  /* of the text that is kept: more of what was left out is fine print */
#define MENTIONS_MAX   64u /* of a note, that are looked at */

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

/* ---- a note's own mark, and the links that lead back ---- */

static void drop(const struct note_finder *finder, uint32_t node)
{
    for (uint32_t i = node; i < finder->dom->nodes[node].end; i++)
        finder->page->flags[i] |= HTML_IS_DROPPED;
}

static bool leads_to_mark_of(const struct note_finder *finder, uint32_t link,
                             const struct html_note *note)
{
    uint32_t mention = note->mention;

    for (unsigned i = 0; mention && i < MENTIONS_MAX; i++) {
        const struct note_candidate *mark = &finder->candidates[mention - 1];

        if (note_finder_leads_to(finder, link, mark))
            return true;
        mention = mark->mention;
    }
    return false;
}

static void drop_ways_back(const struct note_finder *finder, const struct html_note *note)
{
    for (uint32_t i = note->node; i < note->end; i++) {
        CLEANUP(buf_release) struct buf text = BUF_INIT(BACK_BYTES_MAX);

        if (note_finder_tag(finder, i) != HTML_A || !note_finder_collect(finder, i, &text))
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

static void read_lead(const struct note_finder *finder, const struct html_note *note,
                      struct lead *lead)
{
    lead->len = 0;
    for (uint32_t i = note_finder_next_text(finder, note->node, note->end);
         i && lead->len < MARK_TEXT_MAX; i = note_finder_next_text(finder, i + 1, note->end)) {
        struct span text = note_finder_text(finder, i);

        for (uint32_t at = 0; at < text.len && lead->len < MARK_TEXT_MAX; at++) {
            lead->text[lead->len] = text.data[at];
            lead->node[lead->len] = i;
            lead->at[lead->len++] = at;
        }
    }
}

/* Is a byte of a note's start set apart from its words, or put between brackets? */
static bool is_set_apart(const struct note_finder *finder, const struct lead *lead, size_t at)
{
    if (lead->text[0] == '[' || lead->text[0] == '(')
        return true;
    for (uint32_t i = lead->node[at]; i > 0 && !html_is_block(note_finder_tag(finder, i));
         i = finder->dom->nodes[i].parent)
        if (note_finder_tag(finder, i) == HTML_A || note_finder_is_raising(finder, i))
            return true;
    return false;
}

/* How many bytes of a note's start are its mark, with the stop and the space behind it; 0: none.
 * The number of an item may be said by the list alone: "3 Kings ruled." begins with a word. */
static size_t lead_mark(const struct note_finder *finder, const struct html_note *note,
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
    is_sure = is_set_apart(finder, lead, first) || note_finder_tag(finder, note->node) != HTML_LI;
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
static void read_own_mark(const struct note_finder *finder, const struct lead *lead,
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

static void skip_mark(const struct note_finder *finder, struct html_note *note, const char *mark)
{
    struct lead lead;
    size_t len;

    read_lead(finder, note, &lead);
    len = lead_mark(finder, note, &lead, mark);
    while (len < lead.len && (unsigned char)lead.text[len] <= ' ')
        len++;
    if (len == 0) {
        note->start = note_finder_next_text(finder, note->node, note->end);
    } else if (len < lead.len) {
        note->start = lead.node[len];
        note->skipped = lead.at[len];
    } else {
        note->start = note_finder_next_text(finder, lead.node[lead.len - 1] + 1, note->end);
    }
    for (uint32_t i = note->node; i < note->start; i++)
        if (note_finder_tag(finder, i) == HTML_TEXT_NODE)
            finder->page->flags[i] |= HTML_IS_DROPPED;
    if (note->start)
        finder->page->flags[note->start] |= HTML_IS_NOTE_START;
}

/* ---- labels ---- */

/* The block that a text node is in; block_count: none. */
static size_t block_of(const struct note_finder *finder, uint32_t text)
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

static bool is_kept(const struct note_finder *finder, uint32_t text)
{
    size_t block = block_of(finder, text);

    return block < finder->page->block_count && finder->roles[block];
}

static bool is_mentioned(const struct note_finder *finder, const struct html_note *note)
{
    uint32_t mention = note->mention;

    for (unsigned i = 0; mention && i < MENTIONS_MAX; i++) {
        const struct note_candidate *mark = &finder->candidates[mention - 1];

        if (is_kept(finder, note_finder_first_text(finder, mark->outer)))
            return true;
        mention = mark->mention;
    }
    return false;
}

/* Keeps the blocks of a note that are left out, or only counts their characters. */
static uint64_t keep_note(struct note_finder *finder, const struct html_note *note, bool is_counted)
{
    const struct html_page *page = finder->page;
    size_t block = block_of(finder, note_finder_next_text(finder, note->node, note->end));
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
static void keep_notes(struct note_finder *finder)
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
static const char *give_label(struct note_finder *finder, const struct note_candidate *mark)
{
    struct html_note *note = note_finder_note(finder, mark->note);
    struct span said = { mark->mark, strlen(mark->mark) };
    const char *label;

    if (note && note->label[0])
        return note->label;
    if (!note && !(mark->is_elsewhere && finder->book->part.len > 0 &&
                   (mark->is_said || mark->is_raised || mark->is_named)))
        return "";
    if (note && !is_kept(finder, note_finder_next_text(finder, note->node, note->end)))
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
static uint32_t put_in_place(const struct note_finder *finder, const struct note_candidate *mark)
{
    uint32_t end = finder->dom->nodes[mark->outer].end;
    uint32_t text = note_finder_next_text(finder, mark->outer, end);

    for (uint32_t i = text; i && i < end; i++)
        if (i > text && note_finder_tag(finder, i) == HTML_TEXT_NODE)
            finder->page->flags[i] |= HTML_IS_DROPPED;
    if (text)
        finder->page->flags[text] |= HTML_IS_NOTE_MARK;
    return text;
}

static bool add_mark(struct note_finder *finder, const struct note_candidate *candidate,
                     const char *label)
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

static bool is_at_start(const struct note_finder *finder, const struct note_candidate *candidate)
{
    const struct html_note *note = html_notes_around(finder->notes, candidate->link);

    return note && note_finder_first_text(finder, note->node) ==
                       note_finder_first_text(finder, candidate->outer);
}

/* A raised number that leads elsewhere still is no part of the word before it. */
static bool put_marks(struct note_finder *finder)
{
    for (size_t i = 0; i < finder->candidate_count; i++) {
        const struct note_candidate *mark = &finder->candidates[i];
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

static void give_own_label(struct note_finder *finder, struct html_note *note, const char *mark)
{
    struct span place = { (const char *)&note->node, sizeof(note->node) };
    const char *label = note_label_give(&finder->book->labels, note_key(finder->book->part, place),
                                        (struct span){ mark, strlen(mark) });

    (void)snprintf(note->label, sizeof(note->label), "%s", label ? label : mark);
}

/* Notes that nothing leads to have the marks they say themselves; those left out are none. */
static void finish_notes(struct note_finder *finder)
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
        if (!note.label[0] || !is_kept(finder, note_finder_next_text(finder, note.node, note.end)))
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
    CLEANUP(note_finder_release)
    struct note_finder finder = {
        .page = page,
        .dom = page->dom,
        .roles = roles,
        .book = book,
        .notes = notes,
    };

    *notes = (struct html_notes){ 0 };
    if (note_finder_find(&finder)) {
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
