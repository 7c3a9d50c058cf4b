/*
 * slide_number.h - numbered paragraphs of slides: PPT says a number where PPTX says a name, for the
 * same schemes. [MS-PPT] 2.13.33, ECMA-376 20.1.10.61
 */
#ifndef EXTRACTORS_SLIDE_NUMBER_H
#define EXTRACTORS_SLIDE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "ingest/writer.h"

#define SLIDE_NUMBER_LEVELS 9u
#define SLIDE_NUMBER_PLAIN  3u /* "1." */

struct slide_number {
    unsigned scheme;
    int32_t start;
};

/* Of one text: a list goes on while its paragraphs say the same, whatever stands deeper between. */
struct slide_numbers {
    struct slide_number said[SLIDE_NUMBER_LEVELS];
    int32_t values[SLIDE_NUMBER_LEVELS]; /* of the last one; 0: no list is open there */
};

/* By its name in PPTX; an unknown one is SLIDE_NUMBER_PLAIN. */
unsigned slide_number_scheme(struct span name);

/* Behind a paragraph of that level that has no number. */
void slide_numbers_end(struct slide_numbers *numbers, unsigned level);
/* Begins a list item with its next number, which is a word of its text where it is more than
 * "3.": others refer to "c)". */
void slide_numbers_begin_item(struct slide_numbers *numbers, unsigned level,
                              struct slide_number number, struct writer *writer);

#endif
