/*
 * pdf_hyphen.h - is the hyphen at a line's end part of the word? The document's other words tell.
 */
#ifndef EXTRACTORS_PDF_HYPHEN_H
#define EXTRACTORS_PDF_HYPHEN_H

#include "extractors/pdf/pdf_layout.h"

/* The words that stand whole within lines. */
struct pdf_wordset {
    uint64_t *hashes; /* 0: free */
    size_t count, capacity;
};

/* false: out of memory. */
bool pdf_wordset_build(struct pdf_wordset *set, const struct pdf_doc *doc);
void pdf_wordset_release(struct pdf_wordset *set);

/* The bytes of the hyphen that text ends in; 0: none. */
size_t pdf_hyphen_length(struct span text);

enum pdf_joint {
    PDF_JOINT_SPACE, /* two words */
    PDF_JOINT_NONE,  /* nothing between them: letters of a script without spaces, a real hyphen */
    PDF_JOINT_DROP,  /* one word: the hyphen goes */
};

/* How the last word of a line and the first one of the next are put together. */
enum pdf_joint pdf_line_joint(const struct pdf_wordset *set, const struct pdf_doc *doc,
                              const struct pdf_word *last, const struct pdf_word *first);
/* The same for two words within a line. */
enum pdf_joint pdf_word_joint(const struct pdf_doc *doc, const struct pdf_word *left,
                              const struct pdf_word *right);

#endif
