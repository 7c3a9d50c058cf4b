/*
 * xml_document_parts.h - what the files of xml_document.h share: the walk, and its notes.
 */
#ifndef EXTRACTORS_XML_DOCUMENT_PARTS_H
#define EXTRACTORS_XML_DOCUMENT_PARTS_H

#include "extractors/common/note_labels.h"
#include "extractors/xml/xml_document.h"

#define NOTES_WAITING_MAX 64u

/* A note that stands in a block and follows it. */
struct waiting_note {
    struct xml *xml;
    bool has_label; /* in front of its words, which is its mark */
    uint64_t key;   /* 0: the mark is known */
    char mark[NOTE_LABEL_BYTES];
};

struct xmldoc {
    struct writer *writer;
    unsigned section; /* depth of sections */
    unsigned list_depth, item_depth;
    bool is_ordered;             /* of the innermost list */
    bool is_terms;               /* the same */
    unsigned figure_depth;       /* titles there are captions */
    unsigned flat_depth;         /* in titles and captions paragraphs are only their text */
    unsigned block_depth;        /* open leaves: a note waits until there is none */
    unsigned figure_block_depth; /* of these, around the innermost figure */
    unsigned prose_depth;        /* open paragraphs, titles, terms */
    bool is_in_head, is_table_open;
    bool is_in_notes;  /* sections are notes */
    bool is_note_mark; /* the next title or label is a note's mark */
    uint64_t note;     /* that note, where the mark is not known yet */
    struct note_labels note_labels;
    bool is_box; /* the caption of the innermost section is its title */
    bool has_title;
    struct buf label;       /* waits for a title, or for words */
    bool is_item_begun;     /* the block that is open is an item, without words so far */
    bool is_label_of_words; /* the latter */
    struct waiting_note notes[NOTES_WAITING_MAX];
    unsigned note_count, notes_waiting;
};

/* What stands in the element at hand, up to its end. */
void xmldoc_walk(struct xmldoc *xmldoc, struct xml *xml);
void xmldoc_begin(struct xmldoc *xmldoc, enum block_kind kind, unsigned level);
void xmldoc_end(struct xmldoc *xmldoc);
void xmldoc_put(struct xmldoc *xmldoc, const char *text);
/* Words of the document, behind the label that waits for them. */
void xmldoc_put_words(struct xmldoc *xmldoc, struct span text);

/* A note that stands where it is referred to: its mark, and the note behind the block. */
void xmldoc_read_note(struct xmldoc *xmldoc, struct xml *xml);
/* A note that a link leads to. */
void xmldoc_read_footnote(struct xmldoc *xmldoc, struct xml *xml);
/* Its label: the mark, where no link has told it. */
void xmldoc_read_note_label(struct xmldoc *xmldoc, struct xml *xml);
/* A link to a note is its mark; of other links the words stand where they are. */
void xmldoc_read_reference(struct xmldoc *xmldoc, struct xml *xml);
/* A section that is a note, and the title of one: its mark, else the first of its words. */
void xmldoc_read_note_section(struct xmldoc *xmldoc, struct xml *xml);
void xmldoc_read_note_title(struct xmldoc *xmldoc, struct xml *xml);
/* A link that says it leads to a note: words that are no mark stand before it. */
void xmldoc_read_note_link(struct xmldoc *xmldoc, struct xml *xml);
/* Sends the notes that have waited. */
void xmldoc_put_notes(struct xmldoc *xmldoc);

#endif
