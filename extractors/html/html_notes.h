/*
 * html_notes.h - the footnotes of a page: which of its links are the marks of notes, and which of
 * its elements are the notes.
 *
 * Few pages say so (epub:type, the roles of DPUB-ARIA). Of the others a note is what a raised or
 * bracketed number leads to further down, when it leads back, is named as programs name notes, or
 * is an item or paragraph of its own.
 */
#ifndef EXTRACTORS_HTML_NOTES_H
#define EXTRACTORS_HTML_NOTES_H

#include "extractors/common/note_labels.h"
#include "extractors/html/html_page.h"

struct html_note_mark {
    uint32_t text;      /* the node that it stands in place of */
    bool is_bracketed;  /* brackets stand around it that are no part of the link */
    bool is_note_known; /* false: it is told as it stands, in brackets */
    char label[NOTE_LABEL_BYTES];
};

struct html_note {
    uint32_t node, end; /* it is the nodes [node, end) */
    uint32_t start;     /* the text node in which its words begin, behind its own mark */
    uint32_t skipped;   /* bytes of that node that are the mark */
    uint32_t mention;   /* for html_notes.c: its last mark's place, from 1; 0: none */
    char label[NOTE_LABEL_BYTES];
};

struct html_notes {
    struct html_note_mark *marks; /* in the order of the page */
    size_t mark_count, mark_capacity;
    struct html_note *notes; /* in the order of the page; none lies in another */
    size_t note_count, note_capacity;
};

/* The book that a page is of. */
struct html_note_book {
    struct note_labels labels;
    struct span part; /* the page's path in it; "": a page by itself */
};

/* Finds them, and marks their nodes in page->flags: the links that lead back from a note are
 * dropped. roles has one entry per block: a note that is left out has no mark. */
NODISCARD enum status html_notes_read(struct html_page *page, uint8_t *roles,
                                      struct html_note_book *book, struct html_notes *notes,
                                      struct error *err);
void html_notes_release(struct html_notes *notes);

/* The note that node belongs to; NULL: none. */
const struct html_note *html_notes_around(const struct html_notes *notes, uint32_t node);
/* The mark that stands at a text node with HTML_IS_NOTE_MARK. */
const struct html_note_mark *html_notes_mark_at(const struct html_notes *notes, uint32_t text);

#endif
