/*
 * abbreviations.h - words whose full stop does not end a sentence. Internal to the sentence
 * splitter.
 */
#ifndef CHUNKERS_ABBREVIATIONS_H
#define CHUNKERS_ABBREVIATIONS_H

#include "base/buf.h"

enum abbreviation {
    ABBREVIATION_NONE,
    ABBREVIATION_JOINS,   /* what follows belongs to it: "Dr. Smith", "Fig. 3" */
    ABBREVIATION_MAY_END, /* "etc.", "Inc.": a sentence may end here, when a new one clearly begins
                           */
};

/* word: without its last full stop, case as written. */
enum abbreviation abbreviation_kind(struct span word);
/* German dates: "3. Oktober". */
bool is_month_name(struct span word);
/* A German article: the number behind it is an ordinal. */
bool takes_ordinal(struct span word);
/* Words that begin sentences much more often than names: "The", "However". */
bool is_sentence_opener(struct span word);

#endif
