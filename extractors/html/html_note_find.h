/*
 * html_note_find.h - inside of html_notes.c: the links of a page that may be marks of notes, and
 * the notes that they lead to.
 */
#ifndef EXTRACTORS_HTML_NOTE_FIND_H
#define EXTRACTORS_HTML_NOTE_FIND_H

#include "extractors/html/html_notes.h"

#define MARK_TEXT_MAX 24u /* bytes, with brackets and space */

struct note_id {
    uint64_t key;
    uint32_t node;
    uint32_t note; /* that it names, once is_read; 0: none */
    bool is_read;
};

/* A link that may be the mark of a note. */
struct note_candidate {
    uint32_t link, outer; /* outer: with the elements that only raise it */
    uint32_t target;      /* of ids, from 1; 0: none on this page */
    uint64_t key;
    bool is_said; /* by the page: it is a mark */
    bool is_raised, is_bracketed, has_brackets, is_named, is_glued;
    bool is_elsewhere; /* on another page of the book */
    char mark[NOTE_LABEL_BYTES];
    uint32_t note;    /* the element; 0: none */
    uint32_t mention; /* the mark before it of the same note, as in html_note */
};

struct note_finder {
    struct html_page *page;
    const struct html_dom *dom;
    uint8_t *roles;
    struct html_note_book *book;
    struct html_notes *notes;
    struct note_id *ids;
    size_t id_count, id_capacity;
    struct note_candidate *candidates;
    size_t candidate_count, candidate_capacity;
    bool is_out_of_memory;
};

/* Reads page, and fills candidates and the page's notes. False: out of memory. */
bool note_finder_find(struct note_finder *finder);
void note_finder_release(struct note_finder *finder);

enum html_tag note_finder_tag(const struct note_finder *finder, uint32_t node);
struct span note_finder_text(const struct note_finder *finder, uint32_t node);
/* The next text node of [node, end) that shows something; 0: none. */
uint32_t note_finder_next_text(const struct note_finder *finder, uint32_t node, uint32_t end);
uint32_t note_finder_first_text(const struct note_finder *finder, uint32_t node);
/* The words of an element. False: they are longer than out. */
bool note_finder_collect(const struct note_finder *finder, uint32_t node, struct buf *out);
/* Is it an element that raises its text? */
bool note_finder_is_raising(const struct note_finder *finder, uint32_t node);
/* Does a link lead to the mark, or to an anchor right before it? */
bool note_finder_leads_to(const struct note_finder *finder, uint32_t link,
                          const struct note_candidate *mark);
/* The note that begins at node, lent; NULL: none does. */
struct html_note *note_finder_note(const struct note_finder *finder, uint32_t node);

#endif
