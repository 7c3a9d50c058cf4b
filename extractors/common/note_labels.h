/*
 * note_labels.h - the marks of the notes of a page or of all pages of a book: what a link says
 * that leads to a note, and one name for each note.
 *
 * A note is called by its own mark, "1", however its page sets it. Books begin anew with each
 * chapter: the second note "1" is "1-2".
 */
#ifndef EXTRACTORS_NOTE_LABELS_H
#define EXTRACTORS_NOTE_LABELS_H

#include <stdint.h>

#include "base/buf.h"

#define NOTE_LABEL_BYTES 32u /* with its NUL */

struct note_label {
    uint64_t key; /* 0: free */
    uint32_t count;
    char label[NOTE_LABEL_BYTES];
};

struct note_labels {
    struct note_label *entries;
    size_t count, capacity; /* a power of two */
};

void note_labels_release(struct note_labels *labels);

/* The key of what "part#fragment" names; part is "" in a page by itself. */
uint64_t note_key(struct span part, struct span fragment);

/* NULL: none was given. Lent until the next one is given. */
const char *note_label_lookup(const struct note_labels *labels, uint64_t key);

/* The label of key, which is made of mark when it has none. Lent as above; NULL: out of memory, or
 * too many. */
const char *note_label_give(struct note_labels *labels, uint64_t key, struct span mark);

/* Reads the mark that text is, without the brackets around it: a number, a letter, a star. is_sure:
 * it is known to be one, and may be a word with its number. False: it is none. */
bool note_mark_read(struct span text, bool is_sure, char mark[NOTE_LABEL_BYTES]);

#endif
