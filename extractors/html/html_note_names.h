/*
 * html_note_names.h - the names that programs give to notes and to the links around them.
 */
#ifndef EXTRACTORS_HTML_NOTE_NAMES_H
#define EXTRACTORS_HTML_NOTE_NAMES_H

#include "extractors/html/html_dom.h"

/* Is it a name as "fn1", "_ftn1", "footnote-2", "cite_note-x-3"; not that of a way back? */
bool html_note_is_name(struct span fragment);

/* Does the page say of an element that it is the mark of a note, or a note? */
bool html_note_says_mark(const struct html_dom *dom, uint32_t node);
bool html_note_says_note(const struct html_dom *dom, uint32_t node);
/* False: it says so of none. */
bool html_note_may_be_said(const struct html_dom *dom);
/* That it holds notes or references, and that it is one of them or among them? */
bool html_note_holds_notes(const struct html_dom *dom, uint32_t node);
bool html_note_is_among_notes(const struct html_dom *dom, uint32_t node);
/* That a link, with this text, leads back to where a note is referred to? */
bool html_note_says_back(const struct html_dom *dom, uint32_t link, struct span text);

/* The key (note_labels.h) of what a link of a page leads to, which is part of a page of the
 * same book; 0: it is not. fragment is lent from target. is_here: it is on the same page. */
uint64_t html_note_target(struct span part, struct span target, struct span *fragment,
                          bool *is_here);

#endif
