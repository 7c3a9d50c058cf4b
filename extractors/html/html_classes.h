/*
 * html_classes.h - what the names in a class attribute say of an element: those that programs and
 * frameworks agree on.
 */
#ifndef EXTRACTORS_HTML_CLASSES_H
#define EXTRACTORS_HTML_CLASSES_H

#include "extractors/html/html_words.h"

enum html_class {
    HTML_CLASS_READ_ALOUD = 1 << 0, /* shown to programs that read aloud alone */
    HTML_CLASS_HIDDEN = 1 << 1,     /* does not show; another name may say at which width it does */
    HTML_CLASS_WAY_BACK = 1 << 2,   /* of a note, to where it is referred to */
    HTML_CLASS_DUPLICATE = 1 << 3,  /* a formula once more */
    HTML_CLASS_CODE = 1 << 4,       /* Doxygen's code, of which each line is an element */
    HTML_CLASS_CODE_LINE = 1 << 5,
    HTML_CLASS_CONTENTS = 1 << 6, /* a table of contents */
    HTML_CLASS_RAISED = 1 << 7,
};

/* The bits of all names of a class attribute, in any case; 0 for {NULL, 0}. words->seen_classes has
 * those of all that were asked about. */
unsigned html_classes_of(struct html_words *words, struct span classes);

#endif
